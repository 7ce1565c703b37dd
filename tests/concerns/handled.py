"""What tests of handling have in common: a concern with its card before somebody, and the words of what is there."""

from domain.concerns import Concern
from handlers.capability import AnyReply
from handlers.cards import Button, Card
from handlers.conversation import FieldErrors
from storage import concern_boxes, concerns
from storage.store import Work
from tests.chat import Filled, button, card_of
from tests.concerns.conftest import WHAT, Forum


async def named(
    forum: Forum, who: str = "Ada", what: str = WHAT, *, initiative: str | None = "claims", **values: Filled
) -> Concern:
    """One that somebody raised with their name."""
    await forum.raised(who, what, "slack", initiative=initiative, name="named", **values)
    return await newest(forum)


async def handed(
    forum: Forum, who: str = "Ada", what: str = WHAT, *, initiative: str | None = "claims", **values: Filled
) -> tuple[Concern, str]:
    """One without a name that was handed over, and its code."""
    code = await forum.code(who, what, initiative=initiative, **values)
    await forum.hand_over()
    return await newest(forum), code


async def newest(forum: Forum) -> Concern:
    def unit(work: Work) -> Concern:
        number = concern_boxes.next_number(work) - 1
        found = concerns.by_number(work, number)
        assert found is not None
        return found

    return await forum.store.write(unit)


async def now(forum: Forum, one: Concern) -> Concern:
    """The same as it is by now."""
    found = await forum.store.read(lambda work: concerns.by_case(work, one.case_id))
    assert found is not None
    return found


async def shown(forum: Forum, who: str, one: Concern) -> Card:
    """Its card, as somebody asks for it."""
    return card_of(await forum.say(who, f"concern show C-{one.number}"))


async def pressed(forum: Forum, who: str, one: Concern, label: str) -> AnyReply:
    """A button of its card is pressed."""
    return await forum.press(who, button(await shown(forum, who, one), label))


async def filled(forum: Forum, who: str, one: Concern, label: str, /, **values: str | None) -> AnyReply:
    """A form of its card is filled in and sent."""
    return await forum.submit(who, await pressed(forum, who, one, label), dict(values))


async def answered(forum: Forum, who: str, one: Concern, text: str, kind: str = "answered") -> AnyReply:
    return await filled(forum, who, one, "Ask or answer", kind=kind, text=text)


async def closed(forum: Forum, who: str, one: Concern, words: str = "The limit was lowered.") -> AnyReply:
    return await filled(forum, who, one, "Close", outcome="explained", words=words)


async def inbox(forum: Forum, code: str) -> list[str]:
    """What whoever has the code may read."""
    messages = await forum.store.read(lambda work: concerns.inbox(work, code.replace("-", "")))
    return [message.text for message in messages]


def errors(reply: AnyReply) -> dict[str, str]:
    assert isinstance(reply, FieldErrors), reply
    return reply.errors


def action(name: str, one: Concern) -> Button:
    """A button as an older card has it."""
    return Button(label="", action=name, value=str(one.number))
