"""What somebody meant who mistyped a command: of the words that are known, the one that is most like theirs."""

import re
from collections.abc import Collection

from rapidfuzz import fuzz, process

#: The command that answers a slip: it leaves no trace.
SLIP = "help slip"
#: From which likeness (0 to 100) a word counts as mistyped: "lst" for "list", "hepl" for "help".
LIKE = 75
#: Shorter words are like too many others.
SHORTEST = 3
#: Of how many words a line may be in which the first one can be a command, where lines are free text.
MOST_WORDS = 2

_FREE = re.compile(r"[\d:]")


def meant(word: str, known: Collection[str]) -> str | None:
    """The known word that is meant, or None where none is like it."""
    if len(word) < SHORTEST:
        return None
    found = process.extractOne(word.lower(), sorted(known), scorer=fuzz.ratio, score_cutoff=LIKE)
    return None if found is None else found[0]


def looks_mistyped(text: str, known: Collection[str]) -> bool:
    """Whether free text is rather one of the known words with a slip in it: short, and without a number or colon."""
    return len(text.split()) <= MOST_WORDS and not _FREE.search(text) and begins_mistyped(text, known)


def begins_mistyped(text: str, known: Collection[str]) -> bool:
    """Whether the first word of a text is like one of the known words."""
    words = text.split(None, 1)
    return bool(words) and meant(words[0], known) is not None
