"""Messages of the outbox reach people's own chats, and errors say whether to try again."""

import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from handlers.cards import Card, Heading, sentence
from handlers.conversation import CardMessage, FileMessage, FormMessage
from handlers.ports import Address, Closed, Gone, Profiles, Progress, Sender, TryLater, Undeliverable
from handlers.slack.client import SlackClient
from handlers.slack.send import SlackProfiles, SlackSender
from tests.slack.fake import TOKEN, WebApi
from tests.slack.samples import CARD, FORM, PERSON, TEAM

ADDRESS = Address(tenant=TEAM, user_id=PERSON)
KNOWN = Address(tenant=TEAM, user_id=PERSON, conversation="D0001")
HELLO = CardMessage(card=sentence("Hello <!here>"))


@pytest.fixture
async def client(api: WebApi) -> AsyncIterator[SlackClient]:
    opened = SlackClient(TOKEN, f"{api.url}/api/")
    yield opened
    await opened.close()


@pytest.fixture
def sender(client: SlackClient) -> Sender:
    return SlackSender(client)


async def test_a_card_goes_to_the_persons_own_chat_with_its_key(api: WebApi, sender: Sender) -> None:
    sent = await sender.send(ADDRESS, HELLO, key="welcome:7")
    assert api.of("conversations.open") == [{"users": PERSON}]
    (posted,) = api.of("chat.postMessage")
    assert posted["channel"] == "D0009"
    assert posted["text"] == "Hello &lt;!here&gt;"
    assert posted["metadata"] == {"event_type": "tandem_message", "event_payload": {"key": "welcome:7"}}
    assert (posted["unfurl_links"], posted["unfurl_media"]) == (False, False)
    assert (sent.conversation, sent.reference) == ("D0009", "D0009:1763600001.000200")


async def test_a_known_chat_is_not_asked_for_again(api: WebApi, sender: Sender) -> None:
    await sender.send(KNOWN, HELLO, key="k")
    assert api.of("conversations.open") == []
    assert api.of("chat.postMessage")[0]["channel"] == "D0001"


async def test_a_long_card_is_several_messages_each_with_a_key_of_its_own(
    api: WebApi, sender: Sender
) -> None:
    card = Card(summary="Long", elements=tuple(Heading(text=str(number)) for number in range(60)))
    await sender.send(KNOWN, CardMessage(card=card), key="k")
    keys = [posted["metadata"]["event_payload"]["key"] for posted in api.of("chat.postMessage")]
    assert keys == ["k", "k#2"]


async def test_a_table_is_typed_out_where_slack_refuses_the_newer_blocks(api: WebApi, sender: Sender) -> None:
    api.refuses_newer_blocks = True
    await sender.send(KNOWN, CardMessage(card=CARD), key="k")
    refused, taken = api.of("chat.postMessage")
    assert "data_table" in str(refused)
    assert "data_table" not in str(taken)


async def test_a_form_waits_behind_a_button_that_repeats_what_asked_for_it(
    api: WebApi, sender: Sender
) -> None:
    await sender.send(KNOWN, FormMessage(form=FORM, again='{"entry":7}'), key="k")
    (posted,) = api.of("chat.postMessage")
    assert posted["text"] == FORM.title
    (button,) = posted["blocks"][-1]["elements"]
    assert button["action_id"].startswith("form.open#")
    assert (button["value"], button["style"]) == ('{"entry":7}', "primary")
    assert button["accessibility_label"] == "Open the form: Log a contribution"


async def test_a_file_is_uploaded_in_pieces_and_shared_with_a_comment(
    api: WebApi, sender: Sender, tmp_path: Path
) -> None:
    size_bytes = 24_000_000
    file = tmp_path / "export.csv"
    with file.open("wb") as content:
        content.truncate(size_bytes)
    api.answers["files.getUploadURLExternal"] = {"upload_url": f"{api.url}/api/upload", "file_id": "F1"}
    message = FileMessage(export="contributions", params={}, filename="a/b.csv", card=sentence("Here & now"))
    tracemalloc.start()
    try:
        sent = await sender.send(KNOWN, message, key="k", file=file)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert api.uploaded_bytes == size_bytes
    assert peak_bytes < 4_000_000
    assert api.of("files.getUploadURLExternal") == [{"filename": "a-b.csv", "length": str(size_bytes)}]
    (completed,) = api.of("files.completeUploadExternal")
    assert completed["files"] == [{"id": "F1", "title": "a-b.csv"}]
    assert (completed["channel_id"], completed["initial_comment"]) == ("D0001", "Here &amp; now")
    assert sent.reference == "D0001:F1"


