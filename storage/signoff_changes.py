"""What happens to requests to sign milestones off: asked for, revised, decided, ended, each in the audit log too."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from domain.errors import Refused
from domain.initiatives import Initiative, Stage
from domain.signoffs import Authority, Content, Signoff, State, Verdict, stage_after
from storage import audit, initiatives, outbox
from storage.initiatives import initiative
from storage.milestones import milestone
from storage.signoffs import OPEN, decision, open_request, signoff, signoff_version, subject
from storage.store import Together, Work

#: The event under which decisions stand in the audit log.
DECIDED = "signoff.decided"

# Everything that a decision changes, its cards included.
_RECORD = Together(
    audit.ADD,
    audit.MOVE_HEAD,
    sa.insert(decision).values(
        **{
            name: sa.bindparam(f"said_{name}")
            for name in (
                "signoff_id",
                "version",
                "fingerprint",
                "side",
                "verdict",
                "person_id",
                "acting_for_id",
                "reason",
                "platform",
            )
        },
        at=sa.bindparam("log_at"),
        audit_number=sa.bindparam("log_number"),
    ),
    sa.update(signoff)
    .where(signoff.c.id == sa.bindparam("said_signoff_id"), signoff.c.version == sa.bindparam("said_version"))
    .values(
        state=sa.bindparam("new_state"),
        approved_side=sa.bindparam("new_approved_side"),
        settled_at=sa.bindparam("new_settled_at"),
    ),
    outbox.TOUCH,
)
_MOVE = sa.update(signoff).where(
    signoff.c.id == sa.bindparam("signoff_id"), signoff.c.version == sa.bindparam("of_version")
)
_HOLD = (
    sa.select(signoff.c.id)
    .join(milestone, milestone.c.id == signoff.c.milestone_id)
    .where(milestone.c.initiative_id == sa.bindparam("initiative_id"), OPEN)
    .order_by(signoff.c.id)
    .with_for_update(of=signoff)
)
# Locked, so that of two milestones that are signed at once the later stage stays.
_STAGE = (
    sa.select(initiative.c.stage)
    .where(initiative.c.id == sa.bindparam("initiative_id"))
    .with_for_update(key_share=True)
)


class AlreadyRequested(Refused):
    """This milestone is already being signed off. `signoff list` shows what is under way."""


def add(
    work: Work,
    about: Initiative,
    content: Content,
    *,
    requested_by_id: int,
    platform: str,
    expires_at: datetime,
) -> int:
    """Store a request; its id. Raises AlreadyRequested."""
    milestone_id = _milestone(work, about.id, content)
    if open_request(work, about.id, content.milestone) is not None:
        raise AlreadyRequested
    values = {
        "milestone_id": milestone_id,
        "requested_by_id": requested_by_id,
        "state": State.PENDING.value,
        "version": 1,
        "fingerprint": content.fingerprint,
        "created_at": work.now,
        "expires_at": expires_at,
    }
    number = work.connection.execute(sa.insert(signoff).values(**values).returning(signoff.c.id)).scalar_one()
    _keep_version(work, number, 1, content, requested_by_id)
    # The log alone says which initiative it was: its key, in the content, may be given to another one later.
    asked = {"initiative": about.id, "version": 1, "fingerprint": content.fingerprint}
    _log(work, "signoff.requested", number, requested_by_id, platform, asked)
    return int(number)


def _milestone(work: Work, initiative_id: int, content: Content) -> int:
    """The id of a milestone, which is made if it is new. Locked, so that two requests take their turn."""
    mine = (milestone.c.initiative_id == initiative_id, milestone.c.key == content.milestone)
    # Whoever asks first makes it; the initiative's row keeps a second one waiting meanwhile.
    work.connection.execute(
        sa.select(initiative.c.id).where(initiative.c.id == initiative_id).with_for_update()
    )
    found = work.connection.execute(sa.select(milestone.c.id).where(*mine)).scalar_one_or_none()
    if found is None:
        found = work.connection.execute(
            sa.insert(milestone)
            .values(initiative_id=initiative_id, key=content.milestone, title=content.title)
            .returning(milestone.c.id)
        ).scalar_one()
    return int(found)


def revise(
    work: Work, one: Signoff, content: Content, *, by_id: int, platform: str, expires_at: datetime
) -> None:
    """Store a new version; both sides are waited for again."""
    version = one.version + 1
    _keep_version(work, one.id, version, content, by_id)
    work.connection.execute(
        _MOVE,
        {
            "signoff_id": one.id,
            "of_version": one.version,
            "version": version,
            "fingerprint": content.fingerprint,
            "state": State.PENDING.value,
            "approved_side": None,
            "expires_at": expires_at,
        },
    )
    asked = {"version": version, "fingerprint": content.fingerprint}
    _log(work, "signoff.revised", one.id, by_id, platform, asked)


def record(
    work: Work,
    one: Signoff,
    about: Initiative,
    right: Authority,
    verdict: Verdict,
    *,
    person_id: int,
    platform: str,
    reason: str | None = None,
) -> State:
    """Store what a side decided, in the audit log too, and bring the cards up to date; the request's state after it."""
    state, approved = one.after(right.side, verdict)
    said = {
        "signoff_id": one.id,
        "version": one.version,
        "fingerprint": one.fingerprint,
        "side": right.side.value,
        "verdict": verdict.value,
        "person_id": person_id,
        "acting_for_id": right.acting_for_id,
        "reason": reason,
        "platform": platform,
    }
    if state is State.SIGNED_OFF:
        # Before the log: everybody who changes an initiative takes its row first, and the log's head after it.
        _reach(work, one, about.id)
    entry = audit.next_entry(
        work, DECIDED, actor_id=person_id, platform=platform, subject=f"signoff:{one.id}", details=said
    )
    _RECORD.run(
        work,
        entry
        | {f"said_{name}": value for name, value in said.items()}
        | {
            "new_state": state.value,
            "new_approved_side": None if approved is None else approved.value,
            "new_settled_at": None if state.open else work.now,
            "touched": subject(one),
            "touched_at": work.now,
        },
    )
    work.enqueued = True
    return state


