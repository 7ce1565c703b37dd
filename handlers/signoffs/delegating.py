"""Letting somebody else decide for a sponsor, from a day to a day."""

from datetime import date, timedelta

from domain.errors import Attempt, InvalidField, Refused
from domain.initiatives import Initiative
from domain.people import Person
from domain.signoffs import Delegation, Side, accepted, delegation_problem, sponsor_of
from handlers.capability import Actor, AnyReply, tell
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    DateInput,
    Form,
    PersonInput,
    Text,
    plain,
    runs,
    sentence,
    strong,
)
from handlers.conversation import Open, Press, Replace, Say, Submission
from handlers.people import picked
from handlers.signoffs import places
from handlers.signoffs.finding import NoAuthority
from storage import delegations, initiatives, signoffs
from storage import people as directory
from storage.store import Work

FORM = "signoff.delegation"
#: What the form proposes.
DAYS = 14


class NoSuchDelegation(Refused):
    """That delegation is not there any more. `signoff list` shows who decides for whom."""


class OnlySponsors(NoAuthority):
    """Only a sponsor who has accepted the role can let somebody else decide; it cannot be passed on."""


def on_delegate(actor: Actor, press: Press, work: Work) -> AnyReply:
    about, side = _sponsored(actor, press.value, work)
    return Open(form=_form(actor, about, side), beside=True)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """Ask the colleague; nothing holds until they have accepted."""
    about, side = _sponsored(actor, submission.context, work)
    delegate = picked(actor, submission.text("delegate"), work, field="delegate")
    first_day, last_day = (_day(submission, name) for name in ("first_day", "last_day"))
    if last_day < actor.today:
        raise InvalidField(last_day="That is over already.")
    problems = delegation_problem(
        actor.person, delegate, side, about, delegations.standing(work, about.id), first_day, last_day
    )
    if problems:
        raise InvalidField(**problems)
    number = delegations.offer(
        work,
        about,
        side,
        sponsor_id=actor.person.id,
        delegate_id=delegate.id,
        first_day=first_day,
        last_day=last_day,
        platform=actor.origin.platform,
    )
    tell(
        work,
        f"delegation:{number}",
        delegate.id,
        _asked(actor.person, about, side, number, first_day, last_day),
    )
    return Say(
        card=sentence(
            "I have asked ",
            strong(delegate.name),
            f" to decide for you on {about.name} {_days(first_day, last_day)}. It holds once they accept; "
            "you can still decide yourself.",
        )
    )


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    about, side = _sponsored(actor, submission.context, work)
    return _form(actor, about, side, submission)


def on_accept(actor: Actor, press: Press, work: Work) -> AnyReply:
    one, about = _offered(actor, press.value, work)
    sponsor = directory.by_id(work, one.sponsor_id)
    if sponsor is None or one.sponsor_id != sponsor_of(about, one.side) or not accepted(about, one.side):
        raise NoSuchDelegation
    others = [other for other in delegations.standing(work, about.id) if other.id != one.id]
    problems = delegation_problem(sponsor, actor.person, one.side, about, others, one.first_day, one.last_day)
    if "delegate" in problems:
        raise Refused(problems["delegate"])
    _answer(actor, one, about, "accepted", work)
    for under_way in signoffs.of_initiative(work, about.id):
        if one.side in under_way.waiting_for() and not under_way.expired(work.now):
            places.place_with(work, under_way, actor.person.id)
            places.bring_up_to_date(work, under_way)
    said = f" accepted to decide for you on {about.name} {_days(one.first_day, one.last_day)}."
    tell(work, f"delegation:{one.id}:accepted", sponsor.id, sentence(strong(actor.person.name), said))
    return Replace(
        card=sentence(
            f"You decide for {sponsor.name} on {about.name} {_days(one.first_day, one.last_day)}. "
            "Your decisions are shown with both names. What waits is on its way to you."
        )
    )


def on_refuse(actor: Actor, press: Press, work: Work) -> AnyReply:
    one, about = _offered(actor, press.value, work)
    _answer(actor, one, about, "declined", work)
    tell(
        work,
        f"delegation:{one.id}:declined",
        one.sponsor_id,
        sentence(strong(actor.person.name), f" cannot decide for you on {about.name}. It stays with you."),
    )
    return Replace(card=sentence(f"Declined. {about.name} stays with its sponsor."))


