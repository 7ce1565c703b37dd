"""What in a text that everybody will read could point at somebody: looked for before it is published."""

from collections.abc import Sequence

import structlog

from domain.concerns import Concern
from domain.giveaways import Giveaway, echoes, giveaways, possible_names
from domain.initiatives import Initiative
from domain.specificity import Told
from handlers.capability import Actor
from handlers.cards import Text, runs, strong
from storage import colleagues, concerns
from storage import people as directory
from storage.sealing import Forged
from storage.store import Work
from storage.vault import VaultProblem

log = structlog.get_logger()

MAX_PHRASES = 8


def giveaways_in(
    actor: Actor, one: Concern, initiative: Initiative | None, texts: Sequence[str], work: Work
) -> tuple[Giveaway, ...]:
    """What could point at somebody in the directory, at the department whose work it is, or at whoever raised it.

    Of one without a name that is what they wrote, in their own words.
    """
    owner = None if initiative is None else directory.by_id(work, initiative.product_owner_id)
    near = owner or actor.person
    reporter = None if one.reporter_id is None else directory.by_id(work, one.reporter_id)
    named = colleagues.called(work, frozenset().union(*map(possible_names, texts)))
    names = [near.name, *colleagues.beside(work, near), *named]
    teams = colleagues.small_teams(work, near)
    written = _written(work, one) if one.is_anonymous else []
    found: list[Giveaway] = []
    for text in texts:
        found += giveaways(
            text,
            own_name="" if reporter is None else reporter.name,
            team_words=teams,
            colleague_names=names,
        )
        found += echoes(text, written)
    return tuple(found)


def _written(work: Work, one: Concern) -> list[str]:
    """All that whoever raised it wrote; nothing while that cannot be opened."""
    try:
        told = Told.model_validate_json(concerns.body(work, one.case_id))
        thread = concerns.thread(work, one.case_id, with_notes=False)
    except (Forged, VaultProblem) as problem:
        log.error("concern_unreadable", number=one.number, problem=type(problem).__name__)
        return []
    own = [message.text for message in thread if message.kind.of_reporter]
    return [told.what, told.when, told.led_to, told.was_told, told.would_settle, *own]


def warned(phrases: Sequence[Giveaway]) -> tuple[Text, ...]:
    """What could give somebody away; nothing where nothing could."""
    if not phrases:
        return ()
    told = "".join(f"\n• “{each.phrase}”: {each.sentence}" for each in phrases[:MAX_PHRASES])
    more = f"\n• and {len(phrases) - MAX_PHRASES} more" if len(phrases) > MAX_PHRASES else ""
    return (Text(runs=runs(strong("These could give somebody away:"), f"{told}{more}")),)
