"""Who asks is known, or found out, and the same request is the same request; on both databases."""

import itertools
from datetime import timedelta

from domain.contributions import Policy
from handlers.capability import AnyReply
from handlers.cards import plain
from handlers.conversation import Command, Origin, Press, Profile, Say
from handlers.dispatch import Dispatcher
from handlers.ports import TryLater
from handlers.registry import capabilities
from storage import contributions, outbox, people
from storage.store import Store
from tests import company
from tests.conftest import MovedClock

_keys = itertools.count(1)
LINE = "3h data on claims triage: labelled 400 exceptions"


class Directory:
    """A platform's profiles, as far as a test needs them."""

    def __init__(self, *profiles: Profile) -> None:
        self.profiles = {profile.user_id: profile for profile in profiles}
        self.asked: list[str] = []
        self.down = False

    async def profile(self, tenant: str, user_id: str) -> Profile | None:
        self.asked.append(user_id)
        if self.down:
            raise TryLater("503")
        return self.profiles.get(user_id)

    async def find(self, email: str) -> Profile | None:
        return None


def profile(user_id: str, first_name: str, **more: object) -> Profile:
    values = {
        "user_id": user_id,
        "tenant": company.TENANT["slack"],
        "name": first_name,
        "email": company.email(first_name).upper(),
        "time_zone": "America/New_York",
    }
    return Profile.model_validate(values | more)


def dispatcher(store: Store, source: Directory) -> Dispatcher:
    return Dispatcher(store, capabilities(), policy=Policy(), profiles={"slack": source})


def command(user_id: str, text: str, key: str | None = None) -> Command:
    origin = Origin(platform="slack", tenant=company.TENANT["slack"], user_id=user_id, channel="C1")
    return Command(key=key or f"d{next(_keys)}", origin=origin, name="contribute", text=text)


def said(reply: AnyReply) -> str:
    assert isinstance(reply, Say), reply
    return " ".join(plain(element.runs) for element in reply.card.elements if hasattr(element, "runs"))


async def test_a_new_identity_is_matched_by_e_mail_and_asked_for_once(store: Store) -> None:
    made = await company.founded(store, linked=False)
    source = Directory(profile("U1", "Ada"))
    dispatch = dispatcher(store, source)
    assert "Logged: 3 h of data" in said(await dispatch(command("U1", LINE)))
    assert "Logged: 3 h of data" in said(await dispatch(command("U1", LINE)))
    assert source.asked == ["U1"]
    ada = await store.read(lambda work: people.by_id(work, made.person["Ada"]))
    assert ada is not None
    assert ada.time_zone == "America/New_York"


async def test_the_day_is_the_day_where_the_person_is(store: Store, clock: MovedClock) -> None:
    made = await company.founded(store, linked=False)
    clock.now = clock.now.replace(hour=2)
    dispatch = dispatcher(store, Directory(profile("U1", "Ada")))
    await dispatch(command("U1", LINE))
    [entry] = await store.read(lambda work: contributions.recent(work, made.person["Ada"], skip=0, limit=9))
    assert entry.day.isoformat() == "2026-11-17"  # 21:00 of the day before in New York


async def test_a_colleague_who_never_wrote_is_introduced_when_named(store: Store) -> None:
    made = await company.founded(store, linked=False)
    source = Directory(profile("U1", "Ada"), profile("U2", "Bo"))
    dispatch = dispatcher(store, source)
    assert "I have asked Bo Lindqvist" in said(await dispatch(command("U1", f"for <@U2> {LINE}")))
    [message] = await store.write(lambda work: outbox.take(work, limit=9, lease=timedelta(0)))
    assert message.person_id == made.person["Bo"]


async def test_a_colleague_whom_nobody_knows_is_said_to_be_unknown_and_no_administrator_is_troubled(
    store: Store,
) -> None:
    await company.founded(store, linked=False)
    dispatch = dispatcher(store, Directory(profile("U1", "Ada"), profile("U9", "Zoe")))
    for stranger in ("U9", "U404"):
        assert "I do not know that colleague" in said(
            await dispatch(command("U1", f"for <@{stranger}> {LINE}"))
        )
    assert await store.write(lambda work: outbox.take(work, limit=9, lease=timedelta(0))) == []


async def test_guests_and_bots_are_not_served(store: Store) -> None:
    await company.founded(store, linked=False)
    dispatch = dispatcher(store, Directory(profile("U1", "Ada", refused="guest")))
    assert "members of this organisation" in said(await dispatch(command("U1", LINE)))


async def test_while_the_platform_is_down_nothing_is_decided_and_the_next_try_works(store: Store) -> None:
    await company.founded(store, linked=False)
    source = Directory(profile("U1", "Ada"))
    source.down = True
    dispatch = dispatcher(store, source)
    assert "try again in a moment" in said(await dispatch(command("U1", LINE, key="same")))
    source.down = False
    assert "Logged" in said(await dispatch(command("U1", LINE, key="same")))


async def test_a_refusal_repeated_is_the_same_refusal(store: Store) -> None:
    await company.founded(store)
    dispatch = dispatcher(store, Directory())
    ada = company.user_id("slack", "Ada")
    first = await dispatch(command(ada, "for nobody", key="r"))
    assert await dispatch(command(ada, "for nobody", key="r")) == first
    assert "/contribute for @colleague" in said(first)


async def test_a_person_who_left_is_a_stranger(store: Store) -> None:
    import sqlalchemy as sa

    await company.founded(store)
    await store.write(
        lambda work: work.connection.execute(
            sa.update(people.person).where(people.person.c.email == company.email("Ada")).values(active=False)
        )
    )
    dispatch = dispatcher(store, Directory(profile(company.user_id("slack", "Ada"), "Ada")))
    assert "I do not know you yet" in said(await dispatch(command(company.user_id("slack", "Ada"), LINE)))


async def test_unknown_buttons_and_odd_values_get_a_sentence(store: Store) -> None:
    await company.founded(store)
    dispatch = dispatcher(store, Directory())
    origin = command(company.user_id("slack", "Ada"), "").origin
    actions = ["no.such", *sorted(dispatch._routes._presses)]
    for action in actions:
        for value in ("", "x", "999999999999999999999", "-1", "1:2:3", '{"i":null}', "null", "\u0660"):
            press = Press(key=f"odd{next(_keys)}", origin=origin, action=action, value=value)
            assert (await dispatch(press)).type in ("say", "replace", "open", "nothing"), (action, value)


async def test_when_a_message_was_written_the_worker_is_woken_after_the_commit(store: Store) -> None:
    await company.founded(store)
    woken: list[dict[str, int]] = []
    dispatch = Dispatcher(
        store, capabilities(), policy=Policy(), profiles={}, on_enqueued=lambda: woken.append({})
    )
    ada = company.user_id("slack", "Ada")
    await dispatch(command(ada, LINE))
    assert woken == []
    await dispatch(command(ada, f"for <@{company.user_id('slack', 'Bo')}> {LINE}"))
    assert len(woken) == 1
