"""Two forms of a plan for pulses: what HR in a hurry fills in, and the questions one by one."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from pydantic import ValidationError

from domain.errors import InvalidField, Refused
from domain.pulse_plans import (
    day_problems,
    named,
    usual_days,
)
from domain.pulses import (
    MOST_DAYS,
    MOST_QUESTIONS,
    SENSITIVE_K,
    Audience,
    Plan,
)
from domain.question_bank import BANK, SETS, by_key, set_by_key
from domain.questions import MAX_TEXT, Driver, Question, asked, own_question
from domain.values import Value
from handlers.cards import (
    ChoiceInput,
    Context,
    DateInput,
    Element,
    Form,
    MultiChoiceInput,
    Option,
    TextInput,
    runs,
)
from handlers.conversation import Submission
from storage import initiatives
from storage import people as directory
from storage.store import Work

FIRST = "pulse.plan.form"
QUESTIONS = "pulse.questions.form"
#: Choices of questions that are no set: they stay, or are chosen in the second form.
KEEP, OTHERS = "keep", "others"
#: So many still fit into what a form carries to the one behind it.
MOST_DEPARTMENTS = 100

Typed = Mapping[str, str | tuple[str, ...] | None]


class BrokenForm(Refused):
    """I cannot read that form any more. `pulse plans` shows what is planned, and `pulse new` begins anew."""


class Aim(Value):
    """What a form is about."""

    #: The plan that it changes, and the content that it was opened with; None for a new one.
    plan: int | None = None
    content: str = ""
    #: What was filled in on the form before it, of a plan that is not kept yet.
    before: dict[str, str | tuple[str, ...] | None] | None = None

    @classmethod
    def of(cls, submission: Submission) -> "Aim":
        """Raises BrokenForm."""
        try:
            return cls.model_validate_json(submission.context or "{}")
        except ValidationError:
            raise BrokenForm from None


class First(NamedTuple):
    """What the first form says."""

    #: A set of the bank, KEEP or OTHERS.
    what: str
    initiative_id: int | None
    tool: str | None
    audience: Audience
    opens_on: date
    closes_on: date


def text(typed: Typed, name: str) -> str:
    value = typed.get(name)
    return value.strip() if isinstance(value, str) else ""


def several(typed: Typed, name: str) -> tuple[str, ...]:
    value = typed.get(name)
    return tuple(one for one in value.split(",") if one) if isinstance(value, str) else value or ()


def day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------------ the first form


def first(plan: Plan | None, today: date) -> Typed:
    """What the first form shows before somebody changes it."""
    if plan is None:
        opens_on, closes_on = usual_days(today)
        return {
            "what": SETS[0].key,
            "audience": "everyone",
            "opens": opens_on.isoformat(),
            "closes": closes_on.isoformat(),
        }
    spec = plan.spec
    return {
        "what": set_of(spec.questions) or KEEP,
        "initiative": None if spec.initiative_id is None else str(spec.initiative_id),
        "audience": spec.audience.kind,
        "departments": tuple(map(str, spec.audience.ids)) if spec.audience.kind == "departments" else (),
        "opens": spec.opens_on.isoformat(),
        "closes": spec.closes_on.isoformat(),
    }


def set_of(questions: Iterable[Question]) -> str | None:
    """The key of the set that these questions are."""
    keys = tuple(one.key for one in questions)
    return next((one.key for one in SETS if one.questions == keys), None)


def first_form(typed: Typed, aim: Aim, work: Work) -> Form:
    what = [Option(key=one.key, label=f"{one.title}: {_in_short(one.questions)}") for one in SETS]
    if aim.plan is not None:
        what.append(Option(key=KEEP, label="The questions as they are"))
    what.append(Option(key=OTHERS, label="Others, in the next step"))
    chosen = text(typed, "initiative")
    known = [one for one in initiatives.active(work) if not one.closed or str(one.id) == chosen]
    elements: list[Element] = [
        ChoiceInput(
            name="what",
            label="What do you want to know?",
            options=tuple(what),
            value=text(typed, "what") or None,
            hint="You see the questions word for word before anything is sent.",
        ),
        ChoiceInput(
            name="initiative",
            label="About which initiative?",
            options=tuple(Option(key=str(one.id), label=one.name) for one in known),
            value=chosen or None,
            placeholder="About AI tools in general",
            optional=True,
        ),
        ChoiceInput(
            name="audience",
            label="Who is asked?",
            options=(
                Option(key="everyone", label="Everyone"),
                Option(key="initiative", label="The department that the initiative is for"),
                Option(key="departments", label="The departments that I choose below"),
            ),
            value=text(typed, "audience") or None,
        ),
        MultiChoiceInput(
            name="departments",
            label="Departments",
            options=tuple(
                Option(key=str(number), label=name) for number, name in directory.departments(work)
            ),
            values=several(typed, "departments"),
            optional=True,
        ),
        DateInput(name="opens", label="First day", value=day(text(typed, "opens"))),
        DateInput(
            name="closes",
            label="Last day",
            value=day(text(typed, "closes")),
            hint=f"Included. At most {MOST_DAYS} days.",
        ),
        Context(
            runs=runs(
                "This makes a draft that you look at first. A pulse goes out when HR and the AI function "
                "have both approved it."
            )
        ),
    ]
    return Form(
        name=FIRST,
        title="Plan a pulse" if aim.plan is None else "Change the pulse",
        submit="Go on",
        elements=tuple(elements),
        context=aim.model_dump_json(),
    )


def read_first(typed: Typed, work: Work, today: date, *, is_new: bool) -> First:
    """Raises InvalidField."""
    errors: dict[str, str] = {}
    what = text(typed, "what")
    if what not in {OTHERS, *([] if is_new else [KEEP]), *(one.key for one in SETS)}:
        errors["what"] = "Please choose what you want to know."
    number = text(typed, "initiative")
    about = initiatives.by_id(work, int(number)) if number.isdecimal() and len(number) < 10 else None
    if number and about is None:
        errors["initiative"] = "I know no such initiative any more. Please choose another one."
    names = {str(key): name for key, name in directory.departments(work)}
    chosen = several(typed, "departments")
    kind = text(typed, "audience")
    audience = Audience(kind="everyone")
    if kind == "departments":
        if not chosen or not set(chosen) <= names.keys():
            errors["departments"] = "Please choose the departments that are asked."
        elif len(chosen) > MOST_DEPARTMENTS:
            errors["departments"] = f"Please choose up to {MOST_DEPARTMENTS} departments, or everyone."
        else:
            ids = sorted(set(map(int, chosen)))
            words = named((names[str(one)] for one in ids), most=6)
            audience = Audience(kind="departments", ids=tuple(ids), words=words)
    elif kind == "initiative":
        if about is None:
            errors.setdefault("initiative", "Please choose the initiative whose department is asked.")
        else:
            audience = Audience(kind="initiative", ids=(about.id,), words=about.department)
    elif kind != "everyone":
        errors["audience"] = "Please choose who is asked."
    if chosen and kind in ("everyone", "initiative"):
        errors["audience"] = (
            "There are departments chosen below as well. Please choose them here, or clear them there."
        )
    opens_on, closes_on = day(text(typed, "opens")), day(text(typed, "closes"))
    if opens_on is None:
        errors["opens"] = "Please choose the first day."
    if closes_on is None:
        errors["closes"] = "Please choose the last day."
    if opens_on is not None and closes_on is not None:
        errors |= day_problems(opens_on, closes_on, today)
    if errors or opens_on is None or closes_on is None:
        raise InvalidField(**errors)
    return First(
        what,
        None if about is None else about.id,
        None if about is None else about.name,
        audience,
        opens_on,
        closes_on,
    )


def _in_short(questions: Iterable[str]) -> str:
    return ", ".join(by_key(one).driver.label.lower() for one in questions)


# ------------------------------------------------------------------------------------------------ the questions


def questions(plan: Plan | None) -> Typed:
    """What the form of the questions shows before somebody changes it."""
    if plan is None:
        return {"direction": "high"}
    known = {one.key for one in BANK}
    own = next((one for one in plan.spec.questions if one.key not in known), None)
    return {
        "bank": tuple(one.key for one in plan.spec.questions if one.key in known),
        "own": own.text if own else None,
        "driver": own.driver.value if own else None,
        "direction": own.favourable if own else "high",
    }


def questions_form(typed: Typed, aim: Aim) -> Form:
    return Form(
        name=QUESTIONS,
        title="The questions",
        submit="See the draft",
        elements=(
            MultiChoiceInput(
                name="bank",
                label=f"Up to {MOST_QUESTIONS} questions",
                options=tuple(Option(key=one.key, label=asked(one, "the tool")) for one in BANK),
                values=several(typed, "bank"),
                optional=True,
            ),
            TextInput(
                name="own",
                label="Or one in your own words",
                value=text(typed, "own") or None,
                placeholder="I know whom to ask when {tool} is wrong.",
                hint=(
                    "{tool} becomes the initiative's name. A statement is agreed with or not; “How often”, "
                    "“How confident” and “How easy” have answers of their own."
                ),
                optional=True,
                max_length=2 * MAX_TEXT,
            ),
            ChoiceInput(
                name="driver",
                label="What is your own question about?",
                options=tuple(
                    Option(
                        key=one.value,
                        label=f"{one.label} (groups of at least {SENSITIVE_K})"
                        if one.sensitive
                        else one.label,
                    )
                    for one in Driver
                ),
                value=text(typed, "driver") or None,
                optional=True,
            ),
            ChoiceInput(
                name="direction",
                label="Which answers to it are good news?",
                options=(
                    Option(key="high", label="Agree, often, confident, easy"),
                    Option(key="low", label="Disagree, never, not confident, hard"),
                ),
                value=text(typed, "direction") or "high",
                optional=True,
            ),
        ),
        context=aim.model_dump_json(),
    )


def read_questions(typed: Typed) -> tuple[Question, ...]:
    """Raises InvalidField."""
    errors: dict[str, str] = {}
    keys = tuple(dict.fromkeys(several(typed, "bank")))
    chosen: list[Question] = []
    try:
        chosen += [by_key(one) for one in keys]
    except KeyError:
        errors["bank"] = "I do not know one of these questions any more. Please choose again."
    own, driver, direction = text(typed, "own"), text(typed, "driver"), text(typed, "direction") or "high"
    if own:
        try:
            known = Driver(driver)
        except ValueError:
            errors["driver"] = "Please say what your question is about, so that its result can be read."
            known = Driver.USE
        try:
            chosen.append(own_question(own, known, "low" if direction == "low" else "high"))
        except InvalidField as invalid:
            errors["own"] = invalid.errors["text"]
    if not errors and not chosen:
        errors["bank"] = "Please choose a question, or write one of your own."
    if len(chosen) > MOST_QUESTIONS:
        errors["bank"] = (
            f"These are {len(chosen)} questions; {MOST_QUESTIONS} are the most that people answer."
        )
    if errors:
        raise InvalidField(**errors)
    return tuple(chosen)


def questions_of(what: str) -> tuple[Question, ...]:
    """The questions of a set."""
    return tuple(by_key(one) for one in set_by_key(what).questions)
