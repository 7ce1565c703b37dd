"""Anonymous texts as people might type them, labelled by hand with what could give their writers away.

The writer is Jo Park; `TEAMS` and `COLLEAGUES` are who is around. The examples in `HELD_OUT` were written before the
rules and the rules were never tuned on them.
"""

from typing import NamedTuple

from domain.giveaways import Kind

OWN_NAME = "Jo Park"
TEAMS = ("Claims", "Motor claims", "Complaints", "Underwriting North")
COLLEAGUES = ("Ada Fern", "Emil Stone", "Hana Reed", "Will Marsh", "Bo Lindqvist")


class Example(NamedTuple):
    """A text and every kind of giveaway in it; a harmless one has none."""

    text: str
    kinds: frozenset[Kind]


def _(text: str, *kinds: Kind) -> Example:
    return Example(text, frozenset(kinds))


HELD_OUT = (
    _("Emil showed me the error rate and it was 14 percent.", Kind.NAME),
    _("the tool sends all my drafts to hana reed", Kind.NAME),
    _("You can reach me at jo.park@alder.example if needed.", Kind.EMAIL),
    _("Ring 0171 5550123 for details.", Kind.PHONE),
    _("Look at claim 8841902, it was paid to the wrong person.", Kind.NUMBER),
    _("INC0045321 was closed without an answer", Kind.NUMBER),
    _("It went wrong on 14 October at 09:12.", Kind.DATE, Kind.DATE),
    _("I'm the only one here who still reads the letters.", Kind.ONLY),
    _("As the fire safety officer I see things that others do not.", Kind.ROLE),
    _("Since I came back from parental leave nobody has shown me the tool.", Kind.CAREER),
    _("We in Motor claims get all the wrong files.", Kind.TEAM),
    _("She told me “you will get used to it” and left.", Kind.QUOTE),
    _("Hi Ada, the planner is unfair. Best wishes, J.", Kind.GREETING),
    _("My manager says that we must use it.", Kind.MANAGER),
    _("I have been doing this job for 22 years and the tool ignores what I know.", Kind.CAREER),
    _("The tool rejected two claims last week and nobody could say why."),
    _("Since the update the summaries are too short."),
    _("We were told that it only sorts, and it closes cases."),
    _("Four of ten letters went to the wrong address in October."),
    _("It takes 20 minutes instead of 5 since go-live."),
    _("The summary said “customer is satisfied” when she was not."),
    _("I would like to see the error rate every month."),
    _("Complaints are summarised without the customer's own words."),
    _("The team lead gets a list of who overrules the tool most."),
    _("It works 24/7 and we do not."),
    _("As the number of cases grows, the errors grow too."),
    _("An invoice over 10,000 euros is always blocked."),
    _("Who will decide when the model and the adjuster do not agree?"),
    _("In the best case it saves an hour, in the worst it costs a day."),
    _("I am not the only one who thinks so."),
)

EXAMPLES = (
    _("I am Jo Park and I think the planner is unfair.", Kind.NAME),
    _("jo park was left out again", Kind.NAME),
    _("Ask Ada, she saw it too.", Kind.NAME),
    _("ada fern and I had to redo 40 letters", Kind.NAME),
    _("Mr Stone said that it is final.", Kind.NAME),
    _("The list went to Will and nobody else.", Kind.NAME),
    _("My team lead Bo wants us to use it for everything.", Kind.MANAGER, Kind.NAME),
    _("my boss counts how often we overrule it", Kind.MANAGER),
    _("<@U0123ABCD> knows about this", Kind.NAME),
    _("Write to j.park+private@mail.example please", Kind.EMAIL),
    _("My number is +49 30 5550 1234.", Kind.PHONE),
    _("call me: (030) 555-0142", Kind.PHONE),
    _("Claim no. 2024-00815 was rejected without a reason.", Kind.NUMBER),
    _("see ticket #4471", Kind.NUMBER),
    _("The tool lost case A-20391 and OPS-1182.", Kind.NUMBER),
    _("policy number 55120934 was cancelled", Kind.NUMBER),
    _("On 3 November it flagged a widow.", Kind.DATE),
    _("It happened on 2026-11-03.", Kind.DATE),
    _("It stopped at 14:32 for an hour.", Kind.DATE),
    _("on March 3rd the planner changed my week", Kind.DATE),
    _("it crashed at 3 pm yesterday", Kind.DATE),
    _("I am the only nurse on the night shift.", Kind.ONLY),
    _("as the only woman in the group I get all these cases", Kind.ONLY),
    _("I was the first person to test it.", Kind.ONLY),
    _("As the product owner I cannot say this aloud.", Kind.ROLE),
    _("As a member of the works council I was not asked.", Kind.ROLE),
    _("in my role as deputy head of payments I see the totals", Kind.ROLE),
    _("Since I joined in 2019 we have had four tools.", Kind.CAREER),
    _("after my parental leave my queue was gone", Kind.CAREER),
    _("I have worked here for 31 years.", Kind.CAREER),
    _("It came in the week of my wedding.", Kind.CAREER),
    _("During my probation I was told to trust it.", Kind.CAREER),
    _("I retire next spring, so I say it now.", Kind.CAREER),
    _("The people in Underwriting North never see these cases.", Kind.TEAM),
    _("Our complaints team gets the angry calls.", Kind.TEAM),
    _("He said to me: “Just click accept.”", Kind.QUOTE),
    _('my colleague told me "they will not need us by summer"', Kind.QUOTE),
    _("He told me that I am too slow for the tool.", Kind.QUOTE),
    _("Dear Hana,\nthe planner is unfair.", Kind.GREETING),
    _("The planner is unfair.\n\nKind regards\nJo", Kind.GREETING),
    _("It is too slow. Thanks, Jo P.", Kind.GREETING),
    _("The triage tool flagged two correct claims as fraud last week."),
    _("Three letters had the wrong name in them on Tuesday."),
    _("We were told in spring that nothing would change, and then the queue was gone."),
    _("I do not understand what it does for me."),
    _("The tool wrote “no injury” although there was one."),
    _("About one claim in five is sorted wrongly since the last release."),
    _("Will the tool be used to measure how fast we are?"),
    _("it may be late for the people whose claims were rejected"),
    _("mark my words, this will go wrong"),
    _("My team is worried because nobody explains the scores."),
    _("The best thing would be to switch it off at month-end."),
    _("We want a person to look at every rejected claim."),
    _("Hello all, the planner ignores holidays."),
    _("The scores went from 80 to 65 percent within 3 weeks."),
    _("It rejected 12 of 40 hail claims."),
    _("GPT-4 writes better letters than this."),
    _("The handbook says that managers check one case in ten; nobody does."),
    _("Complaints take longer now because the summary leaves out dates."),
    _("It is only a matter of time until a wrong payment goes out."),
    _("Since the roll-out in October the number of callbacks has doubled."),
    _("As the letters are written by the tool, nobody reads them any more."),
    _("People who joined after the summer never saw the old way of working."),
    _("Thanks for reading this."),
    _("The new version 2.4.1 is slower than the one before."),
    _("I prefer to decide myself, with the tool as a second opinion."),
    _("The training was one hour and had no example from motor claims."),
    _("Half of the 1,200 invoices were blocked at the end of the month."),
    _("The tool told me that the claim was closed."),
    _("What would settle it: publish the error rate and say who set the limit."),
    _("Nobody asked us before it went live."),
    _("I only want to know why it decides as it does."),
    _("It cost us 3 hours on Friday."),
)
