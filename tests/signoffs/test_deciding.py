"""Deciding, as people meet it: who can, what each decision does, and who decides for somebody; on both databases."""

import asyncio

import pytest
import sqlalchemy as sa

from domain.initiatives import Stage
from handlers.cards import Button
from handlers.conversation import FieldErrors, Nothing, Open, Say
from storage import audit, initiatives, signoffs, verification
from storage.audit import audit as audit_table
from storage.initiatives import initiative
from storage.people import person
from storage.store import Store, Work
from tests.chat import button, card_of, labels, words
from tests.conftest import MovedClock
from tests.signoffs.conftest import SignoffChat


async def test_two_presses_sign_a_milestone_off(chat: SignoffChat) -> None:
    number = await chat.request()
    card = await chat.card("Cleo", number)
    assert "0 of 2: waiting for Cleo Marsh (business sponsor) and Emil Stone (technical sponsor)." in words(
        card
    )
    assert labels(card) == ["Approve", "Ask for changes", "Decline", "Delegate"]
    reply = await chat.press("Cleo", button(card, "Approve"))
    assert isinstance(reply, Nothing)
    assert reply.words is not None

    card = await chat.card("Emil", number)
    assert (
        "1 of 2: Cleo Marsh (business sponsor) approved; waiting for Emil Stone (technical sponsor)."
        in words(card)
    )
    assert labels(await chat.card("Cleo", number)) == []
    await chat.press("Emil", button(card, "Approve"), "teams")

    assert await chat.state(number) == "signed_off"
    for who in ("Cleo", "Emil", "Bo"):
        card = await chat.card(who, number)
        assert "Signed off by Cleo Marsh (business sponsor) and Emil Stone (technical sponsor)" in words(card)
        assert labels(card) == []
    [said] = await chat.messages("Bo", "settled")
    assert "Signed off" in said
    about = await chat.store.read(lambda work: initiatives.by_id(work, chat.company.initiative["claims"]))
    assert about is not None
    assert about.stage is Stage.SCOPED
    found = await chat.store.read(verification.verify)
    assert found.broken is None
    assert found.decisions == 2


async def test_the_technical_sponsor_may_be_first(chat: SignoffChat) -> None:
    number = await chat.request()
    await chat.press("Emil", button(await chat.card("Emil", number), "Approve"))
    assert "Emil Stone (technical sponsor) approved" in words(await chat.card("Cleo", number))
    await chat.press("Cleo", button(await chat.card("Cleo", number), "Approve"))
    assert await chat.state(number) == "signed_off"


async def test_pressing_again_later_says_where_it_stands(chat: SignoffChat) -> None:
    number = await chat.request()
    approve = button(await chat.card("Cleo", number), "Approve")
    await chat.press("Cleo", approve)
    reply = await chat.press("Cleo", approve)
    assert isinstance(reply, Say)
    assert "Your side has approved this already. 1 of 2" in words(reply.card)
    shown = card_of(await chat.press("Cleo", button(reply.card, "See it as it is now")))
    assert "Storm claims first." in words(shown)
    assert (await chat.store.read(verification.verify)).decisions == 1


async def test_the_same_press_twice_counts_once(chat: SignoffChat) -> None:
    number = await chat.request()
    approve = button(await chat.card("Cleo", number), "Approve")
    replies = await asyncio.gather(*(chat.press("Cleo", approve, once="same") for _ in range(4)))
    assert all(reply == replies[0] for reply in replies)
    assert (await chat.store.read(verification.verify)).decisions == 1


async def test_both_sponsors_in_the_same_moment_sign_it_off_once(chat: SignoffChat) -> None:
    for milestone in ("problem-framing", "mvp-scope", "scaling"):
        number = await chat.request(milestone=milestone)
        ours, theirs = await chat.card("Cleo", number), await chat.card("Emil", number)
        await asyncio.gather(
            chat.press("Cleo", button(ours, "Approve")),
            chat.press("Emil", button(theirs, "Approve"), "teams"),
        )
        assert await chat.state(number) == "signed_off"
        assert len(await chat.messages("Bo", f"signoff:{number}:settled")) == 1
    found = await chat.store.read(verification.verify)
    assert (found.broken, found.decisions) == (None, 6)


async def test_one_decline_ends_it_with_its_reason(chat: SignoffChat) -> None:
    number = await chat.request()
    approve = button(await chat.card("Emil", number), "Approve")
    form = await chat.press("Cleo", button(await chat.card("Cleo", number), "Decline"))
    assert isinstance(form, Open)
    assert isinstance(await chat.submit("Cleo", form, {"reason": ""}), FieldErrors)
    too_long = await chat.submit("Cleo", form, {"reason": "x" * 10_000})
    assert isinstance(too_long, FieldErrors)
    assert "10,000" in too_long.errors["reason"]
    card_of(await chat.submit("Cleo", form, {"reason": "The queue is not staffed in December."}))
    assert await chat.state(number) == "declined"
    card = await chat.card("Emil", number)
    assert "Declined by Cleo Marsh (business sponsor)" in words(card)
    assert "The queue is not staffed in December." in words(card)
    assert labels(card) == []
    late = await chat.press("Emil", approve)
    assert "This is decided already. Declined" in words(card_of(late))
    assert len(await chat.messages("Bo", "declined")) == 1
    # It can be asked for again, anew.
    assert await chat.request() != number


