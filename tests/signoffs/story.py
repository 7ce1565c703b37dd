"""A short history of sign-offs, put into the store by its own functions, and a way to tamper with it."""

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from domain.initiatives import Initiative
from domain.signoffs import Authority, Content, Criterion, Side, Signoff, State, Verdict
from storage import delegations, initiatives, signoff_changes, signoffs
from storage.store import Store, Work
from storage.verification import Finding, verify
from tests import company
from tests.company import Company
from tests.conftest import MovedClock
from tests.signoffs.conftest import accept_everywhere

REASON = 'Say "who" checks:\n\tdeclined claims \\ C:\\claims 🧩 <b>'


@dataclass(frozen=True)
class Story:
    """Who was there, and the requests by what became of them."""

    company: Company
    signed_off: int
    declined: int
    withdrawn: int
    expired: int
    pending: int


def content(milestone: str = "mvp-scope", summary: str = "Storm claims first.") -> Content:
    return Content(
        initiative="claims",
        milestone=milestone,
        title={"mvp-scope": "MVP scope", "go-live": "Go-live"}.get(milestone, milestone),
        summary=summary,
        criteria=(
            Criterion(
                text='95 of 100 "right" <script>alert(1)</script>', evidence="https://wiki.example/1?a=b&c=d"
            ),
        ),
        risks="Slower at first.",
    )


async def told(store: Store, clock: MovedClock) -> Story:
    """Tell it: 16 entries, 6 of them decisions."""
    made = await company.founded(store)
    await store.write(accept_everywhere)
    bo, cleo, emil, ines = (made.person[name] for name in ("Bo", "Cleo", "Emil", "Ines"))
    business, technical = Authority(Side.BUSINESS), Authority(Side.TECHNICAL)

    def about(work: Work, key: str) -> Initiative:
        found = initiatives.by_id(work, made.initiative[key])
        assert found is not None
        return found

    def one(work: Work, number: int) -> Signoff:
        found = signoffs.by_id(work, number)
        assert found is not None
        return found

    async def asked(asked_for: Content, key: str = "claims") -> int:
        clock.move(minutes=1)
        return await store.write(
            lambda work: signoff_changes.add(
                work,
                about(work, key),
                asked_for,
                requested_by_id=bo,
                platform="slack",
                expires_at=work.now + timedelta(days=14),
            )
        )

    async def decided(
        number: int,
        right: Authority,
        verdict: Verdict,
        who: int,
        reason: str | None = None,
        key: str = "claims",
    ) -> None:
        clock.move(minutes=1)
        await store.write(
            lambda work: signoff_changes.record(
                work,
                one(work, number),
                about(work, key),
                right,
                verdict,
                person_id=who,
                platform="teams",
                reason=reason,
            )
        )

    async def settled(number: int, state: State, by_id: int | None) -> None:
        clock.move(minutes=1)
        await store.write(
            lambda work: signoff_changes.settle(work, one(work, number), state, by_id=by_id, platform=None)
        )

    first = await asked(content())
    await decided(first, business, Verdict.APPROVED, cleo)
    await decided(first, technical, Verdict.CHANGES, emil, REASON)
    clock.move(minutes=1)
    await store.write(
        lambda work: signoff_changes.revise(
            work,
            one(work, first),
            content(summary="Storm claims first, people check declines."),
            by_id=bo,
            platform="teams",
            expires_at=work.now + timedelta(days=14),
        )
    )
    clock.move(minutes=1)
    delegation = await store.write(
        lambda work: delegations.offer(
            work,
            about(work, "claims"),
            Side.TECHNICAL,
            sponsor_id=emil,
            delegate_id=ines,
            first_day=date(2026, 11, 18),
            last_day=date(2026, 11, 20),
            platform="slack",
        )
    )

    def accept(work: Work) -> None:
        offered = delegations.by_id(work, delegation)
        assert offered is not None
        delegations.answer(work, offered, "accepted", about(work, "claims"), by_id=ines, platform="slack")

    clock.move(minutes=1)
    await store.write(accept)
    await decided(first, Authority(Side.TECHNICAL, emil), Verdict.APPROVED, ines)
    await decided(first, business, Verdict.APPROVED, cleo)
    declined = await asked(content("go-live"))
    await decided(declined, business, Verdict.DECLINED, cleo, "Not before the storm season is over.")
    withdrawn = await asked(content("go-live"))
    await settled(withdrawn, State.WITHDRAWN, bo)
    expired = await asked(content("go-live"))
    await settled(expired, State.EXPIRED, None)
    pending = await asked(content("pilot-in-two-teams"), "complaints")
    await decided(pending, technical, Verdict.APPROVED, emil, key="complaints")
    return Story(made, first, declined, withdrawn, expired, pending)


async def changed(store: Store, *statements: sa.Executable) -> Finding:
    """What a walk finds after somebody with access to the database did this."""

    def unit(work: Work) -> None:
        # Foreign keys stop nobody who can change the tables. SQLite lets go of them between transactions only.
        run = work.connection.exec_driver_sql
        if work.connection.dialect.name == "sqlite":
            run("COMMIT")
            run("PRAGMA foreign_keys = OFF")
            run("BEGIN IMMEDIATE")
        else:
            run("SET LOCAL session_replication_role = replica")
        for statement in statements:
            work.connection.execute(statement)

    await store.write(unit)
    return await store.read(verify)
