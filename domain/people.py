"""People, teams and what each may do."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from domain.values import Value

Platform = Literal["slack", "teams"]


class Role(StrEnum):
    """A role in the directory."""

    ADMIN = "admin"
    HR = "hr"
    AI = "ai"
    #: May be a technical sponsor without sitting in the AI function; grants nothing else.
    TECHNICAL = "technical"


class TeamKind(StrEnum):
    BUSINESS = "business"
    AI = "ai"
    HR = "hr"


class Person(Value):
    """A human in the directory, however many chat identities point at them."""

    id: int
    name: str
    email: str
    team_id: int
    #: From the top, as in "Operations/Claims".
    team_path: str
    team_kind: TeamKind
    time_zone: str
    locale: str
    country: str | None = None
    manager_id: int | None = None
    roles: frozenset[Role] = frozenset()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def department(self) -> str:
        """The top of the person's team path."""
        return self.team_path.split("/", 1)[0]


class Part(StrEnum):
    """A part somebody plays in one initiative."""

    BUSINESS_SPONSOR = "business sponsor"
    TECHNICAL_SPONSOR = "technical sponsor"
    PRODUCT_OWNER = "product owner"


class Act(StrEnum):
    """Something that not everybody may do."""

    CREATE_INITIATIVE = "create an initiative"
    EDIT_INITIATIVE = "edit this initiative"
    KEEP_INITIATIVE = "keep this initiative's charter, plan, limits and numbers"
    REQUEST_SIGNOFF = "ask for a sign-off of this initiative's milestones"
    READ_SIGNOFF = "read evidence, risks and reasons of this initiative's sign-offs"
    REVIEW_CONTRIBUTIONS = "review this initiative's contributions"
    NUDGE_CONTRIBUTORS = "offer this initiative's contributors a reminder on Fridays"
    REPORT_INITIATIVE = "read this initiative's report"
    EXPORT_INITIATIVE = "export this initiative's contributions"
    EXPORT_EVERYTHING = "export everybody's contributions"
    CHANGE_SETTINGS = "change the organisation's settings"
    READ_HR_DIGEST = "read the digest for HR"
    READ_AI_DIGEST = "read the digest for the AI function"
    READ_BRIEF = "read the brief of the working session"
    SET_SESSION = "set the date of the working session"
    PLAN_PULSE = "plan a pulse and approve it for one's function"
    READ_PULSE_RESULTS = "read what groups answered in a pulse"
    ANSWER_PULSE_RESULTS = "say what happens next after a pulse"


_BY_ROLE: dict[Act, frozenset[Role]] = {
    Act.CREATE_INITIATIVE: frozenset({Role.ADMIN, Role.AI, Role.HR}),
    Act.EDIT_INITIATIVE: frozenset({Role.ADMIN}),
    Act.KEEP_INITIATIVE: frozenset({Role.ADMIN}),
    Act.REQUEST_SIGNOFF: frozenset(),
    Act.READ_SIGNOFF: frozenset({Role.ADMIN, Role.HR, Role.AI}),
    Act.REVIEW_CONTRIBUTIONS: frozenset(),
    Act.NUDGE_CONTRIBUTORS: frozenset(),
    Act.REPORT_INITIATIVE: frozenset({Role.ADMIN, Role.HR, Role.AI}),
    Act.EXPORT_INITIATIVE: frozenset({Role.HR}),
    Act.EXPORT_EVERYTHING: frozenset({Role.HR}),
    Act.CHANGE_SETTINGS: frozenset({Role.ADMIN, Role.HR, Role.AI}),
    Act.READ_HR_DIGEST: frozenset({Role.ADMIN, Role.HR}),
    Act.READ_AI_DIGEST: frozenset({Role.ADMIN, Role.AI}),
    Act.READ_BRIEF: frozenset({Role.ADMIN, Role.HR, Role.AI}),
    Act.SET_SESSION: frozenset({Role.HR, Role.AI}),
    Act.PLAN_PULSE: frozenset({Role.HR, Role.AI}),
    Act.READ_PULSE_RESULTS: frozenset({Role.HR, Role.AI}),
    Act.ANSWER_PULSE_RESULTS: frozenset({Role.HR, Role.AI}),
}
_SPONSORS = frozenset({Part.BUSINESS_SPONSOR, Part.TECHNICAL_SPONSOR})
_BY_PART: dict[Act, frozenset[Part]] = {
    Act.CREATE_INITIATIVE: frozenset(),
    Act.EDIT_INITIATIVE: _SPONSORS,
    Act.KEEP_INITIATIVE: frozenset(Part),
    Act.REQUEST_SIGNOFF: frozenset(Part),
    Act.READ_SIGNOFF: frozenset(Part),
    Act.REVIEW_CONTRIBUTIONS: frozenset({Part.PRODUCT_OWNER}),
    Act.NUDGE_CONTRIBUTORS: frozenset({Part.PRODUCT_OWNER}),
    Act.REPORT_INITIATIVE: frozenset(Part),
    Act.EXPORT_INITIATIVE: frozenset(Part),
    Act.EXPORT_EVERYTHING: frozenset(),
    Act.CHANGE_SETTINGS: frozenset(),
    Act.READ_HR_DIGEST: frozenset(),
    Act.READ_AI_DIGEST: frozenset(),
    Act.READ_BRIEF: frozenset(),
    Act.SET_SESSION: frozenset(),
    Act.PLAN_PULSE: frozenset(),
    Act.READ_PULSE_RESULTS: frozenset(),
    Act.ANSWER_PULSE_RESULTS: frozenset(),
}


def may(person: Person, act: Act, parts: Iterable[Part] = ()) -> bool:
    """Whether a person, who plays `parts` in the initiative in question, may do a thing.

    The one place where permissions stand; asked again on every command and every press.
    """
    return bool(person.roles & _BY_ROLE[act]) or not _BY_PART[act].isdisjoint(parts)


def normal_email(email: str) -> str:
    """The form in which e-mail addresses are compared."""
    return email.strip().casefold()
