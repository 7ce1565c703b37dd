"""Where the cards of a request stand, and what each shows: made anew whenever one is sent or brought up to date."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from domain.initiatives import Initiative
from domain.people import Act, Person, Platform, may
from domain.signoffs import Side, Signoff, authority, sponsor_of
from handlers import capability
from handlers.capability import keep_up, tell
from handlers.cards import Buttons, Card, Runs, sentence, strong
from handlers.signoffs import card
from handlers.signoffs.card import Seen, Viewer, title
from handlers.signoffs.finding import NoSuchSignoff, found
from handlers.signoffs.serious import open_for
from storage import delegations, signoffs
from storage import people as directory
from storage.outbox import Priority
from storage.store import Work

VIEW = "signoff"


def seen(work: Work, one: Signoff, about: Initiative, now: datetime) -> Seen:
    """Everything that the cards of a request show."""
    decided = signoffs.decisions(work, one.id)
    acting = {
        given.side: given.delegate_id
        for given in delegations.standing(work, about.id)
        if given.sponsor_id == sponsor_of(about, given.side) and given.holds(now.date())
    }
    before = None
    if one.version > 1:
        before = next(
            (kept.content for kept in signoffs.versions(work, one.id) if kept.version == one.version - 1),
            None,
        )
    wanted = {
        one.requested_by_id,
        about.business_sponsor_id,
        about.technical_sponsor_id,
        *acting.values(),
        *(said.person_id for said in decided),
        *(said.acting_for_id for said in decided if said.acting_for_id is not None),
    }
    serious = open_for(work, about.id, one.content.milestone) if one.state.open else ()
    return Seen(one, about, decided, directory.by_ids(work, wanted), before, acting, serious)


def viewer_of(person: Person, one: Signoff, about: Initiative, work: Work, now: datetime) -> Viewer:
    """What somebody sees and may press."""
    own = person.id in (about.business_sponsor_id, about.technical_sponsor_id)
    given = () if own else delegations.standing(work, about.id)
    right = None if about.closed else authority(person, about, given, now.astimezone(person.zone).date())
    mine = None if isinstance(right, str) else right
    reads = may(person, Act.READ_SIGNOFF, about.parts_of(person.id)) or person.id == one.requested_by_id
    return Viewer(
        zone=person.zone,
        right=mine,
        asks=may_change(person, one, about),
        private=mine is not None or reads,
    )


def may_change(person: Person, one: Signoff, about: Initiative) -> bool:
    """Whether somebody may edit or withdraw a request: whoever made it, while they have a part in it."""
    return person.id == one.requested_by_id and may(person, Act.REQUEST_SIGNOFF, about.parts_of(person.id))


def live_card(
    work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform
) -> Card | None:
    """The card in one place, as it is at this moment; None where there is nothing to show any more."""
    try:
        one, about = found(work, int(params["signoff"]))
    except NoSuchSignoff:
        return None
    version = int(params["version"])
    if version != one.version:
        return card.replaced(one, about, version)
    shown = seen(work, one, about, work.now)
    if person_id is None:
        return card.whole(shown, Viewer(zone=ZoneInfo("UTC"), private=False))
    person = directory.by_id(work, person_id)
    if person is None:
        return None
    return card.whole(shown, viewer_of(person, one, about, work, work.now))


def place(work: Work, one: Signoff, about: Initiative) -> None:
    """Put the present version's card where it belongs: with the sponsors, whoever acts for them, the requester,
    the product owner, and in the initiative's channel. Each place gets it once."""
    people = {
        about.business_sponsor_id,
        about.technical_sponsor_id,
        about.product_owner_id,
        one.requested_by_id,
        *(
            given.delegate_id
            for given in delegations.standing(work, about.id)
            if given.state == "accepted" and given.sponsor_id == sponsor_of(about, given.side)
        ),
    }
    for person_id in sorted(people):
        _put(work, one, "p", person_id)
    if about.channel_id is not None:
        _put(work, one, "c", about.channel_id)


def place_with(work: Work, one: Signoff, person_id: int) -> None:
    """Put the card with somebody who has it not yet."""
    _put(work, one, "p", person_id)


def _put(work: Work, one: Signoff, sort: Literal["p", "c"], number: int) -> None:
    capability.place(
        work,
        f"signoff:{one.id}:{one.version}:{sort}{number}",
        signoffs.subject(one),
        VIEW,
        {"signoff": str(one.id), "version": str(one.version)},
        person_id=number if sort == "p" else None,
        channel_id=number if sort == "c" else None,
        priority=Priority.URGENT,
    )


def bring_up_to_date(work: Work, one: Signoff) -> None:
    """Every card of this version, wherever it stands, shows the present state soon."""
    keep_up(work, signoffs.subject(one))


def announce(work: Work, one: Signoff, about: Initiative) -> None:
    """Say once, in the channel and to whoever asked, that both have signed."""
    shown = seen(work, one, about, work.now)
    for person_id in {one.requested_by_id, about.product_owner_id}:
        person = directory.by_id(work, person_id)
        if person is not None:
            said = card.status_runs(shown, person.zone)
            key = f"signoff:{one.id}:settled:p{person_id}"
            tell(work, key, person_id, _news(one, about, said), priority=Priority.URGENT)
    if about.channel_id is not None:
        said = card.status_runs(shown, ZoneInfo("UTC"))
        tell(
            work,
            f"signoff:{one.id}:settled:c{about.channel_id}",
            None,
            _news(one, about, said),
            channel_id=about.channel_id,
            priority=Priority.URGENT,
        )


def tell_requester(work: Work, one: Signoff, about: Initiative, what: str) -> None:
    """Tell whoever asked how it went on; `what` goes into the message's key, so that it is told once."""
    person = directory.by_id(work, one.requested_by_id)
    if person is None:
        return
    shown = seen(work, one, about, work.now)
    viewer = Viewer(zone=person.zone, asks=may_change(person, one, about))
    news = _news(one, about, card.status_runs(shown, person.zone))
    # Only the card in its place has buttons that decide: this message is not brought up to date.
    more = (*card.reasons(shown, viewer), Buttons(items=(card.show_button(one),)))
    tell(
        work,
        f"signoff:{one.id}:{one.version}:{what}:p{person.id}",
        person.id,
        news.model_copy(update={"elements": (*news.elements, *more)}),
        priority=Priority.URGENT,
    )


def _news(one: Signoff, about: Initiative, said: Runs) -> Card:
    return sentence(strong(f"{title(one, about)}: "), *said)


def waiting_people(work: Work, one: Signoff, about: Initiative, now: datetime) -> dict[Side, list[int]]:
    """Who can decide for each side that is waited for: its sponsor, and whoever acts for them."""
    found_people: dict[Side, list[int]] = {}
    for side in one.waiting_for():
        found_people[side] = [sponsor_of(about, side)] + [
            given.delegate_id
            for given in delegations.standing(work, about.id)
            if given.side is side and given.sponsor_id == sponsor_of(about, side) and given.holds(now.date())
        ]
    return found_people
