"""What in a text may give an anonymous writer away: a warning before it is sent, never a refusal.

Patterns and word lists for English; it misses what only colleagues can recognise, such as style or a story that is
known already, and the form says so. Nothing that is found is kept.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from domain.giveaway_patterns import Kind, by_patterns
from domain.values import Value


class Giveaway(Value):
    """A phrase that may give the writer away."""

    kind: Kind
    #: As it is written, `text[start:end]`.
    phrase: str
    start: int
    end: int
    #: What it tells, and what could be written in its place.
    sentence: str


#: Of a text that is all capitals not everything is a name.
MOST_NAMES = 300
#: So many words in a row are somebody's own.
ECHO_WORDS = 5
_WORD = re.compile(r"[^\W_]+")
#: Words that begin with a capital, with nothing but spaces between them.
_CAPITALS = re.compile(r"(?:(?<!\w)[^\W\d_a-z](?:[^\W\d_]|['’-](?=[^\W\d_]))*(?:[ \t]+|$|(?!\w)))+")
_SENTENCES = {
    Kind.NAME: "A name leads to a person: “a colleague” says as much.",
    Kind.MANAGER: "This points to one team: “a manager” says as much.",
    Kind.EMAIL: "An address belongs to one person; what you saw counts the same without it.",
    Kind.PHONE: "A phone number belongs to one person; what you saw counts the same without it.",
    Kind.NUMBER: "A number like this can be looked up: “a claim last week” says as much.",
    Kind.DATE: "An exact day or time can be compared with who was there: “last week” or “one morning” says as much.",
    Kind.ONLY: "This is true of one person: “some of us” or “one of us” keeps it open who.",
    Kind.ROLE: "A role may be held by one person: what you saw counts the same without it.",
    Kind.CAREER: "Colleagues know each other's lives: “for a long time” or “lately” says as much.",
    Kind.TEAM: "A small team is a short list of people: “a team in operations” keeps it open which.",
    Kind.QUOTE: "Whoever said this may remember to whom: “we were told that nothing changes” says as much.",
    Kind.ECHO: "This stands so in what was written: whoever saw that knows who wrote it. Please say it in other words.",
    Kind.LINK: "Where this message stands shows who could read it; in a direct message that is you and one other.",
    Kind.GREETING: "A greeting or a name at the end shows who writes to whom. It can be left out.",
}


def giveaways(
    text: str, *, own_name: str, team_words: Collection[str], colleague_names: Collection[str]
) -> tuple[Giveaway, ...]:
    """What may give the writer away, in the order of the text, no two overlapping (the longer one stays).

    `own_name` and `colleague_names` are full names, "Ada Fern"; `team_words` are names of small teams. A full name
    or a part of one counts in any case of letters, but a part that is an ordinary word ("will", "park") only with a
    capital inside a sentence. A team counts beside "team" or after "we in", and with a
    capital where no tool is meant ("in Claims", not "the Claims triage"). Weekdays, months, "last week", what "we
    were told" and what a tool wrote are harmless.
    """
    folded = _fold(text)
    found = [
        (kind, start, end) for kind, start, end in _everything(folded, own_name, team_words, colleague_names)
    ]
    kept: list[tuple[Kind, int, int]] = []
    for kind, start, end in sorted(found, key=lambda one: (one[1] - one[2], one[1])):
        if all(end <= other[1] or start >= other[2] for other in kept):
            kept.append((kind, start, end))
    return tuple(
        Giveaway(kind=kind, phrase=text[start:end], start=start, end=end, sentence=_SENTENCES[kind])
        for kind, start, end in sorted(kept, key=lambda one: one[1])
    )


def possible_names(text: str) -> frozenset[str]:
    """What may be somebody's full name: two or three words with capitals that stand together, as they are written."""
    names: set[str] = set()
    for match in _CAPITALS.finditer(text):
        words = match[0].split()
        for length in (2, 3):
            names.update(" ".join(words[at : at + length]) for at in range(len(words) - length + 1))
    return frozenset(sorted(names)[:MOST_NAMES])


def echoes(text: str, written: Iterable[str]) -> tuple[Giveaway, ...]:
    """Where a text says `ECHO_WORDS` words in a row as one of those that were written, whatever stands between them."""
    known: set[tuple[str, ...]] = set()
    for one in written:
        words = [match[0].casefold() for match in _WORD.finditer(_fold(one))]
        known.update(tuple(words[at : at + ECHO_WORDS]) for at in range(len(words) - ECHO_WORDS + 1))
    said = list(_WORD.finditer(_fold(text)))
    spans: list[tuple[int, int]] = []
    for at in range(len(said) - ECHO_WORDS + 1):
        here = said[at : at + ECHO_WORDS]
        if tuple(match[0].casefold() for match in here) in known:
            start = spans.pop()[0] if spans and here[-2].end() <= spans[-1][1] else here[0].start()
            spans.append((start, here[-1].end()))
    return tuple(
        Giveaway(kind=Kind.ECHO, phrase=text[start:end], start=start, end=end, sentence=_SENTENCES[Kind.ECHO])
        for start, end in spans
    )


def in_link(address: str) -> tuple[Giveaway, ...]:
    """A link to a message gives its reader away, wherever it leads; nothing where there is none."""
    if not address:
        return ()
    said = _SENTENCES[Kind.LINK]
    return (Giveaway(kind=Kind.LINK, phrase=address, start=0, end=len(address), sentence=said),)


