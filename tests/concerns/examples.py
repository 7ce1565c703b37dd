"""Concerns as people might type them, labelled by hand: does a reader know which deployment and which occasion?

The label is about the text and not about the rules: `specific` is whether somebody who reads nothing else could go to
one deployment and look for something that happened there. The examples in `HELD_OUT` were written before the rules,
those in `LATER` after them and in other voices; the rules were never tuned on either.
"""

from typing import NamedTuple

#: What people may call the initiatives of a fictional company, and the key each means.
NAMES = {
    "Claims triage": "claims",
    "claims": "claims",
    "Complaints summariser": "complaints",
    "complaints": "complaints",
    "Invoice matching": "invoices",
    "invoices": "invoices",
    "Helpdesk assistant": "helpdesk",
    "helpdesk": "helpdesk",
    "Shift planner": "shifts",
    "shifts": "shifts",
    "Lumen": "lumen",
}


class Example(NamedTuple):
    """A text, whether it is specific, and the key of the initiative that it names, if it names one."""

    text: str
    specific: bool
    initiative: str | None


HELD_OUT = (
    Example(
        "Yesterday the helpdesk assistant closed a ticket that I was still waiting on.", True, "helpdesk"
    ),
    Example("Lumen turned “shall not” into “shall” in the lease for the Utrecht depot.", True, "lumen"),
    Example(
        "shift planner gave me three nights in a row in week 44 though I am marked as part time",
        True,
        "shifts",
    ),
    Example(
        "The matching of invoices paid the same supplier twice in October. Finance noticed, not the tool.",
        True,
        "invoices",
    ),
    Example("triage: 5 of my 20 files yesterday carried a fraud mark that made no sense", True, "claims"),
    Example("The complaint summarizer left out that the customer had died.", True, "complaints"),
    Example(
        "Since the update on Monday the triage tool no longer shows why it marks a claim.", True, "claims"
    ),
    Example(
        "we were told the shift planer only proposes, but last friday it published the plan by itself",
        True,
        "shifts",
    ),
    Example(
        "The helpdesk bot answers in English to people who write in Polish, about ten times a day.",
        True,
        "helpdesk",
    ),
    Example(
        "When the complaints summariser went live, my team was asked to stop reading the originals. In the first "
        "week we overlooked two threats of legal action, and nobody has said what happens now.",
        True,
        "complaints",
    ),
    Example(
        "Lumen froze during the hearing on Wednesday and we had no interpreter for twenty minutes",
        True,
        "lumen",
    ),
    Example(
        "A supplier rang because the invoice matching had blocked their payment for the third time.",
        True,
        "invoices",
    ),
    Example(
        "I corrected the same triage result every morning this week and it never learns.", True, "claims"
    ),
    Example(
        "the claims tool rejected a widow's claim for a missing signature that was there", True, "claims"
    ),
    Example("The planner swapped my shift with Friday's without asking either of us.", True, "shifts"),
    Example("Helpdesk asistant told a new starter to mail his password", True, "helpdesk"),
    Example(
        "In the pilot the triage took out all hail claims and put them on one desk, 140 in two days.",
        True,
        "claims",
    ),
    Example(
        "Three customers wrote back this month that our letter mixed up their names; the letters came from Lumen.",
        True,
        "lumen",
    ),
    Example(
        "invoice maching booked freight on the wrong cost centre, third time since go-live", True, "invoices"
    ),
    Example(
        "They said the summariser was tested with us. It was not, nobody from the complaints desk ever saw it "
        "before 1 September.",
        True,
        "complaints",
    ),
    Example("Everybody here is worried about AI.", False, None),
    Example("I don't think the triage tool is any good.", False, "claims"),
    Example("We will all be replaced by the helpdesk assistant sooner or later.", False, "helpdesk"),
    Example("Nobody explains anything to us.", False, None),
    Example("The mood in the team is bad since all this AI came.", False, None),
    Example("Can somebody tell me what the invoice matching is for?", False, "invoices"),
    Example("It made a mistake again last week.", False, None),
    Example("the shift planner is unfair", False, "shifts"),
    Example("Lumen might leak our contracts.", False, "lumen"),
    Example("I am tired of being told that this is an opportunity.", False, None),
    Example("What happens to our jobs in two years?", False, None),
    Example("AI rejected some claims that were fine", False, None),
    Example("The summariser cannot be trusted and management knows it.", False, "complaints"),
    Example("I'd rather do it by hand, honestly.", False, None),
    Example("too much pressure to use the new tools, every single day", False, None),
    Example("If the triage tool rejected a real claim, who would be to blame?", False, "claims"),
    Example("The training for Lumen should be longer.", False, "lumen"),
    Example(
        "They want to measure how fast we work, that is what the planner is really about.", False, "shifts"
    ),
    Example("I have been with the company for 20 years and I have never felt so useless.", False, None),
    Example("helpdesk assistant = more work, not less", False, "helpdesk"),
    Example("Yesterday was awful. The whole AI thing is getting on top of us.", False, None),
    Example("Colleagues say that the invoice matching gets things wrong a lot.", False, "invoices"),
    Example("We were promised training.", False, None),
    Example("The triage tool doesn't understand our customers.", False, "claims"),
)

