"""What is read of a pulse: three sentences for everybody, groups for HR and the AI function, and ranges alone."""

import asyncio
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from bot.cli import app
from bot.playground.blocks import check_message_blocks
from domain.people import Act, Person, Role, TeamKind, may
from handlers.cards import Button, Chart
from handlers.pulses import closing, exporting, results, results_page
from handlers.registry import capabilities
from handlers.slack import render as slack
from handlers.teams import limits as teams_limits
from handlers.teams import render as teams
from storage import migrate, releases
from storage.outbox import outbox
from storage.people import person
from storage.releases import comment
from storage.store import Work, open_store
from storage.vault import MemoryVault
from tests import company
from tests.chat import button, buttons_of, card_of, labels, words
from tests.conftest import MovedClock
from tests.pulses.conftest import Poll, grow, spec, three

# ------------------------------------------------------------------------------------------------- what is shown


async def released(poll: Poll) -> int:
    """A pulse of three questions that 29 people of three teams answered, released; its id."""
    number = await poll.launch(three())
    await poll.sent()
    for first in range(1, 13):
        await poll.answer(f"Claims{first}", number, 5 if first % 3 else 2, 4 if first % 2 else 1, 2)
    for first in range(1, 9):
        await poll.answer(f"Complaints{first}", number, 5, 4, 2)
    for first in range(1, 10):
        await poll.answer(f"Receivables{first}", number, 1, 4, 2)
    await poll.close()
    await poll.sent()
    return number


async def kept_politely(poll: Poll, begins: str) -> list[bool]:
    """Of the messages whose keys begin so, whether they wait for the hours of whoever gets them."""

    def unit(work: Work) -> list[bool]:
        asked = sa.select(outbox.c.polite).where(outbox.c.key.startswith(begins))
        return [bool(row[0]) for row in work.connection.execute(asked)]

    return await poll.store.read(unit)


async def test_everybody_gets_three_sentences_and_a_chart_when_the_days_for_an_answer_are_over(
    poll: Poll,
) -> None:
    await poll.launch(three())
    await poll.sent()
    for first in range(1, 13):
        await poll.answer(f"Claims{first}", 1, 5, 4, 2)
    await poll.close()
    assert await kept_politely(poll, "pulse.closed:") == [True, True]
    told = await poll.sent()
    assert {who for who, _ in told} == {"Hana", "Emil"}
    assert labels(told[0][1]) == ["Read the results", "Say what happens next"]
    poll.clock.move(days=6)
    sent = await poll.sent()
    assert {who for who, _ in sent} == set(poll.company.person)
    shown = sent[0][1]
    assert len({one.model_dump_json() for _, one in sent}) == 1
    said = words(shown)
    assert said.index("What we heard.") < said.index("What is not shown.") < said.index("What happens next.")
    assert "fewer than 10 answers" in said and "HR and the AI function alone" in said
    assert "have not said yet. Their answer was due on Monday 30 November" in said
    (drawn,) = [one for one in shown.elements if isinstance(one, Chart)]
    assert "Understanding: between 83 and 100 of 100 favourable" in drawn.summary
    assert labels(shown) == []


async def test_no_number_of_people_stands_on_any_result(poll: Poll) -> None:
    number = await released(poll)

    def unit(work: Work) -> str:
        one = results.known(str(number), work)
        read = results._read(work, one)
        cards = [results_page.card(read, page) for page in range(len(results_page.parts(read)))]
        said = " ".join(words(card) for card in cards)
        return said + results_page.html(read) + words(results.everybodys(work, one))

    said = await poll.store.read(unit)
    counted = await poll.store.read(lambda work: releases.of(work, number))
    everybody = len(poll.company.person)
    assert {one.n for one in counted} == {12, 17} and everybody == 41
    for exact in (12, 17, 29, 41):
        assert not re.search(rf"\b{exact} (answer|people|person|of the)", said), exact
    assert "between 60 and 80 of 100 answered" in said.lower()


async def test_an_employee_reads_nothing_before_it_goes_out_and_no_group_after(poll: Poll) -> None:
    await released(poll)
    early = words(card_of(await poll.say("Ada", "pulse results")))
    assert "by Monday 30 November at the latest" in early and "of 100" not in early
    poll.clock.move(days=6)
    later = words(card_of(await poll.say("Ada", "pulse results")))
    assert "What we heard." in later and "Operations" not in later
    hana = card_of(await poll.say("Hana", "pulse results"))
    following = next(one for one in buttons_of(hana) if one.label.startswith("Next: "))
    for who in ("Ada", "Ines"):
        refused = words(card_of(await poll.press(who, following)))
        assert "for HR and the AI function" in refused
        file = await poll.press(who, button(hana, "As a page"))
        assert "for HR and the AI function" in words(card_of(file))
    admins = words(card_of(await poll.say("Ines", "pulse results")))
    assert "Operations" not in admins


