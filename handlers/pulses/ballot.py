"""The ballot in chat: one question at a time, with what was given so far, as a card that its own buttons move on.

What was given stands in the buttons of the card alone. The bot itself cannot read an answer back before the close, so
a card that is opened anew shows that a question was answered, and not how.
"""

from collections.abc import Sequence
from typing import NamedTuple

from domain.contributions import clean
from domain.errors import InvalidField, Refused
from domain.people import Platform
from domain.promises import Terms, parts, promise, short_promise
from domain.pulses import MAX_COMMENT, Spec, comment_length, pack_comment
from domain.questions import asked
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Form,
    Heading,
    Shown,
    Text,
    TextInput,
    runs,
    sentence,
    strong,
)
from storage.pulses import Pulse

FORM = "pulse.comment.form"
PLATFORM = {"slack": "Slack", "teams": "Microsoft Teams"}
#: A question that was answered on another card, and one that was not.
BEFORE, NOT_YET = "x", "-"
#: The longest number that the database has room for.
MOST_DIGITS = 18

WITHDRAW = Confirm(
    title="Withdraw your answers?",
    text="All of them are taken out. You can answer again until the pulse closes.",
    yes="Withdraw",
    no="Keep them",
)


class BrokenButton(Refused):
    """I cannot read that button any more. `pulse` shows the pulse as it is."""


class Given(NamedTuple):
    """What a card shows as given: a sign for each question, and whether there is a comment."""

    signs: str
    comment: bool = False

    @classmethod
    def nothing(cls, spec: Spec) -> "Given":
        return cls(NOT_YET * len(spec.questions))

    @classmethod
    def read(cls, spec: Spec, text: str) -> "Given":
        """Raises BrokenButton."""
        signs, comment = text.removesuffix("c"), text.endswith("c")
        if len(signs) != len(spec.questions) or not set(signs) <= set("12345" + BEFORE + NOT_YET):
            raise BrokenButton
        return cls(signs, comment)

    @property
    def text(self) -> str:
        return self.signs + ("c" if self.comment else "")

    def with_answer(self, question: int, answer: int) -> "Given":
        return self._replace(signs=self.signs[:question] + str(answer) + self.signs[question + 1 :])

    def as_kept(self, spec: Spec, mask: int) -> "Given":
        """The same, so far as the box says that there is something: what was changed elsewhere is not claimed."""
        signs = "".join(
            (BEFORE if sign == NOT_YET else sign) if mask >> number & 1 else NOT_YET
            for number, sign in enumerate(self.signs)
        )
        return Given(signs, bool(mask >> len(spec.questions) & 1))

    @property
    def next(self) -> int | None:
        """The first question that is not answered."""
        at = self.signs.find(NOT_YET)
        return None if at < 0 else at


def terms(spec: Spec, platform: Platform) -> Terms:
    """What a pulse promises, on one platform."""
    sensitive = [spec.limits(one) for one in spec.questions if one.sensitive]
    return Terms(
        k=spec.k,
        m=spec.m,
        sensitive_k=sensitive[0][0] if sensitive else None,
        sensitive_m=sensitive[0][1] if sensitive else None,
        has_comments=spec.comments,
        closes_on=day(spec),
        trustee=spec.trustee,
        platform="Slack" if platform == "slack" else "Microsoft Teams",
    )


def day(spec: Spec) -> str:
    """The last day: "Friday 27 November"."""
    return f"{spec.closes_on:%A} {spec.closes_on.day} {spec.closes_on:%B}"


def card(one: Pulse, given: Given, platform: Platform, *, at: int | None = None, note: str = "") -> Card:
    """The ballot: the question `at`, or else the first that is not answered, or else all that was given."""
    spec = one.spec
    number = given.next if at is None else at
    elements: list[Shown] = [Heading(text=spec.title)]
    if note:
        elements.append(Text(runs=runs(note)))
    elif given == Given.nothing(spec):
        elements.append(Text(runs=runs(short_promise(terms(spec, platform)))))
    elements += _given(spec, given, but=number)
    if number is None:
        elements.append(Buttons(items=tuple(_after(one, given))))
        summary = f"{spec.title}: thank you, all is answered."
    else:
        question = spec.questions[number]
        words = asked(question, spec.tool)
        count = len(spec.questions)
        place = "" if count == 1 else f"Question {number + 1} of {count}. "
        elements.append(Text(runs=runs(place, strong(words))))
        elements.append(
            Buttons(
                items=tuple(
                    Button(
                        label=label,
                        action="pulse.answer",
                        value=f"{one.id} {given.text} {number} {answer}",
                        described=f"{label}: {words}",
                    )
                    for answer, label in enumerate(question.labels, start=1)
                )
            )
        )
        elements.append(Buttons(items=(_who(one),)))
        summary = f"{spec.title}: {words}"
    elements.append(
        Context(
            runs=runs(
                f"Open until the end of {day(spec)}. Until then you can change or withdraw your answers."
            )
        )
    )
    return Card(summary=summary, elements=tuple(elements))


