"""Changes of charters, KPIs, plans and limits stand in the audit log, with ids and fingerprints and no words."""

import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from domain.audit import canonical, digest
from domain.people import Platform
from handlers.cards import Button
from handlers.signoffs.export import export_signoffs
from storage import charters, kpis, limits, transitions, verification
from storage.audit import audit
from storage.store import Store, Work
from tests import company
from tests.chat import Chat, button, card_of, labels, words

#: What stands in every text that is typed here.
WORD = "Zanzibarium"


@pytest.fixture
async def chat(store: Store) -> AsyncIterator[Chat]:
    yield Chat(store, await company.founded(store))


async def logged(chat: Chat, prefix: str) -> list[dict[str, Any]]:
    """The entries whose events begin so, the oldest first; the whole log holds, and has no word of what was typed."""

    def unit(work: Work) -> list[str]:
        assert verification.verify(work).broken is None
        query = sa.select(audit.c.content).order_by(audit.c.number)
        return list(work.connection.execute(query).scalars())

    contents = await chat.store.read(unit)
    assert all(WORD not in content for content in contents)
    return [one for one in map(json.loads, contents) if one["event"].startswith(prefix)]


def press(action: str, value: object) -> Button:
    return Button(label="", action=action, value=str(value))


def fingerprint(fields: dict[str, Any]) -> str:
    return digest(canonical(fields))


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_charter_that_is_saved_and_changed_is_in_the_log(chat: Chat, platform: Platform) -> None:
    claims = chat.company.initiative["claims"]
    hana = company.user_id(platform, "Hana")
    for values in (
        {"person": hana, "department": f"Process\n{WORD}"},
        {"hours": "8", "technology": f"Models\n{WORD} too"},
        {},
    ):
        opened = await chat.press("Bo", press("charter.edit", claims), platform)
        await chat.submit("Bo", opened, dict(values), platform)
    first, second = await logged(chat, "charter.")
    assert (first["event"], first["subject"]) == ("charter.saved", f"initiative:{claims}")
    assert (first["actor"], first["platform"]) == (chat.company.person["Bo"], platform)
    assert first["details"].keys() == {"fingerprint"}
    assert second["details"]["changed"] == ["escalation_hours", "technology_decides"]
    saved = await chat.store.read(lambda work: charters.of(work, claims))
    assert saved is not None
    kept = saved.model_dump(mode="json", exclude={"initiative_id", "changed_by_id", "changed_at"})
    assert second["details"]["fingerprint"] == fingerprint(kept)


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_kpi_that_is_added_changed_and_retired_is_in_the_log(chat: Chat, platform: Platform) -> None:
    claims = chat.company.initiative["claims"]
    typed: dict[str, str | None] = {
        "name": WORD,
        "key": "handling-time",
        "unit": "minutes",
        "direction": "down",
        "baseline": "20.5",
        "owner": company.user_id(platform, "Bo"),
    }
    await chat.submit("Bo", await chat.press("Bo", press("kpi.new", claims), platform), typed, platform)
    (one,) = await chat.store.read(lambda work: kpis.of(work, claims))
    for values in ({"target": "12"}, {}):
        opened = await chat.press("Emil", press("kpi.edit", one.id), platform)
        await chat.submit("Emil", opened, dict(values), platform)
    for _ in range(2):
        await chat.press("Bo", press("kpi.retire", one.id), platform)
    added, changed, retired = await logged(chat, "kpi.")
    bo = chat.company.person["Bo"]
    assert added["details"].keys() == {"fingerprint", "kpi", "owner"}
    assert (added["details"]["kpi"], added["details"]["owner"]) == (one.id, bo)
    assert changed["details"]["changed"] == ["target"]
    assert changed["actor"] == chat.company.person["Emil"]
    assert (retired["event"], retired["details"]) == ("kpi.retired", {"kpi": one.id})


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_plan_that_is_begun_changed_and_marked_is_in_the_log(chat: Chat, platform: Platform) -> None:
    claims = chat.company.initiative["claims"]
    for _ in range(2):
        await chat.press("Bo", press("plan.start", claims), platform)
    first, *_ = await chat.store.read(lambda work: transitions.of(work, claims))
    opened = await chat.press("Bo", press("step.edit", first.id), platform)
    await chat.submit("Bo", opened, {"text": WORD, "due": "2026-12-01"}, platform)
    opened = await chat.press("Bo", press("step.new", claims), platform)
    await chat.submit("Bo", opened, {"text": f"{WORD} too"}, platform)
    for action in ("step.done", "step.done", "step.undone"):
        await chat.press("Bo", press(action, first.id), platform)
    begun, changed, added, done, undone = await logged(chat, "plan.")
    assert (begun["event"], begun["details"].keys()) == ("plan.begun", {"steps"})
    assert (changed["event"], changed["details"]["changed"]) == ("plan.step_changed", ["due_on", "text"])
    assert changed["details"]["step"] == first.id
    assert (added["event"], added["details"].keys()) == ("plan.step_added", {"fingerprint", "step"})
    assert [one["event"] for one in (done, undone)] == ["plan.step_marked"] * 2
    assert [one["details"]["done_on"] for one in (done, undone)] == ["2026-11-18", None]


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_a_limit_that_is_stated_and_withdrawn_is_in_the_log(chat: Chat, platform: Platform) -> None:
    claims = chat.company.initiative["claims"]
    opened = await chat.press("Bo", press("limit.new", claims), platform)
    typed = {"text": f"It misreads {WORD}.", "whose": "adjusters", "extent": "not"}
    await chat.submit("Bo", opened, dict(typed), platform)
    (one,) = await chat.store.read(lambda work: limits.of(work, claims))
    for _ in range(2):
        await chat.press("Bo", press("limit.withdraw", one.id), platform)
    stated, withdrawn = await logged(chat, "limit.")
    kept = {"text": one.text, "whose": "adjusters", "extent": "not"}
    assert stated["details"] == {"limit": one.id, "fingerprint": fingerprint(kept)}
    assert (withdrawn["event"], withdrawn["details"]) == ("limit.withdrawn", {"limit": one.id})


async def test_what_is_refused_leaves_no_entry(chat: Chat) -> None:
    claims = chat.company.initiative["claims"]
    for action in ("charter.edit", "kpi.new", "plan.start", "limit.new"):
        refused = card_of(await chat.press("Ada", press(action, claims)))
        assert "Only the sponsors, the product owner and administrators" in words(refused), action
    for prefix in ("charter.", "kpi.", "plan.", "limit."):
        assert await logged(chat, prefix) == []


async def test_the_auditor_s_file_has_the_entries_and_says_what_they_are(chat: Chat) -> None:
    card = card_of(await chat.say("Bo", "initiative plan claims"))
    await chat.press("Bo", button(card, labels(card)[0]))
    out = io.BytesIO()
    await export_signoffs(chat.store, out, form="json")
    made = json.loads(out.getvalue())
    assert any('"plan.begun"' in one["content"] for one in made["chain"])
    assert any("transition plans and limits" in one for one in made["how_to_verify"])
    assert chat.company.person["Bo"] in {one["id"] for one in made["people"]}
