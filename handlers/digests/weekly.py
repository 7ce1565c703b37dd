"""The weekly digests in chat: asked for, sent on their day, brought up to date, and as a page."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from domain.digests import Audience, Made, NotAWeek, Week
from domain.errors import NotAllowed, Refused
from domain.people import Person, Platform, may
from domain.reports import date_words
from domain.schedules import Happening
from handlers.capability import Actor, AnyReply, place, send_file
from handlers.cards import Card, sentence, strong
from handlers.conversation import Command, FileMessage, Press, Say
from handlers.digests import page
from handlers.digests.making import fresh, kept, last_week, made, sending, subject
from handlers.schedule import Schedule
from handlers.sections import AnySection, shown_to
from storage import people as directory
from storage import reports
from storage.outbox import Priority
from storage.store import Work

FILE = "digest"
VIEW = "digest.week"
SCHEDULE = "digest.weekly"
#: How late a digest is still sent.
CATCH_UP = timedelta(days=3)
#: From when on a late one says so.
LATE = timedelta(hours=1)
#: For how long one is of use: until the next one comes.
USEFUL = timedelta(days=6)


class NotForYou(NotAllowed):
    """The weekly digests are for HR and the AI function. What you put in yourself is under `contribute profile`."""


class WhichDigest(Refused):
    """I read `tandem digest`, `tandem digest 2026-W47`, or `tandem digest settings` there."""


class Digests:
    """The weekly digests over the sections that there are."""

    def __init__(self, sections: Sequence[AnySection]) -> None:
        self.sections = tuple(sections)
        self.schedule = Schedule(name=SCHEDULE, catch_up=CATCH_UP, happenings=self.happenings, plan=self.plan)

    def on_command(self, actor: Actor, command: Command, work: Work) -> AnyReply:
        """`tandem digest`, `tandem digest hr`, `tandem digest 2026-W47`, `tandem digest ai this week`."""
        return Say(card=self._card(work, actor.person, *_asked(actor.person, command.text, work)))

    def glance_command(self, actor: Actor, command: Command, work: Work) -> AnyReply | None:
        """The same where the week is kept already, and has not turned out otherwise since."""
        return self._kept(work, actor.person, *_asked(actor.person, command.text, work))

    def on_show(self, actor: Actor, press: Press, work: Work) -> AnyReply:
        return Say(card=self._card(work, actor.person, *_pressed(actor.person, press.value)))

    def glance_show(self, actor: Actor, press: Press, work: Work) -> AnyReply | None:
        return self._kept(work, actor.person, *_pressed(actor.person, press.value))

    def on_file(self, actor: Actor, press: Press, work: Work) -> AnyReply:
        week, audiences = _pressed(actor.person, press.value)
        made(work, self.sections, week, sending(work).zone_info)
        send_file(work, f"file:{press.key}", actor, self._message(actor.person.id, week, audiences))
        return Say(card=sentence("I will send it to you here."))

    def file(self, work: Work, params: Mapping[str, str]) -> str:
        """The page of a week, for somebody who may read it now."""
        person_id = int(params["person_id"])
        person = directory.by_id(work, person_id)
        if person is None or not reports.active(work, person_id):
            raise NotAllowed
        week, audiences = _pressed(person, f"{params['week']} {params['audiences']}")
        found = kept(work, week) or fresh(work, self.sections, week, sending(work).zone_info)
        return page.html(shown_to(person, self.sections), found, audiences)

    def view(
        self, work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform
    ) -> Card | None:
        """The newest version of a week, for whoever may read it at this moment, or for the channel that it goes to."""
        found = kept(work, Week.read(params["week"]))
        audiences = tuple(Audience(one) for one in params["audiences"].split(","))
        person = None if person_id is None else directory.by_id(work, person_id)
        if person_id is not None:
            audiences = tuple(one for one in audiences if person is not None and may(person, one.act))
        if found is None or not audiences:
            return None
        return page.card(shown_to(person, self.sections), found, audiences, late=params.get("late"))

    def happenings(self, work: Work, after: datetime, until: datetime) -> Iterable[Happening]:
        """When the digests are due, by what the organisation set; each week once."""
        for week, at in sending(work).due(after, until):
            yield Happening(period=week.key, due_at=at)

    def plan(self, work: Work, happening: Happening) -> int:
        """Make the week's digest, and put it before everybody who gets it."""
        setting = sending(work)
        week = Week.read(happening.period)
        made(work, self.sections, week, setting.zone_info)
        params = {"week": week.key}
        if work.now - happening.due_at > LATE:
            local = happening.due_at.astimezone(setting.zone_info)
            params["late"] = (
                f"This comes late: it was due on {date_words(local.date())} at {local:%H:%M}, and Tandem could not "
                "plan it then."
            )
        everybody: dict[int, list[Audience]] = {}
        count = 0
        for audience in Audience:
            target = setting.place(audience)
            if target.people:
                for person in directory.with_role(work, audience.role):
                    everybody.setdefault(person.id, []).append(audience)
            if target.channel_id is not None:
                count += self._place(work, week, params, [audience], happening, channel_id=target.channel_id)
        for person_id, audiences in everybody.items():
            count += self._place(work, week, params, audiences, happening, person_id=person_id)
        return count

    def _place(
        self,
        work: Work,
        week: Week,
        params: Mapping[str, str],
        audiences: Sequence[Audience],
        happening: Happening,
        *,
        person_id: int | None = None,
        channel_id: int | None = None,
    ) -> bool:
        which = ",".join(one.value for one in audiences)
        to = f"p{person_id}" if person_id is not None else f"c{channel_id}:{which}"
        return place(
            work,
            f"{subject(week)}:{to}",
            subject(week),
            VIEW,
            {**params, "audiences": which},
            person_id=person_id,
            channel_id=channel_id,
            priority=Priority.LATER,
            polite=person_id is not None,
            expires_at=happening.due_at + USEFUL,
            batch=f"{SCHEDULE}/{week.key}",
        )

    def _card(self, work: Work, person: Person, week: Week, audiences: Sequence[Audience]) -> Card:
        found: Made = made(work, self.sections, week, sending(work).zone_info)
        return page.card(shown_to(person, self.sections), found, audiences)

    def _kept(self, work: Work, person: Person, week: Week, audiences: Sequence[Audience]) -> AnyReply | None:
        """The digest if nothing of it has to be kept anew: it is, or its week is not over."""
        found = fresh(work, self.sections, week, sending(work).zone_info)
        if found.version and found != kept(work, week):
            return None
        return Say(card=page.card(shown_to(person, self.sections), found, audiences))

    def _message(self, person_id: int, week: Week, audiences: Sequence[Audience]) -> FileMessage:
        which = ",".join(one.value for one in audiences)
        filename = f"digest-{week.key}-{which.replace(',', '-')}.html"
        return FileMessage(
            export=FILE,
            params={"person_id": str(person_id), "week": week.key, "audiences": which},
            filename=filename,
            card=sentence(
                "Here is ",
                strong(filename),
                ". It opens in any browser and prints on paper. It has colleagues' names in it; please keep it where "
                "only those who need it can read it.",
            ),
        )


