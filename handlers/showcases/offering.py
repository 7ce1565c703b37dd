"""Offering something for the showcase: by the form, from the agenda, or when the bot asks."""

import json
from dataclasses import dataclass, replace
from typing import Any

from domain.contributions import Contribution
from domain.errors import InvalidField, Refused
from domain.initiatives import Initiative, read_lesson
from domain.people import Part, Person
from domain.showcases import (
    LONGEST_SHOWN,
    MAX_LEARNED,
    MAX_TRIED,
    USUAL_SHOWN,
    Offer,
    OfferDraft,
    Showcase,
    State,
    check_offer,
    when_words,
)
from handlers.capability import Actor, AnyReply, keep_up, tell
from handlers.cards import (
    Button,
    Buttons,
    Card,
    ChoiceInput,
    Context,
    Form,
    NumberInput,
    Option,
    Text,
    TextInput,
    runs,
    sentence,
    strong,
)
from handlers.conversation import Command, Open, Press, Replace, Say, Submission
from handlers.keeping import person_input
from handlers.people import colleague
from handlers.showcases import page
from handlers.showcases.finding import (
    NoSuchOffer,
    by_value,
    coming,
    number_of,
    own_offer,
    subject,
)
from storage import contributions, initiatives, showcases
from storage import people as directory
from storage.store import Work

FORM = "showcase.offering"
WORKED = (
    Option(key="yes", label="It worked"),
    Option(key="no", label="It did not work, and that taught us something"),
)


class IsOver(Refused):
    """That showcase is over, so what was shown stays as it was shown. `showcase offer` is for the next one."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the form's inputs."""

    tried: str = ""
    initiative: str | None = None
    learned: str = ""
    worked: str | None = None
    presenter_id: int | None = None
    #: As it was picked in a form that was sent in: the platform's own user id.
    picked: str | None = None
    duration: str = str(USUAL_SHOWN)


