"""The card of a plan for pulses: what people would read, who is asked, what could be read, and who approves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from domain.people import Act, Person, Platform, may
from domain.pulse_plans import (
    RESPONSES,
    asked_each_time,
    day_words,
    days_words,
    missed,
    named,
    panel_words,
    rhythm_words,
    size_problem,
)
from domain.pulses import Plan, PlanState, Side, Status, side_of
from domain.question_bank import BANK
from domain.questions import Question, asked
from domain.releases import Node, Tree, readable
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Fact,
    Facts,
    Heading,
    Shown,
    Text,
    plain,
    runs,
    strong,
)
from storage import panels, pulses
from storage import people as directory
from storage.pulses import Kept, Pulse
from storage.store import Work

VIEW = "pulse.plan"
#: How much of a fingerprint a button carries: enough to tell any two contents apart.
PRINT = 16
#: Of the groups that could be read, so many are named.
MOST_NAMED = 4

_WITHDRAW = Confirm(
    title="Withdraw this pulse?",
    text="Nothing is sent to anybody who would have been asked. Whoever approved it is told.",
    yes="Withdraw",
    no="Keep it",
)
_END = Confirm(
    title="No further pulse?",
    text="One that is open goes on to its end, and its results come as promised. No other one opens.",
    yes="End it",
    no="Go on",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that the card of a plan shows, but for whom."""

    kept: Kept
    #: Its pulses, the oldest first.
    pulses: tuple[Pulse, ...]
    people: Mapping[int, Person]
    #: How many people of each team are in the audience.
    sizes: Mapping[int, int]
    teams: tuple[Node, ...]
    #: Names that a question should not contain; none are read where all questions come from the bank.
    names: frozenset[str]
    #: Whether its first day is over.
    missed: bool

    def name(self, person_id: int | None) -> str:
        one = None if person_id is None else self.people.get(person_id)
        return "somebody who has left" if one is None else one.name


def subject(plan_id: int) -> str:
    return f"plan:{plan_id}"


def value(kept: Kept) -> str:
    """What the buttons carry: the plan, and which content was shown."""
    return f"{kept.id} {kept.fingerprint[:PRINT]}"


def seen(work: Work, kept: Kept) -> Seen:
    plan = kept.plan
    own = any(not _from_bank(one) for one in plan.spec.questions)
    wanted = {one for one in (*kept.approvals, kept.created_by_id) if one is not None}
    return Seen(
        kept,
        tuple(pulses.of_plan(work, kept.id)),
        directory.by_ids(work, wanted),
        panels.sizes(work, plan.spec.audience),
        tuple(Node(*one) for one in panels.teams(work)),
        frozenset(panels.names(work)) if own else frozenset(),
        missed(plan, work.now.astimezone(ZoneInfo(plan.spec.zone)).date()),
    )


def live(work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform) -> Card | None:
    """The card with one person, as it is at this moment; None where it is not theirs (any more)."""
    kept = pulses.kept(work, int(params["plan"]))
    person = None if person_id is None else directory.by_id(work, person_id)
    if kept is None or person is None:
        return None
    if not may(person, Act.PLAN_PULSE):
        words = "This pulse is planned by HR and the AI function, and you are in neither any more."
        return Card(summary=words, elements=(Text(runs=runs(words)),))
    return card(seen(work, kept), person)


def card(seen: Seen, person: Person, *, note: str = "") -> Card:
    """The whole plan for somebody of HR or of the AI function."""
    kept, spec = seen.kept, seen.kept.plan.spec
    status = where(seen)
    elements: list[Shown] = [Heading(text=spec.title)]
    if note:
        elements.append(Text(runs=runs(note)))
    state, _, rest = status.partition(":")
    elements.append(Text(runs=runs(strong(f"{state}:"), rest)))
    elements += [_question(seen, number) for number in range(len(spec.questions))]
    elements += _doubts(seen)
    elements.append(Facts(items=_facts(seen)))
    if kept.state in (PlanState.DRAFT, PlanState.APPROVED):
        elements += [Text(runs=runs(words)) for words in _consequences(seen)]
        elements.append(_readable(seen))
    elements.append(Buttons(items=tuple(_buttons(seen, person))))
    elements.append(
        Context(runs=runs("Who answers, and who wants no pulses, is shown to nobody, here and later."))
    )
    return Card(summary=f"{spec.title}. {status}", elements=tuple(elements))


