"""Initiatives: what each is for, and who answers for it."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from domain.contributions import clean
from domain.errors import InvalidField
from domain.people import Part, Person, Role, TeamKind
from domain.values import Value

KEY_PATTERN = re.compile(r"[a-z][a-z0-9-]{1,29}")


class Stage(StrEnum):
    """How far an initiative has come: the last milestone that was signed off, or that it was stopped."""

    IDEA = "idea"
    FRAMED = "framed"
    SCOPED = "scoped"
    LIVE = "live"
    SCALING = "scaling"
    STOPPED = "stopped"

    @property
    def words(self) -> str:
        """The stage as people read it."""
        return _STAGE_WORDS[self]


MIN_LEARNED = 20
MAX_LEARNED = 2000

#: The two parts that somebody has to accept before they count.
SPONSORS = (Part.BUSINESS_SPONSOR, Part.TECHNICAL_SPONSOR)

_STAGE_WORDS = {
    Stage.IDEA: "Idea",
    Stage.FRAMED: "Problem framed",
    Stage.SCOPED: "MVP scoped",
    Stage.LIVE: "Live",
    Stage.SCALING: "Scaling",
    Stage.STOPPED: "Stopped, with what was learned",
}


class InitiativeDraft(Value):
    """What a person fills in for an initiative."""

    #: Short, lower case, typed in commands: "claims".
    key: str
    name: str
    #: The outcome in one sentence.
    outcome: str
    department_id: int
    business_sponsor_id: int
    technical_sponsor_id: int
    product_owner_id: int

    @property
    def holders(self) -> dict[Part, int]:
        """Who is named for each part, by the person's id."""
        return {
            Part.BUSINESS_SPONSOR: self.business_sponsor_id,
            Part.TECHNICAL_SPONSOR: self.technical_sponsor_id,
            Part.PRODUCT_OWNER: self.product_owner_id,
        }


