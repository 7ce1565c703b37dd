"""What people type and mean: commands that are concerns, codes and numbers as they are pasted, and who reads it."""

import pytest
import sqlalchemy as sa

from domain.concerns import code_words, read_code, read_number
from domain.people import Platform
from handlers.cards import Text, plain
from handlers.concerns.raising import ManyWithYourName
from handlers.conversation import MessageAction, Say
from storage.people import person
from tests.chat import card_of, key, words
from tests.concerns.conftest import Forum
from tests.concerns.test_codes import BOTH, opened, said
from tests.conftest import MovedClock

CODE = "T70WM3K9QX5ZB1C2D4F6G8H0J"


@BOTH
@pytest.mark.parametrize(
    "typed",
    [
        "list of invoices was wrong since Monday",
        "mine and four other letters were held",
        "show button of the triage does nothing",
        "thread of the assistant was lost twice",
        "settings of the triage were changed overnight",
        "changes in the triage made it worse",
        "figures in the report of claims were wrong",
    ],
)
async def test_a_concern_that_begins_like_another_command_is_a_concern(
    forum: Forum, platform: Platform, typed: str
) -> None:
    form = opened(await forum.say("Ada", f"concern {typed}", platform))
    assert form.name == "concern.form"
    what = next(one for one in form.inputs() if one.name == "what")
    assert typed in str(what.value)  # type: ignore[union-attr]
    assert typed not in str(await forum.rows("inbound")) + str(await forum.rows("outbox"))


async def test_the_other_commands_are_what_they_were(forum: Forum) -> None:
    for line in ("concern list", "concern list new", "concern show 1", "concern changes claims triage"):
        assert isinstance(await forum.say("Hana", line), Say), line
    assert isinstance(await forum.say("Hana", "concern figures 26 weeks"), Say)


@pytest.mark.parametrize(
    "pasted",
    [
        CODE,
        code_words(CODE).lower(),
        *(code_words(CODE).replace("-", dash) for dash in "‐‑‒–—−\u00ad"),
        f"`{code_words(CODE)}`",
        f"“{code_words(CODE)}.”",
        f"code: {code_words(CODE)}",
        f"My code is: {CODE}".replace(" is", ""),
        f"\u200b{CODE[:10]}\u200b{CODE[10:]} ",
        "".join(chr(ord(one) + 0xFEE0) for one in CODE),
    ],
)
def test_a_code_is_read_however_it_was_pasted(pasted: str) -> None:
    assert read_code(pasted) == CODE


@pytest.mark.parametrize("typed", ["C-12", "c12", "#12", "12", "C 12", "C–12", "C‑12", " c - 12 ", "C-１２"])
def test_a_number_is_read_however_it_was_typed(typed: str) -> None:
    assert read_number(typed) == 12


@pytest.mark.parametrize("typed", ["", "C", "C-", "C-12a", "12 13", "D-12", "-", "1234567890"])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_number(typed) is None


async def test_readers_are_those_who_are_there(forum: Forum) -> None:
    shown = words(card_of(await forum.raised("Ada", name="named")))
    assert "Readers: Bo Lindqvist as its product owner, the AI function and HR." in shown
    own = words(card_of(await forum.raised("Bo", name="named")))
    assert "Readers: the AI function and HR." in own
    gone = sa.update(person).where(person.c.name == "Bo Lindqvist").values(active=False)
    await forum.store.write(lambda work: work.connection.execute(gone))
    for name in ("named", "anonymous"):
        assert "Readers: the AI function and HR." in words(card_of(await forum.raised("Ada", name=name)))


async def test_somebody_who_floods_with_their_name_is_asked_to_go_on_tomorrow(
    forum: Forum, clock: MovedClock
) -> None:
    for _ in range(20):
        assert "is with those who handle it" in words(card_of(await forum.raised("Ada", name="named")))
    refused = await forum.raised("Ada", name="named")
    assert ManyWithYourName().sentence in str(refused)
    assert len(await forum.rows("concern")) == 20
    assert isinstance(await forum.raised("Dara", name="named"), Say)
    clock.move(hours=25)
    assert isinstance(await forum.raised("Ada", name="named"), Say)


async def test_names_from_elsewhere_and_a_link_are_warned_of_before_it_is_sent(forum: Forum) -> None:
    link = "https://alder.example/archives/D0123/p1763500000000100"
    action = MessageAction(key=key(), origin=forum.origin("Ada"), action="raise_concern", link=link)
    shortcut = await forum.send(action)
    what = "The claims triage flagged two letters last week; Dara Quill and Hana Reed saw it."
    chosen = str(forum.company.initiative["claims"])
    look = await forum.submit("Ada", shortcut, {"initiative": chosen, "what": what})
    shown = "\n".join(plain(one.runs) for one in opened(look).elements if isinstance(one, Text))
    for phrase in ("Dara Quill", "Hana Reed"):
        assert f"“{phrase}”: A name leads to a person" in shown
    assert f"“{link}”: Where this message stands shows who could read it" in shown


async def test_names_from_elsewhere_are_warned_of_before_one_writes_back(forum: Forum) -> None:
    code = await forum.code("Ada")
    await forum.hand_over()
    entered = await forum.submit("Ada", await forum.say("Ada", "concern code"), {"code": code})
    reply = await forum.submit("Ada", entered, {"do": "reply", "words": "Ask Dara Quill."})
    assert "“Dara Quill”" in said(reply)


async def test_on_teams_it_is_said_what_stays_in_the_chat(forum: Forum) -> None:
    typed = opened(await forum.say("Ada", "concern the triage was wrong", "teams"))
    assert typed.outside is not None and "stays in this chat" in typed.outside
    assert opened(await forum.say("Ada", "concern", "teams")).outside is None
    assert opened(await forum.say("Ada", "concern the triage was wrong", "slack")).outside is None
    coded = opened(await forum.say("Ada", f"concern code {CODE}", "teams"))
    assert coded.outside is not None and "delete that message" in coded.outside
