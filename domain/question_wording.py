"""Gentle doubts about how a question is worded: leading, two questions in one, or unfit for five points.

The rules read English. They only ever ask; the person who writes the question decides. The advice is that of survey
research (Krosnick and Presser, "Question and Questionnaire Design", Handbook of Survey Research, 2010): plain words,
one thing at a time, no push towards an answer, no negation, a scale that fits. What the rules look for is listed in
`domain.question_phrases`; they know set phrases and no grammar, so about half of what is worded less plainly passes
them (`python -m tests.pulses.wording_report`).
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from domain import question_phrases as phrases
from domain.questions import OPENINGS

MOST_WORDS = 25


class Doubt(NamedTuple):
    #: The name of the rule: a key of `RULES`.
    rule: str
    #: What was noticed, and a way out.
    sentence: str


def doubts(text: str, *, names: Collection[str] = ()) -> tuple[Doubt, ...]:
    """What a careful reader would ask about a question's wording, one doubt a rule at the most, in the rules' order.

    `names` are first and last names of people in the directory: without them a name is only known by its title or an @.
    """
    plain = " ".join(text.replace("’", "'").split())
    found: list[Doubt] = []
    for rule, doubt in RULES.items():
        sentence = _person(plain, names) if rule == "person" else doubt(plain)
        if sentence is not None:
            found.append(Doubt(rule, sentence))
    return tuple(found)


def _double(text: str) -> str | None:
    """Two things in one question: an answer could mean either.

    "and", "or", "but", "plus", "as well as", "so that I", a slash, a semicolon or a clause with "which" joins two
    predicates or two things that are judged; or there are two sentences. Not meant: fixed pairs ("search and replace",
    "a day or two"), "between a and b", a pair in an opening clause that only sets the scene ("When a case is new or
    unusual, ..."), and a first sentence that asks to think of something.
    """
    sentences = [one for one in re.split(r"(?<=[.?!])\s+(?=[A-Z{])", _unabbreviated(text)) if one]
    if len([one for one in sentences if not phrases.SETTING_SENTENCE.match(one)]) > 1:
        return "These are two sentences, so an answer could be about either. Could each be a question of its own?"
    judged = phrases.OPENING_CLAUSE.sub("", text)
    for pattern in (phrases.FIXED_PAIRS, phrases.BETWEEN):
        judged = pattern.sub(" ", judged)
    match = phrases.JOINED.search(judged)
    if match is None:
        return None
    return f"{_quoted(match)} joins two things, and people may see them differently. Could it ask about one of them?"


def _leading(text: str) -> str | None:
    """A push towards an answer: "don't you agree", "surely", "how much better", a tag, a loaded adjective."""
    match = phrases.LEADING.search(text)
    if match is not None:
        return f"{_quoted(match)} leans towards one answer. Could the sentence stand without it?"
    match = phrases.LOADED.search(text)
    if match is not None:
        return f"{_quoted(match)} already judges. Would a plainer word leave the judgement to the reader?"
    return None


def _negation(text: str) -> str | None:
    """A negation, which turns disagreeing into a double negative; two of them are harder still.

    "without" and words such as "unsure" count as the second of two only. Not meant: "whether or not", "no matter",
    "do's and don'ts".
    """
    judged = phrases.NOT_NEGATIONS.sub(" ", text)
    match = phrases.NEGATIONS.search(judged)
    if match is None:
        return None
    if len(phrases.NEGATIONS.findall(judged)) + len(phrases.HALF_NEGATIONS.findall(judged)) > 1:
        return (
            "There are two negations in this, which is easily misread. Could it be said the other way round?"
        )
    return f"With {_quoted(match)} in it, disagreeing is a double negative. Could it be said the other way round?"


def _absolute(text: str) -> str | None:
    """A word without exception ("always", "all", "every"), so that one counter-example decides the answer.

    Not meant: how often ("every week") and set phrases ("first of all", "at all").
    """
    match = phrases.ABSOLUTES.search(phrases.NOT_ABSOLUTES.sub(" ", text))
    if match is None:
        return None
    return f"{_quoted(match)} allows no exception, so few can agree. Would “usually” or “most” say what is meant?"


def _long(text: str) -> str | None:
    """More than 25 words."""
    words = len(re.findall(r"[\w'-]+", text))
    if words <= MOST_WORDS:
        return None
    return f"This has {words} words; up to {MOST_WORDS} are read easily on a phone. What can go?"


def _jargon(text: str) -> str | None:
    """An abbreviation that is not explained in brackets, or a word that only specialists use."""
    # "SLA (answer time)", "answer time (SLA)", or a whole phrase in brackets further on.
    explained = {*re.findall(r"\((\S+)\)", text), *re.findall(r"(\S+) \(", text)}
    for found in phrases.ABBREVIATION.finditer(text):
        word = found[0]
        explained_later = re.search(r"\(\S+ [^)]+\)", text[found.end() :])
        if word.removesuffix("s") not in phrases.KNOWN_ABBREVIATIONS | explained and not explained_later:
            return f"{_quoted(found)} may not be known to everyone who is asked. Could it be written out?"
    match = phrases.JARGON.search(text)
    if match is None:
        return None
    return f"{_quoted(match)} is a specialist's word. How would you say it to a new colleague?"


def _person(text: str, names: Collection[str] = ()) -> str | None:
    """A question that rates one person: a name, a title with a name, an @, or an office that one person holds.

    "My manager" and "our team lead" are fine: they are parts that everyone has somebody for, and the answers are about
    the help that people get. "The head of claims" and "our CEO" are one person each, who would be rated by name. Names
    that are common words as well ("Will", "May") are left alone.
    """
    match = phrases.TITLED.search(text) or phrases.OFFICE.search(text)
    if match is None:
        known = {name.casefold() for name in names if len(name) > 1} - phrases.NOT_NAMES
        words = re.finditer(r"[^\W\d_]+(?:-[^\W\d_]+)*", text)
        match = next((word for word in words if word[0].istitle() and word[0].casefold() in known), None)
    if match is None:
        return None
    return (
        f"{_quoted(match)} points at one person. Could it ask what people experience in their work instead?"
    )


def _open(text: str) -> str | None:
    """A question for a number, a list or free text, which five points cannot say."""
    if phrases.NUMBER.search(text):
        return "This asks for a number, and the answer is one of five words. Would “How often” do?"
    if phrases.FREE_TEXT.search(text):
        return "This asks for words of one's own, and the answer is one of five. Could it be a statement?"
    return None


def _scale(text: str) -> str | None:
    """A question that the scale would not answer: yes or no, or a "How ..." that has no scale of its own here.

    A question that `_open` doubts is not doubted twice.
    """
    if _open(text) is not None or text.casefold().startswith(tuple(f"{opening} " for opening in OPENINGS)):
        return None
    if phrases.YES_OR_NO.search(text):
        return "This asks for yes or no. As a statement (“I can ...”) it would make use of all five points."
    if phrases.HOW.match(text):
        ways = ", ".join(f"“{opening.capitalize()}”" for opening in OPENINGS)
        return f"People answer from disagree to agree, which does not fit here. {ways} or a statement would."
    return None


def _future(text: str) -> str | None:
    """The future of one's own job, without a word on whom one can talk to about it."""
    if phrases.JOB_AT_RISK.search(text) and not phrases.SUPPORT.search(text):
        return (
            "This touches on whether people keep their job, and can worry them. "
            "Could it ask what would help, or say whom they can talk to?"
        )
    return None


#: Every rule by its name; what it looks for stands in its docstring.
RULES: Mapping[str, Callable[[str], str | None]] = {
    "double": _double,
    "leading": _leading,
    "negation": _negation,
    "absolute": _absolute,
    "long": _long,
    "jargon": _jargon,
    "person": _person,
    "open": _open,
    "scale": _scale,
    "future": _future,
}


def _unabbreviated(text: str) -> str:
    """The text without the full stops that end no sentence: "Dr. Weber"."""
    return re.sub(r"\b(Dr|Mr|Mrs|Ms|Prof|e\.g|i\.e|etc)\.", r"\1", text)


def _quoted(match: re.Match[str]) -> str:
    """What was found, as it is quoted back."""
    return f"“{match[0].strip(' ,.?')}”"