async def test_a_file_message_without_its_file_is_never_delivered(sender: Sender) -> None:
    message = FileMessage(export="e", params={}, filename="a.csv", card=sentence("x"))
    with pytest.raises(Undeliverable):
        await sender.send(KNOWN, message, key="k")


async def test_a_card_takes_the_place_of_the_one_that_was_sent(api: WebApi, sender: Sender) -> None:
    sent = await sender.send(ADDRESS, HELLO, key="k")
    again = await sender.update(
        ADDRESS, sent.reference, CardMessage(card=sentence("Settled & done")), key="k~1"
    )
    (updated,) = api.of("chat.update")
    assert (updated["channel"], updated["ts"]) == ("D0009", "1763600001.000200")
    assert (updated["text"], len(updated["blocks"])) == ("Settled &amp; done", 1)
    assert updated["metadata"]["event_payload"] == {"key": "k~1"}
    assert again == sent
    assert len(api.of("chat.postMessage")) == len(api.of("conversations.open")) == 1


async def test_of_a_long_card_the_first_page_is_updated(api: WebApi, sender: Sender) -> None:
    card = Card(summary="Long", elements=tuple(Heading(text=str(number)) for number in range(60)))
    await sender.update(KNOWN, "D0001:1.2", CardMessage(card=card), key="k")
    (updated,) = api.of("chat.update")
    assert updated["blocks"][0]["text"]["text"] == "0"


async def test_an_updated_table_is_typed_out_where_slack_refuses_the_newer_blocks(
    api: WebApi, sender: Sender
) -> None:
    api.refuses_newer_blocks = True
    await sender.update(KNOWN, "D0001:1.2", CardMessage(card=CARD), key="k")
    refused, taken = api.of("chat.update")
    assert "data_table" in str(refused)
    assert "data_table" not in str(taken)
    assert refused["ts"] == taken["ts"]


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_message_that_cannot_be_updated_any_more_is_gone(
    api: WebApi, sender: Sender, code: str
) -> None:
    api.answers["chat.update"] = {"ok": False, "error": code}
    with pytest.raises(Gone, match=code):
        await sender.update(KNOWN, "D0001:1.2", HELLO, key="k")


async def test_an_update_that_is_refused_for_another_reason_is_not_taken_for_a_message_gone(
    api: WebApi, sender: Sender
) -> None:
    api.answers["chat.update"] = {"ok": False, "error": "invalid_blocks"}
    with pytest.raises(Undeliverable) as refused:
        await sender.update(KNOWN, "D0001:1.2", HELLO, key="k")
    assert not isinstance(refused.value, Gone)
    api.answers["chat.update"] = 503
    with pytest.raises(TryLater):
        await sender.update(KNOWN, "D0001:1.2", HELLO, key="k")


async def test_a_card_goes_to_a_channel_by_its_id(api: WebApi, sender: Sender) -> None:
    sent = await sender.send(Address(tenant=TEAM, conversation="C0CLAIMS"), HELLO, key="k")
    assert api.of("chat.postMessage")[0]["channel"] == "C0CLAIMS"
    assert api.of("conversations.open") == []
    assert sent.reference == "C0CLAIMS:1763600001.000200"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("not_in_channel", "not a member of the channel"),
        ("channel_not_found", "not there"),
        ("is_archived", "archived"),
    ],
)
async def test_why_a_channel_cannot_be_written_to_is_said_in_words(
    api: WebApi, sender: Sender, code: str, why: str
) -> None:
    api.answers["chat.postMessage"] = {"ok": False, "error": code}
    with pytest.raises(Undeliverable, match=f"{why}.*{code}"):
        await sender.send(Address(tenant=TEAM, conversation="C0CLAIMS"), HELLO, key="k")


async def test_slacks_own_wish_to_wait_is_passed_on(api: WebApi, sender: Sender) -> None:
    api.headers = {"Retry-After": "37"}
    for answer in (429, {"ok": False, "error": "ratelimited"}):
        api.answers["chat.postMessage"] = answer
        with pytest.raises(TryLater) as refused:
            await sender.send(KNOWN, HELLO, key="k")
        assert refused.value.after_seconds == 37
    assert len(api.of("chat.postMessage")) == 2


