"""What was typed stands in the form, or is given back: a sentence without a colon, and what is too long."""

import pytest
import sqlalchemy as sa

from domain.people import Platform
from handlers.cards import Form, Text, TextInput, plain
from handlers.conversation import FieldErrors, FormMessage, Nothing, Open
from handlers.slack import render as slack
from handlers.slack.send import waiting
from handlers.teams import render as teams
from storage import contributions, outbox
from storage.store import Store, Work
from tests import company
from tests.chat import Chat, button, buttons_of, card_of, labels, words

PLATFORMS = pytest.mark.parametrize("platform", ["slack", "teams"])


def long(characters: int) -> str:
    """Words that are told apart, so many characters of them."""
    text = " ".join(f"word{number}" for number in range(characters))[: characters - 4]
    return f"{text.rstrip().ljust(characters - 4, 'x')} end"


@pytest.fixture
async def chat(store: Store) -> Chat:
    return Chat(store, await company.founded(store))


def note(form: Form) -> str:
    return plain(next(element.runs for element in form.elements if isinstance(element, Text)))


def what(form: Form) -> TextInput:
    found = next(one for one in form.inputs() if one.name == "what")
    assert isinstance(found, TextInput)
    return found


@PLATFORMS
async def test_what_is_too_long_stands_whole_in_the_form_with_both_figures(
    chat: Chat, platform: Platform
) -> None:
    typed = long(2345)
    opened = await chat.say("Ada", f"contribute 3h data on claims: {typed}", platform)
    assert isinstance(opened, Open)
    assert note(opened.form) == (
        "That is 2,345 characters, and an entry holds 2,000. Nothing is logged yet: please shorten it here."
    )
    assert what(opened.form).value == typed
    assert {one.name: getattr(one, "value", None) for one in opened.form.inputs()}["effort"] == "3 h"
    unshortened = await chat.submit("Ada", opened, {}, platform)
    assert isinstance(unshortened, FieldErrors) and unshortened.form is not None
    assert unshortened.errors == {"what": "That is 2,345 characters; please keep it to 2,000."}
    assert what(unshortened.form).value == typed
    said = card_of(await chat.submit("Ada", unshortened, {"what": typed[-2000:].strip()}, platform))
    assert words(said).startswith("Logged: 3 h of data on Claims triage")


@PLATFORMS
async def test_a_long_text_without_a_colon_stands_whole_in_the_form(chat: Chat, platform: Platform) -> None:
    typed = long(2345)
    opened = await chat.say("Ada", f"contribute {typed}", platform)
    assert isinstance(opened, Open)
    assert note(opened.form).startswith("That is 2,345 characters, and an entry holds 2,000.")
    assert what(opened.form).value == typed


@PLATFORMS
@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (
            "labelled 400 exceptions",
            "Which initiative was it for? What kind of contribution was it?",
        ),
        ("tested the edge cases of the new model yesterday", "Which initiative was it for?"),
    ],
)
async def test_a_sentence_without_a_colon_is_what_was_done(
    chat: Chat, platform: Platform, typed: str, asked: str
) -> None:
    opened = await chat.say("Ada", f"contribute {typed}", platform)
    assert isinstance(opened, Open)
    assert what(opened.form).value == typed
    assert note(opened.form) == f"I took your sentence as what was done. {asked}"


@PLATFORMS
@pytest.mark.parametrize("typed", ["2h on zebra", "testing zebra crossing"])
async def test_a_name_that_nothing_has_is_not_what_was_done(
    chat: Chat, platform: Platform, typed: str
) -> None:
    opened = await chat.say("Ada", f"contribute {typed}", platform)
    assert isinstance(opened, Open)
    assert not what(opened.form).value
    assert note(opened.form).startswith("I know no initiative like “zebra")


@PLATFORMS
async def test_an_entry_of_the_most_characters_is_logged(chat: Chat, platform: Platform) -> None:
    said = card_of(await chat.say("Ada", f"contribute 3h data on claims: {long(2000)}", platform))
    assert words(said).startswith("Logged: 3 h of data on Claims triage")


