"""A concern is put where it belongs: how pressing it is, and which deployment it is about where nobody said."""

from domain.concerns import Severity
from handlers.conversation import Open
from tests.chat import words
from tests.concerns.conftest import Forum
from tests.concerns.handled import errors, filled, handed, named, now, pressed, shown
from tests.conftest import MovedClock


async def test_a_deployment_that_nobody_named_is_named_and_its_owner_told(forum: Forum) -> None:
    one, _ = await handed(forum, initiative=None)
    await forum.sent()
    claims = str(forum.company.initiative["claims"])
    await filled(forum, "Hana", one, "Severity and gap", initiative=claims, reason="It says triage.")
    after = await now(forum, one)
    assert after.initiative_id == forum.company.initiative["claims"]
    told = [who for who, card in await forum.sent() if "C-1 · Claims triage" in words(card)]
    assert "Bo" in told
    assert "About Claims triage. It says triage." in words(await shown(forum, "Bo", one))
    form = await pressed(forum, "Bo", one, "Severity and gap")
    assert isinstance(form, Open)
    assert "initiative" not in {each.name for each in form.form.inputs()}


async def test_a_deployment_that_is_no_more_is_said_to_be_gone(forum: Forum) -> None:
    one = await named(forum, initiative=None)
    found = errors(await filled(forum, "Hana", one, "Severity and gap", initiative="999", reason="x"))
    assert "cannot find that one" in found["initiative"]
    found = errors(
        await filled(
            forum,
            "Hana",
            one,
            "Severity and gap",
            initiative=str(forum.company.initiative["claims"]),
            reason=None,
        )
    )
    assert set(found) == {"reason"}


async def test_what_is_more_pressing_than_was_known_is_not_late_at_once(
    forum: Forum, clock: MovedClock
) -> None:
    one = await named(forum)
    clock.move(days=3)
    await filled(forum, "Bo", one, "Severity and gap", severity="serious", reason="It hurts somebody.")
    after = await now(forum, one)
    assert after.severity is Severity.SERIOUS and after.due_at is not None
    assert (after.due_at - clock.now).total_seconds() == 24 * 3600
    await filled(forum, "Bo", one, "Severity and gap", severity="usual", reason="It does not.")
    assert (await now(forum, one)).due_at == one.due_at


async def test_the_sooner_time_stays_where_it_is_made_more_pressing_on_the_last_day(
    forum: Forum, clock: MovedClock
) -> None:
    one = await named(forum)
    assert one.due_at is not None
    clock.move(days=6, hours=22)
    await filled(forum, "Bo", one, "Severity and gap", severity="serious", reason="It hurts somebody.")
    assert (await now(forum, one)).due_at == one.due_at
