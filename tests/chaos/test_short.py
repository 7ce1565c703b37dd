"""The short form of `make chaos`: whatever happens to the processes, every message arrives, and takes effect once."""

import pytest

from tests.chaos.run import Plan, run


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_nothing_is_lost_or_takes_effect_twice_though_processes_are_killed(database_url: str) -> None:
    plan = Plan(
        messages=500, kills=3, restarts=0, processes=2, people=100, lease_s=5.0, storm_every=300, most_s=60.0
    )
    result = await run(database_url, plan)
    assert (result.lost, result.double_effects, result.kills) == (0, 0, 3)
    assert result.states == {"sent": plan.messages}
    assert result.repeats <= result.bound
    assert result.faults.get("429", 0) > 0
