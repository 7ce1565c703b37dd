"""What the playground's sponsors have signed off, and what waits for them: a go-live that anybody can try.

All of it is made up. The same day makes the same texts.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bot.playground.roster import TEAM_ID, alder_and_pike
from domain.contributions import Policy
from domain.initiatives import Initiative
from domain.signoffs import Authority, Content, Criterion, Side, Verdict, sponsor_of
from handlers.capability import Actor
from handlers.conversation import Origin, Submission
from handlers.signoffs import form, requesting
from storage import initiatives, people, signoff_changes, signoffs
from storage.store import Work

#: How many days ago the scope was asked for, and signed by each side.
SCOPED = {Side.BUSINESS: 54, Side.TECHNICAL: 53}
ASKED_DAYS_AGO = 56
SCOPE = Content(
    initiative="claims",
    milestone="mvp-scope",
    title="MVP scope",
    summary="The first version sorts storm and water damage under 5,000 into three queues. Adjusters see the "
    "suggestion and its reason, and decide.",
    criteria=(
        Criterion(
            text="The three queues are described by the adjusters", evidence="https://wiki.example/queues"
        ),
        Criterion(
            text="400 old claims are labelled as an answer key", evidence="https://files.example/key.xlsx"
        ),
    ),
    risks="For six weeks two people a day check samples instead of settling claims.",
    effort="2 days 3 h in 9 entries by 4 people",
)
GO_LIVE = {
    "milestone": "go-live",
    "summary": "Triage sorts the Monday queue for everybody in Claims. A person looks at every decline, and the "
    "old queue can be had back within the hour.",
    "criteria": "95 of 100 sampled claims are in the right queue https://wiki.example/triage/sample\n"
    "Nothing is declined without a person https://wiki.example/triage/declines\n"
    "Every adjuster has overruled a suggestion once in training",
    "risks": "In storm weeks up to 5 of 100 claims may wait a day longer in a wrong queue.",
}


def write_signoffs(work: Work, today: date) -> None:
    """Put both into a store that has the company's people, initiatives, plans and limits."""
    about = initiatives.called(work, "claims")
    if about is not None:
        _sign(work, about, today)
        _ask(work, about, today)


def _sign(work: Work, about: Initiative, today: date) -> None:
    """A scope that both signed some weeks ago; nobody is written to about it."""
    asked = _on(work, today, ASKED_DAYS_AGO)
    number = signoff_changes.add(
        asked,
        about,
        SCOPE,
        requested_by_id=about.product_owner_id,
        platform="slack",
        expires_at=asked.now + timedelta(days=14),
    )
    for side, back in SCOPED.items():
        one = signoffs.by_id(work, number)
        if one is not None:
            signoff_changes.record(
                _on(work, today, back),
                one,
                about,
                Authority(side),
                Verdict.APPROVED,
                person_id=sponsor_of(about, side),
                platform="slack",
            )


def _ask(work: Work, about: Initiative, today: date) -> None:
    """Ask for the go-live as its product owner does with the form; the cards are sent when the bot starts."""
    owner = people.by_id(work, about.product_owner_id)
    if owner is None:
        return
    user_id = next(one.id for one in alder_and_pike().users if one.email == owner.email)
    actor = Actor(
        person=owner,
        origin=Origin(platform="slack", tenant=TEAM_ID, user_id=user_id),
        policy=Policy(),
        today=today,
    )
    submission = Submission(
        key="playground",
        origin=actor.origin,
        form=form.NAME,
        values=dict(GO_LIVE),
        context=f'{{"i": {about.id}}}',
    )
    requesting.on_submit(actor, submission, work)


def _on(work: Work, today: date, back: int) -> Work:
    """The same unit of work, on the afternoon of an earlier day."""
    return replace(work, now=datetime.combine(today - timedelta(days=back), time(15), tzinfo=work.now.tzinfo))
