"""The words and phrases that the rules on the wording of questions look for."""

import re

_I = re.IGNORECASE


def _any(*phrases: str) -> re.Pattern[str]:
    """One of some phrases (patterns) as whole words, in any case."""
    return re.compile(rf"(?<![\w'-])(?:{'|'.join(phrases)})(?![\w'-])", _I)


JOINED = re.compile(
    r"\band/or\b|(?:\S+ )?\b(?:and|or|but|plus|as well as)\b(?: \S+)?|\S+ & \S+"
    r"|;|, (?:which|who|although|though|so|yet)\b(?: \S+)?|\bso (?:that )?(?:I|we|my|our|it|they)\b"
    r"|\bwhile (?:also|still|[a-z]+ing)\b"
    r"|\b(?!(?:he|his|s|yes|n)/)[^\W\d_]{2,}/[^\W\d_]{2,}\b",
    _I,
)
#: A clause that only says when: what it joins is not judged.
OPENING_CLAUSE = re.compile(
    r"^(?:when|whenever|if|after|before|since|while|once|in|at|on|with|for)\b[^,]*,", _I
)
SETTING_SENTENCE = re.compile(r"(?:think|imagine|consider|please think|remember|suppose)\b", _I)
BETWEEN = re.compile(r"\bbetween\b.*?\band\b", _I)
#: Pairs that name one thing, and joins that add none.
FIXED_PAIRS = _any(
    r"(?:search|find) and replace",
    r"copy and paste",
    r"drag and drop",
    r"cut and paste",
    r"terms and conditions",
    r"trial and error",
    r"health and safety",
    r"pros and cons",
    r"(?:do's|dos) and don'?ts",
    r"questions and answers",
    r"research and development",
    r"learning and development",
    r"profit and loss",
    r"supply and demand",
    r"inputs? and outputs?",
    r"names and addresses",
    r"name and address",
    r"ups and downs",
    r"give and take",
    r"wear and tear",
    r"back and forth",
    r"black and white",
    r"now and (?:then|again)",
    r"time and again",
    r"again and again",
    r"step by step and",
    r"each and every",
    r"rules and regulations",
    r"policies and procedures",
    r"HR and (?:the )?(?:AI function|AI|IT)",
    r"(?:the )?AI function and HR",
    r"(?:try|go|come|wait) and",
    r"and so on",
    r"more or less",
    r"yes or no",
    r"sooner or later",
    r"whether or not",
    r"one way or another",
    r"or (?:not|so|more|less|later|similar|the like|another)",
    r"(?:one|two|three|four|five|\d+) or (?:two|three|four|five|six|\d+)",
    r"an? (?:\w+) or two",
    r"anything but",
    r"all but",
)

LEADING = _any(
    r"(?:do|does|did|would|should|is|are|was|were|have|has|can|could|will)n't (?:you|we|it|they|this|that)",
    r"(?:do|would|should) you not",
    r"(?:agree|admit) that",
    r"surely",
    r"obviously",
    r"undoubtedly",
    r"without (?:a )?doubt",
    r"of course",
    r"needless to say",
    r"^clearly",
    r"(?:is|are) clearly",
    r"as (?:we|you|everyone|everybody)(?: all)? knows?",
    r"(?:everyone|everybody) (?:knows|agrees)",
    r"(?:most|many) (?:people|colleagues|experts) (?:think|agree|say|find|believe)",
    r"how much (?:better|easier|faster|quicker|worse|harder|more|less)",
    r"how much (?:do|did) you (?:love|like|enjoy|hate|miss)",
    r"(?:it (?:be|is) )?fair to say",
    r"how (?:great|amazing|bad|awful|happy|excited|annoyed|frustrated|worried)",
    r"how (?:has|have|did) (?:\S+ ){1,4}(?:improved?|helped?|eased?|benefit(?:ed|ted)?|harm(?:ed)?|worsen(?:ed)?)",
    r"^(?:given|considering) (?:that|how|the)",
    r"(?<=, )(?:right|correct|no|agreed)(?=\?$)",
    r"thanks to",
    r"the benefits of",
    r"the improved",
)
#: Adjectives that have judged before the reader does.
LOADED = _any(
    "amazing",
    "awesome",
    "great",
    "wonderful",
    "fantastic",
    "excellent",
    "brilliant",
    "superb",
    "outstanding",
    "impressive",
    "exciting",
    "innovative",
    "powerful",
    "superior",
    "award-winning",
    "perfect",
    "flawless",
    "modern",
    "cutting-edge",
    "state-of-the-art",
    "world-class",
    "revolutionary",
    "awful",
    "terrible",
    "horrible",
    "dreadful",
    "useless",
    "pointless",
    "ridiculous",
    "stupid",
    "annoying",
    "frustrating",
    "disappointing",
    "tedious",
    "cumbersome",
    "outdated",
    "old-fashioned",
    "backward",
    "scary",
    "dangerous",
    "threatening",
)

