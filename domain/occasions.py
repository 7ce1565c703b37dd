"""Reading in a short English text whether something happened, when and how often, and what came of it.

Patterns and word lists, no grammar: good enough to decide which question to ask next, never to refuse a text. English
only; in any other language next to nothing is found, and a person is asked a question more.
"""

import re
from enum import IntEnum

from domain.wording import words


class Happening(IntEnum):
    """How much a text looks as if something happened."""

    NONE = 0
    #: What is done again and again ("flags"), what was not done ("nobody told us"), how it was ("was down").
    DOUBTFUL = 1
    #: An action in the past ("flagged", "took", "was told"), or a number of cases ("two claims").
    SURE = 2


def _all(text: str) -> frozenset[str]:
    return frozenset(text.split())


# --- what happened -----------------------------------------------------------------------------------------------

#: Moods and opinions: how somebody feels is real, and is no occasion that another can look for.
_MOODS = _all(
    """afraid alarmed annoyed anxious ashamed bored bothered concerned confused convinced
    demotivated depressed disappointed discouraged excited exhausted exposed fed frightened frustrated happy
    intimidated irritated nervous overwhelmed pleased pressured relieved sad scared sceptical skeptical
    shocked stressed surprised threatened tired uncertain uneasy unhappy unsure upset worried valued
    undervalued amazed appeared believed doubted expected feared hated hoped liked loved mattered needed
    preferred seemed trusted wanted wished wondered used supposed based related interested involved limited
    complicated outdated biased automated advanced skilled experienced qualified dedicated detailed improved"""
)
_NOT_VERBS = _all(
    """need speed feed seed bed red hundred indeed weed greed breed exceed succeed proceed shed embed kindred
    sacred naked wicked united unused untested unexplained unneeded unwanted unlimited"""
)
_PAST = _all(
    """took gave sent lost went came broke made said told wrote paid saw found left kept held ran began
    fell built chose drew hid sold spent stood threw won forgot froze misread overrode shut withdrew hung
    met brought bought caught taught stuck swept tore woke rang rose stole swore shook sank flew ate drove
    led sped stopped misled overlooked mistook overpaid underpaid resent redid undid overwrote rewrote"""
)
#: Past or present, by who does it: "the planner put", but "we put".
_EITHER = {"put", "cut", "set", "hit", "shut", "split", "reset", "let", "read"}
_PARTICIPLES = _all(
    """taken given gone done shown written broken chosen fallen seen frozen forgotten hidden thrown overridden
    withdrawn mistaken stolen torn drawn begun overwritten rewritten swapped"""
)
#: What tools do again and again, without the s.
_HABITS = _all(
    """flag reject send misread lose invent skip ignore delete crash freeze miss mark route assign close answer
    sort translate copy show suggest overwrite block pay charge swap mix drop fail repeat duplicate leak
    hang return score rank record log track time replace cut change forget refuse give put take shorten
    shift move leave book match confuse stop display forward approve deny cancel remove publish guess hide
    print overlook demand reset slow"""
)
_MODALS = _all(
    """will would could should might may can must shall cannot can't won't wouldn't couldn't shouldn't mightn't
    mustn't ll i'll we'll you'll they'll he'll she'll it'll i'd we'd they'd to gonna"""
)
_BEFORE = {"be", "being", "becoming"}
_NOW = {"is", "are", "am", "get", "gets", "it's", "i'm", "we're", "they're", "isn't", "aren't", "getting"}
_THEN = {
    "was",
    "were",
    "wasn't",
    "weren't",
    "been",
    "has",
    "have",
    "had",
    "hasn't",
    "haven't",
    "hadn't",
    "got",
} | {f"{who}'ve" for who in ("i", "we", "you", "they")}
_ADVERBS = {
    "not",
    "already",
    "just",
    "also",
    "still",
    "even",
    "ever",
    "all",
    "again",
    "now",
    "then",
    "both",
    "only",
}
_IS_OR_WAS = _NOW | _THEN
_AUXILIARIES = _MODALS | _BEFORE | _IS_OR_WAS
#: How many words before a verb are looked at.
_REACH = 8
_DETERMINERS = _all(
    """a an the our my your his her its their these those this that any all every each no some"""
)
_PREPOSITIONS = _all("of for with about by from in on at as into like than")
_BEFORE_NOUNS = _DETERMINERS | _PREPOSITIONS
_NEGATIONS = {"nobody", "never", "none", "no-one", "noone", "neither", "nothing"}
_TELLING = _all(
    """ask asked tell told explain explained talk talked listen listened involve involved consult"""
)
_FEELING = _all(
    """like want know trust think feel understand need believe care matter help work see hear have get"""
)
_ANYBODY = {"people", "everyone", "everybody", "many", "colleagues", "some", "others", "staff"}
_SAYING = {"said", "told", "asked", "complained", "claimed", "heard", "warned", "talked"}
_ARRIVING = _all("""came went began started arrived introduced launched announced rolled joined""")
_CLAUSE = re.compile(r"[^.;:!?\n,()]+(?:[.,:]\d[^.;:!?\n,()]*)*[?]?")
_NO_ONE = re.compile(r"\bno one\b", re.I)
_PLURAL = re.compile(r"(?<=[a-z])s$")
_ADVERB = re.compile(r"\w{2,}ly")
_ENDS_IN_ED = re.compile(r"[a-z]{2,}ed")
_IF = re.compile(r"(?:^|\s)(?:if|unless|whether|imagine|suppose|in case|as if)\s", re.I)
_WHEN_IT_CAME = re.compile(r"(?:^|\s)(?:since|when|after|before|until|ever since)\s", re.I)

