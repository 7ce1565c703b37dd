"""The facts about concerns that weekly digests keep: published words, numbers and states, and no text of a case.

The one exception is a quotation: the words of somebody who gave their name and said that they may be quoted.
"""

from datetime import date

from domain.concern_figures import Split
from domain.concerns import Gap, Outcome, Severity, State
from domain.digests import Audience
from domain.values import Value

#: How much of what somebody wrote is quoted.
MAX_QUOTE = 300


class Spoken(Value):
    """Something that changed, as it was published."""

    #: The initiative's name; None for none.
    about: str | None
    day: date
    observed: str
    outcome: Outcome
    text: str


class Named(Value):
    """A concern by its number."""

    #: "C-12".
    name: str
    about: str


class ConcernsOfWeek(Value):
    """What came of concerns during a week."""

    changed: tuple[Spoken, ...]
    settled: tuple[Named, ...]


class Standing(Named):
    """A concern, and how it stood when the digest was made."""

    severity: Severity
    state: State
    gap: Gap | None
    owner: str | None
    #: The day by which a first answer was or is due, while there is none.
    due_on: date | None
    is_overdue: bool
    is_escalated: bool
    quote: str | None = None

    def is_for(self, audience: Audience) -> bool:
        """Whose it is to see to: of the organisation's gaps HR, of the tool's the AI function, of others both."""
        return self.gap is None or (self.gap is Gap.TRUST) == (audience is Audience.HR)


class ConcernsStanding(Value):
    """How concerns stood when the digest was made."""

    open_in_all: int
    new: tuple[Standing, ...]
    #: Open ones without an answer in time, and those that are with the sponsors.
    pressing: tuple[Standing, ...]
    #: Of the last quarter; None where too few may be counted.
    causes: Split | None
    departments: Split | None


def quoted(text: str) -> str:
    """The beginning of what somebody wrote, cut at a word and marked where it is cut."""
    if len(text) <= MAX_QUOTE:
        return text
    return f"{text[:MAX_QUOTE].rsplit(' ', 1)[0]}…"
