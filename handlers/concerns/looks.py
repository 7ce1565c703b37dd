"""The look before something is sent that leaves no trace: what could give its writer away, and what was looked at.

Nothing of it is kept: the window carries a fingerprint of what stood in it, and nobody can try out what that is of
without the vault.
"""

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Sequence

from domain.giveaways import Giveaway, giveaways, possible_names
from handlers.capability import Actor
from handlers.cards import Text, runs, strong
from storage import colleagues, concerns
from storage.concern_ground import Near
from storage.store import Work

MAX_PHRASES = 12
#: What a fingerprint looks like.
FINGERPRINT = re.compile(r"[0-9a-f]{32}")

_LOOKED = b"tandem.concern.looked.v1"
_NO_LETTER = re.compile(r"[^0-9A-Za-z]")


def fingerprint(work: Work, window: str, parts: Sequence[str]) -> str:
    """Of what was looked at in a window, which has a secret of its own. Raises VaultProblem.

    Under a key of the vault: whoever sees it cannot try out what it may be of.
    """
    key = concerns.handlers_keys(work).private
    told = json.dumps([window, *parts]).encode()
    return hmac.new(key, _LOOKED + told, hashlib.sha256).hexdigest()[:32]


def found_in(actor: Actor, texts: Sequence[str], near: Near, work: Work) -> tuple[Giveaway, ...]:
    """What could give somebody away in all that they wrote, each phrase once."""
    written = _folded(" ".join(texts))
    # Most teams of a large company are not in a text at all: those are not counted.
    teams = colleagues.small(
        work, [path for path in near.teams if _may_be(colleagues.name_of(path), written)]
    )
    names = [*near.names, *colleagues.called(work, possible_names("\n".join(texts)))]
    every = (
        one
        for text in texts
        if text
        for one in giveaways(text, own_name=actor.person.name, team_words=teams, colleague_names=names)
    )
    once: dict[tuple[str, str], Giveaway] = {}
    for one in every:
        once.setdefault((one.phrase.casefold(), one.kind), one)
    return tuple(once.values())


def warning(found: Sequence[Giveaway]) -> Text:
    """What was found, each with what could stand in its place."""
    told = "".join(f"\n• “{one.phrase}”: {one.sentence}" for one in found[:MAX_PHRASES])
    more = f"\n• and {len(found) - MAX_PHRASES} more" if len(found) > MAX_PHRASES else ""
    return Text(runs=runs(strong("These could give you away:"), f"{told}{more}"))


def _may_be(team: str, written: str) -> bool:
    """Whether a team's words are in a text at all."""
    words = _folded(team).split()
    return bool(words) and all(word in written for word in words)


def _folded(text: str) -> str:
    if text.isascii():
        return _NO_LETTER.sub(" ", text).casefold()
    letters = (one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    return "".join(one if one.isalnum() else " " for one in letters).casefold()
