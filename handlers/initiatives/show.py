"""One initiative as a page: what it is for, who answers for it, how far it has come."""

from datetime import date

from domain.initiatives import SPONSORS, Initiative, Stage, eligible, read_lesson
from domain.people import Act, Person, may
from domain.reports import Period
from handlers.capability import Actor, AnyReply, marked
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
    runs,
    strong,
)
from handlers.conversation import Command, Press, Say
from handlers.initiatives import roles
from handlers.initiatives.finding import asked_for, by_value, may_close, may_edit
from handlers.initiatives.sections import SECTIONS
from storage import channels, reports
from storage import people as directory
from storage.store import Work

#: How many people are named as having worked on what was stopped.
MOST_CREDITED = 20


def on_show(actor: Actor, command: Command, work: Work) -> AnyReply:
    return Say(card=shown(actor, asked_for(command.text, work), work))


def on_show_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Say(card=shown(actor, by_value(press.value, work), work))


def shown(actor: Actor, initiative: Initiative, work: Work, *, note: str | None = None) -> Card:
    """The page as somebody sees it, with a word on what was just done."""
    people = directory.by_ids(work, initiative.holders.values())
    elements: list[Shown] = [Heading(text=initiative.name)]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    if initiative.archived:
        text = f"This initiative is archived. `initiative resume {initiative.key}` brings it back."
        elements.append(Text(runs=marked(actor.origin, text)))
    elements += [Text(runs=runs(initiative.outcome)), _facts(actor, initiative, people, work)]
    elements += _waiting(actor, initiative, people)
    if initiative.learned is not None:
        elements += _learned(actor, initiative, initiative.learned, work)
    for section in SECTIONS:
        elements += section(actor, initiative, work)
    elements += [
        Context(runs=runs(f"Led by {initiative.department}, with the AI function as technical partner.")),
        Buttons(items=_buttons(actor, initiative)),
    ]
    return Card(summary=f"{initiative.name}: {initiative.outcome}", elements=tuple(elements))


def stop_button(initiative: Initiative) -> Button:
    return Button(
        label="Stop", action="initiative.stop", value=str(initiative.id), described=f"Stop {initiative.name}"
    )


def archive_button(initiative: Initiative) -> Button:
    return Button(
        label="Archive",
        action="initiative.archive",
        value=str(initiative.id),
        style="danger",
        described=f"Archive {initiative.name}",
        confirm=Confirm(
            title="Archive it?",
            text=f"{initiative.name} leaves the lists and can no longer be chosen for contributions. What was "
            "logged stays in reports and profiles.",
            yes="Archive",
        ),
    )


def _facts(actor: Actor, initiative: Initiative, people: dict[int, Person], work: Work) -> Facts:
    items = [
        Fact(label="Stage", value=initiative.stage.words),
        Fact(label="Department", value=initiative.department),
    ]
    for part, holder_id in initiative.holders.items():
        holder = people[holder_id]
        if part in SPONSORS:
            value = (
                f"{holder.name}, accepted"
                if initiative.accepted(part)
                else f"Waiting for {holder.name} to accept"
            )
        else:
            value = holder.name
        if eligible(part, holder, initiative.department) is not None:
            value += f" (sits in {holder.team_path} now)"
        items.append(Fact(label=part.value.capitalize(), value=value))
    items.append(Fact(label="Key", value=initiative.key))
    place = None if initiative.channel_id is None else channels.by_id(work, initiative.channel_id)
    if place is not None:
        here = place.channel == actor.origin.channel and place.tenant == actor.origin.tenant
        where = "this channel" if here else f"a channel on {place.platform.capitalize()}"
        items.append(Fact(label="News go to", value=where))
    return Facts(items=tuple(items))


def _waiting(actor: Actor, initiative: Initiative, people: dict[int, Person]) -> list[Shown]:
    """The buttons of whoever is asked to accept, and of those who may ask again."""
    if initiative.archived:
        return []
    elements: list[Shown] = []
    again: list[Button] = []
    for part in SPONSORS:
        holder = people[initiative.holders[part]]
        if initiative.accepted(part):
            continue
        if holder.id == actor.person.id:
            text = f"You are named {part.value}. It counts once you accept."
            elements += [
                Text(runs=runs(text)),
                roles.answer_buttons(initiative, part, initiative.created_by_id),
            ]
        elif roles.may_ask(actor, initiative):
            again.append(roles.ask_button(initiative, part, holder))
    if again:
        elements.append(Buttons(items=tuple(again)))
    return elements


def _learned(actor: Actor, initiative: Initiative, learned: str, work: Work) -> list[Shown]:
    first, helps = read_lesson(learned)
    elements: list[Shown] = [Text(runs=runs(strong("What was learned: "), first))]
    if helps:
        elements.append(Text(runs=runs(strong("How it may help others: "), helps)))
    if initiative.stage is Stage.STOPPED:
        credit = _credit(actor, initiative, work)
        if credit:
            elements.append(Text(runs=runs(strong("Made possible by: "), credit)))
    return elements


def _credit(actor: Actor, initiative: Initiative, work: Work) -> str:
    """Whose work it was: by name for those who may read the report, by team for everybody."""
    ever = Period(first=date.min, last=date.max)
    report = reports.report(work, initiative.id, ever, skip=0, limit=MOST_CREDITED)
    if not report.people:
        return ""
    if may(actor.person, Act.REPORT_INITIATIVE, initiative.parts_of(actor.person.id)):
        named = [part.name for part in report.page]
        more = report.people - len(named)
        return ", ".join(named) + (f" and {more} more" if more else "")
    teams = ", ".join(dict.fromkeys(one.team for one in report.sums))
    return f"{report.people} {'person' if report.people == 1 else 'people'} from {teams}"


def _buttons(actor: Actor, initiative: Initiative) -> tuple[Button, ...]:
    """At most six: Teams hides the others."""
    number = str(initiative.id)
    buttons = [Button(label="Report", action="report.open", value=number)]
    if not initiative.archived and may_edit(actor, initiative):
        buttons.append(Button(label="Edit", action="initiative.edit", value=number))
    asks = may(actor.person, Act.REQUEST_SIGNOFF, initiative.parts_of(actor.person.id))
    if asks and not initiative.closed:
        buttons.append(Button(label="Ask for sign-off", action="signoff.request", value=number))
    if may_close(actor, initiative):
        if initiative.archived:
            buttons.append(Button(label="Bring back", action="initiative.resume", value=number))
        else:
            if initiative.stage is Stage.STOPPED:
                buttons.append(Button(label="Resume", action="initiative.resume", value=number))
            else:
                buttons.append(stop_button(initiative))
            buttons.append(archive_button(initiative))
    return tuple(buttons)
