"""Concerns where others read of them: in digests and briefs, and on the card of whoever signs a go-live."""

import json

import pytest
import sqlalchemy as sa

from domain.concern_facts import MAX_QUOTE, ConcernsStanding, quoted
from domain.signoffs import Signoff
from handlers.capability import AnyReply
from handlers.cards import Button, Card, plain
from handlers.concerns import concern_sections
from handlers.conversation import Open
from storage import concerns, signoffs
from storage.digests import digest
from storage.people import person
from storage.store import Work
from tests.chat import Filled, button, card_of, words
from tests.concerns.conftest import WHAT, Forum
from tests.concerns.handled import answered, filled, handed, named
from tests.concerns.test_publishing import CHANGED, OBSERVED, closed, publish
from tests.signoffs.conftest import ready_for_go_live

REQUEST = {"milestone": "go-live", "summary": "Storm claims first.", "criteria": "95 of 100 right"}
SECRET = "The claims triage held back the Zanzibarium claim last week."


async def digest_of(forum: Forum, who: str, week: str = "2026-W47") -> str:
    """A digest of the week, read when it is over."""
    return words(card_of(await forum.say(who, f"tandem digest {week}")))


# -------------------------------------------------------------------------------------------------------- digests


async def test_a_digest_begins_with_what_changed_because_somebody_spoke(forum: Forum) -> None:
    await publish(forum, await closed(forum, what=SECRET), from_day="2026-11-20")
    await forum.raised("Dara", "The complaints tool lost two letters last week.", name="named")
    forum.clock.move(days=7)
    for who in ("Hana", "Emil"):
        said = await digest_of(forum, who)
        first = said.index("Because somebody spoke")
        assert f"Claims triage, 20 November 2026: {OBSERVED} Changed: {CHANGED}" in said
        assert first < said.index("C-2, Claims triage: new, with nobody yet")
        assert "C-1, Claims triage: answered, with Hana Reed" in said
        assert "what came of 1 concern can be read by everybody" in said
        assert "Zanzibarium" not in said and "lost two letters" not in said


async def test_no_text_of_a_case_is_in_a_kept_digest_but_words_that_may_be_quoted(forum: Forum) -> None:
    await forum.raised("Ada", SECRET)
    await forum.hand_over()
    await forum.raised("Bo", "The claims triage flagged the Vermilion claim last week.", name="named")
    opened = await forum.say("Dara", "concern")
    what = "The complaints tool lost two letters last week."
    reply = await said_yes(forum, opened, what)
    assert "C-3" in words(card_of(reply))
    forum.clock.move(days=7)
    said = await digest_of(forum, "Hana")
    assert f"In its reporter's words: “{what}”" in said
    kept = await forum.store.read(
        lambda work: "".join(work.connection.execute(sa.select(digest.c.facts)).scalars())
    )
    assert what in kept
    for other in ("Zanzibarium", "Vermilion", "Dara", "Ada Fern"):
        assert other not in kept and other not in said, other


async def said_yes(forum: Forum, opened: AnyReply, what: str) -> AnyReply:
    """Send a named concern in whose words may be quoted."""
    assert isinstance(opened, Open)
    values: dict[str, Filled] = {
        "initiative": str(forum.company.initiative["complaints"]),
        "what": what,
        "name": "named",
        "also": ("quote",),
    }
    return await forum.sent_on("Dara", await forum.submit("Dara", opened, values))


def test_a_quotation_that_is_cut_says_so() -> None:
    assert quoted("x" * MAX_QUOTE) == "x" * MAX_QUOTE
    long = "word " * 100
    assert quoted(long).endswith("word…") and len(quoted(long)) <= MAX_QUOTE + 1


async def test_what_waits_is_on_the_list_of_whose_gap_it_is(forum: Forum) -> None:
    deployment = await named(forum)
    trust = await named(forum, "Dara", "The claims triage was set up without asking us last week.")
    values = {"severity": "usual", "reason": "So it is."}
    await filled(forum, "Hana", deployment, "Severity and gap", gap="deployment", **values)
    await filled(forum, "Hana", trust, "Severity and gap", gap="trust", **values)
    forum.clock.move(days=12)
    hr, ai = [await digest_of(forum, who, "2026-W47") for who in ("Hana", "Emil")]
    assert (
        "See that C-2 (Claims triage) gets its first answer, due on 25 November 2026; nobody has it yet."
        in hr
    )
    assert "See that C-1" not in hr
    assert "See that C-1 (Claims triage) gets its first answer" in ai
    assert "See that C-2" not in ai
    assert "2 concerns are open; 2 of them wait beyond the time set for an answer." in hr


