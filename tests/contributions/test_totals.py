"""What an entry adds to its person's totals is what is read of them afterwards, on both databases."""

from collections.abc import Sequence
from datetime import date

import pytest

from domain.contributions import Draft, Kind
from domain.people import Person
from storage import contributions, people
from storage.contributions import Totals
from storage.store import Store, Work
from tests import company

TODAY = date(2026, 11, 18)
YESTERDAY = date(2026, 11, 17)
LAST_MONTH = date(2026, 10, 30)

Line = tuple[str, int | None, date]


def draft(initiative_id: int, minutes: int | None, day: date) -> Draft:
    return Draft(
        kind=Kind.DATA, initiative_id=initiative_id, effort_minutes=minutes, day=day, what="labelled them"
    )


@pytest.mark.parametrize(
    "lines",
    [
        [("claims", 60, TODAY), ("claims", 30, TODAY), ("complaints", None, YESTERDAY)],
        [("claims", 60, LAST_MONTH), ("claims", 15, LAST_MONTH), ("claims", 30, TODAY)],
        [("claims", None, TODAY), ("complaints", 45, LAST_MONTH), ("complaints", 45, YESTERDAY)],
    ],
)
async def test_an_entry_is_counted_as_it_is_read_afterwards(store: Store, lines: Sequence[Line]) -> None:
    made = await company.founded(store)

    def logged(work: Work, who: Person, line: Line) -> tuple[Totals, Totals]:
        initiative, minutes, day = line
        _, told = contributions.log(
            work,
            draft(made.initiative[initiative], minutes, day),
            person_id=who.id,
            team_id=who.team_id,
            month=TODAY,
        )
        return told, contributions.totals(work, who.id, month=TODAY, day=day)

    def unit(work: Work) -> list[tuple[Totals, Totals]]:
        ada, bo = (people.by_id(work, made.person[name]) for name in ("Ada", "Bo"))
        assert ada is not None
        assert bo is not None
        logged(work, bo, ("claims", 600, TODAY))  # another's do not count
        return [logged(work, ada, line) for line in lines]

    for told, read in await store.write(unit):
        assert told == read