async def test_changes_go_back_to_whoever_asked_and_a_new_version_asks_both_again(chat: SignoffChat) -> None:
    number = await chat.request()
    old = button(await chat.card("Cleo", number), "Approve")
    await chat.press("Cleo", old)
    form = await chat.press("Emil", button(await chat.card("Emil", number), "Ask for changes"))
    card_of(await chat.submit("Emil", form, {"reason": "Say what happens in an outage."}))
    assert await chat.state(number) == "changes"
    card = await chat.card("Bo", number)
    assert (
        "Changes wanted: Emil Stone (technical sponsor) asks for changes. It is with Bo Lindqvist."
        in words(card)
    )
    assert "Say what happens in an outage." in words(card)
    edit = await chat.press("Bo", button(card, "Edit"))
    same = await chat.submit("Bo", edit, {})
    assert isinstance(same, FieldErrors)
    said = card_of(await chat.submit("Bo", edit, {"risks": "In an outage people sort by hand."}))
    assert "Version 2" in words(said)
    assert "The risks changed." in words(said)

    card = await chat.card("Cleo", number)
    assert "0 of 2" in words(card)
    assert "Changed since version 1: The risks changed." in words(card)
    assert "This was version 1" in words(await chat.card("Cleo", number, version=1))
    late = card_of(await chat.press("Cleo", old))
    assert "That was version 1; version 2 is to be decided on." in words(late)
    # The form of the version before is of no use any more.
    stale = await chat.submit("Bo", edit, {"risks": "Something else."})
    assert isinstance(stale, FieldErrors)
    assert "Somebody changed this request" in " ".join(stale.errors.values())
    for who in ("Cleo", "Emil"):
        await chat.press(who, button(await chat.card(who, number), "Approve"))
    assert await chat.state(number) == "signed_off"
    assert (await chat.store.read(verification.verify)).broken is None


async def refused_attempts(store: Store) -> list[str]:
    def unit(work: Work) -> list[str]:
        rows = work.connection.execute(
            sa.select(audit_table.c.content)
            .where(audit_table.c.event == "authority.refused")
            .order_by(audit_table.c.number)
        )
        return [row[0] for row in rows]

    return await store.read(unit)


async def test_whoever_has_no_authority_is_refused_and_it_is_recorded(chat: SignoffChat) -> None:
    number = await chat.request()
    approve = button(await chat.card("Cleo", number), "Approve")
    for who in ("Ada", "Bo", "Ines"):
        said = words(card_of(await chat.press(who, approve)))
        assert "Only the sponsors, or whoever decides for them, can do this." in said
    assert len(await refused_attempts(chat.store)) == 3
    assert await chat.state(number) == "pending"
    assert (await chat.store.read(verification.verify)).broken is None


async def test_a_forged_fingerprint_or_version_is_refused_and_recorded(chat: SignoffChat) -> None:
    number = await chat.request()
    approve = button(await chat.card("Cleo", number), "Approve")
    for value in (f"{number}:1:{'0' * 16}", f"{number}:2:{approve.value.split(':')[2]}"):
        forged = approve.model_copy(update={"value": value})
        assert "does not belong" in words(card_of(await chat.press("Cleo", forged)))
    assert len(await refused_attempts(chat.store)) == 2
    for value in (
        "",
        "x",
        "1:2",
        f"{number}:1",
        "9" * 40 + ":1:ab",
        "-1:1:ab",
        f"{number + 77}:1:{'a' * 16}",
    ):
        forged = approve.model_copy(update={"value": value})
        assert "cannot find that sign-off" in words(card_of(await chat.press("Cleo", forged)))
    assert await chat.state(number) == "pending"


async def test_who_is_sponsor_counts_at_the_moment_of_the_press(chat: SignoffChat) -> None:
    number = await chat.request()
    approve = button(await chat.card("Cleo", number), "Approve")
    dara = chat.company.person["Dara"]

    def replace(work: Work) -> None:
        work.connection.execute(
            sa.update(initiative).values(business_sponsor_id=dara, business_accepted_at=None)
        )

    await chat.store.write(replace)
    assert "Only the sponsors" in words(card_of(await chat.press("Cleo", approve)))
    assert "not accepted yet" in words(card_of(await chat.press("Dara", approve)))


async def test_somebody_who_has_left_cannot_press(chat: SignoffChat) -> None:
    number = await chat.request()
    approve = button(await chat.card("Cleo", number), "Approve")

    def leave(work: Work) -> None:
        work.connection.execute(
            sa.update(person).where(person.c.id == chat.company.person["Cleo"]).values(active=False)
        )

    await chat.store.write(leave)
    await chat.press("Cleo", approve)
    assert await chat.state(number) == "pending"
    assert "waiting for Cleo Marsh" in words(await chat.card("Emil", number))


