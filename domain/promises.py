"""What people are promised before they answer a pulse or raise a concern: plain sentences from the frozen settings.

The sentences are made from the settings that a pulse was launched with, never written by hand, so that what is said
and what is done cannot drift apart. `docs/privacy.md` says the same at length; a test holds the two together.
"""

from enum import StrEnum
from typing import Literal, NamedTuple, Self

from pydantic import Field, model_validator

from domain.blocks import LEAST_ANSWERS, LEAST_COMMENTS
from domain.values import Value

#: How long the code of an anonymous concern is, in characters.
CODE_LENGTH = 25


class Adversary(StrEnum):
    """From whom an answer is kept, or is not: the rows of the table in `docs/privacy.md`."""

    READER = "Somebody who reads the results"
    ONE_COPY = "A thief with one copy of the database"
    MANY_COPIES = "A thief with many copies of the database and its logs of changes"
    WRITER = "A database administrator who changes data"
    AFTER_CLOSE = "Somebody with the database and the vault after closing"
    WHILE_OPEN = "Somebody with the database and the vault while the pulse is open, or with altered code"
    LOGS = "Somebody who reads logs, queues and traces"
    PLATFORM = "Slack, Microsoft, or the owner of the workspace"


class Terms(Value):
    """What a pulse was launched with, as far as it is promised."""

    #: A group is shown from so many answers, where no question is sensitive.
    k: int = Field(ge=5)
    #: So many answers at either end of a count are not told apart.
    m: int = Field(ge=2)
    #: The same two where a question is sensitive; None where none is.
    sensitive_k: int | None = Field(default=None, ge=5)
    sensitive_m: int | None = Field(default=None, ge=2)
    has_comments: bool = False
    #: The last day to answer, as people read it: "Friday 4 December".
    closes_on: str = Field(min_length=1)
    #: Who holds the opening key, as in "the works council"; None where the server does.
    trustee: str | None = Field(default=None, min_length=1)
    platform: Literal["Slack", "Microsoft Teams"]

    @property
    def group(self) -> int:
        """How many answers a group has at least: all questions share one set of groups (`domain.releases.release`)."""
        return self.k if self.sensitive_k is None else self.sensitive_k

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        if (self.sensitive_k is None) != (self.sensitive_m is None):
            raise ValueError("sensitive_k and sensitive_m are given together or not at all")
        if self.k < 2 * self.m + 1:
            raise ValueError("k is at least 2m + 1")
        if self.sensitive_k is not None and self.sensitive_m is not None:
            if self.sensitive_k < 2 * self.sensitive_m + 1:
                raise ValueError("sensitive_k is at least 2 sensitive_m + 1")
            if self.sensitive_k < self.k or self.sensitive_m < self.m:
                raise ValueError("sensitive questions are protected at least as well as the others")
        return self


class Clause(NamedTuple):
    """One point of the promise: its sentences, and whom it is about."""

    sentences: tuple[str, ...]
    about: frozenset[Adversary] = frozenset()


def promise(terms: Terms) -> tuple[str, ...]:
    """The sentences shown before the first question and under "Who can see this?", in their order."""
    return tuple(sentence for clause in clauses(terms) for sentence in clause.sentences)


def short_promise(terms: Terms) -> str:
    """The two sentences of an invitation."""
    return (
        "Your answer is locked before it is stored, opened only when the pulse closes, and shown only within a "
        f"group of at least {terms.group}. "
        "Readers can guess but not be certain what you said; the bot knows whether you answered, so that it can "
        "remind you."
    )


def clauses(terms: Terms) -> tuple[Clause, ...]:
    """The promise point by point, with the adversaries that each point is about."""
    return tuple(clause for part in parts(terms) for clause in part.clauses)


class Part(NamedTuple):
    """Points that belong together, under a few words that say what they are about."""

    heading: str
    clauses: tuple[Clause, ...]


def parts(terms: Terms) -> tuple[Part, ...]:
    """The promise as it is read: where it cannot hold first, then what is done, what is shown and what remains."""
    return (
        Part(f"In {terms.platform}", (_platform(terms),)),
        Part("What happens to your answer", _handling(terms)),
        Part(
            "What the results show",
            (
                _groups(terms),
                Clause((_guess(terms.m),), frozenset({Adversary.READER})),
                *((_comments(),) if terms.has_comments else ()),
            ),
        ),
        Part("What somebody else could find out", _elsewhere(terms)),
    )


def _handling(terms: Terms) -> tuple[Clause, ...]:
    return (
        Clause(
            (
                "Your answer is locked before it is stored.",
                "It is opened only when the pulse closes and counted with the others; "
                "then the keys on the server are destroyed.",
            )
        ),
        Clause(
            (
                "The bot knows whether you answered, so that it reminds only those who have not.",
                "It shows nobody who that is.",
            )
        ),
        Clause(
            (f"Until the end of {terms.closes_on} you can change or withdraw your answer; later you cannot.",)
        ),
    )