def readable(person: Person) -> tuple[Audience, ...]:
    """The digests that somebody may read. Raises NotForYou if there is none."""
    found = tuple(one for one in Audience if may(person, one.act))
    if not found:
        raise NotForYou
    return found


def _asked(person: Person, text: str, work: Work) -> tuple[Week, tuple[Audience, ...]]:
    """The week and the audiences that a command means. Raises Refused."""
    audiences = readable(person)
    week = last_week(work, sending(work).zone_info)
    words = text.lower().split()
    if words and words[0] in set(Audience):
        audiences = _only(audiences, words.pop(0))
    match words:
        case [] | ["last", "week"]:
            pass
        case ["this", "week"]:
            week = week.shifted(1)
        case [word] if any(letter.isdigit() for letter in word):
            week = Week.read(word)
        case _:
            raise WhichDigest
    return week, audiences


def _only(audiences: tuple[Audience, ...], wanted: str) -> tuple[Audience, ...]:
    if Audience(wanted) not in audiences:
        raise NotForYou
    return (Audience(wanted),)


def _pressed(person: Person, value: str) -> tuple[Week, tuple[Audience, ...]]:
    """The week and the audiences that a button carries, as far as the person may read them now. Raises Refused."""
    key, _, which = value.partition(" ")
    known = {one.value for one in readable(person)}
    audiences = tuple(Audience(one) for one in which.split(",") if one in known)
    if not audiences:
        raise NotForYou
    try:
        return Week.read(key), audiences
    except NotAWeek as error:
        raise WhichDigest from error
