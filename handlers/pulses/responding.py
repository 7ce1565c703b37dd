"""What happens next after a pulse: written by HR or the AI function, agreed to by the other, then told to everybody.

An agreement is bound to the words that were read: to words changed meanwhile nobody has agreed.
"""

import hashlib
from collections.abc import Mapping

from domain.contributions import clean
from domain.errors import InvalidField, NotAllowed, Refused
from domain.people import Act, Person, Platform, may
from domain.pulses import Approvals, Side, Status, side_of
from domain.results import MAX_RESPONSE, day_words
from handlers.capability import Actor, AnyReply, keep_up, place, tell
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    Form,
    Heading,
    Shown,
    Text,
    TextInput,
    runs,
    sentence,
    strong,
)
from handlers.conversation import LiveMessage, Open, Press, Replace, Say, Submission
from handlers.pulses import results
from handlers.pulses.telling import results_batch
from storage import outbox, people, preferences, pulses
from storage.pulses import Pulse, Response
from storage.store import Work

FORM = "pulse.respond.form"
PROPOSED = "pulse.response.proposed"
FOLLOW_UP = "pulse.response"


class NotYourAnswer(NotAllowed):
    """What happens next is said by HR and the AI function together."""


class SaidAlready(Refused):
    """HR and the AI function have agreed on what happens next, and everybody was told; it stays as it is."""


class OtherWords(Refused):
    """These words were changed after this card was shown. `pulse results` shows them as they are now."""


class NobodyToAgree(Refused):
    """Nobody has the other role, so there is nobody who could agree. Please ask an administrator to give it to \
somebody; nothing was kept."""


class NothingToAnswer(Refused):
    """Nothing of this pulse was released, so there is nothing to answer."""


# ------------------------------------------------------------------------------------------------------- writing


