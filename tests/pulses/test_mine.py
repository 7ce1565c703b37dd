"""A person's own pulses in chat: what is open, a rest from them, and nothing kept of having looked."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.people import Platform
from domain.pulses import Audience
from handlers.conversation import Command
from storage import preferences, pulses, rosters
from storage.preferences import preference
from storage.schema import metadata
from storage.store import Work
from storage.vault import FileVault
from tests.chat import button, card_of, key, labels, words
from tests.pulses.conftest import Poll, spec

Rows = dict[str, list[tuple[object, ...]]]


async def kept(poll: Poll, *but: str) -> Rows:
    """Every row of every table but these."""

    def unit(work: Work) -> Rows:
        return {
            name: sorted((tuple(row) for row in work.connection.execute(sa.select(table))), key=repr)
            for name, table in metadata.tables.items()
            if name not in but
        }

    return await poll.store.read(unit)


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_who_is_asked_sees_what_is_open_and_whether_they_answered(
    poll: Poll, platform: Platform
) -> None:
    number = await poll.launch()
    card = card_of(await poll.say("Ada", "pulse", platform))
    assert "First pulse\nOpen until the end of Tuesday 24 November. You have not answered." in words(card)
    assert labels(card) == ["Answer", "Not for four weeks", "No more pulses"]
    ballot = card_of(await poll.press("Ada", button(card, "Answer"), platform))
    assert "Who can see this?" in labels(ballot)
    await poll.answer("Ada", number, 4, platform=platform)
    card = card_of(await poll.say("Ada", "pulse", platform))
    assert "You have answered; until then you can change or withdraw it." in words(card)
    assert labels(card)[0] == "Look or change"
    assert "You have not answered." in words(card_of(await poll.say("Bo", "pulse", platform)))


async def test_who_is_not_asked_is_told_so_and_only_the_functions_read_of_planning(poll: Poll) -> None:
    await poll.launch(spec(audience=Audience(kind="departments", ids=(await team(poll, "Operations"),))))
    said = words(card_of(await poll.say("Audit1", "pulse")))
    assert "No pulse asks you at the moment." in said and "pulse new" not in said
    for who in ("Hana", "Emil"):
        assert "/pulse new" in words(card_of(await poll.say(who, "pulse")))
    assert "/pulse new" not in words(card_of(await poll.say("Ines", "pulse")))


async def team(poll: Poll, path: str) -> int:
    def unit(work: Work) -> int:
        teams = metadata.tables["team"]
        return int(work.connection.execute(sa.select(teams.c.id).where(teams.c.path == path)).scalar_one())

    return await poll.store.read(unit)


async def test_help_says_what_to_type(poll: Poll) -> None:
    said = words(card_of(await poll.say("Ada", "pulse help")))
    assert "How to use /pulse" in said and "a rest from them" in said


async def test_an_unanswered_pulse_is_the_first_thing_on_the_page_and_goes_when_answered(poll: Poll) -> None:
    before = words(card_of(await poll.home("Ada")))
    assert "pulse" not in before.lower()
    number = await poll.launch()
    card = card_of(await poll.home("Ada"))
    assert words(card).startswith("First pulse asks you, until the end of Tuesday 24 November.\nAnswer")
    await poll.answer("Ada", number, 2)
    assert words(card_of(await poll.home("Ada"))) == before


async def test_looking_leaves_nothing_behind_wherever_it_is_typed(poll: Poll) -> None:
    """A typed message (`can_ask=False`, as Slack brings it) is as little kept as a command or a page."""
    number = await poll.launch()
    await poll.answer("Ada", number, 2)
    poll.clock.move(hours=2)  # long enough for `seen_at` to be written again, if anything were
    before = await kept(poll)
    for platform in ("slack", "teams"):
        for line in ("pulse", "home", "tandem", "pulse help"):
            await poll.say("Ada", line, platform)
    for line in ("pulse", "home", "tandem", "tandem home"):
        await poll.say("Ada", line, can_ask=False)
    await poll.home("Ada")
    assert await kept(poll) == before


async def test_in_a_channel_nothing_says_who_answered_not_even_to_oneself(poll: Poll) -> None:
    """The answer goes through the outbox there, and that is kept until it is sent."""
    number = await poll.launch()
    await poll.answer("Ada", number, 2)
    stored = await kept(poll)
    for who in ("Ada", "Bo"):
        for line in ("pulse", "home"):
            await poll.send(
                Command(
                    key=key(),
                    origin=poll.origin(who, "teams", private=False, can_ask=False),
                    name=line,
                    text="",
                )
            )
    now = await kept(poll)
    new = [row for name in ("outbox", "inbound") for row in now[name] if row not in stored[name]]
    assert len(new) >= 4
    assert not [row for row in new if "answered" in repr(row)]
    ada, bo = ([row for row in new if who in repr(row)] for who in ("Ada", "Bo"))
    assert len(ada) == len(bo)


async def test_a_rest_is_honoured_ends_by_itself_and_changes_no_count(poll: Poll) -> None:
    card = card_of(await poll.say("Ada", "pulse"))
    said = words(card_of(await poll.press("Ada", button(card, "Not for four weeks"))))
    assert "You hear nothing of pulses until the end of Wednesday 16 December" in said
    await poll.press("Bo", button(card, "No more pulses"))
    number = await poll.launch()
    everybody = set(poll.company.person)
    assert {who for who, _ in await poll.sent()} == everybody - {"Ada", "Bo"}
    invited = await poll.store.read(lambda work: rosters.invited(work, number))
    assert sum(invited.values()) == len(everybody)
    tree = await poll.store.read(lambda work: pulses.tree(work, number))
    assert tree is not None and '"invited":{' in tree.replace(" ", "")
    poll.clock.move(days=5)
    await poll.tick()
    assert {who for who, _ in await poll.sent()}.isdisjoint({"Ada", "Bo"})
    for number_of in range(1, 13):
        await poll.answer(f"Claims{number_of}", number, 3)
    await poll.answer("Ada", number, 3)  # who is asked may always answer
    poll.clock.move(days=2)
    await poll.tick()
    poll.clock.move(days=6)
    assert {"Claims1", "Cleo"} <= {who for who, _ in await poll.sent()} <= everybody - {"Ada", "Bo"}
    poll.clock.move(days=20)
    again = await poll.launch(spec(opens_on=poll.clock.now.date(), closes_on=poll.clock.now.date()))
    assert again != number
    assert {who for who, _ in await poll.sent()} == everybody - {"Bo"}
    assert "Not for four weeks" in labels(card_of(await poll.say("Ada", "pulse")))


async def test_a_rest_that_begins_later_holds_back_what_was_planned_before(poll: Poll) -> None:
    number = await poll.launch()
    card = card_of(await poll.say("Ada", "pulse"))
    await poll.press("Ada", button(card, "No more pulses"))
    assert "Ada" not in {who for who, _ in await poll.sent()}
    assert "First pulse" in words(card_of(await poll.say("Ada", "pulse")))
    assert "First pulse" not in words(card_of(await poll.home("Ada")))
    back = card_of(await poll.press("Ada", button(card_of(await poll.say("Ada", "pulse")), "Ask me again")))
    assert "You are invited to the pulses that ask you" in words(back)
    assert "First pulse" in words(card_of(await poll.home("Ada")))
    assert (await poll.pulse(number)).id == number


async def test_a_rest_is_kept_without_a_time_and_without_a_trace(poll: Poll) -> None:
    before = await kept(poll, "preference")
    card = card_of(await poll.say("Ada", "pulse"))
    pressed = [await poll.press("Ada", button(card, "No more pulses"), once="same") for _ in range(2)]
    assert pressed[0] == pressed[1]
    assert await kept(poll, "preference") == before

    def times(work: Work) -> list[int]:
        return [at.year for at in work.connection.execute(sa.select(preference.c.changed_at)).scalars()]

    assert await poll.store.read(times) == [1970]


async def test_the_settings_say_it_and_change_it_too(poll: Poll) -> None:
    async def choose(wanted: str) -> str:
        page = card_of(await poll.say("Ada", "tandem settings"))
        form = await poll.press("Ada", button(page, "Change"))
        return words(card_of(await poll.submit("Ada", form, {"pulses": wanted, "weekdays": "1,2,3,4,5"})))

    assert "You are invited to the pulses" in words(card_of(await poll.say("Ada", "tandem settings")))
    assert "You hear nothing of pulses: no invitation" in await choose("no")
    assert "until the end of Wednesday 16 December" in await choose("rest")
    poll.clock.move(days=3)
    assert "until the end of Wednesday 16 December" in await choose("resting")
    assert "You are invited to the pulses" in await choose("yes")
    mine = await poll.store.read(lambda work: preferences.of(work, poll.company.person["Ada"]))
    assert (mine.pulses_off, mine.pulses_snoozed_until) == (False, None)


async def test_results_are_there_for_the_functions_at_once_and_for_everybody_when_they_are_out(
    poll: Poll,
) -> None:
    number = await poll.launch()
    for one in range(1, 13):
        await poll.answer(f"Claims{one}", number, 5)
    await poll.close()
    hana, ada = [card_of(await poll.say(who, "pulse")) for who in ("Hana", "Ada")]
    assert "First pulse, closed on 24 November" in words(hana) and "Results" in labels(hana)
    assert "Results" not in labels(ada)
    poll.clock.move(days=6)
    card = card_of(await poll.say("Ada", "pulse"))
    assert button(card, "Results").value == str(number)
    assert "First pulse" in words(card_of(await poll.press("Ada", button(card, "Results"))))


async def test_a_card_never_has_more_buttons_than_teams_shows(poll: Poll) -> None:
    for count in range(1, 7):
        await poll.launch(spec(title=f"Pulse {count}"))
        assert len(labels(card_of(await poll.say("Hana", "pulse", "teams")))) <= 6
    said = words(card_of(await poll.say("Ada", "pulse", "teams")))
    assert "2 more are open, each with its own message in this chat." in said


async def test_without_a_vault_everything_else_goes_on(poll: Poll, tmp_path: Path) -> None:
    await poll.launch()
    poll.store.vault = FileVault(tmp_path / "empty")  # type: ignore[misc]
    said = words(card_of(await poll.say("Ada", "pulse")))
    assert "Answers cannot be locked just now, so please come back later." in said
    assert "Your contributions" in words(card_of(await poll.home("Ada")))
