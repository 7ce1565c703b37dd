"""What is shown after the acknowledgement, and in the place that a form was opened from."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from handlers.cards import sentence
from handlers.conversation import HomeOpened, Nothing, Open, Replace, Say
from handlers.slack import behind
from tests.slack import samples
from tests.slack.fake import Slack
from tests.slack.samples import FORM, HOME, PERSON, SAID

Json = dict[str, Any]


def pressed(slack: Slack, **more: Any) -> str:
    return urlencode({"payload": json.dumps(samples.press(response_url=slack.response_url, **more))})


def sent_in(at: str) -> Json:
    """A form that was opened there is sent in."""
    metadata = json.dumps({"form": FORM.name, "context": "", "at": at})
    return samples.interaction("view_submission", view=samples.view(private_metadata=metadata))


def opened_at(view: Json) -> str:
    at: str = json.loads(view["private_metadata"]).get("at", "")
    return at


async def test_a_press_is_acknowledged_before_its_message_is_replaced(slack: Slack) -> None:
    slack.api.goes_on.clear()
    slack.dispatch.reply = Replace(card=SAID)
    async with asyncio.timeout(1):
        assert (await slack.raw(pressed(slack))).status == 200
    finishing = asyncio.create_task(slack.app.finish())
    await asyncio.sleep(0.05)
    assert not finishing.done()
    slack.api.goes_on.set()
    await finishing
    assert len(slack.api.of("response")) == 1


async def test_the_last_of_two_presses_is_what_stands_in_the_end(slack: Slack) -> None:
    slack.api.goes_on.clear()
    for words in ("First.", "Second."):
        slack.dispatch.reply = Replace(card=sentence(words))
        await slack.raw(pressed(slack, value=words))
    await asyncio.sleep(0.05)
    assert [body["text"] for body in slack.api.of("response")] == ["First."]
    slack.api.goes_on.set()
    await slack.app.finish()
    assert [body["text"] for body in slack.api.of("response")] == ["First.", "Second."]


async def test_beyond_so_many_the_acknowledgement_waits(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behind, "MOST", 0)
    slack.api.goes_on.clear()
    slack.dispatch.reply = Replace(card=SAID)
    request = asyncio.create_task(slack.raw(pressed(slack)))
    await asyncio.sleep(0.05)
    assert not request.done()
    slack.api.goes_on.set()
    assert (await request).status == 200


async def test_it_never_waits_for_longer_than_slack_does(
    slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(behind, "MOST", 0)
    monkeypatch.setattr(behind, "WAIT_S", 0.05)
    slack.api.goes_on.clear()
    slack.dispatch.reply = Replace(card=SAID)
    async with asyncio.timeout(1):
        assert (await slack.raw(pressed(slack))).status == 200
    finishing = asyncio.create_task(slack.app.finish())
    await asyncio.sleep(0.05)
    assert not finishing.done()
    slack.api.goes_on.set()
    await finishing
    assert len(slack.api.of("response")) == 1


async def test_only_so_many_are_shown_at_once() -> None:
    shown: list[int] = []
    goes_on = asyncio.Event()

    async def showing(number: int) -> None:
        shown.append(number)
        await goes_on.wait()

    under_way = behind.Behind()
    for number in range(behind.AT_ONCE + 1):
        await under_way.put(f"U{number}", showing(number))
    await asyncio.sleep(0.01)
    assert shown == list(range(behind.AT_ONCE))
    goes_on.set()
    await under_way.finish()
    assert len(shown) == behind.AT_ONCE + 1


async def test_a_form_opened_from_a_message_changes_that_message(slack: Slack) -> None:
    slack.dispatch.reply = Open(form=FORM)
    await slack.interact(samples.press(response_url=slack.response_url))
    (opened,) = slack.api.of("views.open")
    assert opened_at(opened["view"]) == slack.response_url
    slack.dispatch.reply = Replace(card=SAID)
    answer = await slack.interact(sent_in(slack.response_url))
    assert answer.json == {"response_action": "clear"}
    (body,) = slack.api.of("response")
    assert (body["replace_original"], body["text"]) == (True, "Logged.")


async def test_what_is_only_said_after_a_form_is_said_in_its_window(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID)
    answer = await slack.interact(sent_in(slack.response_url))
    assert answer.json["response_action"] == "update"
    assert slack.api.of("response") == []


async def test_a_message_that_cannot_be_changed_any_more_is_followed_by_another(slack: Slack) -> None:
    slack.api.answers["response"] = 404
    slack.dispatch.reply = Replace(card=SAID)
    assert (await slack.interact(sent_in(slack.response_url))).json == {"response_action": "clear"}
    (posted,) = slack.api.of("chat.postMessage")
    assert (posted["channel"], posted["text"]) == (PERSON, "Logged.")


async def test_windows_know_where_the_first_of_them_was_opened(slack: Slack) -> None:
    slack.dispatch.reply = Open(form=FORM)
    answer = await slack.interact(sent_in(slack.response_url))
    assert opened_at(answer.json["view"]) == slack.response_url
    slack.dispatch.reply = Say(card=SAID)
    answer = await slack.interact(sent_in("home"))
    assert opened_at(answer.json["view"]) == "home"


async def test_what_a_window_of_the_home_tab_changed_is_shown_there(slack: Slack) -> None:
    slack.dispatch.reply = Open(form=FORM)
    await slack.interact(samples.press_in_view("home"))
    (opened,) = slack.api.of("views.open")
    assert opened_at(opened["view"]) == "home"
    assert slack.api.of("views.publish") == []
    slack.dispatch.reply = Replace(card=HOME)
    answer = await slack.interact(sent_in("home"))
    assert answer.json["response_action"] == "update"
    assert isinstance(slack.dispatch.given[-1], HomeOpened)
    (published,) = slack.api.of("views.publish")
    assert published["user_id"] == PERSON


async def test_a_window_that_changed_nothing_leaves_the_home_tab(slack: Slack) -> None:
    slack.dispatch.reply = Nothing()
    await slack.interact(sent_in("home"))
    assert slack.api.of("views.publish") == []


@pytest.mark.parametrize("metadata", ["", "{", "[]", '{"at": 5}', "null"])
async def test_metadata_that_is_none_of_ours_leads_nowhere(slack: Slack, metadata: str) -> None:
    slack.dispatch.reply = Replace(card=SAID)
    payload = samples.interaction("view_submission", view=samples.view(private_metadata=metadata))
    answer = await slack.interact(payload)
    assert answer.status in (200, 400)
    assert slack.api.of("response") == slack.api.of("chat.postMessage") == []
