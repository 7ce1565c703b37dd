"""Weekly digests for HR and the AI function, and the brief of their monthly working session."""

from collections.abc import Sequence

from handlers.capability import Actor, AnyReply, Capability, FormRoute
from handlers.conversation import Command
from handlers.digests import log_sections, sessions, settings, standing_sections, weekly
from handlers.sections import AnySection
from storage.store import Work

#: In the order in which they stand in a digest; what other capabilities bring comes behind.
SECTIONS: tuple[AnySection, ...] = (
    log_sections.CONTRIBUTIONS,
    log_sections.THANKS,
    standing_sections.SIGNOFFS,
    standing_sections.WAITING,
    standing_sections.NAMES,
    standing_sections.NUMBERS,
    standing_sections.OVERDUE,
    standing_sections.WITNESS,
)


def sections(known: Sequence[Capability]) -> tuple[AnySection, ...]:
    """The sections of a digest, those that capabilities bring included. Raises ValueError where two have one name."""
    found = (*SECTIONS, *(section for one in known for section in one.digest))
    if len({one.name for one in found}) != len(found):
        raise ValueError("two sections of the digest have one name")
    return found


def capability(known: Sequence[Capability]) -> Capability:
    """Digests and briefs over the capabilities that there are."""
    digests = weekly.Digests(sections(known))
    briefs = sessions.Briefs([section for one in known for section in one.brief])

    def on_digest(actor: Actor, command: Command, work: Work) -> AnyReply:
        if command.text.strip().lower() == "settings":
            return settings.on_command(actor, command, work)
        return digests.on_command(actor, command, work)

    return Capability(
        name="digests",
        help=(
            ("tandem digest", "the last week, for HR and the AI function"),
            ("tandem brief", "what their next working session has to decide"),
        ),
        commands={"tandem digest": on_digest, "tandem brief": briefs.on_command},
        presses={
            "digest.show": digests.on_show,
            "digest.file": digests.on_file,
            "digest.settings": settings.on_press,
            "brief.file": briefs.on_file,
        },
        forms={settings.FORM: FormRoute(submit=settings.on_submit, again=settings.again)},
        views={weekly.VIEW: digests.view, sessions.VIEW: briefs.view},
        files={weekly.FILE: digests.file, sessions.FILE: briefs.file},
        schedules=(digests.schedule, briefs.schedule),
        settings=settings.section,
        reads=frozenset({"digest.settings"}),
        glances={"tandem digest": digests.glance_command, "digest.show": digests.glance_show},
    )