def where(seen: Seen) -> str:
    """Where the plan is, in one or two sentences; what matters most stands before a colon."""
    kept, plan = seen.kept, seen.kept.plan
    match kept.state:
        case PlanState.DRAFT:
            if seen.missed:
                return (
                    f"Late: its first day, {day_words(plan.spec.opens_on)}, came before both had approved it. "
                    "Please choose new days with “Change”."
                )
            given = [side for side in Side if kept.approvals.of(side) is not None]
            if not given:
                return (
                    "Draft: HR and the AI function both approve it, two people. The other function gets this card "
                    "as soon as one has approved it."
                )
            return f"Half approved: {_approved(seen, given[0])}. Somebody of {given[0].other.label} approves it too."
        case PlanState.APPROVED | PlanState.DONE:
            return f"Approved: {' and '.join(_approved(seen, side) for side in Side)}. {_pulses(seen)}"
        case PlanState.WITHDRAWN:
            return "Withdrawn: nobody is asked."


def _approved(seen: Seen, side: Side) -> str:
    return f"{seen.name(seen.kept.approvals.of(side))} for {side.label}"


def _pulses(seen: Seen) -> str:
    """What has become of the pulses of an approved plan."""
    said = []
    for one in seen.pulses:
        if one.status is Status.OPEN:
            said.append(f"It is open until the end of {day_words(one.spec.closes_on)}.")
        elif one.status is Status.PLANNED:
            what = "It opens" if one.number == 1 else "The next one opens"
            said.append(f"{what} on {day_words(one.spec.opens_on)}.")
    if said:
        return " ".join(said)
    never = all(one.status is Status.WITHDRAWN for one in seen.pulses)
    return "It was not launched." if never else "It is over."


def _question(seen: Seen, number: int) -> Text:
    spec = seen.kept.plan.spec
    one = spec.questions[number]
    place = f"{number + 1}. " if len(spec.questions) > 1 else ""
    good = "" if _from_bank(one) else f" Good news is “{one.labels[-1 if one.favourable == 'high' else 0]}”."
    scale = f"\n“{one.labels[0]}” to “{one.labels[-1]}”. About: {one.driver.label.lower()}.{good}"
    return Text(runs=runs(place, strong(asked(one, spec.tool)), scale))


def _doubts(seen: Seen) -> list[Shown]:
    """What a careful reader would ask about questions of one's own; they stay as they are if nobody changes them."""
    if seen.kept.state is not PlanState.DRAFT:
        return []
    from domain.question_wording import doubts  # its patterns take a while to make

    found: list[Shown] = []
    for one in seen.kept.plan.spec.questions:
        said = [] if _from_bank(one) else doubts(one.text, names=seen.names)
        if said:
            lines = "\n".join(f"• {doubt.sentence}" for doubt in said)
            words = "You decide: “Change the wording” changes it, and it stays as it is otherwise."
            found.append(Text(runs=runs(strong("About your own wording"), f"\n{lines}\n{words}")))
    return found


def _facts(seen: Seen) -> tuple[Fact, ...]:
    plan, spec = seen.kept.plan, seen.kept.plan.spec
    everybody = sum(seen.sizes.values())
    counted = "1 person" if everybody == 1 else f"{everybody:,} people"
    return (
        Fact(label="Asked", value=f"{spec.audience.words}, {counted}"),
        Fact(label="Open", value=days_words(spec)),
        Fact(label="How often", value=rhythm_words(plan)),
        Fact(label="Groups of at least", value=f"{spec.group} answers"),
        Fact(label="Comments", value="yes" if spec.comments else "no"),
        Fact(label="Answers are opened by", value=spec.trustee or "Tandem, when it closes"),
    )


