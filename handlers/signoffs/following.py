"""What becomes of requests under way when their initiative changes."""

from domain.initiatives import Initiative
from domain.signoffs import Side, State, accepted, sponsor_of
from handlers.capability import Actor
from handlers.signoffs import places
from storage import signoff_changes, signoffs
from storage.store import Work


def sponsors_changed(work: Work, about: Initiative) -> None:
    """Put the cards with whoever is an accepted sponsor now, and bring those of the others up to date."""
    for one in signoffs.of_initiative(work, about.id):
        if not one.state.open:
            continue
        for side in Side:
            if accepted(about, side):
                places.place_with(work, one, sponsor_of(about, side))
        places.bring_up_to_date(work, one)


def hold(work: Work, about: Initiative) -> None:
    """Let nobody decide on what is under way before the commit; to be called before the initiative is changed."""
    signoff_changes.hold_open(work, about.id)


def closed(actor: Actor, work: Work, about: Initiative) -> None:
    """Withdraw what is under way: nothing more is signed off for an initiative that is stopped or archived."""
    for one in signoffs.of_initiative(work, about.id):
        if one.state.open:
            signoff_changes.settle(
                work,
                one,
                State.WITHDRAWN,
                by_id=actor.person.id,
                platform=actor.origin.platform,
                reason="initiative closed",
            )
            places.bring_up_to_date(work, one)
