"""A concern as it is read: the same for its reporter before they send it, and for those who handle it."""

from typing import NamedTuple

from domain.concerns import Cause, Severity
from domain.initiatives import Initiative
from domain.specificity import Told
from handlers.cards import Run, Shown, Text, link, runs, strong

#: What is asked, and how it stands where it is read, by the fields of `Told`.
LABELS = {
    "what": "What happened",
    "when": "When, and how often",
    "led_to": "What it led to",
    "was_told": "What they were told",
    "would_settle": "What would settle it",
}


class Written(NamedTuple):
    """What a concern says."""

    told: Told
    initiative: Initiative | None
    cause: Cause | None
    severity: Severity


def about(initiative: Initiative | None) -> str:
    """The deployment, as in "Claims triage"."""
    return "No deployment named" if initiative is None else initiative.name


def as_read(told: Told) -> tuple[Shown, ...]:
    """What was written, each field under its label; empty ones are left out, and so is a time that was told before."""
    lines: list[Shown] = []
    for field, label in LABELS.items():
        text = getattr(told, field)
        if text and not (field == "when" and _is_in(text, told.what)):
            lines.append(Text(runs=runs(strong(label), f"\n{text}")))
    if told.link:
        lines.append(Text(runs=runs(strong("The message it is about"), "\n", _link(told.link))))
    return tuple(lines)


def _is_in(when: str, what: str) -> bool:
    """Whether each of the times, between commas, stands in what happened."""
    return all(part.strip().casefold() in what.casefold() for part in when.split(","))


def whole(written: Written) -> tuple[Shown, ...]:
    """All that its readers will see."""
    head = [about(written.initiative), f"severity: {written.severity.label.lower()}"]
    if written.cause is not None:
        head.append(written.cause.label)
    return (Text(runs=runs(strong(" · ".join(head)))), *as_read(written.told))


def in_a_line(written: Written) -> str:
    """How a concern would read so far: what is missing is said to be missing."""
    told = written.told
    tool = "a tool that is not named" if written.initiative is None else written.initiative.name
    when = told.when or "at a time that is not told"
    what = told.what if len(told.what) <= 200 else f"{told.what[:200].rsplit(' ', 1)[0]}…"
    return f"About {tool}, {when}: “{what}”"


def _link(address: str) -> Run:
    return link(address, address) if address.startswith(("https://", "http://")) else Run(text=address)
