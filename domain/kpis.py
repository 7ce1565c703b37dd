"""The numbers by which an initiative is judged: whose each is, how it is typed, and how far it has come.

Source of the name test: a number that no business leader's name stands on is nobody's number (seeds, first
article).
"""

import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from domain.contributions import clean
from domain.errors import InvalidField
from domain.initiatives import normal_key
from domain.people import Person, TeamKind
from domain.values import Value

MAX_NAME = 120
MAX_UNIT = 30
#: The largest number that is taken, without its sign: beyond it a float loses its decimals.
MOST = 1e9
#: How many digits behind the decimal point are kept.
DECIMALS = 6
EARLIEST_YEAR = 2000

NUMBER_EXAMPLE = "A number looks like 14.2, 14,2 or 12 500."


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"

    @property
    def label(self) -> str:
        return "more is better" if self is Direction.UP else "less is better"


class KpiDraft(Value):
    """What a person fills in for a KPI."""

    #: Short, lower case, typed in commands: "handling-time".
    key: str
    name: str
    unit: str
    direction: Direction
    #: What it was before the initiative, in `unit`.
    baseline: float
    #: What it shall become, in `unit`.
    target: float | None = None
    #: Whose number it is: somebody from the business.
    owner_id: int


class Kpi(KpiDraft):
    """A KPI of an initiative."""

    id: int
    initiative_id: int
    archived: bool = False


class Reading(Value):
    """What a KPI was on a day, in its unit."""

    kpi_id: int
    day: date
    value: float
    noted_by_id: int


def check_owner(owner: Person) -> None:
    """The name test: a KPI is somebody's from the business. Raises InvalidField."""
    if owner.team_kind is TeamKind.AI:
        raise InvalidField(
            owner="The name test: whose number is this? Please pick somebody from the business; "
            f"{owner.name} sits in the AI function."
        )


def check_day(day: date, *, today: date) -> None:
    """A reading is of today or earlier. Raises InvalidField."""
    if day > today:
        raise InvalidField(day="That day is still to come. Please note the reading when it is there.")
    if day.year < EARLIEST_YEAR:
        raise InvalidField(day=f"That is very long ago. Readings begin in {EARLIEST_YEAR}.")


def check(values: Mapping[str, str], *, owner_id: int, decimal_comma: bool) -> KpiDraft:
    """The draft in a filled form, tidied. Raises InvalidField, keyed by the names of the form's inputs."""
    errors: dict[str, str] = {}
    name, unit = (" ".join(clean(values.get(field, "")).split()) for field in ("name", "unit"))
    key = normal_key(values.get("key", ""))
    if not 2 <= len(name) <= MAX_NAME:
        errors["name"] = f"A name has 2 to {MAX_NAME} characters."
    if key is None:
        errors["key"] = "A key has 2 to 30 of a to z, 0 to 9 and hyphens, and begins with a letter."
    if not 1 <= len(unit) <= MAX_UNIT:
        errors["unit"] = f"A unit has 1 to {MAX_UNIT} characters, such as minutes, % or errors a week."
    direction = values.get("direction", "")
    if direction not in set(Direction):
        errors["direction"] = "Please choose which way is better."
    baseline = parse_number(values.get("baseline", ""), decimal_comma=decimal_comma)
    if baseline is None:
        errors["baseline"] = f"{NUMBER_EXAMPLE} What was it before the initiative?"
    target = None
    if values.get("target", "").strip():
        target = parse_number(values["target"], decimal_comma=decimal_comma)
        if target is None:
            errors["target"] = NUMBER_EXAMPLE
    if target is not None and baseline is not None and "direction" not in errors:
        wanted = target - baseline if direction == Direction.UP else baseline - target
        if wanted < 0:
            better = "more" if direction == Direction.UP else "less"
            errors["target"] = (
                f"{better.capitalize()} is better here, and the target is on the other side of the baseline."
            )
    if errors or key is None or baseline is None:
        raise InvalidField(**errors)
    return KpiDraft(
        key=key,
        name=name,
        unit=unit,
        direction=Direction(direction),
        baseline=baseline,
        target=target,
        owner_id=owner_id,
    )


# Languages whose numbers have a decimal comma, of those that people here may have set.
_COMMA_LANGUAGES = re.compile(
    "bg|ca|cs|da|de|el|es|et|eu|fi|fr|hr|hu|id|is|it|lt|lv|nb|nl|nn|no|pl|pt|ro|ru|sk|sl|sr|sv|tr|uk"
)
_POINT_LOCALES = frozenset({"de-ch", "de-li", "it-ch", "es-mx", "es-us", "es-pr"})


