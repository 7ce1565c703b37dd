"""Before a concern is sent, its writer sees what could give them away and all that its readers will see."""

import json
from functools import partial

import pytest

from handlers.cards import Context, Text, plain
from handlers.concerns import looks
from handlers.concerns.form import Way
from handlers.conversation import Open, Say, Submission
from storage.store import Work
from storage.vault import MemoryVault, Vault
from tests.attack.statements import every_statement
from tests.chat import Filled, card_of, key, words
from tests.concerns.conftest import WHAT, Forum, code_in
from tests.concerns.test_raising import BOTH, VAGUE, names, opened, said, told, value

GIVING = "Bo Lindqvist saw that the claims triage flagged two correct claims as fraud last week. Ada"


def everything(reply: object) -> str:
    """All that is read in a window, small print too."""
    texts = [one for one in opened(reply).elements if isinstance(one, Text | Context)]
    return "\n".join(plain(one.runs) for one in texts)


async def look(forum: Forum, what: str = WHAT, **values: Filled) -> Open:
    """The window in which a concern is looked at."""
    reply = await forum.say("Ada", f"concern {what}")
    reply = await forum.submit(
        "Ada", reply, {"initiative": str(forum.company.initiative["claims"]), **values}
    )
    assert isinstance(reply, Open) and "ready" not in names(reply.form)
    return reply


@BOTH
async def test_what_gives_nobody_away_is_looked_at_once_and_sent(forum: Forum, platform: str) -> None:
    shown = await look(forum, severity="serious", cause="trust")
    assert "Nothing here looks as if it gives you away. Readers will see exactly this:" in said(shown.form)
    assert "Claims triage · severity: serious · I cannot rely on it here" in said(shown.form)
    assert f"What happened\n{WHAT}" in said(shown.form)
    assert "It goes without your name." in everything(shown)
    assert shown.form.submit == "Send it"
    assert await told(forum) == []
    code_in(await forum.submit("Ada", shown, {}))
    assert [one.what for one in await told(forum)] == [WHAT]


async def test_what_could_give_somebody_away_is_shown_once_with_the_whole(forum: Forum) -> None:
    shown = await look(forum, GIVING, severity="serious")
    assert "“Bo Lindqvist”: A name leads to a person" in said(shown.form)
    assert "This is exactly what its readers will see:" in everything(shown)
    assert f"What happened\n{GIVING}" in said(shown.form)
    assert "Claims triage · severity: serious" in said(shown.form)
    assert await told(forum) == []
    code_in(await forum.submit("Ada", shown, {}))


async def test_a_phrase_is_warned_of_once_however_often_it_stands_there(forum: Forum) -> None:
    what = "The claims triage flagged two correct claims as fraud on 12 Nov."
    shown = await look(forum, what, when="On 12 Nov", led_to="A letter of 12 nov.")
    assert said(shown.form).casefold().count("• “12 nov”") == 1


async def test_a_time_that_stands_in_what_happened_is_read_once_and_kept(forum: Forum) -> None:
    shown = await look(forum, f"At the month end and {WHAT}")
    assert value(shown.form, "when") == "At the month end, last week"
    assert "When, and how often" not in said(shown.form)
    code_in(await forum.submit("Ada", shown, {}))
    assert [one.when for one in await told(forum)] == ["At the month end, last week"]
    other = await look(forum, when="last week, twice")
    assert "When, and how often\nlast week, twice" in said(other.form)


async def test_a_second_draft_is_searched_and_shown_again(forum: Forum) -> None:
    shown = await look(forum, GIVING)
    draft = "Ask Bo, on 13 November at 14:05 I saw claim 99887766 flagged by the claims triage."
    again = await forum.submit("Ada", shown, {"what": draft})
    for phrase in ("Bo", "13 November", "14:05", "claim 99887766"):
        assert f"“{phrase}”" in said(opened(again)), phrase
    assert "“Bo Lindqvist”" not in everything(again)
    assert await told(forum) == []
    last = await forum.submit("Ada", again, {"what": WHAT})
    assert "Nothing here looks as if it gives you away." in said(opened(last))
    code_in(await forum.submit("Ada", last, {}))
    assert [one.what for one in await told(forum)] == [WHAT]


@pytest.mark.parametrize(
    "change",
    [
        {"what": f"{WHAT} Twice."},
        {"when": "Yesterday"},
        {"led_to": "We checked by hand."},
        {"was_told": "That it learns."},
        {"would_settle": "A list."},
        {"initiative": "-"},
        {"severity": "serious"},
        {"cause": "trust"},
        {"name": "named"},
        {"also": ("tell",)},
    ],
    ids=lambda change: "".join(change),
)
async def test_whatever_is_changed_after_the_look_is_looked_at_again(
    forum: Forum, change: dict[str, Filled]
) -> None:
    shown = await look(forum)
    again = await forum.submit("Ada", shown, change)
    assert opened(again).submit == "Send it"
    assert "ready" not in names(opened(again))
    assert await told(forum) == []
    assert isinstance(await forum.submit("Ada", again, {}), Say)
    assert len(await told(forum)) == 1


