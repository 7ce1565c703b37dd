"""What in a text may give an anonymous writer away: a warning before it is sent, never a refusal.

Patterns and word lists for English; it misses what only colleagues can recognise, such as style or a story that is
known already, and the form says so. Nothing that is found is kept.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from functools import cache

from domain.values import Value


class Kind(StrEnum):
    """What somebody may be recognised by."""

    NAME = "name"
    MANAGER = "manager"
    EMAIL = "email"
    PHONE = "phone"
    NUMBER = "number"
    DATE = "date"
    ONLY = "only"
    ROLE = "role"
    CAREER = "career"
    TEAM = "team"
    QUOTE = "quote"
    GREETING = "greeting"


class Giveaway(Value):
    """A phrase that may give the writer away."""

    kind: Kind
    #: As it is written, `text[start:end]`.
    phrase: str
    start: int
    end: int
    #: What it tells, and what could be written in its place.
    sentence: str


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
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            yield kind, *match.span()
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
    names = [_fold(name) for name in names]
    written = list(_NAME_WORD.finditer(text))
    used = {match[0].casefold() for match in written}
    if used.isdisjoint(_NAME_WORD.findall("\n".join(names).casefold())):
        return
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


# --- everything else -----------------------------------------------------------------------------------------------

#: "may" is a month with a capital only.
_MONTH = (
    r"(?:january|february|march|april|(?-i:May|MAY)|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+\d{4}\b)?"
_LEADER = (
    r"(?:line manager|manager|mgr|boss|team ?lead(?:er)?|supervisor|head of \w+|head|director|superior|chief|deputy|"
    r"tl)"
)
_SOMEBODY = (
    rf"(?:he|she|they|somebody|someone|my (?:\w+ )?(?:colleague|{_LEADER}|trainer|mentor|neighbour|team)|"
    rf"(?:the|our|a) (?:colleague|trainer|{_LEADER}))"
)
_POST = (
    r"(?:manager|lead|leader|officer|owner|sponsor|head|director|deputy|representative|rep|champion|controller|"
    r"secretary|coordinator|auditor|trainer|apprentice|trainee|intern|nurse|doctor|lawyer|architect|administrator|"
    r"specialist|expert|chair|chairman|chairwoman|president|treasurer|translator|actuary|delegate|steward|assistant|"
    r"analyst|engineer|developer|accountant|dispatcher|supervisor|newcomer|part-timer|"
    r"(?<!team )(?<!staff )member(?! of (?:the |our |this )?(?:team|staff)))"
)
_QUOTED = r"\"[^\"\n]{3,}\"?"
_LIFE = (
    r"(?:(?:parental|maternity|paternity|sick|medical|unpaid|family) leave|sick(?:ness| note)|sabbatical|retirement|"
    r"probation(?:ary)?(?: period| time)?|apprenticeship|traineeship|internship|promotion|transfer|wedding|divorce|"
    r"pregnancy|operation|surgery|illness|disability|burn-?out|accident|notice period|appraisal|onboarding|thesis|"
    r"(?:last|old|former|previous) (?:job|employer)|first (?:day|week|month|year))"
)
_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_MANY = r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty)"
_PAPER = (
    r"(?:claim|case|ticket|policy|contract|order|invoice|file|customer|incident|request|complaint|account|supplier|"
    r"reference|ref|employee|personnel|job)"
)
#: Letters and digits that name a product or a standard and no case.
_KNOWN = r"(?!(?:GPT|COVID|ISO|IEC|DIN|EN|RFC|UTF|SHA|WIN|CO|AES|MP)\b|(?:ISO|IEC|DIN|EN|RFC)\d)"
_OTHERS = r"(?!(?:All|Everyone|Everybody|Team|There|Both|Folks|Sir|Madam|Colleagues|Tandem|HR|AI)\b)"
_SIGNED = r"[A-Z][\w'-]*\.?(?:\s?[A-Z][\w'-]*\.?)?\s*\Z"
_BYE = (
    r"(?:(?:[Kk]ind|[Bb]est|[Ww]arm)\s+(?:regards|wishes)|[Rr]egards|Best|[Tt]hanks|[Tt]hank you|[Cc]heers|"
    r"[Yy]ours(?: \w+)?|[Ss]incerely|[Gg]reetings)"
)
_CAME = r"(?:joined|started|came back|came here|returned|moved|was (?:hired|promoted|transferred)|transferred|left)"

_IN_ANY_CASE: tuple[tuple[Kind, str], ...] = (
    (Kind.EMAIL, r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    (Kind.EMAIL, r"(?<![\w.+-])[\w.+-]+ (?:at|\(at\)|\[at\]) [\w-]+ (?:dot|\(dot\)|\[dot\]) \w+"),
    (Kind.NAME, r"<@[\w.:-]+(?:\|[^>]*)?>|<at>[^<]*</at>"),
    (Kind.NAME, r"(?<![\w.+-])@(?!(?:all|here|channel|everyone)\b)[a-z][\w.-]+"),
    (Kind.MANAGER, rf"\bmy (?:\w+ )?{_LEADER}\b"),
    (
        Kind.PHONE,
        r"\b(?:ext(?:ension)?\.?|phone|tel\.?|mobile|cell|(?:direct |my )line|my number)\s*(?:no\.?|number)?"
        r"(?:\s*:\s*|\s+is\s+|\s+)\d{3,}",
    ),
    (
        Kind.PHONE,
        r"(?<![\w.,-])(?!\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b)(?:\+\d|\(0|0\d)[\d()/ .-]{6,20}\d(?![\w-])",
    ),
    (Kind.PHONE, r"(?<![\w.,/-])\d{3}-\d{4}(?![\w/-])"),
    (
        Kind.NUMBER,
        rf"\b{_PAPER}\s*(?:(?:no|nr|number|id)\.?\s*:?\s*|#\s*|:\s*)?(?!(?:19|20)\d\d(?![\d/-]))"
        r"(?:[a-z]{1,4}[-/ ]?)?\d{3,}(?:[-/.]\d+)*(?![\w%]|[,.]\d)"
        r"(?!\s+(?:a|an|per|of|more|new|other|different|times|euros?|dollars|pounds|people|days|hours|percent|claims|cases|letters|"
        r"invoices|tickets|files|orders|pages|copies|customers|users|licen[cs]es)\b)",
    ),
    (Kind.NUMBER, rf"\b{_PAPER}\s*(?:(?:no|nr|number|id)\.?\s*:?|#)\s*\w{{0,4}}[-/ ]?\d[\d/.-]*\d"),
    (Kind.NUMBER, r"(?<!\w)#\s?\d{2,}"),
    (Kind.NUMBER, r"(?<![\w.,+/-])(?:\d{6,}|(?:19|20)\d\d[-/]\d{3,})(?![\w/-]|[.,]\d)"),
    (Kind.DATE, rf"\b{_NTH}\.?\s+(?:of\s+)?{_MONTH}\b{_YEAR}"),
    (Kind.DATE, rf"\b(?:on|since|until|from|by)\s+(?:the\s+)?{_NTH}\.?\s+(?:of\s+)?may\b{_YEAR}"),
    (Kind.DATE, rf"\b{_MONTH}\s+(?:the\s+)?{_NTH}\b(?![:.,]?\d|%){_YEAR}"),
    (Kind.DATE, r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b"),
    (
        Kind.DATE,
        rf"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+(?:the\s+)?{_NTH}\b(?![:.,]?\d|%|\s*[a-z])",
    ),
    (Kind.DATE, r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+the\s+\d{1,2}(?:st|nd|rd|th)\b"),
    (Kind.DATE, r"\bon\s+(?:the\s+\d{1,2}(?:st|nd|rd|th)|\d{1,2}[./]\d{1,2}\.?)(?![\d%])"),
    (Kind.DATE, r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?!\d|\s*(?:h|hours|min)\b)(?:\s*[ap]\.?m\b\.?)?"),
    (Kind.DATE, r"\b(?:1[0-2]|0?[1-9])(?:[.:][0-5]\d)?\s*(?:[ap]\.?m\b\.?|o'clock)"),
    (Kind.DATE, rf"\b(?:half past|quarter (?:past|to)) (?:\d{{1,2}}|{_HOUR})\b"),
    (
        Kind.ONLY,
        r"\b(?:i am|i'm|i was|we are|we're)\s+(?:still\s+)?the\s+(?:only|first|last|oldest|youngest|newest)\b"
        r"(?:\s+(?!(?:thing|time|problem|way|reason)\b)[\w-]+){0,2}",
    ),
    (Kind.ONLY, r"\bas (?:the|our) only(?:\s+[\w-]+){1,2}"),
    (Kind.ONLY, r"(?<!if )\bonly i\b|\b(?:but|except(?: for)?|apart from|besides|other than) me\b"),
    (
        Kind.ONLY,
        r"\b(?:i'm|i am|i was) one of (?:the )?(?:only |last |first )?(?:two|three|four|five|few|\d)\b(?: \w+){0,2}",
    ),
    (Kind.ONLY, r"\b(?:there are|we are|we're) (?:only |just )?(?:the )?(?:two|three|four) of us\b"),
    (Kind.ONLY, r"\bi\b(?:\s+[\w']+){1,6}?\s+(?:alone|on my own|by myself|single-handed(?:ly)?)\b"),
    (
        Kind.ROLE,
        rf"\b(?:as|being) (?:the|an?|our)\s+(?:[\w-]+\s+){{0,4}}?{_POST}\b(?:\s+of(?:\s+the)?(?:\s+\w+){{1,2}}?)?"
        r"(?=,?\s+(?:i|i'm|i've|my)\b)",
    ),
    (
        Kind.ROLE,
        rf"\bi(?:'m| am) (?:the|our)\s+(?!(?:only|first|last)\b)(?:[\w-]+\s+){{0,3}}?{_POST}\b"
        r"(?:\s+of(?:\s+the)?\s+\w+)?",
    ),
    (
        Kind.ROLE,
        rf"\b(?:speaking |working )?as (?:[\w-]+ ){{0,2}}?{_POST}\b(?:\s+of(?:\s+the)?\s+\w+)?(?=,|\s+(?:i|i'm|my)\b)",
    ),
    (
        Kind.ROLE,
        rf"\bi(?:'m| am| was) (?!the (?:only|first|last)\b)(?:[\w-]+ ){{0,2}}?{_POST}\b"
        r"(?:\s+(?:of|for|in|on|at)(?:\s+the)?\s+\w+)",
    ),
    (Kind.ROLE, r"\bin my (?:role|job|capacity|position|function) as(?:\s+[\w-]+){1,4}"),
    (
        Kind.CAREER,
        rf"\b(?:since|when|before|after) i (?:first )?{_CAME}\b(?:\s+(?:here|in|from|to)(?:\s+\w+){{0,2}})?",
    ),
    (
        Kind.CAREER,
        r"\bi(?:'m|'ll| am| will| was|'ve| have)? (?:only |just )?(?:joined|started here|hired|promoted|seconded|"
        r"transferred|retir\w+|resign\w*|leaving|pregnant|disabled|deaf|dyslexic|new here|work(?:ing)? part[- ]time)\b"
        r"(?:\s+\w+){0,2}",
    ),
    (
        Kind.CAREER,
        r"\bi leave (?:in|at|next|the company|this)\b(?: \w+)?|\b(?:came over|moved here|moved over) from(?: \w+){1,2}",
    ),
    (
        Kind.CAREER,
        r"\bmy (?:old|previous|former|last) (?:team|department|company|office|role|post|position|boss)\b",
    ),
    (
        Kind.CAREER,
        r"\bi used to (?:work|be|run|lead|manage)\b(?: \w+){0,3}|\bnot my (?:first|native) language\b",
    ),
    (
        Kind.CAREER,
        r"\bin my (?:first|second|third|last|final) (?:day|week|month|year)\b|\bi(?:'m| am) \d\d\b(?! ?%)",
    ),
    (
        Kind.CAREER,
        rf"\bmy (?:\w+ ){{0,2}}{_LIFE}\b|\b(?:from|on|after) (?:parental|maternity|paternity|sick) leave\b",
    ),
    (
        Kind.CAREER,
        rf"\bi(?:'ve| have)? (?:been|worked|work)(?:\s+[\w']+){{0,6}}?\s+{_MANY} (?:years|months)\b"
        rf"|\b(?:in|after|with) (?:my )?{_MANY} years (?:in|of|as|here|at|on|with)\b"
        rf"|\b(?:i've|i have|my)(?: got)?(?: over| more than| almost| nearly)? {_MANY} years\b",
    ),
    (
        Kind.CAREER,
        r"\bi(?:'m| am| was)? (?:\w+ )?(?:came |got )?back (?:at work )?(?:from|after) (?:\w+ )?\w+",
    ),
    (
        Kind.CAREER,
        r"\bmy (?:wife|husband|partner|girlfriend|boyfriend|son|daughter|kids?|child(?:ren)?|mother|father|brother|"
        r"sister|twins?)\b",
    ),
    (
        Kind.QUOTE,
        rf"\b{_SOMEBODY}\s+(?:\w+\s+){{0,2}}?(?:said|says|wrote|thinks)\b[^.!?\n]{{0,40}}?\bthat (?:i|i'm|i am)\b",
    ),
    (
        Kind.QUOTE,
        r"\b(?:in|at|during) (?:our|my) (?:last |yearly |annual )?(?:one-(?:to|on)-one|1:1|1-1|appraisal|feedback talk|"
        r"performance review|review)\b|\bto my face\b",
    ),
    (
        Kind.QUOTE,
        rf"\b{_SOMEBODY}\s+(?:\w+\s+)?(?:said\s+to|told|asked|wrote\s+to)\s+me\b(?:[\s:,]*{_QUOTED})?",
    ),
    (
        Kind.QUOTE,
        rf"\b{_SOMEBODY}\s+(?:\w+\s+)?(?:said|says|asked|answered|replied|shouted|told)"
        rf"(?:\s+(?:to\s+)?(?:me|us))?[\s:,]+{_QUOTED}",
    ),
    (Kind.QUOTE, rf"{_QUOTED}[\s,]*(?:{_SOMEBODY}\s+(?:said|told)|said\s+{_SOMEBODY})\b"),
    (
        Kind.QUOTE,
        rf"{_QUOTED}[\s,]*(?:was|is|were) (?:the|her|his|their) (?:\w+ )?(?:answer|reply|comment|reaction|words?)\b",
    ),
    (Kind.QUOTE, rf"\bi was told[\s:,]*{_QUOTED}"),
    (
        Kind.QUOTE,
        r"\bi (?:said (?:it |this |so )?to|told|asked|complained to|wrote to|reported (?:it|this) to) "
        r"(?:him|her|my \w+|the (?:boss|manager|director|head|team lead|trainer))\b",
    ),
)
_AS_WRITTEN: tuple[tuple[Kind, str], ...] = (
    (Kind.NAME, r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.?\s+[A-Z][\w'-]+"),
    (Kind.NUMBER, rf"\b{_KNOWN}[A-Z]{{1,6}}-?\d{{4,}}\b|\b{_KNOWN}[A-Z]{{2,6}}-\d{{2,}}\b"),
    (
        Kind.GREETING,
        rf"\A\s*(?:[Hh]i|[Hh]ello|[Hh]ey|[Dd]ear|[Gg]ood (?:morning|afternoon))\s+{_OTHERS}"
        r"[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)?",
    ),
    (Kind.GREETING, rf"\b{_BYE}\s*[,\n]\s*{_OTHERS}{_SIGNED}"),
    (Kind.GREETING, rf"(?:\n|\A)\s*[-–—]+\s*{_SIGNED}"),
)


@cache
def _patterns() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    """All of them, made when the first text is looked at: a process starts the sooner."""
    return (
        *((kind, re.compile(pattern, re.I)) for kind, pattern in _IN_ANY_CASE),
        *((kind, re.compile(pattern)) for kind, pattern in _AS_WRITTEN),
    )
