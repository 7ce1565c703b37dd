"""The sponsors' presses: approve, ask for changes, decline; checked anew on each."""

from domain.contributions import clean
from domain.errors import Attempt, InvalidField, Refused
from domain.initiatives import Initiative
from domain.signoffs import MAX_REASON, Authority, Signoff, State, Verdict
from handlers.capability import Actor, AnyReply
from handlers.cards import Buttons, Card, Context, Form, Text, TextInput, runs, sentence, strong
from handlers.conversation import Nothing, Open, Press, Say, Submission
from handlers.signoffs import card, places
from handlers.signoffs.card import Viewer, title
from handlers.signoffs.finding import NoAuthority, Reference, found, right_of
from handlers.signoffs.requesting import InitiativeClosed
from storage import signoff_changes, signoffs
from storage.store import Work

ASK = "signoff.ask"
DECLINE = "signoff.refuse"
_VERDICT_OF = {ASK: Verdict.CHANGES, DECLINE: Verdict.DECLINED}


class _Settled(Exception):
    """There is nothing to decide here (any more); the card says where it stands."""

    def __init__(self, said: Card) -> None:
        super().__init__()
        self.card = said


def on_approve(actor: Actor, press: Press, work: Work) -> AnyReply:
    try:
        one, about, right = _pressed(actor, press.value, work)
    except _Settled as settled:
        return Say(card=settled.card)
    state = _decide(actor, one, about, right, Verdict.APPROVED, None, work)
    if state is State.SIGNED_OFF:
        return Nothing(words=f"Signed off: both approved {title(one, about)}.")
    return Nothing(words=f"You approved {title(one, about)}. The other side has not decided yet.")


def on_changes(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _ask_reason(actor, press, work, ASK)


def on_decline(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _ask_reason(actor, press, work, DECLINE)


def on_reason(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """Changes are wanted, or the request is declined; the reason is required."""
    try:
        one, about, right = _pressed(actor, submission.context, work)
    except _Settled as settled:
        return Say(card=settled.card)
    reason = clean(submission.text("reason"))
    if len(reason) < 3:
        raise InvalidField(reason="Please say why, so that the others can act on it.")
    if len(reason) > MAX_REASON:
        raise InvalidField(
            reason=f"Please keep it to {MAX_REASON:,} characters; these are {len(reason):,}. Link to what is longer."
        )
    verdict = _VERDICT_OF[submission.form]
    _decide(actor, one, about, right, verdict, reason, work)
    words = "You asked for changes to" if verdict is Verdict.CHANGES else "You declined"
    return Say(card=sentence(f"{words} {title(one, about)}. Whoever asked for it is told, with your reason."))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    one, about = found(work, Reference.load(submission.context).signoff_id)
    return _reason_form(one, about, submission.form, submission.context, submission.text("reason"))


def _ask_reason(actor: Actor, press: Press, work: Work, form: str) -> AnyReply:
    try:
        one, about, _ = _pressed(actor, press.value, work, lock=False)
    except _Settled as settled:
        return Say(card=settled.card)
    return Open(form=_reason_form(one, about, form, press.value), beside=True)


def _reason_form(one: Signoff, about: Initiative, form: str, context: str, reason: str = "") -> Form:
    asks = form == ASK
    return Form(
        name=form,
        title="Ask for changes" if asks else "Decline",
        submit="Send" if asks else "Decline",
        elements=(
            Text(runs=runs(strong(title(one, about)))),
            TextInput(
                name="reason",
                label="What should change?" if asks else "Why is it declined?",
                value=reason or None,
                multiline=True,
                max_length=MAX_REASON,
            ),
            Context(
                runs=runs(
                    "Goes to whoever asked and to the other sponsor, under your name. "
                    + ("It can be changed and sent again." if asks else "It ends this request.")
                )
            ),
        ),
        context=context,
    )


def _pressed(
    actor: Actor, value: str, work: Work, *, lock: bool = True
) -> tuple[Signoff, Initiative, Authority]:
    """The request that was pressed on and the right to decide. Raises _Settled or Refused."""
    shown = Reference.load(value)
    one, about = found(work, shown.signoff_id, lock=lock)
    right = right_of(actor, about, work)
    subject = f"signoff:{one.id}"
    if isinstance(right, str):
        raise NoAuthority(right, attempt=Attempt(subject, {"why": right, "version": one.version}))
    if shown.version > one.version or (shown.version == one.version and not shown.matches(one)):
        raise NoAuthority(
            "That button does not belong to what is to be signed. Please use the card that I sent you.",
            attempt=Attempt(subject, {"why": "forged", "version": one.version}),
        )
    if about.closed:
        raise InitiativeClosed
    if one.expired(work.now) or right.side not in one.waiting_for() or not shown.shows(one):
        raise _Settled(_present(actor, one, about, right, shown, work))
    if one.approved_side is right.side.other:
        # Both sides are two people, whatever roles changed hands meanwhile.
        before = [said for said in signoffs.decisions(work, one.id) if said.version == one.version]
        if any(actor.person.id in (said.person_id, said.acting_for_id) for said in before):
            raise NoAuthority(
                "You decided for the other side already. One person cannot sign for both.",
                attempt=Attempt(subject, {"why": "both sides", "version": one.version}),
            )
    return one, about, right


def _decide(
    actor: Actor,
    one: Signoff,
    about: Initiative,
    right: Authority,
    verdict: Verdict,
    reason: str | None,
    work: Work,
) -> State:
    state = signoff_changes.record(
        work,
        one,
        about,
        right,
        verdict,
        person_id=actor.person.id,
        platform=actor.origin.platform,
        reason=reason,
    )
    if state is not State.PENDING:
        now, about = found(work, one.id)
        if state is State.SIGNED_OFF:
            places.announce(work, now, about)
        else:
            places.tell_requester(work, now, about, state.value)
    return state


def _present(
    actor: Actor, one: Signoff, about: Initiative, right: Authority, shown: Reference, work: Work
) -> Card:
    """A private sentence to somebody who pressed too late, with the way to the present state."""
    seen = places.seen(work, one, about, work.now)
    if one.expired(work.now):
        first = "This request has expired. "
    elif shown.version < one.version:
        first = f"That was version {shown.version}; version {one.version} is to be decided on. "
    elif one.state is State.PENDING and right.side is one.approved_side:
        first = "Your side has approved this already. "
    else:
        first = "This is decided already. "
    said = runs(first, *card.status_runs(seen, Viewer(zone=actor.person.zone).zone))
    return Card(
        summary="".join(run.text for run in said),
        elements=(Text(runs=said), Buttons(items=(card.show_button(one),))),
    )


def expire(work: Work, signoff_id: int) -> None:
    """Close a request whose time is up, and tell whoever asked. Does nothing if that was done meanwhile."""
    try:
        one, about = found(work, signoff_id, lock=True)
    except Refused:
        return
    if not one.expired(work.now):
        return
    signoff_changes.settle(work, one, State.EXPIRED, by_id=None, platform=None)
    places.bring_up_to_date(work, one)
    after, about = found(work, one.id)
    places.tell_requester(work, after, about, "expired")
