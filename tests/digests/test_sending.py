"""Digests sent on their day: to whom, where, how late, and what a form changes."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.planner import Planner
from domain.digests import Place, Sending
from handlers.cards import Card
from handlers.conversation import FieldErrors, Open
from handlers.digests import making, weekly
from handlers.digests.settings import section
from storage import organisation
from storage.audit import audit
from storage.outbox import outbox
from storage.people import person
from storage.store import Work
from tests.chat import button, card_of, words
from tests.conftest import MovedClock
from tests.digests.conftest import DigestChat, actor_of, schedule

#: A Monday, a minute after the digest of week 47 is due.
DUE = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
CHANNEL = "C0NEWS"


def planner(chat: DigestChat, clock: MovedClock) -> Planner:
    return Planner(chat.store, [schedule("digest.weekly")], clock)


async def settings(chat: DigestChat) -> Sending:
    return await chat.store.read(making.sending)


async def roles(chat: DigestChat, who: str, roles: str) -> None:
    await chat.store.write(
        lambda work: work.connection.execute(
            sa.update(person).where(person.c.id == chat.company.person[who]).values(roles=roles)
        )
    )


async def test_it_comes_on_monday_morning_once_to_each_of_those_it_is_for(
    chat: DigestChat, clock: MovedClock
) -> None:
    clock.now = DUE - timedelta(minutes=1)
    await planner(chat, clock).tick()
    assert await chat.planned("digest:%") == []
    clock.now = DUE
    for _ in range(3):
        await planner(chat, clock).tick()
        clock.move(minutes=1)
    assert await chat.planned("digest:%") == [
        ("Hana", {"week": "2026-W47", "audiences": "hr"}),
        ("Emil", {"week": "2026-W47", "audiences": "ai"}),
    ]


async def test_it_waits_for_the_reader_and_lets_what_is_urgent_go_first(
    chat: DigestChat, clock: MovedClock
) -> None:
    clock.now = DUE
    await planner(chat, clock).tick()
    rows = await chat.store.read(
        lambda work: work.connection.execute(
            sa.select(outbox.c.priority, outbox.c.polite, outbox.c.batch, outbox.c.expires_at)
        ).all()
    )
    assert {tuple(row) for row in rows} == {(8, True, "digest.weekly/2026-W47", DUE + timedelta(days=6))}


async def test_no_words_of_a_digest_wait_in_the_outbox(chat: DigestChat, clock: MovedClock) -> None:
    await chat.log("Ada", DUE.date() - timedelta(days=4), what="labelled the secret extract")
    clock.now = DUE
    await planner(chat, clock).tick()
    messages = await chat.store.read(
        lambda work: work.connection.execute(sa.select(outbox.c.message)).scalars().all()
    )
    assert messages and not any("secret" in message for message in messages)
    [(who, params), _] = await chat.planned("digest:%")
    card = await chat.live(weekly.VIEW, params, who)
    assert card is not None and "labelled the secret extract" in words(card)


async def test_whoever_is_in_both_functions_gets_one_message_with_both_to_dos(
    chat: DigestChat, clock: MovedClock
) -> None:
    await roles(chat, "Emil", "ai;hr")
    clock.now = DUE
    await planner(chat, clock).tick()
    assert ("Emil", {"week": "2026-W47", "audiences": "hr,ai"}) in await chat.planned("digest:%")
    card = await chat.live(weekly.VIEW, {"week": "2026-W47", "audiences": "hr,ai"}, "Emil")
    assert card is not None and "For HR to do" in words(card) and "For the AI function to do" in words(card)


async def test_who_left_the_function_before_it_is_sent_does_not_get_it(
    chat: DigestChat, clock: MovedClock
) -> None:
    clock.now = DUE
    await planner(chat, clock).tick()
    await roles(chat, "Hana", "")
    assert await chat.live(weekly.VIEW, {"week": "2026-W47", "audiences": "hr"}, "Hana") is None


@pytest.mark.parametrize(("late", "planned"), [(timedelta(days=2, hours=23), 2), (timedelta(days=4), 0)])
async def test_a_missed_one_is_sent_within_three_days_and_says_that_it_is_late(
    chat: DigestChat, clock: MovedClock, late: timedelta, planned: int
) -> None:
    clock.now = DUE + late
    await planner(chat, clock).tick()
    found = await chat.planned("digest:2026-W47:%")
    assert len(found) == planned
    for who, params in found:
        card = await chat.live(weekly.VIEW, params, who)
        assert card is not None
        assert "This comes late: it was due on 23 November 2026 at 08:30" in words(card)


async def test_a_correction_brings_what_was_sent_up_to_date(chat: DigestChat, clock: MovedClock) -> None:
    clock.now = DUE
    await planner(chat, clock).tick()
    await chat.store.write(
        lambda work: work.connection.execute(
            sa.update(outbox).values(state="sent", reference="r", sent_at=work.now)
        )
    )
    await chat.log("Ada", DUE.date() - timedelta(days=3))
    card_of(await chat.say("Hana", "tandem digest"))
    states = await chat.store.read(
        lambda work: work.connection.execute(sa.select(outbox.c.state, outbox.c.subject)).all()
    )
    assert [tuple(row) for row in states] == [("waiting", "digest:2026-W47")] * 2
    card = await chat.live(weekly.VIEW, {"week": "2026-W47", "audiences": "ai"}, "Emil")
    assert card is not None and "Corrected on 23 November 2026." in words(card)


async def test_the_form_sets_day_hour_and_zone_and_the_log_keeps_who_did(chat: DigestChat) -> None:
    opened = await chat.say("Hana", "tandem digest settings")
    reply = await chat.submit(
        "Hana", opened, {"day": "4", "time": "16:15", "zone": "america/new_york", "hr_to": "nobody"}
    )
    assert "The digests come on Thursdays at 16:15 (America/New_York)." in words(card_of(reply))
    assert await settings(chat) == Sending(
        weekday=4, minute=975, zone="America/New_York", hr=Place(people=False)
    )
    events = await chat.store.read(
        lambda work: work.connection.execute(sa.select(audit.c.event, audit.c.actor_id)).all()
    )
    assert [tuple(row) for row in events] == [("setting.changed", chat.company.person["Hana"])]
    again = await chat.submit("Hana", await chat.say("Hana", "tandem digest settings"), {})
    assert "Nothing changed" in words(card_of(again))


async def test_a_changed_day_is_kept_by_the_planner(chat: DigestChat, clock: MovedClock) -> None:
    await chat.submit("Ines", await chat.say("Ines", "tandem digest settings"), {"day": "4", "time": "16:15"})
    clock.now = DUE
    await planner(chat, clock).tick()
    assert await chat.planned("digest:%") == []
    clock.now = datetime(2026, 11, 26, 15, 15, tzinfo=UTC)
    await planner(chat, clock).tick()
    assert len(await chat.planned("digest:2026-W47:%")) == 2


async def test_typed_in_a_channel_it_offers_that_channel_and_says_so_there(
    chat: DigestChat, clock: MovedClock
) -> None:
    opened = await chat.say("Emil", "tandem digest settings", channel=CHANNEL)
    assert isinstance(opened, Open)
    assert [one.name for one in opened.form.inputs()] == ["day", "time", "zone", "ai_to"]
    card_of(await chat.submit("Emil", opened, {"ai_to": "both"}))
    said = await chat.store.read(
        lambda work: (
            work.connection.execute(sa.select(outbox.c.message).where(outbox.c.key.like("digest.here:%")))
            .scalars()
            .all()
        )
    )
    assert len(said) == 1 and "The weekly digest for the AI function comes here on Mondays" in said[0]
    clock.now = DUE
    await planner(chat, clock).tick()
    assert await chat.planned("digest:2026-W47:%") == [
        (None, {"week": "2026-W47", "audiences": "ai"}),
        ("Hana", {"week": "2026-W47", "audiences": "hr"}),
        ("Emil", {"week": "2026-W47", "audiences": "ai"}),
    ]
    card = await chat.live(weekly.VIEW, {"week": "2026-W47", "audiences": "ai"}, None)
    assert card is not None and "For the AI function to do" in words(card)


async def test_hr_cannot_move_the_digest_of_the_ai_function(chat: DigestChat) -> None:
    opened = await chat.say("Hana", "tandem digest settings", channel=CHANNEL)
    assert isinstance(opened, Open)
    assert "ai_to" not in {one.name for one in opened.form.inputs()}
    before = await settings(chat)
    await chat.submit("Hana", opened, {"hr_to": "channel"})
    after = await settings(chat)
    assert after.ai == before.ai and after.hr.channel_id is not None and not after.hr.people


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"time": "25:00"}, "08:30"),
        ({"zone": "Middle Earth"}, "Europe/Berlin"),
        ({"day": "8"}, "day of the week"),
        ({"hr_to": "channel"}, "type the command in the channel"),
    ],
)
async def test_what_cannot_be_set_stands_at_its_input_and_the_rest_stays_typed(
    chat: DigestChat, values: dict[str, str | None], said: str
) -> None:
    opened = await chat.say("Hana", "tandem digest settings")
    typed: dict[str, str | None] = {"time": "07:00", **values}
    reply = await chat.submit("Hana", opened, typed)
    assert isinstance(reply, FieldErrors) and reply.form is not None
    [(name, error)] = reply.errors.items()
    assert name in values and said in error
    shown = {one.name: getattr(one, "value", None) for one in reply.form.inputs()}
    assert shown["time"] == typed["time"]
    assert await settings(chat) == Sending()


async def test_the_settings_button_opens_the_form_for_those_alone_who_may(chat: DigestChat) -> None:
    shown = await chat.store.read(lambda work: section(actor_of(chat, "Hana", work), work))
    nothing = await chat.store.read(lambda work: section(actor_of(chat, "Ada", work), work))
    assert nothing == () and "they come on Mondays at 08:30" in str(shown)
    change = button(Card(summary="s", elements=shown), "Change")
    assert isinstance(await chat.press("Hana", change), Open)
    assert "Only HR, the AI function" in words(card_of(await chat.press("Ada", change)))


async def test_a_setting_from_elsewhere_that_is_broken_does_not_stop_the_digest(
    chat: DigestChat, clock: MovedClock
) -> None:
    def broken(work: Work) -> None:
        organisation.put(work, making.SETTING, {"zone": "Mars/Olympus"}, None)

    await chat.store.write(broken)
    clock.now = DUE
    await planner(chat, clock).tick()
    assert len(await chat.planned("digest:%")) == 2