def _reach(work: Work, one: Signoff, initiative_id: int) -> None:
    """Keep that a milestone is signed off; an initiative that has come further, or was stopped, stays there."""
    work.connection.execute(
        sa.update(milestone).where(milestone.c.id == one.milestone_id).values(signed_off_at=work.now)
    )
    stage = Stage(work.connection.execute(_STAGE, {"initiative_id": initiative_id}).scalar_one())
    after = stage_after(one.content.milestone, stage)
    if after is not stage:
        initiatives.set_stage(work, initiative_id, after)


def hold_open(work: Work, initiative_id: int) -> None:
    """Let nobody decide on what is under way for an initiative before the commit.

    Whoever changes an initiative and its requests takes the requests first, as those do who decide on one.
    """
    work.connection.execute(_HOLD, {"initiative_id": initiative_id})


def settle(
    work: Work, one: Signoff, state: State, *, by_id: int | None, platform: str | None, reason: str = ""
) -> None:
    """End a request without a decision: withdrawn or expired."""
    work.connection.execute(
        _MOVE,
        {
            "signoff_id": one.id,
            "of_version": one.version,
            "state": state.value,
            "approved_side": None,
            "settled_at": work.now,
        },
    )
    audit.append(
        work,
        f"signoff.{state.value}",
        actor_id=by_id,
        platform=platform,
        subject=f"signoff:{one.id}",
        details={"version": one.version, "reason": reason},
    )


def set_reminded(work: Work, signoff_id: int) -> None:
    work.connection.execute(sa.update(signoff).where(signoff.c.id == signoff_id).values(reminded_at=work.now))


def _keep_version(work: Work, signoff_id: int, version: int, content: Content, by_id: int) -> None:
    work.connection.execute(
        sa.insert(signoff_version),
        {
            "signoff_id": signoff_id,
            "version": version,
            "content": content.text,
            "fingerprint": content.fingerprint,
            "by_id": by_id,
            "at": work.now,
        },
    )


def _log(
    work: Work, event: str, signoff_id: int, by_id: int, platform: str, details: Mapping[str, Any]
) -> None:
    audit.append(
        work,
        event,
        actor_id=by_id,
        platform=platform,
        subject=f"signoff:{signoff_id}",
        details=details,
    )
