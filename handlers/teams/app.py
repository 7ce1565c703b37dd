"""The route of Teams: authenticate, translate, hand over, render."""

import asyncio
import json
import traceback
from collections import OrderedDict
from collections.abc import Coroutine
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic_core import to_json

from domain.errors import Refused
from handlers.cards import sentence
from handlers.conversation import Command
from handlers.ports import Dispatch, Exports, TryLater, Undeliverable
from handlers.teams import files, render, replies
from handlers.teams.activity import CHANNEL, Malformed, Node, Reference, Turn, tenant_of, text_of, turn
from handlers.teams.connector import Connector
from handlers.teams.presses import DoublePresses
from handlers.teams.registration import Registration, is_loopback
from handlers.teams.replies import Answer
from handlers.teams.seen import Seen
from handlers.teams.translate import Cancelled, FileAnswer, Meaning, Refresh, Welcome, accounts_named, inbound

log = structlog.get_logger()

#: Teams' own requests are smaller.
MOST_BODY_BYTES = 256 * 1024
#: How often and how long an answer in a chat is tried again, while the person waits.
SEND_TRIES = 3
MOST_WAIT_SECONDS = 4.0
#: Of how many answers and people something is remembered.
MOST_REMEMBERED = 10_000
#: Of how many people named in one message the object id is looked up.
MOST_NAMED = 5

WELCOME = (
    "I am Tandem. I keep a log of what people put into AI initiatives here. What you log is private: "
    "write help to me in a chat of our own."
)
SORRY = (
    "Something went wrong on my side. Please try again; if it happens again, tell an administrator of Tandem."
)
BUSY = "Teams is busy just now. Please try again in a minute."
CANCELLED = "Cancelled. Nothing was changed."
ASK_AGAIN = "I cannot send this file any more. Please ask for it again."
DECLINED = "All right, I keep the file to myself. Ask again whenever you want it."


class Admits(Protocol):
    async def warm(self) -> None: ...

    async def admit(self, header: str, channel: str, service_url: str) -> None:
        """Raises handlers.teams.sdk.Unauthenticated."""
        ...


