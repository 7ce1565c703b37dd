"""`tandem privacy`: what is stored about the person who asks, table by table, in plain words, and what is not."""

from collections.abc import Iterator, Mapping, Sequence

from domain.contributions import day_words
from domain.people import Role
from domain.preferences import PLATFORMS, Preferences
from handlers.capability import Actor, AnyReply, Capability, marked
from handlers.cards import Card, Context, Heading, Run, Shown, Text, code, runs
from handlers.conversation import Command, Say
from storage import ballots, contributions, people, preferences, privacy
from storage.privacy import Found
from storage.store import Work

#: How many lines stand in one piece of text: no platform cuts it then.
AT_ONCE = 8
MOST_NAMES = 5

#: Section -> what each column that refers to a person means for them.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "You": {
        "identity.person_id": "where you chat: your account, your chat with me, and when you were last here",
        "preference.person_id": "what you chose under `tandem settings`",
        "person.manager_id": "people in the directory whose manager you are",
    },
    "Your contributions": {
        "contribution.person_id": "entries in your log",
        "contribution.logged_by_id": "entries that you wrote, for yourself or for a colleague",
        "contribution_version.replaced_by_id": "earlier versions of entries that you changed",
        "contribution_remark.from_id": "thanks and questions that you wrote about entries",
    },
    "Your part in initiatives": {
        "initiative.business_sponsor_id": "you are the business sponsor",
        "initiative.technical_sponsor_id": "you are the technical sponsor",
        "initiative.product_owner_id": "you are the product owner",
        "initiative.created_by_id": "initiatives that you entered",
        "charter.escalation_person_id": "charters by which you decide what the two functions cannot agree on",
        "charter.changed_by_id": "charters that you changed last",
        "kpi.owner_id": "numbers that are yours",
        "kpi_reading.noted_by_id": "readings that you noted",
        "limit_statement.stated_by_id": "statements of yours on what a tool does not do well",
        "transition_step.owner_id": "steps of a plan that are yours",
        "transition_step.changed_by_id": "steps of a plan that you changed last",
        "nudge.wanted_by_id": "initiatives for which you wanted the Friday question",
        "showcase.created_by_id": "showcases that you set",
        "showcase_offer.offered_by_id": "experiments that you offered to a showcase",
        "showcase_offer.presenter_id": "experiments that you present",
        "setting.changed_by_id": "settings of the organisation that you changed last",
    },
    "Sign-offs": {
        "signoff.requested_by_id": "sign-offs that you asked for",
        "signoff_version.by_id": "versions of a sign-off's text that you wrote",
        "decision.person_id": "your decisions, with their reasons; they are never deleted",
        "decision.acting_for_id": "decisions that somebody made for you",
        "delegation.sponsor_id": "times that you let somebody decide for you",
        "delegation.delegate_id": "times that somebody let you decide for them",
    },
    "Pulses": {
        "roster.person_id": "open pulses that ask you; who is asked is no secret",
        "pulse_turn.person_id": "the day on which a repeated pulse last asked you, whether you answered or not",
        "pulse_plan.created_by_id": "plans for pulses that you drafted",
        "pulse_plan.hr_id": "plans that you approved for HR",
        "pulse_plan.ai_id": "plans that you approved for the AI function",
        "pulse_response.hr_id": "answers after a pulse that you stand behind for HR",
        "pulse_response.ai_id": "answers after a pulse that you stand behind for the AI function",
    },
    "Concerns": {
        "concern.reporter_id": "concerns that you raised under your name; what you wrote is locked",
        "concern.owner_id": "concerns that are yours to see through",
        "concern_message.author_id": "what you wrote as somebody who handles concerns",
        "concern_publication.published_by_id": "answers to concerns that you published",
        "concern_publication.revised_by_id": "published answers that you corrected or withdrew last",
        "concern_publication_past.by_id": "earlier words of published answers that were yours",
    },
    "Messages and the log": {
        "outbox.person_id": "messages to you: why and when; the words go when it is sent, the rest after 30 days",
        "audit.actor_id": "lines of the audit log on what you did; they are never deleted, and never about a pulse",
    },
}


