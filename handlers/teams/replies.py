"""What a reply becomes in Teams: the body of the HTTP response, and messages to send beside it."""

from dataclasses import dataclass, field

from handlers.cards import Card, Text, sentence
from handlers.conversation import (
    AnyInbound,
    Command,
    FieldErrors,
    MessageAction,
    Nothing,
    Open,
    Press,
    Replace,
    Say,
    ShowHome,
    Submission,
)
from handlers.teams import limits, render
from handlers.teams.activity import Node, Turn
from handlers.teams.limits import cut
from handlers.teams.literal import literal
from handlers.teams.render import OPEN_FORM

AnyReply = Say | Replace | Open | FieldErrors | ShowHome | Nothing

BELOW = "I have answered below."
FORM_BELOW = "The form is below."
#: Of a command that a button repeats, in characters; of a longer one its name is.
LONGEST_AGAIN = 2000
NO_WINDOW = (
    "It was sent, but the answer may stand only in the form's own window, which this version of Teams did not show. "
    "Please send the same form again from a newer one."
)
WRITTEN = "I have written to you."
DONE = "Done."


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is None for everything that is not an invoke."""

    body: Node | None = None
    messages: list[Node] = field(default_factory=list)


def answer(inbound: AnyInbound, turn: Turn, reply: AnyReply) -> Answer:
    """How to answer an inbound value. The same reply to the same value is the same to the letter."""
    nonce = render.nonce(inbound.key)
    if not turn.invoke:
        return Answer(messages=_messages(reply, nonce, inbound))
    if turn.invoke == "adaptiveCard/action":
        return _to_card(inbound, turn, reply, nonce)
    return _to_dialog(inbound, turn, reply, nonce)


def in_card(turn: Turn, said: Card) -> Answer:
    """Answer whatever came with a card that needs no capability."""
    if turn.invoke == "adaptiveCard/action":
        return Answer(body=_replaced(render.card(said, "")))
    if turn.invoke:
        return Answer(body=_closed(said.summary))
    return Answer(messages=[render.message(render.card(said, ""))])


def aside(turn: Turn, words: str) -> Answer:
    """Answer with words that leave the card as it is."""
    if turn.invoke == "adaptiveCard/action":
        return Answer(body=_beside(words))
    return in_card(turn, sentence(words))


def _messages(reply: AnyReply, nonce: str, inbound: AnyInbound) -> list[Node]:
    if isinstance(reply, Nothing):
        return []
    if isinstance(reply, Open):
        return [render.message(_in_chat(reply, nonce, inbound))]
    if isinstance(reply, FieldErrors):
        return [render.message(_corrected(reply, nonce, inbound, dialog=False))]
    if isinstance(reply, Say) and reply.window and isinstance(inbound, Submission):
        return [render.message(render.card(sentence(NO_WINDOW), nonce))]
    return [render.message(page) for page in render.pages(reply.card, nonce)]


def _to_card(inbound: AnyInbound, turn: Turn, reply: AnyReply, nonce: str) -> Answer:
    """A press keeps its card unless the reply is to replace it; a form that was sent in is done and goes."""
    if isinstance(reply, Open):
        form = _in_chat(reply, nonce, inbound)
        if reply.beside or (reply.form.window and not isinstance(inbound, Submission)):
            return Answer(body=_beside(FORM_BELOW), messages=[render.message(form)])
        return Answer(body=_replaced(form))
    if isinstance(reply, FieldErrors):
        return Answer(body=_replaced(_corrected(reply, nonce, inbound, dialog=False)))
    if isinstance(reply, Nothing):
        if isinstance(inbound, Submission):
            return Answer(body=_replaced(render.card(sentence(reply.words or DONE), nonce)))
        return Answer(body=_beside(cut(literal(reply.words or DONE), limits.SUMMARY)))
    shown = render.pages(reply.card, nonce)
    if isinstance(reply, Say) and reply.window:
        return Answer(body=_replaced(shown[0]))
    if isinstance(inbound, Submission) or isinstance(reply, Replace):
        return Answer(body=_replaced(shown[0]), messages=[render.message(page) for page in shown[1:]])
    words = BELOW if turn.personal else WRITTEN
    return Answer(body=_beside(words), messages=[render.message(page) for page in shown])


def _to_dialog(inbound: AnyInbound, turn: Turn, reply: AnyReply, nonce: str) -> Answer:
    if isinstance(reply, Open):
        return Answer(body=_dialog(reply.form.title, render.form(reply.form, nonce, dialog=True)))
    if isinstance(reply, FieldErrors):
        title = reply.form.title if reply.form is not None else "Tandem"
        return Answer(body=_dialog(title, _corrected(reply, nonce, inbound, dialog=True)))
    if isinstance(reply, Nothing):
        return Answer(body=_closed(reply.words or DONE))
    if isinstance(reply, Say) and reply.window:
        return Answer(body=_dialog(_title(reply.card), render.card(reply.card, nonce)))
    if isinstance(inbound, MessageAction) or turn.invoke == "task/fetch":
        # A dialog that was asked for opens: with the words, where there is no form.
        return Answer(body=_dialog("Tandem", render.card(sentence(reply.card.summary), nonce)))
    # Buttons do not work in a dialog: it closes, and the card goes to the chat.
    messages = [render.message(page) for page in render.pages(reply.card, nonce)]
    return Answer(body=_closed(reply.card.summary), messages=messages)


def _title(said: Card) -> str:
    """What stands over a window that says something: the summary, unless it is all that the window says."""
    is_all = len(said.elements) == 1 and isinstance(said.elements[0], Text)
    return "Tandem" if is_all else said.summary


def _in_chat(reply: Open, nonce: str, inbound: AnyInbound) -> Node:
    """A form as it stands in a chat: itself, or the door to its window, behind which the request is repeated."""
    if not reply.form.window or isinstance(inbound, Submission):
        return render.form(reply.form, nonce)
    if isinstance(inbound, Press):
        return render.door(reply.form, inbound.action, inbound.value, nonce)
    if reply.again is not None:
        return render.door(reply.form, OPEN_FORM, reply.again, nonce)
    again = f"{inbound.name} {inbound.text}".strip() if isinstance(inbound, Command) else ""
    if len(again) > LONGEST_AGAIN:
        again = again.split()[0]
    return render.door(reply.form, OPEN_FORM, again, nonce)


def _corrected(reply: FieldErrors, nonce: str, inbound: AnyInbound, *, dialog: bool) -> Node:
    if reply.form is None:
        return render.card(sentence(" ".join(reply.errors.values())), nonce)
    values = inbound.values if isinstance(inbound, Submission) else None
    return render.form(reply.form, nonce, values=values, errors=reply.errors, dialog=dialog)


def _replaced(adaptive: Node) -> Node:
    return {"statusCode": 200, "type": render.CARD, "value": adaptive}


def _beside(words: str) -> Node:
    return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": words}


def _dialog(title: str, adaptive: Node) -> Node:
    return {
        "task": {
            "type": "continue",
            "value": {
                "title": cut(literal(title), limits.TITLE),
                "height": "medium",
                "width": "medium",
                "card": render.attachment(adaptive),
            },
        }
    }


def _closed(words: str) -> Node:
    return {"task": {"type": "message", "value": cut(literal(words), limits.SUMMARY)}}
