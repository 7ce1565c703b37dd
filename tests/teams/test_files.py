"""Files: offered, accepted, made, uploaded in parts; declined; and asked for by somebody else."""

from pathlib import Path

import pytest

from domain.errors import NotAllowed
from handlers.cards import sentence
from handlers.conversation import FileMessage
from handlers.ports import Address
from handlers.teams import files
from handlers.teams.app import ASK_AGAIN, DECLINED
from handlers.teams.registration import Registration
from tests.teams import activities as teams
from tests.teams.conftest import Bot, Node
from tests.teams.connector_stub import Misbehaviour

MESSAGE = FileMessage(
    export="contributions",
    params={"asked_by": "7", "initiative": "3"},
    filename="claims triage: log.csv",
    card=sentence("Here is the log of claims triage."),
)


async def offered(bot: Bot, content: bytes) -> Node:
    bot.files.path.write_bytes(content)
    address = Address(tenant=teams.TENANT, user_id=teams.ANNA)
    await bot.sender.send(address, MESSAGE, key="k", file=bot.files.path)
    attachment: Node
    (attachment,) = bot.stub.activities[-1]["attachments"]
    bot.stub.received.clear()
    return attachment


async def answered(bot: Bot, consent: Node, *, accepted: bool = True, user: str = teams.ANNA) -> None:
    where = {"service_url": bot.stub.url, "user": user}
    answer = teams.file_answer(consent, f"{bot.stub.url}upload", accepted=accepted, **where)
    assert await bot.post(answer) == (200, {})
    await bot.app.finish()


async def test_a_file_is_offered_with_its_size_and_no_content(bot: Bot) -> None:
    consent = await offered(bot, b"x" * 1234)
    assert consent["contentType"] == "application/vnd.microsoft.teams.card.file.consent"
    assert consent["name"] == "claims triage_ log.csv"
    assert consent["content"]["sizeInBytes"] == 1234
    assert consent["content"]["description"] == "Here is the log of claims triage."


async def test_an_accepted_file_is_made_again_uploaded_in_parts_and_shown(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PART_BYTES", 1000)
    consent = await offered(bot, bytes(range(250)) * 10)
    await answered(bot, consent)
    assert [span for span, _ in bot.stub.uploads] == [
        "bytes 0-999/2500",
        "bytes 1000-1999/2500",
        "bytes 2000-2499/2500",
    ]
    assert b"".join(part for _, part in bot.stub.uploads) == bytes(range(250)) * 10
    (asked,) = bot.files.asked
    assert (asked.export, asked.params, asked.filename) == (MESSAGE.export, MESSAGE.params, MESSAGE.filename)
    (info,) = bot.stub.activities[-1]["attachments"]
    assert info["contentType"] == "application/vnd.microsoft.teams.card.file.info"
    assert info["content"] == {"uniqueId": "1150D938-8870-4044-9F2C-5BBDEBA70C9D", "fileType": "csv"}


async def test_a_declined_file_is_not_made(bot: Bot) -> None:
    await answered(bot, await offered(bot, b"x"), accepted=False)
    assert bot.files.asked == []
    assert DECLINED in teams.words(bot.stub.cards[0])


async def test_somebody_else_cannot_accept_a_file(bot: Bot) -> None:
    await answered(bot, await offered(bot, b"x"), user=teams.BEN)
    assert bot.files.asked == []
    assert ASK_AGAIN in teams.words(bot.stub.cards[0])


@pytest.mark.parametrize("change", [('"7"', '"8"'), ("contributions", "everything")])
async def test_an_offer_cannot_be_changed_by_the_client(bot: Bot, change: tuple[str, str]) -> None:
    consent = await offered(bot, b"x")
    context = consent["content"]["acceptContext"]
    context["_tandem"] = context["_tandem"].replace(*change)
    await answered(bot, consent)
    assert bot.files.asked == []


async def test_who_may_not_have_the_file_any_more_is_told_so(bot: Bot) -> None:
    bot.files.refusal = NotAllowed()
    await answered(bot, await offered(bot, b"x"))
    assert bot.stub.uploads == []
    assert "You cannot do that here." in teams.words(bot.stub.cards[0])


async def test_an_upload_that_fails_is_said(bot: Bot) -> None:
    consent = await offered(bot, b"x")
    bot.stub.misbehave.append(Misbehaviour(507))
    await answered(bot, consent)
    assert ASK_AGAIN in teams.words(bot.stub.cards[0])


async def test_a_file_goes_to_no_address_but_the_organisations_store(bot: Bot) -> None:
    consent = await offered(bot, b"x")
    answer = teams.file_answer(consent, "https://evil.example/upload", service_url=bot.stub.url)
    await bot.post(answer)
    await bot.app.finish()
    assert bot.files.asked == []
    assert ASK_AGAIN in teams.words(bot.stub.cards[0])


def test_an_offer_is_sealed_with_the_bots_own_secret(tmp_path: Path) -> None:
    ours, theirs = (
        Registration(app_id=teams.APP_ID, password=password, tenant_id=teams.TENANT)
        for password in ("a", "b")
    )
    assert ours.seal("x") != theirs.seal("x")
    assert ours.seal("x") == ours.seal("x")
