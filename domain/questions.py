"""What a question of a pulse is: what it is about, its scale, how an answer is read, and questions of one's own.

The questions that come with Tandem are in `domain.question_bank`. Two habits come from survey research (Krosnick and
Presser, "Question and Questionnaire Design", Handbook of Survey Research, 2010): all five points of a scale carry
words, and where it reads well a question asks for the thing itself ("how often", "how easy") and not for agreement,
since people lean towards agreeing.
"""

import hashlib
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, field_validator

from domain.contributions import clean
from domain.errors import InvalidField
from domain.values import Value

MAX_TEXT = 150
MAX_LABEL = 40
FEWEST_WORDS = 3
#: What stands for the tool where a pulse is about no single one.
ANY_TOOL = "the AI tools we use"
LOWEST, HIGHEST = 1, 5

Direction = Literal["high", "low"]
Label = Annotated[str, Field(min_length=1, max_length=MAX_LABEL)]
#: The words of the five points, from 1 to 5.
Labels = tuple[Label, Label, Label, Label, Label]


class Driver(StrEnum):
    """What a question is about: the three causes of resistance, what lies beneath them, and use itself."""

    UNDERSTANDING = "understanding"
    TRUST = "trust"
    INTEREST = "interest"
    FAIRNESS = "fairness"
    CONTROL = "control"
    TIME = "time"
    HELP = "help"
    ROLE = "role"
    VOICE = "voice"
    USE = "use"

    @property
    def label(self) -> str:
        """The driver as people read it."""
        return _DRIVER_LABELS[self]

    @property
    def sensitive(self) -> bool:
        """Whether an honest answer could be held against somebody; its questions are read in larger groups."""
        return self in (Driver.INTEREST, Driver.CONTROL)


_DRIVER_LABELS: Mapping[Driver, str] = {
    Driver.UNDERSTANDING: "Understanding",
    Driver.TRUST: "Trust in the results",
    Driver.INTEREST: "Own interest",
    Driver.FAIRNESS: "Fairness of credit",
    Driver.CONTROL: "Control",
    Driver.TIME: "Time to experiment",
    Driver.HELP: "Someone to ask",
    Driver.ROLE: "Role recognised",
    Driver.VOICE: "Voice heard",
    Driver.USE: "Use",
}

#: The three causes of resistance (seeds, third article, "What Resistance Is Actually Telling You").
CAUSES = (Driver.UNDERSTANDING, Driver.TRUST, Driver.INTEREST)

AGREEMENT: Labels = (
    "Strongly disagree",
    "Disagree",
    "Neither agree nor disagree",
    "Agree",
    "Strongly agree",
)
FREQUENCY: Labels = ("Never", "Rarely", "Sometimes", "Often", "Very often")
CONFIDENCE: Labels = (
    "Not at all confident",
    "Slightly confident",
    "Moderately confident",
    "Very confident",
    "Extremely confident",
)
EASE: Labels = ("Very hard", "Hard", "Neither hard nor easy", "Easy", "Very easy")
SCALES = (AGREEMENT, FREQUENCY, CONFIDENCE, EASE)

#: How a question begins whose answers have a scale of their own; everything else is agreed with or not.
OPENINGS: Mapping[str, Labels] = {
    "how often": FREQUENCY,
    "how confident": CONFIDENCE,
    "how easy": EASE,
}


class Question(Value):
    """One question of a pulse, answered from 1 to 5."""

    #: Stays when the wording is corrected: "understanding.for_me".
    key: str = Field(pattern=r"^[a-z]+\.[a-z0-9_]+$")
    driver: Driver
    #: `{tool}` stands for the name of the tool; `asked` puts it in.
    text: str = Field(min_length=1, max_length=MAX_TEXT)
    #: Which end of the scale is the good one.
    favourable: Direction
    labels: Labels
    #: Read in larger groups, and more coarsely.
    sensitive: bool
    #: Which article, and the idea in a few words.
    source: str = Field(min_length=1)

    @field_validator("labels")
    @classmethod
    def _told_apart(cls, labels: Labels) -> Labels:
        if len(set(labels)) != len(labels):
            raise ValueError("the five points need five labels")
        return labels


class Stance(StrEnum):
    FAVOURABLE = "favourable"
    NEUTRAL = "neutral"
    UNFAVOURABLE = "unfavourable"


def asked(question: Question, tool: str | None) -> str:
    """The question as people read it, about a tool, or about AI tools where `tool` is None."""
    return question.text.replace("{tool}", tool or ANY_TOOL)


def stance(question: Question, answer: int) -> Stance:
    """How an answer from 1 to 5 is counted: the two points at the good end, the middle, the other two.

    Raises ValueError for an answer that is not on the scale.
    """
    if not LOWEST <= answer <= HIGHEST:
        raise ValueError("an answer is from 1 to 5")
    good = answer if question.favourable == "high" else LOWEST + HIGHEST - answer
    if good == (LOWEST + HIGHEST) // 2:
        return Stance.NEUTRAL
    return Stance.FAVOURABLE if good > (LOWEST + HIGHEST) // 2 else Stance.UNFAVOURABLE


def scale_of(text: str) -> Labels:
    """The scale that fits how a question begins: "How often ..." has its own; a statement is agreed with or not."""
    plain = " ".join(text.casefold().split())
    return next((scale for opening, scale in OPENINGS.items() if plain.startswith(opening + " ")), AGREEMENT)


def own_question(text: str, driver: Driver, favourable: Direction) -> Question:
    """A question that somebody in HR wrote, with the scale that fits how it begins.

    Its key comes from its words and its direction, so that the same question asked again is compared with itself, and
    one that was turned around is not. Raises InvalidField, keyed `text`.
    """
    text = " ".join(clean(text).split())
    if not text:
        raise InvalidField(text="Please write the question that people will read.")
    if len(text) > MAX_TEXT:
        raise InvalidField(text=f"That is {len(text):,} characters; please keep a question to {MAX_TEXT}.")
    if len(re.findall(r"\w+", text)) < FEWEST_WORDS:
        raise InvalidField(text=f"Please write a whole sentence, of at least {FEWEST_WORDS} words.")
    digest = hashlib.sha256(f"{favourable} {text.casefold()}".encode()).hexdigest()[:12]
    return Question(
        key=f"own.{digest}",
        driver=driver,
        text=text,
        favourable=favourable,
        labels=scale_of(text),
        sensitive=driver.sensitive,
        source="Written in this organisation",
    )