def _consequences(seen: Seen) -> list[str]:
    """What the plan comes to, where that does not go without saying."""
    plan, spec = seen.kept.plan, seen.kept.plan.spec
    sensitive = [str(number) for number, one in enumerate(spec.questions, start=1) if one.sensitive]
    said = []
    if sensitive and spec.group > spec.k:
        which = "The question is" if len(spec.questions) == 1 else f"Question {named(sensitive)} is"
        if len(sensitive) > 1:
            which = f"Questions {named(sensitive)} are"
        said.append(
            f"{which} sensitive, so groups have at least {spec.group} answers here, and not {spec.k}: "
            "for all questions of this pulse."
        )
    each = asked_each_time(plan, seen.sizes)
    asked_now = sum(each.values())
    if words := panel_words(plan, sum(seen.sizes.values()), asked_now):
        said.append(words)
    if problem := size_problem(plan, asked_now):
        said.append(problem)
    return said


def _readable(seen: Seen) -> Text:
    """Which groups could be read at some shares of answers, by name."""
    plan = seen.kept.plan
    tree = Tree(nodes=seen.teams, invited=asked_each_time(plan, seen.sizes))
    lines = []
    for response in RESPONSES:
        names = readable(tree, plan.spec.group, response)
        if not names:
            words = "nothing, and the answers would be destroyed unread"
        elif len(names) == 1:
            words = f"{names[0]}, as one group"
        else:
            words = f"{len(names)} groups: {_groups(names)}"
        lines.append(f"\n• {response:.0%}: {words}")
    return Text(runs=runs(strong("What could be read, if so many of each team answer"), *lines))


def _groups(names: Sequence[str]) -> str:
    """Some of the groups; their names have commas of their own. What is gathered from several teams comes last."""
    known = sorted(names, key=lambda name: ("other teams" in name.lower(), name))
    left = len(known) - MOST_NAMED
    return "; ".join([*known[:MOST_NAMED], *([f"and {left} more"] if left > 0 else [])])


def _buttons(seen: Seen, person: Person) -> list[Button]:
    """At most six."""
    kept = seen.kept
    found: list[Button] = []

    def button(label: str, action: str, **more: object) -> None:
        found.append(
            Button.model_validate(
                {
                    "label": label,
                    "action": f"pulse.plan.{action}",
                    "value": value(kept),
                    "described": f"{label}: {kept.plan.spec.title}",
                    **more,
                }
            )
        )

    if kept.state is PlanState.DRAFT:
        if not seen.missed and isinstance(side_of(person, kept.approvals), Side):
            button("Approve", "approve", style="primary")
        button("Change", "change")
        own = any(not _from_bank(one) for one in kept.plan.spec.questions)
        button("Change the wording" if own else "Other questions", "questions")
        button("Details", "details")
    button("What people are promised", "promise")
    if kept.state is PlanState.DRAFT or can_withdraw(seen):
        button("Withdraw", "withdraw", style="danger", confirm=_WITHDRAW)
    elif can_end(seen):
        button("End after this one", "end", style="danger", confirm=_END)
    return found


def can_withdraw(seen: Seen) -> bool:
    """Whether an approved plan has not launched anything yet."""
    return seen.kept.state is PlanState.APPROVED and all(one.status is Status.PLANNED for one in seen.pulses)


def can_end(seen: Seen) -> bool:
    """Whether an approved plan goes on after what it has launched."""
    return seen.kept.state is PlanState.APPROVED and any(one.status is Status.PLANNED for one in seen.pulses)


def show_button(plan_id: int, plan: Plan, label: str = "See it") -> Button:
    return Button(
        label=label, action="pulse.plan.show", value=str(plan_id), described=f"{label}: {plan.spec.title}"
    )


def news(kept: Kept, words: str, *, label: str = "See it") -> Card:
    """A sentence about a plan, with the way to its card."""
    said = runs(strong(kept.plan.spec.title), words)
    return Card(
        summary=plain(said),
        elements=(Text(runs=said), Buttons(items=(show_button(kept.id, kept.plan, label),))),
    )


_BANK = frozenset(one.key for one in BANK)


def _from_bank(one: Question) -> bool:
    return one.key in _BANK