def _fold(text: str) -> str:
    """The text without accents and curly quotes, each character where it was."""
    if text.isascii():
        return text
    plain = text.translate(
        {ord("’"): "'", ord("“"): '"', ord("”"): '"', ord("„"): '"', ord("«"): '"', ord("»"): '"'}
    )
    return "".join(unicodedata.normalize("NFD", character)[0] for character in plain)


Found = Iterator[tuple[Kind, int, int]]


def _everything(text: str, own_name: str, teams: Iterable[str], colleagues: Iterable[str]) -> Found:
    yield from by_patterns(text)
    yield from _names(text, (own_name, *colleagues))
    yield from _teams(text, teams)


# --- names ---------------------------------------------------------------------------------------------------------

#: Names that are words too.
_ORDINARY = frozenset(
    re.findall(
        r"\w+",
        """will mark may grace hope bill art rose frank jack drew rob sue pat ray dean guy miles page king
        young long stone reed marsh fern vale quill april june august summer dawn joy faith mercy victor
        max chance chase grant hunter mason carter cooper baker cook fisher potter taylor smith brown
        white black green gray grey wood woods hill field fields park parks rivers lake banks bond price
        rich love moon day night cross church best good little small short sharp swift wise bright case
        cash bank penny bell bush rush lane street ford west north east moss flower berry lily ivy violet
        iris daisy ruby amber pearl gene norm pierce wade heath cliff glen rusty sandy sky sunny angel
        christian major noble prince duke earl bishop abbot knight marshal sterling walker turner waters
        steel early late banner barber butcher farmer gardener miller porter weaver judge law mayor pope
        read ready winter spring fall frost snow rain storm wolf fox lamb bird fish rice bean cherry olive
        basil ginger sage per van von de der la le el al bin ben di da dos
        an am as at be by do go he hi if in is it me my no of ok on or ox so to up us we and are but can
        did for get had has her him his how its let new not now off old one our out own put say see set she
        the too two use was way who why yet you any all ask kit dot gun gum tag tip cat rod jet""",
    )
)
_NAME_WORD = re.compile(r"[^\W\d_]+")


def _names(text: str, names: Iterable[str]) -> Found:
    folded = _fold("\n".join(names))
    written = list(_NAME_WORD.finditer(text))
    used = {match[0].casefold() for match in written}
    if used.isdisjoint(_parts(folded)):
        return
    names = folded.split("\n")
    parts: set[str] = set()
    for name in names:
        mine = [part.casefold() for part in _NAME_WORD.findall(name)]
        parts.update(mine)
        if len(mine) > 1 and used.issuperset(mine):
            for order in (mine, mine[::-1]):
                for match in re.finditer(rf"\b{r'[^a-z0-9.!?]+'.join(order)}\b", text, re.I):
                    yield Kind.NAME, *match.span()
    for match in written:
        word = match[0].casefold()
        if word not in parts or len(word) < 2:
            continue
        capital = match[0][0].isupper()
        if word not in _ORDINARY or (capital and not _begins(text, match.start())):
            yield Kind.NAME, *match.span()


def _parts(names: str) -> set[str]:
    """The words of names, in small letters; a word with a sign in it is there as a whole too."""
    found = set(names.casefold().split())
    mixed = [word for word in found if not word.isalpha() and not word.isdecimal()]
    return found.union(_NAME_WORD.findall(" ".join(mixed)))


def _begins(text: str, at: int) -> bool:
    """Whether a sentence begins here, so that any word has a capital."""
    before = text[max(0, at - 20) : at].rstrip(" \t\"'(")
    return not before or (before[-1] in ".!?:\n" and not re.search(r"(?<!\w)[A-Z]\.$", before))


# --- teams ---------------------------------------------------------------------------------------------------------

_GROUP = r"(?:team|department|unit|group|desk|office|squad|crew|people|colleagues)"
_AMONG = r"(?:we|us|here|i|i'm|i am|we're|we are|work|works|working|worked|people|colleagues)"
#: After a team: not the name of a tool.
_AFTER = (
    r"(?=\s*(?:[.,;:!?)\n]|$|(?:we|i|are|is|was|were|have|has|had|who|and|or|the|us|all|it|our|they|where|get|got|do|"
    r"does|did|know|never|always|now|only|also|will|can|could|should|still|keep|need|want|cannot)\b))"
)


def _teams(text: str, teams: Iterable[str]) -> Found:
    for team in teams:
        parts = [re.escape(word) for word in re.findall(r"[^\W_]+", _fold(team))]
        if not parts:
            continue
        name = r"[\s/&-]+".join(parts)
        after = _AFTER if len(parts) == 1 else r"\b"
        inside = r"(?:in|from|at|to|with|by|of|for)\s+(?:the\s+)?"
        yield from _found(Kind.TEAM, rf"\b{name}\s+{_GROUP}\b", text, re.I)
        yield from _found(
            Kind.TEAM, rf"\b{_AMONG}\s+(?:in|from|at|for|on)\s+(?:the\s+)?{name}\b{after}", text, re.I
        )
        capital = parts[0][:1].upper() + parts[0][1:]
        named = r"[\s/&-]+".join([rf"(?-i:{capital})", *parts[1:]])
        yield from _found(Kind.TEAM, rf"\b{_AMONG}\s+(?:in|from|at|for|on)\s+{named}\b", text, re.I)
        yield from _found(Kind.TEAM, rf"\b{inside}{named}\b{after}", text, re.I)


def _found(kind: Kind, pattern: str, text: str, flags: int) -> Found:
    for match in re.finditer(pattern, text, flags):
        yield kind, *match.span()
