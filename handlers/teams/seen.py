"""What activities tell in passing of the people who send them: where their chat is, their time zone and locale."""

from collections import OrderedDict
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.teams.activity import Reference, Turn


@dataclass(frozen=True, slots=True)
class Sighting:
    #: Teams' own id of them, by which every conversation knows its members.
    account: str
    #: The person's own chat, if that is where they were seen.
    chat: Reference | None
    #: Where they were seen last.
    place: Reference
    time_zone: str | None
    locale: str | None


class Seen:
    """The latest of each person, in memory: lost on a restart, known again with their next message."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._people: OrderedDict[tuple[str, str], Sighting] = OrderedDict()

    def note(self, turn: Turn) -> None:
        reference = turn.reference
        who = (reference.tenant, reference.user)
        before = self._people.get(who)
        self._people[who] = Sighting(
            account=turn.account,
            chat=reference if turn.personal else before.chat if before else None,
            place=reference,
            time_zone=_zone(turn.time_zone) or (before.time_zone if before else None),
            locale=_locale(turn.locale) or (before.locale if before else None),
        )
        self._people.move_to_end(who)
        if len(self._people) > self._most:
            self._people.popitem(last=False)

    def met(self, place: Reference, user: str, account: str) -> None:
        """Somebody who was only named is a member of this conversation."""
        who = (place.tenant, user)
        if who not in self._people:
            here = place.model_copy(update={"user": user})
            self._people[who] = Sighting(account=account, chat=None, place=here, time_zone=None, locale=None)

    def of(self, tenant: str, user: str) -> Sighting | None:
        return self._people.get((tenant, user))


def _zone(name: str) -> str | None:
    """A time zone that exists, by its IANA name."""
    if not name or len(name) > 60:
        return None
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _locale(tag: str) -> str | None:
    return tag if 2 <= len(tag) <= 20 and tag.replace("-", "").isalnum() else None