def on_respond(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The form for what happens next. The value is the pulse's id."""
    one = _answerable(actor, press.value, work)
    stands = pulses.response(work, one.id)
    return Open(form=_form(one, _words(stands), stands), beside=True)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """Keep the words of one function, and put them before the other.

    Words that were saved since the form was opened are shown above it, and whoever sent it decides.
    """
    number, _, opened_on = submission.context.partition(" ")
    one = _answerable(actor, number, work, lock=True, may_be_agreed=True)
    text = read(submission.text("text"))
    before = pulses.response(work, one.id, lock=True)
    if before is not None and before.is_agreed:
        if before.text == text:
            return Say(card=_state(work, one, before, actor.person))
        return Say(card=_too_late(work, one, before, actor.person, text))
    if before is not None and before.text == text and actor.person.id in before.approvals:
        return Say(card=_state(work, one, before, actor.person))
    if before is not None and before.text != text and digest(before.text) != opened_on:
        return Open(form=_form(one, text, before, above=_saved_since(work, before)))
    side = _side(actor.person, Approvals(None, None))
    others = [each for each in people.with_role(work, side.other.role) if each.id != actor.person.id]
    if not others:
        raise NobodyToAgree
    pulses.propose_response(work, one.id, text, side, actor.person.id)
    for each in others:
        place(
            work,
            f"pulse.proposed:{one.id}:{digest(text)}:{submission.key}:{each.id}",
            _subject(one.id),
            PROPOSED,
            {"pulse": str(one.id), "digest": digest(text)},
            person_id=each.id,
        )
    keep_up(work, _subject(one.id))
    said = f"Your words are with {side.other.label} now. Once somebody there agrees, everybody who was asked is told."
    return Say(card=sentence(strong(one.spec.title), ": ", said))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    number, _, opened_on = submission.context.partition(" ")
    return _form(_answerable(actor, number, work), submission.text("text"), opened_on=opened_on)


def read(typed: str) -> str:
    """What happens next, as it is kept. Raises InvalidField."""
    text = clean(typed)
    if not text:
        raise InvalidField(text="Please write what happens next, even if it is that nothing does, and why.")
    if len(text) > MAX_RESPONSE:
        raise InvalidField(
            text=f"That is {len(text):,} characters; please keep it to {MAX_RESPONSE}, so that everybody reads it."
        )
    return text


def _form(
    one: Pulse,
    text: str,
    stands: Response | None = None,
    *,
    opened_on: str | None = None,
    above: tuple[Text, ...] = (),
) -> Form:
    """With the words in its input; it carries a sign of those that stand, or of those that it was opened on before."""
    if opened_on is None:
        opened_on = "" if stands is None else digest(stands.text)
    return Form(
        name=FORM,
        title="What happens next",
        submit="Send",
        elements=(
            Text(
                runs=runs(
                    strong(one.spec.title),
                    ": say what you heard, what you will do about it and by when, and what you will not do.",
                )
            ),
            *above,
            TextInput(
                name="text",
                label="What happens next",
                value=text or None,
                multiline=True,
                max_length=MAX_RESPONSE,
            ),
            Context(
                runs=runs(
                    "The other function agrees first, or changes it. Then everybody who was asked reads it with the "
                    "results."
                )
            ),
        ),
        context=f"{one.id} {opened_on}",
    )


def _saved_since(work: Work, stands: Response) -> tuple[Text, ...]:
    """What somebody else saved while these words were written."""
    return (
        Text(
            runs=runs(
                strong(f"{_writer(work, stands)} saved other words since you opened this form:"),
                f"\n{stands.text}",
            )
        ),
        Text(
            runs=runs(
                "Yours stand below, and nothing of them is kept yet. Take over what you want, then send: what you "
                "send takes the place of the words above, and the other function is asked about it. To leave the "
                "words above as they are, close this form."
            )
        ),
    )


def _too_late(work: Work, one: Pulse, agreed: Response, person: Person, text: str) -> Card:
    """What was agreed on while these words were written, and the words, so that nothing is lost."""
    shown = _state(work, one, agreed, person)
    said = "Both functions agreed on these words while you wrote, so they stay. What you wrote was not kept:"
    elements = (*shown.elements, Text(runs=runs(strong(said), f"\n{text}")))
    return Card(summary=shown.summary, elements=elements)


def _writer(work: Work, response: Response) -> str:
    """Who stands behind the words, by name and function."""
    known = people.by_ids(work, [number for number in response.approvals if number is not None])
    named = [(side, known.get(number)) for side in Side if (number := response.approvals.of(side))]
    return " and ".join(f"{one.name} ({_of(side)})" for side, one in named if one is not None) or "Somebody"


# ------------------------------------------------------------------------------------------------------ agreeing


def on_words(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The words as they stand, from one's page. The value is the pulse's id."""
    one = _answerable(actor, press.value, work, may_be_agreed=True)
    response = pulses.response(work, one.id)
    if response is None:
        return Open(form=_form(one, "", None), beside=True)
    return Say(card=_state(work, one, response, actor.person))


def on_agree(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Stand behind the words of the other function. The value is the pulse's id and the digest of what was read."""
    number, _, shown = press.value.partition(" ")
    one = _answerable(actor, number, work, lock=True, may_be_agreed=True)
    response = pulses.response(work, one.id, lock=True)
    if response is None or digest(response.text) != shown:
        raise OtherWords
    if response.is_agreed:
        return Replace(card=_state(work, one, response, actor.person))
    response = _make_room(work, one, response, actor.person)
    side = _side(actor.person, response.approvals)
    pulses.agree_response(work, one.id, side, actor.person.id)
    _publish(work, one)
    writer = response.approvals.of(side.other)
    if writer is not None:
        tell(
            work,
            f"pulse.agreed:{one.id}",
            writer,
            sentence(
                strong(actor.person.name),
                f" agreed to what you wrote about {one.spec.title}. Everybody who was asked is told now.",
            ),
        )
    now = pulses.response(work, one.id)
    assert now is not None
    return Replace(card=_state(work, one, now, actor.person))


def _make_room(work: Work, one: Pulse, response: Response, person: Person) -> Response:
    """Where the writer has both roles and stands for the only one that this person has, the writer takes the other."""
    writer_id = response.approvals.hr or response.approvals.ai
    held = Side.HR if response.approvals.hr is not None else Side.AI
    mine = [side for side in Side if side.role in person.roles]
    writer = None if writer_id is None or writer_id == person.id else people.by_id(work, writer_id)
    if writer is None or mine != [held] or held.other.role not in writer.roles:
        return response
    pulses.propose_response(work, one.id, response.text, held.other, writer.id)
    moved = Approvals(writer.id, None) if held.other is Side.HR else Approvals(None, writer.id)
    return response._replace(approvals=moved)


def _publish(work: Work, one: Pulse) -> None:
    """Tell everybody who was asked: by the results, which go now if they have not gone, else by a second message."""
    batch = results_batch(one.id)
    message = LiveMessage(view=FOLLOW_UP, params={"pulse": str(one.id)}).model_dump_json()
    outbox.follow_up(work, f"pulse.response/{one.id}", batch, message)
    outbox.hasten(work, batch)
    keep_up(work, f"pulse:{one.id}")
    keep_up(work, _subject(one.id))


# ------------------------------------------------------------------------------------------------------- showing


def proposed(work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform) -> Card | None:
    """The words of one function before somebody of the other, as things stand."""
    one = pulses.by_id(work, int(params["pulse"]))
    person = None if person_id is None else people.by_id(work, person_id)
    response = None if one is None else pulses.response(work, one.id)
    if one is None or person is None or response is None or not may(person, Act.ANSWER_PULSE_RESULTS):
        return None
    if digest(response.text) != params["digest"]:
        return sentence(
            strong(one.spec.title), ": these words were changed. The newer ones come by themselves."
        )
    return _state(work, one, response, person)


def follow_up(
    work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform
) -> Card | None:
    """What happens next, for those who have the results already; None for who wants no pulses any more."""
    one = pulses.by_id(work, int(params["pulse"]))
    said = None if one is None else results.agreed(work, one)
    if one is None or said is None:
        return None
    if person_id is not None and not preferences.of(work, person_id).wants_pulses(work.now.date()):
        return None
    title = f"{one.spec.title}: what happens next"
    return Card(
        summary=f"{title}. {said}",
        elements=(
            Heading(text=title),
            Text(runs=runs(said)),
            Context(runs=runs("From HR and the AI function together, to everybody who was asked.")),
        ),
    )


def _state(work: Work, one: Pulse, response: Response, person: Person) -> Card:
    """The words as they stand, and what this person can do about them."""
    title = f"{one.spec.title}: what happens next"
    elements: list[Shown] = [Heading(text=title), Text(runs=runs(f"“{response.text}”"))]
    if response.is_agreed:
        said = f"Agreed by {_writer(work, response)}. Everybody who was asked is told."
        elements.append(Text(runs=runs(said)))
        return Card(summary=f"{title}: agreed", elements=tuple(elements))
    written = _writer(work, response)
    due = "" if one.response_due_on is None else f" The answer is due on {day_words(one.response_due_on)}."
    elements.append(
        Text(runs=runs(f"Written by {written}. It goes out once the other function agrees.{due}"))
    )
    buttons = []
    if person.id not in response.approvals:
        value = f"{one.id} {digest(response.text)}"
        buttons.append(Button(label="Agree", action="pulse.agree", value=value, style="primary"))
    buttons.append(Button(label="Change the words", action="pulse.respond", value=str(one.id)))
    buttons.append(Button(label="Read the results", action="pulse.results", value=str(one.id)))
    elements.append(Buttons(items=tuple(buttons)))
    return Card(
        summary=f"{title}: {written} wrote it, and it waits for you to agree", elements=tuple(elements)
    )


def _of(side: Side) -> str:
    return side.label.removeprefix("the ")


# ---------------------------------------------------------------------------------------------------- what holds


def digest(text: str) -> str:
    """A short sign of the words that somebody read."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _words(response: Response | None) -> str:
    return "" if response is None else response.text


def _subject(pulse_id: int) -> str:
    return f"pulse.answer:{pulse_id}"


def _answerable(
    actor: Actor, number: str, work: Work, *, lock: bool = False, may_be_agreed: bool = False
) -> Pulse:
    """The pulse, if this person may answer it now. Raises Refused."""
    one = results.known(number, work)
    if not may(actor.person, Act.ANSWER_PULSE_RESULTS):
        raise NotYourAnswer
    if lock:
        # Two who write or agree at once come one after the other, also before there is a row of words.
        one = pulses.by_id(work, one.id, lock=True) or one
    if one.status is not Status.RELEASED:
        raise NothingToAnswer if one.status.over else results.NoResultsYet
    if not may_be_agreed and results.agreed(work, one) is not None:
        raise SaidAlready
    return one


def _side(person: Person, approvals: Approvals) -> Side:
    found = side_of(person, approvals)
    if isinstance(found, Side):
        return found
    if person.id in approvals:
        raise NotYourAnswer("These are your own words. Somebody from the other function agrees to them.")
    raise NotYourAnswer(
        "These words come from your own function. Somebody from the other one agrees to them."
    )