async def test_nothing_is_signed_off_for_a_closed_initiative(chat: SignoffChat) -> None:
    number = await chat.request()
    approve = button(await chat.card("Cleo", number), "Approve")
    await chat.store.write(
        lambda work: work.connection.execute(sa.update(initiative).values(archived=True)) and None
    )
    assert "archived or was stopped" in words(card_of(await chat.press("Cleo", approve)))
    assert labels(await chat.card("Cleo", number)) == []


async def test_a_colleague_decides_for_a_sponsor(chat: SignoffChat, clock: MovedClock) -> None:
    number = await chat.request()
    card = await chat.card("Cleo", number)
    form = await chat.press("Cleo", button(card, "Delegate"))
    values = {"delegate": "U-DARA", "first_day": "2026-11-18", "last_day": "2026-11-20"}
    assert "I have asked Dara Quill" in words(card_of(await chat.submit("Cleo", form, values)))
    approve = button(card, "Approve")
    assert "Only the sponsors" in words(card_of(await chat.press("Dara", approve)))

    accept = Button(label="Accept", action="delegation.accept", value="1")
    assert "asked of somebody else" in words(card_of(await chat.press("Ada", accept)))
    assert "You decide for Cleo Marsh" in words(card_of(await chat.press("Dara", accept)))
    mine = await chat.card("Dara", number)
    assert labels(mine) == ["Approve", "Ask for changes", "Decline"]
    assert "or Dara Quill, who acts for them" in words(await chat.card("Emil", number))
    # It cannot be passed on.
    passed = Button(label="Delegate", action="signoff.delegate", value=str(chat.company.initiative["claims"]))
    assert "cannot be passed on" in words(card_of(await chat.press("Dara", passed)))
    await chat.press("Dara", button(mine, "Approve"))
    assert "Dara Quill, acting for Cleo Marsh (business sponsor), approved" in words(
        await chat.card("Emil", number)
    )
    # The side has decided; the sponsor need not do it again.
    assert "Your side has approved" in words(card_of(await chat.press("Cleo", approve)))


async def test_a_delegation_ends_on_its_day_or_when_it_is_taken_back(
    chat: SignoffChat, clock: MovedClock
) -> None:
    number = await chat.request()
    card = await chat.card("Cleo", number)
    form = await chat.press("Cleo", button(card, "Delegate"))
    values = {"delegate": "U-DARA", "first_day": "2026-11-18", "last_day": "2026-11-20"}
    await chat.submit("Cleo", form, values)
    await chat.press("Dara", Button(label="Accept", action="delegation.accept", value="1"))
    listed = card_of(await chat.say("Cleo", "signoff list"))
    assert "Dara Quill decides for you on Claims triage until 20 November." in words(listed)
    clock.move(days=3)
    assert "Only the sponsors" in words(card_of(await chat.press("Dara", button(card, "Approve"))))
    clock.move(days=-3)
    await chat.press("Cleo", button(listed, "Take it back"))
    assert "Only the sponsors" in words(card_of(await chat.press("Dara", button(card, "Approve"))))


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("U-EMIL", "two people"),
        ("U-CLEO", "That is you"),
        ("U-INES", "AI function"),
        ("U-HANA", "Operations"),
    ],
)
async def test_who_cannot_decide_for_the_business_sponsor(chat: SignoffChat, who: str, said: str) -> None:
    number = await chat.request()
    form = await chat.press("Cleo", button(await chat.card("Cleo", number), "Delegate"))
    reply = await chat.submit("Cleo", form, {"delegate": who})
    assert isinstance(reply, FieldErrors)
    assert said in reply.errors["delegate"]


async def test_one_person_never_decides_for_both_sides_of_a_version(
    chat: SignoffChat, clock: MovedClock
) -> None:
    number = await chat.request()
    await chat.press("Cleo", button(await chat.card("Cleo", number), "Approve"))
    cleo = chat.company.person["Cleo"]

    def swap(work: Work) -> None:
        """Cleo changes sides after she has approved."""
        work.connection.execute(
            sa.update(initiative).values(
                technical_sponsor_id=cleo, business_sponsor_id=chat.company.person["Dara"]
            )
        )
        work.connection.execute(sa.update(person).where(person.c.id == cleo).values(roles="technical"))

    await chat.store.write(swap)
    said = words(card_of(await chat.press("Cleo", button(await chat.card("Cleo", number), "Approve"))))
    assert "One person cannot sign for both." in said
    assert await chat.state(number) == "pending"


async def test_the_head_of_the_log_moves_with_every_step(chat: SignoffChat) -> None:
    heads = [await chat.store.read(audit.head)]
    number = await chat.request()
    heads.append(await chat.store.read(audit.head))
    for who in ("Cleo", "Emil"):
        await chat.press(who, button(await chat.card(who, number), "Approve"))
        heads.append(await chat.store.read(audit.head))
    assert [head.number for head in heads] == [0, 1, 2, 3]
    assert len({head.hash for head in heads}) == 4
    versions = await chat.store.read(lambda work: signoffs.versions(work, number))
    assert versions[0].fingerprint == versions[0].content.fingerprint
