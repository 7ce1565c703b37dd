"""Whatever is pressed, in any order and by anyone: nothing is signed off but by both sides on the same text."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import ClassVar, TypeVar

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from domain.people import Platform
from domain.signoffs import GATES, Side, Signoff, State, Verdict, sponsor_of
from handlers.capability import AnyReply
from handlers.cards import Button
from handlers.conversation import Open
from handlers.signoffs import deciding
from handlers.signoffs.finding import reference
from storage import delegations, initiatives, outbox, signoffs, verification
from storage.initiatives import initiative
from storage.people import person
from storage.store import Store, Work, open_store
from tests import company
from tests.chat import Chat, key
from tests.conftest import MovedClock
from tests.signoffs.conftest import accept_everywhere

T = TypeVar("T")
PEOPLE = st.sampled_from(["Ada", "Bo", "Cleo", "Dara", "Emil", "Ines"])
PLATFORMS = st.sampled_from(["slack", "teams"])
TEXTS = st.sampled_from(["Storm claims first.", "All claims.", "Nothing but hail."])
VERBS = {
    Verdict.APPROVED: "signoff.approve",
    Verdict.CHANGES: "signoff.changes",
    Verdict.DECLINED: "signoff.decline",
}


class AnyOrder(RuleBasedStateMachine):
    """People press what they were ever shown, forge what they were not, and time goes on."""

    template: ClassVar[Path]

    #: What a card ever carried: (request, version, fingerprint).
    buttons = Bundle("buttons")
    presses = Bundle("presses")

    @initialize(target=buttons)
    def open(self) -> object:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp(prefix="tandem-test-"))
        shutil.copy(self.template, self.folder / "tandem.db")
        self.clock = MovedClock()
        self.store: Store = open_store(f"sqlite:///{self.folder}/tandem.db", self.clock)
        made = self.run(company.founded(self.store))
        self.run(self.store.write(accept_everywhere))
        technical = sa.update(person).where(person.c.id == made.person["Dara"]).values(roles="technical")
        self.run(self.store.write(lambda work: work.connection.execute(technical) and None))
        self.chat = Chat(self.store, made)
        self.initiative_id = made.initiative["claims"]
        return self.ask("Bo", GATES[0].key, "Storm claims first.")

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.run(self.store.close())
            self.loop.close()
            shutil.rmtree(self.folder)

    def run(self, step: Awaitable[T]) -> T:
        return self.loop.run_until_complete(step)

    def everything(self) -> list[Signoff]:
        return self.run(self.store.read(lambda work: signoffs.of_initiative(work, self.initiative_id)))

    @rule(target=buttons, who=PEOPLE, gate=st.sampled_from([GATES[0].key, GATES[1].key]), summary=TEXTS)
    def request(self, who: str, gate: str, summary: str) -> object:
        return self.ask(who, gate, summary)

    def ask(self, who: str, gate: str, summary: str) -> object:
        opened = self.run(self.chat.say(who, "signoff request claims"))
        if not isinstance(opened, Open):
            return multiple()
        values = {"milestone": gate, "summary": summary, "criteria": "95 of 100 right"}
        self.run(self.chat.submit(who, opened, values))
        return multiple(*(reference(one).dump() for one in self.everything()))

    @rule(target=buttons, who=PEOPLE, value=buttons, summary=TEXTS)
    def edit_what_was_shown(self, who: str, value: str, summary: str) -> object:
        return self.edit(who, value, summary)

    def edit(self, who: str, value: str, summary: str) -> object:
        opened = self.run(self.chat.press(who, Button(label="Edit", action="signoff.edit", value=value)))
        if not isinstance(opened, Open):
            return multiple()
        self.run(self.chat.submit(who, opened, {"summary": summary}))
        return multiple(*(reference(one).dump() for one in self.everything()))

    @rule(
        target=presses,
        who=PEOPLE,
        platform=PLATFORMS,
        value=buttons,
        verdict=st.sampled_from([Verdict.APPROVED, Verdict.APPROVED, Verdict.CHANGES, Verdict.DECLINED]),
    )
    def decide(self, who: str, platform: Platform, value: str, verdict: Verdict) -> object:
        pressed = Button(label=verdict.value, action=VERBS[verdict], value=value)
        once = key()
        reply = self.run(self.chat.press(who, pressed, platform, once=once))
        if isinstance(reply, Open):
            self.run(self.chat.submit(who, reply, {"reason": "Because of the queue."}, platform))
        return (who, platform, pressed, once, reply)

    @rule(target=presses, side=st.sampled_from(Side), platform=PLATFORMS)
    def approve_as_the_sponsor(self, side: Side, platform: Platform) -> object:
        return self.approve_rightly(side, platform)

    def approve_rightly(self, side: Side, platform: Platform) -> object:
        """Whoever is sponsor at this moment approves what is there at this moment."""
        pending = [one for one in self.everything() if one.state is State.PENDING]
        if not pending:
            return multiple()
        about = self.run(self.store.read(lambda work: initiatives.by_id(work, self.initiative_id)))
        assert about is not None
        names = {number: name for name, number in self.chat.company.person.items()}
        who = names[sponsor_of(about, side)]
        pressed = Button(label="", action="signoff.approve", value=reference(pending[0]).dump())
        once = key()
        reply = self.run(self.chat.press(who, pressed, platform, once=once))
        return (who, platform, pressed, once, reply)

    @rule(target=buttons, summary=TEXTS)
    def edit_rightly(self, summary: str) -> object:
        """Whoever asked changes what they asked for."""
        names = {number: name for name, number in self.chat.company.person.items()}
        open_now = [one for one in self.everything() if one.state.open]
        if not open_now:
            return multiple()
        return self.edit(names[open_now[0].requested_by_id], reference(open_now[0]).dump(), summary)

    @rule(press=presses)
    def replay(self, press: tuple[str, Platform, Button, str, AnyReply]) -> None:
        """The same request again, as a platform or a thief of it would send it."""
        who, platform, pressed, once, before = press
        reply = self.run(self.chat.press(who, pressed, platform, once=once))
        assert reply == before

    @rule(press=presses, who=PEOPLE)
    def press_the_button_of_another(
        self, press: tuple[str, Platform, Button, str, AnyReply], who: str
    ) -> None:
        reply = self.run(self.chat.press(who, press[2]))
        if isinstance(reply, Open):
            self.run(self.chat.submit(who, reply, {"reason": "Because of the queue."}))

    @rule(who=PEOPLE, value=buttons, version=st.integers(1, 3), print_=st.sampled_from(["0" * 16, ""]))
    def forge(self, who: str, value: str, version: int, print_: str) -> None:
        number, _, fingerprint = value.split(":")
        forged = f"{number}:{version}:{print_ or fingerprint}"
        self.run(self.chat.press(who, Button(label="", action="signoff.approve", value=forged)))

    @rule(sponsor=st.sampled_from(["Cleo", "Emil", "Dara"]), delegate=PEOPLE, accepts=PEOPLE)
    def delegate(self, sponsor: str, delegate: str, accepts: str) -> None:
        asked = Button(label="Delegate", action="signoff.delegate", value=str(self.initiative_id))
        opened = self.run(self.chat.press(sponsor, asked))
        if isinstance(opened, Open):
            self.run(self.chat.submit(sponsor, opened, {"delegate": f"U-{delegate.upper()}"}))
        for one in self.standing():
            answer = Button(label="Accept", action="delegation.accept", value=str(one))
            for who in {accepts, delegate}:
                self.run(self.chat.press(who, answer))

    @rule(who=PEOPLE)
    def revoke(self, who: str) -> None:
        for one in self.standing():
            self.run(self.chat.press(who, Button(label="", action="delegation.revoke", value=str(one))))

    def standing(self) -> list[int]:
        found = self.run(self.store.read(lambda work: delegations.standing(work, self.initiative_id)))
        return [one.id for one in found]

    @rule(who=PEOPLE, value=consumes(buttons))
    def withdraw(self, who: str, value: str) -> None:
        self.run(self.chat.press(who, Button(label="", action="signoff.withdraw", value=value)))

    @rule(business=st.sampled_from(["Cleo", "Dara"]), technical=st.sampled_from(["Emil", "Dara"]))
    def name_others(self, business: str, technical: str) -> None:
        self.change_sponsors(business, technical)

    def change_sponsors(self, business: str, technical: str) -> None:
        """Dara may stand on either side, and change it."""
        ids = self.chat.company.person

        def unit(work: Work) -> None:
            work.connection.execute(
                sa.update(initiative)
                .where(initiative.c.id == self.initiative_id)
                .values(business_sponsor_id=ids[business], technical_sponsor_id=ids[technical])
            )

        self.run(self.store.write(unit))

    @rule()
    def change_sides(self) -> None:
        """Dara approves for the business, and is technical sponsor a moment later."""
        self.change_sponsors("Dara", "Emil")
        self.approve_rightly(Side.BUSINESS, "slack")
        self.change_sponsors("Cleo", "Dara")
        self.approve_rightly(Side.TECHNICAL, "slack")

    @rule(hours=st.sampled_from([1, 30, 200]))
    def time_goes_on(self, hours: int) -> None:
        self.clock.move(hours=hours)
        for one in self.everything():
            self.run(self.store.write(partial(deciding.expire, signoff_id=one.id)))

    @invariant()
    def nothing_is_signed_off_without_both(self) -> None:
        if not hasattr(self, "store"):
            return
        for one in self.everything():
            said = self.run(self.store.read(partial(signoffs.decisions, signoff_id=one.id)))
            last = [decided for decided in said if decided.version == one.version]
            approved = {decided.side: decided for decided in last if decided.verdict is Verdict.APPROVED}
            assert len({(decided.version, decided.side) for decided in said}) == len(said)
            if one.state is State.SIGNED_OFF:
                assert set(approved) == set(Side)
                assert len({decided.person_id for decided in approved.values()}) == 2
                assert one.fingerprint == one.content.fingerprint
            else:
                assert set(approved) != set(Side)
            announced = self.run(self.store.read(partial(announcements, signoff_id=one.id)))
            assert announced == (one.state is State.SIGNED_OFF)
        open_now = [one.milestone_id for one in self.everything() if one.state.open]
        assert len(open_now) == len(set(open_now))

    @invariant()
    def the_log_holds(self) -> None:
        if hasattr(self, "store"):
            found = self.run(self.store.read(verification.verify))
            assert found.broken is None, found.broken


def announcements(work: Work, signoff_id: int) -> int:
    """How often Bo, who owns the product, was told that a request is signed off."""
    table = outbox.outbox
    return int(
        work.connection.execute(
            sa.select(sa.func.count())
            .select_from(table)
            .where(table.c.key.like(f"signoff:{signoff_id}:settled:p2"))
        ).scalar_one()
    )


def test_nothing_is_signed_off_without_both_sides_in_any_order(sqlite_template: Path) -> None:
    AnyOrder.template = sqlite_template
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