@pytest.mark.parametrize(
    "answer",
    [
        500,
        503,
        "drop",
        *({"ok": False, "error": code} for code in ("internal_error", "invalid_auth", "missing_scope")),
    ],
)
async def test_trouble_that_passes_is_tried_later_and_never_resent_by_itself(
    api: WebApi, sender: Sender, answer: Any
) -> None:
    api.answers["chat.postMessage"] = answer
    with pytest.raises(TryLater):
        await sender.send(KNOWN, HELLO, key="k")
    assert len(api.of("chat.postMessage")) == 1


@pytest.mark.parametrize(
    "code",
    [
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "user_not_found",
        "cannot_dm_bot",
        "invalid_blocks",
    ],
)
async def test_a_person_who_cannot_be_reached_is_undeliverable(
    api: WebApi, sender: Sender, code: str
) -> None:
    api.answers["conversations.open"] = {"ok": False, "error": code}
    with pytest.raises(Undeliverable, match=code):
        await sender.send(ADDRESS, HELLO, key="k")


async def test_a_slack_that_is_not_there_is_tried_later() -> None:
    client = SlackClient(TOKEN, "http://127.0.0.1:9/api/")
    try:
        with pytest.raises(TryLater):
            await SlackSender(client).send(KNOWN, HELLO, key="k")
    finally:
        await client.close()


async def test_errors_do_not_repeat_what_was_written(api: WebApi, sender: Sender) -> None:
    api.answers["chat.postMessage"] = {"ok": False, "error": "invalid_blocks", "message": "Hello"}
    with pytest.raises(Undeliverable) as refused:
        await sender.send(KNOWN, HELLO, key="k")
    assert "Hello" not in str(refused.value)


async def test_a_profile_is_looked_up_with_its_locale(api: WebApi, client: SlackClient) -> None:
    user = {
        "id": PERSON,
        "team_id": TEAM,
        "locale": "de-DE",
        "profile": {"real_name": "Ines", "email": "i@a.example"},
    }
    api.answers["users.info"] = {"user": user}
    profiles: Profiles = SlackProfiles(client)
    profile = await profiles.profile(TEAM, PERSON)
    assert profile is not None
    assert (profile.name, profile.locale, profile.refused) == ("Ines", "de-DE", None)
    assert api.of("users.info") == [{"user": PERSON, "include_locale": "true"}]


async def test_nobody_is_none_and_trouble_is_tried_later(api: WebApi, client: SlackClient) -> None:
    profiles = SlackProfiles(client)
    api.answers["users.info"] = {"ok": False, "error": "user_not_found"}
    assert await profiles.profile(TEAM, PERSON) is None
    for answer in (500, {"ok": False, "error": "invalid_auth"}, {"ok": True, "user": 5}):
        api.answers["users.info"] = answer
        with pytest.raises(TryLater):
            await profiles.profile(TEAM, PERSON)


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("conversations.open", "user_disabled"),
        ("conversations.open", "cannot_dm_bot"),
        ("chat.postMessage", "channel_not_found"),
    ],
)
async def test_of_a_person_who_left_the_own_chat_is_closed(
    api: WebApi, sender: Sender, method: str, code: str
) -> None:
    api.answers[method] = {"ok": False, "error": code}
    with pytest.raises(Closed, match=code):
        await sender.send(ADDRESS, HELLO, key="k")


async def test_a_refused_token_closes_nobodys_chat(api: WebApi, sender: Sender) -> None:
    api.answers["chat.postMessage"] = {"ok": False, "error": "account_inactive"}
    with pytest.raises(TryLater):
        await sender.send(KNOWN, HELLO, key="k")


async def test_of_a_long_card_the_pages_that_are_there_are_left_out(api: WebApi, sender: Sender) -> None:
    card = CardMessage(
        card=Card(summary="Long", elements=tuple(Heading(text=str(number)) for number in range(120)))
    )
    progress = Progress()
    await sender.send(KNOWN, card, key="k", progress=progress)
    sent = len(api.of("chat.postMessage"))
    assert progress.pages == sent > 2
    assert progress.first is not None
    again = await sender.send(KNOWN, card, key="k", progress=Progress(sent - 1, progress.first))
    assert again == progress.first
    posted = api.of("chat.postMessage")
    assert len(posted) == sent + 1
    assert posted[-1]["metadata"] == posted[sent - 1]["metadata"]
