"""Cards of what was published of a concern, for those who were told: as it reads at the moment, wherever they are."""

from collections.abc import Mapping

from domain.initiatives import Initiative
from domain.people import Platform
from domain.pulses import Audience
from handlers.capability import keep_up, place
from handlers.cards import Card, sentence, strong
from handlers.concerns.wording import about
from handlers.digests.making import sending
from handlers.fanout import place_many
from handlers.keeping import number_of
from handlers.spoken import TITLE, line
from storage import initiatives, outbox, panels, publications
from storage import people as directory
from storage.publications import Publication
from storage.store import Work

#: Its parameter is the publication's id.
VIEW = "concern.published"


def subject(one: Publication) -> str:
    """What every card of a publication is about."""
    return f"concern.publication:{one.id}"


def tell(work: Work, one: Publication, initiative: Initiative | None, to: str) -> str:
    """Tell those who were chosen ("channel", "department", or nobody), once; what was done, in words."""
    key, params = f"concern.published:{one.number}:{one.id}", {"id": str(one.id)}
    if initiative is not None and to == "channel" and initiative.channel_id is not None:
        channel_id = initiative.channel_id
        place(work, f"{key}:c{channel_id}", subject(one), VIEW, params, channel_id=channel_id)
        return f"The channel for news of {initiative.name} is told."
    if initiative is not None and to == "department":
        who = panels.people_in(Audience(kind="initiative", ids=(initiative.id,)))
        count = place_many(work, key, who, subject(one), VIEW, params)
        return f"{count:,} {'person' if count == 1 else 'people'} in {initiative.department} are told, in their hours."
    return "Nobody is written to."


def corrected(work: Work, one: Publication) -> None:
    """It reads otherwise: so do the cards of those who were told."""
    keep_up(work, subject(one))


def withdrawn(work: Work, one: Publication) -> None:
    """It is to be read no more: cards that were sent say so, others do not go out."""
    outbox.recall(work, subject(one))
    keep_up(work, subject(one))


def card(work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform) -> Card | None:
    """What somebody, or a channel, reads of it now."""
    number = number_of(params["id"])
    one = None if number is None else publications.by_id(work, number)
    if one is None:
        return None
    person = None if person_id is None else directory.by_id(work, person_id)
    zone = sending(work).zone_info if person is None else person.zone
    initiative = None if one.initiative_id is None else initiatives.by_id(work, one.initiative_id)
    return sentence(strong(f"{TITLE}. "), *line(one, zone, about=about(initiative)).runs)
