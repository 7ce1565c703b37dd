"""Understanding what people type: initiatives by name, days in words, and the one line of `/contribute`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from rapidfuzz import fuzz, process, utils

from domain.contributions import Degree, Kind, Policy, clean, find_effort
from domain.errors import NoSuchInitiative, Refused
from domain.initiatives import Initiative
from storage import initiatives
from storage.store import Work

#: From which likeness (0 to 100) a typed name counts as a candidate, and which lead decides between two.
LIKE = 72
LEAD = 12
#: How much is repeated of what fits nothing.
MOST_REPEATED = 60
#: How much is read of what stands before the colon of a line.
MAX_HEAD = 500


class Ambiguous(Refused):
    """More than one initiative fits."""

    def __init__(self, candidates: Sequence[Initiative]) -> None:
        self.candidates = tuple(candidates)
        names = " or ".join(f"{one.name} ({one.key})" for one in self.candidates)
        super().__init__(f"More than one initiative fits. Did you mean {names}?")


def find_initiative(work: Work, phrase: str) -> Initiative:
    """The active initiative that a key or an unambiguous part of a name means, typos forgiven.

    Raises NoSuchInitiative or Ambiguous.
    """
    phrase = clean(phrase).lower()
    exact = initiatives.called(work, phrase)
    if exact is not None:
        return exact
    return choose(phrase, initiatives.active(work))


def find_also_archived(work: Work, phrase: str) -> Initiative:
    """The same, and an archived one by its whole key or name where no active one is called so."""
    return _exactly(work, phrase) or find_initiative(work, phrase)


def names_one_exactly(work: Work, phrase: str) -> bool:
    """Whether an initiative, archived or not, has this key or name."""
    return _exactly(work, phrase) is not None


def _exactly(work: Work, phrase: str) -> Initiative | None:
    typed = clean(phrase).lower()
    return initiatives.called(work, typed) or initiatives.archived_called(work, typed)


def names_initiative(phrase: str, work: Work) -> bool:
    """Whether an initiative may be meant: one is called so, archived or not, or its name has a word like the first."""
    phrase = clean(phrase).lower()
    if not phrase:
        return False
    if initiatives.called(work, phrase) or initiatives.archived_called(work, phrase):
        return True
    word, known = phrase.split()[0], initiatives.active(work)
    if any(word in one.name.lower() or word in one.key for one in known):
        return True
    try:
        choose(word, known)
    except NoSuchInitiative:
        return False
    except Ambiguous:
        return True
    return True


def choose(phrase: str, known: Sequence[Initiative]) -> Initiative:
    """Of the initiatives `known` the one that `phrase` means. Raises NoSuchInitiative or Ambiguous."""
    phrase = " ".join(utils.default_process(phrase).split())
    if not phrase:
        raise NoSuchInitiative
    scored = sorted(
        ((_likeness(phrase, one), one) for one in known), key=lambda pair: (-pair[0], pair[1].name)
    )
    likely = [(score, one) for score, one in scored if score >= LIKE]
    if not likely:
        typed = phrase if len(phrase) <= MOST_REPEATED else f"{phrase[:MOST_REPEATED]}…"
        raise NoSuchInitiative(f"I know no initiative like “{typed}”. `initiative list` shows all of them.")
    best = likely[0][0]
    close = [one for score, one in likely if score > best - LEAD]
    if len(close) > 1:
        raise Ambiguous(close[:5])
    return close[0]


def _likeness(phrase: str, one: Initiative) -> float:
    name = utils.default_process(one.name)
    if phrase in (one.key, name):
        return 200
    words = name.split()
    if len(phrase) > 2 and (name.startswith(phrase) or all(word in words for word in phrase.split())):
        return 110
    # Each typed word must be like some word of the name or the key; the worst of them decides.
    targets = [*words, one.key]
    worst = min(
        (process.extractOne(word, targets, scorer=fuzz.ratio) or ("", 0.0, 0))[1] for word in phrase.split()
    )
    return max(worst, fuzz.ratio(phrase, name), fuzz.ratio(phrase, one.key))


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = "|".join(f"{name}|{name[:3]}" for name in _WEEKDAYS) + "|tues|thur|thurs"
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    "oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DAY = re.compile(
    r"(?<![\w./-])(?:on\s+)?(?:"
    r"(?P<near>today|yesterday|the day before yesterday)"
    r"|(?P<iso>\d{4}-\d{1,2}-\d{1,2})"
    r"|(?P<ago>(?:\d{1,3}|a|an|one|two|three)\s+(?:days?|weeks?)\s+ago)"
    rf"|(?P<weekday>(?:(?:last|this|past)\s+)?(?:{_WEEKDAY}))"
    rf"|(?P<date>\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?:{_MONTH})\.?(?:,?\s+\d{{4}})?"
    rf"|(?:{_MONTH})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?(?!\d)(?:,?\s+\d{{4}})?)"
    r"|(?P<dotted>\d{1,2}\.\d{1,2}\.\d{4})"
    r")(?![\w/-])",
    re.IGNORECASE,
)


def find_day(text: str, *, today: date) -> tuple[date, int, int] | None:
    """The first day named in a text: (day, start, end), or None.

    Understands today, yesterday, last Friday, Friday (the latest one before today), 3 Nov, 2026-11-03, 3.11.2026,
    3 days ago. A date without a year is the latest such day that is not in the future.
    """
    for match in _DAY.finditer(text):
        day = _day(match, today)
        if day is not None:
            return day, match.start(), match.end()
    return None


def _day(match: re.Match[str], today: date) -> date | None:
    groups = match.groupdict()
    if near := groups["near"]:
        return today - timedelta(days={"today": 0, "yesterday": 1}.get(near.lower(), 2))
    if weekday := groups["weekday"]:
        index = next(
            n for n, name in enumerate(_WEEKDAYS) if name.startswith(weekday.split()[-1].lower()[:3])
        )
        return today - timedelta(days=(today.weekday() - index - 1) % 7 + 1)
    try:
        if iso := groups["iso"]:
            year, month, day = (int(part) for part in iso.split("-"))
            return date(year, month, day)
        if dotted := groups["dotted"]:
            day, month, year = (int(part) for part in dotted.split("."))
            return date(year, month, day)
    except ValueError:
        return None
    import dateparser  # slow to import, and few people name a day in words

    parsed = dateparser.parse(
        re.sub(r"^on\s+|\.(?=\s)|\bof\b", "", match[0], flags=re.IGNORECASE),
        languages=["en"],
        settings={
            "RELATIVE_BASE": datetime.combine(today, time(12)),
            "PREFER_DATES_FROM": "past",
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    return None if parsed is None else parsed.date()


@dataclass(frozen=True, slots=True)
class Line:
    """What was understood of a line such as `3h data on claims triage yesterday: labelled 400 exceptions`."""

    effort_minutes: int | None = None
    kind: Kind | None = None
    degree: Degree | None = None
    day: date | None = None
    #: What was typed where the initiative stands, if anything.
    initiative_phrase: str = ""
    what: str = ""
    link: str | None = None
    #: Of the words before the colon what could not be placed.
    problems: tuple[str, ...] = field(default=())


_LINK = re.compile(r"https?://[^\s<>|\"]+")
_JOINING = re.compile(r"\b(?:on|for|to|with|about|in|of|the|as|and|of work|work)\b", re.IGNORECASE)
_KIND_WORDS = sorted(((word, kind) for kind in Kind for word in kind.words), key=lambda pair: -len(pair[0]))
_KIND = re.compile(
    r"(?<![\w-])(" + "|".join(re.escape(word) for word, _ in _KIND_WORDS) + r")(?![\w-])", re.IGNORECASE
)
_KIND_OF = dict(_KIND_WORDS)
_NAMING = re.compile(r"\b(?:on|for)\s+(?:the\s+)?$", re.IGNORECASE)
_DEGREE = re.compile(
    r"(?<![\w-])(?:as\s+)?(?:the\s+)?(lead|led|leading|equal|supporting|support)(?![\w-])", re.I
)
_DEGREE_OF = {
    "lead": Degree.LEAD,
    "led": Degree.LEAD,
    "leading": Degree.LEAD,
    "equal": Degree.EQUAL,
    "supporting": Degree.SUPPORTING,
    "support": Degree.SUPPORTING,
}
# The colon that begins what was done is followed by a space or the end, so it is neither 2:43 nor https://.
_COLON = re.compile(r":(?=\s|$)")


def read_line(text: str, *, today: date, policy: Policy) -> Line:
    """Read the one line of `/contribute`. Never raises; what is missing or odd is left empty.

    Before the colon stand effort, kind, degree, day and initiative in any order; after it what was done.
    """
    text = clean(text)
    colon = _COLON.search(text)
    head, what = (text, "") if colon is None else (text[: colon.start()], text[colon.end() :].strip())
    head = head[:MAX_HEAD]
    found_link = _LINK.search(head) or _LINK.search(what)
    link = found_link[0].rstrip(".,;)") if found_link else None
    if found_link is not None and head[found_link.start() : found_link.end()] == found_link[0]:
        head = head[: found_link.start()] + " " + head[found_link.end() :]

    effort = find_effort(head, hours_a_day=policy.hours_a_day)
    if effort is not None:
        head = head[: effort[1]] + " ; " + head[effort[2] :]
    day = find_day(head, today=today)
    if day is not None:
        head = head[: day[1]] + " ; " + head[day[2] :]
    # A kind's word directly behind "on" begins a name instead ("3h testing on data platform").
    kind = next((match for match in _KIND.finditer(head) if not _NAMING.search(head[: match.start()])), None)
    if kind is not None:
        head = head[: kind.start()] + " ; " + head[kind.end() :]
    degree = _DEGREE.search(head)
    if degree is not None:
        head = head[: degree.start()] + " ; " + head[degree.end() :]
    pieces = [" ".join(_JOINING.sub(" ", piece).split()).strip(" ,.-") for piece in head.split(";")]
    pieces = [piece for piece in pieces if piece]
    phrase = max(pieces, key=len, default="")
    return Line(
        effort_minutes=None if effort is None else effort[0],
        kind=None if kind is None else _KIND_OF[kind[1].lower()],
        degree=None if degree is None else _DEGREE_OF[degree[1].lower()],
        day=None if day is None else day[0],
        initiative_phrase=phrase,
        what=what,
        link=link,
        problems=tuple(piece for piece in pieces if piece != phrase),
    )
