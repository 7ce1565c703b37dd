"""A slip of the finger gets the command that was meant, not another page and not a form."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from domain.initiatives import InitiativeDraft
from domain.people import Platform
from handlers.conversation import Open
from handlers.mistyped import looks_mistyped, meant
from storage import initiatives
from storage.schema import metadata
from storage.store import Store, Work
from tests import company
from tests.chat import Chat, button, card_of, words


@pytest.fixture
async def chat(store: Store) -> Chat:
    return Chat(store, await company.founded(store))


@pytest.mark.parametrize(
    ("line", "guess"),
    [
        ("pulse reslts", "pulse results"),
        ("tandem hepl", "tandem help"),
        ("tandem paus until friday", "tandem pause"),
        ("contribute lst", "contribute list"),
        ("contribute reprot claims", "contribute report"),
        ("concern chnages", "concern changes"),
        ("initiative lst", "initiative list"),
        ("initiative LST", "initiative list"),
        ("initiative hepl", "initiative help"),
        ("initiative edt claims", "initiative edit"),
        ("initiative archve claims triage", "initiative archive"),
        ("initiative kpis claims handling-time 14.2", "initiative kpi"),
        ("initiative chater claims", "initiative charter"),
        ("signoff lst", "signoff list"),
        ("signoff requst claims go-live", "signoff request"),
        ("showcase agneda", "showcase agenda"),
        ("pulse plnas", "pulse plans"),
        ("tandem privcy", "tandem privacy"),
    ],
)
@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_slip_gets_the_command_that_was_meant(
    chat: Chat, line: str, guess: str, platform: Platform
) -> None:
    said = words(card_of(await chat.say("Ada", line, platform)))
    slash = "/" if platform == "slack" else ""
    name, _, rest = line.partition(" ")
    assert said == (
        f"I do not know “{slash}{name} {rest}”. Did you mean {slash}{guess}? "
        f"{slash}{name} help shows what there is to type."
    )


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_slip_leaves_no_trace_for_it_may_be_the_beginning_of_a_concern(
    chat: Chat, platform: Platform
) -> None:
    assert "concern code?" in words(
        card_of(await chat.say("Ada", "concern codes leaked", platform, can_ask=False))
    )

    def rows(work: Work) -> int:
        tables = (metadata.tables["inbound"], metadata.tables["outbox"])
        return sum(len(work.connection.execute(sa.select(one)).all()) for one in tables)

    assert await chat.store.read(rows) == 0


async def test_what_is_like_nothing_is_not_guessed_at(chat: Chat) -> None:
    said = words(card_of(await chat.say("Ada", "pulse bananas")))
    assert said == "I do not know “/pulse bananas”. /pulse help shows what there is to type."
    long = words(card_of(await chat.say("Ada", "tandem " + "x" * 4000)))
    assert len(long) < 200


async def test_a_mistyped_first_word_is_guessed_at_above_all_of_help(chat: Chat) -> None:
    said = words(card_of(await chat.say("Ada", "contibute 3h data on claims: labelled", "teams")))
    assert said.startswith(
        "I do not know what to do with “contibute 3h data on claims: labelled”. Did you mean contribute?"
    )
    assert "What Tandem can do" in said


@pytest.mark.parametrize(
    "line",
    [
        "contribute 3h list on claims",
        "contribute testing on claims",
        "concern the list of claims is wrong",
        "concern codes are lost every day",
    ],
)
async def test_free_text_is_free_text(chat: Chat, line: str) -> None:
    assert isinstance(await chat.say("Ada", line), Open)


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("initiative Claims triage", "Claims triage"),
        ("initiative claims", "Claims triage"),
        ("initiative shop planner", "Workshop planner"),
        ("initiative lst", "Last mile"),
        ("initiative shaw", "Shaw street office"),
        ("signoff claims", "Sign-offs of Claims triage"),
        ("signoff requests in order", "Sign-offs of Requests in order"),
    ],
)
@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_what_may_be_the_name_of_an_initiative_is_one(
    chat: Chat, line: str, title: str, platform: Platform
) -> None:
    await chat.store.write(_more_initiatives(chat))
    assert words(card_of(await chat.say("Ada", line, platform))).startswith(title)


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_an_archived_initiative_is_still_found_by_its_name_where_that_is_like_a_command(
    chat: Chat, platform: Platform
) -> None:
    await chat.store.write(_more_initiatives(chat))
    asked = card_of(await chat.say("Ines", "initiative archive office", platform))
    await chat.press("Ines", button(asked, "Archive"), platform)
    said = words(card_of(await chat.say("Ada", "initiative Shaw street office", platform)))
    assert "This initiative is archived." in said


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_name_that_is_like_no_command_and_no_initiative_is_said_to_be_unknown(
    chat: Chat, platform: Platform
) -> None:
    for name in ("initiative", "signoff"):
        said = words(card_of(await chat.say("Ada", f"{name} bananas", platform)))
        assert said.startswith("I know no initiative like “bananas”.")


def _more_initiatives(chat: Chat) -> Callable[[Work], None]:
    """Some whose names are nearly words of a command."""
    ids = chat.company.person

    def put(work: Work) -> None:
        claims = initiatives.by_id(work, chat.company.initiative["claims"])
        assert claims is not None
        for key, name in (
            ("planner", "Workshop planner"),
            ("mile", "Last mile"),
            ("office", "Shaw street office"),
            ("orders", "Requests in order"),
        ):
            draft = InitiativeDraft(
                key=key,
                name=name,
                outcome="Less is lost.",
                department_id=claims.department_id,
                business_sponsor_id=ids["Cleo"],
                technical_sponsor_id=ids["Emil"],
                product_owner_id=ids["Bo"],
            )
            initiatives.add(work, draft, created_by_id=ids["Ines"])

    return put


async def test_help_shows_the_first_lines_of_every_command_and_where_the_others_are(chat: Chat) -> None:
    said = words(card_of(await chat.say("Ada", "tandem help")))
    for line in ("/contribute list", "/signoff list", "/initiative show claims", "/showcase offer"):
        assert line in said
    for line in ("/pulse results", "/concern code", "/tandem privacy", "/tandem resume ends it"):
        assert line in said
    assert "more: /initiative help" in said and "/initiative archive" not in said
    assert "/initiative archive claims" in words(card_of(await chat.say("Ada", "initiative help")))


def test_short_words_and_lines_with_numbers_are_never_slips() -> None:
    known = {"list", "report", "for"}
    assert meant("lst", known) == "list"
    assert meant("fo", known) is None
    assert not looks_mistyped("lst: 3 of them", known)
    assert not looks_mistyped("lst of things", known)
    assert not looks_mistyped("", known)
