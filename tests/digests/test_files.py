"""Digests and briefs as pages, as Markdown and on both platforms' cards."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import app
from bot.playground.blocks import check_message_blocks
from domain.contributions import Kind
from domain.errors import NotAllowed
from handlers import markdown
from handlers.cards import Card, Chart, Column, Series, Table, Text, code, link, runs, strong
from handlers.conversation import MESSAGE, FileMessage
from handlers.digests import weekly
from handlers.exports import UnknownFile
from handlers.pages import charts
from handlers.slack import render as slack
from handlers.teams import render as teams
from storage import migrate, outbox
from storage.store import open_store
from tests import company
from tests.chat import button, card_of
from tests.digests.conftest import MONDAY, WEEK, DigestChat, exports
from tests.teams.test_render import assert_valid

HOSTILE = "tried <script>alert(1)</script> & *stars* <!channel> | `ticks`"


async def full(chat: DigestChat) -> Card:
    """A card with most sections in it."""
    for weeks in range(1, 9):
        await chat.log("Bo", MONDAY - timedelta(weeks=weeks))
    for who, kind in (("Ada", Kind.TESTING), ("Bo", Kind.DATA), ("Emil", Kind.REVIEW)):
        await chat.log(who, MONDAY, kind=kind, what=HOSTILE)
    return card_of(await chat.say("Ines", "tandem digest"))


async def asked_for(chat: DigestChat, who: str) -> FileMessage:
    """The message with the page that somebody pressed for."""
    card = card_of(await chat.say(who, "tandem digest"))
    await chat.press(who, button(card, "As a page"))
    rows = await chat.store.write(lambda work: outbox.take(work, limit=9, lease=timedelta(seconds=1)))
    message = MESSAGE.validate_json(rows[-1].message)
    assert isinstance(message, FileMessage)
    return message


async def test_the_page_needs_nothing_else_and_takes_every_word_literally(chat: DigestChat) -> None:
    await full(chat)
    message = await asked_for(chat, "Hana")
    assert message.filename == "digest-2026-W46-hr.html"
    async with exports(chat).file(message) as path:
        page = path.read_text()
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert not re.search(r"(?:src|href)=|url\(|@import", page)
    assert "default-src 'none'" in page
    assert "<svg viewBox" in page and 'aria-label="Entries: AI function 1, usually 0; Operations 2' in page
    assert "prefers-color-scheme: dark" in page
    assert "For HR to do" in page and "For the AI function to do" not in page


async def test_who_may_no_longer_read_it_does_not_get_the_file(chat: DigestChat) -> None:
    await full(chat)
    message = await asked_for(chat, "Hana")
    stolen = message.model_copy(
        update={"params": message.params | {"person_id": str(chat.company.person["Ada"])}}
    )
    with pytest.raises(NotAllowed):
        async with exports(chat).file(stolen):
            pass
    other = message.model_copy(update={"params": message.params | {"audiences": "ai"}})
    with pytest.raises(weekly.NotForYou):
        async with exports(chat).file(other):
            pass


async def test_a_file_that_no_capability_makes_is_refused(chat: DigestChat) -> None:
    message = FileMessage(
        export="poster", params={}, filename="poster.html", card=Card(summary="s", elements=())
    )
    with pytest.raises(UnknownFile):
        async with exports(chat).file(message):
            pass


async def test_both_platforms_take_the_card(chat: DigestChat) -> None:
    for card in (await full(chat), card_of(await chat.say("Ines", "tandem brief"))):
        pages = slack.messages(card)
        assert [check_message_blocks(page["blocks"]) for page in pages] == [[]] * len(pages)
        assert_valid(teams.card(card, "n"))


def test_markdown_takes_every_word_literally() -> None:
    said = markdown.document(
        (
            Text(runs=runs("1. a *star* [x](y) <b> # | _u_\n- no list", strong(" bold* "), code("a`b"))),
            Text(runs=runs(link("a]b", "https://example.com/x"))),
            Table(
                caption="By team",
                columns=(Column(label="Team"), Column(label="Hours", align="right")),
                rows=(("A|B", "1\n2"),),
            ),
        )
    )
    assert said == (
        "1\\. a \\*star\\* \\[x\\](y) \\<b\\> \\# \\| \\_u\\_  \n"
        "\\- no list **bold\\*** ``a`b``\n\n"
        "[a\\]b](<https://example.com/x>)\n\n"
        "By team\n\n| Team | Hours |\n| --- | ---: |\n| A\\|B | 1 2 |\n"
    )


def test_markdown_makes_lists_of_lists() -> None:
    said = markdown.document((Text(runs=runs(strong("To do"), "\n• thank Ada\n• ask - Bo")),))
    assert said == "**To do**\n- thank Ada\n- ask - Bo\n"


def test_bars_are_as_long_as_their_numbers_and_say_them() -> None:
    chart = Chart(
        title="Entries",
        categories=("Bank", "A department with a very long name"),
        series=(Series(name="Now", values=(10.0, 5.0)), Series(name="Usual", values=(0.0, 2.5))),
        unit="entries",
        summary="s",
    )
    bars = charts.drawn(chart).bars
    assert [bar.length * 10 / bars[0].length for bar in bars] == [10, 0, 5, 2.5]
    assert [bar.value for bar in bars] == ["10", "0", "5", "2.5"]
    assert [bar.label for bar in bars] == ["Bank", "", "A department with a very…", ""]
    assert len({bar.y for bar in bars}) == 4


def test_a_chart_of_nothing_is_drawn() -> None:
    chart = Chart(title="t", categories=(), series=(), unit="u", summary="s")
    assert charts.drawn(chart).bars == ()


async def test_the_command_writes_each_format_and_says_what_it_cannot_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'tandem.db'}"
    await asyncio.to_thread(migrate.upgrade, url)
    store = open_store(url)
    chat = DigestChat(store, await company.founded(store))
    await chat.log("Ada", MONDAY, what=HOSTILE)
    await store.close()
    monkeypatch.setenv("TANDEM_DATABASE_URL", url)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words))
        return done.exit_code, done.stdout if done.exception is None else str(done.exception)

    asked = ("digest", "--week", WEEK, "--for", "ai")
    code_of, said = await asyncio.to_thread(run, *asked)
    assert code_of == 0 and said.startswith("# Week 46: digest for the AI function\n")
    out = tmp_path / "week.json"
    await asyncio.to_thread(run, *asked, "--format", "json", "--out", str(out))
    facts = json.loads(out.read_text())
    assert facts["for"] == ["ai"] and facts["version"] == 1 and facts["facts"]["week"] == WEEK
    _, page = await asyncio.to_thread(run, *asked, "--format", "html")
    assert page.startswith("<!doctype html>")
    _, brief = await asyncio.to_thread(run, "brief")
    assert brief.startswith("# Brief for the working session\n")
    for words_typed, sentence in (
        (("digest", "--week", "47"), "A week looks like 2026-W47"),
        (("digest", "--for", "it"), "--for is hr or ai."),
        (("digest", "--format", "pdf"), "--format is html, md or json."),
        (("brief", "--format", "json"), "--format is html or md."),
        (("digest", "--out", "nowhere/week.md"), "There is no folder nowhere."),
    ):
        exit_code, said = await asyncio.to_thread(run, *words_typed)
        assert exit_code != 0 and sentence in said, said
