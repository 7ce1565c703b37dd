"""A sign-off as a card: the same facts for everybody, the buttons for those who may press them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.concerns import Concern
from domain.initiatives import Initiative
from domain.people import Person
from domain.signoffs import (
    Authority,
    Content,
    Decision,
    Side,
    Signoff,
    State,
    Verdict,
    differences,
    sponsor_of,
)
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Fact,
    Facts,
    Heading,
    Run,
    Shown,
    Text,
    code,
    link,
    plain,
    runs,
    strong,
)
from handlers.signoffs.finding import reference
from handlers.signoffs.serious import serious_words

#: What one paragraph holds at the most, in characters: no platform cuts any of it, whatever it has to escape.
MOST_TOGETHER = 1400
#: Of more characters than this, a card may take two messages, of which only the first is kept up to date.
MOST_IN_FIRST = 8000


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that a card shows, read in one go."""

    one: Signoff
    about: Initiative
    decisions: Sequence[Decision]
    people: Mapping[int, Person]
    #: The version before the present one.
    before: Content | None = None
    #: Who decides for a side besides its sponsor, on this day.
    acting: Mapping[Side, int] = field(default_factory=dict)
    #: What is open and serious now; no part of what is signed.
    serious: Sequence[Concern] = ()

    def name(self, person_id: int | None) -> str:
        person = None if person_id is None else self.people.get(person_id)
        return "somebody who has left" if person is None else person.name


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom a card is made, and what of it they see."""

    zone: ZoneInfo
    right: Authority | None = None
    #: Whether they may edit, withdraw and remind.
    asks: bool = False
    #: Whether they see evidence, risks and reasons; a channel does not.
    private: bool = True


def title(one: Signoff, about: Initiative) -> str:
    return f"{one.content.title} of {about.name}"


def whole(seen: Seen, viewer: Viewer) -> Card:
    """The card in full. In a channel it is without evidence, risks and reasons."""
    one, about = seen.one, seen.about
    content = one.content
    status = status_runs(seen, viewer.zone)
    elements: list[Shown] = [Heading(text=title(one, about)), Text(runs=status)]
    elements += reasons(seen, viewer)
    if seen.before is not None and one.state.open:
        said = " ".join(differences(seen.before, content))
        elements.append(
            Text(runs=runs(strong(f"Changed since version {one.version - 1}: "), said or "nothing."))
        )
    elements.append(Text(runs=runs(content.summary)))
    elements += _criteria(content, evidence=viewer.private)
    if viewer.private and content.risks:
        elements.append(Text(runs=runs(strong(f"Risks that {about.department} takes: "), content.risks)))
    if viewer.private and one.state.open and seen.serious:
        elements.append(Text(runs=runs(strong("Concerns: "), serious_words(seen.serious))))
    behind = _behind(content) if viewer.private else []
    ending: list[Shown] = [Facts(items=_facts(seen, viewer)), *buttons(seen, viewer)]
    if one.state.open and viewer.private:
        ending.append(
            Context(
                runs=runs(
                    "Both sponsors sign exactly this text. Its fingerprint: ", code(one.fingerprint[:12])
                )
            )
        )
    # The buttons stand in the first message, where they can be taken away again.
    is_long = _length(elements) + _length(behind) > MOST_IN_FIRST
    elements += [*ending, *behind] if is_long else [*behind, *ending]
    return Card(summary=f"{title(one, about)}. {plain(status)}", elements=tuple(elements))


def replaced(one: Signoff, about: Initiative, version: int) -> Card:
    """The card of an earlier version, after there is a later one."""
    said = f"This was version {version} of {title(one, about)}. It was changed since, and a later version counts."
    return Card(summary=said, elements=(Text(runs=runs(said)), Buttons(items=(show_button(one),))))


def status_runs(seen: Seen, zone: ZoneInfo) -> tuple[Run, ...]:
    """Where the request stands, in one sentence with names."""
    one = seen.one
    match one.state:
        case State.PENDING:
            waiting = " and ".join(_waited_for(seen, side) for side in one.waiting_for())
            if one.approved_side is None:
                return runs(strong("0 of 2: "), f"waiting for {waiting}.")
            said = _last(seen, one.approved_side)
            who = _decider(seen, said) if said is not None else f"the {one.approved_side.part.value}"
            return runs(strong("1 of 2: "), f"{who} approved; waiting for {waiting}.")
        case State.SIGNED_OFF:
            both = [said for side in Side if (said := _last(seen, side)) is not None]
            names = " and ".join(_decider(seen, said) for said in both)
            return runs(strong("Signed off "), f"by {names} on {_day(one.settled_at, zone)}.")
        case State.CHANGES | State.DECLINED:
            ended = next(
                (
                    said
                    for said in reversed(seen.decisions)
                    if said.version == one.version and said.verdict is not Verdict.APPROVED
                ),
                None,
            )
            who = "One side" if ended is None else _decider(seen, ended)
            if one.state is State.DECLINED:
                return runs(strong("Declined "), f"by {who} on {_day(one.settled_at, zone)}.")
            return runs(
                strong("Changes wanted: "),
                f"{who} asks for changes. It is with {seen.name(one.requested_by_id)}.",
            )
        case State.EXPIRED:
            return runs(
                strong("Expired "), f"on {_day(one.settled_at, zone)}: not both sponsors decided in time."
            )
        case State.WITHDRAWN:
            return runs(strong("Withdrawn "), f"on {_day(one.settled_at, zone)}.")


def show_button(one: Signoff, label: str = "See it as it is now") -> Button:
    return Button(
        label=label, action="signoff.show", value=str(one.id), described=f"{label}: {one.content.title}"
    )


def reasons(seen: Seen, viewer: Viewer) -> list[Shown]:
    """The reason of the side that declined or wants changes, in its own words."""
    if not viewer.private or seen.one.state not in (State.CHANGES, State.DECLINED):
        return []
    return [
        Text(runs=runs(strong(f"{seen.name(said.person_id)}: "), said.reason))
        for said in seen.decisions
        if said.version == seen.one.version and said.reason
    ]


def _facts(seen: Seen, viewer: Viewer) -> tuple[Fact, ...]:
    one, about = seen.one, seen.about
    facts = [
        Fact(
            label=side.part.value.capitalize(),
            value=f"{seen.name(sponsor_of(about, side))}, {_said_by(seen, side)}",
        )
        for side in Side
    ]
    if one.content.effort and viewer.private:
        facts.append(Fact(label="Put in so far", value=one.content.effort))
    facts.append(Fact(label="Asked for by", value=seen.name(one.requested_by_id)))
    if one.state.open:
        facts.append(Fact(label="Open until", value=_day(one.expires_at, viewer.zone)))
    if one.version > 1:
        facts.append(Fact(label="Version", value=str(one.version)))
    return tuple(facts)


def _said_by(seen: Seen, side: Side) -> str:
    said = _last(seen, side)
    if said is None:
        return "not decided yet" if seen.one.state.open else "did not decide"
    words = {
        Verdict.APPROVED: "approved",
        Verdict.CHANGES: "asked for changes",
        Verdict.DECLINED: "declined",
    }[said.verdict]
    if said.acting_for_id is not None:
        return f"{words} through {seen.name(said.person_id)}"
    return (
        words if said.person_id == sponsor_of(seen.about, side) else f"{words} ({seen.name(said.person_id)})"
    )


def _last(seen: Seen, side: Side) -> Decision | None:
    """What a side said to the present version."""
    return next(
        (said for said in seen.decisions if said.version == seen.one.version and said.side is side), None
    )


def _decider(seen: Seen, said: Decision) -> str:
    """Who decided, with both names where it was for somebody else."""
    if said.acting_for_id is None:
        return f"{seen.name(said.person_id)} ({said.side.part.value})"
    return (
        f"{seen.name(said.person_id)}, acting for {seen.name(said.acting_for_id)} ({said.side.part.value}),"
    )


def _waited_for(seen: Seen, side: Side) -> str:
    name = f"{seen.name(sponsor_of(seen.about, side))} ({side.part.value})"
    acting = seen.acting.get(side)
    return name if acting is None else f"{name} or {seen.name(acting)}, who acts for them"


def _criteria(content: Content, *, evidence: bool) -> list[Shown]:
    lines: list[list[str | Run]] = []
    for number, one in enumerate(content.criteria, start=1):
        line: list[str | Run] = [f"{number}. {one.text}"]
        if evidence and one.evidence:
            line += [" (", link("evidence", one.evidence), ")"]
        elif evidence:
            line.append(" (no evidence linked)")
        lines.append(line)
    return _listed("Accepted when", lines)


def _behind(content: Content) -> list[Shown]:
    """What a go-live stands on: the limits that were stated, and the plan."""
    elements: list[Shown] = []
    for label, said in (("Known limits", content.limits), ("Towards operating it alone", content.plan)):
        if said:
            elements += _listed(label, [[f"• {line}"] for line in said])
    return elements


def _listed(label: str, lines: Sequence[Sequence[str | Run]]) -> list[Shown]:
    """Lines under a label, in as many paragraphs as it takes to show all of them."""
    elements: list[Shown] = []
    together: list[str | Run] = [strong(label)]
    length = 0
    for line in lines:
        weight = sum(len(one) if isinstance(one, str) else len(one.text + (one.url or "")) for one in line)
        if length and length + weight > MOST_TOGETHER:
            elements.append(Text(runs=runs(*together)))
            together, length = [], 0
        together += ["\n", *line] if together else line
        length += weight
    return [*elements, Text(runs=runs(*together))]


def _length(elements: Sequence[Shown]) -> int:
    """How many characters the paragraphs among these have, the addresses of their links included."""
    return sum(
        len(run.text) + len(run.url or "") for one in elements if isinstance(one, Text) for run in one.runs
    )


def buttons(seen: Seen, viewer: Viewer) -> list[Shown]:
    one = seen.one
    value = reference(one).dump()
    rows: list[Shown] = []
    right = viewer.right
    if right is not None and right.side in one.waiting_for():
        name = title(one, seen.about)
        items = [
            Button(
                label="Approve",
                action="signoff.approve",
                value=value,
                style="primary",
                described=f"Approve {name}",
            ),
            Button(
                label="Ask for changes",
                action="signoff.changes",
                value=value,
                described=f"Ask for changes to {name}",
            ),
            Button(label="Decline", action="signoff.decline", value=value, described=f"Decline {name}"),
        ]
        if right.acting_for_id is None:
            items.append(
                Button(
                    label="Delegate",
                    action="signoff.delegate",
                    value=str(seen.about.id),
                    described=f"Let somebody else decide for you on {seen.about.name}",
                )
            )
        rows.append(Buttons(items=tuple(items)))
    if viewer.asks and one.state.open:
        mine = [
            Button(label="Edit", action="signoff.edit", value=value),
            Button(
                label="Withdraw",
                action="signoff.withdraw",
                value=value,
                confirm=Confirm(
                    title="Withdraw the request?",
                    text="The sponsors are told, and their cards lose their buttons.",
                    yes="Withdraw",
                ),
            ),
        ]
        if one.state is State.PENDING:
            mine.insert(0, Button(label="Remind now", action="signoff.remind", value=value))
        rows.append(Buttons(items=tuple(mine)))
    return rows


def _day(at: datetime | None, zone: ZoneInfo) -> str:
    if at is None:
        return "an unknown day"
    local = at.astimezone(zone)
    return f"{local.day} {local:%B %Y}"