async def test_what_was_answered_late_is_not_said_to_be_in_time(forum: Forum) -> None:
    late, other = await named(forum), await named(forum, "Dara", "The claims triage lost a letter last week.")
    forum.clock.move(days=9)
    await forum.tick()
    await answered(forum, "Bo", late, "We look into it.")
    assert "2 concerns are open; 1 of them waits beyond the time set" in await digest_of(forum, "Hana")
    await answered(forum, "Bo", other, "We look into it.")
    said = await digest_of(forum, "Hana", "2026-W48")
    assert "2 concerns are open; none of them waits beyond the time set for an answer." in said
    assert "in time" not in said


async def test_one_that_is_not_settled_is_to_be_answered_anew_and_nobody_has_it_who_left(
    forum: Forum,
) -> None:
    one = await named(forum)
    await filled(forum, "Bo", one, "Close", outcome="explained", words="It was the rain.")
    form = await forum.press("Ada", button(card_of(await forum.say("Ada", "concern mine 1")), "Not settled"))
    await forum.submit("Ada", form, {"words": "It was not."})
    gone = sa.update(person).where(person.c.name == "Bo Lindqvist").values(active=False)
    await forum.store.write(lambda work: work.connection.execute(gone))
    assert "Bo Lindqvist" not in words(card_of(await forum.say("Hana", "concern list")))
    forum.clock.move(days=7)
    said = await digest_of(forum, "Hana")
    assert "See that C-1 (Claims triage) is answered anew: it is not settled for its reporter." in said
    assert "C-1, Claims triage: not settled, with nobody yet, with the sponsors." in said


async def test_what_either_can_do_stands_once_for_whoever_reads_both(forum: Forum) -> None:
    either = await named(forum)
    deployment = await named(forum, "Dara", "The claims triage held back a letter last week.")
    values = {"severity": "usual", "gap": "deployment", "reason": "So it is."}
    await filled(forum, "Hana", deployment, "Severity and gap", **values)

    def unit(work: Work) -> None:
        emil = person.c.id == forum.company.person["Emil"]
        work.connection.execute(sa.update(person).where(emil).values(roles="ai;hr"))

    await forum.store.write(unit)
    forum.clock.move(days=12)
    said = (await digest_of(forum, "Emil")).splitlines()
    for number in (either.number, deployment.number):
        assert len([line for line in said if f"See that C-{number} " in line]) == 1
    at = {
        head: next(n for n, line in enumerate(said) if line.startswith(f"For {head} to do")) for head in FOR
    }
    assert f"See that C-{either.number} " in said[at["both"] + 1]
    assert said[at["HR"]] == "For HR to do: nothing more."
    assert any(f"See that C-{deployment.number} " in line for line in said[at["the AI function"] :])
    alone = await digest_of(forum, "Hana")
    assert "For both to do" not in alone
    assert f"See that C-{either.number} " in alone


FOR = ("both", "HR", "the AI function")


async def test_a_digest_that_was_made_stays_as_it_was_whatever_becomes_of_a_concern(forum: Forum) -> None:
    one = await named(forum)
    forum.clock.move(days=7)
    before = await digest_of(forum, "Hana")
    await answered(forum, "Hana", one, "We look into it.")
    assert await digest_of(forum, "Hana") == before
    assert "Corrected" not in before


async def test_what_was_settled_in_the_week_is_told_by_number(forum: Forum) -> None:
    one = await named(forum)
    await filled(forum, "Hana", one, "Close", outcome="explained", words="It is so.")
    await forum.press("Ada", Button(label="", action="concern.mine.settled", value="1"))
    forum.clock.move(days=7)
    said = await digest_of(forum, "Hana")
    assert "Settled, in their reporters' own word: C-1 (Claims triage)." in said
    assert "1 concern was settled" in said


async def test_a_week_without_concerns_says_so_in_a_few_words(forum: Forum) -> None:
    assert "no concern is open" in await digest_of(forum, "Hana", "2026-W46")


async def test_the_same_facts_make_the_same_words(forum: Forum) -> None:
    await named(forum)
    forum.clock.move(days=7)
    await digest_of(forum, "Hana")
    stored = await forum.store.read(
        lambda work: work.connection.execute(sa.select(digest.c.facts)).scalar_one()
    )
    section = concern_sections.STANDING
    facts = ConcernsStanding.model_validate(json.loads(stored)["sections"][section.name])
    again = ConcernsStanding.model_validate_json(facts.model_dump_json())
    assert section.show(facts) == section.show(again)


# ---------------------------------------------------------------------------------------------------------- brief