class Refusal(Exception):
    """The request is not taken."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class TeamsApp:
    """Answers `POST /api/messages`. `start` before the first request saves it a second, `finish` in the end."""

    def __init__(
        self,
        registration: Registration,
        connector: Connector,
        seen: Seen,
        dispatch: Dispatch,
        *,
        exports: Exports | None = None,
        gate: Admits | None = None,
    ) -> None:
        self._registration = registration
        self._connector = connector
        self._seen = seen
        self._dispatch = dispatch
        self._exports = exports
        self._gate = gate
        self._doubles = DoublePresses()
        self._object_ids: OrderedDict[str, str] = OrderedDict()
        self._told: OrderedDict[str, None] = OrderedDict()
        self._uploads: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Load the SDK, the signing keys and the bot's own token; what cannot be had now is fetched when needed."""
        if self._registration.no_auth:
            return
        try:
            await (await self._guard()).warm()
            await self._connector.token()
        except Exception as error:
            log.warning("teams_not_warm", error=type(error).__name__)

    async def finish(self) -> None:
        """Let uploads finish."""
        await asyncio.gather(*self._uploads.values(), return_exceptions=True)

    async def handle(self, request: web.Request) -> web.Response:
        """One activity. Never 5xx: 400 what is no activity, 401 not from Teams, 403 not this organisation, 413."""
        try:
            activity = await self._admitted(request)
            here = turn(activity)
            meaning = inbound(activity, here, self._doubles)
        except Refusal as refusal:
            log.info("teams_refused", status=refusal.status, why=refusal.why)
            return _json({"error": refusal.why}, refusal.status)
        except (Malformed, RecursionError) as error:
            log.info("teams_refused", status=400, why=type(error).__name__)
            return _json({"error": "This is not an activity that I understand."}, 400)
        self._seen.note(here)
        try:
            if isinstance(meaning, Command):
                meaning = await self._with_object_ids(meaning, accounts_named(activity), here)
            answer = await self._answer(meaning, here)
        except Exception as error:
            log.error("teams_failed", kind=type(meaning).__name__, **_where(error))
            answer = replies.aside(here, BUSY if isinstance(error, TryLater) else SORRY)
        await self._deliver(here, answer, once=getattr(meaning, "key", here.activity_id))
        return _json({} if answer.body is None else answer.body, 200)

    async def _admitted(self, request: web.Request) -> Node:
        header = request.headers.get("Authorization", "")
        if self._registration.no_auth:
            if not is_loopback(request.remote):
                raise Refusal(403, "Without authentication only this machine is served.")
        elif not header.startswith("Bearer "):
            raise Refusal(401, "A bearer token is missing.")
        activity = _parsed(await _body(request))
        if not self._registration.no_auth:
            from handlers.teams.sdk import Unauthenticated  # Loaded by now: the gate is of the same module.

            gate = await self._guard()
            try:
                await gate.admit(header, text_of(activity, "channelId"), text_of(activity, "serviceUrl"))
            except Unauthenticated as error:
                raise Refusal(401, "The bearer token is not valid.") from error
        if text_of(activity, "channelId") != CHANNEL or not self._registration.serves(tenant_of(activity)):
            raise Refusal(403, "This organisation is not served.")
        return activity

    async def _guard(self) -> Admits:
        if self._gate is None:
            self._gate = await asyncio.to_thread(_gate, self._registration)
        return self._gate

    async def _answer(self, meaning: Meaning, here: Turn) -> Answer:
        if meaning is None:
            return Answer()
        if isinstance(meaning, Welcome):
            return replies.in_card(here, sentence(WELCOME))
        if isinstance(meaning, Refresh):
            return replies.aside(here, "")
        if isinstance(meaning, Cancelled):
            return replies.in_card(here, sentence(CANCELLED))
        if isinstance(meaning, FileAnswer):
            return self._file(meaning, here)
        return replies.answer(meaning, here, await self._dispatch(meaning))

    async def _deliver(self, here: Turn, answer: Answer, *, once: str) -> None:
        """Send the messages of an answer: to a message where it was written, else to the person's own chat.

        A request repeated, as after a double-click, has the same answer; this process does not post it twice.
        """
        if not answer.messages or once in self._told:
            return
        self._told[once] = None
        if len(self._told) > MOST_REMEMBERED:
            self._told.popitem(last=False)
        reply_to = "" if here.invoke else here.activity_id
        try:
            to = here.reference
            if here.invoke and not here.personal:
                to = await self._own_chat(here)
            for activity in answer.messages:
                await self._send(to, activity, reply_to)
        except (TryLater, Undeliverable) as error:
            self._told.pop(once, None)
            log.warning("teams_answer_lost", error=str(error))

    async def _own_chat(self, here: Turn) -> Reference:
        seen = self._seen.of(here.reference.tenant, here.reference.user)
        if seen is not None and seen.chat is not None:
            return seen.chat
        return await self._connector.open_dm(
            here.reference.service_url, tenant=here.reference.tenant, user=here.reference.user
        )

    async def _send(self, to: Reference, activity: Node, reply_to: str) -> None:
        for attempt in range(1, SEND_TRIES + 1):
            try:
                await self._connector.send(to, activity, reply_to=reply_to)
                return
            except TryLater as later:
                if attempt == SEND_TRIES:
                    raise
                wished = 0.25 * 2**attempt if later.after_seconds is None else later.after_seconds
                await asyncio.sleep(min(wished, MOST_WAIT_SECONDS))

    async def _with_object_ids(self, command: Command, accounts: list[str], here: Turn) -> Command:
        """Mentions name Teams' own account ids: put the object ids in their place, which the directory knows."""
        text = command.text
        for account in accounts[:MOST_NAMED]:
            if account not in self._object_ids:
                place = here.reference
                member = await self._connector.member(place.service_url, place.conversation, account)
                found = text_of(member, "aadObjectId") or text_of(member, "objectId")
                if not found:
                    continue
                self._object_ids[account] = found
                if len(self._object_ids) > MOST_REMEMBERED:
                    self._object_ids.popitem(last=False)
            self._seen.met(here.reference, self._object_ids[account], account)
            text = text.replace(f"<@{account}>", f"<@{self._object_ids[account]}>")
        return command if text == command.text else command.model_copy(update={"text": text})

    def _file(self, answer: FileAnswer, here: Turn) -> Answer:
        """Yes to a file: made and uploaded beside the response, which Teams awaits for some seconds only."""
        asked = here.reference
        try:
            message = files.offered(self._registration, answer, tenant=asked.tenant, user=asked.user)
        except files.NotOffered:
            return Answer(body={}, messages=[_words(ASK_AGAIN)])
        if not answer.accepted:
            return Answer(body={}, messages=[_words(DECLINED)])
        if self._exports is None:
            return Answer(body={}, messages=[_words(ASK_AGAIN)])
        offer = here.reply_to or answer.upload_url
        if offer not in self._uploads:
            work = files.upload(self._registration, self._connector, self._exports, message, answer)
            task = asyncio.create_task(self._uploaded(work, here))
            self._uploads[offer] = task
            task.add_done_callback(lambda _: self._uploads.pop(offer, None))
        return Answer(body={})

    async def _uploaded(self, work: Coroutine[object, object, Node], here: Turn) -> None:
        try:
            activity = await work
        except Refused as refusal:
            activity = _words(refusal.sentence)
        except Exception as error:
            log.error("teams_upload_failed", **_where(error))
            activity = _words(ASK_AGAIN)
        await self._deliver(here, Answer(messages=[activity]), once=f"file {here.activity_id}")


def _gate(registration: Registration) -> Admits:
    from handlers.teams.sdk import Gate  # Microsoft's SDK takes long to load.

    return Gate(registration)


def _words(text: str) -> Node:
    return render.message(render.card(sentence(text), ""))


async def _body(request: web.Request) -> bytes:
    """Raises Refusal if it is too large, said to be or found to be."""
    too_large = Refusal(413, "The request is too large.")
    if (request.content_length or 0) > MOST_BODY_BYTES:
        raise too_large
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise too_large from error
    except (web.RequestPayloadError, HttpProcessingError) as error:
        raise Malformed("body") from error
    if len(body) > MOST_BODY_BYTES:
        raise too_large
    return body


def _parsed(body: bytes) -> Node:
    try:
        activity = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("body") from error
    if not isinstance(activity, dict):
        raise Malformed("body")
    return activity


def _json(body: Node, status: int) -> web.Response:
    return web.Response(body=to_json(body), status=status, content_type="application/json")


def _where(error: Exception) -> dict[str, str]:
    """Kind and place of an error for the log: its message may hold what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rsplit('/', 3)[-1]}:{frames[-1].lineno}" if frames else ""
    return {"error": type(error).__name__, "at": place}