EXAMPLES = (
    # Specific: one deployment, one occasion.
    Example("the triage tool flagged two correct claims as fraud last week", True, "claims"),
    Example("The claims triage sent a total loss to the small-claims queue on Tuesday.", True, "claims"),
    Example("Triage rejected a burst-pipe claim because the photo was dark.", True, "claims"),
    Example("traige flagged 3 claims from the same village, all correct", True, "claims"),
    Example("On 3 November claims triage was switched to automatic and nobody told us.", True, "claims"),
    Example(
        "The claims bot has marked every claim above 10,000 as suspicious since the last release.",
        True,
        "claims",
    ),
    Example(
        "claims triage took me out of the loop on Thursday: it paid two claims without a second look",
        True,
        "claims",
    ),
    Example(
        "I was told that triage only sorts, but it closed a claim on its own last month.", True, "claims"
    ),
    Example("Twice this month the triage tool lost the attachments of a claim.", True, "claims"),
    Example(
        "Last week the triage marked eleven storm claims as low priority. We found them on Friday, four days too late, "
        "and had to ring every customer. I would like to know who set that limit.",
        True,
        "claims",
    ),
    Example("the triage tool keeps sending motor claims to us, about five a day", True, "claims"),
    Example("The triage flags almost every claim from abroad since the roll-out.", True, "claims"),
    Example(
        "Claims triage was down for the whole morning yesterday and there was no way to work by hand.",
        True,
        "claims",
    ),
    Example(
        "The complaints summariser left the injury out of the summary of a complaint.", True, "complaints"
    ),
    Example("complaint sumariser invented a refund that nobody had promised", True, "complaints"),
    Example(
        "The summariser wrote that the customer was satisfied. She had threatened to sue.", True, "complaints"
    ),
    Example(
        "Four of ten summaries in my inbox this morning were about the wrong customer (complaints summariser).",
        True,
        "complaints",
    ),
    Example(
        "The complaints summarizer shortened a letter from a lawyer so much that we missed the deadline.",
        True,
        "complaints",
    ),
    Example("the complaints tool drops the last page of every scanned letter", True, "complaints"),
    Example("Every Monday the summariser mixes up the complaints of the weekend.", True, "complaints"),
    Example(
        "My summaries were scored by the complaints summariser last quarter and I only heard by chance.",
        True,
        "complaints",
    ),
    Example(
        "The invoice matching matched a credit note with an invoice of another supplier.", True, "invoices"
    ),
    Example("Invoice matching blocked 14 payments at month-end and we worked until nine.", True, "invoices"),
    Example("invoce matching paid one bill twice in september", True, "invoices"),
    Example("Since go-live, invoice matching skips invoices with two order numbers.", True, "invoices"),
    Example("The invoices tool deleted my comments when I reopened a case on Wednesday.", True, "invoices"),
    Example(
        "Matching put a reminder fee on an account that had paid, and the supplier stopped a delivery.",
        True,
        "invoices",
    ),
    Example(
        "we asked for the error rate of invoice matching three times and got no answer", True, "invoices"
    ),
    Example(
        "The helpdesk assistant answered a colleague with the pay data of somebody else.", True, "helpdesk"
    ),
    Example(
        "helpdesk assistant told two people to reinstall windows when only the vpn was down", True, "helpdesk"
    ),
    Example(
        "The help from the helpdesk bot was wrong on Tuesday: it reset my phone instead of the mailbox.",
        True,
        "helpdesk",
    ),
    Example("Heldesk assistant sent the same answer five times yesterday.", True, "helpdesk"),
    Example(
        "The helpdesk assistant did not pass my ticket on, it waited over the weekend.", True, "helpdesk"
    ),
    Example(
        "The helpdesk tool records how long each of us takes. We saw it in a report last week.",
        True,
        "helpdesk",
    ),
    Example(
        "In two of three chats yesterday the helpdesk assistant gave the old opening hours.", True, "helpdesk"
    ),
    Example("The shift planner put me on a late and an early with seven hours between them.", True, "shifts"),
    Example("shift planner ignored my holiday in july", True, "shifts"),
    Example(
        "The shift planner changed the plan at night and three people came in for nothing.", True, "shifts"
    ),
    Example(
        "Since the pilot started the shift planner has given every bank holiday to the same four people.",
        True,
        "shifts",
    ),
    Example("shfit planner doubled the saturday shifts, nobody could say why", True, "shifts"),
    Example("Planner lost the swap we had agreed on Monday.", True, "shifts"),
    Example(
        "We were told in March that the shift planner would not look at sick days. In June it did.",
        True,
        "shifts",
    ),
    Example("Lumen translated “void” as “empty” in a contract and the customer sent it back.", True, "lumen"),
    Example("lumen dropped a whole paragraph from the safety sheet last Friday", True, "lumen"),
    Example("Lumen has swapped the two parties of a contract twice since the update.", True, "lumen"),
    Example("I spent three hours on Monday to repair what Lumen had done to the tables.", True, "lumen"),
    Example("Lumen shows my drafts to the whole department; I noticed on Thursday.", True, "lumen"),
    Example("The new Lumen glossary replaced our product names in 30 pages.", True, "lumen"),
    # Vague: no deployment, or nothing that happened, or neither.
    Example("people are worried about AI", False, None),
    Example("AI is coming for our jobs.", False, None),
    Example("I don't trust it.", False, None),
    Example("nobody tells us anything", False, None),
    Example("We are afraid of what comes next.", False, None),
    Example("The tool is rubbish.", False, None),
    Example("this whole thing goes too fast", False, None),
    Example("Management does not listen.", False, None),
    Example("The AI makes mistakes.", False, None),
    Example("It was wrong twice last week.", False, None),
    Example("It rejected two correct claims on Monday.", False, None),
    Example("Last week was stressful because of all the new tools.", False, None),
    Example("I feel watched.", False, None),
    Example("We need more training.", False, None),
    Example("What is in it for us?", False, None),
    Example("There is no plan for people like me.", False, None),
    Example("everyone hates the new system", False, None),
    Example("I have heard rumours about cuts.", False, None),
    Example("too many meetings about ai every week", False, None),
    Example("Will the claims be handled by machines only?", False, None),
    Example("Our invoices will be done by AI in two years.", False, None),
    Example("The system sent a wrong letter yesterday.", False, None),
    Example("My team lost heart.", False, None),
    Example("The triage tool worries me.", False, "claims"),
    Example("I do not trust the triage tool.", False, "claims"),
    Example("Claims triage is not reliable.", False, "claims"),
    Example("The triage tool will take our jobs.", False, "claims"),
    Example("triage is a black box", False, "claims"),
    Example("Who decided that we need the claims triage?", False, "claims"),
    Example("People were worried about the triage tool from the start.", False, "claims"),
    Example("The triage could reject honest people.", False, "claims"),
    Example("The triage tool makes mistakes.", False, "claims"),
    Example("I am scared that triage is used to count our errors.", False, "claims"),
    Example("The complaints summariser is not needed.", False, "complaints"),
    Example("What if the summariser misses something?", False, "complaints"),
    Example("The summariser should have been tested first.", False, "complaints"),
    Example("the complaints sumariser feels like a threat", False, "complaints"),
    Example("I would not let the summariser near my complaints.", False, "complaints"),
    Example("Everyone is annoyed with invoice matching.", False, "invoices"),
    Example("invoice matching is slow", False, "invoices"),
    Example("Invoice matching might pay the wrong people one day.", False, "invoices"),
    Example("The invoice matching was a bad idea.", False, "invoices"),
    Example("I am not convinced by invoice matching and neither are the others.", False, "invoices"),
    Example("The helpdesk assistant is no help.", False, "helpdesk"),
    Example("I'd like to talk to a human and not to the helpdesk bot.", False, "helpdesk"),
    Example("helpdesk asistant gets worse and worse", False, "helpdesk"),
    Example("We feel controlled by the helpdesk assistant.", False, "helpdesk"),
    Example("The shift planner does not know our lives.", False, "shifts"),
    Example("Shift planner: no.", False, "shifts"),
    Example("I am concerned that the shift planner will be used against us.", False, "shifts"),
    Example("The planner has to be fair, and we want to be asked.", False, "shifts"),
    Example("We are supposed to use Lumen but I prefer my own words.", False, "lumen"),
    Example("Lumen is not made for lawyers.", False, "lumen"),
    Example("lumen scares me a little", False, "lumen"),
    Example("People say that Lumen stores everything.", False, "lumen"),
    Example("I have been asked to use Lumen and I am not sure that I want to.", False, "lumen"),
)

