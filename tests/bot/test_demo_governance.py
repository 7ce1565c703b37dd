"""What the playground's sponsors have agreed on, on both databases."""

from datetime import date

import pytest

from bot.demo import furnish
from bot.settings import GivenSettings
from storage import charters, initiatives, kpis, limits, transitions
from storage.store import Store, Work
from tests.conftest import MovedClock

TODAY = date(2026, 11, 18)


@pytest.mark.parametrize(("key", "numbers", "stated", "former"), [("claims", 2, 2, 1), ("invoices", 1, 1, 0)])
async def test_two_initiatives_have_a_charter_numbers_a_plan_and_limits(
    store: Store, clock: MovedClock, key: str, numbers: int, stated: int, former: int
) -> None:
    await furnish(store, GivenSettings())

    def look(work: Work) -> None:
        initiative = initiatives.called(work, key)
        assert initiative is not None
        charter = charters.of(work, initiative.id)
        assert charter is not None
        assert charter.changed_at < clock.now
        known = kpis.of(work, initiative.id)
        assert len(known) == numbers
        assert kpis.business_owned(work, {initiative.id}) == {initiative.id}
        for readings in kpis.latest(work, {kpi.id for kpi in known}, limit=50).values():
            assert len(readings) == 8
            assert readings[-1].day == date(2026, 11, 13)
        steps = transitions.of(work, initiative.id)
        assert len(steps) == 5
        assert any(step.done_on is not None and step.done_on < TODAY for step in steps)
        assert all(step.done_on is None or step.done_on <= TODAY for step in steps)
        assert len(limits.of(work, initiative.id)) == stated
        assert len(limits.withdrawn(work, initiative.id)) == former

    await store.read(look)