def on_revoke(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The sponsor takes it back, or the delegate gives it back."""
    one, about = _known(press.value, work)
    if actor.person.id not in (one.sponsor_id, one.delegate_id):
        raise OnlySponsors(attempt=Attempt(f"initiative:{about.id}", {"delegation": one.id, "why": "revoke"}))
    _answer(actor, one, about, "revoked", work)
    for under_way in signoffs.of_initiative(work, about.id):
        if under_way.state.open:
            places.bring_up_to_date(work, under_way)
    other = one.delegate_id if actor.person.id == one.sponsor_id else one.sponsor_id
    tell(
        work,
        f"delegation:{one.id}:revoked",
        other,
        sentence(f"The delegation on {about.name} has ended: ", strong(actor.person.name), " took it back."),
    )
    return Say(card=sentence(f"The delegation on {about.name} has ended."))


def _asked(
    sponsor: Person, about: Initiative, side: Side, number: int, first_day: date, last_day: date
) -> Card:
    said = runs(
        strong(sponsor.name),
        f", {side.part.value} of ",
        strong(about.name),
        f", asks you to decide on its sign-offs {_days(first_day, last_day)}.",
    )
    return Card(
        summary=plain(said),
        elements=(
            Text(runs=said),
            Context(
                runs=runs(
                    "You would sign for them, under both names. It cannot be passed on, and you can give it back."
                )
            ),
            Buttons(
                items=(
                    Button(label="Accept", action="delegation.accept", value=str(number), style="primary"),
                    Button(label="Decline", action="delegation.decline", value=str(number)),
                )
            ),
        ),
    )


def _form(actor: Actor, about: Initiative, side: Side, typed: Submission | None = None) -> Form:
    def day(name: str, proposed: date) -> date:
        try:
            return date.fromisoformat(typed.text(name)) if typed is not None else proposed
        except ValueError:
            return proposed

    return Form(
        name=FORM,
        title="Let somebody decide",
        submit="Ask them",
        elements=(
            Text(runs=runs("For you as ", strong(f"{side.part.value} of {about.name}"), ".")),
            PersonInput(
                name="delegate",
                label="Who",
                value=typed.text("delegate") or None if typed is not None else None,
                placeholder="Pick a person",
            ),
            DateInput(name="first_day", label="From", value=day("first_day", actor.today)),
            DateInput(
                name="last_day",
                label="Until (included)",
                value=day("last_day", actor.today + timedelta(days=DAYS - 1)),
            ),
        ),
        context=str(about.id),
    )


def _sponsored(actor: Actor, value: str, work: Work) -> tuple[Initiative, Side]:
    """The initiative, and the side on which the actor is its accepted sponsor. Raises Refused."""
    about = initiatives.by_id(work, int(value)) if value.isdecimal() and len(value) < 18 else None
    if about is None:
        raise NoSuchDelegation
    for side in Side:
        if sponsor_of(about, side) == actor.person.id and accepted(about, side):
            return about, side
    raise OnlySponsors(attempt=Attempt(f"initiative:{about.id}", {"why": "delegate"}))


def _known(value: str, work: Work) -> tuple[Delegation, Initiative]:
    one = delegations.by_id(work, int(value)) if value.isdecimal() and len(value) < 18 else None
    about = None if one is None else initiatives.by_id(work, one.initiative_id)
    if one is None or about is None:
        raise NoSuchDelegation
    return one, about


def _offered(actor: Actor, value: str, work: Work) -> tuple[Delegation, Initiative]:
    one, about = _known(value, work)
    if actor.person.id != one.delegate_id:
        raise OnlySponsors(
            "This was asked of somebody else.",
            attempt=Attempt(f"initiative:{about.id}", {"delegation": one.id, "why": "answer"}),
        )
    if one.state != "offered":
        raise NoSuchDelegation
    return one, about


def _answer(actor: Actor, one: Delegation, about: Initiative, state: str, work: Work) -> None:
    if not delegations.answer(
        work,
        one,
        state,  # type: ignore[arg-type]
        about,
        by_id=actor.person.id,
        platform=actor.origin.platform,
    ):
        raise NoSuchDelegation


def _day(submission: Submission, name: str) -> date:
    try:
        return date.fromisoformat(submission.text(name))
    except ValueError:
        raise InvalidField(**{name: "Please pick a day, such as 2026-11-03."}) from None


def _days(first_day: date, last_day: date) -> str:
    def words(day: date) -> str:
        return f"{day.day} {day:%B}"

    return (
        f"on {words(first_day)}" if first_day == last_day else f"from {words(first_day)} to {words(last_day)}"
    )