class Initiative(InitiativeDraft):
    """An AI use case or deployment."""

    id: int
    #: The department's path.
    department: str
    archived: bool = False
    stage: Stage = Stage.IDEA
    #: When each sponsor accepted the role; they count from then on.
    business_accepted_at: datetime | None = None
    technical_accepted_at: datetime | None = None
    #: What was learned, where it was stopped.
    learned: str | None = None
    #: The channel that its news go to.
    channel_id: int | None = None
    created_by_id: int | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing more is decided about it."""
        return self.archived or self.stage is Stage.STOPPED

    def parts_of(self, person_id: int) -> frozenset[Part]:
        """The parts that a person plays here."""
        return frozenset(part for part, holder in self.holders.items() if holder == person_id)

    def accepted(self, part: Part) -> bool:
        """Whether whoever is named for a part counts: sponsors from when they accepted, product owners at once."""
        accepted_at = {
            Part.BUSINESS_SPONSOR: self.business_accepted_at,
            Part.TECHNICAL_SPONSOR: self.technical_accepted_at,
        }
        return part not in accepted_at or accepted_at[part] is not None

    def accepted_parts_of(self, person_id: int) -> frozenset[Part]:
        """The parts that a person plays here and that count."""
        return frozenset(part for part in self.parts_of(person_id) if self.accepted(part))


def normal_key(key: str) -> str | None:
    """A key as it is stored, or None if it cannot be one (2 to 30 of a-z, 0-9 and -, a letter first)."""
    key = key.strip().lower()
    return key if KEY_PATTERN.fullmatch(key) else None


def eligible(part: Part, person: Person, department: str) -> str | None:
    """Why a person cannot play a part in an initiative of a department (a top team's name); None if they can.

    Source of the rules: the dual sponsorship model and the product owner from the business unit (seeds, first
    article, "Co-ownership in governance and sponsorship").
    """
    if part is Part.TECHNICAL_SPONSOR:
        if person.team_kind is TeamKind.AI or Role.TECHNICAL in person.roles:
            return None
        return (
            f"The technical sponsor answers for robustness and safe deployment, so they sit in the AI function "
            f"or have the role “technical” in the directory. {person.name} sits in {person.team_path}."
        )
    what = (
        "answers for the outcome" if part is Part.BUSINESS_SPONSOR else "decides what is built and accepted"
    )
    if person.team_kind is TeamKind.AI:
        return (
            f"The {part.value} {what}, so they come from the business. {person.name} sits in the AI function."
        )
    if person.department != department:
        return (
            f"The {part.value} {what}, so they sit in {department}. {person.name} sits in {person.team_path}."
        )
    return None


def problems_of(department: str, department_kind: TeamKind, people: Mapping[Part, Person]) -> dict[str, str]:
    """What stands against these people in an initiative of this department (a top team's name).

    Keyed by "department" and by the parts' field names (`field_of`); empty if nothing does.
    """
    if department_kind is TeamKind.AI:
        return {
            "department": "An initiative belongs to the department whose outcome it is; "
            "the AI function is its technical partner. Please choose that department."
        }
    problems: dict[str, str] = {}
    for part, person in people.items():
        if (reason := eligible(part, person, department)) is not None:
            problems[field_of(part)] = reason
    business, technical = people.get(Part.BUSINESS_SPONSOR), people.get(Part.TECHNICAL_SPONSOR)
    if business is not None and technical is not None and business.id == technical.id:
        problems[field_of(Part.TECHNICAL_SPONSOR)] = (
            "The two sponsors look at the same thing from two sides, so they are two people. "
            f"{business.name} is the business sponsor already."
        )
    return problems


def field_of(part: Part) -> str:
    """The name of a part in forms and columns: "business_sponsor"."""
    return part.value.replace(" ", "_")


class Gap(StrEnum):
    """What an initiative lacks to pass the name test: a leader from the business whose result it is.

    Source: "Can you name the business leader whose performance review will reflect whether it succeeds?" (seeds,
    second article, "The name test").
    """

    SPONSOR = "Nobody from the business has accepted it yet."
    NUMBER = "Nobody from the business owns a KPI of it yet."
    OWNER = "Its product owner sits in the AI function."


def name_test(
    initiative: Initiative, people: Mapping[int, Person], *, business_number: bool
) -> tuple[Gap, ...]:
    """What the initiative lacks, nothing if it passes or if nothing more is decided about it.

    `people` holds who is named, by id; `business_number` is whether a KPI of it is owned by the business.
    """
    if initiative.closed:
        return ()
    gaps: list[Gap] = []
    sponsor = people.get(initiative.business_sponsor_id)
    if sponsor is None or not initiative.accepted(Part.BUSINESS_SPONSOR) or sponsor.team_kind is TeamKind.AI:
        gaps.append(Gap.SPONSOR)
    if not business_number:
        gaps.append(Gap.NUMBER)
    owner = people.get(initiative.product_owner_id)
    if owner is None or owner.team_kind is TeamKind.AI:
        gaps.append(Gap.OWNER)
    return tuple(gaps)


def lesson(learned: str, helps: str) -> str:
    """What a stopped initiative leaves: what was learned and, where it was said, how it may help others.

    Raises InvalidField, keyed by the names of the form's inputs.
    """
    learned, helps = clean(learned), clean(helps)
    errors: dict[str, str] = {}
    if len(learned) < MIN_LEARNED:
        errors["learned"] = (
            f"Please say in at least {MIN_LEARNED} characters what was learned; "
            "it is what the work leaves to others."
        )
    elif len(learned) > MAX_LEARNED:
        errors["learned"] = f"That is {len(learned):,} characters; please keep it to {MAX_LEARNED:,}."
    if len(helps) > MAX_LEARNED:
        errors["helps"] = f"That is {len(helps):,} characters; please keep it to {MAX_LEARNED:,}."
    if errors:
        raise InvalidField(**errors)
    return f"{learned}{_HELPS}{helps}" if helps else learned


_HELPS = "\n\nHow it may help others: "


def read_lesson(text: str) -> tuple[str, str]:
    """The two halves of what `lesson` made; the second may be empty."""
    learned, _, helps = text.partition(_HELPS)
    return learned, helps
