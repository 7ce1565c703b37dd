"""The form in which a concern is raised: what it asks, what it was told, and how it is shown once more."""

import json
import re
import secrets
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from domain.concerns import MAX_DETAIL, MAX_WHAT, Cause, Severity
from domain.contributions import clean
from domain.errors import InvalidField
from domain.giveaways import Giveaway
from domain.initiatives import Initiative
from domain.promises import concern_promise
from domain.specificity import MAX_QUESTIONS, Question, Told
from handlers.cards import (
    Asked,
    ChoiceInput,
    Context,
    Divider,
    Element,
    Form,
    LinkInput,
    MultiChoiceInput,
    Option,
    Text,
    TextInput,
    runs,
    strong,
)
from handlers.concerns.looks import FINGERPRINT, fingerprint, warning
from handlers.concerns.wording import Written, in_a_line, whole
from handlers.conversation import Submission
from storage import initiatives
from storage.store import Work

NAME = "concern.form"
NOT_SURE = "-"
MAX_LINK = 1000

_NONCE = re.compile(r"[A-Za-z0-9_-]{20,64}")
_ID = re.compile(r"[0-9]{1,17}")


@dataclass(frozen=True, slots=True)
class Way:
    """How far somebody is. Travels as the form's context, and holds nothing of what they wrote."""

    #: Drawn when the form is opened: the code is made from it, so that sending it twice comes to the same.
    nonce: str
    #: The fields of the questions asked so far.
    asked: tuple[str, ...] = ()
    #: The fingerprint of what they looked at before it is sent (`looks.fingerprint`); empty where they did not yet.
    looked: str = ""
    #: Whether what they looked at is specific.
    is_specific: bool = False

    @classmethod
    def begun(cls) -> "Way":
        return cls(secrets.token_urlsafe(24))

    def dump(self) -> str:
        kept = {"n": self.nonce, "q": list(self.asked), "l": self.looked, "s": self.is_specific}
        return json.dumps(kept, separators=(",", ":"))

    @classmethod
    def load(cls, context: str) -> "Way":
        """Read a context back; what is not one is a form that was just opened."""
        try:
            kept: Any = json.loads(context)
            nonce, asked = kept["n"], [str(one) for one in kept["q"]]
            looked, is_specific = kept["l"], kept.get("s") is True
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls.begun()
        if not isinstance(nonce, str) or _NONCE.fullmatch(nonce) is None:
            return cls.begun()
        is_one = isinstance(looked, str) and FINGERPRINT.fullmatch(looked)
        return cls(nonce, tuple(asked[:MAX_QUESTIONS]), looked if is_one else "", is_specific)


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the inputs, as it was typed."""

    initiative: str | None = None
    what: str = ""
    when: str = ""
    led_to: str = ""
    was_told: str = ""
    would_settle: str = ""
    cause: str | None = None
    severity: str = Severity.USUAL.value
    link: str = ""
    name: str = "anonymous"
    also: tuple[str, ...] = ()


class Sent(NamedTuple):
    """A form that can be taken."""

    written: Written
    is_anonymous: bool
    #: Whether they want to be told of an answer.
    push: bool
    #: Whether they want nothing more to be asked.
    as_it_is: bool


#: The questions that a form is built around, in the order in which they stand.
_TEXTS = {
    "what": ("What happened?", None, MAX_WHAT),
    "when": ("When was it, and how often?", "Last week, twice", MAX_DETAIL),
    "led_to": ("What did it lead to?", "We checked every letter by hand", MAX_DETAIL),
    "was_told": ("What were you told about it?", "That it learns from what we correct", MAX_DETAIL),
    "would_settle": ("What would settle it for you?", "Tell us which limit was changed", MAX_DETAIL),
}
_TELL = "Tell me when there is an answer (only without my name; protects you less)"
_WHAT_HINT = "One occasion is enough: “It flagged a correct claim as fraud.”"


def build(
    filled: Filled,
    way: Way,
    work: Work,
    *,
    question: Question | None = None,
    sent: Sent | None = None,
    found: tuple[Giveaway, ...] = (),
) -> Form:
    """The form, filled in; with a question, or as its readers will see it, on top: `sent` is shown with either."""
    filled, rest = _fitting(filled)
    inputs = _inputs(filled, work, way)
    is_first = not way.asked and not way.looked
    elements: list[Element] = [Context(runs=runs(_FIRST))] if is_first else []
    elements += rest
    submit = "Go on"
    if question is not None and sent is not None:
        first = inputs.pop(question.field)
        elements += [
            first.model_copy(update={"label": question.text, "hint": None}),
            Text(runs=runs("To its reader it says so far: ", in_a_line(sent.written))),
            ChoiceInput(
                name="ready",
                label="Or is that all?",
                options=(
                    Option(key="more", label="I have added something"),
                    Option(key="send", label="Send it as it is"),
                ),
                value="more",
                hint="It is taken either way, and you see it once more before it is sent.",
            ),
        ]
    elif sent is not None:
        elements += _look(sent, found)
        submit = "Send it"
    if not is_first:
        elements += [Context(runs=runs(_goes(filled))), Divider()]
    tail = [inputs.pop(name) for name in ("name", "also")]
    elements += inputs.values()
    elements += _promises() if is_first else []
    elements += tail
    return Form(
        name=NAME,
        title="Raise a concern",
        submit=submit,
        elements=tuple(elements),
        context=way.dump(),
        window=True,
    )


_FIRST = "It goes without your name, unless you choose otherwise below. What that means stands there too."


def _goes(filled: Filled) -> str:
    """How it will be sent."""
    if filled.name == "named":
        return "It goes with your name."
    if "tell" in filled.also:
        return (
            "It goes without your name, with a locked return address, so that you can be told of an answer."
        )
    return "It goes without your name."


def _fitting(filled: Filled) -> tuple[Filled, tuple[Text, ...]]:
    """With as much of what was typed as its field takes, up to the end of a word; and the rest, to be read."""
    if len(filled.what) <= MAX_WHAT:
        return filled, ()
    begin = filled.what[:MAX_WHAT].rsplit(None, 1)[0]
    said = (
        f"What you typed has {len(filled.what):,} characters, and “What happened?” holds {MAX_WHAT:,}. Its beginning "
        "stands there; nothing is kept of the rest unless you put it into a field. The rest is: "
    )
    left = filled.what[len(begin) :].strip()
    return replace(filled, what=begin), (Text(runs=runs(strong(said), left)),)


def filled_by(submission: Submission) -> Filled:
    """What somebody sent in, as it was typed."""
    also = submission.values.get("also")
    return Filled(
        initiative=submission.text("initiative") or None,
        **{field: submission.text(field) for field in (*_TEXTS, "link")},
        cause=submission.text("cause") or None,
        severity=submission.text("severity") or Severity.USUAL.value,
        name=submission.text("name") or "anonymous",
        also=also if isinstance(also, tuple) else (),
    )


def from_told(told: Told, initiative: Initiative | None) -> Filled:
    """What was understood of a line."""
    return Filled(
        initiative=None if initiative is None else str(initiative.id), what=told.what, when=told.when
    )


def about(filled: Filled) -> int | None:
    """The id of the deployment that was chosen, if one was."""
    chosen = filled.initiative or ""
    return int(chosen) if _ID.fullmatch(chosen) else None


def read(filled: Filled, submission: Submission, initiative: Initiative | None) -> Sent:
    """What a form says; `initiative` is the one that it is `about`. Raises InvalidField."""
    errors: dict[str, str] = {}
    texts = {field: clean(getattr(filled, field)) for field in _TEXTS}
    for field, (_, _, most) in _TEXTS.items():
        if len(texts[field]) > most:
            errors[field] = f"That is {len(texts[field]):,} characters; please keep it to {most:,}."
    if not texts["what"]:
        errors["what"] = "Please say what happened; one sentence is enough."
    address = clean(filled.link)
    if address and (len(address) > MAX_LINK or not address.startswith(("https://", "http://"))):
        errors["link"] = f"Please give a link that begins with https://, of at most {MAX_LINK:,} characters."
    if filled.initiative is None:
        errors["initiative"] = "Please choose one, or “Not sure”."
    elif filled.initiative != NOT_SURE and initiative is None:
        errors["initiative"] = "I cannot find that one any more. Please choose another, or “Not sure”."
    if filled.name not in ("anonymous", "named"):
        errors["name"] = "Please choose one of the two."
    elif filled.name == "named" and "tell" in filled.also:
        errors["also"] = (
            "With your name the answer comes to you anyway. Please take the first tick away, or choose "
            "“Without my name”."
        )
    elif filled.name == "anonymous" and "quote" in filled.also:
        errors["also"] = (
            "Words are quoted only with a name. Please take the second tick away, or choose “With my name”."
        )
    if errors:
        raise InvalidField(**errors)
    cause = next((one for one in Cause if one.value == filled.cause), None)
    is_anonymous = filled.name == "anonymous"
    told = Told(
        initiative=None if initiative is None else initiative.key,
        **texts,
        cause="" if cause is None else cause.value,
        link=address,
        may_quote=not is_anonymous and "quote" in filled.also,
    )
    severity = Severity.SERIOUS if filled.severity == Severity.SERIOUS.value else Severity.USUAL
    return Sent(
        written=Written(told, initiative, cause, severity),
        is_anonymous=is_anonymous,
        push=is_anonymous and "tell" in filled.also,
        as_it_is=submission.text("ready") == "send",
    )


def _inputs(filled: Filled, work: Work, way: Way) -> dict[str, Asked]:
    options = [Option(key=NOT_SURE, label="Not sure")]
    options += [Option(key=str(one.id), label=one.name) for one in initiatives.active(work)]
    chosen = filled.initiative
    if chosen is not None and chosen not in {one.key for one in options}:
        former = initiatives.by_id(work, int(chosen)) if _ID.fullmatch(chosen) else None
        if former is None:
            chosen = None
        else:
            options.append(Option(key=chosen, label=f"{former.name} (archived)"))
    inputs: dict[str, Asked] = {
        "initiative": ChoiceInput(
            name="initiative",
            label="Which deployment is it about?",
            options=tuple(options),
            value=chosen,
            placeholder="Choose one, or “Not sure”",
        )
    }
    for field, (label, example, most) in _TEXTS.items():
        inputs[field] = TextInput(
            name=field,
            label=label,
            value=getattr(filled, field)[:most] or None,
            hint=_WHAT_HINT if field == "what" else None,
            placeholder=example,
            multiline=True,
            optional=field != "what",
            max_length=most,
        )
    if filled.link:
        inputs["link"] = LinkInput(
            name="link",
            label="About this message",
            value=filled.link[:MAX_LINK],
            hint="Its text is not stored. A link can show which conversations you are in; empty it if it does.",
            optional=True,
        )
    inputs["cause"] = ChoiceInput(
        name="cause",
        label="What is behind it, if you know?",
        options=tuple(Option(key=one.value, label=one.label) for one in Cause),
        value=filled.cause,
        placeholder="Choose one, if you know",
        optional=True,
    )
    inputs["severity"] = ChoiceInput(
        name="severity",
        label="How pressing is it?",
        options=(
            Option(key=Severity.USUAL.value, label="It can wait some days"),
            Option(key=Severity.SERIOUS.value, label="It is hurting somebody now"),
        ),
        value=filled.severity,
    )
    inputs["name"] = ChoiceInput(
        name="name",
        label="With your name, or without?",
        options=(
            Option(key="anonymous", label="Without my name"),
            Option(key="named", label="With my name"),
        ),
        value=filled.name,
    )
    inputs["also"] = MultiChoiceInput(
        name="also",
        label="If you like",
        options=(
            Option(key="tell", label=_TELL),
            Option(key="quote", label="Quote me in the digest (only with my name)"),
        ),
        values=filled.also,
        hint=" ".join(_weaker()),
        optional=True,
    )
    return inputs


def _weaker() -> list[str]:
    """What being told of an answer means, beside the promise without it."""
    without = concern_promise(True, False)
    return [one for one in concern_promise(True, True) if one not in without]


def _promises() -> list[Element]:
    return [
        Divider(),
        Text(runs=runs(strong("Without your name"), _bullets(concern_promise(True, False)))),
        Text(runs=runs(strong("With your name"), _bullets(concern_promise(False, False)))),
    ]


def _bullets(sentences: tuple[str, ...]) -> str:
    return "".join(f"\n• {one}" for one in sentences)


def _look(sent: Sent, found: tuple[Giveaway, ...]) -> list[Element]:
    """What could give them away, where they give no name; and the whole as its readers will see it."""
    change = Context(
        runs=runs("Change it below, or send it as it is. Nothing is sent yet, and nothing here is kept.")
    )
    if found:
        said = "This is exactly what its readers will see:"
        return [warning(found), change, Divider(), Context(runs=runs(said)), *whole(sent.written)]
    said = "Readers will see exactly this:"
    if sent.is_anonymous:
        said = f"Nothing here looks as if it gives you away. {said}"
    return [Text(runs=runs(strong(said))), *whole(sent.written), change]


def looked_at(work: Work, way: Way, filled: Filled) -> Way:
    """The way of somebody to whom this was shown before it is sent. Raises VaultProblem."""
    shown = [*(clean(getattr(filled, field)) for field in (*_TEXTS, "link"))]
    shown += [filled.initiative or "", filled.cause or "", filled.severity, filled.name, *sorted(filled.also)]
    return replace(way, looked=fingerprint(work, way.nonce, shown))


def asked(way: Way, question: Question) -> Way:
    return replace(way, asked=(*way.asked, question.field))
