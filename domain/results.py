"""What came of a pulse: groups, ranges and bands, made from what was released and from nothing else.

Everything that is shown of a result is made from these values. No number of people is among them: shares are ranges
in per cent, and response is a band.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal, NamedTuple

from domain.diagnosis import Certainty, Diagnosis, Quiet, coming, diagnose, heard, not_shown, quiet
from domain.pulses import Spec
from domain.questions import Question, asked
from domain.releases import Group as Counted
from domain.releases import Range, Released, Tree, trend_allowed, unseen, view
from domain.shares import between, gathered
from domain.trees import EVERYONE
from domain.values import Value

#: What happens next, in characters.
MAX_RESPONSE = 600


class Line(Value):
    """One question in one group; shares are in whole per cent of the answers, rounded outward."""

    #: The question's key, and what it is about in a few words.
    question: str
    label: str
    favourable: Range
    unfavourable: Range

    @property
    def words(self) -> str:
        return (
            f"{self.label}: {between(self.favourable)} favourable, {between(self.unfavourable)} unfavourable"
        )


class Group(Value):
    """One group as it is read."""

    #: As in `domain.releases.Group`: "team:12", "others:5", "sum:5".
    id: str
    name: str
    #: Its department, or 0 where it is of several.
    department: int
    #: Whether it is the department itself.
    is_department: bool
    #: How many of those asked answered, as a band in per cent. There is no second band, of numbers: where the size of a
    #: team is known, the two together could name the number.
    response: Range
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Results:
    """One pulse's results: its frozen settings and tree, and what was released."""

    pulse_id: int
    spec: Spec
    tree: Tree
    released: tuple[Released, ...]

    @cached_property
    def labels(self) -> dict[str, str]:
        """What each question is about, by its key; told apart where two are about one thing."""
        said: dict[str, str] = {}
        for question in self.spec.questions:
            number = sum(one.driver is question.driver for one in self.spec.questions if one.key in said) + 1
            label = question.driver.label
            said[question.key] = label if number == 1 else f"{label} ({number})"
        return said

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The questions of which something was released, as asked."""
        shown = {one.question for one in self.released}
        return tuple(one for one in self.spec.questions if one.key in shown)

    def _counted(self, deepest: int | None = None) -> dict[str, dict[str, Counted]]:
        """Group -> question -> its line, in the order in which groups are shown."""
        found: dict[str, dict[str, Counted]] = {}
        for question in self.questions:
            for one in view(self.tree, self.released, question.key, deepest=deepest):
                found.setdefault(one.id, {})[question.key] = one
        return found

    @cached_property
    def _at_the_top(self) -> dict[str, dict[str, Counted]]:
        return self._counted(deepest=1)

    @cached_property
    def _within(self) -> dict[str, list[Released]]:
        """Group -> what was released inside it."""
        found: dict[str, list[Released]] = {}
        for one in self.released:
            for team in self.tree.way(self.tree.around(one.members)):
                found.setdefault(f"sum:{team}", []).append(one)
            found.setdefault(one.node, []).append(one)
        return found

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Everyone first, then the groups by department, in the order of the tree."""
        return tuple(self._group(key, lines) for key, lines in self._counted().items())

    @cached_property
    def top(self) -> tuple[Group, ...]:
        """Everyone and the departments alone: what is compared over time."""
        found = (self._group(key, lines) for key, lines in self._at_the_top.items())
        return tuple(one for one in found if one.is_department or one.id == f"sum:{EVERYONE}")

    @property
    def everyone(self) -> Group | None:
        return next((one for one in self.top if one.id == f"sum:{EVERYONE}"), None)

    @property
    def departments(self) -> tuple[Group, ...]:
        return tuple(one for one in self.top if one.is_department)

    def diagnosis(self, group: Group) -> Diagnosis:
        """Which cause leads in a group, how surely, and what to do next."""
        inside = self._within[group.id]
        counted = {leaf for one in inside for leaf in one.members}
        drivers = {one.key: one.driver for one in self.spec.questions}
        return diagnose(gathered(inside, drivers), sum(self.tree.invited.get(leaf, 0) for leaf in counted))

    @property
    def unseen(self) -> tuple[str, ...]:
        """What is not shown, and where it is counted instead. All questions share their groups."""
        left_out = tuple(
            f"{self.labels[one.key]}: too few answered for anything to be shown."
            for one in self.spec.questions
            if one not in self.questions
        )
        if not self.questions:
            return ("Too few answered for anything to be shown.",)
        return (*unseen(self.tree, self.released, self.questions[0].key), *left_out)

    @property
    def heard(self) -> str:
        """What everybody is told that was heard, from everyone together."""
        group = self.everyone
        diagnosis = None if group is None else self.diagnosis(group)
        return heard(diagnosis, None if group is None else group.response, k=self.spec.group)

    def leaves(self, group: Group) -> frozenset[int]:
        """The teams that are counted in a group."""
        return frozenset(leaf for one in self._within[group.id] for leaf in one.members)

    def fewest(self, group: Group, question: str) -> int | None:
        """How many answered in everyone or a department, for rules alone: it is never shown."""
        line = self._at_the_top.get(group.id, {}).get(question)
        return None if line is None else line.n

    def _group(self, key: str, lines: dict[str, Counted]) -> Group:
        kind, _, text = key.partition(":")
        team = int(text)
        department = EVERYONE if team == EVERYONE else self.tree.department(team)
        most = max(lines.values(), key=lambda one: one.n)
        return Group(
            id=key,
            name=most.name,
            department=department,
            is_department=team != EVERYONE
            and team == department
            and (kind == "sum" or (kind == "team" and not self.tree.children(team))),
            response=most.response,
            lines=tuple(
                Line(
                    question=question,
                    label=self.labels[question],
                    favourable=one.favourable_share,
                    unfavourable=one.unfavourable_share,
                )
                for question, one in lines.items()
            ),
        )


