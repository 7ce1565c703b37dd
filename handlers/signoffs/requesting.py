"""Asking for a sign-off: the form, a new version, withdrawing, reminding."""

import json
from datetime import timedelta
from typing import Any

from domain.contributions import day_words
from domain.errors import InvalidField, NoSuchInitiative, NotAllowed, Refused
from domain.initiatives import Initiative
from domain.people import Act, may
from domain.signoffs import (
    GO_LIVE,
    Side,
    Signoff,
    State,
    accepted,
    differences,
    sponsor_of,
)
from handlers.capability import Actor, AnyReply, tell
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Form,
    Text,
    runs,
    sentence,
    strong,
)
from handlers.conversation import Command, Nothing, Open, Press, Say, Submission
from handlers.signoffs import card, form, places
from handlers.signoffs.finding import NoSuchSignoff, Reference, called, found
from storage import initiatives, limits, signoff_changes, signoffs, transitions
from storage import people as directory
from storage.outbox import Priority
from storage.store import Work

#: How long the sponsors are left in peace after a reminder by hand.
REMIND_AGAIN = timedelta(days=1)


class CannotRequest(NotAllowed):
    """Only the sponsors and the product owner of an initiative ask for a sign-off."""


class InitiativeClosed(Refused):
    """This initiative is archived or was stopped, so nothing more is signed off for it."""


class NotYours(NotAllowed):
    """Only whoever asked for this sign-off can change it."""


class NotOpen(Refused):
    """This request is closed already. `signoff list` shows what became of it."""


class WhichInitiative(Refused):
    """Please say for which initiative and milestone: `signoff request claims go-live`."""


class RemindedToday(Refused):
    """They were reminded less than a day ago. You can remind them again tomorrow."""