async def test_hr_and_the_ai_function_read_groups_department_by_department(poll: Poll) -> None:
    await released(poll)
    for who in ("Hana", "Emil"):
        first = card_of(await poll.say(who, "pulse results FIRST"))
        said = words(first)
        assert "Results of First pulse" in said and "What cannot be shown" in said
        assert "3 teams of Finance are counted in “Other teams, across departments”." in said
        assert "Understanding: I can say what the AI tools we use should make easier in my own work." in said
        assert "A trust gap" in said and "Next for HR:" in said and "Next for the AI function:" in said
        second = card_of(await poll.press(who, button(first, "Next: Operations")))
        assert "Operations/Claims" in words(second) and "Payables" not in words(second)
        back = card_of(await poll.press(who, button(second, "Back: Everyone")))
        assert words(back) == said


async def test_every_page_fits_both_platforms(poll: Poll) -> None:
    await released(poll)
    first = card_of(await poll.say("Hana", "pulse results"))
    second = card_of(await poll.press("Hana", button(first, "Next: Operations")))
    for shown in (first, second):
        assert len(labels(shown)) <= 6
        for version in slack.versions(shown):
            for message in version:
                assert not check_message_blocks(message["blocks"])
        assert "Trust in the results" in json.dumps(slack.messages(shown))
        pages = teams.pages(shown, "nonce")
        assert "Trust in the results" in json.dumps(pages, ensure_ascii=False)
        assert all(len(json.dumps(page).encode()) < teams_limits.MOST_BYTES for page in pages)


async def test_the_page_on_paper_says_what_the_cards_say(poll: Poll) -> None:
    number = await released(poll)
    hana = poll.company.person["Hana"]
    known = {name: make for one in capabilities() for name, make in one.files.items()}
    params = {"person_id": str(hana), "pulse": str(number)}
    page = await poll.store.read(lambda work: known[results.FILE](work, params))
    assert "Operations/Claims" in page and "What cannot be shown" in page and "<svg" in page
    assert "http" not in page.replace("http-equiv", "")

    def leave(work: Work) -> None:
        work.connection.execute(sa.update(person).where(person.c.id == hana).values(roles=""))

    await poll.store.write(leave)
    with pytest.raises(results.NotYours):
        await poll.store.read(lambda work: known[results.FILE](work, params))


async def test_comments_are_for_the_two_functions_by_department_and_beside_no_score(poll: Poll) -> None:
    number = await released(poll)

    def write(work: Work) -> None:
        operations = work.connection.execute(
            sa.text("SELECT id FROM team WHERE path = 'Operations'")
        ).scalar()
        rows = [
            {"pulse_id": number, "block": block, "id": bytes([at]) * 16, "text": f"Comment {at}, <b>"}
            for at, block in enumerate([operations] * 7 + [0] * 5)
        ]
        work.connection.execute(sa.insert(comment), rows)

    await poll.store.write(write)
    first = card_of(await poll.say("Hana", "pulse results"))
    one = card_of(await poll.press("Hana", button(first, "Comments")))
    two = card_of(await poll.press("Hana", button(one, "More comments")))
    said = words(one) + words(two)
    assert all(f"“Comment {at}, <b>”" in said for at in range(12))
    assert "Other departments" in said and "Operations" in said and "of 100" not in said
    assert "Comment" not in words(first).replace("Comments", "")
    poll.clock.move(days=6)
    assert all("Comment 1" not in words(shown) for _, shown in await poll.sent())
    assert "Comment 1" not in words(card_of(await poll.say("Ada", "pulse results")))
    assert "Comment 1" not in words(card_of(await poll.press("Ines", button(first, "Comments"))))


async def test_a_pulse_that_too_few_answered_tells_everybody_why_at_once(poll: Poll) -> None:
    await poll.launch(spec())
    await poll.sent()
    await poll.answer("Claims1", 1, 5)
    await poll.close()
    sent = await poll.sent()
    said = [words(shown) for who, shown in sent if who == "Ada"]
    assert len(said) == 1 and "Fewer than 5 people answered" in said[0] and "destroyed unread" in said[0]
    assert "destroyed unread" in words(card_of(await poll.say("Hana", "pulse results")))


async def test_a_pulse_that_was_called_off_tells_everybody_kindly(poll: Poll) -> None:
    number = await poll.launch(spec())
    await poll.sent()
    await poll.store.write(lambda work: closing.discard(work, number))
    sent = await poll.sent()
    assert {who for who, _ in sent} == set(poll.company.person)
    assert "nobody has seen one" in words(sent[0][1])


