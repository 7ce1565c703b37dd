"""Reports in chat: an initiative's month, one's own record for a review conversation, and both as files."""

from datetime import date

from domain.errors import NoSuchInitiative, NotAllowed, Refused
from domain.initiatives import Initiative
from domain.people import Act, Part, Person, may
from domain.reports import (
    ExportFormat,
    Month,
    Period,
    Reach,
    Scope,
    last_twelve_months,
    may_have,
    parse_period,
    period_words,
    split_month,
)
from handlers import exports, records
from handlers.capability import Actor, AnyReply, Capability, marked, send_file
from handlers.cards import Button, Buttons, Card, Context, Divider, Heading, Shown, Text, runs, sentence
from handlers.conversation import Command, Press, Replace, Say
from handlers.monthly import PAGE, initiative_card
from handlers.phrases import Ambiguous, find_initiative
from storage import initiatives, reports
from storage.store import Work

#: How many initiatives are offered as buttons.
MOST_OFFERED = 20


class NotAPeriod(Refused):
    """I read a month or a year there, as in `contribute profile 2026` or `contribute export October`."""


class OldButton(Refused):
    """I cannot read that button any more. Please ask for the page again."""


def on_report(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`contribute report claims October`: the month of an initiative."""
    text = command.text.strip()
    named = initiatives.called(work, text.lower()) if text else None
    if named is not None:  # an initiative may be called like a month
        return Say(card=_report(actor, named, Month.of(actor.today), 0, work))
    phrase, month = split_month(text, today=actor.today)
    if not phrase:
        return Say(card=_choice(actor, month, work))
    try:
        return Say(card=_report(actor, find_initiative(work, phrase), month, 0, work))
    except Ambiguous as several:
        return Say(card=_offer("Which of these do you mean?", several.candidates, month))


def on_report_shown(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Another month or page. The value is "initiative month skip"."""
    try:
        number, key, skip = press.value.split(" ")
        month = Month.of(date.fromisoformat(f"{key}-01"))
        initiative, first = initiatives.by_id(work, _number(number)), _number(skip)
    except ValueError as error:
        raise OldButton from error
    if initiative is None:
        raise NoSuchInitiative
    return Replace(card=_report(actor, initiative, month, first, work))


def on_report_opened(actor: Actor, press: Press, work: Work) -> AnyReply:
    """This month of the initiative whose id is the value, beside what it was asked from."""
    try:
        initiative = initiatives.by_id(work, _number(press.value))
    except ValueError as error:
        raise OldButton from error
    if initiative is None:
        raise NoSuchInitiative
    return Say(card=_report(actor, initiative, Month.of(actor.today), 0, work))


def on_profile_opened(actor: Actor, press: Press, work: Work) -> AnyReply:
    """One's own record of the last twelve months, beside what it was asked from."""
    return Say(card=_profile(actor, last_twelve_months(actor.today), work))


def on_export(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`contribute export 2026`: one's own entries as a file; for HR everybody's as well."""
    period = _period_asked(actor, command)
    when = "all days" if period is None else period_words(period)
    own = Scope(reach=Reach.OWN, person_id=actor.person.id, period=period)
    everybody = own.model_copy(update={"reach": Reach.ALL})
    elements: list[Shown] = [
        Heading(text="Contributions as a file"),
        Text(runs=runs(f"Your own entries, {when}. Those that wait for your word are in it, marked so.")),
        Buttons(items=file_buttons(own, "your entries", ("csv", "xlsx", "jsonl"))),
    ]
    if may_have(actor.person, everybody):
        elements += [
            Divider(),
            Text(runs=runs(f"Everybody's counted entries, {when}. You may have them because you are in HR.")),
            Buttons(items=file_buttons(everybody, "everybody's entries", ("csv", "xlsx", "jsonl"))),
        ]
    hint = "For one initiative use `contribute report claims`; for other days add a month or a year."
    elements.append(Context(runs=marked(actor.origin, hint)))
    return Say(card=Card(summary="Contributions as a file: choose a format", elements=tuple(elements)))


def on_file(actor: Actor, press: Press, work: Work) -> AnyReply:
    """A file asked for. The value is "reach initiative first last format", "-" for nothing."""
    scope, form = _scope_asked(actor.person, press.value)
    initiative = None if scope.initiative_id is None else initiatives.by_id(work, scope.initiative_id)
    if scope.initiative_id is not None and initiative is None:
        raise NoSuchInitiative
    if not may_have(actor.person, scope, _parts(initiative, actor.person)):
        raise NotAllowed
    words = [initiative.key] if initiative is not None else []
    words += {Reach.OWN: ["mine"], Reach.ALL: ["everybody"]}.get(scope.reach, [])
    message = exports.contributions_file(scope, form, "-".join(words))
    send_file(work, f"file:{press.key}", actor, message)
    return Say(card=sentence("I will send it to you here."))


def on_profile(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`contribute profile 2026`: one's own record, for a review conversation."""
    period = _period_asked(actor, command) or last_twelve_months(actor.today)
    return Say(card=_profile(actor, period, work))


def on_profile_shown(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Another period. The value is "first last"."""
    return Replace(card=_profile(actor, _period_of(press.value), work))


def on_profile_file(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The record as a page to keep or print."""
    message = exports.profile_file(actor.person.id, _period_of(press.value))
    send_file(work, f"file:{press.key}", actor, message)
    return Say(card=sentence("I will send it to you here."))


CAPABILITY = Capability(
    name="reports",
    help=(
        ("contribute report claims October", "who put what into an initiative in a month"),
        ("contribute profile", "your own record, ready for a review conversation"),
        ("contribute export 2026", "your entries as a file"),
    ),
    commands={
        "contribute report": on_report,
        "contribute export": on_export,
        "contribute profile": on_profile,
    },
    presses={
        "report.open": on_report_opened,
        "report.show": on_report_shown,
        "report.file": on_file,
        "profile.mine": on_profile_opened,
        "profile.show": on_profile_shown,
        "profile.file": on_profile_file,
    },
    reads=frozenset(
        {
            "contribute report",
            "contribute export",
            "contribute profile",
            "report.open",
            "report.show",
            "profile.mine",
            "profile.show",
        }
    ),
)


def file_buttons(scope: Scope, what: str, forms: tuple[ExportFormat, ...]) -> tuple[Button, ...]:
    """A button for each format; `what` says aloud whose entries they are."""
    days = ("-", "-")
    if scope.period is not None:
        days = (scope.period.first.isoformat(), scope.period.last.isoformat())
    value = f"{scope.reach.value} {scope.initiative_id or '-'} {days[0]} {days[1]}"
    labels: dict[ExportFormat, str] = {"csv": "CSV", "xlsx": "XLSX", "jsonl": "JSON Lines"}
    return tuple(
        Button(
            label=labels[form],
            action="report.file",
            value=f"{value} {form}",
            described=f"Send me {what} as {labels[form]}",
        )
        for form in forms
    )


def _report(actor: Actor, initiative: Initiative, month: Month, skip: int, work: Work) -> Card:
    """The whole report for those who may read it; for everybody else their own part."""
    person = actor.person
    parts = _parts(initiative, person)
    whole = may(person, Act.REPORT_INITIATIVE, parts)
    if whole:
        found = reports.report(work, initiative.id, month.period, skip=skip, limit=PAGE)
    else:
        found = reports.own_report(work, initiative.id, month.period, person.id)
    scope = Scope(
        reach=Reach.INITIATIVE if whole else Reach.OWN,
        person_id=person.id,
        initiative_id=initiative.id,
        period=month.period,
    )
    files: tuple[Button, ...] = ()
    if found.entries and may_have(person, scope, parts):
        files = file_buttons(scope, f"this month of {initiative.name}", ("csv", "xlsx"))
    return initiative_card(found, initiative, month, today=actor.today, skip=skip, own=not whole, files=files)


def _choice(actor: Actor, month: Month, work: Work) -> Card:
    """The initiatives on which somebody may report; else those that they gave something to."""
    known = initiatives.active(work)
    person = actor.person
    mine = [one for one in known if may(person, Act.REPORT_INITIATIVE, _parts(one, person))]
    if mine:
        return _offer("Which initiative?", mine, month)
    given = reports.contributed_to(work, person.id)
    mine = [one for one in known if one.id in given]
    if mine:
        return _offer("Which initiative? You see your own part of it.", mine, month)
    words = "You have logged nothing yet, so there is nothing to report. `contribute` opens the form."
    return Card(summary="Nothing to report yet", elements=(Text(runs=marked(actor.origin, words)),))


def _offer(question: str, some: tuple[Initiative, ...] | list[Initiative], month: Month) -> Card:
    buttons = tuple(
        Button(
            label=one.name,
            action="report.show",
            value=f"{one.id} {month.key} 0",
            described=f"Report on {one.name}",
        )
        for one in some[:MOST_OFFERED]
    )
    elements: list[Shown] = [Text(runs=runs(question)), Buttons(items=buttons)]
    if len(some) > MOST_OFFERED:
        note = f"These are {MOST_OFFERED} of {len(some)}; for another one type its name."
        elements.append(Context(runs=runs(note)))
    return Card(summary=question, elements=tuple(elements))


def _profile(actor: Actor, period: Period, work: Work) -> Card:
    record = reports.record(work, actor.person.id, period)
    first = reports.first_year(work, actor.person.id)
    return records.card(record, actor.origin, today=actor.today, first_year=first)


def _period_asked(actor: Actor, command: Command) -> Period | None:
    """What the command's text names; None for nothing. Raises NotAPeriod."""
    if not command.text.strip():
        return None
    period = parse_period(command.text, today=actor.today)
    if period is None:
        raise NotAPeriod
    return period


def _period_of(value: str) -> Period:
    try:
        first, last = value.split(" ")
        return Period(first=date.fromisoformat(first), last=date.fromisoformat(last))
    except ValueError as error:
        raise OldButton from error


def _scope_asked(person: Person, value: str) -> tuple[Scope, ExportFormat]:
    try:
        reach, number, first, last, form = value.split(" ")
        scope = Scope(
            reach=Reach(reach),
            person_id=person.id,
            initiative_id=None if number == "-" else _number(number),
            period=None if first == "-" else _period_of(f"{first} {last}"),
        )
    except ValueError as error:
        raise OldButton from error
    match form:
        case "csv" | "xlsx" | "jsonl" as known:
            return scope, known
        case _:
            raise OldButton


def _number(text: str) -> int:
    """A number as our own buttons write it. Raises ValueError."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise ValueError(text)
    return int(text)


def _parts(initiative: Initiative | None, person: Person) -> frozenset[Part]:
    return frozenset() if initiative is None else initiative.parts_of(person.id)
