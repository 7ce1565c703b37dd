"""Limits in chat: what a tool does not do well, and whose work it changes."""

from domain.contributions import day_words
from domain.errors import Refused
from domain.initiatives import Initiative
from domain.limits import MAX_TEXT, MAX_WHOSE, Extent, Limit, change_words, check
from handlers.capability import Actor, AnyReply, Capability, FormRoute, marked
from handlers.cards import (
    Button,
    Buttons,
    Card,
    ChoiceInput,
    Confirm,
    Context,
    Divider,
    Form,
    Heading,
    Option,
    Shown,
    Text,
    TextInput,
    runs,
    strong,
)
from handlers.conversation import Command, Open, Press, Replace, Say, Submission
from handlers.keeping import (
    asked_for,
    button,
    by_value,
    log_change,
    may_keep,
    names_of,
    number_of,
    require_keeper,
)
from storage import limits
from storage.store import Work

#: How many are shown at once; a card with more is not read.
MOST_SHOWN = 12
MOST_WITHDRAWN = 5

_EXTENTS = (
    Option(key=Extent.SUBSTANTIALLY.value, label="Substantially"),
    Option(key=Extent.AT_THE_MARGIN.value, label="At the margin"),
    Option(key=Extent.NOT.value, label="Not"),
)


class NoSuchLimit(Refused):
    """I cannot find that limit. `initiative limits claims` shows the ones that hold now."""