def on_privacy(actor: Actor, command: Command, work: Work) -> AnyReply:
    found = privacy.about(work, actor.person.id)
    elements: list[Shown] = [
        Heading(text="What is stored about you"),
        Text(runs=runs(_who(actor))),
    ]
    for section, columns in COLUMNS.items():
        lines = [
            runs(code(name.partition(".")[0]), " ", *marked(actor.origin, _line(words, found[name], actor)))
            for name, words in columns.items()
            if name in found
        ]
        lines += [runs(text) for text in _more(section, actor, work)]
        if lines:
            elements += [Heading(text=section), *_texts(lines)]
    elements += [Heading(text="What is not stored"), *_texts([runs(text) for text in _not_stored(actor)])]
    elements.append(Context(runs=runs(_whom_to_ask(work))))
    return Say(card=Card(summary="What is stored about you, table by table", elements=tuple(elements)))


CAPABILITY = Capability(
    name="privacy",
    help=(("tandem privacy", "what is stored about you, table by table, and what is not"),),
    commands={"tandem privacy": on_privacy},
    reads=frozenset({"tandem privacy"}),
    traceless=frozenset({"tandem privacy"}),
)


def _who(actor: Actor) -> str:
    person = actor.person
    roles = ", ".join(sorted(person.roles)) or "none"
    return (
        f"In the directory, which your organisation keeps: {person.name}, {person.email}, {person.team_path}, time "
        f"zone {person.time_zone}, language {person.locale}, country {person.country or 'not known'}, roles: {roles}"
        f"{'' if person.manager_id is None else ', and who your manager is'}."
    )


def _line(words: str, found: Found, actor: Actor) -> str:
    newest = "" if found.newest is None else f" (the newest of {day_words(found.newest, actor.today)})"
    return f"{found.rows:,} {'row' if found.rows == 1 else 'rows'}: {words}{newest}"


def _more(section: str, actor: Actor, work: Work) -> Iterator[str]:
    """Examples, and what names nobody and still has to do with the person."""
    mine = actor.person.id
    match section:
        case "You":
            for one in people.identities(work, mine):
                yield f"For example: {PLATFORMS[one.platform]}, account {one.user_id}."
            chosen = preferences.of(work, mine)
            if chosen != Preferences():
                yield f"You chose: messages from {chosen.hours_words}. {chosen.pulse_words(actor.today)}".replace(
                    "`", ""
                )
        case "Your contributions":
            for entry in contributions.recent(work, mine, skip=0, limit=1):
                yield f"For example: “{entry.what[:120]}{'…' if len(entry.what) > 120 else ''}”."
        case "Pulses":
            boxes = privacy.boxes(work, mine)
            for pulse in ballots.of_person(work, mine):
                yield (
                    f"{pulse.spec.title}: one locked box is yours among {boxes.get(pulse.id, 0):,} of one size. Nobody "
                    "can tell from the database which it is, or whether there is an answer in it."
                )
            yield "Results are counts of groups, and comments without a name, a time or an order: none leads to you."
        case "Concerns":
            yield (
                "If you raised one without your name, nothing here says so. Where you asked to be told of an answer, "
                "your address is locked into that case until it ends."
            )
        case "Messages and the log":
            yield (
                "My answers to what you press and type are kept for three days under the number of the request, so "
                "that the same request twice has one effect; none of them is about answering a pulse."
            )
            yield "Digests and briefs that were sent are kept as they were, with the names in them."


def _not_stored(actor: Actor) -> tuple[str, ...]:
    name = PLATFORMS[actor.origin.platform]
    return (
        "What you answer in a pulse, but for the locked box, which is destroyed at the close; when you answered; and, "
        "readable from the database, whether you did.",
        "What you write in other chats, or what messages say that you log from: only a link.",
        "Words of messages to you once they were sent.",
        *(("That you looked at this page.",) if actor.origin.private else ()),
        f"{name} keeps what it keeps: the messages in this chat, and your clicks.",
    )


def _whom_to_ask(work: Work) -> str:
    admins = people.with_role(work, Role.ADMIN)[:MOST_NAMES]
    if not admins:
        return "Questions, or something that should be put right or deleted: ask whoever runs Tandem for you."
    names = " or ".join(f"{one.name} ({one.email})" for one in admins)
    verb = "administers" if len(admins) == 1 else "administer"
    return f"Questions, or something that should be put right or deleted: ask {names}, who {verb} Tandem."


def _texts(lines: Sequence[tuple[Run, ...]]) -> Iterator[Text]:
    """Lines, a few to a piece of text."""
    for at in range(0, len(lines), AT_ONCE):
        some: list[Run] = []
        for line in lines[at : at + AT_ONCE]:
            some += [*runs("\n"), *line] if some else list(line)
        yield Text(runs=tuple(some))
