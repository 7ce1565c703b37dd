"""What the playground's company answered before anybody came, and how its people answer the next pulse."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.demo import furnish, playground
from bot.playground.others import Others
from bot.settings import GivenSettings
from domain.digests import Week
from domain.pulses import Audience, Plan, PlanState, Spec, Status
from domain.question_bank import by_key, set_by_key
from handlers.pulses import results
from storage import ballots, panels, people, pulses, releases
from storage.ballots import slot
from storage.outbox import outbox
from storage.rosters import roster
from storage.store import Store, Work
from tests.conftest import MovedClock

SOFIA = "sofia.marchetti@alderpike.example"
ME = "ines.carvalho@alderpike.example"


@pytest.mark.parametrize(
    "day",
    [
        datetime(2026, 11, 16, 0, 30, tzinfo=UTC),
        datetime(2026, 11, 22, 23, tzinfo=UTC),
        datetime(2027, 1, 1, 8, tzinfo=UTC),
    ],
)
async def test_a_pulse_of_the_week_before_was_released_and_answered_and_nobody_is_written_to(
    store: Store, clock: MovedClock, day: datetime
) -> None:
    clock.now = day
    await furnish(store, GivenSettings())

    def look(work: Work) -> None:
        [one] = pulses.in_status(work, *Status)
        assert one.status is Status.RELEASED
        assert Week.of(one.spec.closes_on) == Week.of(day.date() - timedelta(days=7))
        assert results.agreed(work, one) is not None
        assert results.is_out(work, one)
        said = results.loaded(work, one)
        assert len({each.node for each in said.released}) >= 3
        assert said.everyone is not None
        assert said.diagnosis(said.everyone).dominant == "trust"
        assert all(len(texts) >= 5 for texts in releases.comments(work, one.id).values())
        assert releases.comments(work, one.id)
        for table in (roster, slot):
            assert work.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
        rows = work.connection.execute(sa.select(outbox.c.key, outbox.c.message)).all()
        assert not [key for key, message in rows if "pulse" in f"{key} {message}"]

    await store.read(look)


async def test_the_others_answer_by_their_own_buttons_and_once(tmp_path: Path) -> None:
    async with playground(tmp_path) as (workspace, bot):

        def approved(work: Work) -> int:
            sofia = people.by_email(work, SOFIA)
            assert sofia is not None
            opens_on = workspace.clock().date() + timedelta(days=1)
            spec = Spec(
                title="First pulse",
                questions=tuple(by_key(key) for key in set_by_key("first").questions),
                audience=Audience(kind="everyone"),
                opens_on=opens_on,
                closes_on=opens_on + timedelta(days=9),
                zone="Europe/Berlin",
            )
            plan = pulses.draft(work, Plan(spec=spec), sofia.id)
            pulses.set_plan_state(work, plan, PlanState.APPROVED)
            return pulses.schedule(work, plan, 1, spec)

        number = await bot.store.write(approved)
        others, me = Others(workspace), workspace.user_id(ME)
        assert workspace.move is not None
        # A weekend and a holiday may lie between.
        for _ in range(5):
            await workspace.move(24)
        asked = others.invited(me)

        def masks(work: Work) -> dict[str, int]:
            one = pulses.by_id(work, number)
            assert one is not None
            known = people.by_ids(work, [turn.person_id for turn in panels.turns(work, one.spec.audience)])
            return {person.email: ballots.answered(work, one, person.id) for person in known.values()}

        done = await others.answer(me)
        found = await bot.store.read(masks)
        assert len(asked) == len(found) - 1 == done.answered + done.silent
        assert [mask & 0b0111 for mask in found.values() if mask] == [0b0111] * done.answered
        assert len(found) / 2 < done.answered < len(found) - 1
        assert 5 <= sum(mask == 0b1111 for mask in found.values()) < done.answered
        assert found[ME] == 0
        assert others.invited(me) == {}
        assert workspace.problems == []
        await workspace.move(24 * 7)
        assert others.invited(me) == {}, "it is over by then"