_NUMBER = (
    r"(?:\d{1,3}(?:[.,]\d{3})*|\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|"
    r"forty|fifty|a dozen|dozens of|hundreds of|several|half of)"
)
_UNCOUNTED = _all(
    """years months weeks days hours minutes seconds people colleagues teams jobs employees things reasons
    problems questions sides functions versions tools percent times nights mornings others us always was is
    has this euros dollars persons workers heads meetings systems ways years' ideas"""
)
# Patterns that are slow to make are strings here: `re` makes and keeps them when they are first looked for.
_CASES = rf"(?<![\w.,]){_NUMBER}\s+(?:of\s+)?(?:[a-z'-]+\s+){{0,2}}?([a-z-]+s)\b"


def happened(text: str) -> Happening:
    """How much a text looks as if something happened, the surest of its clauses deciding.

    Nothing happened in what might or will be ("could reject", "if it took"), in moods ("was worried") and in the
    coming of a tool ("since it was introduced"). A question counts as doubtful at most.
    """
    return max((_in_clause(clause) for clause in _clauses(text)), default=Happening.NONE)


def _clauses(text: str) -> list[str]:
    return [part for part in _CLAUSE.findall(text) if part.strip()]


def _in_clause(clause: str) -> Happening:
    if _IF.search(clause):
        return Happening.NONE
    tokens = [word.text for word in words(_NO_ONE.sub("nobody", clause))]
    found = {at: _at(tokens, at) for at in range(len(tokens))}
    negated_from = next((at for at, token in enumerate(tokens) if token in _NEGATIONS), len(tokens))
    found |= {at: min(sure, Happening.DOUBTFUL) for at, sure in found.items() if at > negated_from}
    acts = {tokens[at] for at, sure in found.items() if sure is Happening.SURE}
    if acts and acts <= _ARRIVING and _WHEN_IT_CAME.search(clause):
        came = acts | {"was", "were"}
        found = {at: sure for at, sure in found.items() if tokens[at] not in came}
    surest = max(found.values(), default=Happening.NONE)
    if (
        _MODALS.isdisjoint(tokens)
        and _MOODS.isdisjoint(tokens)
        and any(match[1].casefold() not in _UNCOUNTED for match in re.finditer(_CASES, clause, re.I))
    ):
        surest = Happening.SURE
    hearsay = not _SAYING.isdisjoint(tokens) and not _ANYBODY.isdisjoint(tokens[:2])
    return min(surest, Happening.DOUBTFUL) if hearsay or clause.endswith("?") else surest


def _at(tokens: list[str], at: int) -> Happening:
    """What the word at a place says, by the auxiliaries before it."""
    word = tokens[at]
    following = tokens[at + 1 : at + 4]
    if word in {"did", "didn't"}:
        rest = [one for one in following if one not in _ADVERBS]
        if not rest or rest[0] in _FEELING:
            return Happening.DOUBTFUL if rest[:1] in (["work"], ["help"]) else Happening.NONE
        if word == "did" and "not" not in following[:1]:
            return Happening.SURE
        return Happening.DOUBTFUL if rest[0] in _TELLING else Happening.SURE
    if word in {"had", "has", "have"} and following[:1] == ["to"]:
        return Happening.SURE if word == "had" and "be" not in following[1:2] else Happening.NONE
    if word in {"was", "were", "wasn't", "weren't"}:
        return Happening.NONE if _MOODS.intersection(following) else Happening.DOUBTFUL
    root = _PLURAL.sub("", word)
    habit = root in _HABITS or (word.endswith("es") and word[:-2] in _HABITS) or _is_doing(word)
    if not habit and not _is_past(word, passive=True):
        return Happening.NONE
    chain, before = _chain(tokens, at)
    if before in {"feel", "feels", "felt", "feeling"}:
        return Happening.NONE
    if not chain.isdisjoint(_MODALS) or (not chain.isdisjoint(_BEFORE) and chain.isdisjoint(_NOW)):
        return Happening.NONE
    passive = not chain.isdisjoint(_IS_OR_WAS)
    if word in {"asked", "told", "invited", "meant"} and following[:1] == ["to"] and passive:
        return Happening.NONE
    if _is_past(word, passive=passive):
        if not chain.isdisjoint(_NOW) and chain.isdisjoint(_THEN):
            return Happening.DOUBTFUL
        if not chain and before in _BEFORE_NOUNS and before != "that":
            return Happening.NONE
        if word in _EITHER and before in {"i", "we", "you", "they"}:
            return Happening.DOUBTFUL
        return Happening.SURE
    return Happening.DOUBTFUL if habit and before not in _BEFORE_NOUNS else Happening.NONE


