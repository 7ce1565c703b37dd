"""The playground in one process: a furnished company, and a line that is logged."""

from pathlib import Path

from bot.demo import playground
from storage import contributions, people


async def test_a_line_typed_in_the_playground_is_in_the_log(tmp_path: Path) -> None:
    async with playground(tmp_path) as (workspace, bot):
        who = "ines.carvalho@alderpike.example"
        outcome = await workspace.slash(
            who, "dm", "/contribute", "3h data on claims triage: labelled 400 exceptions"
        )
        assert outcome.problem is None
        assert "3 h of data" in str(outcome.answer)
        ines = await bot.store.read(lambda work: people.by_email(work, who))
        assert ines is not None
        latest = await bot.store.read(lambda work: contributions.recent(work, ines.id, skip=0, limit=50))
        assert latest[0].what == "labelled 400 exceptions"
        assert len(latest) > 5
        report = await workspace.slash(
            "tobias.ekwall@alderpike.example", "dm", "/contribute", "report claims"
        )
        await workspace.settle()
        assert report.problem is None
        assert workspace.problems == []
        assert workspace.move is not None
        await workspace.move(26)
        later = await bot.store.read(lambda work: work.now)
    async with playground(tmp_path, keep=True) as (_workspace, bot):
        kept = await bot.store.read(lambda work: contributions.recent(work, ines.id, skip=0, limit=50))
        assert kept[0].what == "labelled 400 exceptions"
        # What was kept does not lie in the future.
        assert await bot.store.read(lambda work: work.now) >= later
    async with playground(tmp_path) as (_workspace, bot):
        assert await bot.store.read(lambda work: work.now) < later
