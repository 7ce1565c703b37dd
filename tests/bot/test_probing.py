"""A platform is asked seldom, whether it answers; what it says of one person says nothing of the platform."""

import asyncio

import pytest

from bot import probing
from bot.probing import Probes
from handlers.conversation import Profile
from handlers.ports import Address, Closed, TryLater

WHO = Address(tenant="T1", user_id="U1")


class Answers:
    """Profiles of a platform that answers as it is told, the last answer for ever."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def profile(self, tenant: str, user_id: str) -> Profile | None:
        self.asked += 1
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is not None:
            raise answer
        return None

    async def find(self, email: str) -> Profile | None:
        return None


async def test_many_at_once_ask_once() -> None:
    source = Answers(TryLater("service_unavailable"))
    probes = Probes({"slack": source})
    found = await asyncio.gather(*(probes.trouble("slack", WHO) for _ in range(50)))
    assert source.asked == 1
    assert all(one is not None and one.reason == "service_unavailable" for one in found)


async def test_an_answer_is_believed_for_a_while_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Answers(None, TryLater("out"), None)
    probes = Probes({"slack": source})
    assert [await probes.trouble("slack", WHO) for _ in range(3)] == [None] * 3
    assert source.asked == 1
    monkeypatch.setattr(probing, "BELIEVED_S", 0.0)
    assert await probes.trouble("slack", WHO) is not None
    assert await probes.trouble("slack", WHO) is None
    assert source.asked == 3


async def test_what_was_not_taken_has_it_asked_again() -> None:
    source = Answers(None, TryLater("out"))
    probes = Probes({"slack": source})
    assert await probes.trouble("slack", WHO) is None
    probes.doubt("slack")
    assert await probes.trouble("slack", WHO) is not None
    probes.doubt("slack")  # that it is out is believed
    assert await probes.trouble("slack", WHO) is not None
    assert source.asked == 2


@pytest.mark.parametrize("answer", [Closed("account_inactive"), ValueError("odd")])
async def test_somebody_who_is_not_there_is_no_trouble_of_the_platform(answer: Exception) -> None:
    assert await Probes({"slack": Answers(answer)}).trouble("slack", WHO) is None


async def test_a_platform_that_is_silent_is_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(Answers):
        async def profile(self, tenant: str, user_id: str) -> Profile | None:
            await asyncio.sleep(60)
            return None

    monkeypatch.setattr(probing, "ANSWERED_WITHIN_S", 0.01)
    found = await Probes({"teams": Silent(None)}).trouble("teams", WHO)
    assert found is not None and found.reason == "no answer in time"


async def test_a_platform_that_cannot_be_asked_is_taken_to_answer() -> None:
    assert await Probes({}).trouble("slack", WHO) is None
