"""What the playground's teams show each other, on both databases."""

from datetime import UTC, datetime

import pytest

from bot.demo import furnish
from bot.settings import GivenSettings
from domain.showcases import State
from handlers.showcases.finding import channel_of, rule_of
from storage import nudges, showcases
from storage.store import Store, Work
from tests.conftest import MovedClock


@pytest.mark.parametrize("day", [datetime(2026, 11, 18, 12, tzinfo=UTC), datetime(2027, 1, 1, 8, tzinfo=UTC)])
async def test_one_showcase_comes_with_two_offers_and_one_was_held_with_minutes(
    store: Store, clock: MovedClock, day: datetime
) -> None:
    clock.now = day
    await furnish(store, GivenSettings())

    def look(work: Work) -> None:
        coming = showcases.current(work)
        assert coming is not None
        assert coming.starts_at > day
        assert [one.worked for one in showcases.offers(work, coming.id)] == [True, False]
        [held] = showcases.past(work, limit=5)
        assert (held.state, held.minutes is not None) == (State.HELD, True)
        assert (day - held.starts_at).days < 40
        assert len(showcases.offers(work, held.id)) == 2
        rule = rule_of(work)
        assert rule is not None
        assert rule.first_after(day) == coming.starts_at
        assert channel_of(work) is not None
        assert nudges.zones(work) == ["Asia/Kolkata", "Europe/Berlin", "Europe/London"]

    await store.read(look)
