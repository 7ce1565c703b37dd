"""Joint sign-off: two named people, one from the business and one from technology, approve the same content."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from domain.audit import canonical, digest
from domain.contributions import clean
from domain.errors import InvalidField
from domain.initiatives import Initiative, Stage, eligible
from domain.people import Part, Person
from domain.values import Value

MAX_SUMMARY = 1000
MAX_RISKS = 1000
MAX_REASON = 2000
MAX_CRITERIA = 12
MAX_CRITERION = 300
MAX_TITLE = 80
#: For how long at most somebody else may decide.
MAX_DELEGATION_DAYS = 92


class Side(StrEnum):
    BUSINESS = "business"
    TECHNICAL = "technical"

    @property
    def part(self) -> Part:
        return Part.BUSINESS_SPONSOR if self is Side.BUSINESS else Part.TECHNICAL_SPONSOR

    @property
    def other(self) -> "Side":
        return Side.TECHNICAL if self is Side.BUSINESS else Side.BUSINESS


class Verdict(StrEnum):
    APPROVED = "approved"
    CHANGES = "changes"
    DECLINED = "declined"


class State(StrEnum):
    """What has become of a request."""

    PENDING = "pending"
    #: A sponsor asked for changes: it is with the requester again.
    CHANGES = "changes"
    SIGNED_OFF = "signed_off"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"

    @property
    def open(self) -> bool:
        return self in (State.PENDING, State.CHANGES)


class Gate(NamedTuple):
    """A milestone that every initiative has."""

    key: str
    title: str
    #: Where the initiative stands once it is signed off.
    stage: Stage


GATES = (
    Gate("problem-framing", "Problem framing", Stage.FRAMED),
    Gate("mvp-scope", "MVP scope", Stage.SCOPED),
    Gate("go-live", "Go-live", Stage.LIVE),
    Gate("scaling", "Scaling", Stage.SCALING),
)
GO_LIVE = "go-live"
_ORDER = (Stage.IDEA, *(gate.stage for gate in GATES))


def milestone_key(title: str) -> str | None:
    """The key of a milestone with this title; None if no letter or digit is in it."""
    key = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40].strip("-")
    return key or None


def stage_after(key: str, stage: Stage) -> Stage:
    """The stage once a milestone is signed off: never back, and nothing for milestones of its own."""
    reached = next((gate.stage for gate in GATES if gate.key == key), None)
    if reached is None or stage not in _ORDER or _ORDER.index(reached) <= _ORDER.index(stage):
        return stage
    return reached


class Criterion(Value):
    text: str
    #: A link (http or https) to what shows that it is met.
    evidence: str | None = None


class Content(Value):
    """What is signed: everything in it is covered by the fingerprint."""

    initiative: str
    milestone: str
    title: str
    summary: str
    criteria: tuple[Criterion, ...]
    #: What the department takes upon itself by going ahead.
    risks: str = ""
    #: What was put in so far, in words, on the day of the request.
    effort: str = ""
    #: For going live: the limits stated and the steps of the transition plan, in words.
    limits: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The canonical JSON that is stored and hashed."""
        return canonical(self.model_dump(mode="json"))

    @property
    def fingerprint(self) -> str:
        return digest(self.text)


def read_criteria(text: str) -> tuple[Criterion, ...]:
    """One criterion a line, a link in it is its evidence. Raises InvalidField (`criteria`)."""
    found: list[Criterion] = []
    for number, raw in enumerate(filter(None, map(str.strip, clean(text).splitlines())), start=1):
        link = re.search(r"https?://[^\s<>|\"]+", raw)
        words = raw if link is None else raw[: link.start()] + raw[link.end() :]
        words = re.sub(r"^[-*•]\s+", "", words.strip(" \t|,;:()<>")).strip(" \t|,;:")
        if not words:
            raise InvalidField(criteria=f"Line {number} has a link but says not what it shows.")
        if len(words) > MAX_CRITERION:
            raise InvalidField(criteria=f"Please keep line {number} to {MAX_CRITERION} characters.")
        found.append(Criterion(text=words, evidence=None if link is None else link[0].rstrip(".,;)")))
    if not found:
        raise InvalidField(criteria="Please name at least one criterion: when is this milestone reached?")
    if len(found) > MAX_CRITERIA:
        raise InvalidField(criteria=f"Please keep it to {MAX_CRITERIA} criteria.")
    return tuple(found)


def written_criteria(criteria: Iterable[Criterion]) -> str:
    """Criteria as they are typed, one a line."""
    return "\n".join(f"{one.text} {one.evidence}" if one.evidence else one.text for one in criteria)


def differences(before: Content, after: Content) -> tuple[str, ...]:
    """What changed between two versions, in sentences."""
    said: list[str] = []
    for name, label in (("title", "milestone"), ("summary", "summary"), ("risks", "risks")):
        if getattr(before, name) != getattr(after, name):
            said.append(f"The {label} changed.")
    old, new = ({one.text: one.evidence for one in content.criteria} for content in (before, after))
    said += [f"New criterion: {text}." for text in new if text not in old]
    said += [f"Criterion taken out: {text}." for text in old if text not in new]
    said += [f"Other evidence for: {text}." for text in new if text in old and new[text] != old[text]]
    for name, label in (
        ("limits", "stated limits"),
        ("plan", "transition plan"),
        ("effort", "effort so far"),
    ):
        if getattr(before, name) != getattr(after, name):
            said.append(f"The {label} changed.")
    if not said and before != after:
        said.append("The order of the criteria changed.")
    return tuple(said)


