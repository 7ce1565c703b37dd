"""What groups answered, for HR and the AI function: a page for everyone, then the departments, in chat and on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from domain.diagnosis import Diagnosis
from domain.reports import counted, date_words
from domain.results import (
    SURE,
    Group,
    Line,
    Point,
    Results,
    comes_next,
    day_words,
    gone_quiet,
    question_words,
    trend,
)
from domain.shares import between
from domain.trees import EVERYONE
from handlers import pages
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Chart,
    Column,
    Context,
    Divider,
    Heading,
    Series,
    Shown,
    Table,
    Text,
    runs,
    strong,
)
from handlers.pages import charts
from storage.pulses import Response

#: Groups of one department that a card shows; more are on its next page.
MOST_GROUPS = 4
MOST_COMMENTS = 8
#: Sentences about what is not shown that a card has; the page has all.
MOST_UNSEEN = 6
#: Points of a line over time.
MOST_POINTS = 8
#: Of those lines, so many are drawn in a message, which has room for two charts on Slack.
MOST_LINES = 1


@dataclass(frozen=True)
class Read:
    """Everything that is read of one pulse."""

    results: Results
    before: tuple[Results, ...]
    #: By department, 0 for other departments.
    comments: dict[int, list[str]]
    response: Response | None
    due_on: date | None
    today: date

    @property
    def title(self) -> str:
        return f"Results of {self.results.spec.title}"


class Page(NamedTuple):
    """Some groups of one department."""

    name: str
    groups: tuple[Group, ...]


def parts(read: Read) -> list[Page]:
    """Everyone first, then each department, in pieces where it has many groups."""
    found = []
    for department, some in groupby(_in_order(read.results), key=lambda one: one.department):
        groups = tuple(some)
        name = "Everyone" if department == EVERYONE else read.results.tree.path(department)
        most = len(groups) if department == EVERYONE else MOST_GROUPS
        pieces = [groups[at : at + most] for at in range(0, len(groups), most)]
        for number, piece in enumerate(pieces, start=1):
            found.append(Page(name if len(pieces) == 1 else f"{name} ({number} of {len(pieces)})", piece))
    return found


def _in_order(results: Results) -> list[Group]:
    """What is counted across departments stands with everyone."""
    return sorted(results.groups, key=lambda one: one.department != EVERYONE)


def card(read: Read, number: int) -> Card:
    """One page in chat; the last one for a number that is too high."""
    known = parts(read)
    number = min(number, max(len(known) - 1, 0))
    elements: list[Shown] = [Heading(text=read.title)]
    if number == 0:
        elements += _overview(read)
    else:
        elements += [Text(runs=runs(strong(known[number].name))), *_groups(read, known[number])]
    elements.append(_buttons(read, known, number))
    return Card(summary=f"{read.title}. {read.results.heard}", elements=tuple(elements))


def comments_card(read: Read, number: int) -> Card:
    """Some comments in chat, under the department in which they were written and beside no score."""
    flat = [(block, text) for block, some in _blocks(read) for text in some]
    last = max((len(flat) - 1) // MOST_COMMENTS, 0)
    number = min(number, last)
    shown = flat[number * MOST_COMMENTS : (number + 1) * MOST_COMMENTS]
    title = f"Comments on {read.results.spec.title}"
    elements: list[Shown] = [Heading(text=title)]
    for name, some in groupby(shown, key=lambda one: one[0]):
        elements += _comments(name, [text for _, text in some])
    elements.append(Context(runs=runs(_about_comments(read))))
    items = []
    if number:
        items.append(_page(read, f"c{number - 1}", "Earlier comments"))
    if number < last:
        items.append(_page(read, f"c{number + 1}", "More comments"))
    items.append(_page(read, "0", "Back to the results"))
    return Card(summary=title, elements=(*elements, Buttons(items=tuple(items))))


def html(read: Read) -> str:
    """Everything as one HTML file that needs nothing else."""
    elements: list[Shown] = _overview(read, on_paper=True)
    for part in parts(read)[1:]:
        elements += [Divider(), Heading(text=part.name), *_groups(read, part, on_paper=True)]
    elements += [Divider(), Heading(text="Comments")]
    for name, some in _blocks(read):
        elements += _comments(name, some)
    elements.append(Context(runs=runs(_about_comments(read))))
    return pages.page(
        "digest.html",
        title=read.title,
        change=None,
        sentence=read.results.heard,
        elements=elements,
        drawn=charts.drawn,
        made=date_words(read.today),
    )


# ------------------------------------------------------------------------------------------------------ everyone


def _overview(read: Read, *, on_paper: bool = False) -> list[Shown]:
    results = read.results
    spec = results.spec
    about = f" About {spec.tool}." if spec.tool else ""
    elements: list[Shown] = [
        Text(
            runs=runs(
                f"Asked: {spec.audience.words}, until {date_words(spec.closes_on)}.{about} Numbers are shares of 100 "
                "answers, as ranges; a group has at least "
                f"{spec.group} answers."
            )
        ),
        Text(
            runs=runs(
                strong("What was asked"),
                _listed(
                    [
                        f"{results.labels[one.key]}: {question_words(results, one.key)}"
                        for one in spec.questions
                    ]
                ),
            )
        ),
    ]
    elements += chart(results)
    known = parts(read)
    if known:
        elements += _groups(read, known[0], on_paper=on_paper)
    elements += _trends(
        read, [one for one in results.groups if one.id == f"sum:{EVERYONE}"], on_paper=on_paper
    )
    quiet = gone_quiet(results, read.before)
    for name, said in quiet:
        elements.append(Text(runs=runs(strong(f"{name} has gone quiet. "), said.sentence)))
    unseen = results.unseen
    shown = unseen if on_paper else unseen[:MOST_UNSEEN]
    if shown:
        left = len(unseen) - len(shown)
        more = (f"And {counted(left, 'more line')} on the page.",) if left else ()
        elements.append(Text(runs=runs(strong("What cannot be shown"), _listed((*shown, *more)))))
    elements.append(Text(runs=runs(strong("What happens next. "), _next(read))))
    return elements


def _next(read: Read) -> str:
    response = read.response
    if response is None or response.is_agreed:
        return comes_next(None if response is None else response.text, read.due_on, read.today)
    side = "HR" if response.approvals.hr is not None else "The AI function"
    other = "the AI function" if response.approvals.hr is not None else "HR"
    due = "" if read.due_on is None else f" The answer is due on {day_words(read.due_on)}."
    return f"{side} wrote: “{response.text}” It goes to everybody once {other} agrees.{due}"


# ---------------------------------------------------------------------------------------------------- the groups


def chart(results: Results) -> tuple[Shown, ...]:
    """The answers of everyone: the lower ends as bars, the ranges in words; nothing where there is none."""
    group = results.everyone
    if group is None:
        return ()
    return (
        Chart(
            title="Answers of everyone: at least so many of 100",
            categories=tuple(line.label for line in group.lines),
            series=(
                Series(name="Favourable", values=tuple(one.favourable.low for one in group.lines)),
                Series(name="Unfavourable", values=tuple(one.unfavourable.low for one in group.lines)),
            ),
            unit="of 100",
            summary=f"{'; '.join(line.words for line in group.lines)}.",
        ),
    )


def _groups(read: Read, part: Page, *, on_paper: bool = False) -> list[Shown]:
    found = [(one, read.results.diagnosis(one)) for one in part.groups]
    elements: list[Shown] = [_table(read.results, part.name, found)]
    for group, diagnosis in found:
        elements += _diagnosis(group, diagnosis)
    elements += _trends(read, [one for one in part.groups if one.is_department], on_paper=on_paper)
    return elements


def _table(results: Results, name: str, found: Sequence[tuple[Group, Diagnosis]]) -> Table:
    rows = []
    for group, diagnosis in found:
        of_all = {share.driver: share.invited for share in diagnosis.shares}
        drivers = {one.key: one.driver for one in results.spec.questions}
        for line in group.lines:
            asked = of_all[drivers[line.question]]
            rows.append(
                (
                    group.name,
                    line.label,
                    _short(*line.favourable),
                    _short(*line.unfavourable),
                    _short(*asked),
                )
            )
    # The last column is widened to all who were asked, by what so many answers can tell.
    return Table(
        caption=f"{name}: shares of 100",
        columns=(
            Column(label="Group"),
            Column(label="About"),
            Column(label="Favourable", align="right"),
            Column(label="Unfavourable", align="right"),
            Column(label="Unfavourable, all asked", align="right"),
        ),
        rows=tuple(rows),
    )


def _short(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _diagnosis(group: Group, diagnosis: Diagnosis) -> list[Shown]:
    answered = f"{between(group.response)} answered."
    lines = [
        f"{answered[0].upper()}{answered[1:]} {diagnosis.reading}",
        SURE[diagnosis.certainty] if not diagnosis.nothing_stands_out else "",
        diagnosis.gap_sentence,
        f"Next for HR: {diagnosis.steps.hr}",
        f"Next for the AI function: {diagnosis.steps.ai}",
    ]
    for one in diagnosis.beneath:
        lines += [
            f"Beneath it, {one.share.driver.label.lower()}: {between(one.share.answered)} are unfavourable. "
            f"HR: {one.steps.hr} The AI function: {one.steps.ai}"
        ]
    return [Text(runs=runs(strong(group.name), _listed([line for line in lines if line])))]


def _trends(read: Read, groups: Sequence[Group], *, on_paper: bool) -> list[Shown]:
    """A line for each question of a group that may have one; a message draws that of the worst and says the others."""
    found: list[Shown] = []
    for group in groups:
        lines = [(line, trend(read.results, read.before, group, line.question)) for line in group.lines]
        known = [(line, points[-MOST_POINTS:]) for line, points in lines if points]
        known.sort(key=lambda one: -one[1][-1].share.low)
        drawn = known if on_paper else known[:MOST_LINES]
        found += [_line(group, line, points) for line, points in drawn]
        if rest := known[len(drawn) :]:
            said = _listed([f"{line.label}: {_over_time(points)}." for line, points in rest])
            found.append(Text(runs=runs(strong(f"{group.name}: unfavourable over time"), said)))
    return found


def _line(group: Group, line: Line, points: Sequence[Point]) -> Chart:
    return Chart(
        title=f"{group.name}, {line.label.lower()}: unfavourable",
        kind="line",
        categories=tuple(f"{one.day.day} {one.day:%b %Y}" for one in points),
        series=(
            Series(name="From", values=tuple(one.share.low for one in points)),
            Series(name="Up to", values=tuple(one.share.high for one in points)),
        ),
        unit="of 100",
        summary=f"{group.name}, {line.label.lower()}, unfavourable: {_over_time(points)}. A change inside the ranges "
        "is no change.",
    )


def _over_time(points: Sequence[Point]) -> str:
    return "; ".join(f"{date_words(one.day)} {between(one.share)}" for one in points)


# ------------------------------------------------------------------------------------------------- the comments


def _blocks(read: Read) -> list[tuple[str, list[str]]]:
    """The comments by the name of their block; other departments last."""
    tree = read.results.tree
    return [
        ("Other departments" if block == EVERYONE else tree.path(block), read.comments[block])
        for block in sorted(read.comments, key=lambda one: (one == EVERYONE, one))
    ]


def _comments(name: str, texts: Sequence[str]) -> list[Shown]:
    return [Text(runs=runs(strong(name))), *(Text(runs=runs(f"“{text}”")) for text in texts)]


def _about_comments(read: Read) -> str:
    if not read.results.spec.comments:
        return "This pulse asked for no comments."
    return (
        "Comments stand in an order drawn by chance, beside no score, and only where at least 10 answered and 5 "
        "commented; others were destroyed unread. Please do not try to find out who wrote one."
    )


# -------------------------------------------------------------------------------------------------- the buttons


def _buttons(read: Read, known: Sequence[Page], number: int) -> Buttons:
    """At most six."""
    items = []
    if number > 0:
        items.append(_page(read, str(number - 1), f"Back: {known[number - 1].name}"))
    if number < len(known) - 1:
        items.append(_page(read, str(number + 1), f"Next: {known[number + 1].name}"))
    if any(read.comments.values()):
        items.append(_page(read, "c0", "Comments"))
    pulse = str(read.results.pulse_id)
    items.append(
        Button(
            label="As a page",
            action="pulse.results.file",
            value=pulse,
            described=f"Send me the results of {read.results.spec.title} as a page",
        )
    )
    if read.response is None or not read.response.is_agreed:
        items.append(Button(label="Say what happens next", action="pulse.respond", value=pulse))
    return Buttons(items=tuple(items))


def _page(read: Read, place: str, label: str) -> Button:
    return Button(label=label, action="pulse.results", value=f"{read.results.pulse_id} {place}")


def _listed(lines: Sequence[str]) -> str:
    return "".join(f"\n• {line}" for line in lines)
