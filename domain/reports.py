"""Reports on contributions: which month is meant, who gets what file, and how numbers become sentences.

Everything that lists teams or people is in alphabetical order. Nothing here orders them by effort: a report is for
giving credit (seeds, first article, "Make contributions and impact traceable"), not for comparing colleagues.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import model_validator

from domain.contributions import Degree, Kind, effort_words
from domain.people import Act, Part, Person, may
from domain.values import Value


class Period(Value):
    """Some days, the first and the last included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.last < self.first:
            raise ValueError("a period ends before it begins")
        return self


class Month(NamedTuple):
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @property
    def period(self) -> Period:
        last = calendar.monthrange(self.year, self.month)[1]
        return Period(first=date(self.year, self.month, 1), last=date(self.year, self.month, last))

    @property
    def key(self) -> str:
        """As in "2026-10"."""
        return f"{self.year:04}-{self.month:02}"

    def shifted(self, months: int) -> "Month":
        """The month so many months later; earlier if negative. Stays within the years that a date can have."""
        index = min(max(self.year * 12 + self.month - 1 + months, 12), 9999 * 12 + 11)
        return Month(index // 12, index % 12 + 1)

    def words(self, today: date) -> str:
        """As in "October", or "October 2025" where that is not this year's."""
        name = _MONTHS[self.month - 1].capitalize()
        return name if self.year == today.year else f"{name} {self.year}"


_MONTHS = tuple(name.lower() for name in list(calendar.month_name)[1:])
_NAME = "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + "|sept"
_MONTH_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<near>this|last|previous) month",
        r"(?P<year>\d{4})[-/.](?P<number>\d{1,2})",
        r"(?P<number>\d{1,2})[/.](?P<year>\d{4})",
        rf"(?:(?P<last>last) )?(?P<name>{_NAME})\.?",
        rf"(?P<name>{_NAME})\.?,? (?P<year>\d{{4}})",
        rf"(?P<year>\d{{4}}) (?P<name>{_NAME})\.?",
    )
)
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
#: The most words a month is written in.
_MONTH_WORDS = 2


def parse_month(text: str, *, today: date) -> Month | None:
    """The month in a text that is nothing but a month; an empty one is this month. None if it is not one.

    Understands `2026-10`, `10/2026`, `October`, `Oct 2026`, `last October`, `this month`, `last month`. A name without
    a year is the latest such month that is not in the future.
    """
    text = " ".join(text.split())
    now = Month.of(today)
    if not text:
        return now
    match = next((found for form in _MONTH_FORMS if (found := form.fullmatch(text))), None)
    if match is None:
        return None
    given = match.groupdict()
    if near := given.get("near"):
        return now if near.lower() == "this" else now.shifted(-1)
    name = given.get("name")
    number = int(given["number"]) if name is None else _month_number(name)
    if given.get("year"):
        year = int(given["year"])
        return Month(year, number) if 1 <= number <= 12 and _FIRST_YEAR <= year <= _LAST_YEAR else None
    latest = Month(today.year, number)
    return latest.shifted(-12) if latest > now or (given.get("last") and latest == now) else latest


def _month_number(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()[:3]))


_LEADING = re.compile(r"^(?:(?:on|for|of|about|in)\s+)+", re.IGNORECASE)
_TRAILING = re.compile(r"(?:(?:^|\s+)(?:on|for|of|in|during))+$", re.IGNORECASE)


def split_month(text: str, *, today: date) -> tuple[str, Month]:
    """What stands before the month, and the month; this month if the text does not end with one.

    `claims last month` and `on claims for October 2026` both name "claims".
    """
    words = text.split()
    for count in range(min(_MONTH_WORDS, len(words)), 0, -1):
        month = parse_month(" ".join(words[-count:]), today=today)
        if month is not None:
            rest = _TRAILING.sub("", " ".join(words[:-count]))
            return _LEADING.sub("", rest), month
    return _LEADING.sub("", " ".join(words)), Month.of(today)


