"""What is known before a concern is kept, and who is told of it: one statement each, on both databases."""

import pytest
import sqlalchemy as sa

from domain.concerns import Concern
from domain.people import Person
from handlers.concerns import levels
from storage import colleagues, concern_ground, concern_handlers, organisation, people
from storage.outbox import Priority
from storage.people import person, team
from storage.store import Work
from tests.concerns.conftest import Forum
from tests.concerns.handled import handed, named


async def names(forum: Forum, one: Concern) -> list[str]:
    """The first names of those who handle it, in their order."""
    known = {number: name for name, number in forum.company.person.items()}
    return [
        known[number] for number in await forum.store.read(lambda work: concern_handlers.handlers(work, one))
    ]


async def change(forum: Forum, name: str, **values: object) -> None:
    number = forum.company.person[name]
    await forum.store.write(
        lambda work: work.connection.execute(sa.update(person).where(person.c.id == number).values(**values))
    )


async def test_handlers_are_the_product_owner_then_the_ai_function_then_hr(forum: Forum) -> None:
    await change(forum, "Cleo", roles="hr;admin")
    await change(forum, "Dara", roles="admin;ai")
    assert await names(forum, await named(forum)) == ["Bo", "Dara", "Emil", "Cleo", "Hana"]
    assert await names(forum, await named(forum, initiative=None)) == ["Dara", "Emil", "Cleo", "Hana"]


async def test_sponsors_handle_what_was_escalated_or_reopened(forum: Forum) -> None:
    one = await named(forum, initiative="claims")
    sponsors = [name for name in await names(forum, one.model_copy(update={"reopened": 1})) if name != "Bo"]
    assert sponsors[:2] == ["Cleo", "Emil"]
    assert "Cleo" not in await names(forum, one)


async def test_whoever_raised_it_or_has_left_handles_nothing_and_nobody_is_named_twice(forum: Forum) -> None:
    await change(forum, "Bo", roles="ai;hr")
    one, _ = await handed(forum)
    assert await names(forum, one) == ["Bo", "Emil", "Hana"]
    assert await names(forum, await named(forum, "Bo")) == ["Emil", "Hana"]
    await change(forum, "Emil", active=False)
    await change(forum, "Bo", active=False)
    assert await names(forum, one) == ["Hana"]


async def test_all_of_them_have_the_same_message_once_however_often_it_is_written(forum: Forum) -> None:
    one, _ = await handed(forum)
    before = await forum.rows("outbox")
    assert {row.person_id for row in before} == {
        forum.company.person[name] for name in ("Bo", "Emil", "Hana")
    }

    def tell(work: Work, key: str) -> bool:
        concern_handlers.tell(
            work, one, concern_handlers.Message(key, "concern:#", "{}", Priority.URGENT, polite=False)
        )
        return work.enqueued

    assert not await forum.store.write(lambda work: tell(work, "concern:1:"))
    assert await forum.rows("outbox") == before
    assert await forum.store.write(lambda work: tell(work, "another:"))
    after = await forum.rows("outbox")
    new = [row for row in after if str(row.key).startswith("another:")]
    assert len(new) == len(before)
    assert {(row.state, row.priority, row.message) for row in new} == {("waiting", 0, "{}")}
    assert {row.key for row in new} == {f"another:{row.person_id}" for row in before}


@pytest.mark.parametrize("about", ["claims", None])
async def test_what_is_near_somebody_is_the_same_asked_for_at_once_or_apart(
    forum: Forum, about: str | None
) -> None:
    await change(forum, "Bo", manager_id=forum.company.person["Hana"])
    initiative_id = None if about is None else forum.company.initiative[about]

    def unit(work: Work) -> None:
        bo = people.by_id(work, forum.company.person["Bo"])
        assert isinstance(bo, Person)
        near = concern_ground.near(work, bo)
        assert near.names == colleagues.beside(work, bo) == ["Ada Fern", "Hana Reed"]
        assert near.teams == ["Operations/Claims", "Operations/Complaints"]
        assert (
            colleagues.small(work, near.teams) == colleagues.small_teams(work, bo) == ["Claims", "Complaints"]
        )
        named, settings, raised = concern_ground.of_named(
            work, initiative_id, levels.SETTINGS, reporter_id=bo.id, since=work.now
        )
        assert raised == 0
        found = concern_ground.known(work, initiative_id, levels.SETTINGS)[0]
        assert named == found
        assert (found.owner, settings) == (None if about is None else "Bo Lindqvist", [None, None])
        assert (None if found.initiative is None else found.initiative.key) == about

    await forum.store.read(unit)


async def test_a_team_without_anybody_or_with_many_is_no_small_one(forum: Forum) -> None:
    def unit(work: Work) -> list[str]:
        claims = work.connection.execute(
            sa.select(team.c.id).where(team.c.path == "Operations/Claims")
        ).scalar_one()
        row = work.connection.execute(sa.select(person).where(person.c.team_id == claims)).mappings().first()
        assert row is not None
        for number in range(colleagues.SMALL):
            more = {**row, "id": 900 + number, "email": f"more{number}@alder.example"}
            work.connection.execute(sa.insert(person).values(more))
        work.connection.execute(sa.update(person).where(person.c.name == "Dara Quill").values(active=False))
        return colleagues.small(work, ["Operations/Claims", "Operations/Complaints", "People"])

    assert await forum.store.write(unit) == ["People"]


async def test_what_the_organisation_set_decides_until_when_an_answer_is_due(forum: Forum) -> None:
    usual = await named(forum)
    await forum.store.write(lambda work: organisation.put(work, levels.SETTING, {"usual_days": 1}, None))
    sooner = await named(forum)
    assert sooner.due_at is not None and usual.due_at is not None and sooner.due_at < usual.due_at


async def test_a_box_that_was_handed_over_is_not_kept_again(forum: Forum) -> None:
    """Else a form that comes twice, with a hand-over between, would be two concerns."""
    opened = await forum.say("Ada", "concern")
    filled: dict[str, str | None] = {
        "initiative": str(forum.company.initiative["claims"]),
        "what": "The claims triage flagged two correct claims as fraud last week.",
    }
    look = await forum.submit("Ada", opened, filled)
    first = await forum.submit("Ada", look, {})
    assert [row.state for row in await forum.rows("concern")] == ["sent"]
    await forum.hand_over()
    assert await forum.submit("Ada", look, {}) == first
    assert [row.state for row in await forum.rows("concern")] == ["new"]
