"""Patterns of what may give an anonymous writer away, for English; names and teams are looked for in domain.giveaways.

With each stand the words or signs of which it needs at least one: a text that holds none of them is not searched.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache


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
    ECHO = "echo"
    LINK = "link"


def by_patterns(text: str) -> Iterator[tuple[Kind, int, int]]:
    """What is found, as (kind, start, end), in no order; a phrase may be found more than once.

    The text is one without accents and curly quotes.
    """
    there = _there(text)
    for kind, needs, pattern in _patterns():
        if not there.isdisjoint(needs):
            for match in pattern.finditer(text):
                yield kind, *match.span()


#: Stands for any of the digits.
DIGIT = r"\d"
_TOKEN = re.compile(r"[a-z]+|[^a-z\s]")


def _there(text: str) -> set[str]:
    """The words and signs of a text, as patterns see them: `re` takes a dotless i for an i."""
    there = set(_TOKEN.findall(text.casefold().replace("ı", "i")))
    if re.search(DIGIT, text):
        there.add(DIGIT)
    return there


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
#: After a number that counts something and names no case.
_COUNTED = (
    r"(?:a|an|per|more|new|other|different|times|euros?|dollars|pounds|people|days|hours|percent|claims|cases|letters|"
    r"invoices|tickets|files|orders|pages|copies|customers|users|licen[cs]es)"
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

_IN_ANY_CASE: tuple[tuple[Kind, str, str], ...] = (
    (Kind.EMAIL, "@", r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    (Kind.EMAIL, "dot", r"(?<![\w.+-])[\w.+-]+ (?:at|\(at\)|\[at\]) [\w-]+ (?:dot|\(dot\)|\[dot\]) \w+"),
    (Kind.NAME, "<", r"<@[\w.:-]+(?:\|[^>]*)?>|<at>[^<]*</at>"),
    (Kind.NAME, "@", r"(?<![\w.+-])@(?!(?:all|here|channel|everyone)\b)[a-z][\w.-]+"),
    (Kind.MANAGER, "my", rf"\bmy (?:\w+ )?{_LEADER}\b"),
    (
        Kind.PHONE,
        DIGIT,
        r"\b(?:ext(?:ension)?\.?|phone|tel\.?|mobile|cell|(?:direct |my )line|my number)\s*(?:no\.?|number)?"
        r"(?:\s*:\s*|\s+is\s+|\s+)\d{3,}",
    ),
    (
        Kind.PHONE,
        DIGIT,
        r"(?<![\w.,-])(?!\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b)(?:\+\d|\(0|0\d)[\d()/ .-]{6,20}\d(?![\w-])",
    ),
    (Kind.PHONE, DIGIT, r"(?<![\w.,/-])\d{3}-\d{4}(?![\w/-])"),
    (
        Kind.NUMBER,
        DIGIT,
        rf"\b{_PAPER}\s*(?:(?:no|nr|number|id)\.?\s*:?\s*|#\s*|:\s*)?(?!(?:19|20)\d\d(?![\d/-]))"
        rf"(?:[a-z]{{1,4}}[-/ ]?)?(?:\d{{3,}}(?![\w%]|[-/,.]\d)(?!\s+of\b)|\d{{3,}}(?:[-/.]\d+)+(?![\w%]|[-/,.]\d))"
        rf"(?!\s+{_COUNTED}\b)",
    ),
    (Kind.NUMBER, DIGIT, rf"\b{_PAPER}\s*(?:(?:no|nr|number|id)\.?\s*:?|#)\s*\w{{0,4}}[-/ ]?\d[\d/.-]*\d"),
    (Kind.NUMBER, DIGIT, r"(?<!\w)#\s?\d{2,}"),
    (Kind.NUMBER, DIGIT, r"(?<![\w.,+/-])(?:\d{6,}|(?:19|20)\d\d[-/]\d{3,})(?![\w/-]|[.,]\d)"),
    (Kind.DATE, DIGIT, rf"\b{_NTH}\.?\s+(?:of\s+)?{_MONTH}\b{_YEAR}"),
    (Kind.DATE, DIGIT, rf"\b(?:on|since|until|from|by)\s+(?:the\s+)?{_NTH}\.?\s+(?:of\s+)?may\b{_YEAR}"),
    (Kind.DATE, DIGIT, rf"\b{_MONTH}\s+(?:the\s+)?{_NTH}\b(?![:.,]?\d|%){_YEAR}"),
    (
        Kind.DATE,
        DIGIT,
        r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b",
    ),
    (
        Kind.DATE,
        DIGIT,
        rf"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+(?:the\s+)?{_NTH}\b(?![:.,]?\d|%|\s*[a-z])",
    ),
    (Kind.DATE, DIGIT, r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+the\s+\d{1,2}(?:st|nd|rd|th)\b"),
    (Kind.DATE, DIGIT, r"\bon\s+(?:the\s+\d{1,2}(?:st|nd|rd|th)|\d{1,2}[./]\d{1,2}\.?)(?![\d%])"),
    (
        Kind.DATE,
        DIGIT,
        r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?!\d|\s*(?:h|hours|min)\b)(?:\s*[ap]\.?m\b\.?)?",
    ),
    (Kind.DATE, DIGIT, r"\b(?:1[0-2]|0?[1-9])(?:[.:][0-5]\d)?\s*(?:[ap]\.?m\b\.?|o'clock)"),
    (Kind.DATE, "half quarter", rf"\b(?:half past|quarter (?:past|to)) (?:\d{{1,2}}|{_HOUR})\b"),
    (
        Kind.ONLY,
        "i we",
        r"\b(?:i am|i'm|i was|we are|we're)\s+(?:still\s+)?the\s+(?:only|first|last|oldest|youngest|newest)\b"
        r"(?:\s+(?!(?:thing|time|problem|way|reason)\b)[\w-]+){0,2}",
    ),
    (Kind.ONLY, "only", r"\bas (?:the|our) only(?:\s+[\w-]+){1,2}"),
    (
        Kind.ONLY,
        "only me",
        r"(?<!if )\bonly i\b|\b(?:but|except(?: for)?|apart from|besides|other than) me\b",
    ),
    (
        Kind.ONLY,
        "i",
        r"\b(?:i'm|i am|i was) one of (?:the )?(?:only |last |first )?(?:two|three|four|five|few|\d)\b(?: \w+){0,2}",
    ),
    (Kind.ONLY, "us", r"\b(?:there are|we are|we're) (?:only |just )?(?:the )?(?:two|three|four) of us\b"),
    (
        Kind.ONLY,
        "alone own myself single",
        r"\bi\b(?:\s+[\w']+){1,6}?\s+(?:alone|on my own|by myself|single-handed(?:ly)?)\b",
    ),
    (
        Kind.ROLE,
        "i my",
        rf"\b(?:as|being) (?:the|an?|our)\s+(?:[\w-]+\s+){{0,4}}?{_POST}\b(?:\s+of(?:\s+the)?(?:\s+\w+){{1,2}}?)?"
        r"(?=,?\s+(?:i|i'm|i've|my)\b)",
    ),
    (
        Kind.ROLE,
        "i",
        rf"\bi(?:'m| am) (?:the|our)\s+(?!(?:only|first|last)\b)(?:[\w-]+\s+){{0,3}}?{_POST}\b"
        r"(?:\s+of(?:\s+the)?\s+\w+)?",
    ),
    (
        Kind.ROLE,
        "as",
        rf"\b(?:speaking |working )?as (?:[\w-]+ ){{0,2}}?{_POST}\b(?:\s+of(?:\s+the)?\s+\w+)?(?=,|\s+(?:i|i'm|my)\b)",
    ),
    (
        Kind.ROLE,
        "i",
        rf"\bi(?:'m| am| was) (?!the (?:only|first|last)\b)(?:[\w-]+ ){{0,2}}?{_POST}\b"
        r"(?:\s+(?:of|for|in|on|at)(?:\s+the)?\s+\w+)",
    ),
    (Kind.ROLE, "my", r"\bin my (?:role|job|capacity|position|function) as(?:\s+[\w-]+){1,4}"),
    (
        Kind.CAREER,
        "i",
        rf"\b(?:since|when|before|after) i (?:first )?{_CAME}\b(?:\s+(?:here|in|from|to)(?:\s+\w+){{0,2}})?",
    ),
    (
        Kind.CAREER,
        "i",
        r"\bi(?:'m|'ll| am| will| was|'ve| have)? (?:only |just )?(?:joined|started here|hired|promoted|seconded|"
        r"transferred|retir\w+|resign\w*|leaving|pregnant|disabled|deaf|dyslexic|new here|work(?:ing)? part[- ]time)\b"
        r"(?:\s+\w+){0,2}",
    ),
    (
        Kind.CAREER,
        "leave over moved",
        r"\bi leave (?:in|at|next|the company|this)\b(?: \w+)?|\b(?:came over|moved here|moved over) from(?: \w+){1,2}",
    ),
    (
        Kind.CAREER,
        "my",
        r"\bmy (?:old|previous|former|last) (?:team|department|company|office|role|post|position|boss)\b",
    ),
    (
        Kind.CAREER,
        "used language",
        r"\bi used to (?:work|be|run|lead|manage)\b(?: \w+){0,3}|\bnot my (?:first|native) language\b",
    ),
    (
        Kind.CAREER,
        "my i",
        r"\bin my (?:first|second|third|last|final) (?:day|week|month|year)\b|\bi(?:'m| am) \d\d\b(?! ?%)",
    ),
    (
        Kind.CAREER,
        "my leave",
        rf"\bmy (?:\w+ ){{0,2}}{_LIFE}\b|\b(?:from|on|after) (?:parental|maternity|paternity|sick) leave\b",
    ),
    (
        Kind.CAREER,
        "years months",
        rf"\bi(?:'ve| have)? (?:been|worked|work)(?:\s+[\w']+){{0,6}}?\s+{_MANY} (?:years|months)\b"
        rf"|\b(?:in|after|with) (?:my )?{_MANY} years (?:in|of|as|here|at|on|with)\b"
        rf"|\b(?:i've|i have|my)(?: got)?(?: over| more than| almost| nearly)? {_MANY} years\b",
    ),
    (
        Kind.CAREER,
        "back",
        r"\bi(?:'m| am| was)? (?:\w+ )?(?:came |got )?back (?:at work )?(?:from|after) (?:\w+ )?\w+",
    ),
    (
        Kind.CAREER,
        "my",
        r"\bmy (?:wife|husband|partner|girlfriend|boyfriend|son|daughter|kids?|child(?:ren)?|mother|father|brother|"
        r"sister|twins?)\b",
    ),
    (
        Kind.QUOTE,
        "said says wrote thinks",
        rf"\b{_SOMEBODY}\s+(?:\w+\s+){{0,2}}?(?:said|says|wrote|thinks)\b[^.!?\n]{{0,40}}?\bthat (?:i|i'm|i am)\b",
    ),
    (
        Kind.QUOTE,
        "our my",
        r"\b(?:in|at|during) (?:our|my) (?:last |yearly |annual )?(?:one-(?:to|on)-one|1:1|1-1|appraisal|feedback talk|"
        r"performance review|review)\b|\bto my face\b",
    ),
    (
        Kind.QUOTE,
        "me",
        rf"\b{_SOMEBODY}\s+(?:\w+\s+)?(?:said\s+to|told|asked|wrote\s+to)\s+me\b(?:[\s:,]*{_QUOTED})?",
    ),
    (
        Kind.QUOTE,
        '"',
        rf"\b{_SOMEBODY}\s+(?:\w+\s+)?(?:said|says|asked|answered|replied|shouted|told)"
        rf"(?:\s+(?:to\s+)?(?:me|us))?[\s:,]+{_QUOTED}",
    ),
    (Kind.QUOTE, '"', rf"{_QUOTED}[\s,]*(?:{_SOMEBODY}\s+(?:said|told)|said\s+{_SOMEBODY})\b"),
    (
        Kind.QUOTE,
        '"',
        rf"{_QUOTED}[\s,]*(?:was|is|were) (?:the|her|his|their) (?:\w+ )?(?:answer|reply|comment|reaction|words?)\b",
    ),
    (Kind.QUOTE, '"', rf"\bi was told[\s:,]*{_QUOTED}"),
    (
        Kind.QUOTE,
        "i",
        r"\bi (?:said (?:it |this |so )?to|told|asked|complained to|wrote to|reported (?:it|this) to) "
        r"(?:him|her|my \w+|the (?:boss|manager|director|head|team lead|trainer))\b",
    ),
)
_AS_WRITTEN: tuple[tuple[Kind, str, str], ...] = (
    (Kind.NAME, "mr mrs ms miss mx dr prof", r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.?\s+[A-Z][\w'-]+"),
    (Kind.NUMBER, DIGIT, rf"\b{_KNOWN}[A-Z]{{1,6}}-?\d{{4,}}\b|\b{_KNOWN}[A-Z]{{2,6}}-\d{{2,}}\b"),
    (
        Kind.GREETING,
        "hi hello hey dear good",
        rf"\A\s*(?:[Hh]i|[Hh]ello|[Hh]ey|[Dd]ear|[Gg]ood (?:morning|afternoon))\s+{_OTHERS}"
        r"[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)?",
    ),
    (
        Kind.GREETING,
        "regards wishes best thanks thank cheers yours sincerely greetings",
        rf"\b{_BYE}\s*[,\n]\s*{_OTHERS}{_SIGNED}",
    ),
    (Kind.GREETING, "- – —", rf"(?:\n|\A)\s*[-–—]+\s*{_SIGNED}"),
)


@cache
def _patterns() -> tuple[tuple[Kind, frozenset[str], re.Pattern[str]], ...]:
    """All of them, made when the first text is looked at: a process starts the sooner."""
    return tuple(
        (kind, frozenset(needs.split()), re.compile(pattern, flags))
        for patterns, flags in ((_IN_ANY_CASE, re.I), (_AS_WRITTEN, re.NOFLAG))
        for kind, needs, pattern in patterns
    )
