"""The other people of the workspace answer the pulse that asks them, by pressing the buttons of their own invitations.

They do so as one would on the page, in the same requests: nothing here knows the bot but by what it showed.
"""

import asyncio
import random
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from bot.playground.roster import BOT_USER_ID
from bot.playground.state import Json, Message
from bot.playground.views import elements

if TYPE_CHECKING:
    from bot.playground.workspace import Workspace

#: How the action ids begin that the bot gives its buttons in an invitation.
ANSWER, COMMENT = "pulse.answer", "pulse.comment"
#: Which part of the others answers, and which part of those adds a comment.
RESPONSE, COMMENTING = 0.8, 0.25
#: How many of them press at the same time.
AT_ONCE = 6
#: So many questions are answered at the most.
MOST_ANSWERS = 5
#: How long a message may take to say what was pressed, once the press is acknowledged.
CHANGE_S = 5.0
#: For so many days it can be open, today included.
MOST_DAYS = 29

#: How often, of 100 times, each button of a question is pressed, from left to right.
USUAL = (4, 10, 22, 41, 23)
DOUBTFUL = (15, 27, 24, 25, 9)
#: Who has greater doubts, by department, and about questions with which word.
DOUBTS = {"Operations": "results", "Finance": "future"}

COMMENTS = (
    "The hints on storm claims are better than they were. The second policy is still missed.",
    "I was told what was corrected after my report. That had not happened before.",
    "It saves me ten minutes a day, and checking it takes five.",
    "I would use it more if it said how sure it is.",
    "The two hours a week are in the calendar. They get filled with other things.",
    "Nobody has said yet what it means for my role.",
    "Good for first drafts, not for anything with an exception in it.",
    "I know now whom to ask, and the answer came the same day.",
    "My team talks about it every Monday, which helps.",
    "With old files it still makes things up.",
)


class Done(NamedTuple):
    """How many of the others answered, and how many did not."""

    answered: int
    silent: int


class Others:
    """Everybody but the person on the page; an invitation that somebody left unanswered is left so."""

    def __init__(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        self._left: set[tuple[str, str]] = set()

    def invited(self, but: str) -> dict[str, Message]:
        """The newest message that asks something in the chat of each person but one, by user id."""
        state = self._workspace.state
        found: dict[str, Message] = {}
        for channel in state.channels.values():
            people = [one for one in channel.members if one not in (BOT_USER_ID, but)]
            if channel.kind != "im" or len(people) != 1:
                continue
            for message in reversed(state.messages[channel.id]):
                if message.body.get("user") == BOT_USER_ID and any(_buttons(message, ANSWER)):
                    if (channel.id, message.ts) not in self._left and self._is_open(message):
                        found[people[0]] = message
                    break
        return found

    def _is_open(self, message: Message) -> bool:
        """Whether the day that it names as its last is still to come, or today."""
        today = self._workspace.clock().date()
        days = (today + timedelta(days=number) for number in range(MOST_DAYS))
        said = str(message.body.get("blocks"))
        return any(f"end of {day:%A} {day.day} {day:%B}" in said for day in days)

    async def answer(self, but: str) -> Done:
        """Have them answer, each in their own chat."""
        invited = self.invited(but)
        chance = random.Random(self._workspace.state.version)
        chosen = [user_id for user_id in sorted(invited) if chance.random() < RESPONSE]
        writing = chance.sample(chosen, min(len(COMMENTS), round(COMMENTING * len(chosen))))
        texts = dict(zip(writing, chance.sample(COMMENTS, len(writing)), strict=True))
        room = asyncio.Semaphore(AT_ONCE)

        async def one(user_id: str, lots: random.Random) -> bool:
            async with room:
                return await self._answers(user_id, invited[user_id], texts.get(user_id), lots)

        answered = await asyncio.gather(*(one(each, random.Random(chance.random())) for each in chosen))
        self._left.update((one.channel, one.ts) for one in invited.values())
        return Done(sum(answered), len(invited) - sum(answered))

    async def _answers(
        self, user_id: str, message: Message, comment: str | None, lots: random.Random
    ) -> bool:
        """Whether what they pressed was taken: their message then shows something else."""
        department = self._workspace.state.users[user_id].department
        taken = False
        for _ in range(MOST_ANSWERS):
            points = list(_buttons(message, ANSWER))
            if not points:
                break
            before = message.body
            doubted = DOUBTS.get(department, "\0") in str(before.get("text", ""))
            (point,) = lots.choices(points, (DOUBTFUL if doubted else USUAL)[: len(points)])
            await self._press(user_id, message, point)
            try:
                await self._workspace.wait_for(partial(_changed, message, before), timeout_s=CHANGE_S)
            except TimeoutError:
                return taken
            taken = True
        if taken and comment is not None:
            await self._writes(user_id, message, comment)
        return taken

    async def _writes(self, user_id: str, message: Message, comment: str) -> None:
        for button in _buttons(message, COMMENT):
            await self._press(user_id, message, button)
        for view in self._workspace.open_views(user_id):
            fields = [
                each for each in view["blocks"] if each.get("element", {}).get("type") == "plain_text_input"
            ]
            if fields:
                values = {fields[0]["element"]["action_id"]: comment}
                await self._workspace.submit(user_id, view, values)
        for view in self._workspace.open_views(user_id):
            await self._workspace.close(user_id, view)

    async def _press(self, user_id: str, message: Message, button: Json) -> None:
        await self._workspace.press(user_id, message.seen(), button["action_id"], button.get("value"))


def _changed(message: Message, before: Json) -> bool:
    return message.body is not before


def _buttons(message: Message, action: str) -> Iterator[Json]:
    """The buttons of a message whose action ids begin so, from left to right."""
    for block in message.body.get("blocks") or []:
        for element in elements(block):
            if element.get("type") == "button" and str(element.get("action_id", "")).startswith(action):
                yield element