def _elsewhere(terms: Terms) -> tuple[Clause, ...]:
    return (
        Clause(
            (
                "A stolen copy of the database holds no readable answer of an open pulse, "
                "only the list of the invited.",
            ),
            frozenset({Adversary.ONE_COPY}),
        ),
        Clause(
            ("Many copies over time can hint at who took part, never at what anybody said.",),
            frozenset({Adversary.MANY_COPIES}),
        ),
        Clause(
            (
                "Somebody who can change the database cannot read, forge or move an answer, "
                "but could remove one or bring an older one back.",
            ),
            frozenset({Adversary.WRITER}),
        ),
        _early_opening(terms),
        Clause(
            ("After closing nothing can be opened again, unless somebody copied the keys before.",),
            frozenset({Adversary.AFTER_CLOSE}),
        ),
        Clause(
            ("Logs and queues hold no answer; the time of a click can be in them.",),
            frozenset({Adversary.LOGS}),
        ),
    )


def _platform(terms: Terms) -> Clause:
    return Clause(
        (
            f"{terms.platform} and the bot see what you click, and the card in your chat goes on showing it.",
            "Whoever owns the workspace may have tools that show it too.",
            "We cannot change that: what follows begins where your answer reaches the bot.",
        ),
        frozenset({Adversary.PLATFORM}),
    )


def _groups(terms: Terms) -> Clause:
    sentences = [
        f"Results are shown for groups of at least {terms.group} answers; a smaller team is counted in a larger group.",
        f"Numbers near the ends are blurred: 0 to {terms.m} look the same, and so do all and all but {terms.m}.",
    ]
    if terms.sensitive_m is not None:
        sentences.append(f"Sensitive questions are blurred further: up to {terms.sensitive_m} at either end.")
    sentences.append(
        f"If fewer than {terms.group} people answer in all, the answers are destroyed unread, and you are told."
    )
    return Clause(tuple(sentences), frozenset({Adversary.READER}))


def _guess(m: int) -> str:
    insiders = "one colleague shares" if m == 2 else f"{m - 1} colleagues share"
    return (
        "Whoever reads the results can guess what you said but not be certain, "
        f"even if {insiders} their own answers."
    )


def _early_opening(terms: Terms) -> Clause:
    if terms.trustee is None:
        sentences: tuple[str, ...] = (
            "Whoever controls both the server and its keys, or changes the bot's code, "
            "could read answers before the pulse closes.",
        )
    else:
        sentences = (
            f"The key that opens the answers is held by {terms.trustee}, not by the server: "
            "stored answers cannot be opened early without it.",
            "Whoever changes the bot's code could still read answers as they arrive.",
        )
    return Clause(sentences, frozenset({Adversary.WHILE_OPEN}))


def _comments() -> Clause:
    return Clause(
        (
            "Comments are shown word for word, shuffled, without a time and beside no score.",
            f"That needs {LEAST_ANSWERS} answers and {LEAST_COMMENTS} comments in one department; "
            "else they stand with those of other departments, or are destroyed unread.",
            "Your own words can give you away, so leave out names and details.",
        ),
        frozenset({Adversary.READER}),
    )


def concern_promise(anonymous: bool, push: bool) -> tuple[str, ...]:
    """What is said before a concern is sent.

    `push` is the wish to be told of an answer in a message; a named concern is always answered in one.
    """
    if not anonymous:
        return (
            "Your name is kept with what you write, and those who handle concerns here see both.",
            "Their answer comes to you in a private message.",
            "The chat platform sees what you type, as it sees every message.",
        )
    return (
        "The chat platform and the bot see you send this, but your name is not kept with it.",
        "What you write is locked to those who handle concerns; a copy of the database does not show it.",
        "Whoever controls the server and its keys, or changes the bot's code, could see more than that.",
        f"You get a code of {CODE_LENGTH} characters, shown once and never sent in a message: it opens what you wrote "
        "and the answers.",
        "Nobody can bring a lost code back.",
        *_told_of_answers(push),
        "Only the week is kept, not the day or the hour; nothing is stored of how often you send.",
        "Your own words can give you away, so leave out names and details that only you would know.",
    )


def _told_of_answers(push: bool) -> tuple[str, ...]:
    if push:
        return (
            "If you are to be told of an answer, a locked return address is kept until the case ends.",
            "That protects you less: the database shows who was told and when, and with the keys whose case it is.",
        )
    return (
        "No return address is kept.",
        "Everybody gets the same line each week that an answer may be waiting, so it points at nobody.",
    )