def parse_period(text: str, *, today: date) -> Period | None:
    """A month or a year (`2026`) in words. None if it is neither, or nothing."""
    text = " ".join(text.split()).lower()
    if re.fullmatch(r"\d{4}", text) and _FIRST_YEAR <= int(text) <= _LAST_YEAR:
        return Period(first=date(int(text), 1, 1), last=date(int(text), 12, 31))
    if text in ("this year", "last year"):
        year = today.year - (text == "last year")
        return Period(first=date(year, 1, 1), last=date(year, 12, 31))
    month = parse_month(text, today=today) if text else None
    return None if month is None else month.period


def last_twelve_months(today: date) -> Period:
    """The year that ends today: from the day after the same date a year ago."""
    try:
        ago = today.replace(year=today.year - 1)
    except ValueError:  # 29 February
        ago = date(today.year - 1, 2, 28)
    return Period(first=ago + timedelta(days=1), last=today)


def period_words(period: Period) -> str:
    """As in "2026", "October 2026" or "22 November 2025 to 21 November 2026"."""
    first, last = period.first, period.last
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return str(first.year)
    month = Month.of(first)
    if month.period == period:
        return f"{_MONTHS[month.month - 1].capitalize()} {month.year}"
    return f"{date_words(first)} to {date_words(last)}"


