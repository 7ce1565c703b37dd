"""Where the news of showcases go, and what the settings page says of them."""

from domain.errors import Refused
from handlers.capability import Actor, AnyReply, marked, tell
from handlers.cards import Context, Shown, Text, runs, sentence, strong
from handlers.conversation import Command, Say
from handlers.showcases.finding import (
    CHANNEL,
    UnknownWord,
    channel_of,
    may_organise,
    require_organiser,
    rule_of,
)
from storage import channels, organisation
from storage.store import Work


class NotInAChannel(Refused):
    """Please type that in the channel where the news of showcases should be read."""


def on_here(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`showcase here`, typed in a channel, and `showcase here off`."""
    require_organiser(actor)
    if command.text.strip().lower() == "off":
        organisation.put(work, CHANNEL, None, actor.person.id)
        return Say(
            card=sentence(
                "The news of showcases go to no channel now. Whoever shows something is still told."
            )
        )
    if command.text.strip():
        raise UnknownWord
    origin = actor.origin
    if not origin.in_channel or origin.channel is None:
        raise NotInAChannel
    number = channels.remember(work, origin.platform, origin.tenant, origin.channel, origin.conversation)
    if not organisation.put(work, CHANNEL, number, actor.person.id):
        return Say(card=sentence("The news of showcases come to this channel already."))
    said = sentence(
        "The news of showcases come here: the call for what to show, the agenda, and what was learned."
    )
    tell(work, f"showcase:here:{command.key}", None, said, channel_id=number)
    return Say(
        card=sentence(
            "The news of showcases come to this channel from now on. If I have not said so there in a minute, please "
            "add me to the channel."
        )
    )


def section(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """What the settings page says of the showcase."""
    if not may_organise(actor.person):
        return ()
    rule, channel = rule_of(work), channel_of(work)
    said = "there is no rule for its date yet." if rule is None else f"it is on {rule.words}."
    where = "Its news go to a channel." if channel is not None else "Its news go to no channel yet."
    hint = (
        "`showcase next last Thursday 15:00 Europe/Berlin` sets the rule; typed in a channel, `showcase here` sends "
        "the news there."
    )
    return (
        Text(runs=runs(strong("Showcase: "), f"{said} {where}")),
        Context(runs=marked(actor.origin, hint)),
    )
