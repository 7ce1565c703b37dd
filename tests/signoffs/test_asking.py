"""Asking for a sign-off, and a request while it waits: who sees it, what whoever asked can do; on both databases."""

import asyncio

from handlers.cards import ChoiceInput
from handlers.conversation import FieldErrors, Nothing, Open
from handlers.signoffs import deciding
from tests.chat import button, card_of, labels, words
from tests.conftest import MovedClock
from tests.signoffs.conftest import SignoffChat, ready_for_go_live


async def test_only_the_sponsors_and_the_product_owner_ask(chat: SignoffChat) -> None:
    for who in ("Ada", "Ines", "Hana"):
        assert "Only the sponsors and the product owner" in words(
            card_of(await chat.say(who, "signoff request claims go-live"))
        )
    opened = await chat.say("Cleo", "signoff request claims triage mvp scpoe")
    assert isinstance(opened, Open)
    milestones = [one for one in opened.form.inputs() if one.name == "milestone"]
    assert [one.value for one in milestones if isinstance(one, ChoiceInput)] == ["mvp-scope"]


async def test_going_live_needs_a_plan_and_limits(chat: SignoffChat) -> None:
    said = words(card_of(await chat.say("Bo", "signoff request claims go-live")))
    assert "there is no transition plan" in said
    assert "no limits are stated" in said
    made = chat.company
    await chat.store.write(lambda work: ready_for_go_live(work, made.initiative["claims"], made.person["Bo"]))
    number = await chat.request(milestone="go-live")
    shown = words(await chat.card("Cleo", number))
    assert "Reads no handwriting. Changes the work of adjusters at the margin." in shown
    assert "Run the process (open)" in shown


async def test_a_milestone_of_its_own_has_a_name(chat: SignoffChat) -> None:
    opened = await chat.say("Bo", "signoff request claims")
    wrong = await chat.submit(
        "Bo", opened, {"milestone": "own", "title": "?", "summary": "x", "criteria": "y"}
    )
    assert isinstance(wrong, FieldErrors)
    number = await chat.request(milestone="own", title="Works council heard")
    assert "Works council heard of Claims triage" in words(await chat.card("Cleo", number))
    shown = words(card_of(await chat.say("Ada", "signoff show claims works council heard")))
    assert "Works council heard" in shown


async def test_a_milestone_is_asked_for_once_at_a_time(chat: SignoffChat) -> None:
    opened = [await chat.say("Bo", "signoff request claims") for _ in range(2)]
    values = {"milestone": "mvp-scope", "summary": "x", "criteria": "y"}
    replies = await asyncio.gather(*(chat.submit("Bo", one, values) for one in opened))
    said = [
        words(card_of(reply)) if not isinstance(reply, FieldErrors) else " ".join(reply.errors.values())
        for reply in replies
    ]
    assert sum("already being signed off" in one for one in said) == 1
    assert "already being signed off" in words(
        card_of(await chat.say("Bo", "signoff request claims mvp-scope"))
    )


async def test_a_request_expires_and_whoever_asked_is_told(chat: SignoffChat, clock: MovedClock) -> None:
    number = await chat.request()
    approve = button(await chat.card("Cleo", number), "Approve")
    clock.move(days=14, seconds=1)
    assert "This request has expired." in words(card_of(await chat.press("Cleo", approve)))
    for _ in range(2):
        await chat.store.write(lambda work: deciding.expire(work, number))
    assert await chat.state(number) == "expired"
    assert len(await chat.messages("Bo", "expired")) == 1
    assert labels(await chat.card("Cleo", number)) == []


