"""Who is who: matching chat identities with the directory, and naming colleagues."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import InvalidField, Refused, UnknownPerson
from domain.people import Person, Role
from handlers.capability import Actor, tell
from handlers.cards import sentence, strong
from handlers.conversation import Origin, Profile
from storage import people as directory
from storage.store import Work


class UnknownColleague(Refused):
    """I do not know that colleague yet. They may write to me once, or an administrator can add them."""


class NeedsProfile(Exception):
    """A colleague was named whose identity is not linked yet: the dispatcher asks the platform and tries again."""

    def __init__(self, user_id: str) -> None:
        super().__init__(user_id)
        self.user_id = user_id


def introduce(
    work: Work, origin: Origin, user_id: str, profile: Profile | None, *, asks: bool
) -> Refused | None:
    """Link a chat identity to the person with the profile's e-mail.

    `asks` is whether it is the person who writes, or a colleague whom they name. Returns what to say of a person
    whom the directory does not have; administrators are told once of one who writes.
    """
    found = None if profile is None or profile.email is None else directory.by_email(work, profile.email)
    if found is not None and profile is not None:
        directory.link(
            work,
            origin.platform,
            origin.tenant,
            user_id,
            found.id,
            conversation=origin.address if asks else None,
            was_here=asks,
        )
        take_over(work, found, profile)
        return None
    if not asks:
        return UnknownColleague()
    admins = directory.with_role(work, Role.ADMIN)
    for admin in admins:
        tell(
            work,
            f"stranger:{origin.platform}:{origin.tenant}:{user_id}:{admin.id}",
            admin.id,
            sentence(
                strong(profile.name if profile is not None and profile.name else "Somebody"),
                f" ({profile.email})" if profile is not None and profile.email else "",
                " tried to use Tandem and is not in the directory. "
                "If they should be, add them to people.csv and import it again.",
            ),
        )
    whom = " or ".join(admin.name for admin in admins[:3]) or "whoever runs Tandem here"
    return UnknownPerson(
        "I do not know you yet, so nothing was logged. "
        f"Please ask {whom} to add you to the directory; then try again."
    )


def take_over(work: Work, person: Person, profile: Profile) -> None:
    """Keep the time zone and locale that a person set in their chat client, where they are valid."""
    zone = profile.time_zone if profile.time_zone != person.time_zone else None
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            zone = None
    locale = profile.locale if profile.locale != person.locale else None
    directory.set_locality(work, person.id, time_zone=zone, locale=locale)


def colleague(actor: Actor, user_id: str, work: Work) -> Person:
    """The person behind a platform user id that was picked or mentioned. Raises NeedsProfile."""
    found = directory.by_identity(work, actor.origin.platform, actor.origin.tenant, user_id)
    if found is None:
        raise NeedsProfile(user_id)
    return found.person


def picked(actor: Actor, user_id: str, work: Work, *, field: str) -> Person:
    """The person picked in a form's input. Raises InvalidField or NeedsProfile."""
    if not user_id:
        raise InvalidField(**{field: "Please pick a person."})
    return colleague(actor, user_id, work)


def user_id_of(actor: Actor, person_id: int | None, work: Work) -> str | None:
    """A person's user id on the platform that the actor is on, to fill a form's input."""
    if person_id is None:
        return None
    for one in directory.identities(work, person_id):
        if one.platform == actor.origin.platform and one.tenant == actor.origin.tenant:
            return one.user_id
    return None
