"""Which words of a text say what it is about, and how many of them two texts share."""

from domain.wording import stem, words

#: A text is known by so many of its words at the most, the first ones.
MOST_WORDS = 40
#: Two texts that share fewer words are not about the same.
LEAST_SHARED = 2

_LEAST_LETTERS = 3


def _all(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP = _all(
    """about above after again against all also although always and any anything are because been before being below
    between both but can cannot could did does doing done down during each even ever every few for from further get
    gets getting give given goes going got had has have having her here hers him his how however into its itself just
    last like made make makes many may maybe might more most much must never not nothing now off often once one only
    onto other others our ours out over own perhaps put quite rather really said same saw say says see seen shall she
    should since some somebody someone something sometimes soon still such take taken than that the their theirs them
    then there these they thing things this those though through too told twice two under until upon use used uses
    using very want wanted was way week weeks well went were what when where whether which while who whole whom whose
    why will with within without would yes yesterday yet you your yours day days month months today year years time
    times tool tools monday tuesday wednesday thursday friday saturday sunday can't couldn't didn't doesn't don't isn't
    wasn't won't wouldn't"""
)


def telling_words(text: str) -> tuple[str, ...]:
    """The words of a text that say what it is about, casefolded, each once, in their order; letters only."""
    found = dict.fromkeys(
        word.text
        for word in words(text)
        if len(word.text) >= _LEAST_LETTERS and word.text.isalpha() and word.text not in _STOP
    )
    return tuple(found)[:MOST_WORDS]


def shared(one: str, other: str) -> int:
    """How many words two texts share that say what they are about, whatever their endings."""
    return len({stem(word) for word in telling_words(one)} & {stem(word) for word in telling_words(other)})
