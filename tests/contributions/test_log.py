"""Logging a contribution through the dispatcher, on both databases."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import date

import pytest

from domain.contributions import Contribution, Kind, Policy, Status
from domain.people import Platform
from handlers import contributions as capability
from handlers import home, initiatives
from handlers.capability import AnyReply
from handlers.cards import Button, Buttons, Card, Text, plain
from handlers.conversation import (
    AnyInbound,
    Command,
    FieldErrors,
    Open,
    Origin,
    Press,
    Replace,
    Say,
    Submission,
)
from handlers.dispatch import Dispatcher
from storage import contributions, outbox
from storage.store import Store
from tests import company
from tests.chat import NoProfiles
from tests.company import Company

_keys = itertools.count(1)


class Bot:
    """The dispatcher, spoken to as a person would."""

    def __init__(self, store: Store, company: Company) -> None:
        self.store = store
        self.company = company
        known = (capability.CAPABILITY, initiatives.CAPABILITY)
        self.dispatch = Dispatcher(
            store,
            (*known, home.capability(known)),
            policy=Policy(),
            profiles={"slack": NoProfiles(), "teams": NoProfiles()},
        )

    def origin(self, first_name: str, platform: Platform = "slack") -> Origin:
        return Origin.model_validate(
            {
                "platform": platform,
                "tenant": company.TENANT[platform],
                "user_id": company.user_id(platform, first_name),
                "channel": "C1",
            }
        )

    async def say(
        self, who: str, line: str, *, key: str | None = None, platform: Platform = "slack"
    ) -> AnyReply:
        name, _, text = line.partition(" ")
        return await self.send(
            Command(key=key or f"k{next(_keys)}", origin=self.origin(who, platform), name=name, text=text)
        )

    async def press(self, who: str, card: Card, label: str, *, key: str | None = None) -> AnyReply:
        button = button_of(card, label)
        return await self.send(
            Press(
                key=key or f"k{next(_keys)}",
                origin=self.origin(who),
                action=button.action,
                value=button.value,
            )
        )

    async def send(self, inbound: AnyInbound) -> AnyReply:
        return await self.dispatch(inbound)

    async def entries(self, who: str) -> list[Contribution]:
        person_id = self.company.person[who]
        return await self.store.read(lambda work: contributions.recent(work, person_id, skip=0, limit=50))

    async def waiting(self) -> list[outbox.Waiting]:
        from datetime import timedelta

        return await self.store.write(lambda work: outbox.take(work, limit=100, lease=timedelta(seconds=0)))


def button_of(card: Card, label: str) -> Button:
    for element in card.elements:
        if isinstance(element, Buttons):
            for button in element.items:
                if isinstance(button, Button) and button.label == label:
                    return button
    raise AssertionError(f"no button {label!r} on {card.summary!r}")


def text_of(card: Card) -> str:
    return "\n".join(plain(element.runs) for element in card.elements if hasattr(element, "runs"))


@pytest.fixture
async def bot(store: Store) -> AsyncIterator[Bot]:
    yield Bot(store, await company.founded(store))


LINE = "contribute 3h data on claims triage: labelled 400 exceptions"


async def test_one_line_is_logged_and_told_back_in_words(bot: Bot) -> None:
    reply = await bot.say("Ada", LINE)
    assert isinstance(reply, Say)
    assert "Logged: 3 h of data on Claims triage, today." in text_of(reply.card)
    assert "Your log this month: 3 h over 1 initiative." in text_of(reply.card)
    [entry] = await bot.entries("Ada")
    assert (entry.effort_minutes, entry.kind.key, entry.what) == (180, "data", "labelled 400 exceptions")
    assert (entry.day, entry.status, entry.version) == (date(2026, 11, 18), Status.COUNTED, 1)


async def test_the_same_request_again_changes_nothing_and_gets_the_same_answer(bot: Bot) -> None:
    first = await bot.say("Ada", LINE, key="again")
    second = await bot.say("Ada", LINE, key="again")
    assert first == second
    assert len(await bot.entries("Ada")) == 1


async def test_the_same_request_many_times_at_once_is_one_entry(bot: Bot) -> None:
    replies = await asyncio.gather(*(bot.say("Ada", LINE, key="at-once") for _ in range(12)))
    assert len({reply.model_dump_json() for reply in replies}) == 1
    assert len(await bot.entries("Ada")) == 1


async def test_undo_withdraws_and_a_second_undo_says_so(bot: Bot) -> None:
    said = await bot.say("Ada", LINE)
    assert isinstance(said, Say)
    undone = await bot.press("Ada", said.card, "Undo")
    assert isinstance(undone, Replace)
    assert await bot.entries("Ada") == []
    again = await bot.press("Ada", said.card, "Undo")
    assert isinstance(again, Say)
    assert "undone, declined or confirmed already" in text_of(again.card)


async def test_nobody_else_can_undo_or_edit(bot: Bot) -> None:
    said = await bot.say("Ada", LINE)
    assert isinstance(said, Say)
    for label in ("Undo", "Edit"):
        reply = await bot.press("Bo", said.card, label)
        assert isinstance(reply, Say)
        assert "Only the person whose entry this is" in text_of(reply.card)
    assert len(await bot.entries("Ada")) == 1


def submission(bot: Bot, who: str, opened: AnyReply, **values: str) -> Submission:
    assert isinstance(opened, Open)
    filled: dict[str, str | tuple[str, ...] | None] = {}
    for field in opened.form.inputs():
        value = getattr(field, "value", None)
        filled[field.name] = None if value is None else str(value)
    filled.update(values)
    return Submission(
        key=f"k{next(_keys)}",
        origin=bot.origin(who),
        form=opened.form.name,
        values=filled,
        context=opened.form.context,
    )


async def test_an_edit_keeps_the_earlier_version(bot: Bot) -> None:
    said = await bot.say("Ada", LINE)
    assert isinstance(said, Say)
    opened = await bot.press("Ada", said.card, "Edit")
    reply = await bot.send(submission(bot, "Ada", opened, effort="1,5h", what="labelled 200 exceptions"))
    assert isinstance(reply, Replace)
    assert "Changed: 1 h 30 min of data" in text_of(reply.card)
    [entry] = await bot.entries("Ada")
    assert (entry.effort_minutes, entry.version) == (90, 2)
    [before] = await bot.store.read(lambda work: contributions.versions(work, entry.id))
    assert (before["effort_minutes"], before["what"], before["version"]) == (
        180,
        "labelled 400 exceptions",
        1,
    )


async def test_an_edit_of_an_outdated_form_is_refused(bot: Bot) -> None:
    said = await bot.say("Ada", LINE)
    assert isinstance(said, Say)
    first = await bot.press("Ada", said.card, "Edit")
    second = await bot.press("Ada", said.card, "Edit")
    await bot.send(submission(bot, "Ada", first, effort="1h"))
    late = await bot.send(submission(bot, "Ada", second, effort="2h"))
    assert isinstance(late, FieldErrors)
    assert "was changed since" in next(iter(late.errors.values()))


async def test_what_is_not_clear_opens_the_form_filled_with_what_was(bot: Bot) -> None:
    reply = await bot.say("Ada", "contribute 3h on claims triage yesterday: labelled 400 exceptions")
    assert isinstance(reply, Open)
    values = {field.name: getattr(field, "value", None) for field in reply.form.inputs()}
    assert values["initiative"] == str(bot.company.initiative["claims"])
    assert (values["effort"], values["kind"], values["day"]) == ("3 h", None, date(2026, 11, 17))
    assert values["what"] == "labelled 400 exceptions"


async def test_an_ambiguous_initiative_is_asked_with_nothing_lost(bot: Bot) -> None:
    reply = await bot.say("Ada", "contribute 2h testing on claim: tried 30 cases")
    assert isinstance(reply, Say)
    picked = await bot.press("Ada", reply.card, "Claims fraud hints")
    assert isinstance(picked, Replace)
    [entry] = await bot.entries("Ada")
    assert entry.initiative_id == bot.company.initiative["claimsfraud"]
    assert (entry.effort_minutes, entry.what) == (120, "tried 30 cases")


async def test_field_errors_stand_at_their_fields_and_keep_what_was_typed(bot: Bot) -> None:
    opened = await bot.say("Ada", "contribute")
    sent = submission(bot, "Ada", opened, effort="-3h", what=" ", day="2027-01-01", link="javascript:x")
    reply = await bot.send(sent)
    assert isinstance(reply, FieldErrors)
    assert {"effort", "kind", "initiative"} <= set(reply.errors)
    assert reply.form is not None
    assert {field.name: getattr(field, "value", None) for field in reply.form.inputs()}["effort"] == "-3h"
    assert await bot.entries("Ada") == []


async def test_more_than_24_hours_on_one_day_are_refused(bot: Bot) -> None:
    await bot.say("Ada", "contribute 20h data on claims: a long day")
    reply = await bot.say("Ada", "contribute 5h data on claims: and more")
    assert isinstance(reply, Open)
    assert "24 hours" in plain(
        next(element.runs for element in reply.form.elements if isinstance(element, Text))
    )
    assert {field.name: getattr(field, "value", None) for field in reply.form.inputs()}["what"] == "and more"
    assert len(await bot.entries("Ada")) == 1


async def test_one_person_on_two_platforms_has_one_log(bot: Bot) -> None:
    await bot.say("Ada", LINE)
    reply = await bot.say("Ada", "contribute 1h review on complaints: read ten answers", platform="teams")
    assert isinstance(reply, Say)
    assert "Your log this month: 4 h over 2 initiatives." in text_of(reply.card)


async def test_a_colleagues_entry_counts_once_they_confirm(bot: Bot) -> None:
    reply = await bot.say("Ada", "contribute for <@U-BO> 2h testing on claims: tried the new rules")
    assert isinstance(reply, Say)
    assert "I have asked Bo Lindqvist to confirm" in text_of(reply.card)
    [entry] = await bot.entries("Bo")
    assert entry.status is Status.AWAITING
    [message] = await bot.waiting()
    card = Card.model_validate_json(message.message.partition('"card":')[2][:-1])
    assert message.person_id == bot.company.person["Bo"]
    confirmed = await bot.press("Bo", card, "Confirm")
    assert isinstance(confirmed, Replace)
    assert "Confirmed: 2 h of testing" in text_of(confirmed.card)
    [entry] = await bot.entries("Bo")
    assert entry.status is Status.COUNTED
    refused = await bot.press("Ada", card, "Decline")
    assert isinstance(refused, Say)


async def test_a_refusal_leaves_nothing_behind(bot: Bot) -> None:
    await bot.say("Bo", "contribute 23h data on claims: a very long day")
    await bot.say("Ada", "contribute for <@U-BO> 2h testing on claims: tried the new rules")
    [message] = await bot.waiting()
    card = Card.model_validate_json(message.message.partition('"card":')[2][:-1])
    reply = await bot.press("Bo", card, "Confirm")
    assert isinstance(reply, Say)
    assert "Please correct the entry instead" in text_of(reply.card)
    statuses = {entry.status for entry in await bot.entries("Bo")}
    assert statuses == {Status.COUNTED, Status.AWAITING}


@pytest.mark.parametrize("line", ["review 2h on claims: read the rules", "review on claims: read the rules"])
async def test_review_is_a_kind_too_where_something_is_logged_behind_it(bot: Bot, line: str) -> None:
    reply = await bot.say("Ada", f"contribute {line}")
    assert isinstance(reply, Say)
    assert "review on Claims triage" in text_of(reply.card)
    assert [(one.kind, one.what) for one in await bot.entries("Ada")] == [(Kind.REVIEW, "read the rules")]


async def test_the_product_owner_thanks_and_nobody_else_may(bot: Bot) -> None:
    await bot.say("Ada", LINE)
    refused = await bot.say("Ada", "contribute review claims")
    assert isinstance(refused, Say)
    assert "Only the product owner" in text_of(refused.card)
    week = await bot.say("Bo", "contribute review claims")
    assert isinstance(week, Say)
    opened = await bot.press("Bo", week.card, "Thank")
    reply = await bot.send(submission(bot, "Bo", opened, note="It halved the false alarms"))
    assert isinstance(reply, Say)
    [message] = await bot.waiting()
    assert message.person_id == bot.company.person["Ada"]
    assert "It halved the false alarms" in message.message


async def test_a_stranger_is_told_whom_to_ask_and_administrators_hear_of_them_once(bot: Bot) -> None:
    for _ in range(2):
        reply = await bot.say("Zoe", LINE)
        assert isinstance(reply, Say)
        assert "ask Ines Vale" in text_of(reply.card)
    [message] = await bot.waiting()
    assert message.person_id == bot.company.person["Ines"]


async def test_in_a_channel_that_others_read_the_answer_goes_to_ones_own_chat(bot: Bot) -> None:
    origin = bot.origin("Ada", "teams").model_copy(update={"private": False})
    reply = await bot.send(Command(key="pub", origin=origin, name="contribute", text=LINE.partition(" ")[2]))
    assert isinstance(reply, Say)
    assert text_of(reply.card) == "I have written to you."
    [message] = await bot.waiting()
    assert (message.person_id, message.platform) == (bot.company.person["Ada"], "teams")
    assert "labelled 400 exceptions" in message.message


@pytest.mark.parametrize(
    "line", ["hi", "help", "", "frobnicate the claims", "contribute help", "tandem", "initiative list"]
)
async def test_every_word_gets_a_useful_answer(bot: Bot, line: str) -> None:
    reply = await bot.say("Ada", line)
    assert isinstance(reply, Say)
    assert reply.card.elements


def test_routes_refuse_two_capabilities_with_one_name() -> None:
    from handlers.registry import Routes

    with pytest.raises(ValueError, match="claim"):
        Routes((capability.CAPABILITY, capability.CAPABILITY, home.capability(())))


async def test_edit_pressed_again_after_an_edit_shows_the_entry_as_it_is_now(bot: Bot) -> None:
    said = await bot.say("Ada", LINE)
    assert isinstance(said, Say)
    opened = await bot.press("Ada", said.card, "Edit", key="the-same-button")
    await bot.send(submission(bot, "Ada", opened, effort="1h"))
    again = await bot.press("Ada", said.card, "Edit", key="the-same-button")
    reply = await bot.send(submission(bot, "Ada", again, what="labelled them twice"))
    assert isinstance(reply, Replace)
    [entry] = await bot.entries("Ada")
    assert (entry.effort_minutes, entry.what, entry.version) == (60, "labelled them twice", 3)