def date_words(day: date) -> str:
    """As in "3 November 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1].capitalize()} {day.year}"


class Reach(StrEnum):
    """Whose entries a file holds."""

    OWN = "own"
    INITIATIVE = "initiative"
    ALL = "all"


class Scope(Value):
    """Which entries somebody asks for."""

    reach: Reach
    #: Who asks.
    person_id: int
    initiative_id: int | None = None
    #: None for all days.
    period: Period | None = None

    @model_validator(mode="after")
    def _initiative_named(self) -> "Scope":
        if self.reach is Reach.INITIATIVE and self.initiative_id is None:
            raise ValueError("an initiative's entries need an initiative")
        return self


def may_have(person: Person, scope: Scope, parts: Iterable[Part] = ()) -> bool:
    """Whether somebody, who plays `parts` in the scope's initiative, may have these entries as a file.

    Everybody their own; product owners, sponsors and HR an initiative's; HR everybody's.
    """
    if scope.person_id != person.id:
        return False
    match scope.reach:
        case Reach.OWN:
            return True
        case Reach.INITIATIVE:
            return may(person, Act.EXPORT_INITIATIVE, parts)
        case Reach.ALL:
            return may(person, Act.EXPORT_EVERYTHING)


def alphabetical(text: str) -> tuple[str, str]:
    """A key to sort names by, as a reader expects: case and accents do not matter, then the name itself."""
    if text.isascii():
        return text.lower(), text
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in folded if not unicodedata.combining(character)), text


class TeamKindSum(NamedTuple):
    """What one team put into an initiative, of one kind."""

    #: The team's path.
    team: str
    kind: Kind
    entries: int
    #: Of the entries those without an effort.
    without_effort: int
    effort_minutes: int

    @property
    def department(self) -> str:
        return self.team.split("/", 1)[0]


class PersonParts(NamedTuple):
    """What somebody did in an initiative: kinds in order of their label, each with its degrees."""

    name: str
    parts: tuple[tuple[Kind, tuple[Degree, ...]], ...]

    def words(self) -> str:
        """As in "data (lead), testing (equal and supporting)"."""
        return ", ".join(
            f"{kind.label} ({and_words([degree.value for degree in degrees])})"
            for kind, degrees in self.parts
        )


class Report(Value):
    """What people put into one initiative in some days. Only counted entries."""

    #: By department and team, then kind, in alphabetical order.
    sums: tuple[TeamKindSum, ...]
    #: How many different people.
    people: int
    #: Some of them, in alphabetical order.
    page: tuple[PersonParts, ...] = ()

    @property
    def teams(self) -> int:
        return len({one.team for one in self.sums})

    @property
    def entries(self) -> int:
        return sum(one.entries for one in self.sums)

    @property
    def without_effort(self) -> int:
        return sum(one.without_effort for one in self.sums)

    @property
    def effort_minutes(self) -> int:
        return sum(one.effort_minutes for one in self.sums)


def sums_in_order(sums: Iterable[TeamKindSum]) -> tuple[TeamKindSum, ...]:
    return tuple(sorted(sums, key=lambda one: (alphabetical(one.team), one.kind.label)))


def parts_in_order(found: Iterable[tuple[Kind, Degree]]) -> tuple[tuple[Kind, tuple[Degree, ...]], ...]:
    """Kinds in order of their label, each with its degrees from lead to supporting."""
    degrees: dict[Kind, set[Degree]] = {}
    for kind, degree in found:
        degrees.setdefault(kind, set()).add(degree)
    return tuple(
        (kind, tuple(degree for degree in Degree if degree in degrees[kind]))
        for kind in sorted(degrees, key=lambda kind: kind.label)
    )


def report_sentence(report: Report, name: str, when: str, *, own: bool) -> str:
    """The report in a sentence: "In October 34 people of 3 teams put 212 h into Claims triage."

    `when` is a month in words; `own` is whether the report holds nothing but the reader's own entries.
    """
    if not report.entries:
        whom = "You have logged nothing" if own else "Nothing was logged"
        return f"{whom} on {name} in {when}."
    who = "you" if own else f"{counted(report.people, 'person', 'people')} of {counted(report.teams, 'team')}"
    if report.without_effort == report.entries:
        return (
            f"In {when} {who} logged {counted(report.entries, 'entry', 'entries')} on {name}, without effort."
        )
    return f"In {when} {who} put {effort_words(report.effort_minutes)} into {name}."


def effort_note(report: Report) -> str | None:
    """How many entries the hours do not hold; None if they hold all."""
    if not report.without_effort or report.without_effort == report.entries:
        return None
    of = f"{report.without_effort:,} of {counted(report.entries, 'entry', 'entries')}"
    return f"{of} gave no effort; the hours do not include {'it' if report.without_effort == 1 else 'them'}."


class HoursByKind(NamedTuple):
    """Hours by kind, one series for each department."""

    kinds: tuple[str, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]

    def summary(self) -> str:
        """The numbers in words: "Operations: data 12 h, testing 3.5 h."."""
        return " ".join(
            f"{name}: "
            + ", ".join(
                f"{kind} {value:g} h" for kind, value in zip(self.kinds, values, strict=True) if value
            )
            + "."
            for name, values in self.series
        )


def hours_by_kind(sums: Sequence[TeamKindSum], *, most_series: int) -> HoursByKind:
    """Hours by kind and department; of more than `most_series` departments together, so that none is left out."""
    with_effort = [one for one in sums if one.effort_minutes]
    kinds = sorted({one.kind for one in with_effort}, key=lambda kind: kind.label)
    departments = sorted({one.department for one in with_effort}, key=alphabetical)
    together = len(departments) > most_series
    minutes: dict[tuple[str, Kind], int] = {}
    for one in with_effort:
        key = (f"All {len(departments)} departments" if together else one.department, one.kind)
        minutes[key] = minutes.get(key, 0) + one.effort_minutes
    names = [f"All {len(departments)} departments"] if together else departments
    return HoursByKind(
        tuple(kind.label for kind in kinds),
        tuple((name, tuple(hours(minutes.get((name, kind), 0)) for kind in kinds)) for name in names),
    )


def hours(effort_minutes: int) -> float:
    """Minutes as hours, to the hundredth."""
    return round(effort_minutes / 60, 2)


def counted(count: int, one: str, many: str | None = None) -> str:
    """As in "1 team", "3 teams", "1,200 people"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def and_words(words: Sequence[str]) -> str:
    """As in "data, review and testing"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


#: What a spreadsheet program may take for a formula: the signs, full-width ones included, also behind space or
#: characters that nobody sees, and a tab or line break at the very beginning.
_FORMULA = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")


def tame(text: str) -> str:
    """A text for a CSV cell: an apostrophe is put before one that a spreadsheet program may take for a formula.

    Source: OWASP, "CSV Injection".
    """
    return "'" + text if _FORMULA.match(text) else text


ExportFormat = Literal["csv", "xlsx", "jsonl"]
