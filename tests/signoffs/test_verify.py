"""What `tandem verify` finds: every kind of change to what was decided, and nothing where nothing was changed."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.problem import Problem
from domain.audit import GENESIS, Head, linked, read_head
from storage import audit as log
from storage.audit import audit, audit_head
from storage.delegations import delegation
from storage.milestones import milestone
from storage.reconciling import parsed
from storage.signoffs import decision, signoff, signoff_version
from storage.store import Store, Work, open_store
from storage.verification import Finding, verify
from tests.conftest import MovedClock
from tests.signoffs import story
from tests.signoffs.story import Story

ENTRIES, DECISIONS = 16, 6


@pytest.fixture
async def told(store: Store, clock: MovedClock) -> Story:
    return await story.told(store, clock)


async def changed(store: Store, *statements: sa.Executable) -> Finding:
    """What a walk finds after somebody with access to the database did this."""

    def unit(work: Work) -> None:
        # Foreign keys stop nobody who can change the tables. SQLite lets go of them between transactions only.
        run = work.connection.exec_driver_sql
        if work.connection.dialect.name == "sqlite":
            run("COMMIT")
            run("PRAGMA foreign_keys = OFF")
            run("BEGIN IMMEDIATE")
        else:
            run("SET LOCAL session_replication_role = replica")
        for statement in statements:
            work.connection.execute(statement)

    await store.write(unit)
    return await store.read(verify)


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


VERSION_CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "content": (
        {"content": sa.func.replace(signoff_version.c.content, "Storm", "All")},
        "The text of the sign-off that entry 1 speaks of was changed: it does not fit its fingerprint.",
    ),
    "fingerprint": (
        {"fingerprint": "0" * 64},
        "The text of the sign-off that entry 1 speaks of was changed: it does not fit its fingerprint.",
    ),
    "author": (
        {"by_id": 1},
        "The sign-off that entry 1 speaks of was changed: its text, who asked, when or for which initiative is not "
        "as in the log.",
    ),
    "time": (
        {"at": sa.select(sa.func.max(audit.c.at)).scalar_subquery()},
        "The sign-off that entry 1 speaks of was changed: its text, who asked, when or for which initiative is not "
        "as in the log.",
    ),
}


@pytest.mark.parametrize("what", VERSION_CHANGES)
async def test_a_version_that_was_changed_is_found(store: Store, told: Story, what: str) -> None:
    values, sentence = VERSION_CHANGES[what]
    where = (signoff_version.c.signoff_id == told.signed_off, signoff_version.c.version == 1)
    found = await changed(store, sa.update(signoff_version).where(*where).values(**values))
    assert found.broken == sentence


async def test_content_and_fingerprint_changed_together_are_found(store: Store, told: Story) -> None:
    other = story.content(summary="Everything, at once.")
    where = (signoff_version.c.signoff_id == told.pending,)
    found = await changed(
        store,
        sa.update(signoff_version).where(*where).values(content=other.text, fingerprint=other.fingerprint),
        sa.update(signoff).where(signoff.c.id == told.pending).values(fingerprint=other.fingerprint),
    )
    assert found.broken is not None
    assert found.broken.startswith("The sign-off that entry 15 speaks of was changed")


async def test_a_version_that_was_deleted_or_made_up_is_found(store: Store, told: Story) -> None:
    row = (
        await store.read(
            lambda work: work.connection.execute(
                sa.select(signoff_version).where(signoff_version.c.signoff_id == told.pending)
            ).one()
        )
    )._mapping
    # At the version number 0, where no present version is newer.
    found = await changed(store, sa.insert(signoff_version).values(**{**row, "version": 0}))
    assert found.broken == f"Version 0 of sign-off {told.pending} is not in the log."
    found = await changed(
        store, sa.delete(signoff_version).where(signoff_version.c.signoff_id == told.pending)
    )
    assert found.broken == "The text of the sign-off that entry 15 speaks of is missing."


SIGNOFF_CHANGES: dict[str, tuple[str, dict[str, Any], str]] = {
    "signed off without decisions": (
        "pending",
        {"state": "signed_off", "approved_side": None},
        "Sign-off {} was changed: its state is “signed_off”, and the decisions make it “pending”.",
    ),
    "reopened": (
        "signed_off",
        {"state": "pending"},
        "Sign-off {} was changed: its state is “pending”, and the decisions make it “signed_off”.",
    ),
    "declined made withdrawn": (
        "declined",
        {"state": "withdrawn"},
        "Sign-off {} was changed: its state is “withdrawn”, and the decisions make it “declined”.",
    ),
    "withdrawn made signed off": (
        "withdrawn",
        {"state": "signed_off"},
        "Sign-off {} was changed: the log says that it was withdrawn (entry 12).",
    ),
    "withdrawn made expired": (
        "withdrawn",
        {"state": "expired"},
        "Sign-off {} was changed: the log says that it was withdrawn (entry 12).",
    ),
    "withdrawn at another time": (
        "withdrawn",
        {"settled_at": signoff.c.created_at},
        "Sign-off {} was changed: the log says that it was withdrawn (entry 12).",
    ),
    "pending made withdrawn": (
        "pending",
        {"state": "withdrawn", "approved_side": None, "settled_at": signoff.c.created_at},
        "Sign-off {} was withdrawn or has expired, and the log does not say so.",
    ),
    "the other side approved": (
        "pending",
        {"approved_side": "business"},
        "Sign-off {} was changed: which side has approved is not what was decided.",
    ),
    "nobody approved": (
        "pending",
        {"approved_side": None},
        "Sign-off {} was changed: which side has approved is not what was decided.",
    ),
    "signed off earlier": (
        "signed_off",
        {"settled_at": signoff.c.created_at},
        "Sign-off {} was changed: when it was settled is not when it was decided.",
    ),
    "an earlier version": (
        "signed_off",
        {"version": 1, "state": "changes", "settled_at": None},
        "Sign-off {} was changed: its version 1 is not one that was asked for.",
    ),
    "an earlier version and its fingerprint": (
        "signed_off",
        {
            "version": 1,
            "state": "changes",
            "settled_at": None,
            "fingerprint": story.content().fingerprint,
        },
        "Sign-off {} was changed: its present version is 2.",
    ),
    "a version that is not there": (
        "pending",
        {"version": 7, "approved_side": None},
        "Sign-off {} was changed: its version 7 is not one that was asked for.",
    ),
    "asked by another": (
        "pending",
        {"requested_by_id": 1},
        "Sign-off {} was changed: who asked, when or for which milestone is not in its first version.",
    ),
    "asked at another time": (
        "pending",
        {"created_at": signoff.c.expires_at},
        "Sign-off {} was changed: who asked, when or for which milestone is not in its first version.",
    ),
}


@pytest.mark.parametrize("what", SIGNOFF_CHANGES)
async def test_a_request_that_says_what_nobody_decided_is_found(store: Store, told: Story, what: str) -> None:
    which, values, sentence = SIGNOFF_CHANGES[what]
    number = getattr(told, which)
    found = await changed(store, sa.update(signoff).where(signoff.c.id == number).values(**values))
    assert found.broken == sentence.format(number)


async def test_a_request_moved_to_another_milestone_or_initiative_is_found(store: Store, told: Story) -> None:
    of = {
        name: sa.select(signoff.c.milestone_id).where(signoff.c.id == number).scalar_subquery()
        for name, number in (("withdrawn", told.withdrawn), ("signed_off", told.signed_off))
    }
    moved = sa.update(signoff).where(signoff.c.id == told.withdrawn).values(milestone_id=of["signed_off"])
    found = await changed(store, moved)
    assert found.broken == (
        f"Sign-off {told.withdrawn} was changed: who asked, when or for which milestone is not in its first version."
    )
    elsewhere = sa.update(milestone).where(milestone.c.key == "pilot-in-two-teams")
    found = await changed(store, elsewhere.values(initiative_id=told.company.initiative["claimsfraud"]))
    assert found.broken is not None
    assert found.broken.startswith("The sign-off that entry 15 speaks of was changed")


async def test_a_milestone_signed_off_or_renamed_by_hand_is_found(store: Store, told: Story) -> None:
    at = sa.select(sa.func.max(audit.c.at)).scalar_subquery()
    go_live = sa.update(milestone).where(milestone.c.key == "go-live")
    found = await changed(store, go_live.values(signed_off_at=at))
    assert found.broken == (
        "Milestone 2 (Go-live) was changed: when it was signed off is not when both sides approved."
    )
    assert (await changed(store, go_live.values(signed_off_at=None))).broken is None
    found = await changed(store, go_live.values(title="Scaling"))
    assert found.broken == "Milestone 2 was changed: it was requested under another title."
    assert (await changed(store, go_live.values(title="Go-live"))).broken is None
    found = await changed(
        store, sa.update(milestone).where(milestone.c.key == "mvp-scope").values(signed_off_at=None)
    )
    assert found.broken is not None
    assert found.broken.startswith("Milestone 1 (MVP scope) was changed")


DELEGATION_CHANGES: dict[str, dict[str, Any]] = {
    "delegate": {"delegate_id": 1},
    "sponsor": {"sponsor_id": 1},
    "side": {"side": "business"},
    "initiative": {"initiative_id": 2},
    "last day": {"last_day": sa.literal("2027-01-01")},
    "state": {"state": "declined"},
    "when it was answered": {"answered_at": delegation.c.created_at},
}


@pytest.mark.parametrize("what", DELEGATION_CHANGES)
async def test_a_delegation_that_was_changed_is_found(store: Store, told: Story, what: str) -> None:
    values = DELEGATION_CHANGES[what]
    if what == "last day":
        values = {"last_day": delegation.c.first_day}
    found = await changed(store, sa.update(delegation).values(**values))
    number = 6 if what in ("state", "when it was answered") else 5
    assert found.broken == (
        f"Delegation 1 was changed: it says something else than entry {number} of the log."
    )


async def test_a_delegation_that_was_made_up_deleted_or_taken_back_by_hand_is_found(
    store: Store, told: Story
) -> None:
    row = (await store.read(lambda work: work.connection.execute(sa.select(delegation)).one()))._mapping
    found = await changed(store, sa.insert(delegation).values(**{**row, "id": 9}))
    assert found.broken == "Delegation 9 is not in the log."
    found = await changed(
        store,
        sa.delete(delegation).where(delegation.c.id == 9),
        sa.update(delegation).values(state="revoked"),
    )
    assert found.broken == "Delegation 1 is revoked, and the log does not say so."
    found = await changed(store, sa.delete(delegation))
    assert found.broken == "Delegation 1, logged as entry 5, is missing."


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