async def test_reminding_is_possible_once_a_day(chat: SignoffChat, clock: MovedClock) -> None:
    number = await chat.request()
    await chat.press("Cleo", button(await chat.card("Cleo", number), "Approve"))
    remind = button(await chat.card("Bo", number), "Remind now")
    assert "I have reminded Emil Stone." in words(card_of(await chat.press("Bo", remind)))
    assert "less than a day ago" in words(card_of(await chat.press("Bo", remind)))
    assert len(await chat.messages("Emil", "reminded")) == 1
    assert await chat.messages("Cleo", "reminded") == []
    clock.move(days=1)
    await chat.press("Bo", remind)
    assert len(await chat.messages("Emil", "reminded")) == 2


async def test_only_whoever_asked_can_change_or_withdraw(chat: SignoffChat) -> None:
    number = await chat.request()
    card = await chat.card("Bo", number)
    assert labels(card) == ["Remind now", "Edit", "Withdraw"]
    for label in labels(card):
        assert "Only whoever asked" in words(card_of(await chat.press("Emil", button(card, label))))
    assert isinstance(await chat.press("Bo", button(card, "Withdraw")), Nothing)
    assert await chat.state(number) == "withdrawn"
    assert labels(await chat.card("Cleo", number)) == []
    assert "closed already" in words(card_of(await chat.press("Bo", button(card, "Edit"))))


async def test_lists_show_what_waits_and_the_page_shows_it_first(chat: SignoffChat) -> None:
    assert "Nothing waits for you." in words(card_of(await chat.say("Cleo", "signoff list")))
    number = await chat.request()
    for reply in (await chat.say("Cleo", "signoff"), await chat.home("Cleo")):
        said = words(card_of(reply))
        assert said.startswith("Waiting for you\nMVP scope of Claims triage\n0 of 2")
    shown = card_of(await chat.press("Cleo", button(card_of(await chat.home("Cleo")), "See it and decide")))
    await chat.press("Cleo", button(shown, "Approve"))
    assert "Waiting for you" not in words(card_of(await chat.home("Cleo")))
    assert "Asked for by you\nMVP scope of Claims triage\n1 of 2" in words(
        card_of(await chat.say("Bo", "signoff list"))
    )
    assert "1 of 2" in words(card_of(await chat.say("Ada", "signoff list claims")))
    assert "None yet" in words(card_of(await chat.say("Ada", "signoff list complaints")))
    assert labels(card_of(await chat.say("Ada", "signoff show claims"))) == []
    assert await chat.state(number) == "pending"


async def test_what_a_sponsor_wants_changed_waits_for_whoever_asked(chat: SignoffChat) -> None:
    number = await chat.request()
    assert "Waiting for you" not in words(card_of(await chat.home("Bo")))
    form = await chat.press("Emil", button(await chat.card("Emil", number), "Ask for changes"))
    await chat.submit("Emil", form, {"reason": "Say what happens in an outage."})
    mine = card_of(await chat.say("Bo", "signoff list"))
    assert words(mine).count("MVP scope of Claims triage") == 1
    for card in (mine, card_of(await chat.home("Bo"))):
        assert words(card).startswith(
            "Waiting for you\nMVP scope of Claims triage\nChanges wanted: Emil Stone"
        )
        shown = card_of(await chat.press("Bo", button(card, "See it and change it")))
        assert labels(shown) == ["Edit", "Withdraw"]
    edit = await chat.press("Bo", button(shown, "Edit"))
    await chat.submit("Bo", edit, {"risks": "In an outage people sort by hand."})
    assert "Waiting for you" not in words(card_of(await chat.home("Bo")))


async def test_evidence_and_risks_are_for_those_who_answer_for_it(chat: SignoffChat) -> None:
    number = await chat.request(risks="A slower queue for a week.")
    for who in ("Cleo", "Emil", "Bo"):
        shown = words(await chat.card(who, number))
        assert "A slower queue for a week." in shown
        assert "evidence" in shown
    for who, sees in (("Ada", False), ("Hana", True)):
        shown = words(card_of(await chat.say(who, "signoff show claims mvp-scope")))
        assert ("A slower queue for a week." in shown, "evidence" in shown) == (sees, sees)
        assert "95 of 100 right" in shown