NEGATIONS = _any(
    "not",
    "cannot",
    "never",
    "no",
    "no-one",
    "nobody",
    "nothing",
    "none",
    "neither",
    "nor",
    "hardly",
    "barely",
    "unable",
    "disagree",
    "distrust",
    "dislike",
    r"[a-z]+n't",
)
#: They make a second negation, and are none by themselves.
HALF_NEGATIONS = _any(
    "without",
    "unless",
    "unaware|unclear|uncommon|uncertain|unclear|unfair|unhappy|unhelpful|unknown|unlikely|unreliable|unsure"
    "|unusual|unwilling|impossible|incorrect|inaccurate|insecure|irrelevant|dissatisfied",
)
NOT_NEGATIONS = _any(
    "whether or not",
    "no matter",
    "yes or no",
    r"(?:do's|dos) and don'?ts",
    "not only",
    "isn't it",
    r"^[a-z]+n't (?:you|we|it|they|this|that|the|your)",
)

ABSOLUTES = _any(
    "always",
    "never",
    "all",
    "every",
    "everyone",
    "everybody",
    "everything",
    "everywhere",
    "anyone",
    "nobody",
    "no one",
    "no-one",
    "none",
    "nothing",
    "completely",
    "totally",
    "entirely",
    "fully",
    "absolutely",
    "perfect(?:ly)?",
    "only one",
    "the only",
    "constantly",
    "without exception",
    "100 ?(?:%|per ?cent)",
    "under any circumstances",
)
NOT_ABSOLUTES = _any(
    r"every (?:other )?(?:day|week|fortnight|month|quarter|year|morning|Monday|Tuesday|Wednesday|Thursday|Friday)",
    "every now and (?:then|again)",
    "every so often",
    "first of all",
    "above all",
    "after all",
    "all in all",
    "not at all",
    "at all",
    "all right",
    "overall",
)

#: Two to six capitals, figures among them: "RAG", "KPIs", "GPT4".
ABBREVIATION = re.compile(r"\b[A-Z][A-Z0-9]{1,5}s?\b")
KNOWN_ABBREVIATIONS = frozenset(
    (
        "AI",
        "HR",
        "IT",
        "PC",
        "PDF",
        "OK",
        "TV",
        "UK",
        "US",
        "EU",
        "FAQ",
        "ID",
        "CEO",
        "CFO",
        "COO",
        "CIO",
        "CTO",
        "CHRO",
    )
)
JARGON = _any(
    r"leverag(?:e|es|ed|ing)",
    r"synerg(?:y|ies)",
    "paradigm",
    "stakeholders?",
    "low-hanging",
    "enablement",
    "upskilling",
    "reskilling",
    "workstreams?",
    "backlog",
    "best practices?",
    "buy-in",
    "guardrails?",
    "operating model",
    "value proposition",
    "change management",
    "deep dive",
    "touchpoints?",
    "agentic",
    r"hallucinat(?:e|es|ed|ing|ion|ions)",
    r"fine-tun(?:e|ed|ing)",
    r"embeddings?",
    "inference",
    "latency",
    "prompt engineering",
    "context window",
    r"(?:model|data) drift",
    "human-in-the-loop",
    "CoE",
    "MLOps",
    "GenAI",
    "use cases?",
)