def question_words(results: Results, key: str) -> str:
    """The question as people read it."""
    question = next(one for one in results.spec.questions if one.key == key)
    return asked(question, results.spec.tool)


SURE: dict[Certainty, str] = {
    "clear": "Clear: it holds for all who were asked, in nine pulses of ten.",
    "likely": "Likely: it holds for those who answered; among all who were asked another cause may lead.",
    "open": "Open: the answers do not tell which cause leads.",
}


# -------------------------------------------------------------------------------------------------- for everybody


def nothing_read(spec: Spec) -> tuple[str, str]:
    """What everybody is told of a pulse that too few answered."""
    return heard(None, None, k=spec.group), coming(None)


CALLED_OFF = (
    "This pulse was ended before anything was counted. All answers were destroyed unread, together with the keys that "
    "could have opened them, so nobody has seen one.",
    "It is ended so when something about its ballot box is not as it should be: an answer is better lost than read "
    "by the wrong people. Thank you to everybody who took the time.",
)


def hidden(spec: Spec) -> str:
    """What is not shown to anybody, and why; the same however many small teams there are."""
    comments = (
        " Comments are read by HR and the AI function alone, and only where there were enough of them to hide who "
        "wrote which; the others were destroyed unread."
        if spec.comments
        else ""
    )
    return f"{not_shown(spec.group)}{comments}"


def comes_next(said: str | None, due_on: date | None, today: date) -> str:
    """What happens next: the words that both functions agreed on, or until when they owe them."""
    if said is not None:
        return said
    if due_on is None:
        return "HR and the AI function have not said yet."
    if today <= due_on:
        return f"HR and the AI function have not said yet; they owe an answer by {day_words(due_on)}."
    return (
        f"HR and the AI function have not said yet. Their answer was due on {day_words(due_on)}; it is fair to ask "
        "them for it."
    )


def day_words(day: date) -> str:
    """As in "Friday 27 November"."""
    return f"{day:%A} {day.day} {day:%B}"


