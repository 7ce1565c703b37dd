"""The showcase in people's calendars: the file, made as things are when it is sent."""

from collections.abc import Mapping

from domain.showcases import State, session_minutes
from handlers.capability import Actor, AnyReply, send_file
from handlers.cards import sentence, strong
from handlers.conversation import FileMessage, Press, Say
from handlers.showcases import ics, page
from handlers.showcases.finding import by_value
from storage.store import Work

FILE = "showcase"


def on_file(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The calendar file, for everybody."""
    one = by_value(press.value, work)
    said = "takes it out of your calendar" if one.state is State.CANCELLED else "puts it into your calendar"
    filename = f"showcase-{one.day.isoformat()}.ics"
    message = FileMessage(
        export=FILE,
        params={"showcase": str(one.id)},
        filename=filename,
        card=sentence(
            "Here is ", strong(filename), f". Opening it {said}; after a change, ask for it again."
        ),
    )
    send_file(work, f"file:{press.key}", actor, message)
    return Say(card=sentence("I will send it to you here."))


def file(work: Work, params: Mapping[str, str]) -> str:
    """The calendar file as things are now."""
    one = by_value(params.get("showcase", ""), work)
    shown = page.seen(work, one)
    organiser = shown.people.get(one.created_by_id or 0)
    return ics.calendar(
        one,
        page.details(shown),
        session_minutes(shown.offers),
        organiser=None if organiser is None else (organiser.name, organiser.email),
        now=work.now,
    )
