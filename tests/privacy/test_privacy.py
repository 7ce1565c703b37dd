"""`tandem privacy`: nothing that refers to a person is left out of it, and it tells nothing of an answer."""

import pytest
import sqlalchemy as sa

from domain.people import Platform
from handlers.cards import Text
from handlers.privacy import COLUMNS
from storage import privacy
from storage.people import person
from storage.schema import metadata
from storage.store import Work
from storage.tables import ALL
from tests.chat import card_of, words
from tests.pulses.conftest import Poll, poll
from tests.pulses.test_mine import kept

__all__ = ["poll"]


def covered() -> list[str]:
    return [name for columns in COLUMNS.values() for name in columns]


def test_every_column_that_refers_to_a_person_is_told() -> None:
    assert {table.name for table in ALL} == set(metadata.tables)
    assert sorted(covered()) == sorted(privacy.references())


def test_a_new_reference_to_a_person_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    diary = sa.Table("diary", sa.MetaData(), sa.Column("whose", sa.ForeignKey(person.c.id)))
    monkeypatch.setattr(privacy, "ALL", (*ALL, diary))
    assert set(privacy.references()) - set(covered()) == {"diary.whose"}


async def counted(poll: Poll, who: str) -> dict[str, int]:
    """The rows that name somebody, one column after the other."""

    def unit(work: Work) -> dict[str, int]:
        found = {}
        for name in privacy.references():
            table, _, column = name.partition(".")
            of = metadata.tables[table]
            query = sa.select(sa.func.count()).select_from(of).where(of.c[column] == poll.company.person[who])
            found[name] = work.connection.execute(query).scalar_one()
        return found

    return await poll.store.read(unit)


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_each_row_is_counted_and_said_in_words(poll: Poll, platform: Platform) -> None:
    await poll.launch()
    await poll.say("Ada", "contribute 3h data on claims: labelled 400 exceptions")
    await poll.say("Ada", "tandem pause until friday")
    said = words(card_of(await poll.say("Ada", "tandem privacy", platform)))
    lines = said.replace("/tandem", "tandem").splitlines()
    rows = await counted(poll, "Ada")
    assert rows["roster.person_id"] == 1 and rows["contribution.person_id"] == 1
    for columns in COLUMNS.values():
        for name, meaning in columns.items():
            count = rows[name]
            start = f"{name.partition('.')[0]} {count:,} {'row' if count == 1 else 'rows'}: {meaning.replace('`', '')}"
            told = [
                line
                for line in lines
                if line.startswith(start) or line.replace("/tandem", "tandem").startswith(start)
            ]
            assert bool(told) == bool(count), name
    assert "For example: “labelled 400 exceptions”." in lines
    assert "First pulse: one locked box is yours among 41 of one size." in said
    assert "ada@" in said.lower() and "Operations/Claims" in said
    assert "ask Ines Vale" in said and "who administers Tandem." in said
    assert "Bo Lindqvist" not in said


async def test_it_is_the_same_before_and_after_an_answer_and_leaves_nothing_behind(poll: Poll) -> None:
    number = await poll.launch()
    before = card_of(await poll.say("Ada", "tandem privacy"))
    await poll.answer("Ada", number, 4)
    rows = await kept(poll)
    for can_ask in (True, False):
        assert card_of(await poll.say("Ada", "tandem privacy", can_ask=can_ask)) == before
    assert await kept(poll) == rows


async def test_who_is_asked_by_nothing_is_told_of_no_box(poll: Poll) -> None:
    said = words(card_of(await poll.say("Bo", "tandem privacy")))
    assert "one locked box" not in said and "roster" not in said
    assert "What is not stored" in said


async def test_each_piece_of_text_is_short_enough_for_both_platforms(poll: Poll) -> None:
    """Somebody who has a part in everything."""

    def everything(work: Work) -> dict[str, privacy.Found]:
        return dict.fromkeys(privacy.references(), privacy.Found(123_456, work.now.date()))

    found = await poll.store.read(everything)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(privacy, "about", lambda work, person_id: found)
        card = card_of(await poll.say("Hana", "tandem privacy"))
    pieces = [sum(len(run.text) for run in one.runs) for one in card.elements if isinstance(one, Text)]
    assert max(pieces) < 2000
    assert len(card.elements) < 40


async def test_the_newest_day_is_the_one_that_stands_there(poll: Poll) -> None:
    await poll.say("Ada", "contribute 1h data on claims yesterday: older")
    await poll.say("Ada", "contribute 1h data on claims today: newer")
    found = await poll.store.read(lambda work: privacy.about(work, poll.company.person["Ada"]))
    assert found["contribution.person_id"] == privacy.Found(2, poll.clock.now.date())
    assert found["identity.person_id"].rows == 2