LATER = (
    Example(
        "So basically triage bounced a perfectly fine glass claim back to me on Friday and now the customer's furious",
        True,
        "claims",
    ),
    Example(
        "Got paged at 2am bc the helpdesk assistant escalated a password reset as a P1", True, "helpdesk"
    ),
    Example("lumen just ate half my document", True, "lumen"),
    Example(
        "Our auditor asked why invoice matching approved an invoice without a PO. I couldn't answer.",
        True,
        "invoices",
    ),
    Example(
        "The complaints summariser calls customers by the wrong gender. Happened with at least six letters I checked.",
        True,
        "complaints",
    ),
    Example(
        "Every time a file has more than ten pages the summariser silently stops reading.", True, "complaints"
    ),
    Example(
        "had an elderly lady in tears on the phone because triage had labelled her claim suspicious",
        True,
        "claims",
    ),
    Example("Shift planner: my Tuesday early became a late without notice", True, "shifts"),
    Example(
        "During the night shift on Saturday the planner was offline and we drew up the rota on paper.",
        True,
        "shifts",
    ),
    Example(
        "The tool we use for matching of invoices double counts VAT for Irish suppliers.", True, "invoices"
    ),
    Example("My stats in the helpdesk tool show 4 tickets closed that I never touched.", True, "helpdesk"),
    Example(
        "The claims triage model seems to score everyone from the harbour district higher; "
        "of my last 30 referrals 22 were from there.",
        True,
        "claims",
    ),
    Example("No one warned us that Lumen keeps copies. IT confirmed it to me on Monday.", True, "lumen"),
    Example("the summary of the Hartmann complaint says he agreed to a settlement, he did not", False, None),
    Example(
        "Invoice matching: supplier 'North Pier' paid, goods never arrived, nobody checked because the light was green",
        True,
        "invoices",
    ),
    Example(
        "I keep having to undo what the planner does to part-timers, last time yesterday", True, "shifts"
    ),
    Example(
        "When I overrule triage I must write a justification, when I follow it I don't. Last month I wrote 41.",
        True,
        "claims",
    ),
    Example(
        "It is the third week in which the helpdesk assistant cannot read French mails.", True, "helpdesk"
    ),
    Example("I just feel that the triage tool is judging me all day", False, "claims"),
    Example("Lumen is overhyped", False, "lumen"),
    Example("Why do we pay for the helpdesk assistant when the old way worked?", False, "helpdesk"),
    Example("I was never against technology but this is too much", False, None),
    Example("The shift planner makes me anxious every single week", False, "shifts"),
    Example("Honestly the invoice matching is the worst idea we've had in years", False, "invoices"),
    Example("Nobody asked us whether we wanted the summariser", False, "complaints"),
    Example("my colleagues and I have lost faith in triage", False, "claims"),
    Example("They keep changing things", False, None),
    Example("The planner treats us like numbers", False, "shifts"),
    Example(
        "I heard that the helpdesk assistant is going to replace the second line by summer", False, "helpdesk"
    ),
    Example("We've been told AI won't cost jobs. I don't believe it.", False, None),
    Example("How long until triage does the whole job?", False, "claims"),
    Example("The summariser has changed how I feel about my work", False, "complaints"),
    Example("two years ago this was a nice place to work, then came AI", False, None),
    Example("The claims tool needs more testing before anyone relies on it", False, "claims"),
)
