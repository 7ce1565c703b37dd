"""What the playground's people raised before anybody came, on both databases."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.demo import furnish
from bot.settings import GivenSettings
from domain.concerns import Kind, Outcome, State
from domain.digests import Week
from domain.giveaways import giveaways
from domain.specificity import Told
from handlers.concerns.concern_sections import STANDING, WEEK
from storage import colleagues, concern_figures, concerns, initiatives, people, publications
from storage.store import Store, Work
from tests.conftest import MovedClock


@pytest.mark.parametrize(
    "day",
    [
        datetime(2026, 11, 16, 0, 30, tzinfo=UTC),
        datetime(2026, 11, 22, 23, tzinfo=UTC),
        datetime(2027, 1, 1, 8, tzinfo=UTC),
    ],
)
async def test_three_answers_can_be_read_by_everybody_and_one_concern_is_in_work(
    store: Store, clock: MovedClock, day: datetime
) -> None:
    clock.now = day
    await furnish(store, GivenSettings())

    def look(work: Work) -> None:
        limit, changed, waiting, in_work = concern_figures.numbered_after(work, 0, limit=10)
        assert [one.state for one in (limit, changed, waiting, in_work)] == [
            *(State.SETTLED, State.SETTLED, State.CLOSED, State.TAKEN)
        ]
        assert all(one.is_specific and one.owner_id is not None for one in (limit, changed, waiting, in_work))
        assert limit.limit_id is not None
        assert [one.outcome for one in publications.latest(work)] == [
            *(Outcome.CHANGED, Outcome.CHANGED, Outcome.LIMIT)
        ]
        said = [one.kind for one in concerns.thread(work, in_work.case_id, with_notes=True)]
        assert said == [Kind.ASKED, Kind.REPLY]
        for one in (limit, changed, waiting):
            assert one.closed_at is not None
            assert one.handed_at is not None
            assert one.handed_at < one.closed_at < day
            text = concerns.thread(work, one.case_id, with_notes=False)
            assert Kind.OUTCOME in [each.kind for each in text]
        about = initiatives.by_id(work, in_work.initiative_id or 0)
        assert about is not None
        assert about.product_owner_id == in_work.owner_id

    await store.read(look)


async def test_the_digest_of_the_week_before_has_what_changed_and_what_is_in_work(
    store: Store, clock: MovedClock
) -> None:
    await furnish(store, GivenSettings())
    week = Week.of(clock.now.date() - timedelta(days=7))

    def look(work: Work) -> None:
        zone = ZoneInfo("Europe/Berlin")
        came = WEEK.gather(work, week, zone)
        assert came is not None
        assert [one.about for one in came.changed] == ["Claims triage"]
        stand = STANDING.gather(work, week, zone)
        assert stand is not None
        assert (stand.open_in_all, [one.name for one in stand.new]) == (1, ["C-4"])

    await store.read(look)


async def test_what_was_published_gives_nobody_away(store: Store) -> None:
    await furnish(store, GivenSettings())

    def look(work: Work) -> None:
        for one in concern_figures.numbered_after(work, 0, limit=10):
            reporter = people.by_id(work, one.reporter_id or 0)
            assert reporter is not None
            near = {
                "own_name": reporter.name,
                "team_words": colleagues.small_teams(work, reporter),
                "colleague_names": colleagues.beside(work, reporter),
            }
            published = publications.of_number(work, one.number or 0)
            told = Told.model_validate_json(concerns.body(work, one.case_id))
            texts = [told.what] if published is None else [told.what, published.observed, published.text]
            assert [giveaways(text, **near) for text in texts] == [()] * len(texts)  # type: ignore[arg-type]

    await store.read(look)
