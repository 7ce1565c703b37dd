"""Readings: typed in one line, or filled in."""

import re
from datetime import date

from domain.contributions import clean, day_words
from domain.errors import InvalidField, NoSuchInitiative, NotAllowed, Refused
from domain.initiatives import Initiative
from domain.kpis import (
    NUMBER_EXAMPLE,
    Kpi,
    Reading,
    amount_words,
    change_words,
    check_day,
    has_decimal_comma,
    parse_number,
)
from handlers.capability import Actor, AnyReply
from handlers.cards import Context, DateInput, Form, Text, TextInput, runs, strong
from handlers.conversation import Command, Open, Press, Say, Submission
from handlers.keeping import Closed, by_value
from handlers.kpis import page
from handlers.kpis.form import NoSuchKpi, known
from handlers.phrases import find_day, find_initiative
from storage import kpis
from storage.store import Work

NAME = "kpi.noted"
#: How many words of a line may be an initiative's name.
MOST_WORDS = 8
#: And how many a KPI's.
MOST_NAMING = 24


class NotYourNumber(NotAllowed):
    """Only the person whose number it is, the sponsors, the product owner and administrators note its readings."""


class WhichInitiative(Refused):
    """Please say which initiative: `initiative kpi claims`."""


class NotANumber(Refused):
    """Please give one number, such as 14.2."""


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative kpi claims`, `initiative kpi claims handling-time`, `initiative kpi claims handling-time 14.2`"""
    text = clean(command.text)
    if not text:
        raise WhichInitiative
    initiative, kpi, rest = _understood(text, work)
    if kpi is None:
        return Say(card=page.all_of(actor, initiative, work))
    if not rest:
        return Say(card=page.one_of(actor, initiative, kpi, work))
    _require(actor, kpi, initiative)
    found = find_day(rest, today=actor.today)
    day = actor.today if found is None else found[0]
    if found is not None:
        rest = rest[: found[1]] + " " + rest[found[2] :]
    value = _number(actor, rest, kpi.unit)
    if value is None:
        line = f"initiative kpi {initiative.key} {kpi.key}"
        raise NotANumber(
            f"I could not read one number there. Please type it like this: `{line} 14.2` or `{line} 14.2 yesterday`."
        )
    try:
        check_day(day, today=actor.today)
    except InvalidField as invalid:
        raise Refused(invalid.errors["day"]) from None
    return _note(actor, initiative, kpi, day, value, work)


def on_show(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Say(card=page.all_of(actor, by_value(press.value, work), work))


def on_reading(actor: Actor, press: Press, work: Work) -> AnyReply:
    kpi, initiative = known(press.value, work)
    _require(actor, kpi, initiative)
    return Open(form=_form(initiative, kpi, "", actor.today))


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    kpi, initiative = known(submission.context, work)
    _require(actor, kpi, initiative)
    errors: dict[str, str] = {}
    value = _number(actor, submission.text("value"), kpi.unit)
    if value is None:
        errors["value"] = NUMBER_EXAMPLE
    day = _day(submission.text("day"))
    if day is None:
        errors["day"] = "Please pick a day."
    else:
        try:
            check_day(day, today=actor.today)
        except InvalidField as invalid:
            errors |= invalid.errors
    if errors or value is None or day is None:
        raise InvalidField(**errors)
    return _note(actor, initiative, kpi, day, value, work)


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    kpi, initiative = known(submission.context, work)
    return _form(initiative, kpi, submission.text("value"), _day(submission.text("day")))


def _understood(text: str, work: Work) -> tuple[Initiative, Kpi | None, str]:
    """The initiative that a line begins with, the KPI that follows, and the rest. Raises Refused.

    Both may be several words: the first split after which a known KPI follows is the one that is meant.
    """
    words = text.split()
    problem: Refused | None = None
    named: Initiative | None = None
    for count in range(1, min(len(words), MOST_WORDS) + 1):
        try:
            found = find_initiative(work, " ".join(words[:count]))
        except Refused as refused:
            problem = problem or refused
            continue
        if count == len(words):
            return found, None, ""
        # A longer name is the better understood one, as long as it means something.
        named = found
        kpi, rest = _kpi(words[count:], kpis.of(work, found.id))
        if kpi is not None:
            return found, kpi, rest
    if named is None:
        raise problem or NoSuchInitiative()
    keys = ", ".join(kpi.key for kpi in kpis.of(work, named.id))
    if not keys:
        raise NoSuchKpi(f"{named.name} has no KPI yet. `initiative kpi {named.key}` is where one begins.")
    raise NoSuchKpi(f"I cannot find that KPI. {named.name} has these: {keys}.")


def _kpi(words: list[str], choice: list[Kpi]) -> tuple[Kpi | None, str]:
    """The KPI that words begin with, by key or by name, and what stands behind it."""
    for count in range(min(len(words), MOST_NAMING), 0, -1):
        typed = _bare(" ".join(words[:count]))
        for kpi in choice:
            if typed in (_bare(kpi.key), _bare(kpi.name)):
                return kpi, " ".join(words[count:])
    return None, ""


def _bare(text: str) -> str:
    return re.sub(r"[\s_-]+", "-", text.casefold()).strip("-:=")


def _number(actor: Actor, text: str, unit: str) -> float | None:
    """The one number in a text, with or without its unit behind it."""
    text = clean(text).strip(" :=,;")
    # Words such as "14.2 minutes" and "62%" say the unit too.
    for ending in (unit, "%"):
        if text.casefold().endswith(ending.casefold()):
            text = text[: -len(ending)].rstrip()
            break
    return parse_number(text, decimal_comma=has_decimal_comma(actor.person.locale))


def _note(actor: Actor, initiative: Initiative, kpi: Kpi, day: date, value: float, work: Work) -> AnyReply:
    before = kpis.values(work, [kpi.id], [day]).get((kpi.id, day))
    kpis.note(work, Reading(kpi_id=kpi.id, day=day, value=value, noted_by_id=actor.person.id))
    said = f"Noted for {day_words(day, actor.today)}: {change_words(kpi, value)}."
    if before is not None and before != value:
        said += f" It takes the place of {amount_words(kpi, before)}, noted for that day before."
    return Say(card=page.one_of(actor, initiative, kpi, work, note=said))


def _require(actor: Actor, kpi: Kpi, initiative: Initiative) -> None:
    if not page.may_note(actor, kpi, initiative):
        raise NotYourNumber
    if initiative.closed:
        raise Closed


def _form(initiative: Initiative, kpi: Kpi, value: str, day: date | None) -> Form:
    return Form(
        name=NAME,
        title="Note a reading",
        elements=(
            Text(runs=runs(strong(f"{initiative.name}: {kpi.name}"), f", in {kpi.unit}")),
            TextInput(name="value", label="Reading", value=value or None, placeholder="14.2", max_length=40),
            DateInput(name="day", label="Day", value=day),
            Context(runs=runs("One reading a day: a later one takes its place. Everybody can see it.")),
        ),
        context=str(kpi.id),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
