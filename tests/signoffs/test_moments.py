"""Presses in the same moment: the log's order counts, whatever the clocks say."""

import pytest

from storage import signoffs, verification
from tests.chat import button
from tests.conftest import MovedClock
from tests.signoffs.conftest import SignoffChat


@pytest.mark.parametrize("order", [("Cleo", "Emil"), ("Emil", "Cleo")])
async def test_the_second_press_may_have_begun_before_the_first(
    chat: SignoffChat, clock: MovedClock, order: tuple[str, str]
) -> None:
    number = await chat.request()
    for who in order:
        await chat.press(who, button(await chat.card(who, number), "Approve"))
        clock.move(milliseconds=-3)
    one = await chat.store.read(lambda work: signoffs.by_id(work, number))
    assert one is not None
    assert one.state.value == "signed_off"
    # Somebody who reads the history would else be told that it was tampered with.
    assert (await chat.store.read(verification.verify)).broken is None