def _chain(tokens: list[str], at: int) -> tuple[set[str], str]:
    """The auxiliaries right before a place, and the word before them."""
    chain: set[str] = set()
    for token in reversed(tokens[max(0, at - _REACH) : at]):
        if token in _AUXILIARIES:
            chain.add(token)
        elif token not in _ADVERBS and not _ADVERB.fullmatch(token):
            return chain, token
    return chain, ""


def _is_past(word: str, *, passive: bool) -> bool:
    if word in _MOODS or word in _NOT_VERBS:
        return False
    return (
        word in _PAST
        or word in _EITHER
        or (passive and word in _PARTICIPLES)
        or bool(_ENDS_IN_ED.fullmatch(word))
    )


def _is_doing(word: str) -> bool:
    return word.endswith("ing") and any(
        root in _HABITS for root in (word[:-3], word[:-4], word[:-3] + "e") if len(root) > 2
    )


# --- when and how often, and what came of it -----------------------------------------------------------------------

_UNIT = r"(?:hour|shift|day|night|morning|afternoon|evening|week|weekend|month|quarter|year|sprint|time)"
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = (
    r"(?:january|february|march|april|(?-i:May)|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_FEW = (
    r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a few|several|many|a couple of)"
)
_EVENT = (
    r"(?:go[- ]?live|launch|roll[- ]?out|release|update|upgrade|pilot|start|beginning|switch|change|training|"
    r"migration|month[- ]end|quarter[- ]end|year[- ]end|deadline|move|holidays?|hearing|audit)"
)
_WHEN = (
    r"\b(?:"
    + "|".join(
        (
            # As a whole, before a part of it is taken.
            r"(?:(?:at|on|in|around|about|near|before|after|since|until|by|over|during|from)\s+(?:the\s+|our\s+)?"
            r"(?:last\s+|every\s+|each\s+|this\s+)?|(?:last|every|each|this)\s+)"
            r"(?:week|month|quarter|year)[-\s](?:end|start)\b",
            rf"(?:(?:early|late)\s+)?(?:on|since|until|by|before|after|from|last|this|every|each|one)\s+(?:the\s+)?"
            rf"(?:last\s+|this\s+)?{_DAY}s?(?:\s+(?:morning|afternoon|evening|night))?",
            rf"{_DAY}s?(?:\s+(?:morning|afternoon|evening|night))?",
            rf"(?:on\s+)?(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?\.?\s+(?:of\s+)?{_MONTH}\b(?:\s+\d{{4}})?",
            rf"(?:on\s+)?(?:{_MONTH})\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+\d{{4}})?",
            rf"(?:in|since|until|last|this|early|late|during|mid)\s+(?:early\s+|late\s+|mid[- ])?{_MONTH}\b",
            r"(?:on\s+|since\s+)?\d{4}-\d{2}-\d{2}|(?:on\s+|since\s+)?\d{1,2}[./]\d{1,2}[./]\d{2,4}",
            r"in\s+week\s+\d{1,2}|(?:in|since)\s+(?:19|20)\d\d",
            r"(?:at|around|about)\s+(?:\d{1,2}[:.]\d{2}|\d{1,2}\s*[ap]\.?m|noon|midnight|lunch(?:time)?)",
            r"the\s+day\s+before\s+yesterday|yesterday(?:\s+(?:morning|afternoon|evening))?|today|tonight",
            rf"(?:in\s+|during\s+|over\s+|since\s+|within\s+)?(?:the\s+)?(?:last|past|this|previous)\s+"
            rf"(?:{_FEW}\s+)?{_UNIT}s?",
            rf"(?:at|in|on|over|during)\s+(?:the|my|our)\s+(?:first|second|early|late|night)?\s*"
            rf"(?:night|morning|afternoon|evening|weekend|{_UNIT})",
            rf"(?:over|during)\s+night|overnight|at\s+night|(?:in|during)\s+(?:the\s+)?{_EVENT}",
            rf"(?:about\s+)?{_FEW}\s+{_UNIT}s?\s+ago|an?\s+{_UNIT}\s+ago",
            rf"(?:(?:\d+|twice|times)\s+in|in\s+the|within|over|for)\s+(?:the\s+)?(?:last\s+|first\s+)?{_FEW}\s+{_UNIT}s\b",
            rf"(?:ever\s+)?(?:since|after|before|during|at|around|until)\s+(?:the\s+|our\s+|its\s+)?(?:\w+\s+)?{_EVENT}",
            r"since\s+(?:then|we\s+started|it\s+started)",
            rf"(?:at\s+least\s+|about\s+|only\s+|more\s+than\s+)?(?:{_FEW}\s+times|twice|thrice|\d+\s?x)"
            rf"(?:\s+(?:in|on|within)\s+(?:the|a|one)\s+(?:(?:last|same|past|first)\s+)?{_UNIT}s?"
            rf"|\s+(?:a|an|per|each|every|this|last)\s+{_UNIT})?",
            r"(?:for\s+)?the\s+(?:second|third|fourth|fifth|tenth|\d+th)\s+time|(?:second|third|fourth|fifth)\s+time",
            rf"(?:only\s+|at\s+least\s+|more\s+than\s+)?once(?=\s+(?:in|a|an|this|last|per|on|already)\b|\s*[.,;]|\s*$)"
            rf"(?:\s+(?:a|an|per|this|last)\s+{_UNIT})?",
            rf"(?:almost\s+|nearly\s+)?(?:every|each)\s+(?:(?:single|other|second|third)\s+)?(?:{_UNIT}|{_DAY})",
            r"(?:almost\s+|nearly\s+)?(?:every|each)\s+(?!one\b|body\b|thing\b|day\b|of\b|other\b)[a-z]+",
            rf"(?:about\s+|around\s+)?(?:{_FEW}|dozens|hundreds|a\s+dozen)\s+(?:\w+\s+)?(?:a|per|each|every)\s+{_UNIT}",
            r"daily|hourly|weekly|monthly|nightly",
            rf"(?:in\s+)?{_FEW}\s+(?:out\s+)?of\s+(?:\w+\s+)?{_FEW}(?:\s+cases)?|(?:in\s+)?one\s+in\s+{_FEW}\b",
            r"\d+(?:[.,]\d+)?\s*(?:%|per\s?cent)",
        )
    )
    + r")(?!\w)"
)
_VAGUE_WHEN = (
    r"(?:not sure|(?:i )?(?:don'?t|do not) (?:know|remember)|no idea|unknown|n/?a|none|no|\W*|always|often|sometimes|"
    r"constantly|regularly|recently|lately|all the time|now and then|a lot|soon|never)\W*"
)
_LED_TO = (
    r"\bso\s+(?:that\s+)?(?:we|i|the|a|an|she|he|they|it|nobody|much\s+that|my|our)\b|\btherefore\b|\bas a result\b|"
    r"\bbecause of (?:that|this|it)\b|\b(?:which|that|this) (?:meant|cost|caused|led|delayed)\b|\bmeaning\b|"
    r"\bhad to\b|\bled to\b|\bended up\b|\bcost (?:us|me|the|him|her)\b|\bsince then\b|\bfrom then on\b|"
    r"\band (?:now )?(?:we|i|the \w+|nobody) "
    r"(?:now|then|had|missed|lost|worked|rang|stopped|waited|found|sent|could)\b|"
    r"\bnow (?:we|i|every\w+|nobody|no one)\b|\bstopped using\b|\btook (?:us|me)\b|\b(?:complained|waited|sued)\b|"
    r"\btoo late\b|\bmissed (?:the|a|our)\b|\bfor nothing\b|\bhours? (?:of|to|on)\b|"
    r"\bwithout\b.*\bfor \w+ (?:minutes|hours|days)\b"
)


def times(text: str) -> tuple[str, ...]:
    """What a text says about when and how often, in the words typed: ("last week", "twice").

    Days, dates, "since go-live", "every claim", "about five a day"; not "often", "recently" or what is to come.
    Phrases that stand side by side are one: "on Tuesday last week".
    """
    spans: list[tuple[int, int]] = []
    for match in re.finditer(_WHEN, text, re.I):
        start, end = match.span()
        if spans and not text[spans[-1][1] : start].strip():
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return tuple(text[start:end] for start, end in spans)


def says_when(answer: str) -> bool:
    """Whether an answer to "when?" or "how often?" says it: anything but "not sure", "often" and the like."""
    return bool(times(answer)) or not re.fullmatch(_VAGUE_WHEN, answer, re.I)


def led_to(text: str) -> bool:
    """Whether a text says what came of it: "so we had to", "as a result", "which meant"."""
    return bool(re.search(_LED_TO, text, re.I))