class WithdrawnBefore(Refused):
    """That limit was withdrawn already; nothing was changed."""


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative limits claims`"""
    initiative = asked_for(command, work, "initiative limits claims")
    return Say(card=_shown(actor, initiative, work))


def on_show(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Say(card=_shown(actor, by_value(press.value, work), work))


def on_new(actor: Actor, press: Press, work: Work) -> AnyReply:
    initiative = by_value(press.value, work)
    require_keeper(actor, initiative)
    return Open(form=_form(initiative, {}))


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    initiative = by_value(submission.context, work)
    require_keeper(actor, initiative)
    draft = check({name: submission.text(name) for name in submission.values})
    number = limits.state(work, initiative.id, draft, stated_on=actor.today, stated_by_id=actor.person.id)
    log_change(actor, initiative, "limit.stated", work, now=draft, limit=number)
    return Say(card=_shown(actor, initiative, work, note="It is stated, for everybody to read."))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    values = {name: submission.text(name) for name in submission.values}
    return _form(by_value(submission.context, work), values)


def on_withdraw(actor: Actor, press: Press, work: Work) -> AnyReply:
    number = number_of(press.value)
    limit = None if number is None else limits.by_id(work, number)
    if limit is None:
        raise NoSuchLimit
    initiative = by_value(str(limit.initiative_id), work)
    require_keeper(actor, initiative)
    if not limits.withdraw(work, limit.id, on=actor.today):
        raise WithdrawnBefore
    log_change(actor, initiative, "limit.withdrawn", work, limit=limit.id)
    return Replace(card=_shown(actor, initiative, work, note="It is withdrawn, and kept with its days."))


def section(actor: Actor, initiative: Initiative, work: Work) -> tuple[Shown, ...]:
    """What `initiative show` says of the limits."""
    known = limits.of(work, initiative.id)
    if not known:
        text = f"Limits: none are stated yet. `initiative limits {initiative.key}` is where they go."
        return (Text(runs=marked(actor.origin, text)), *_new(actor, initiative))
    first = known[0]
    more = len(known) - 1
    said = f"{first.text} {change_words(first)}"
    small = (
        f"`initiative limits {initiative.key}` shows {f'all {len(known)}' if more else 'it with its day'}."
    )
    return (
        Text(runs=runs(strong("Limits: "), said)),
        Context(runs=marked(actor.origin, small)),
        *_new(actor, initiative),
    )


def _shown(actor: Actor, initiative: Initiative, work: Work, *, note: str | None = None) -> Card:
    current, former = limits.of(work, initiative.id), limits.withdrawn(work, initiative.id)
    names = names_of({limit.stated_by_id for limit in current}, work)
    title = f"Limits of {initiative.name}"
    elements: list[Shown] = [Heading(text=title)]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    if not current:
        elements.append(
            Text(
                runs=runs(
                    "Nobody has stated a limit yet. Every tool has some: what it does not do well, and whose "
                    "work it changes. People trust what says where it ends. "
                    "Its sponsors and the product owner state them here."
                )
            )
        )
    for limit in current[:MOST_SHOWN]:
        elements += [Divider(), *_one(actor, limit, names.get(limit.stated_by_id, "somebody"))]
        if may_keep(actor, initiative):
            elements.append(Buttons(items=(_withdraw(limit),)))
    if len(current) > MOST_SHOWN:
        left = len(current) - MOST_SHOWN
        elements.append(
            Context(runs=runs(f"{left} older {'one is' if left == 1 else 'ones are'} not shown."))
        )
    if former:
        elements += [Divider(), Text(runs=runs(strong("No longer so")))]
        for limit in former[:MOST_WITHDRAWN]:
            since, until = (
                day_words(day, actor.today) for day in (limit.stated_on, limit.withdrawn_on) if day
            )
            elements.append(Context(runs=runs(f"{limit.text} Stated {since}, withdrawn {until}.")))
        if len(former) > MOST_WITHDRAWN:
            elements.append(Context(runs=runs(f"{len(former) - MOST_WITHDRAWN} more were withdrawn before.")))
    elements.append(Context(runs=runs("Everybody can read this page.")))
    elements += _new(actor, initiative)
    return Card(summary=f"{title}: {len(current)} stated", elements=tuple(elements))


def _one(actor: Actor, limit: Limit, who: str) -> tuple[Shown, ...]:
    return (
        Text(runs=runs(strong(limit.text))),
        Text(runs=runs(change_words(limit))),
        Context(runs=runs(f"Stated {day_words(limit.stated_on, actor.today)} by {who}.")),
    )


def _withdraw(limit: Limit) -> Button:
    return Button(
        label="Withdraw",
        action="limit.withdraw",
        value=str(limit.id),
        described=f"Withdraw limit {limit.id}",
        confirm=Confirm(
            title="Withdraw this limit?",
            text="It is no longer shown as holding. It stays on the page with its days.",
            yes="Withdraw",
        ),
    )


def _new(actor: Actor, initiative: Initiative) -> tuple[Shown, ...]:
    if not may_keep(actor, initiative):
        return ()
    return (Buttons(items=(button("State a limit", "limit.new", initiative.id, initiative.name),)),)


def _form(initiative: Initiative, values: dict[str, str]) -> Form:
    return Form(
        name="limit.form",
        title="State a limit",
        elements=(
            Text(runs=runs(strong(initiative.name))),
            TextInput(
                name="text",
                label="What it does not do well",
                value=values.get("text") or None,
                placeholder="It misreads handwritten letters.",
                multiline=True,
                max_length=MAX_TEXT,
            ),
            TextInput(
                name="whose",
                label="Whose work is meant",
                value=values.get("whose") or None,
                placeholder="adjusters in Claims",
                hint="In words: a team, a role, customers.",
                max_length=MAX_WHOSE,
            ),
            ChoiceInput(
                name="extent",
                label="How much does the tool change their work?",
                options=_EXTENTS,
                value=values.get("extent") if values.get("extent") in set(Extent) else None,
                placeholder="Choose one",
            ),
            Context(runs=runs("Everybody can read it, with your name and today's date.")),
        ),
        context=str(initiative.id),
    )


CAPABILITY = Capability(
    name="limits",
    help=(("initiative limits claims", "what it does not do well, and whose work it changes"),),
    commands={"initiative limits": on_command},
    presses={"limit.show": on_show, "limit.new": on_new, "limit.withdraw": on_withdraw},
    forms={"limit.form": FormRoute(submit=on_submit, again=again)},
    reads=frozenset({"initiative limits", "limit.show", "limit.new"}),
)
