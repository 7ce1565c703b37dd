"""How the digest of a week comes to be, is kept as facts, and is corrected when the week turns out otherwise."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from domain.digests import Digest, Made, Sending, Week
from domain.errors import Refused
from domain.reports import date_words
from handlers.capability import keep_up
from handlers.sections import AnySection
from storage import digests, organisation
from storage.store import Work

#: The name under which an organisation's `Sending` is kept.
SETTING = "digest.weekly"


class StillToCome(Refused):
    """That week is still to come. `tandem digest` shows the last one."""


def sending(work: Work) -> Sending:
    """When and where the digests are sent."""
    return Sending.of(organisation.get(work, SETTING))


def subject(week: Week) -> str:
    """What the cards of a week's digest are about."""
    return f"digest:{week.key}"


def last_week(work: Work, zone: ZoneInfo) -> Week:
    """The last week that is over."""
    return Week.of(work.now.astimezone(zone).date()).shifted(-1)


def kept(work: Work, week: Week) -> Made | None:
    """The newest version that is kept."""
    found = digests.newest(work, "week", week.key)
    if found is None:
        return None
    return Made(Digest.model_validate_json(found.facts), found.version, found.change)


def fresh(work: Work, sections: Sequence[AnySection], week: Week, zone: ZoneInfo) -> Made:
    """The digest as it is now, with what a correction would say; stores nothing. Raises StillToCome."""
    today = work.now.astimezone(zone).date()
    if week.first > today:
        raise StillToCome
    before = kept(work, week)
    if before is None:
        digest = Digest(week=week.key, made_on=today, sections=_gathered(work, sections, week, zone))
        return Made(digest, 0 if week.last >= today else 1, None)
    of_week = [one for one in sections if not one.standing]
    now = dict(before.digest.sections)
    for one in of_week:
        now.pop(one.name, None)
    now |= _gathered(work, of_week, week, zone)
    if now == before.digest.sections:
        return before
    said = [
        line
        for one in of_week
        if now.get(one.name) != before.digest.sections.get(one.name)
        for line in one.changes(_read(one, before.digest.sections), _read(one, now))
    ]
    change = f"Corrected on {date_words(today)}. {' '.join(said)}".strip()
    return Made(before.digest.model_copy(update={"sections": now}), before.version + 1, change)


def made(work: Work, sections: Sequence[AnySection], week: Week, zone: ZoneInfo) -> Made:
    """The digest as it is now, kept if the week is over; what was sent of it shows a correction in its place.

    Raises StillToCome.
    """
    found = fresh(work, sections, week, zone)
    if not found.version or digests.version(work, "week", week.key, found.version) is not None:
        return found
    if not digests.keep(work, "week", week.key, found.version, found.digest.text, found.change):
        return kept(work, week) or found  # another replica was first
    if found.version > 1:
        keep_up(work, subject(week))
    return found


def _gathered(work: Work, sections: Sequence[AnySection], week: Week, zone: ZoneInfo) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for one in sections:
        facts = one.gather(work, week, zone)
        if facts is not None:
            found[one.name] = facts.model_dump(mode="json")
    return found


def _read(section: AnySection, stored: dict[str, JsonValue]) -> Any | None:
    return section.facts.model_validate(stored[section.name]) if section.name in stored else None