def on_offer(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`showcase offer`, with what was tried behind it if one likes."""
    one = coming(work)
    tried = " ".join(command.text.split())[:MAX_TRIED]
    return Open(form=_form(actor, one, None, Filled(tried=tried, presenter_id=actor.person.id), work))


def on_offer_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The form; from a proposal it is filled with what was proposed ("c12" an entry, "i3" an initiative)."""
    one = coming(work)
    filled = replace(_proposed(actor, press.value, work), presenter_id=actor.person.id)
    return Open(form=_form(actor, one, None, filled, work), beside=True)


def on_not_now(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Replace(
        card=sentence("Not this time, then. I ask again next month at the earliest; nobody is told.")
    )


def on_edit(actor: Actor, press: Press, work: Work) -> AnyReply:
    offer = own_offer(actor, press.value, work)
    return Open(form=_form(actor, _open(offer, work), offer, _filled(offer), work), beside=True)


def on_withdraw(actor: Actor, press: Press, work: Work) -> AnyReply:
    offer = own_offer(actor, press.value, work)
    one = _open(offer, work)
    if not showcases.withdraw_offer(work, offer.id):
        raise NoSuchOffer
    keep_up(work, subject(one))
    _tell_other(actor, offer, one, "withdrew what you were to show", f"withdrawn:{press.key}", work)
    return Say(card=sentence("Withdrawn: ", strong(offer.tried), ". It can be offered again at any time."))


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A new offer, or a change to one."""
    aim, offer = _aim(actor, submission, work)
    draft = _read(actor, submission, offer, work)
    if offer is None:
        number = showcases.add_offer(work, aim.id, draft, offered_by_id=actor.person.id)
        note = "Thank you. It is on the agenda."
    else:
        number = offer.id
        if not showcases.change_offer(work, number, draft):
            raise NoSuchOffer
        note = "Changed."
    keep_up(work, subject(aim))
    stored = showcases.offer_by_id(work, number)
    if stored is None:
        raise NoSuchOffer
    if offer is None or offer.presenter_id != stored.presenter_id:
        _tell_other(actor, stored, aim, "would like you to show something", f"offered:{submission.key}", work)
    return Say(card=_offered(actor, stored, aim, note, work))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    aim, offer = _aim(actor, submission, work)
    filled = Filled(
        tried=submission.text("tried"),
        initiative=submission.text("initiative") or None,
        learned=submission.text("learned"),
        worked=submission.text("worked") or None,
        picked=submission.text("presenter"),
        presenter_id=actor.person.id if offer is None else offer.presenter_id,
        duration=submission.text("duration"),
    )
    return _form(actor, aim, offer, filled, work)


def proposal(owner: Person, about: Initiative, entry: Contribution | None, one: Showcase) -> Card:
    """ "Would you show this?", to a product owner."""
    if entry is None:
        what = runs(
            strong(about.name),
            " was stopped, and what it taught is worth more told than filed. Would you show it?",
        )
        value = f"i{about.id}"
    else:
        what = runs("From the log of ", strong(about.name), f": “{entry.what[:300]}” Would you show this?")
        value = f"c{entry.id}"
    said = "".join(run.text for run in what)
    return Card(
        summary=said,
        elements=(
            Text(runs=what),
            Text(
                runs=runs(
                    f"The showcase is on {when_words(one, owner.time_zone)}. Ten minutes are enough, and it need not "
                    f"be you who shows it. {page.EQUALLY}"
                )
            ),
            Buttons(
                items=(
                    Button(
                        label="Yes, fill in the form", action="showcase.offer", value=value, style="primary"
                    ),
                    Button(label="Not this time", action="showcase.notnow"),
                )
            ),
            Context(runs=runs("I ask at most once a month. Nobody is told what you answer.")),
        ),
    )


def _offered(actor: Actor, offer: Offer, one: Showcase, note: str, work: Work) -> Card:
    shown = page.seen(work, one)
    when = when_words(one, actor.person.time_zone)
    lines = (
        Text(
            runs=runs(
                note, " ", strong(offer.tried), f" is shown by {shown.name(offer.presenter_id)} on {when}."
            )
        ),
        Context(runs=runs(f"{page.credit_of(shown, offer)}. {offer.duration_minutes} minutes.")),
        page.own_buttons(offer),
        Buttons(items=(page.agenda_button(one),)),
    )
    return Card(summary=f"{note} {offer.tried}", elements=lines)


def _tell_other(actor: Actor, offer: Offer, one: Showcase, what: str, key: str, work: Work) -> None:
    """Tell whoever shows it, if somebody else did something about it."""
    if offer.presenter_id == actor.person.id:
        return
    presenter = directory.by_id(work, offer.presenter_id)
    zone = None if presenter is None else presenter.time_zone
    said = runs(
        strong(actor.person.name),
        f" {what} at the showcase on {when_words(one, zone)}: ",
        strong(offer.tried),
        ".",
    )
    text = "".join(run.text for run in said)
    still = showcases.offer_by_id(work, offer.id)
    more = () if still is None or still.withdrawn else (page.own_buttons(offer),)
    tell(work, f"showcase:{key}", offer.presenter_id, Card(summary=text, elements=(Text(runs=said), *more)))


def _form(actor: Actor, one: Showcase, offer: Offer | None, filled: Filled, work: Work) -> Form:
    known = [Option(key=str(about.id), label=about.name) for about in initiatives.active(work)]
    chosen = filled.initiative
    if chosen is not None and chosen not in {option.key for option in known}:
        former = initiatives.by_id(work, number_of(chosen) or 0)
        if former is None:
            chosen = None
        else:
            known.append(Option(key=chosen, label=f"{former.name} (archived)"))
    minutes = filled.duration if filled.duration.isdecimal() else str(USUAL_SHOWN)
    return Form(
        name=FORM,
        title="Offer something to show" if offer is None else "Change the offer",
        submit="Offer it" if offer is None else "Save",
        elements=(
            Text(runs=runs(f"For the showcase on {when_words(one, actor.person.time_zone)}. {page.EQUALLY}")),
            TextInput(
                name="tried",
                label="What was tried",
                value=filled.tried[:MAX_TRIED] or None,
                placeholder="Letting triage sort the Monday queue",
                max_length=MAX_TRIED,
            ),
            *_initiative_input(known, chosen),
            TextInput(
                name="learned",
                label="What was learned",
                value=filled.learned[:MAX_LEARNED] or None,
                placeholder="What did you expect, what happened, what do you know now?",
                multiline=True,
                max_length=MAX_LEARNED,
            ),
            ChoiceInput(name="worked", label="How it went", options=WORKED, value=filled.worked),
            person_input(
                actor,
                "presenter",
                "Who shows it",
                work,
                typed=filled.picked,
                held_by=filled.presenter_id,
                hint="They are told, and can change it too.",
            ),
            NumberInput(
                name="duration", label="Minutes", value=float(minutes[:3]), minimum=1, maximum=LONGEST_SHOWN
            ),
            Context(
                runs=runs(
                    "Everybody can read the agenda. It names the department first, then whoever shows it."
                )
            ),
        ),
        context=json.dumps({"s": one.id} if offer is None else {"s": one.id, "o": offer.id}),
    )


def _initiative_input(known: list[Option], chosen: str | None) -> tuple[ChoiceInput, ...]:
    if not known:
        return ()
    return (
        ChoiceInput(
            name="initiative",
            label="Initiative",
            options=tuple(known),
            value=chosen,
            hint="If it belongs to one.",
            optional=True,
        ),
    )


def _read(actor: Actor, submission: Submission, offer: Offer | None, work: Work) -> OfferDraft:
    """What was filled in. Raises InvalidField or NeedsProfile."""
    errors: dict[str, str] = {}
    picked = submission.text("presenter")
    if picked:
        presenter_id = colleague(actor, picked, work).id
    else:
        presenter_id = actor.person.id if offer is None else offer.presenter_id
    about: Initiative | None = None
    if chosen := submission.text("initiative"):
        about = initiatives.by_id(work, number_of(chosen) or 0)
        if about is None:
            errors["initiative"] = "Please choose an initiative of the list, or none."
    duration = submission.text("duration")
    try:
        draft = check_offer(
            tried=submission.text("tried"),
            learned=submission.text("learned"),
            worked=submission.text("worked"),
            duration=duration.removesuffix(".0"),
            presenter_id=presenter_id,
            initiative_id=None if about is None else about.id,
        )
    except InvalidField as invalid:
        raise InvalidField(**errors, **invalid.errors) from invalid
    if errors:
        raise InvalidField(**errors)
    return draft


def _filled(offer: Offer) -> Filled:
    return Filled(
        tried=offer.tried,
        initiative=None if offer.initiative_id is None else str(offer.initiative_id),
        learned=offer.learned,
        worked="yes" if offer.worked else "no",
        presenter_id=offer.presenter_id,
        duration=str(offer.duration_minutes),
    )


def _proposed(actor: Actor, value: str, work: Work) -> Filled:
    """What a proposal fills in, for the product owner it was made to."""
    number = number_of(value[1:])
    if number is None:
        return Filled()
    entry = contributions.by_id(work, number) if value[0] == "c" else None
    initiative_id = number if value[0] == "i" else None if entry is None else entry.initiative_id
    about = None if initiative_id is None else initiatives.by_id(work, initiative_id)
    if about is None or Part.PRODUCT_OWNER not in about.parts_of(actor.person.id):
        return Filled()
    if entry is not None:
        return Filled(tried=entry.what, initiative=str(about.id))
    learned, _ = read_lesson(about.learned or "")
    return Filled(tried=about.name, initiative=str(about.id), learned=learned, worked="no")


def _aim(actor: Actor, submission: Submission, work: Work) -> tuple[Showcase, Offer | None]:
    """The showcase and, where it is not a new one, the offer that a form is about. Raises Refused."""
    try:
        named: Any = json.loads(submission.context or "{}")
    except ValueError:
        named = {}
    if not isinstance(named, dict):
        named = {}
    if "o" in named:
        offer = own_offer(actor, str(named["o"]), work)
        return _open(offer, work), offer
    one = by_value(str(named.get("s", "")), work)
    if _is_open(one, work):
        return one, None
    # It was moved on while the form stood open: the offer goes to the one that comes.
    return coming(work), None


def _open(offer: Offer, work: Work) -> Showcase:
    """The showcase of an offer that can still be changed. Raises IsOver."""
    one = by_value(str(offer.showcase_id), work)
    if one.state is State.HELD or (one.state is State.PLANNED and not _is_open(one, work)):
        raise IsOver
    return one


def _is_open(one: Showcase, work: Work) -> bool:
    return one.state is State.PLANNED and one.starts_at + showcases.UNDER_WAY > work.now
