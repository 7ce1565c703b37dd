"""What `tandem verify` finds: every kind of change to what was decided, and nothing where nothing was changed."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from bot.cli import app
from bot.problem import Problem
from domain.audit import GENESIS, Head, linked, read_head
from storage import audit as log
from storage.audit import audit, audit_head
from storage.reconciling import parsed
from storage.signoffs import decision, signoff
from storage.store import Store, Work, open_store
from storage.verification import Finding, verify
from tests.conftest import MovedClock
from tests.signoffs import story
from tests.signoffs.story import Story, changed

ENTRIES, DECISIONS = 16, 6


@pytest.fixture
async def told(store: Store, clock: MovedClock) -> Story:
    return await story.told(store, clock)


def _entry(event: str, number: int = 0) -> Any:
    """The number of the entry of this event that comes after `number` others."""
    return sa.select(audit.c.number).where(audit.c.event == event).order_by(audit.c.number).offset(number)


async def _number(store: Store, event: str, skip: int = 0) -> int:
    return await store.read(
        lambda work: int(work.connection.execute(_entry(event, skip).limit(1)).scalar_one())
    )


async def test_an_untouched_log_holds(store: Store, told: Story) -> None:
    head = await store.read(log.head)
    found = await store.read(verify)
    assert found == Finding(ENTRIES, DECISIONS, head)
    assert (await store.read(lambda work: verify(work, witnessed=head))).broken is None
    assert (await store.read(lambda work: verify(work, witnessed=Head(0, GENESIS)))).broken is None


async def test_an_empty_log_holds(store: Store) -> None:
    assert await store.read(verify) == Finding(0, 0, Head(0, GENESIS))


async def test_progress_is_told_with_the_number_of_entries(store: Store, told: Story) -> None:
    seen: list[int] = []
    await store.read(lambda work: verify(work, progress=seen.append))
    assert seen == [ENTRIES]


DECISION_CHANGES: dict[str, dict[str, Any]] = {
    "verdict": {"verdict": "declined"},
    "side": {"side": "third"},
    "person": {"person_id": 1},
    "sponsor": {"acting_for_id": 1},
    "reason": {"reason": "Because."},
    "platform": {"platform": "slack"},
    "fingerprint": {"fingerprint": "0" * 64},
    "version": {"version": 9},
    "request": {"signoff_id": 2},
    "time": {"at": sa.select(sa.func.min(audit.c.at)).scalar_subquery()},
}


@pytest.mark.parametrize("what", DECISION_CHANGES)
async def test_a_decision_that_was_changed_is_found_at_its_entry(
    store: Store, told: Story, what: str
) -> None:
    number = await _number(store, "signoff.decided", 3)
    update = sa.update(decision).where(decision.c.audit_number == number).values(**DECISION_CHANGES[what])
    found = await changed(store, update)
    assert found.broken == (
        f"The decision of entry {number} was changed: it says something else than the log."
    )
    assert found.head.number == number - 1


async def test_a_decision_that_was_deleted_or_made_up_is_found(store: Store, told: Story) -> None:
    number = await _number(store, "signoff.decided", 1)
    where = decision.c.audit_number == number
    rows = await store.read(lambda work: work.connection.execute(sa.select(decision).where(where)).one())
    found = await changed(store, sa.delete(decision).where(where))
    assert found.broken == f"The decision of entry {number} is missing."
    values = {**rows._mapping, "audit_number": 1}
    found = await changed(store, sa.insert(decision).values(**values))
    assert found.broken == "A decision stands at entry 1, which is none."
    found = await changed(
        store, sa.update(decision).where(decision.c.audit_number == 1).values(audit_number=number)
    )
    assert found.broken is None
    more = {**values, "id": 999, "side": "third", "audit_number": 999}
    found = await changed(store, sa.insert(decision).values(**more))
    assert found.broken == f"Decision 999, on sign-off {told.signed_off}, is not in the log."


AUDIT_CHANGES: dict[str, tuple[Callable[[], dict[str, Any]], str]] = {
    "content": (
        lambda: {"content": sa.func.replace(audit.c.content, '"slack"', '"teams"')},
        "Entry 1 was changed: its content or the entry before it does not fit its hash.",
    ),
    "hash": (
        lambda: {"hash": "0" * 64},
        "Entry 1 was changed: its content or the entry before it does not fit its hash.",
    ),
    "actor": (lambda: {"actor_id": 1}, "The sign-off that entry 1 speaks of was changed"),
    "time": (
        lambda: {"at": sa.select(sa.func.max(signoff.c.expires_at)).scalar_subquery()},
        "The sign-off that entry 1 speaks of was changed",
    ),
    "event": (lambda: {"event": "signoff.revised"}, "The sign-off that entry 1 speaks of was changed"),
    "event to another": (lambda: {"event": "note"}, "Entry 1 was changed: its columns say something else"),
    "event to a decision": (lambda: {"event": "signoff.decided"}, "The decision of entry 1 is missing."),
    "number": (lambda: {"number": 0}, "Entry 0 does not belong to the log"),
    "number to a later one": (lambda: {"number": 99}, "Entry 1 is missing: entry 2 follows 0."),
}


@pytest.mark.parametrize("what", AUDIT_CHANGES)
async def test_an_entry_that_was_changed_is_found(store: Store, told: Story, what: str) -> None:
    values, sentence = AUDIT_CHANGES[what]
    found = await changed(store, sa.update(audit).where(audit.c.number == 1).values(**values()))
    assert found.broken is not None
    assert found.broken.startswith(sentence)
    assert found.entries == 0


async def test_the_first_of_two_broken_places_is_named(store: Store, told: Story) -> None:
    found = await changed(
        store,
        sa.update(audit).where(audit.c.number == 12).values(hash="0" * 64),
        sa.update(audit).where(audit.c.number == 5).values(hash="0" * 64),
    )
    assert found.broken is not None
    assert found.broken.startswith("Entry 5 was changed")
    assert found.head.number == 4


async def test_an_entry_that_was_taken_out_is_found(store: Store, told: Story) -> None:
    number = await _number(store, "signoff.withdrawn")
    found = await changed(store, sa.delete(audit).where(audit.c.number == number))
    assert found.broken == f"Entry {number} is missing: entry {number + 1} follows {number - 1}."


async def test_two_entries_that_changed_places_are_found(store: Store, told: Story) -> None:
    swap = [(2, -2), (3, 2), (-2, 3)]
    found = await changed(
        store, *(sa.update(audit).where(audit.c.number == a).values(number=b) for a, b in swap)
    )
    assert found.broken == "Entry 2 was changed: its content or the entry before it does not fit its hash."


async def test_an_entry_that_was_added_without_moving_the_head_is_found(store: Store, told: Story) -> None:
    head = await store.read(log.head)
    content = '{"actor":null,"at":"2026-11-18T12:00:00.000000+00:00","details":{},"event":"note","number":17}'
    row = {"number": 17, "event": "note", "content": content, "hash": linked(head.hash, content)}
    at = sa.select(sa.func.min(audit.c.at)).scalar_subquery()
    found = await changed(store, sa.insert(audit).values(**row, at=at))
    assert found.broken == "Entry 17 cannot be read."


async def test_the_head_is_held_against_the_last_entry(store: Store, told: Story) -> None:
    found = await changed(store, sa.update(audit_head).values(number=17))
    assert found.broken == "The log ends at entry 16, and should end at entry 17."
    found = await changed(store, sa.update(audit_head).values(number=16, hash="0" * 64))
    assert found.broken == "The log's head has another hash than its last entry, 16."
    found = await changed(store, sa.delete(audit_head))
    assert found.broken == "The log's head is missing; the last entry is 16."


async def _cut(store: Store, told: Story) -> tuple[Head, Finding]:
    """Take the last decision back so that nothing in the database shows it; the head before."""
    before = await store.read(log.head)
    second = await store.read(
        lambda work: work.connection.execute(sa.select(audit.c.hash).where(audit.c.number == 15)).scalar_one()
    )
    found = await changed(
        store,
        sa.delete(decision).where(decision.c.audit_number == 16),
        sa.delete(audit).where(audit.c.number == 16),
        sa.update(audit_head).values(number=15, hash=second),
        sa.update(signoff).where(signoff.c.id == told.pending).values(approved_side=None),
    )
    return before, found


async def test_an_end_that_was_cut_off_cleanly_is_found_against_a_witnessed_head_only(
    store: Store, told: Story
) -> None:
    before, found = await _cut(store, told)
    assert (found.broken, found.entries) == (None, 15)
    found = await store.read(lambda work: verify(work, witnessed=before))
    assert found.broken == "The log ends at entry 15; entry 16 was witnessed and is gone."


async def test_a_log_written_anew_is_found_against_a_witnessed_head_only(store: Store, told: Story) -> None:
    before, _ = await _cut(store, told)

    def unit(work: Work) -> None:
        log.append(work, "note", actor_id=None, subject="x:1", details={})

    await store.write(unit)
    assert (await store.read(verify)).broken is None
    found = await store.read(lambda work: verify(work, witnessed=before))
    assert found.broken == "Entry 16 is not the one that was witnessed."


async def test_a_reason_with_rare_characters_holds_and_is_compared_to_the_letter(
    store: Store, told: Story
) -> None:
    number = await _number(store, "signoff.decided", 1)
    where = sa.update(decision).where(decision.c.audit_number == number)
    assert (await changed(store, where.values(reason=story.REASON + " "))).broken is not None
    assert (await changed(store, where.values(reason=story.REASON))).broken is None


def test_a_head_is_read_as_it_was_printed_and_nothing_else_is() -> None:
    head = Head(1234, "9f86d081" * 8)
    assert read_head(str(head)) == head
    assert read_head(f" {head.number}: {head.hash.upper()} ") == head
    for text in ("", "1234", "1234:9f86", f"x:{head.hash}", f"1234:{head.hash}0", f"-1:{head.hash}"):
        assert read_head(text) is None


async def test_an_entry_is_parsed_with_what_it_is_about(store: Store, told: Story) -> None:
    def unit(work: Work) -> Any:
        at = work.connection.execute(
            sa.select(audit.c.number, audit.c.content).where(audit.c.event == "signoff.expired")
        ).one()
        whole = json.loads(at.content)
        return parsed(at.number, whole["at"], whole["event"], whole["actor"], at.content)

    entry = await store.read(unit)
    assert (entry.subject_id, entry.details["version"], entry.actor_id) == (told.expired, 1, None)


def _tandem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str, *words: str) -> Result:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TANDEM_DATABASE_URL", url)
    return CliRunner().invoke(app, list(words))


def test_the_command_says_what_holds_and_up_to_where_not(
    database_url: str, clock: MovedClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def filled() -> Head:
        store = open_store(database_url, clock)
        try:
            await story.told(store, clock)
            return await store.read(log.head)
        finally:
            await store.close()

    head = asyncio.run(filled())
    done = _tandem(monkeypatch, tmp_path, database_url, "verify")
    assert (done.exit_code, done.stdout) == (0, f"16 entries and 6 decisions hold. Head: {head}\n")
    done = _tandem(monkeypatch, tmp_path, database_url, "verify", "--witnessed", str(head))
    assert done.stdout == (
        f"16 entries and 6 decisions hold. Entry 16 is the one that was witnessed. Head: {head}\n"
    )
    done = _tandem(monkeypatch, tmp_path, database_url, "verify", "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")

    async def broke() -> None:
        store = open_store(database_url, clock)
        try:
            await changed(store, sa.update(audit).where(audit.c.number == 5).values(hash="0" * 64))
        finally:
            await store.close()

    asyncio.run(broke())
    for quiet in ((), ("--quiet",)):
        done = _tandem(monkeypatch, tmp_path, database_url, "verify", *quiet)
        assert isinstance(done.exception, Problem)
        assert done.exception.exit_code == 1
        assert done.exception.sentence == (
            "Entry 5 was changed: its content or the entry before it does not fit its hash.\n"
            "The chain holds up to entry 4."
        )


@pytest.mark.parametrize("text", ["", "1234", "1234:9f86", "yesterday"])
def test_a_head_that_is_none_is_refused_with_an_example(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done = _tandem(monkeypatch, tmp_path, "sqlite:///nowhere.db", "verify", "--witnessed", text)
    assert isinstance(done.exception, Problem)
    assert done.exception.exit_code == 2
    example = done.exception.sentence.rpartition(" ")[2]
    assert read_head(example) is not None
