"""Looking through concerns: what stands in which list, in which order, for whom, and how fast."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from domain.concern_figures import Lot
from domain.concerns import State
from domain.people import Platform
from storage import concern_boxes, concern_figures, concern_lists, concerns
from storage.concern_lists import Reader
from storage.store import Work
from tests.chat import button, card_of, labels, words
from tests.concerns.conftest import WHAT, Forum
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

    assert await numbers("") == ["C-2", "C-1"]
    assert await numbers("mine") == ["C-2"]
    assert await numbers("new") == ["C-1"]
    assert await numbers("overdue") == [f"C-{late.number}"]
    assert await numbers("closed") == ["C-3"]
    assert "I read" in words(card_of(await forum.say("Bo", "concern list everything", platform)))


async def test_a_list_says_where_each_is_and_nothing_that_was_written(forum: Forum) -> None:
    one = await named(forum)
    await pressed(forum, "Hana", one, "Take it")
    said = await listed(forum, "Bo")
    assert (
        "C-1 · Claims triage · usual · being looked into · with Hana Reed · "
        "first answer by Wednesday 25 November, 17:30" in said
    )
    assert WHAT not in said


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
    for value in ("", "everything", "open x", "open 99999999999999"):
        turn = action("concern.turn", one).model_copy(update={"value": value})
        assert "C-1" in words(card_of(await forum.press("Hana", turn)))


async def test_their_own_page_says_how_many_are_where(forum: Forum, clock: MovedClock) -> None:
    await named(forum, severity="serious")
    two, _ = await handed(forum)
    await answered(forum, "Bo", two, "We look into it.")
    clock.move(hours=3)
    home = card_of(await forum.home("Hana"))
    assert "Concerns: 1 new, 1 being looked into, 1 without an answer in time." in words(home)
    assert "C-1" in words(card_of(await forum.press("Hana", button(home, "Overdue"))))
    assert "C-2" not in words(card_of(await forum.press("Hana", button(home, "Overdue"))))
    assert "C-2" in words(card_of(await forum.press("Bo", button(home, "With me"))))
    assert "Concerns:" not in words(card_of(await forum.home("Dara")))


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


@pytest.mark.parametrize(
    ("reader", "index"),
    [
        (Reader(1, True), "ix_concern_state_number"),
        (Reader(1, False, owned=(1,)), "ix_concern_initiative_id_state_number"),
        (Reader(1, False, sponsored=(1, 2)), "ix_concern_initiative_id_state_number"),
    ],
)
async def test_a_page_is_read_from_an_index_in_the_order_of_numbers(
    forum: Forum, reader: Reader, index: str
) -> None:
    """So that it takes as long in a hundred thousand as in ten; `benchmarks/concerns.py` measures it."""
    if forum.store.dialect != "sqlite":
        await forum.store.write(many)
    plans = await forum.store.read(
        lambda work: plans_of(
            work, lambda: concern_lists.page(work, reader, (State.NEW, State.TAKEN), before=5000, limit=7)
        )
    )
    assert len(plans) == 2 * (len(reader.sponsored) or 1)
    for plan in plans:
        assert index in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


@pytest.mark.parametrize("initiative_id", [None, 1])
async def test_figures_are_counted_from_indexes_and_look_at_no_row(
    forum: Forum, initiative_id: int | None
) -> None:
    """A row lies in a page of its own with what was written, a hundred of what is counted in another."""
    if forum.store.dialect != "sqlite":
        pytest.skip("PostgreSQL chooses by how many rows there are")

    def unit(work: Work) -> list[str]:
        lot = Lot(weeks=("2026-W45", "2026-W46"), concerns=20)

        def ask() -> None:
            concern_figures.closed_lots(work, initiative_id)
            concern_figures.median_hours(work, "2026-W45", "2026-W46", initiative_id)
            concern_figures._counts(work, [lot], initiative_id)

        return [plan for plan in plans_of(work, ask) if "concern" in plan]

    by_state, *counted = await forum.store.read(unit)
    assert "ix_concern_state_number" in by_state
    assert len(counted) == 3
    for plan in counted:
        assert "ix_concern_week_counted" in plan
        assert "COVERING INDEX" in plan


def many(work: Work) -> None:
    """Numbers 1 to 3,000 of no deployment, most of them settled: on a few rows one index is as good as another."""
    work.connection.exec_driver_sql(
        "INSERT INTO concern (case_id, number, week, severity, is_specific, state, reopened, body) "
        "SELECT decode(md5(n::text), 'hex'), n, '2026-W01', 'usual', true, "
        "CASE n % 10 WHEN 0 THEN 'new' WHEN 1 THEN 'taken' ELSE 'settled' END, 0, '' "
        "FROM generate_series(1, 3000) n"
    )
    work.connection.exec_driver_sql("ANALYZE concern")


def plans_of(work: Work, ask: Callable[[], object]) -> list[str]:
    """How the database goes about each statement of what is asked."""
    said: list[tuple[str, object]] = []
    connection = work.connection

    def listen(c: object, cursor: object, text: str, values: object, *more: object) -> None:
        said.append((text, values))

    sa.event.listen(connection, "before_cursor_execute", listen)
    ask()
    sa.event.remove(connection, "before_cursor_execute", listen)
    explain = "EXPLAIN QUERY PLAN "
    if connection.dialect.name != "sqlite":
        explain = "EXPLAIN "
        # With as few rows as here a scan would be cheaper.
        for name in ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{name} = off")
    return [
        "\n".join(map(str, connection.exec_driver_sql(explain + text, values).all()))  # type: ignore[arg-type]
        for text, values in said
    ]