def _given(spec: Spec, given: Given, *, but: int | None) -> list[Shown]:
    """The answers so far, a line each."""
    lines: list[Shown] = []
    for number, (question, sign) in enumerate(zip(spec.questions, given.signs, strict=True)):
        if sign == NOT_YET or number == but:
            continue
        words = "answered; I cannot read how" if sign == BEFORE else question.labels[int(sign) - 1]
        place = "" if len(spec.questions) == 1 else f"{number + 1}. "
        lines.append(Text(runs=runs(f"{place}{asked(question, spec.tool)}\n", strong(words))))
    if given.comment and but is None:
        lines.append(Text(runs=runs("Your comment is in your locked box too.")))
    return lines


def _after(one: Pulse, given: Given) -> list[Button]:
    """At most six: what can be changed, the comment, withdrawing, and who can see it."""
    count = len(one.spec.questions)
    buttons = [
        Button(
            label="Change" if count == 1 else f"Change {number + 1}",
            action="pulse.change",
            value=f"{one.id} {given.text} {number}",
            described=f"Change: {asked(question, one.spec.tool)}",
        )
        for number, question in enumerate(one.spec.questions)
    ]
    if one.spec.comments:
        label = "Replace comment" if given.comment else "Add a comment"
        buttons.append(Button(label=label, action="pulse.comment", value=f"{one.id} {given.text}"))
    buttons.append(
        Button(label="Withdraw", action="pulse.withdraw", value=str(one.id), style="danger", confirm=WITHDRAW)
    )
    return [*buttons, _who(one)]


def _who(one: Pulse) -> Button:
    return Button(label="Who can see this?", action="pulse.promise", value=str(one.id))


def promised(spec: Spec, platform: Platform) -> Card:
    """Who can see an answer, made from what the pulse was launched with."""
    held = terms(spec, platform)
    return Card(
        summary=" ".join(promise(held)),
        elements=(
            Heading(text="Who can see my answer?"),
            *(
                Text(
                    runs=runs(
                        strong(part.heading),
                        "".join(f"\n• {' '.join(one.sentences)}" for one in part.clauses),
                    )
                )
                for part in parts(held)
            ),
        ),
    )


def over(spec: Spec) -> Card:
    """What stands in the place of a ballot that cannot be given any more."""
    return sentence(
        strong(spec.title), ": this pulse is closed. What came of it is sent to everybody who was asked."
    )


def comment_form(one: Pulse, given: Given, typed: str = "") -> Form:
    shown = (
        "Comments are read without a name, in a group of at least ten answers and five comments, and beside no "
        "answer. Please name nobody, and leave out what only you could know: style and details can tell who wrote it."
    )
    return Form(
        name=FORM,
        title="A comment",
        submit="Lock it in",
        elements=(
            Text(runs=runs(shown)),
            TextInput(
                name="comment",
                label=f"What should they know? (at most {MAX_COMMENT} characters)",
                value=typed or None,
                multiline=True,
                optional=given.comment,
                hint="Empty takes out the comment you gave before." if given.comment else None,
                max_length=2000,
            ),
        ),
        context=f"{one.id} {given.text}",
    )


def read_comment(typed: str, *, may_be_empty: bool) -> bytes:
    """A comment as it is locked. Raises InvalidField."""
    text = clean(typed)
    if not text and not may_be_empty:
        raise InvalidField(comment="Please write something, or leave the form as it is.")
    if (length := comment_length(text)) > MAX_COMMENT:
        raise InvalidField(
            comment=f"That is {length:,} characters; please keep it to {MAX_COMMENT}: all boxes are one size."
        )
    return pack_comment(text)


def numbers(value: str, count: int) -> Sequence[str]:
    """The words of a button's value. Raises BrokenButton unless there are so many."""
    words = value.split(" ")
    if len(words) != count or not words[0].isdecimal() or len(words[0]) > MOST_DIGITS:
        raise BrokenButton
    return words
