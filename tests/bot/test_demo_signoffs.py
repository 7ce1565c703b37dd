"""What the playground's sponsors signed and have to sign, on both databases."""

from bot.demo import furnish
from bot.settings import GivenSettings
from domain.signoffs import State
from storage import initiatives, milestones, signoffs, verification
from storage.store import Store, Work
from tests.conftest import MovedClock


async def test_one_scope_is_signed_and_a_go_live_waits_for_both_sponsors(
    store: Store, clock: MovedClock
) -> None:
    await furnish(store, GivenSettings())

    def look(work: Work) -> None:
        claims = initiatives.called(work, "claims")
        assert claims is not None
        pending, signed = signoffs.of_initiative(work, claims.id)
        assert (signed.content.milestone, signed.state) == ("mvp-scope", State.SIGNED_OFF)
        assert signed.settled_at is not None
        assert signed.settled_at < clock.now
        assert [title for title, _ in milestones.reached(work, claims.id)] == ["MVP scope"]
        assert (pending.content.milestone, pending.state) == ("go-live", State.PENDING)
        assert len(pending.content.limits) == 2
        assert len(pending.content.plan) == 5
        for sponsor in (claims.business_sponsor_id, claims.technical_sponsor_id):
            [(waiting, _)] = signoffs.waiting_for(work, sponsor, clock.now.date())
            assert waiting.id == pending.id
        found = verification.verify(work)
        assert (found.broken, found.decisions) == (None, 2)

    await store.read(look)