async def test_what_is_not_there_gets_a_sentence(poll: Poll) -> None:
    assert "No pulse has results yet" in words(card_of(await poll.say("Hana", "pulse results")))
    number = await poll.launch(spec())
    pressed = await poll.press("Hana", one_button("pulse.results", str(number)))
    assert "has no results yet" in words(card_of(pressed))
    for value in ("", "x", "999", "-1", "1 c", f"{number} x", "1 c99999999"):
        reply = await poll.press("Hana", one_button("pulse.results", value))
        assert words(card_of(reply))
    assert "no such pulse" in words(card_of(await poll.press("Hana", one_button("pulse.results", "999"))))


def one_button(action: str, value: str) -> Button:
    return Button(label="", action=action, value=value)


# ------------------------------------------------------------------------------------------------------ the file


async def test_the_file_has_ranges_and_bands_and_no_number_of_people(poll: Poll) -> None:
    number = await released(poll)
    text = await poll.store.read(lambda work: exporting.exported(work, number, "json"))
    (one,) = json.loads(text)["pulses"]
    assert one["title"] == "First pulse" and one["smallest_group"] == 10
    everyone = one["groups"][0]
    assert everyone["response_percent"] == [60, 80]
    assert everyone["questions"][2]["unfavourable_percent"] == [79, 100]

    def keys(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for name, each in value.items():
                yield name
                yield from keys(each)
        elif isinstance(value, list):
            for each in value:
                yield from keys(each)

    assert not {"n", "answered", "invited", "count", "favourable", "unfavourable"} & set(keys(one))
    table = await poll.store.read(lambda work: exporting.exported(work, None, "csv"))
    head, *rows = table.removeprefix("\ufeff").splitlines()
    assert head.startswith("record,pulse,title") and len(rows) == 3 * len(one["groups"])
    assert table.startswith("\ufeff")


async def test_a_comment_cannot_become_a_formula_in_the_file(poll: Poll) -> None:
    number = await released(poll)

    def write(work: Work) -> None:
        row = {"pulse_id": number, "block": 0, "id": b"x" * 16, "text": '=HYPERLINK("x")'}
        work.connection.execute(sa.insert(comment), row)

    await poll.store.write(write)
    table = await poll.store.read(lambda work: exporting.exported(work, number, "csv"))
    assert "\"'=HYPERLINK" in table


async def test_a_pulse_that_is_open_or_unknown_has_no_file(poll: Poll) -> None:
    number = await poll.launch(spec())
    for asked, problem in ((number, results.NoResultsYet), (999, Exception), (None, results.NoneYet)):
        with pytest.raises(problem):
            await poll.store.read(partial(exporting.exported, pulse_id=asked, form="csv"))


def test_only_the_two_functions_may_read_groups() -> None:
    for role, expected in ((Role.HR, True), (Role.AI, True), (Role.ADMIN, False), (Role.TECHNICAL, False)):
        one = Person(
            id=1, name="A", email="a@alder.example", team_id=1, team_path="A", team_kind=TeamKind.BUSINESS,
            time_zone="Europe/Berlin", locale="en", roles=frozenset({role}),
        )  # fmt: skip
        assert may(one, Act.READ_PULSE_RESULTS) is expected


async def test_the_command_writes_the_file_and_says_what_it_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: MovedClock
) -> None:
    url = f"sqlite:///{tmp_path / 'tandem.db'}"
    await asyncio.to_thread(migrate.upgrade, url)
    store = open_store(url, clock, vault=MemoryVault())
    made = await company.founded(store)
    await store.write(lambda work: grow(work, made.person))
    number = await released(Poll(store, made, clock))
    await store.close()
    monkeypatch.setenv("TANDEM_DATABASE_URL", url)
    monkeypatch.setenv("TANDEM_VAULT_DIR", str(tmp_path.parent / f"{tmp_path.name}-vault"))
    monkeypatch.chdir(tmp_path)

    def run(*typed: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["export", "pulse", *typed])
        return done.exit_code, done.stdout if done.exception is None else str(done.exception)

    exit_code, said = await asyncio.to_thread(run, str(number), "--format", "json")
    assert exit_code == 0 and json.loads(said)["pulses"][0]["pulse"] == number
    exit_code, _ = await asyncio.to_thread(run, "--out", "pulses.csv")
    assert exit_code == 0
    table = (tmp_path / "pulses.csv").read_bytes()
    assert table.startswith(b"\xef\xbb\xbfrecord,") and table.count(b"\r\n") > 3 and b"\r\r" not in table
    for typed, sentence in (
        (("99",), "I know no such pulse"),
        (("--format", "xlsx"), "--format is csv or json."),
        (("--out", "nowhere/x.csv"), "There is no folder nowhere."),
    ):
        exit_code, said = await asyncio.to_thread(run, *typed)
        assert exit_code != 0 and sentence in said, said
