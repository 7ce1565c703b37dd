"""The details of a plan for pulses: its name, how often it comes, how large groups are, and who opens the answers."""

from datetime import date

from domain.contributions import clean
from domain.errors import InvalidField
from domain.pulse_plans import MAX_TRUSTEE, USUAL_WEEKS, limit_problems, rhythm_problems
from domain.pulses import LEAST_K, LEAST_M, MAX_TITLE, SENSITIVE_K, Plan, Rhythm
from handlers.cards import ChoiceInput, DateInput, Element, Form, NumberInput, Option, TextInput
from handlers.pulses.plan_form import Aim, Typed, day, text
from storage import pulses
from storage.sealing import WrongKey, read_public
from storage.store import Work

DETAILS = "pulse.details.form"


def details(plan: Plan) -> Typed:
    """What the form of the details shows before somebody changes it."""
    spec = plan.spec
    return {
        "title": spec.title,
        "comments": "yes" if spec.comments else "no",
        "rhythm": plan.rhythm.value,
        "gap": str(plan.gap_weeks),
        "until": None if plan.until is None else plan.until.isoformat(),
        "k": str(spec.k),
        "m": str(spec.m),
        "trustee": spec.trustee,
        "key": None,
    }


def details_form(typed: Typed, aim: Aim, plan: Plan) -> Form:
    spec = plan.spec
    key = text(typed, "key")
    elements: tuple[Element, ...] = (
        TextInput(
            name="title", label="Name of the pulse", value=text(typed, "title") or None, max_length=200
        ),
        ChoiceInput(
            name="comments",
            label="May people add a comment?",
            options=(Option(key="yes", label="Yes"), Option(key="no", label="No")),
            value=text(typed, "comments") or "yes",
        ),
        ChoiceInput(
            name="rhythm",
            label="How often?",
            options=(
                Option(key=Rhythm.ONCE.value, label="Once"),
                Option(key=Rhythm.WEEKLY.value, label="Every week, each time another part of the people"),
                Option(
                    key=Rhythm.FORTNIGHTLY.value,
                    label="Every two weeks, each time another part of the people",
                ),
            ),
            value=text(typed, "rhythm") or Rhythm.ONCE.value,
        ),
        NumberInput(
            name="gap",
            label="If it comes again: weeks before the same person is asked again",
            value=_number(text(typed, "gap")),
            optional=True,
        ),
        DateInput(
            name="until",
            label="If it comes again: no new one after",
            value=day(text(typed, "until")),
            hint=f"Empty for {USUAL_WEEKS} weeks after the first.",
            optional=True,
        ),
        NumberInput(
            name="k",
            label="Results are shown for groups of at least so many answers",
            value=_number(text(typed, "k")),
            hint=f"{LEAST_K} or more. With a sensitive question it is {SENSITIVE_K} or more by itself.",
        ),
        NumberInput(
            name="m",
            label="So many at either end look the same",
            value=_number(text(typed, "m")),
            hint=(
                f"{LEAST_M} or more: 0 to {LEAST_M} good answers in a group look the same, and so do all and all "
                f"but {LEAST_M}. Less than half of a group."
            ),
        ),
        TextInput(
            name="trustee",
            label="Who else holds the key that opens the answers?",
            value=text(typed, "trustee") or None,
            placeholder="the works council",
            hint="Empty: Tandem opens them when the pulse closes.",
            optional=True,
            max_length=200,
        ),
        TextInput(
            name="key",
            label="The public key from them",
            # Whatever else was pasted here, such as the key that opens, is not shown again.
            value=key if key.startswith("Tandem public key") and "private" not in key else None,
            hint=(
                "Empty keeps the key that was given."
                if spec.trustee_key
                else "The text of the file that `tandem pulse key` made for this pulse alone.".replace(
                    "`", ""
                )
            ),
            multiline=True,
            optional=True,
            max_length=2000,
        ),
    )
    return Form(name=DETAILS, title="Details", elements=elements, context=aim.model_dump_json())


def read_details(typed: Typed, plan: Plan, plan_id: int, work: Work) -> Plan:
    """The plan with these details. Raises InvalidField."""
    errors: dict[str, str] = {}
    title = " ".join(clean(text(typed, "title")).split())
    if not title:
        errors["title"] = "Please give it a name: people see it above the questions."
    elif len(title) > MAX_TITLE:
        errors["title"] = f"That is {len(title)} characters; please keep the name to {MAX_TITLE}."
    sizes = {name: _whole(text(typed, name)) for name in ("k", "m")}
    errors |= {name: "Please give a whole number." for name, size in sizes.items() if size is None}
    k, m = sizes["k"] or 0, sizes["m"] or 0
    if not errors.keys() & sizes.keys():
        errors |= limit_problems(k, m)
    trustee, key = _trustee(typed, plan, plan_id, work, errors)
    try:
        rhythm = Rhythm(text(typed, "rhythm"))
    except ValueError:
        rhythm = Rhythm.ONCE
    changed = plan.model_copy(
        update={
            "spec": plan.spec.model_copy(
                update={
                    "title": title,
                    "comments": text(typed, "comments") != "no",
                    "k": k,
                    "m": m,
                    "trustee": trustee,
                    "trustee_key": key,
                }
            ),
            "rhythm": rhythm,
        }
        | _repeats(typed, plan, rhythm, errors)
    )
    errors = rhythm_problems(changed) | errors
    if errors:
        raise InvalidField(**errors)
    return changed


def _repeats(typed: Typed, plan: Plan, rhythm: Rhythm, errors: dict[str, str]) -> dict[str, object]:
    """How a pulse comes again; what was typed for it does not count where it comes once."""
    usual = Plan.model_fields["gap_weeks"].default
    if rhythm is Rhythm.ONCE:
        return {"gap_weeks": usual, "until": None}
    gap = _whole(text(typed, "gap")) if text(typed, "gap") else usual
    if gap is None:
        errors["gap"] = "Please give a whole number of weeks."
    until = day(text(typed, "until")) or date.fromordinal(plan.spec.opens_on.toordinal() + 7 * USUAL_WEEKS)
    return {"gap_weeks": gap or 0, "until": until}


def _trustee(
    typed: Typed, plan: Plan, plan_id: int, work: Work, errors: dict[str, str]
) -> tuple[str | None, str | None]:
    """Who else opens the answers, and their public key in hexadecimal."""
    name, pasted = " ".join(clean(text(typed, "trustee")).split()), text(typed, "key")
    if not name:
        if pasted:
            errors["trustee"] = "Please say who holds the other half of this key; people are told."
        return None, None
    if len(name) > MAX_TRUSTEE:
        errors["trustee"] = f"That is {len(name)} characters; please keep it to {MAX_TRUSTEE}."
    key = plan.spec.trustee_key
    if pasted:
        try:
            key = read_public(pasted).hex()
        except WrongKey as wrong:
            errors["key"] = wrong.sentence
            return name, None
    if key is None:
        errors["key"] = "Please paste the public key that they made with “tandem pulse key”."
    elif pulses.uses_key(work, key, but=plan_id):
        errors["key"] = "This key belongs to another pulse. Each pulse needs a key of its own."
    return name, key


def _number(typed: str) -> float | None:
    whole = _whole(typed)
    return None if whole is None else float(whole)


def _whole(typed: str) -> int | None:
    """A whole number as it was typed: "5", "5.0"."""
    digits = typed.removesuffix(".0")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 6 else None