async def test_a_brief_says_what_people_report_and_what_the_sponsors_decide(forum: Forum) -> None:
    await publish(forum, await closed(forum, what=SECRET))
    late = await named(forum, "Dara")
    reopened = await named(forum, "Ada", "The claims triage held back a correct claim last week.")
    await filled(forum, "Hana", reopened, "Close", outcome="declined", words="It stays so.")
    opened = await forum.press("Ada", Button(label="", action="concern.mine.not_settled", value="3"))
    await forum.submit("Ada", opened, {"words": "It does not help."})
    forum.clock.move(days=10)
    await forum.tick()
    said = words(card_of(await forum.say("Hana", "tandem brief")))
    assert f"Because somebody spoke, 19 November 2026: {OBSERVED}" in said
    assert "2 open concerns: 1 new and 1 not settled." in said
    assert f"C-{late.number}: it has no answer yet, so it is with the sponsors." in said
    assert "C-3: its reporter says that the answer does not settle it." in said
    assert "Zanzibarium" not in said and WHAT not in said


# ------------------------------------------------------------------------------------------------------ sign-offs


async def requested(forum: Forum, milestone: str = "go-live") -> Signoff:
    """A request for a sign-off of the claims triage."""
    about = forum.company.initiative["claims"]
    await forum.store.write(lambda work: ready_for_go_live(work, about, forum.company.person["Bo"]))
    opened = await forum.say("Bo", "signoff request claims")
    card_of(await forum.submit("Bo", opened, REQUEST | {"milestone": milestone}))
    return await forum.store.read(lambda work: signoffs.of_initiative(work, about)[0])


async def cards(forum: Forum, one: Signoff, who: str | None) -> Card:
    params = {"signoff": str(one.id), "version": str(one.version)}
    person_id = None if who is None else forum.company.person[who]
    made = await forum.store.read(lambda work: forum.views["signoff"](work, params, person_id, "slack"))
    assert made is not None
    return made


async def test_who_signs_a_go_live_sees_open_serious_concerns_without_their_text(forum: Forum) -> None:
    one = await requested(forum)
    before = await cards(forum, one, "Cleo")
    assert "serious concern" not in words(before)
    await handed(forum, "Ada", SECRET, severity="serious")
    await forum.press("Hana", Button(label="", action="concern.take", value="1"))
    for who in ("Cleo", "Emil", "Bo"):
        said = words(await cards(forum, one, who))
        assert "1 open serious concern: C-1, being looked into." in said
        assert "Zanzibarium" not in said
    assert "serious concern" not in words(await cards(forum, one, None))
    again = await forum.store.read(lambda work: signoffs.by_id(work, one.id))
    assert again is not None and again.fingerprint == one.fingerprint
    await forum.submit(
        "Hana",
        await forum.press("Hana", Button(label="", action="concern.close", value="1")),
        {"outcome": "explained", "words": "It is so."},
    )
    assert words(await cards(forum, one, "Cleo")) == words(before)


async def test_a_card_that_was_sent_is_brought_up_to_date_when_a_serious_concern_opens_and_closes(
    forum: Forum,
) -> None:
    one = await requested(forum)

    async def due() -> set[str]:
        return {words(card) for who, card in await forum.sent() if who == "Cleo" and "Go-live" in words(card)}

    assert len(await due()) == 1
    assert await due() == set()
    await named(forum, severity="serious")
    assert any("1 open serious concern: C-1, new." in said for said in await due())
    assert await due() == set()
    found = await forum.store.read(lambda work: concerns.by_number(work, 1))
    assert found is not None
    await filled(forum, "Hana", found, "Close", outcome="explained", words="It is so.")
    brought = await due()
    assert brought and all("serious concern" not in said for said in brought)
    assert one.state.open


@pytest.mark.parametrize(("severity", "about"), [("usual", "claims"), ("serious", "complaints")])
async def test_a_usual_concern_or_one_of_another_initiative_is_not_shown(
    forum: Forum, severity: str, about: str
) -> None:
    one = await requested(forum)
    await named(forum, severity=severity, initiative=about)
    assert "serious concern" not in words(await cards(forum, one, "Cleo"))


async def test_of_another_milestone_only_what_is_linked_to_it_is_shown(forum: Forum) -> None:
    one = await requested(forum, "mvp-scope")
    found = await named(forum, severity="serious")
    assert "serious concern" not in words(await cards(forum, one, "Cleo"))

    def link(work: Work) -> None:
        concerns.change(work, found.case_id, milestone="mvp-scope")

    await forum.store.write(link)
    assert "1 open serious concern: C-1, new." in words(await cards(forum, one, "Cleo"))


async def test_who_asks_for_a_sign_off_sees_it_in_the_form(forum: Forum) -> None:
    about = forum.company.initiative["claims"]
    await forum.store.write(lambda work: ready_for_go_live(work, about, forum.company.person["Bo"]))
    await named(forum, severity="serious")
    opened = await forum.say("Bo", "signoff request claims")
    assert isinstance(opened, Open)
    said = "\n".join(plain(one.runs) for one in opened.form.elements if one.type in ("text", "context"))
    assert "1 open serious concern: C-1, new. The sponsors see that too." in said