def has_decimal_comma(locale: str) -> bool:
    """Whether people with this locale ("de-AT") write 14,2 for fourteen and two tenths."""
    tag = locale.lower().replace("_", "-")
    return _COMMA_LANGUAGES.fullmatch(tag.split("-")[0]) is not None and tag not in _POINT_LOCALES


# No-break, thin and narrow spaces, and the apostrophes of Switzerland.
_GROUPING = "[ \u00a0\u2009\u202f'\u2019]"
_PLAIN = r"\d+(?:[.,]\d+)?|[.,]\d+"
_SPACED = rf"\d{{1,3}}(?:{_GROUPING}\d{{3}})+(?:[.,]\d+)?"
_ENGLISH = r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}"
_CONTINENTAL = r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"
_NUMBER = re.compile(
    rf"(?P<sign>[+\-−])?\s?(?:(?P<english>{_ENGLISH})|(?P<continental>{_CONTINENTAL})"
    rf"|(?P<spaced>{_SPACED})|(?P<plain>{_PLAIN}))",
    re.ASCII,
)
_ONE_COMMA = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")


def parse_number(text: str, *, decimal_comma: bool = False) -> float | None:
    """The number that a text is, or None: 14.2, 14,2, 12 500, 12'500, 12,500.5, 12.500,5, -3.

    A point alone is a decimal point, since that is how numbers are shown here. A comma alone is a decimal comma,
    but for three digits behind it ("1,250"): there `decimal_comma` says how the person writes.
    """
    text = clean(text)
    match = _NUMBER.fullmatch(text) if len(text) <= 40 else None
    if match is None:
        return None
    if found := match["english"]:
        digits = found.replace(",", "")
    elif found := match["continental"]:
        digits = found.replace(".", "").replace(",", ".")
    elif found := match["spaced"]:
        digits = re.sub(_GROUPING, "", found).replace(",", ".")
    else:
        found = match["plain"]
        thousands = _ONE_COMMA.fullmatch(found) and not decimal_comma
        digits = found.replace(",", "" if thousands else ".")
    value = round(float(digits), DECIMALS)
    if not math.isfinite(value) or value > MOST:
        return None
    return -value if match["sign"] in ("-", "−") and value else value


def number_words(value: float) -> str:
    """A number as it is shown: a decimal point, and narrow spaces between thousands from five digits on.

    Nobody can take that for the other convention, and `parse_number` reads it back as it was.
    """
    digits = format(Decimal(repr(round(value, DECIMALS))), "f")
    whole, _, rest = digits.lstrip("-").partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", "\u202f")
    rest = rest.rstrip("0")
    shown = f"{whole}.{rest}" if rest else whole
    return f"-{shown}" if value < 0 and shown != "0" else shown


def amount_words(kpi: KpiDraft, value: float) -> str:
    """A value with its unit: "14.2 minutes"."""
    return f"{number_words(value)} {kpi.unit}"


def change_words(kpi: KpiDraft, value: float) -> str:
    """How far a value is from where it began: "14.2 minutes, 31 % less than the baseline of 20.5; target 12"."""
    return f"{amount_words(kpi, value)}, {_compared(kpi, value)}{_target_words(kpi, value)}"


def reaches(kpi: KpiDraft, value: float) -> bool:
    """Whether a value is as good as the target, where there is one."""
    if kpi.target is None:
        return False
    return value >= kpi.target if kpi.direction is Direction.UP else value <= kpi.target


def _compared(kpi: KpiDraft, value: float) -> str:
    base = number_words(kpi.baseline)
    difference = value - kpi.baseline
    if not difference:
        return f"the same as the baseline of {base}"
    than = f"{'more' if difference > 0 else 'less'} than the baseline of {base}"
    if kpi.unit.strip().lower() in ("%", "percent", "per cent"):
        # A per cent of per cents is misread: 66 % is 4 points, not 6 %, more than 62 %.
        points = number_words(round(abs(difference), 2 if abs(difference) >= 0.01 else DECIMALS))
        return f"{points} point{'' if points == '1' else 's'} {than}"
    if not kpi.baseline or abs(difference / kpi.baseline) >= 10:
        return f"{number_words(round(abs(difference), DECIMALS))} {than}"
    share = Decimal(repr(abs(difference / kpi.baseline) * 100))
    rounded = int(share.quantize(Decimal(1), ROUND_HALF_UP))
    return f"{rounded or 'under 1'} % {than}"


def _target_words(kpi: KpiDraft, value: float) -> str:
    if kpi.target is None:
        return ""
    if reaches(kpi, value):
        return f"; the target of {number_words(kpi.target)} is reached"
    return f"; target {number_words(kpi.target)}"