def on_request(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`signoff request claims go-live`."""
    if not command.text.strip():
        mine = [one for one in initiatives.active(work) if one.parts_of(actor.person.id) and not one.closed]
        if not mine:
            raise CannotRequest
        if len(mine) > 1:
            return Say(card=_which(mine))
        return _open(actor, mine[0], None, work)
    about, key = called(work, command.text)
    return _open(actor, about, key, work)


def on_request_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The button at an initiative; the value is its id, and the milestone's key after a colon if it is known."""
    number, _, key = press.value.partition(":")
    return _open(actor, _initiative(number, work), key or None, work)


def on_edit(actor: Actor, press: Press, work: Work) -> AnyReply:
    one, about = _own(actor, Reference.load(press.value).signoff_id, work)
    return Open(form=form.build(about, work, one.content, one), beside=True)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A new request, or a new version of one."""
    aim = _aim(submission)
    if aim.get("s"):
        return _revised(actor, submission, int(aim["s"]), int(aim.get("v", 0)), work)
    about = _initiative(str(aim.get("i", "")), work)
    _require(actor, about)
    content = form.read(actor, submission, about, work)
    _require_ready(about, content.milestone, work)
    number = signoff_changes.add(
        work,
        about,
        content,
        requested_by_id=actor.person.id,
        platform=actor.origin.platform,
        expires_at=work.now + timedelta(days=actor.policy.signoff_days),
    )
    one, about = found(work, number)
    places.place(work, one, about)
    names = directory.by_ids(work, {about.business_sponsor_id, about.technical_sponsor_id})
    both = " and ".join(names[sponsor_of(about, side)].name for side in Side)
    return Say(
        card=sentence(
            strong(f"{card.title(one, about)} is with {both}. "),
            "Each has a card to decide on, and you have one on which you see how it goes.",
        )
    )


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    aim = _aim(submission)
    one = None
    if aim.get("s"):
        one, about = _own(actor, int(aim["s"]), work)
    else:
        about = _initiative(str(aim.get("i", "")), work)
    return form.build(about, work, None, one, typed=submission)


def on_withdraw(actor: Actor, press: Press, work: Work) -> AnyReply:
    one, about = _own(actor, Reference.load(press.value).signoff_id, work, lock=True)
    signoff_changes.settle(work, one, State.WITHDRAWN, by_id=actor.person.id, platform=actor.origin.platform)
    places.bring_up_to_date(work, one)
    return Nothing(words=f"{card.title(one, about)} is withdrawn.")


def on_remind(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Write to those who have not decided; at most once a day."""
    one, about = _own(actor, Reference.load(press.value).signoff_id, work, lock=True)
    if one.state is not State.PENDING:
        raise NotOpen
    if one.reminded_at is not None and work.now - one.reminded_at < REMIND_AGAIN:
        raise RemindedToday
    signoff_changes.set_reminded(work, one.id)
    waiting = places.waiting_people(work, one, about, work.now)
    for person_id in {person for some in waiting.values() for person in some}:
        said = runs(
            strong(actor.person.name),
            " asks you to look at ",
            strong(card.title(one, about)),
            f". It is open until {day_words(one.expires_at.date(), work.now.date())}.",
        )
        tell(
            work,
            f"signoff:{one.id}:reminded:{work.now:%Y%m%d%H%M}:p{person_id}",
            person_id,
            Card(
                summary="".join(run.text for run in said),
                elements=(Text(runs=said), Buttons(items=(card.show_button(one, "See it and decide"),))),
            ),
            priority=Priority.URGENT,
        )
    names = directory.by_ids(work, {sponsor_of(about, side) for side in waiting})
    return Say(card=sentence(f"I have reminded {' and '.join(one.name for one in names.values())}."))


def _revised(actor: Actor, submission: Submission, signoff_id: int, version: int, work: Work) -> AnyReply:
    one, about = _own(actor, signoff_id, work, lock=True)
    if version != one.version:
        raise Refused("Somebody changed this request since the form was opened. Please open it again.")
    if about.closed:
        raise InitiativeClosed
    content = form.read(actor, submission, about, work, one)
    if content.model_copy(update={"effort": one.content.effort}) == one.content:
        raise InvalidField(summary="Nothing is different yet. Answer the sponsors here, or in the criteria.")
    signoff_changes.revise(
        work,
        one,
        content,
        by_id=actor.person.id,
        platform=actor.origin.platform,
        expires_at=work.now + timedelta(days=actor.policy.signoff_days),
    )
    places.bring_up_to_date(work, one)
    newer, about = found(work, one.id)
    places.place(work, newer, about)
    return Say(
        card=sentence(
            strong(f"Version {newer.version} of {card.title(newer, about)} is with both sponsors. "),
            " ".join(differences(one.content, content)),
        )
    )


def _open(actor: Actor, about: Initiative, key: str | None, work: Work) -> AnyReply:
    _require(actor, about)
    if key is not None:
        under_way = signoffs.open_request(work, about.id, key)
        if under_way is not None:
            raise signoff_changes.AlreadyRequested
        _require_ready(about, key, work)
    return Open(form=form.build(about, work, None, None, key=key))


def _require(actor: Actor, about: Initiative) -> None:
    if not may(actor.person, Act.REQUEST_SIGNOFF, about.parts_of(actor.person.id)):
        raise CannotRequest
    if about.closed:
        raise InitiativeClosed


def _require_ready(about: Initiative, key: str, work: Work) -> None:
    """Raises Refused with what is missing before anybody can sign."""
    missing: list[str] = []
    names = directory.by_ids(work, {about.business_sponsor_id, about.technical_sponsor_id})
    for side in Side:
        if not accepted(about, side):
            name = names[sponsor_of(about, side)].name
            missing.append(f"{name} has not accepted yet to be {side.part.value}")
    if key == GO_LIVE:
        if not transitions.of(work, about.id):
            missing.append(f"there is no transition plan (`initiative plan {about.key}`)")
        if not limits.of(work, about.id):
            missing.append(f"no limits are stated (`initiative limits {about.key}`)")
    if missing:
        raise Refused(f"Before this can be signed off: {'; '.join(missing)}.")


def _own(actor: Actor, signoff_id: int, work: Work, *, lock: bool = False) -> tuple[Signoff, Initiative]:
    one, about = found(work, signoff_id, lock=lock)
    if not places.may_change(actor.person, one, about):
        raise NotYours
    if not one.state.open or one.expired(work.now):
        raise NotOpen
    return one, about


def _which(mine: list[Initiative]) -> Card:
    asked = runs("For which initiative?")
    return Card(
        summary="For which initiative?",
        elements=(
            Text(runs=asked),
            Buttons(
                items=tuple(
                    Button(label=one.name, action="signoff.request", value=str(one.id)) for one in mine[:6]
                )
            ),
        ),
    )


def _initiative(number: str, work: Work) -> Initiative:
    about = None
    if number.isascii() and number.isdecimal() and len(number) < 18:
        about = initiatives.by_id(work, int(number))
    if about is None:
        raise NoSuchInitiative
    return about


def _aim(submission: Submission) -> dict[str, Any]:
    """What the form was about. Raises NoSuchSignoff for what is not a context of ours."""
    try:
        aim = json.loads(submission.context or "{}")
    except ValueError:
        raise NoSuchSignoff from None
    if not isinstance(aim, dict) or not all(type(value) is int for value in aim.values()):
        raise NoSuchSignoff
    return aim