#: "Dr. Weber", "Mrs Okafor", "@jonas".
TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Herr|Frau)\b\.? [A-Z]\w+|(?<!\w)@\w+"
    r"|\b(?:champion|colleague|manager|lead|boss|director|expert|coach|trainer) [A-Z][a-z]+\b"
)
#: An office that one person holds in an organisation.
OFFICE = re.compile(
    r"\b(?:[Tt]he|[Oo]ur|[Mm]y) (?:C[A-Z]{1,3}O|(?:chief|managing) [\w ]*?(?:officer|director)"
    r"|(?:vice )?president|chair(?:man|woman|person)?|founder|owner of [\w-]+"
    r"|(?:head|director|manager|team lead|lead) (?:of|for) [\w-]+)\b"
)

#: Words that begin sentences or name months, and are somebody's name as well.
NOT_NAMES = frozenset(
    (
        "an",
        "april",
        "august",
        "can",
        "do",
        "grace",
        "grant",
        "hope",
        "in",
        "it",
        "june",
        "mark",
        "may",
        "my",
        "so",
        "will",
    )
)

NUMBER = _any(
    "how many",
    r"how much (?:time|money|effort|of your (?:time|day|week))(?= (?:do|does|did|have|has|would|is|are)\b)",
    r"how (?:long|old|large|far)(?= (?:do|does|did|have|has|would|is|are|was|were)\b)",
    r"what (?:percentage|share|number|proportion)",
    "in per ?cent",
    r"(?:on a scale )?from \d+ to \d+",
    "on a scale of",
    r"\d+ (?:points|stars)",
)
_HELPING_VERB = r"(?:do|does|did|is|are|was|were|have|has|had|can|could|will|would|should|may|might|must)"
FREE_TEXT = re.compile(
    r"^(?:and |so )?(?:what|which|why|who|whom|whose|where|when)\b[^.]*\?$"
    r"|^how (?:do|does|did|has|have|had|can|could|will|would|should|may|might)\b[^.]*\?$"
    r"|^(?:please )?(?:describe|explain|list|name|comment|tell us|write|give (?:an|some) examples?)\b"
    r"|\bin your own words\b|:$|^number of\b",
    _I,
)
YES_OR_NO = re.compile(rf"^{_HELPING_VERB}(?:n't)? .*\?$|\byes or no\b", _I)
HOW = re.compile(r"^(?:how|to what extent)\b.*\?$", _I)

_OWN_JOB = r"(?:my|your|our|own|people's) (?:own )?(?:job|jobs|position|role|post)"
JOB_AT_RISK = re.compile(
    rf"\b{_OWN_JOB}\b.*\b(?:exist|exists|safe|secure|at risk|in danger|disappear|gone|replaced|cut|lost|still be"
    r"|superfluous|obsolete|redundant|unnecessary)\b"
    rf"|\b(?:lose|losing|lost|keep|keeping|replace|replaces|replacing|take|takes|taking|cost|costs) {_OWN_JOB}\b"
    rf"|\b(?:about|means? for|future of|fear for|afraid for|worry about) {_OWN_JOB}\b"
    r"|\b(?:I|me|you|us|we|people)\b[^.]*\b(?:be|being|am|are) (?:replaced|made redundant|laid off|let go|dismissed)\b"
    r"|\b(?:in|within) \w+ years?\b.*\b(?:job|role|position)\b|\b(?:job|role|position)\b.*\b(?:in|within) \w+ years?\b"
    r"|\bfewer (?:of us|people|jobs|colleagues)\b|\bheadcount\b"
    r"|\bjob (?:security|cuts|losses)\b|\bredundanc(?:y|ies)\b|\blay-?offs?\b",
    _I,
)
SUPPORT = _any(
    "talk to", "talk with", "speak to", "speak with", "turn to", "support", "supported", "help", "helps"
)