def working_day_before(day: date) -> date:
    """The last working day (Monday to Friday) before a day."""
    day -= timedelta(days=1)
    while day.isoweekday() > 5:
        day -= timedelta(days=1)
    return day


# ------------------------------------------------------------------------------------------------------ over time


class Point(NamedTuple):
    """One pulse on a line over time."""

    day: date
    #: Unfavourable, in per cent.
    share: Range


def trend(now: Results, before: Sequence[Results], group: Group, question: str) -> tuple[Point, ...]:
    """The line of one question in everyone or in a department, oldest first; () where there is none.

    `before` are earlier pulses in any order. Both ends of every piece have answers enough (`trend_allowed`), are about
    the same tool and of the same audience, and a department's have the same teams counted in them.
    """
    here = now.fewest(group, question)
    if here is None or not (group.is_department or group.id == f"sum:{EVERYONE}"):
        return ()
    points: list[Point] = []
    for one in sorted(before, key=lambda each: each.spec.closes_on):
        there = next((each for each in one.top if each.id == group.id), None)
        then = None if there is None else one.fewest(there, question)
        if there is None or then is None or not _comparable(now.spec, one.spec):
            continue
        if group.is_department and one.leaves(there) != now.leaves(group):
            continue
        if trend_allowed(then, here):
            points.append(Point(one.spec.closes_on, _line(there, question).unfavourable))
    if not points:
        return ()
    return (*points, Point(now.spec.closes_on, _line(group, question).unfavourable))


def _comparable(one: Spec, other: Spec) -> bool:
    return (one.tool, one.audience.kind, one.audience.ids) == (
        other.tool,
        other.audience.kind,
        other.audience.ids,
    )


def _line(group: Group, question: str) -> Line:
    return next(one for one in group.lines if one.question == question)


def gone_quiet(now: Results, before: Sequence[Results]) -> tuple[tuple[str, Quiet], ...]:
    """The departments that can be read and in which fewer answer than before, by name."""
    earlier = sorted(before, key=lambda each: each.spec.closes_on)
    found = []
    for group in now.departments:
        series = [
            (there.response.low, there.response.high, 100)
            for one in (*earlier, now)
            for there in one.departments
            if there.department == group.department
        ]
        if (said := quiet(series)) is not None:
            found.append((group.name, said))
    return tuple(found)


# ------------------------------------------------------------------------------------------- digests and briefs


class GroupSaid(Value):
    """What one department said, in a sentence."""

    name: str
    response: Range
    reading: str


class ClosedPulse(Value):
    """A pulse that closed in a week, as everybody reads it."""

    title: str
    closed_on: date
    outcome: Literal["released", "unread", "withdrawn"]
    #: What was heard from everyone, or why there is nothing.
    heard: str


class ClosedPulses(Value):
    """The pulses that closed in a week."""

    pulses: tuple[ClosedPulse, ...]


class DepartmentsSaid(Value):
    """What the departments said in one pulse."""

    title: str
    departments: tuple[GroupSaid, ...]
    #: How many more departments could be read.
    more: int = 0


class PulseDepartments(Value):
    """What departments said in the pulses that closed in a week; for HR and the AI function."""

    pulses: tuple[DepartmentsSaid, ...]


class AnswerDue(Value):
    """What happens next is not agreed yet."""

    title: str
    due_on: date
    #: Who wrote words that the other has not agreed to: "hr" or "ai".
    written_by: Literal["hr", "ai"] | None = None


class AnswersDue(Value):
    """The answers that are due on a day."""

    due: tuple[AnswerDue, ...]


class QuietDepartment(Value):
    """A department in which fewer answer than before."""

    name: str
    before: Range
    now: Range

    @property
    def sentence(self) -> str:
        return Quiet(self.before, self.now).sentence


class QuietDepartments(Value):
    """The departments that have gone quiet, as the last pulse tells; for HR and the AI function."""

    departments: tuple[QuietDepartment, ...]
