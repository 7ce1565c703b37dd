"""The channel that the news of an initiative go to."""

from domain.errors import NotAllowed, Refused
from domain.initiatives import Initiative
from domain.people import Act, may
from handlers.capability import Actor, AnyReply
from handlers.cards import sentence, strong
from handlers.conversation import CardMessage, Command, Say
from handlers.initiatives.finding import Archived, asked_for
from storage import channels, initiatives, outbox
from storage.store import Work


class CannotPlace(NotAllowed):
    """Only its sponsors, once they have accepted the role, its product owner and administrators say where news go."""


class NotInAChannel(Refused):
    """Please type that in the channel where the news should be read."""


class NowhereYet(Refused):
    """The news of that initiative go to no channel; nothing was changed."""


def on_here(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative here claims` and `initiative here off claims`."""
    words = command.text.split(None, 1)
    if len(words) == 2 and words[0].lower() == "off":
        return _off(actor, asked_for(words[1], work), work)
    initiative = asked_for(command.text, work)
    _require(actor, initiative)
    origin = actor.origin
    if not origin.in_channel or origin.channel is None:
        raise NotInAChannel
    channel_id = channels.remember(work, origin.platform, origin.tenant, origin.channel, origin.conversation)
    if initiative.channel_id == channel_id:
        return Say(card=sentence(f"News of {initiative.name} come to this channel already."))
    initiatives.set_channel(work, initiative.id, channel_id)
    card = sentence("News of ", strong(initiative.name), " come here.")
    outbox.put(
        work, f"here:{command.key}", None, CardMessage(card=card).model_dump_json(), channel_id=channel_id
    )
    return Say(
        card=sentence(
            f"News of {initiative.name} come to this channel from now on. If I have not said so there in a "
            "minute, please add me to the channel."
        )
    )


def _off(actor: Actor, initiative: Initiative, work: Work) -> AnyReply:
    _require(actor, initiative)
    if initiative.channel_id is None:
        raise NowhereYet
    initiatives.set_channel(work, initiative.id, None)
    return Say(card=sentence(f"News of {initiative.name} go to no channel now."))


def _require(actor: Actor, initiative: Initiative) -> None:
    if not may(actor.person, Act.KEEP_INITIATIVE, initiative.accepted_parts_of(actor.person.id)):
        raise CannotPlace
    if initiative.archived:
        raise Archived
