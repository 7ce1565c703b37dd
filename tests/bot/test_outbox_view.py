"""What `tandem outbox` shows and `tandem retry` does, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from bot.cli import app
from bot.metrics import Metrics
from bot.outbox_view import duration, page
from bot.settings import GivenSettings
from handlers.cards import sentence
from handlers.conversation import CardMessage
from storage import channels, outbox, outcomes, progress
from storage.outbox import Priority
from storage.store import Store, Work
from tests.company import TENANT, founded
from tests.conftest import MovedClock

WORDS = "Confidential words"


async def filled(store: Store, clock: MovedClock) -> None:
    """A digest to five, of which one was sent, one expired and one failed; and a card that a channel refused."""
    company = await founded(store)
    text = CardMessage(card=sentence(WORDS)).model_dump_json()

    def put(work: Work) -> None:
        for name in ("Ada", "Bo", "Cleo", "Dara", "Emil"):
            outbox.put(
                work,
                f"digest:{name}",
                company.person[name],
                text,
                priority=Priority.LATER,
                batch="digest.weekly/2026-W47",
            )
        claims = channels.remember(work, "slack", TENANT["slack"], "C0CLAIMS", None)
        outbox.put(work, "card:1", None, text, channel_id=claims)

    def settle(work: Work) -> None:
        rows = {row.key: row for row in outbox.take(work, limit=9, lease=timedelta(minutes=5))}
        outcomes.settle(
            work,
            [
                outcomes.sent(rows["digest:Ada"], "ref"),
                outcomes.dead(rows["digest:Bo"], "user_disabled"),
                outcomes.dead(rows["card:1"], "the channel is archived"),
                *(
                    outcomes.later(rows[f"digest:{name}"], work.now, "500")
                    for name in ("Cleo", "Dara", "Emil")
                ),
            ],
        )

    await store.write(put)
    await store.write(settle)
    clock.move(seconds=30)


async def test_the_outbox_is_shown_in_columns_without_a_word_of_what_is_said(
    store: Store, clock: MovedClock
) -> None:
    await filled(store, clock)
    shown = page(await store.read(lambda work: progress.overview(work, most_dead=20)))
    lines = shown.splitlines()
    assert lines[0].split() == [
        *(
            "batch",
            "priority",
            "planned",
            "sent",
            "waiting",
            "failed",
            "expired",
            "a",
            "second",
            "time",
            "left",
        )
    ]
    assert lines[2].split() == ["(single", "messages)", "normal", "1", "0", "0", "1", "0", "-", "-"]
    # One a minute is 0.0 a second as it is shown, and three minutes for three.
    assert lines[3].split()[:7] == ["digest.weekly/2026-W47", "later", "5", "1", "3", "1", "0"]
    assert lines[3].endswith("3 min")
    assert "The oldest that is due waits for 30 s." in shown
    assert "digest:Bo  Bo Lindqvist" in shown and "user_disabled" in shown
    assert "slack channel C0CLAIMS" in shown and "the channel is archived" in shown
    assert WORDS not in shown


async def test_of_many_that_were_given_up_some_are_shown_and_the_rest_counted(
    store: Store, clock: MovedClock
) -> None:
    await filled(store, clock)
    shown = page(await store.read(lambda work: progress.overview(work, most_dead=1)))
    assert "card:1" in shown and "digest:Bo" not in shown
    assert "… and 1 more." in shown


async def test_the_metrics_say_the_same_of_what_is_under_way(store: Store, clock: MovedClock) -> None:
    await filled(store, clock)
    counts = await store.read(outbox.counts)
    under_way = await store.read(lambda work: progress.batches(work, under_way=True))
    assert [batch.name for batch in under_way] == ["digest.weekly/2026-W47"]
    metrics = Metrics()
    told = metrics.page(counts, under_way).decode()
    assert 'tandem_batch_messages{batch="digest.weekly/2026-W47",state="waiting"} 3.0' in told
    assert 'tandem_outbox_messages{state="dead"} 2.0' in told
    assert "tandem_batch_messages{" not in metrics.page(counts).decode()


async def test_an_empty_outbox_is_said_in_one_line(store: Store) -> None:
    found = await store.read(lambda work: progress.overview(work, most_dead=20))
    assert page(found) == "The outbox is empty."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (7_500, "2 h 5 min"), (90_000, "1 d 1 h"), (-5, "0 s")],
)
def test_a_length_of_time_is_said_in_its_two_largest_parts(seconds: int, words: str) -> None:
    assert duration(timedelta(seconds=seconds)) == words


def test_time_left_is_not_claimed_where_nothing_moves() -> None:
    now = datetime(2026, 11, 18, 12, tzinfo=UTC)
    states = {"waiting": 10, "sent": 0, "dead": 0, "expired": 0}
    assert progress.Batch("b", 5, states, now, 0.0).time_left(now) is None
    assert progress.Batch("b", 5, states, now, 2.0).time_left(now) == timedelta(seconds=5)
    planned = progress.Batch("b", 5, states, now + timedelta(hours=1), 0.0)
    assert planned.time_left(now) == timedelta(hours=1)


async def test_a_retry_can_be_told_which_messages(
    store: Store, clock: MovedClock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(store, clock)
    settings = GivenSettings(database_url=SecretStr(database_url))
    monkeypatch.setattr("bot.cli.settings_for", lambda: settings)
    # The command line runs a loop of its own, which has to be in another thread.
    import asyncio

    async def typed(*words: str) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, app, list(words))
        assert result.exit_code == 0, result.output
        return result.output

    assert await typed("retry", "--key", "poll") == "No message whose key begins with poll was given up.\n"
    assert (await typed("retry", "--key", "digest:")).startswith("1 back in the queue")
    assert await store.read(outbox.counts) == {"sent": 1, "waiting": 4, "dead": 1}
    assert "given up" in await typed("outbox")