async def test_with_a_name_the_look_is_short_and_warns_of_nothing(forum: Forum) -> None:
    shown = await look(forum, GIVING, name="named")
    assert said(shown.form).startswith("Readers will see exactly this:\n")
    assert "give" not in everything(shown)
    assert "It goes with your name." in everything(shown)
    assert await forum.rows("outbox") == []
    assert "C-1 is with those who handle it" in words(card_of(await forum.submit("Ada", shown, {})))


async def test_a_name_that_is_taken_back_is_searched_for_what_gives_it_away(forum: Forum) -> None:
    shown = await look(forum, GIVING, name="named")
    again = await forum.submit("Ada", shown, {"name": "anonymous"})
    assert "“Bo Lindqvist”" in said(opened(again))
    assert "It goes without your name." in everything(again)


async def test_a_small_team_is_warned_of(forum: Forum) -> None:
    what = "In the complaints team the claims triage flagged two correct claims as fraud last week."
    assert "A small team" in said((await look(forum, what)).form)


async def test_the_promises_stand_in_the_first_window_only(forum: Forum) -> None:
    promise = "your name is not kept with it"
    first = await forum.say("Ada", f"concern {VAGUE}")
    assert promise in everything(first)
    question = await forum.submit("Ada", first, {"initiative": "-"})
    assert "ready" in names(opened(question))
    shown = await forum.submit("Ada", question, {"ready": "send", "also": ("tell",)})
    for window, how in (
        (question, "It goes without your name."),
        (shown, "It goes without your name, with a locked return address"),
    ):
        assert promise not in everything(window)
        assert everything(window).count(how) == 1
        assert "unless you choose otherwise" not in everything(window)


# ------------------------------------------------------------------------------------------- what a window carries


async def test_a_window_carries_nothing_of_what_was_written(forum: Forum) -> None:
    shown = await look(forum, GIVING)
    context = shown.form.context
    assert sorted(json.loads(context)) == ["l", "n", "q", "s"]
    assert "Lindqvist" not in context and "claims" not in context
    # The same words in another window, and other words in the same one, carry something else.
    other = await look(forum, GIVING)
    assert Way.load(context).looked != Way.load(other.form.context).looked
    changed = opened(await forum.submit("Ada", shown, {"what": WHAT}))
    assert Way.load(context).looked != Way.load(changed.context).looked
    assert Way.load(context).nonce == Way.load(changed.context).nonce


async def test_what_a_window_carries_cannot_be_tried_out_without_the_vault(forum: Forum) -> None:
    def made(vault: Vault, work: Work) -> str:
        return looks.fingerprint(Work(work.connection, work.now, vault=vault), "of a window", ("short",))

    async def of(vault: Vault) -> str:
        return await forum.store.read(partial(made, vault))

    assert forum.store.vault is not None
    assert await of(forum.store.vault) == await of(forum.store.vault) != await of(MemoryVault())


async def test_a_context_of_somebody_elses_making_was_not_looked_at(forum: Forum) -> None:
    nonce = Way.begun().nonce
    filled = {"initiative": "-", "what": WHAT, "when": "last week", "name": "anonymous"}
    contexts = ["", "[]", "{", json.dumps({"n": "short", "q": [], "l": True}), json.dumps({"n": 3, "q": 1})]
    contexts += [json.dumps({"n": nonce, "q": [], "l": kept}) for kept in (True, 1, "x", "0" * 32, ["a"])]
    for context in contexts:
        submission = Submission(
            key=key(),
            origin=forum.origin("Ines", "teams"),
            form="concern.form",
            values=filled,
            context=context,
        )
        assert "Readers will see exactly this:" in said(opened(await forum.send(submission))), context
    assert await told(forum) == []


async def test_what_was_looked_at_in_one_window_was_not_in_another(forum: Forum) -> None:
    mine, other = await look(forum), await look(forum, GIVING)
    kept = json.loads(other.form.context) | {"l": Way.load(mine.form.context).looked}
    forged = Open(form=other.form.model_copy(update={"context": json.dumps(kept)}))
    assert isinstance(await forum.submit("Ada", forged, {"what": WHAT}), Open)
    assert await told(forum) == []


async def test_sending_searches_nothing_and_is_the_same_whatever_was_written(forum: Forum) -> None:
    shown = [await look(forum, what, led_to=led_to) for what, led_to in ((WHAT, ""), (GIVING, "Overtime."))]
    seen: list[list[str]] = []
    for one in shown:
        seen.append([])
        with every_statement(lambda text, values: seen[-1].append(text)):
            code_in(await forum.submit("Ada", one, {}))
    assert seen[0] == seen[1]
    assert not [text for text in seen[0] if "group_concat" in text or "string_agg" in text]


async def test_after_an_error_the_window_is_looked_at_again_only_where_something_changed(
    forum: Forum,
) -> None:
    shown = await look(forum)
    wrong = await forum.submit("Ada", shown, {"what": ""})
    assert "your name is not kept with it" not in str(wrong)
    code_in(await forum.submit("Ada", wrong, {"what": WHAT}))
    assert value(shown.form, "what") == WHAT
