"""How soon concerns have a first answer stands on the organisation's page of settings, and is changed there."""

import json
from datetime import UTC, datetime

import pytest

from domain.concerns import Levels, Severity, read_levels
from domain.errors import InvalidField
from domain.people import Platform
from handlers.cards import NumberInput
from handlers.concerns.levels import first_answer_due, levels
from handlers.conversation import FieldErrors, Open
from storage import concerns
from storage.store import Work
from tests.chat import buttons_of, card_of, words
from tests.concerns.conftest import Forum


async def now(forum: Forum) -> Levels:
    return await forum.store.read(levels)


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_those_who_set_things_change_it_on_their_page_of_settings(
    forum: Forum, platform: Platform
) -> None:
    page = card_of(await forum.say("Hana", "tandem settings", platform))
    said = "Concerns: a first answer comes within 24 hours to a serious concern, and by the end of 5 working days"
    assert said in words(page)
    change = next(one for one in buttons_of(page) if one.action == "concern.settings")
    opened = await forum.press("Hana", change, platform)
    reply = await forum.submit("Hana", opened, {"serious_hours": "8", "usual_days": "1"}, platform)
    after = "within 8 hours to a serious concern, and by the end of the next working day to any other."
    assert after in words(card_of(reply))
    assert await now(forum) == Levels(8, 1)
    assert after in words(card_of(await forum.say("Emil", "tandem settings", platform)))
    again = await forum.submit(
        "Emil", await forum.say("Emil", "concern settings", platform), {"usual_days": "1"}, platform
    )
    assert "Nothing changed" in words(card_of(again))


async def test_it_holds_for_what_is_handed_over_from_then_on(forum: Forum) -> None:
    await forum.raised("Ada", name="named")
    before = await forum.store.read(lambda work: concerns.by_number(work, 1))
    opened = await forum.say("Hana", "concern settings")
    await forum.submit("Hana", opened, {"serious_hours": "2", "usual_days": "10"})
    await forum.raised("Bo", name="named")

    def unit(work: Work) -> list[datetime | None]:
        found = [concerns.by_number(work, number) for number in (1, 2)]
        return [None if one is None else one.due_at for one in found]

    first, second = await forum.store.read(unit)
    assert before is not None and first == before.due_at is not None
    # Ten working days after Wednesday 18 November, and 17:30 in Berlin.
    assert second == datetime(2026, 12, 2, 16, 30, tzinfo=UTC)
    handed = forum.clock.now
    serious = await forum.store.read(lambda work: first_answer_due(work, Severity.SERIOUS, handed))
    assert (serious - handed).total_seconds() == 2 * 3600


@pytest.mark.parametrize("who", ["Ada", "Dara", "Bo"])
async def test_nobody_else_sees_or_changes_it(forum: Forum, who: str) -> None:
    assert "a first answer comes" not in words(card_of(await forum.say(who, "tandem settings")))
    refused = words(card_of(await forum.say(who, "concern settings")))
    assert "Only HR, the AI function and administrators" in refused
    opened = await forum.say("Hana", "concern settings")
    assert "Only HR" in str(await forum.submit(who, opened, {"serious_hours": "1"}))
    assert await now(forum) == Levels()


@pytest.mark.parametrize(
    ("hours", "days", "wrong"),
    [
        ("0", "5", {"serious_hours"}),
        ("241", "0", {"serious_hours", "usual_days"}),
        ("24", "61", {"usual_days"}),
        ("1.5", "a week", {"serious_hours", "usual_days"}),
        ("", "", {"serious_hours", "usual_days"}),
        ("-3", "5", {"serious_hours"}),
        ("٣", "5", {"serious_hours"}),
        ("9" * 40, "5", {"serious_hours"}),
    ],
)
async def test_what_cannot_be_is_said_at_its_input_with_an_example(
    forum: Forum, hours: str, days: str, wrong: set[str]
) -> None:
    opened = await forum.say("Hana", "concern settings")
    reply = await forum.submit("Hana", opened, {"serious_hours": hours, "usual_days": days})
    assert isinstance(reply, FieldErrors)
    assert reply.errors.keys() == wrong
    examples = {"serious_hours": "as in 24", "usual_days": "as in 5"}
    assert all(examples[name] in sentence for name, sentence in reply.errors.items())
    assert await now(forum) == Levels()


async def test_the_form_has_what_holds_now_and_the_log_has_who_changed_it(forum: Forum) -> None:
    await forum.submit("Ines", await forum.say("Ines", "concern settings"), {"serious_hours": "12"})
    opened = await forum.say("Hana", "concern settings")
    assert isinstance(opened, Open)
    assert [one.value for one in opened.form.inputs() if isinstance(one, NumberInput)] == [12, 5]
    (entry,) = await forum.rows("audit")
    kept = json.loads(entry.content)
    assert (kept["event"], kept["subject"]) == ("setting.changed", "setting:concern.levels")
    assert kept["actor"] == forum.company.person["Ines"]
    assert kept["details"] == {"value": {"serious_hours": 12, "usual_days": 5}}


def test_the_limits_themselves_can_be_set() -> None:
    assert read_levels(" 240 ", "60") == Levels(240, 60)
    assert read_levels("1", "1") == Levels(1, 1)
    with pytest.raises(InvalidField):
        read_levels("241", "60")
