"""All initiatives at once, and which of them nobody from the business has made their own."""

from collections.abc import Sequence

from domain.initiatives import Gap, Initiative, eligible, name_test
from domain.people import Act, Part, Person, may
from handlers.capability import Actor, AnyReply, marked
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Column,
    Context,
    Divider,
    Heading,
    Shown,
    Table,
    Text,
    runs,
    sentence,
    strong,
)
from handlers.conversation import Command, Press, Replace, Say
from handlers.initiatives import roles
from handlers.initiatives.finding import may_edit
from handlers.initiatives.show import on_show
from handlers.keeping import may_keep
from storage import initiatives, kpis
from storage import people as directory
from storage.store import Work

PAGE = 20


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative` alone lists them; `initiative claims` shows one."""
    if command.text.strip():
        return on_show(actor, command, work)
    return on_list(actor, command, work)


def on_list(actor: Actor, command: Command, work: Work) -> AnyReply:
    return Say(card=_listed(actor, 0, work))


def on_page(actor: Actor, press: Press, work: Work) -> AnyReply:
    skip = int(press.value) if press.value.isascii() and press.value.isdecimal() else 0
    return Replace(card=_listed(actor, skip, work))


def _listed(actor: Actor, skip: int, work: Work) -> Card:
    known = initiatives.active(work)
    shown = known[skip : skip + PAGE]
    if not known:
        text = "There is no initiative yet."
        if may(actor.person, Act.CREATE_INITIATIVE):
            text += " `initiative new` adds the first one."
        return sentence(*marked(actor.origin, text))
    people = directory.by_ids(work, {holder for one in shown for holder in one.holders.values()})
    title = f"{len(known)} initiative{'' if len(known) == 1 else 's'}"
    elements: list[Shown] = [
        Heading(text=title),
        Table(
            caption="Initiatives and who answers for them",
            columns=tuple(
                Column(label=label)
                for label in ("Initiative", "Key", "Stage", "Department", "Business sponsor", "Product owner")
            ),
            rows=tuple(_row(one, people) for one in shown),
        ),
        *_name_test(actor, shown, people, work),
        Context(
            runs=marked(
                actor.origin,
                "`initiative show claims` shows one; `contribute 3h data on claims: ...` logs for it.",
            )
        ),
    ]
    turns = []
    if skip:
        turns.append(Button(label="Earlier", action="initiative.list", value=str(max(0, skip - PAGE))))
    if skip + PAGE < len(known):
        turns.append(Button(label="More", action="initiative.list", value=str(skip + PAGE)))
    if turns:
        elements.append(Buttons(items=tuple(turns)))
    return Card(summary=title, elements=tuple(elements))


def _row(one: Initiative, people: dict[int, Person]) -> tuple[str, ...]:
    sponsor = people[one.business_sponsor_id].name
    if not one.accepted(Part.BUSINESS_SPONSOR):
        sponsor += " (asked)"
    owner = people[one.product_owner_id].name
    return (one.name, one.key, one.stage.words.split(",")[0], one.department, sponsor, owner)


def _name_test(
    actor: Actor, shown: Sequence[Initiative], people: dict[int, Person], work: Work
) -> list[Shown]:
    """What each initiative lacks before somebody from the business answers for it, and how to mend it."""
    numbered = kpis.business_owned(work, {one.id for one in shown})
    elements: list[Shown] = []
    for one in shown:
        gaps = name_test(one, people, business_number=one.id in numbered)
        if not gaps:
            continue
        if not elements:
            elements.append(Divider())
        elements.append(Text(runs=runs(strong(f"{one.name}: "), " ".join(gaps))))
        buttons = _mending(actor, one, gaps, people)
        if buttons:
            elements.append(Buttons(items=buttons))
    return elements


def _mending(
    actor: Actor, one: Initiative, gaps: Sequence[Gap], people: dict[int, Person]
) -> tuple[Button, ...]:
    buttons: list[Button] = []
    sponsor = people[one.business_sponsor_id]
    fits = eligible(Part.BUSINESS_SPONSOR, sponsor, one.department) is None
    if Gap.SPONSOR in gaps and fits and sponsor.id == actor.person.id:
        buttons.append(
            Button(
                label="Look at it",
                action="initiative.show",
                value=str(one.id),
                described=f"Look at {one.name}, to accept it",
            )
        )
    elif Gap.SPONSOR in gaps and fits and roles.may_ask(actor, one):
        buttons.append(roles.ask_button(one, Part.BUSINESS_SPONSOR, sponsor))
    if Gap.NUMBER in gaps and may_keep(actor, one):
        buttons.append(
            Button(
                label="Add a KPI",
                action="kpi.new",
                value=str(one.id),
                described=f"Add a KPI to {one.name}",
            )
        )
    if (Gap.OWNER in gaps or (Gap.SPONSOR in gaps and not fits)) and may_edit(actor, one):
        buttons.append(
            Button(
                label="Name somebody",
                action="initiative.edit",
                value=str(one.id),
                described=f"Name somebody from the business for {one.name}",
            )
        )
    return tuple(buttons)
