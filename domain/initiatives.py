"""Initiatives: what each is for, and who answers for it."""

import re
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.people import Part

KEY_PATTERN = re.compile(r"[a-z][a-z0-9-]{1,29}")


class Stage(StrEnum):
    """How far an initiative has come: the last milestone that was signed off, or that it was stopped."""

    IDEA = "idea"
    FRAMED = "framed"
    SCOPED = "scoped"
    LIVE = "live"
    SCALING = "scaling"
    STOPPED = "stopped"


class InitiativeDraft(BaseModel):
    """What a person fills in for an initiative."""

    model_config = ConfigDict(frozen=True)

    #: Short, lower case, typed in commands: "claims".
    key: str
    name: str
    #: The outcome in one sentence.
    outcome: str
    department_id: int
    business_sponsor_id: int
    technical_sponsor_id: int
    product_owner_id: int


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

    @property
    def closed(self) -> bool:
        """Whether nothing more is decided about it."""
        return self.archived or self.stage is Stage.STOPPED

    def parts_of(self, person_id: int) -> frozenset[Part]:
        """The parts that a person plays here."""
        holders = {
            Part.BUSINESS_SPONSOR: self.business_sponsor_id,
            Part.TECHNICAL_SPONSOR: self.technical_sponsor_id,
            Part.PRODUCT_OWNER: self.product_owner_id,
        }
        return frozenset(part for part, holder in holders.items() if holder == person_id)


def normal_key(key: str) -> str | None:
    """A key as it is stored, or None if it cannot be one (2 to 30 of a-z, 0-9 and -, a letter first)."""
    key = key.strip().lower()
    return key if KEY_PATTERN.fullmatch(key) else None
