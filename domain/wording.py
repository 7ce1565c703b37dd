"""The words of a short English text, and whether two of them are the same but for spelling."""

import re
from typing import NamedTuple


class Word(NamedTuple):
    """A word of a text, casefolded, and where it stands."""

    text: str
    start: int
    end: int


_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+(?:[.,:]\d+)*")


def words(text: str) -> tuple[Word, ...]:
    """The words and numbers of a text in their order."""
    return tuple(
        Word(match[0].casefold().replace("’", "'"), match.start(), match.end())
        for match in _WORD.finditer(text)
    )


def singular(word: str) -> str:
    """A casefolded word without 's and plural s, and with British -is- for -iz-: "summarizers" to "summariser"."""
    word = re.sub(r"'s?$", "", word)
    word = re.sub(r"iz(?=e|ing|ation)", "is", word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(?:ss|x|ch|sh)es$", word):
        return word[:-2]
    return word[:-1] if len(word) > 3 and re.search(r"[^su]s$", word) else word


def stem(word: str) -> str:
    """A word without what is put behind it for one who does or the doing: "planner" and "planning" to "plan"."""
    word = singular(word)
    found = re.fullmatch(r"(.{3,}?)(?:ers?|ors?|ing)", word)
    if found is None:
        return word
    root = found[1]
    return root[:-1] if re.search(r"([bdgmnprt])\1$", root) else root


def alike(one: str, other: str) -> bool:
    """Whether two words, in the form that `singular` gives them, are the same but for one typo.

    One letter more, fewer, other or swapped with its neighbour is a typo, in words of at least 5 letters that begin
    with the same letter.
    """
    return one == other or (min(len(one), len(other)) >= 5 and one[0] == other[0] and _one_typo(one, other))


def _one_typo(one: str, other: str) -> bool:
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, others = one[start:], other[start:]
    swapped = others[1::-1] + others[2:]
    return rest[1:] == others[1:] or rest == others[1:] or rest[1:] == others or rest == swapped
