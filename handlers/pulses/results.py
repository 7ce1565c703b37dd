"""The results of a pulse: for everybody three sentences and a chart, for HR and the AI function what groups answered.

Everything shown is read from `storage.releases` and `storage.pulses`. Nothing here can reach a ballot, a roster or the
vault, and a test keeps it so.
"""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from domain.calendar import local
from domain.errors import NotAllowed, Refused
from domain.people import Act, Person, Platform, may
from domain.pulses import NoSuchPulse, Status
from domain.results import CALLED_OFF, Results, comes_next, day_words, hidden, nothing_read
from domain.trees import Tree
from handlers.capability import Actor, AnyReply, marked, send_file
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    Heading,
    Shown,
    Text,
    runs,
    sentence,
    strong,
)
from handlers.conversation import Command, FileMessage, Press, Replace, Say
from handlers.pulses import results_page
from handlers.pulses.results_page import Read
from handlers.pulses.telling import AT
from storage import people as directory
from storage import preferences, pulses, releases, reports
from storage.pulses import Pulse
from storage.store import Work

FILE = "pulse.results"
#: So many earlier pulses are looked at for lines over time.
MOST_BEFORE = 12


class NoResultsYet(Refused):
    """That pulse has no results yet: they come after its last day, to everybody who was asked."""


class NoneYet(Refused):
    """No pulse has results yet. `pulse` shows those that are open for you."""


class OldButton(Refused):
    """I cannot read that button any more. `pulse results` shows the newest results."""


class NotYours(NotAllowed):
    """What groups answered is for HR and the AI function. `pulse results` shows what everybody reads."""


# ------------------------------------------------------------------------------------------------------- reading


def loaded(work: Work, one: Pulse) -> Results:
    """What was released of a pulse, with its frozen settings and tree."""
    return Results(
        pulse_id=one.id,
        spec=one.spec,
        tree=Tree.model_validate_json(pulses.tree(work, one.id) or '{"nodes": [], "invited": {}}'),
        released=releases.of(work, one.id),
    )


def before(work: Work, one: Pulse) -> tuple[Results, ...]:
    """The results of earlier pulses, the newest first."""
    return tuple(loaded(work, each) for each in pulses.released_before(work, one, MOST_BEFORE))


def agreed(work: Work, one: Pulse) -> str | None:
    """What happens next, where both functions stand behind it."""
    response = pulses.response(work, one.id)
    return response.text if response is not None and response.is_agreed else None


def is_out(work: Work, one: Pulse) -> bool:
    """Whether everybody may read it: with the answer of the two functions, or when their days for it are over."""
    if one.status is not Status.RELEASED or one.response_due_on is None:
        return one.status.over
    return agreed(work, one) is not None or work.now >= local(
        ZoneInfo(one.spec.zone), one.response_due_on, AT
    )


def today_of(work: Work, one: Pulse) -> date:
    """The day it is where the pulse was planned."""
    return work.now.astimezone(ZoneInfo(one.spec.zone)).date()


# ---------------------------------------------------------------------------------------------------- in the chat


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`pulse results`, `pulse results TITLE`: the newest one whose title is or contains that."""
    words = " ".join(command.text.split()).casefold()
    found = [
        one
        for one in pulses.in_status(work, Status.RELEASED, Status.UNREAD)
        if words in one.spec.title.casefold()
    ]
    if not found:
        if words:
            raise NoSuchPulse
        raise NoneYet
    found.sort(key=lambda one: (one.spec.closes_on, one.id), reverse=True)
    same = [one for one in found if one.spec.title.casefold() == words]
    return Say(card=card_for(actor, (same or found)[0], work))


def on_results(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The value is a pulse's id, and behind it which page of it is wanted: "12", "12 3", "12 c0"."""
    number, _, place = press.value.partition(" ")
    one = known(number, work)
    if not place:
        return Say(card=card_for(actor, one, work))
    require_reader(actor.person)
    digits = place.removeprefix("c")
    if one.status is not Status.RELEASED or not (digits.isascii() and digits.isdecimal() and len(digits) < 6):
        raise OldButton
    read = _read(work, one)
    if place.startswith("c"):
        return Replace(card=results_page.comments_card(read, int(digits)))
    return Replace(card=results_page.card(read, int(digits)))


