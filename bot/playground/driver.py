"""What people do in the workspace: type, press, submit, open; and what the bot's answers do to it."""

import asyncio
import time
from typing import Any

from bot.playground.api import checked_content
from bot.playground.delivery import Courier, Outcome
from bot.playground.forms import Values, find_element, given_values, incomplete, pressed_action
from bot.playground.manifest import Manifest
from bot.playground.payloads import Payloads, escaped
from bot.playground.roster import BOT_USER_ID
from bot.playground.state import ApiError, Channel, Json, Message, State
from bot.playground.views import (
    checked_view,
    close_view,
    open_view,
    replace_view,
)

TROUBLE = "We had some trouble connecting. Try again?"


class Driver:
    """The people of the workspace, driven from Python or the page; named by id, e-mail or handle."""

    state: State
    courier: Courier
    payloads: Payloads
    manifest: Manifest
    problems: list[str]

    # what a person can do

    async def slash(self, user: str, channel: str, command: str, text: str = "") -> Outcome:
        """Type a slash command in a channel (id, name, or `dm`); the answer is shown as Slack shows it."""
        user_id = self.user_id(user)
        where = self.where(user_id, channel)
        declared = next((c for c in self.manifest.commands if c.command == command), None)
        if declared is None:
            self.say_privately(user_id, where, f"{command} is not a valid command.")
            return Outcome("command", {"command": command}, problem="unknown_command")
        payload = self.payloads.command(user_id, where, command, text, escape=declared.should_escape)
        outcome = await self.courier.send("command", payload)
        if outcome.problem is not None:
            reason = outcome.problem
            self.say_privately(user_id, where, f'{command} failed with the error "{reason}"')
        elif outcome.answer:
            content = outcome.answer if isinstance(outcome.answer, dict) else {"text": str(outcome.answer)}
            try:
                self.show_answer(user_id, where.id, content)
            except ApiError as error:
                outcome.problem = error.code
                self.say_privately(user_id, where, f'{command} failed with the error "{error.code}"')
        return outcome

    async def press(
        self,
        user: str,
        where: Json | str,
        action: str,
        value: Any = None,
        *,
        block_id: str | None = None,
        values: Values | None = None,
    ) -> Outcome:
        """Use an interactive element: press a button, choose in a select or an overflow menu.

        `where` is a message as the inspection methods give it, a view (or its id), or `home`. `action` is an
        action_id or the text of a button. `value` is the choice (an option's value or text, a date, a user
        id); for several buttons of one action_id it is the button's value. `values` are other inputs filled in.
        """
        user_id = self.user_id(user)
        holder, message, view = self.holder(user_id, where)
        found_block, element = find_element(holder, action, value, block_id)
        given = given_values(holder, values or {})
        pressed = pressed_action(found_block, element, value, self.state.next_ts())
        if message is not None:
            payload = self.payloads.message_press(user_id, message, pressed, given)
        else:
            assert view is not None
            if element["type"] not in ("button", "overflow"):
                given.setdefault(found_block, {})[element["action_id"]] = value
            for block, actions in given.items():
                view["_typed"].setdefault(block, {}).update(actions)
            payload = self.payloads.view_press(user_id, view, pressed, {})
        outcome = await self.courier.send("interaction", payload)
        if outcome.problem is not None and view is not None:
            view["_trouble"] = TROUBLE
            self.state.touch()
        elif outcome.problem is not None and message is not None:
            self.say_privately(user_id, self.state.channels[message.channel], TROUBLE)
        return outcome

    async def submit(
        self, user: str, view: Json | str, values: Values | None = None, *, force: bool = False
    ) -> Outcome:
        """Submit a modal. `values` is {action_id: value} or {block_id: {action_id: value}}.

        Options may be given by value or text. Required and malformed fields are refused on this side, as
        Slack's client does (outcome.problem `incomplete`), unless `force`. The bot's response_action is carried out;
        field errors are in outcome.errors.
        """
        user_id = self.user_id(user)
        shown = self.view(view)
        given = given_values(shown, values or {})
        for block, actions in given.items():
            shown["_typed"].setdefault(block, {}).update(actions)
        payload = self.payloads.submission(user_id, shown, {})
        missing = {} if force else incomplete(shown)
        shown["_errors"], shown["_trouble"] = missing, ""
        if missing:
            self.state.touch()
            return Outcome("interaction", payload, problem="incomplete", errors=missing)
        outcome = await self.courier.send("interaction", payload)
        self.after_submission(user_id, shown, outcome)
        self.state.touch()
        return outcome

    async def close(self, user: str, view: Json | str, *, clear: bool = False) -> Outcome | None:
        """Close a modal with its close button (or the whole stack); the bot hears of it if it asked to."""
        user_id = self.user_id(user)
        shown = self.view(view)
        clear = clear or bool(shown["clear_on_close"])
        stack = list(self.state.stacks.get(user_id, []))
        for view_id in reversed(stack) if clear else [shown["id"]]:
            close_view(self.state, self.state.views[view_id])
        if not shown["notify_on_close"]:
            return None
        return await self.courier.send("interaction", self.payloads.closed(user_id, shown, cleared=clear))

    async def shortcut(self, user: str, name: str) -> Outcome:
        """Use a global shortcut, by callback_id or name."""
        payload = self.payloads.shortcut(self.user_id(user), self.callback_id(name, "global"))
        return await self.courier.send("interaction", payload)

    async def message_shortcut(self, user: str, message: Json, name: str) -> Outcome:
        """Use a message shortcut, by callback_id or name, on a message."""
        user_id = self.user_id(user)
        found = self.message(message)
        payload = self.payloads.message_shortcut(user_id, self.callback_id(name, "message"), found)
        return await self.courier.send("interaction", payload)

    async def open_home(self, user: str) -> Outcome:
        """Open the bot's Home tab."""
        user_id = self.user_id(user)
        event: Json = {
            "type": "app_home_opened",
            "user": user_id,
            "channel": self.state.dm(user_id).id,
            "tab": "home",
            "event_ts": self.state.next_ts(),
        }
        view_id = self.state.homes.get(user_id)
        if view_id is not None:
            event["view"] = {k: v for k, v in self.state.views[view_id].items() if not k.startswith("_")}
        return await self.event(event)

    async def dm(self, user: str, text: str) -> Outcome:
        """Write to the bot in its direct conversation."""
        user_id = self.user_id(user)
        return await self.say(user_id, self.state.dm(user_id).id, text)

    async def say(self, user: str, channel: str, text: str) -> Outcome:
        """Write a message; the bot hears it in a DM, and in a channel where it is mentioned."""
        user_id = self.user_id(user)
        where = self.where(user_id, channel)
        typed = escaped(self.state, text, with_names=False).replace("@Tandem", f"<@{BOT_USER_ID}>")
        body = self.state.human_body(user_id, typed, self.state.next_ts())
        body["client_msg_id"] = self.state.new_id("m")
        self.state.post(Message(where.id, body))
        event: Json = {**body, "channel": where.id, "event_ts": body["ts"]}
        if where.kind == "im":
            return await self.event({**event, "channel_type": "im"})
        if f"<@{BOT_USER_ID}>" in typed:
            return await self.event({**event, "type": "app_mention"})
        return Outcome("event", {"event": event}, problem="not_subscribed")

    async def user_change(self, user: str, **changes: Any) -> Outcome:
        """Change a user's account (`name`, `email`, `time_zone`, `locale`, `deleted`) and tell the bot."""
        user_id = self.user_id(user)
        for key, value in changes.items():
            setattr(self.state.users[user_id], key, value)
        account = self.state.user_json(
            self.state.users[user_id],
            with_email="users:read.email" in self.manifest.scopes,
            with_locale=True,
        )
        self.state.touch()
        return await self.event({"type": "user_change", "user": account, "event_ts": self.state.next_ts()})

    async def uninstall(self) -> Outcome:
        """Remove the app from the workspace (only the event; the token goes on working)."""
        return await self.event({"type": "app_uninstalled", "event_ts": self.state.next_ts()})

    async def verify_url(self) -> Outcome:
        """Slack's check of the request URL; the bot must answer the challenge."""
        payload = {"token": "playground", "challenge": self.state.new_id("c"), "type": "url_verification"}
        return await self.courier.send("verification", payload)

    async def event(self, event: Json) -> Outcome:
        """Send any event of the Events API, if the manifest subscribes to it."""
        name = "message.im" if event["type"] == "message" else event["type"]
        payload = self.payloads.event(event)
        if name not in self.manifest.events:
            return Outcome("event", payload, problem="not_subscribed")
        return await self.courier.send("event", payload)

    async def suggest(self, user: str, where: Json | str, action: str, typed: str) -> list[Json]:
        """Type into an external select; returns the options (of all groups) that the bot gives."""
        user_id = self.user_id(user)
        holder, message, view = self.holder(user_id, where)
        block_id, element = find_element(holder, action, None, None)
        if view is not None:
            quoted: Json = {
                "container": {"type": "view", "view_id": view["id"]},
                "view": {k: v for k, v in view.items() if not k.startswith("_")},
            }
        else:
            assert message is not None
            quoted = {
                "container": {"type": "message", "message_ts": message.ts, "channel_id": message.channel},
                "channel": {"id": message.channel},
            }
        payload = self.payloads.suggestion(user_id, quoted, block_id, element["action_id"], typed)
        outcome = await self.courier.send("suggestion", payload)
        answer = outcome.answer if isinstance(outcome.answer, dict) else {}
        options = list(answer.get("options") or [])
        for group in answer.get("option_groups") or []:
            options += group.get("options") or []
        return options

    async def resend(self, outcome: Outcome, *, timestamp: int | None = None) -> Outcome:
        """Send the same request again, byte for byte (same trigger_id or event_id), to try idempotency."""
        return await self.courier.resend(outcome, timestamp=timestamp)

    # what the bot's answers do

    def show_answer(
        self, user_id: str, channel_id: str, content: Json, source: Message | None = None
    ) -> None:
        """Show a command's answer or a response_url's message."""
        if content.get("delete_original"):
            if source is not None:
                self.state.remove(source)
            return
        try:
            checked_content(content)
        except ApiError as error:
            self.problems.append(f"{error.code}: {error.extra.get('errors') or content}")
            raise
        if content.get("replace_original") and source is not None:
            body = self.state.bot_body(content)
            body["ts"] = source.ts
            if source.only_for is None:
                body["edited"] = {"user": BOT_USER_ID, "ts": self.state.next_ts()}
            source.body = body
            self.state.touch()
            return
        public = content.get("response_type") == "in_channel"
        body = self.state.bot_body(content)
        self.state.post(Message(channel_id, body, only_for=None if public else user_id))

    def after_submission(self, user_id: str, view: Json, outcome: Outcome) -> None:
        """Carry out the response_action of a view_submission."""
        answer = outcome.answer if isinstance(outcome.answer, dict) else {}
        action = answer.get("response_action")
        if outcome.problem is not None:
            view["_trouble"] = TROUBLE
            return
        try:
            if not answer:
                close_view(self.state, view)
            elif action == "errors":
                self.field_errors(view, outcome, answer.get("errors"))
            elif action == "update":
                outcome.view = replace_view(self.state, view, checked_view(answer.get("view"), "modal"))
            elif action == "push":
                pushed = checked_view(answer.get("view"), "modal")
                outcome.view = open_view(self.state, user_id, pushed, push=True)
            elif action == "clear":
                for view_id in list(self.state.stacks.get(user_id, [])):
                    close_view(self.state, self.state.views[view_id])
            else:
                raise ApiError("invalid_arguments", errors=[f"unknown response_action: {action}"])
        except ApiError as error:
            self.problems.append(f"{error.code}: {error.extra.get('errors')}")
            outcome.problem = error.code
            view["_trouble"] = TROUBLE

    def field_errors(self, view: Json, outcome: Outcome, errors: Any) -> None:
        known = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not set(errors) <= known:
            raise ApiError(
                "invalid_arguments", errors=[f"errors for {errors}, the input blocks are {sorted(known)}"]
            )
        view["_errors"] = {str(key): str(value) for key, value in errors.items()}
        outcome.errors = dict(view["_errors"])

    def say_privately(self, user_id: str, where: Channel, text: str) -> None:
        """A message of the workspace itself (Slackbot's voice), seen by one user."""
        body: Json = {
            "type": "message",
            "user": "USLACKBOT",
            "text": text,
            "ts": self.state.next_ts(),
        }
        self.state.post(Message(where.id, body, only_for=user_id))

    # looking things up

    def user_id(self, ref: str) -> str:
        """The id of the user with this id, e-mail or handle."""
        return self.state.person(ref).id

    def where(self, user_id: str, channel: str) -> Channel:
        if channel == "dm":
            return self.state.dm(user_id)
        return self.state.channel(channel)

    def callback_id(self, name: str, kind: str) -> str:
        for shortcut in self.manifest.shortcuts:
            if shortcut.kind == kind and name in (shortcut.name, shortcut.callback_id):
                return shortcut.callback_id
        raise LookupError(f"the manifest has no {kind} shortcut {name!r}")

    def message(self, ref: Json) -> Message:
        found = self.state.find(ref["channel"], ref["ts"])
        if found is None:
            raise LookupError(f"no message {ref['ts']} in {ref['channel']}")
        return found

    def view(self, ref: Json | str) -> Json:
        view_id = ref if isinstance(ref, str) else ref["id"]
        found = self.state.views.get(view_id)
        if found is None or found["_closed"]:
            raise LookupError(f"no open view {view_id}")
        return found

    def holder(self, user_id: str, ref: Json | str) -> tuple[Json, Message | None, Json | None]:
        """(what has the blocks, the message or None, the view or None)."""
        if ref == "home":
            ref = self.state.homes.get(user_id, "")
        if isinstance(ref, dict) and "ts" in ref:
            message = self.message(ref)
            return message.body, message, None
        view = self.view(ref)
        return view, None, view

    async def settle(self, *, timeout_s: float = 10.0) -> None:
        """Wait until nothing is in flight and the bot has been quiet for a moment."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            idle_s = time.monotonic() - self.courier.last_activity
            if self.courier.in_flight == 0 and idle_s >= self.courier.timing.quiet_s:
                return
            await asyncio.sleep(0.01)
        raise TimeoutError(f"the bot was still busy after {timeout_s} s")
