"""What makes a concern specific, and the one question that would make it more so.

Source of the purpose: that people are worried about AI cannot be acted on; which team distrusts which output, because
of what, how often, and what nobody told them, can (seeds, third article, "What Working Together Actually Requires").
A text is never refused for being vague: it is asked about, at most three times, and then taken as it is.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from domain.contributions import clean
from domain.occasions import Happening, happened, led_to, says_when, times
from domain.values import Value
from domain.wording import alike, singular, stem, words

MAX_QUESTIONS = 3


class Told(Value):
    """What a person has told of a concern so far; empty where they have not."""

    #: The key of the initiative, None where they are not sure.
    initiative: str | None = None
    #: What happened.
    what: str = ""
    #: When, and how often.
    when: str = ""
    #: What it led to.
    led_to: str = ""
    #: What they were told.
    was_told: str = ""
    would_settle: str = ""
    cause: str = ""
    #: To the message that it is about.
    link: str = ""
    #: Whether what they wrote may be quoted elsewhere, said by whoever gave their name.
    may_quote: bool = False


class Assessment:
    """Which elements of a specific concern are there, in the fields or in the sentences; looked for when asked."""

    def __init__(self, told: Told, *, deployment: bool) -> None:
        self._told = told
        #: Whether one is named.
        self.deployment = deployment

    @cached_property
    def happening(self) -> Happening:
        return happened(self._sentences)

    @cached_property
    def when(self) -> bool:
        told = self._told
        return bool(told.when and says_when(told.when)) or bool(times(self._sentences))

    @cached_property
    def consequence(self) -> bool:
        return bool(self._told.led_to.strip()) or led_to(self._told.what)

    @property
    def occasion(self) -> bool:
        """Whether it is about something that happened.

        What is done again and again, what was not done and how something was are in doubt; they count where it is
        said when or how often.
        """
        return self.happening is Happening.SURE or (self.happening is Happening.DOUBTFUL and self.when)

    @property
    def is_specific(self) -> bool:
        """Whether somebody can go to one deployment and look for something: it is named, and there is an occasion."""
        return self.deployment and self.occasion

    @property
    def _sentences(self) -> str:
        return "\n".join(text for text in (self._told.what, self._told.led_to) if text)


class Question(Value):
    """Something to ask."""

    #: The field of `Told` that the answer belongs to.
    field: str
    text: str


#: In the order in which they help: first what makes a concern specific, then what makes it easy to answer.
_QUESTIONS = {
    question.field: question
    for question in (
        Question(
            field="initiative",
            text="Which of these tools is it about? If it is none of them, keep “Not sure” and name it under "
            "“What happened?”.",
        ),
        Question(
            field="what",
            text="Is there one occasion that you remember? For example: "
            "“It marked a claim as a duplicate that was not one.”",
        ),
        Question(
            field="when",
            text="When was that, and how often does it happen? For example: "
            "“Last week, twice” or “every morning since the update”.",
        ),
        Question(
            field="would_settle",
            text="What would settle it for you? For example: “Tell us which limit was changed, and why.”",
        ),
        Question(field="led_to", text="What did it lead to? For example: “We checked every letter by hand.”"),
    )
}


def assess(told: Told, initiative_words: Collection[str]) -> Assessment:
    """Which elements are there, in the fields or in the sentences.

    `initiative_words` are the names and keys of initiatives, as people may type them; `named` says what counts as
    naming one. What happened is read in what happened and in what it led to; when, there and in its own field.
    """
    return Assessment(
        told, deployment=told.initiative is not None or bool(named(told.what, initiative_words))
    )


def next_question(told: Told, assessment: Assessment, asked: Sequence[str]) -> Question | None:
    """The open question that helps most, None where there is none or three were asked.

    `asked` are the fields of the questions asked so far; none is asked twice, whatever the answer was. Where only the
    time is missing for an occasion to count, that is asked first.
    """
    if len(asked) >= MAX_QUESTIONS:
        return None
    missing = {
        "initiative": not assessment.deployment,
        "what": not assessment.occasion,
        "when": not assessment.when,
        "would_settle": not told.would_settle.strip(),
        "led_to": not assessment.consequence,
    }
    fields = [field for field, is_missing in missing.items() if is_missing and field not in asked]
    if assessment.happening is Happening.DOUBTFUL and "when" in fields and "what" in fields:
        fields.remove("what")
    return _QUESTIONS[fields[0]] if fields else None


#: Instead of the one about the deployment, where somebody chose from a list and is not sure.
_CALLED = Question(
    field="what",
    text="What do people call the tool? Add it to what happened. For example: “The invoice tool marked it twice.”",
)


def in_the_form(question: Question, *, chosen: bool) -> Question:
    """A question as it is asked in a form, in which a deployment, or that they are not sure, was `chosen`."""
    return _CALLED if question.field == "initiative" and chosen else question


def understood(text: str, names: Mapping[str, str]) -> Told:
    """What can be taken from one line: the initiative, when, and the whole line as what happened.

    `names` gives the key for each name that an initiative may be called by, its key included. Where two initiatives
    are named equally well, none is taken.
    """
    text = clean(text)
    found = named(text, names)
    best = max(found.values(), default=0)
    keys = {names[name] for name, strength in found.items() if strength == best}
    return Told(initiative=keys.pop() if len(keys) == 1 else None, what=text, when=", ".join(times(text)))


# --- names of initiatives ------------------------------------------------------------------------------------------


def _all(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOOLS = _all(
    """tool bot assistant system software app model agent copilot robot engine program programme machine helper
    chatbot algorithm platform pilot ai"""
)
_SMALL = _all("a an the of in for and at on to with by our ai")


def named(text: str, names: Collection[str]) -> dict[str, int]:
    """Which of the names a text uses, and how surely: 3 the whole name, 2 a word of it and "tool", 1 its last word.

    The whole name counts in any order and with a word or two between: "the matching of invoices". One of its words
    counts beside a word like "tool" or "bot": "the claims bot". Its last word counts alone ("the triage") unless
    that is such a word itself, another name ends with it too, or it is a word of another name: "claims" is what the
    work is about before it is a tool. Plurals, British and American spelling and one typo in words of at least 5
    letters are forgiven.
    """
    read = _Read(text)
    parts = {name: _content(name) for name in names}
    found = {name: _strength(read, name, parts) for name in names}
    return {name: strength for name, strength in found.items() if strength}


class _Read:
    """A text as its names are looked for: where each word stands, in singular."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = words(text)
        self.singulars = [singular(token.text) for token in self.tokens]
        self.places: dict[str, list[int]] = {}
        for at, word in enumerate(self.singulars):
            self.places.setdefault(word, []).append(at)
        self.stems = {word: stem(word) for word in self.places}

    def of(self, part: str, *, stemmed: bool = False) -> list[int]:
        """Where a word stands, in the form that `singular` gives it, typos forgiven."""
        root = stem(part) if stemmed else None
        return sorted(
            at
            for word, places in self.places.items()
            if alike(word, part) or self.stems[word] == root
            for at in places
        )