def on_file(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The same in the same words as a page to keep or print."""
    one = known(press.value, work)
    require_reader(actor.person)
    if one.status is not Status.RELEASED:
        raise NoResultsYet
    filename = f"pulse-{one.id}.html"
    message = FileMessage(
        export=FILE,
        params={"person_id": str(actor.person.id), "pulse": str(one.id)},
        filename=filename,
        card=sentence(
            "Here is ",
            strong(filename),
            ". It opens in any browser and prints on paper. Nobody's answer is in it; comments are, word for word, so "
            "please keep it within HR and the AI function.",
        ),
    )
    send_file(work, f"file:{press.key}", actor, message)
    return Say(card=sentence("I will send it to you here."))


def file(work: Work, params: Mapping[str, str]) -> str:
    """The page, for somebody who may read it now."""
    person_id = int(params["person_id"])
    person = directory.by_id(work, person_id)
    if person is None or not reports.active(work, person_id):
        raise NotYours
    require_reader(person)
    one = known(params["pulse"], work)
    if one.status is not Status.RELEASED:
        raise NoResultsYet
    return results_page.html(_read(work, one))


def view(work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform) -> Card | None:
    """What everybody who was asked gets, as things stand; None while there is nothing to tell, and for whoever wants
    no word of pulses by now."""
    if person_id is not None and not preferences.of(work, person_id).wants_pulses(work.now.date()):
        return None
    one = pulses.by_id(work, int(params["pulse"]))
    return None if one is None or not one.status.over else everybodys(work, one)


def card_for(actor: Actor, one: Pulse, work: Work) -> Card:
    """The results in detail for who may read them; for everybody else what everybody gets. Raises NoResultsYet."""
    if not one.status.over:
        raise NoResultsYet
    if one.status is Status.RELEASED and may(actor.person, Act.READ_PULSE_RESULTS):
        return results_page.card(_read(work, one), 0)
    if is_out(work, one):
        return everybodys(work, one)
    due = one.response_due_on
    by = "" if due is None else f", by {day_words(due)} at the latest"
    said = marked(
        actor.origin,
        f"{one.spec.title} is closed and counted. What came of it is told to everybody together with what HR and the "
        f"AI function say happens next{by}. `pulse results` shows it then.",
    )
    return Card(summary=f"{one.spec.title} is closed and counted", elements=(Text(runs=said),))


def known(text: str, work: Work) -> Pulse:
    """The pulse whose id a button carries. Raises NoSuchPulse."""
    found = None
    if text.isascii() and text.isdecimal() and len(text) < 18:
        found = pulses.by_id(work, int(text))
    if found is None:
        raise NoSuchPulse
    return found


def require_reader(person: Person) -> None:
    """Raises NotYours."""
    if not may(person, Act.READ_PULSE_RESULTS):
        raise NotYours


def _read(work: Work, one: Pulse) -> Read:
    return Read(
        results=loaded(work, one),
        before=before(work, one),
        comments=releases.comments(work, one.id),
        response=pulses.response(work, one.id),
        due_on=one.response_due_on,
        today=today_of(work, one),
    )


# ---------------------------------------------------------------------------------------------------- for everybody


def everybodys(work: Work, one: Pulse) -> Card:
    """Three sentences and a chart, the same for everybody; or why there is nothing to read."""
    title = f"{one.spec.title}: what came of it"
    if one.status is Status.UNREAD:
        return _said(title, *nothing_read(one.spec))
    if one.status is not Status.RELEASED:
        return _said(title, *CALLED_OFF)
    results = loaded(work, one)
    following = comes_next(agreed(work, one), one.response_due_on, today_of(work, one))
    elements: tuple[Shown, ...] = (
        Heading(text=title),
        Text(runs=runs(strong("What we heard. "), results.heard)),
        *results_page.chart(results),
        Text(runs=runs(strong("What is not shown. "), hidden(one.spec))),
        Text(runs=runs(strong("What happens next. "), following)),
        Context(runs=runs("Everybody who was asked reads the same.")),
    )
    return Card(summary=f"{title}. {results.heard}", elements=elements)


def _said(title: str, *sentences: str) -> Card:
    return Card(
        summary=f"{title}. {sentences[0]}",
        elements=(Heading(text=title), *(Text(runs=runs(one)) for one in sentences)),
    )


def buttons(one: Pulse) -> Buttons:
    """What the functions can do when a pulse is closed."""
    return Buttons(
        items=(
            Button(
                label="Read the results",
                action="pulse.results",
                value=str(one.id),
                style="primary",
                described=f"Read the results of {one.spec.title}",
            ),
            Button(
                label="Say what happens next",
                action="pulse.respond",
                value=str(one.id),
                described=f"Say what happens next after {one.spec.title}",
            ),
        )
    )
