"""What `tandem verify` finds beside the log: changed texts, states, milestones and delegations."""

from typing import Any

import pytest
import sqlalchemy as sa

from storage.audit import audit
from storage.delegations import delegation
from storage.milestones import milestone
from storage.signoffs import signoff, signoff_version
from storage.store import Store
from tests.conftest import MovedClock
from tests.signoffs import story
from tests.signoffs.story import Story, changed


@pytest.fixture
async def told(store: Store, clock: MovedClock) -> Story:
    return await story.told(store, clock)


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
    "last day": {"last_day": delegation.c.first_day},
    "state": {"state": "declined"},
    "when it was answered": {"answered_at": delegation.c.created_at},
}


@pytest.mark.parametrize("what", DELEGATION_CHANGES)
async def test_a_delegation_that_was_changed_is_found(store: Store, told: Story, what: str) -> None:
    values = DELEGATION_CHANGES[what]
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