def _content(name: str) -> tuple[str, ...]:
    every = [singular(word.text) for word in words(name)]
    return tuple(word for word in every if word not in _SMALL) or tuple(every)


def _strength(read: _Read, name: str, parts: Mapping[str, tuple[str, ...]]) -> int:
    mine = parts[name]
    if not mine:
        return 0
    if len(mine) > 1 and _whole([read.of(part, stemmed=True) for part in mine]):
        return 3
    if any(_beside_a_tool(read, at) for part in mine if part not in _TOOLS for at in read.of(part)):
        return 2
    head = mine[-1]
    elsewhere = {
        part
        for other, theirs in parts.items()
        if other != name and theirs != mine
        for part in (() if theirs == (head,) else theirs)
    }
    if head in _TOOLS or head in elsewhere:
        return 0
    return int(any(_is_a_name(read, at) for at in read.of(head)))


def _whole(places: Sequence[Sequence[int]]) -> bool:
    """Whether all words of a name stand together, at most two others among them."""
    reach = len(places) + 1
    others = [set(each) for each in places[1:]]
    return any(
        all(not near.isdisjoint(range(first - reach, first + reach + 1)) for near in others)
        for first in places[0]
    )


def _beside_a_tool(read: _Read, at: int) -> bool:
    if at + 1 < len(read.tokens) and read.singulars[at + 1] in _TOOLS:
        return True
    before = [word for word in read.singulars[max(0, at - 3) : at] if word not in {"the", "our"}]
    return len(before) >= 2 and before[-1] == "for" and before[-2] in _TOOLS


def _is_a_name(read: _Read, at: int) -> bool:
    """Whether a word may be a name where it stands: one in -ing follows an article or begins a sentence."""
    token = read.tokens[at]
    if not token.text.endswith("ing"):
        return True
    before = read.text[max(0, token.start - 20) : token.start].rstrip()
    return (
        not before or before[-1] in ".!?:;\n" or bool(re.search(r"\b(?:the|our|this|by|from)$", before, re.I))
    )