def test_both_platforms_show_the_whole_of_it_in_the_input() -> None:
    typed = long(2999)
    asked = Form(
        name="f",
        title="Log a contribution",
        elements=(
            TextInput(name="what", label="What was done", value=typed, multiline=True, max_length=3000),
        ),
    )
    [block] = slack.modal(asked)["blocks"]
    assert (block["element"]["initial_value"], block["element"]["max_length"]) == (typed, 3000)
    assert typed in str(teams.form(asked, "n"))


@PLATFORMS
@pytest.mark.parametrize("line", ["contribute 3h data on claims: ", "contribute "])
@pytest.mark.parametrize("characters", [3001, 5120, 11_770])
async def test_what_no_form_takes_is_given_back_to_be_copied(
    chat: Chat, platform: Platform, line: str, characters: int
) -> None:
    typed = long(characters)
    said = card_of(await chat.say("Ada", line + typed, platform))
    assert "and an entry holds 2,000. Nothing was logged." in said.summary
    first, *pieces = [plain(one.runs) for one in said.elements if isinstance(one, Text)]
    assert first == said.summary
    assert " ".join(pieces) == (line + typed).removeprefix("contribute ")
    assert len(slack.messages(said)) == len(teams.pages(said, "n")) == 1
    shown = str(slack.messages(said)), str(teams.pages(said, "n"))
    for piece in pieces:
        assert all(piece in one for one in shown)
    assert isinstance(await chat.press("Ada", button(said, "Log a contribution"), platform), Open)
    assert await chat.store.read(lambda work: contributions.recent(work, _ada(chat), skip=0, limit=9)) == []


@PLATFORMS
async def test_of_more_than_one_message_takes_the_beginning_is_given_back_and_it_is_said_so(
    chat: Chat, platform: Platform
) -> None:
    said = card_of(await chat.say("Ada", f"contribute {'x' * 100_000}", platform))
    assert said.summary == (
        "That is 100,000 characters, and an entry holds 2,000. Nothing was logged. "
        "Here are the first 11,800 of them, to copy and shorten:"
    )
    assert words(said).count("x") == 11_800
    assert len(slack.messages(said)) == len(teams.pages(said, "n")) == 1


@PLATFORMS
async def test_for_a_colleague_it_is_the_form_for_them_or_the_text_without_a_form(
    chat: Chat, platform: Platform
) -> None:
    line = f"contribute for {company.email('Bo')} 3h data on claims: "
    opened = await chat.say("Ada", line + long(2345), platform)
    assert isinstance(opened, Open)
    assert (opened.form.title, what(opened.form).value) == ("Log for a colleague", long(2345))
    said = card_of(await chat.say("Ada", line + long(3500), platform))
    assert labels(said) == []


@PLATFORMS
async def test_where_no_form_can_be_shown_the_text_is_given_back(chat: Chat, platform: Platform) -> None:
    typed = f"3h data on claims: {long(2345)}"
    said = card_of(await chat.say("Ada", f"contribute {typed}", platform, can_ask=False))
    assert said.summary.startswith("That is 2,345 characters, and an entry holds 2,000.")
    pieces = [plain(one.runs) for one in said.elements if isinstance(one, Text)]
    assert " ".join(pieces[1:]) == typed


async def test_a_form_that_waits_behind_a_button_waits_for_a_long_line_too(chat: Chat) -> None:
    """A button carries 2,000 characters: of a longer line it repeats the command alone."""
    typed = f"contribute 3h data on the moon: {long(1990)}"
    assert isinstance(await chat.say("Ada", typed, can_ask=False), Nothing)

    def written(work: Work) -> str:
        return str(work.connection.execute(sa.select(outbox.outbox.c.message)).scalar_one())

    message = FormMessage.model_validate_json(await chat.store.read(written))
    assert what(message.form).value == long(1990)
    card = waiting(message)
    assert [one.value for one in buttons_of(card)] == ["contribute"]
    assert "Open the form" in str(slack.messages(card))


@PLATFORMS
async def test_a_mention_is_given_back_by_name(chat: Chat, platform: Platform) -> None:
    mention = f"<@{company.user_id(platform, 'Bo')}>"
    opened = await chat.say("Ada", f"contribute 3h data on claims: with {mention} {long(2345)}", platform)
    assert isinstance(opened, Open)
    assert what(opened.form).value == f"with @Bo Lindqvist {long(2345)}"


def _ada(chat: Chat) -> int:
    return chat.company.person["Ada"]
