"""What was promised for a concern holds for the one that it is merged into; whoever wrote one is still answered."""

import asyncio

from domain.concerns import Kind, Severity, State
from handlers.conversation import FieldErrors, Say
from storage import concerns
from tests.chat import card_of, words
from tests.concerns.conftest import Forum
from tests.concerns.handled import (
    answered,
    closed,
    errors,
    filled,
    handed,
    inbox,
    named,
    now,
    pressed,
    shown,
)
from tests.concerns.test_codes import look
from tests.conftest import MovedClock


async def merged(forum: Forum, one: int, into: int, who: str = "Bo") -> str:
    found = await forum.store.read(lambda work: concerns.by_number(work, one))
    assert found is not None
    return words(card_of(await filled(forum, who, found, "Merge or link", into=f"C-{into}")))


async def test_the_sooner_of_both_times_holds(forum: Forum, clock: MovedClock) -> None:
    early = await named(forum)
    clock.move(days=2)
    late = await named(forum, "Dara")
    assert early.due_at is not None and late.due_at is not None and early.due_at < late.due_at
    await merged(forum, 1, 2)
    assert (await now(forum, late)).due_at == early.due_at
    clock.move(days=6)
    await forum.tick()
    assert (await now(forum, late)).escalated_at is not None


async def test_one_that_was_answered_hurries_nobody(forum: Forum, clock: MovedClock) -> None:
    early = await named(forum)
    await answered(forum, "Bo", early, "We look into it.")
    clock.move(days=2)
    late = await named(forum, "Dara")
    await merged(forum, 1, 2)
    assert (await now(forum, late)).due_at == late.due_at


async def test_a_serious_one_brings_its_own_time_and_makes_nothing_late(
    forum: Forum, clock: MovedClock
) -> None:
    usual = await named(forum)
    clock.move(days=2)
    serious = await named(forum, "Dara", severity="serious")
    await merged(forum, 2, 1)
    after = await now(forum, usual)
    assert (after.severity, after.due_at) == (Severity.SERIOUS, serious.due_at)
    assert not after.is_overdue(clock.now)


async def test_what_the_sponsors_see_they_see_in_the_other_one(forum: Forum, clock: MovedClock) -> None:
    late = await named(forum, severity="serious")
    clock.move(hours=25)
    await forum.tick()
    assert (await now(forum, late)).escalated_at is not None
    other = await named(forum, "Dara")
    await forum.sent()
    await merged(forum, 1, 2)
    assert (await now(forum, other)).escalated_at is not None
    told = [who for who, card in await forum.sent() if "C-2 · Claims triage" in words(card)]
    assert "Cleo" in told
    assert "with both sponsors" in words(await shown(forum, "Cleo", other))


async def test_one_that_is_not_settled_is_answered_by_itself(forum: Forum) -> None:
    one, code = await handed(forum)
    await closed(forum, "Bo", one)
    await forum.submit("Ada", await look(forum, "Ada", code), {"do": "not_settled", "words": "It goes on."})
    await forum.hand_over()
    fresh = await named(forum, "Dara")
    said = errors(await filled(forum, "Bo", one, "Merge or link", into="C-2"))["into"]
    assert "The reporter of C-1 found it not settled" in said
    assert (await now(forum, one)).state is State.REOPENED
    await merged(forum, 2, 1)
    assert (await now(forum, fresh)).state is State.MERGED


async def test_two_that_are_merged_into_each_other_at_once_wait_for_nobody(forum: Forum) -> None:
    for number in range(1, 13, 2):
        ones = await named(forum), await named(forum, "Dara")
        opened = [
            await pressed(forum, who, one, "Merge or link")
            for who, one in zip(("Bo", "Emil"), ones, strict=True)
        ]
        replies = await asyncio.gather(
            forum.submit("Bo", opened[0], {"into": f"C-{number + 1}"}),
            forum.submit("Emil", opened[1], {"into": f"C-{number}"}),
        )
        assert all(isinstance(reply, Say | FieldErrors) for reply in replies)
        assert "went wrong" not in str(replies)
        assert [(await now(forum, one)).state for one in ones].count(State.MERGED) == 1


async def test_whoever_wrote_one_that_is_merged_is_answered_there(forum: Forum) -> None:
    await named(forum)
    other, code = await handed(forum)
    await merged(forum, 2, 1)
    await forum.submit("Ada", await look(forum, "Ada", code), {"do": "reply", "words": "Also on Sunday?"})
    await forum.hand_over()
    await answered(forum, "Bo", other, "On Sundays too.")
    assert await inbox(forum, code) == ["Also on Sunday?", "On Sundays too."]
    assert (await now(forum, other)).state is State.MERGED


async def test_a_second_answer_reaches_those_who_were_answered_with_it_before(forum: Forum) -> None:
    main = await named(forum)
    other, code = await handed(forum)
    await merged(forum, 2, 1)
    await closed(forum, "Bo", main, "It was the rain.")
    await forum.store.write(
        lambda work: concerns.change(work, main.case_id, state=State.REOPENED.value, reopened=1)
    )
    await closed(forum, "Bo", main, "It was the limit.")
    assert await inbox(forum, code) == ["Explained: It was the rain.", "Explained: It was the limit."]
    assert (await now(forum, other)).state is State.CLOSED


async def test_nobody_is_asked_who_cannot_write_back(forum: Forum) -> None:
    one, code = await handed(forum)
    await closed(forum, "Bo", one)
    await forum.submit("Ada", await look(forum, "Ada", code), {"do": "settled"})
    await forum.hand_over()
    said = errors(await filled(forum, "Bo", one, "Ask or answer", kind="asked", text="Which claims?"))
    assert "cannot write back" in said["kind"]
    await answered(forum, "Bo", one, "Thank you.")
    kinds = [row.kind for row in await forum.rows("concern_message")]
    assert sorted(kinds) == sorted([Kind.OUTCOME.value, Kind.SETTLED.value, Kind.ANSWERED.value])


async def test_without_names_it_is_said_that_each_time_counts(forum: Forum) -> None:
    for _ in range(3):
        await handed(forum)
    await merged(forum, 2, 1)
    await merged(forum, 3, 1)
    one = await forum.store.read(lambda work: concerns.by_number(work, 1))
    assert one is not None
    assert "3 people report this (whoever gave no name is counted each time)" in words(
        await shown(forum, "Bo", one)
    )
