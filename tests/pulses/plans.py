"""What people do when they plan a pulse, for the tests of it."""

from typing import Any

import sqlalchemy as sa

from domain.people import Platform
from handlers.capability import AnyReply
from handlers.cards import Button, Card, Form, MultiChoiceInput
from handlers.conversation import FieldErrors, Open, Say, Submission
from storage import people, pulses
from storage.people import person
from storage.pulses import Kept
from storage.store import Work
from tests.chat import button, card_of, key, labels, words
from tests.pulses.conftest import Poll


def filled(form: Form) -> dict[str, Any]:
    """What a form shows, as it is sent in unchanged."""
    values: dict[str, Any] = {}
    for one in form.inputs():
        if isinstance(one, MultiChoiceInput):
            values[one.name] = one.values
        else:
            value = getattr(one, "value", None)
            values[one.name] = None if value is None else str(value)
    return values


async def send(
    poll: Poll, who: str, opened: AnyReply, platform: Platform = "slack", **values: Any
) -> AnyReply:
    """Send in a form as it was opened, with these inputs changed."""
    assert isinstance(opened, Open | FieldErrors), opened
    form = opened.form
    assert form is not None
    shown = filled(form)
    assert values.keys() <= shown.keys(), (values.keys(), shown.keys())
    return await poll.send(
        Submission(
            key=key(),
            origin=poll.origin(who, platform),
            form=form.name,
            values=shown | values,
            context=form.context,
        )
    )


async def drafted(poll: Poll, who: str = "Hana", **values: Any) -> Card:
    """The card of a new draft, as its drafter gets it."""
    reply = await send(poll, who, await poll.say(who, "pulse new"), **values)
    assert isinstance(reply, Say), reply
    assert "is a draft" in words(reply.card)
    return await latest(poll, who)


async def latest(poll: Poll, who: str) -> Card:
    """The last card of a plan that somebody was sent just now."""
    sent = await poll.sent()
    return [card for to, card in sent if to == who and "What people are promised" in labels(card)][-1]


async def changed(poll: Poll, who: str, card: Card, label: str, **values: Any) -> Card:
    """Press a button that opens a form, send it in changed, and see the draft."""
    return card_of(await send(poll, who, await poll.press(who, button(card, label)), **values))


async def errors(poll: Poll, who: str, opened: AnyReply, **values: Any) -> dict[str, str]:
    reply = await send(poll, who, opened, **values)
    assert isinstance(reply, FieldErrors), reply
    return reply.errors


async def the_plan(poll: Poll) -> Kept:
    """The plan that was made last."""

    def unit(work: Work) -> Kept:
        number = work.connection.execute(sa.select(sa.func.max(pulses.pulse_plan.c.id))).scalar_one()
        kept = pulses.kept(work, number)
        assert kept is not None
        return kept

    return await poll.store.read(unit)


async def department(poll: Poll, name: str) -> str:
    """The id of a department, as a form gives it."""
    known = await poll.store.read(people.departments)
    return str(next(number for number, path in known if path == name))


async def has_roles(poll: Poll, who: str, roles: str) -> None:
    number = poll.company.person[who]
    await poll.store.write(
        lambda work: work.connection.execute(
            sa.update(person).where(person.c.id == number).values(roles=roles)
        )
    )


async def approved(poll: Poll, **values: Any) -> int:
    """Draft a pulse and have both approve it; the plan's id."""
    shown = await drafted(poll, **values)
    await poll.press("Hana", button(shown, "Approve"))
    await poll.press("Emil", button(await latest(poll, "Emil"), "Approve"))
    return (await the_plan(poll)).id


def show(number: int) -> Button:
    """The button of a list that shows a plan."""
    return Button(label="", action="pulse.plan.show", value=str(number))