class Decision(Value):
    """What one side said to one version."""

    side: Side
    verdict: Verdict
    version: int
    person_id: int
    #: The sponsor, where a delegate decided for them.
    acting_for_id: int | None = None
    reason: str | None = None
    at: datetime


class Signoff(Value):
    """A request to sign a milestone off."""

    id: int
    initiative_id: int
    milestone_id: int
    requested_by_id: int
    state: State
    version: int
    fingerprint: str
    approved_side: Side | None
    content: Content
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None = None
    reminded_at: datetime | None = None

    def waiting_for(self) -> tuple[Side, ...]:
        """The sides that have not decided on the present version."""
        if self.state is not State.PENDING:
            return ()
        return tuple(side for side in Side if side is not self.approved_side)

    def expired(self, now: datetime) -> bool:
        return self.state.open and now >= self.expires_at

    def after(self, side: Side, verdict: Verdict) -> tuple[State, Side | None]:
        """State and approved side once a side, which was waited for, has decided."""
        if verdict is Verdict.DECLINED:
            return State.DECLINED, None
        if verdict is Verdict.CHANGES:
            return State.CHANGES, None
        if self.approved_side is side.other:
            return State.SIGNED_OFF, None
        return State.PENDING, side


DelegationState = Literal["offered", "accepted", "declined", "revoked"]


class Delegation(Value):
    """Somebody decides for a sponsor, from a day to a day (both included)."""

    id: int
    initiative_id: int
    side: Side
    sponsor_id: int
    delegate_id: int
    first_day: date
    last_day: date
    state: DelegationState

    def holds(self, today: date) -> bool:
        return self.state == "accepted" and self.first_day <= today <= self.last_day

    def overlaps(self, first_day: date, last_day: date) -> bool:
        return (
            self.state in ("offered", "accepted")
            and self.first_day <= last_day
            and first_day <= self.last_day
        )


class Authority(NamedTuple):
    """By which right somebody decides: their own, or a sponsor's."""

    side: Side
    acting_for_id: int | None = None


def sponsor_of(initiative: Initiative, side: Side) -> int:
    return initiative.business_sponsor_id if side is Side.BUSINESS else initiative.technical_sponsor_id


def accepted(initiative: Initiative, side: Side) -> bool:
    """Whether the sponsor of a side has accepted the role."""
    at = initiative.business_accepted_at if side is Side.BUSINESS else initiative.technical_accepted_at
    return at is not None


def authority(
    person: Person, initiative: Initiative, delegations: Iterable[Delegation], today: date
) -> Authority | str:
    """For which side a person decides at this moment, or the sentence why for none.

    Their own role goes before a delegation; whoever would stand on both sides stands on none.
    """
    own = [side for side in Side if sponsor_of(initiative, side) == person.id]
    if len(own) == 2:
        return "One person cannot sign for both sides."
    if own:
        if not accepted(initiative, own[0]):
            return f"You have not accepted yet to be {own[0].part.value} of {initiative.name}."
        reason = eligible(own[0].part, person, initiative.department.split("/", 1)[0])
        return Authority(own[0]) if reason is None else reason
    given = {
        one.side: one
        for one in delegations
        if one.delegate_id == person.id
        and one.holds(today)
        and one.sponsor_id == sponsor_of(initiative, one.side)
        and accepted(initiative, one.side)
    }
    if len(given) == 2:
        return "One person cannot sign for both sides."
    for side, one in given.items():
        reason = eligible(side.part, person, initiative.department.split("/", 1)[0])
        return Authority(side, one.sponsor_id) if reason is None else reason
    return "Only the sponsors, or whoever decides for them, can do this."


def delegation_problem(
    sponsor: Person,
    delegate: Person,
    side: Side,
    initiative: Initiative,
    others: Iterable[Delegation],
    first_day: date,
    last_day: date,
) -> Mapping[str, str]:
    """What speaks against a delegation, by field; empty if nothing does."""
    problems: dict[str, str] = {}
    if last_day < first_day:
        problems["last_day"] = "The last day is before the first."
    elif (last_day - first_day).days >= MAX_DELEGATION_DAYS:
        problems["last_day"] = (
            f"Please keep it to {MAX_DELEGATION_DAYS} days; for longer, name another sponsor."
        )
    if delegate.id == sponsor.id:
        problems["delegate"] = "That is you."
    elif delegate.id == sponsor_of(initiative, side.other):
        problems["delegate"] = f"{delegate.name} is the {side.other.part.value}: both sides stay two people."
    elif any(
        one.side is side.other and one.delegate_id == delegate.id and one.overlaps(first_day, last_day)
        for one in others
    ):
        problems["delegate"] = f"{delegate.name} already decides for the other side in these days."
    else:
        reason = eligible(side.part, delegate, initiative.department.split("/", 1)[0])
        if reason is not None:
            problems["delegate"] = reason
    return problems
