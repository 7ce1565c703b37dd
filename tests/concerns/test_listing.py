"""Looking through concerns: what stands in which list, in which order, for whom, and how fast."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
import sqlalchemy as sa

from domain.concerns import Concern
from domain.people import Platform
from handlers.cards import Text
from handlers.concerns.listing import PAGE
from handlers.conversation import Press
from handlers.slack import render as slack
from handlers.teams import render as teams
from storage import concern_boxes, concern_lists, concerns
from storage.concern_lists import Reader
from storage.concerns import concern
from storage.store import Work
from tests.chat import button, card_of, key, labels, words
from tests.concerns.conftest import Forum
from tests.concerns.handled import action, answered, closed, handed, named, pressed
from tests.conftest import MovedClock


async def listed(forum: Forum, who: str, name: str = "") -> str:
    return words(card_of(await forum.say(who, f"concern list {name}".strip())))


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_the_lists_hold_what_their_names_say(
    forum: Forum, clock: MovedClock, platform: Platform
) -> None:
    late = await named(forum, severity="serious")
    mine, done = await named(forum, "Dara"), await named(forum, "Ines")
    await pressed(forum, "Bo", mine, "Take it")
    await closed(forum, "Bo", done)
    clock.move(hours=25)

    async def numbers(name: str) -> list[str]:
        said = words(card_of(await forum.say("Bo", f"concern list {name}".strip(), platform)))
        return [line.split(" · ")[0] for line in said.splitlines() if line.startswith("C-")]

    assert await numbers("") == ["C-1", "C-2"]  # what is late comes first
    assert await numbers("mine") == ["C-2"]
    assert await numbers("new") == ["C-1"]
    assert await numbers("overdue") == [f"C-{late.number}"]
    assert await numbers("closed") == ["C-3"]
    assert "I read" in words(card_of(await forum.say("Bo", "concern list everything", platform)))


async def test_a_row_says_where_it_is_and_how_it_begins_and_what_is_late_as_late(
    forum: Forum, clock: MovedClock
) -> None:
    one = await named(forum)
    await pressed(forum, "Hana", one, "Take it")
    assert (
        "C-1 · Claims triage · usual · being looked into · with Hana Reed · "
        "first answer by Wednesday 25 November, 17:30\n"
        "The claims triage flagged two correct claims as fraud last week.\n" in await listed(forum, "Bo")
    )
    clock.move(days=8)
    await forum.tick()
    card = card_of(await forum.say("Bo", "concern list"))
    assert (
        "C-1 · Claims triage · usual · being looked into · with Hana Reed · "
        "overdue since Wednesday 25 November, with both sponsors\n" in words(card)
    )
    assert "first answer by" not in words(card)
    row = next(one for one in card.elements if isinstance(one, Text))
    assert [run.text for run in row.runs if run.style == "strong"] == [
        "C-1",
        "overdue since Wednesday 25 November",
    ]


async def test_a_long_text_is_cut_at_a_word_and_a_locked_one_leaves_the_row_without(forum: Forum) -> None:
    await named(
        forum, what="The claims triage\nflagged two correct claims as fraud, and then it did it again."
    )
    other = await named(forum, "Dara")

    def unit(work: Work) -> None:
        work.connection.execute(
            sa.update(concern).where(concern.c.case_id == other.case_id).values(body=b"x" * 100)
        )

    await forum.store.write(unit)
    said = await listed(forum, "Bo")
    assert "\nThe claims triage flagged two correct claims as fraud, and then it…\n" in said
    assert said.splitlines()[1].startswith("C-2 ·")
    assert said.splitlines()[2].startswith("Open"), said


async def test_where_others_read_along_a_list_holds_nothing_that_was_written_and_nothing_is_kept(
    forum: Forum,
) -> None:
    await named(forum, what="The claims triage lost the zebrafinch file last week.")
    for _ in range(PAGE):
        await named(forum)
    places: tuple[dict[str, Any], ...] = (
        {},
        {"private": False, "conversation": "19:team"},
        {"can_ask": False},  # the answer may go through the outbox
    )
    for platform in get_args(Platform):
        for place in places:
            reply = await forum.say("Bo", "concern list", platform, **place)
            assert ("flagged two" in str(reply)) == place.get("private", True)
            more = button(card_of(await forum.say("Bo", "concern list", platform)), "More")
            origin = forum.origin("Bo", platform, **place)
            turned = await forum.send(Press(key=key(), origin=origin, action=more.action, value=more.value))
            assert ("zebrafinch" in str(turned)) == (not place)
    kept = str([tuple(row) for table in ("inbound", "outbox") for row in await forum.rows(table)])
    assert "Open concerns" in kept
    assert "flagged two" not in kept
    assert "zebrafinch" not in kept


async def test_what_presses_most_comes_first_and_pages_follow_one_another(
    forum: Forum, clock: MovedClock
) -> None:
    """Serious before usual, overdue before not settled, the longest overdue first; then the newest."""
    wanted = "serious a", "serious b", "not settled, serious", "usual a", "usual b", "not settled"
    found: dict[str, str] = {}

    async def one(label: str, **values: str) -> Concern:
        made = await named(forum, **values)
        found[f"C-{made.number}"] = label
        return made

    for severity, label in (("usual", "not settled"), ("serious", "not settled, serious")):
        case = await one(label, severity=severity)
        await closed(forum, "Bo", case)
        opened = await forum.press("Ada", action("concern.mine.not_settled", case))
        await forum.submit("Ada", opened, {"words": "It happened again."})
    await one("usual a")
    clock.move(days=1)
    await one("usual b")
    await one("serious a", severity="serious")
    clock.move(days=1)
    await one("serious b", severity="serious")
    clock.move(days=30)
    rest = [f"rest {number}" for number in range(9)]
    for label in rest:
        await one(label)
    answered_one = await one("rest 9")
    await answered(forum, "Bo", answered_one, "We look into it.")
    for owned in (False, True):
        if owned:
            for number in found:
                await forum.press("Hana", action("concern.take", await by(forum, number)))
        card = card_of(await forum.say("Hana", "concern list mine" if owned else "concern list"))
        seen: list[str] = []
        for _ in range(4):
            seen += [
                found[line.split(" · ")[0]] for line in words(card).splitlines() if line.startswith("C-")
            ]
            if "More" not in labels(card):
                break
            card = card_of(await forum.press("Hana", button(card, "More")))
        assert seen == [*wanted, "rest 9", *reversed(rest)]
    for name, expected in (
        ("overdue", ["serious a", "serious b", "usual a", "usual b"]),
        ("reopened", ["not settled, serious", "not settled"]),
    ):
        press = action("concern.list", answered_one).model_copy(update={"value": name})
        said = words(card_of(await forum.press("Hana", press)))
        assert [
            found[line.split(" · ")[0]] for line in said.splitlines() if line.startswith("C-")
        ] == expected


async def by(forum: Forum, number: str) -> Concern:
    found = await forum.store.read(lambda work: concerns.by_number(work, int(number.removeprefix("C-"))))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("state", "changes", "owner", "sponsor"),
    [
        ("new", {}, True, False),
        ("reopened", {"reopened": 1}, True, True),
        ("taken", {"escalated_at": datetime(2026, 11, 19, tzinfo=UTC)}, True, True),
        ("closed", {}, False, False),
    ],
)
async def test_what_is_with_somebody_is_what_they_may_read(
    forum: Forum, state: str, changes: dict[str, object], owner: bool, sponsor: bool
) -> None:
    """It is found by whose it is, and the rights are asked of each."""
    await named(forum)

    def unit(work: Work) -> None:
        work.connection.execute(sa.update(concern).values(state=state, owner_id=5, **changes))

    await forum.store.write(unit)
    claims = forum.company.initiative["claims"]
    readers = {
        Reader(99, True): owner,
        Reader(99, False, owned=(claims,)): owner,
        Reader(99, False, sponsored=(claims,)): sponsor,
        Reader(99, False, owned=(claims + 1,)): False,
        Reader(forum.company.person["Ada"], True): False,
    }
    for reader, expected in readers.items():
        for owner_id in (5, None):

            def ask(work: Work, who: Reader = reader, owner_id: int | None = owner_id) -> bool:
                return bool(concern_lists.open_page(work, who, owner_id=owner_id))

            assert await forum.store.read(ask) == expected, (reader, owner_id)


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_full_page_keeps_to_what_a_message_holds(forum: Forum, platform: Platform) -> None:
    for _ in range(PAGE + 1):
        await named(forum, what="The claims triage flagged " + "<&> " * 300)
    card = card_of(await forum.say("Hana", "concern list", platform))
    pages = slack.messages(card) if platform == "slack" else teams.pages(card, "nonce")
    assert len(pages) == 1
    assert len(json.dumps(pages[0])) < 20_000


async def test_somebody_sees_in_lists_what_they_could_open_and_no_more(
    forum: Forum, clock: MovedClock
) -> None:
    await named(forum, severity="serious")
    await named(forum, "Dara", initiative=None)
    await named(forum, "Bo")
    seen = {who: await listed(forum, who) for who in ("Bo", "Hana", "Cleo", "Dara")}
    assert ["C-1" in seen["Bo"], "C-2" in seen["Bo"], "C-3" in seen["Bo"]] == [True, False, False]
    assert all(f"C-{number} ·" in seen["Hana"] for number in (1, 2, 3))
    assert "There are none." in seen["Cleo"]
    assert "No concerns are yours to handle" in seen["Dara"]
    clock.move(hours=25)
    await forum.tick()
    after = await listed(forum, "Cleo")
    assert "C-1 ·" in after
    assert "C-3 ·" not in after


async def test_what_was_not_handed_over_is_in_no_list_and_has_no_number(forum: Forum) -> None:
    await forum.code("Ada")
    assert "There are none." in await listed(forum, "Hana")
    assert "I know no such concern" in words(card_of(await forum.say("Hana", "concern show C-1")))
    await forum.hand_over()
    assert "C-1 ·" in await listed(forum, "Hana")


async def test_pages_follow_one_another_by_number_and_end(forum: Forum) -> None:
    for _ in range(13):
        await named(forum)
    card = card_of(await forum.say("Hana", "concern list"))
    seen: list[str] = []
    for _ in range(3):
        seen += [line.split(" · ")[0] for line in words(card).splitlines() if line.startswith("C-")]
        if "More" in labels(card):
            card = card_of(await forum.press("Hana", button(card, "More")))
    assert seen == [f"C-{number}" for number in range(13, 0, -1)]
    assert "More" not in labels(card)


async def test_whatever_a_button_carries_a_list_is_shown(forum: Forum) -> None:
    one = await named(forum)
    for value in ("", "everything", "open x", "open 99999999999999", "open 2", "open c", "open c7"):
        turn = action("concern.turn", one).model_copy(update={"value": value})
        assert "C-1" in words(card_of(await forum.press("Hana", turn)))


async def test_their_own_page_is_a_board_by_state_each_with_its_list(forum: Forum, clock: MovedClock) -> None:
    await named(forum, severity="serious")
    two, _ = await handed(forum)
    await answered(forum, "Bo", two, "We look into it.")
    three, four = await named(forum), await named(forum)
    await closed(forum, "Bo", three)
    await closed(forum, "Bo", four)
    opened = await forum.press("Ada", action("concern.mine.not_settled", four))
    await forum.submit("Ada", opened, {"words": "It happened again."})
    clock.move(hours=3)
    home = card_of(await forum.home("Hana"))
    assert "Concerns that you handle: 3 are open." in words(home)
    board = ["Overdue: 1", "Not settled: 1", "New: 1", "Being looked into: 1", "Waiting for the reporter: 1"]
    assert labels(home)[:7] == [*board, "All open ones", "With me"]
    for label, number in zip(board, (1, 4, 1, 2, 3), strict=True):
        said = words(card_of(await forum.press("Hana", button(home, label))))
        assert [line.split(" ·")[0] for line in said.splitlines() if line.startswith("C-")] == [f"C-{number}"]
    assert "C-2" in words(card_of(await forum.press("Bo", button(home, "With me"))))
    assert "Concerns that you handle" not in words(card_of(await forum.home("Dara")))


async def test_the_board_leaves_out_ones_own_and_states_in_which_there_are_none(forum: Forum) -> None:
    await named(forum, "Hana")
    assert "Concerns that you handle" not in words(card_of(await forum.home("Hana")))
    one = await named(forum)
    home = card_of(await forum.home("Hana"))
    assert labels(home)[:5] == ["Open", "Write", "All my concerns", "New: 1", "All open ones"]
    assert "1 is open." in words(home)
    await closed(forum, "Bo", one)
    home = card_of(await forum.home("Hana"))
    assert "Concerns that you handle: none is open." in words(home)
    assert "All open ones" not in labels(home)


async def test_numbers_of_one_hand_over_say_nothing_of_who_came_first(forum: Forum) -> None:
    """The order of numbers is drawn by chance, so a list by number is not a list by time."""
    orders: set[tuple[int, ...]] = set()
    for _ in range(40):
        if len(orders) == 2:
            break
        before = await forum.store.write(concern_boxes.next_number)
        codes = [await forum.code("Ada"), await forum.code("Dara")]
        await forum.hand_over()

        def order(work: Work, codes: list[str] = codes, before: int = before) -> tuple[int, ...]:
            found = [concerns.by_code(work, code.replace("-", "")) for code in codes]
            return tuple((one.number or 0) - before for one in found if one is not None)

        orders.add(await forum.store.read(order))
    assert orders == {(0, 1), (1, 0)}
