"""The monthly working session in chat: its date, its brief when it is asked for, and two days before."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta

from domain.briefs import DAYS_BEFORE, Brief
from domain.calendar import local
from domain.contributions import day_words
from domain.errors import NotAllowed, Refused
from domain.people import Act, Person, Platform, Role, may
from domain.reports import date_words
from domain.schedules import Happening
from handlers.capability import Actor, AnyReply, marked, place, send_file
from handlers.cards import Card, runs, sentence, strong
from handlers.coming import coming_day
from handlers.conversation import Command, FileMessage, Press, Say
from handlers.digests import briefs
from handlers.digests.making import sending
from handlers.schedule import Schedule
from handlers.sections import BriefSection
from storage import digests, organisation, outbox, reports
from storage import people as directory
from storage.outbox import Priority
from storage.store import Work

FILE = "brief"
VIEW = "brief.session"
SCHEDULE = "brief.session"
NOW = "now"


class NotForYou(NotAllowed):
    """The brief is for HR and the AI function. `initiative list` shows what is under way, for everybody."""


class CannotSet(NotAllowed):
    """HR and the AI function set the date of their working session."""


class NotADay(Refused):
    """I could not read that day. It looks like `tandem brief next 2026-12-03` or `tandem brief next Thursday`."""


class WhichBrief(Refused):
    """`tandem brief` shows the brief as it is now, `tandem brief next 2026-12-03` sets the next working session."""


class Briefs:
    """The brief over the sections that there are."""

    def __init__(self, sections: Sequence[BriefSection]) -> None:
        self.sections = tuple(sections)
        self.schedule = Schedule(
            name=SCHEDULE,
            catch_up=timedelta(days=DAYS_BEFORE),
            happenings=self.happenings,
            plan=self.plan,
        )

    def on_command(self, actor: Actor, command: Command, work: Work) -> AnyReply:
        """`tandem brief` and `tandem brief next 2026-12-03`."""
        _require(actor.person)
        word, _, rest = command.text.strip().partition(" ")
        match word.lower():
            case "":
                return Say(card=briefs.card(self.now(work), NOW))
            case "next":
                return self._next(actor, rest.strip(), work)
            case _:
                raise WhichBrief

    def on_file(self, actor: Actor, press: Press, work: Work) -> AnyReply:
        _require(actor.person)
        send_file(work, f"file:{press.key}", actor, _message(actor.person.id, _which(press.value)))
        return Say(card=sentence("I will send it to you here."))

    def file(self, work: Work, params: Mapping[str, str]) -> str:
        """The brief as a page, for somebody who may read it now."""
        person_id = int(params["person_id"])
        person = directory.by_id(work, person_id)
        if person is None or not reports.active(work, person_id):
            raise NotAllowed
        _require(person)
        which = _which(params["which"])
        kept = None if which == NOW else _kept(work, which)
        return briefs.html(kept or self.now(work))

    def view(
        self, work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform
    ) -> Card | None:
        """The brief that was kept for a session, for whoever may read it at this moment."""
        person = None if person_id is None else directory.by_id(work, person_id)
        brief = _kept(work, params["session"])
        if brief is None or person is None or not may(person, Act.READ_BRIEF):
            return None
        return briefs.card(brief, params["session"])

    def now(self, work: Work) -> Brief:
        """The brief as things stand."""
        return briefs.gathered(work, self.sections, sending(work).zone_info)

    def happenings(self, work: Work, after: datetime, until: datetime) -> Iterable[Happening]:
        """When the brief of the session that is set is due."""
        setting = sending(work)
        session = briefs.session(work)
        at = session.sent_at(setting.minute, setting.zone_info)
        if session.day is not None and at is not None and after < at <= until:
            yield Happening(period=session.day.isoformat(), due_at=at)

    def plan(self, work: Work, happening: Happening) -> int:
        """Keep the brief, and put it before everybody in HR and the AI function, in chat and as a page."""
        zone = sending(work).zone_info
        day = date.fromisoformat(happening.period)
        digests.keep(work, "brief", happening.period, 1, self.now(work).text, None)
        ends = local(zone, day + timedelta(days=1), time(0))
        count = 0
        for person in _readers(work):
            key = f"brief:{happening.period}:{person.id}"
            batch = f"{SCHEDULE}/{happening.period}"
            count += place(
                work,
                key,
                f"brief:{happening.period}",
                VIEW,
                {"session": happening.period},
                person_id=person.id,
                priority=Priority.LATER,
                polite=True,
                expires_at=ends,
                batch=batch,
            )
            count += outbox.put(
                work,
                f"{key}:file",
                person.id,
                _message(person.id, happening.period).model_dump_json(),
                priority=Priority.LATER,
                polite=True,
                expires_at=ends,
                batch=batch,
            )
        return count

    def _next(self, actor: Actor, text: str, work: Work) -> AnyReply:
        """Set the day of the next session, or say which it is."""
        today = work.now.astimezone(sending(work).zone_info).date()
        known = briefs.session(work)
        if not text:
            coming = known.coming(today)
            if coming is None:
                hint = "No working session is set. `tandem brief next 2026-12-03` sets it."
                return Say(card=sentence(*marked(actor.origin, hint)))
            return Say(
                card=sentence(
                    "The next working session is on ", strong(_day(coming)), f". {_sent(coming, today)}"
                )
            )
        if not may(actor.person, Act.SET_SESSION):
            raise CannotSet
        day = coming_day(text, today=today)
        if day is None:
            raise NotADay
        setting = known.moved(day, today)
        if not organisation.put(work, briefs.SETTING, setting.model_dump(mode="json"), actor.person.id):
            return Say(card=sentence(f"The working session is on {_day(day)} already."))
        return Say(
            card=sentence(
                *runs("The next working session is on ", strong(_day(day)), f". {_sent(day, today)}")
            )
        )


def _require(person: Person) -> None:
    if not may(person, Act.READ_BRIEF):
        raise NotForYou


def _readers(work: Work) -> list[Person]:
    """Everybody who holds one of the two functions, each once."""
    found = {person.id: person for role in (Role.HR, Role.AI) for person in directory.with_role(work, role)}
    return list(found.values())


def _kept(work: Work, day: str) -> Brief | None:
    found = digests.newest(work, "brief", day)
    return None if found is None else Brief.model_validate_json(found.facts)


def _which(value: str) -> str:
    """The day of a session, or "now"; now too where a button carries neither."""
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return NOW


def _message(person_id: int, which: str) -> FileMessage:
    filename = "brief.html" if which == NOW else f"brief-{which}.html"
    return FileMessage(
        export=FILE,
        params={"person_id": str(person_id), "which": which},
        filename=filename,
        card=sentence("Here is ", strong(filename), ". It opens in any browser and prints on paper."),
    )


def _day(day: date) -> str:
    return f"{day:%A} {date_words(day)}"


def _sent(day: date, today: date) -> str:
    """When the brief comes."""
    comes = day - timedelta(days=DAYS_BEFORE)
    if comes <= today:
        return (
            "Its brief comes to everybody in HR and the AI function within their hours, or has come already."
        )
    return f"Its brief comes to everybody in HR and the AI function on {day_words(comes, today)}."
