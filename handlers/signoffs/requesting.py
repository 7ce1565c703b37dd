"""Asking for a sign-off: the form, a new version, withdrawing, reminding."""

import json
from datetime import date, timedelta
from typing import Any

from domain.contributions import clean, day_words, effort_words
from domain.errors import InvalidField, NoSuchInitiative, NotAllowed, Refused
from domain.initiatives import Initiative
from domain.limits import change_words
from domain.people import Act, may
from domain.signoffs import (
    GATES,
    GO_LIVE,
    MAX_RISKS,
    MAX_SUMMARY,
    MAX_TITLE,
    Content,
    Side,
    Signoff,
    State,
    accepted,
    differences,
    milestone_key,
    read_criteria,
    sponsor_of,
    written_criteria,
)
from domain.transitions import Step
from handlers.capability import Actor, AnyReply, tell
from handlers.cards import (
    Button,
    Buttons,
    Card,
    ChoiceInput,
    Context,
    Element,
    Form,
    Option,
    Text,
    TextInput,
    runs,
    sentence,
    strong,
)
from handlers.conversation import Command, Nothing, Open, Press, Say, Submission
from handlers.signoffs import card, places
from handlers.signoffs.finding import NoSuchSignoff, Reference, called, found
from storage import initiatives, limits, milestones, reports, signoffs, transitions
from storage import people as directory
from storage.store import Work

FORM = "signoff.form"
OWN = "own"
#: How long the sponsors are left in peace after a reminder by hand.
REMIND_AGAIN = timedelta(days=1)


class CannotRequest(NotAllowed):
    """Only the sponsors and the product owner of an initiative ask for a sign-off."""


class InitiativeClosed(Refused):
    """This initiative is archived or was stopped, so nothing more is signed off for it."""


class NotYours(NotAllowed):
    """Only whoever asked for this sign-off can change it."""


class NotOpen(Refused):
    """This request is closed already. `signoff list` shows what became of it."""


class WhichInitiative(Refused):
    """Please say for which initiative and milestone: `signoff request claims go-live`."""


class RemindedToday(Refused):
    """They were reminded less than a day ago. You can remind them again tomorrow."""


def on_request(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`signoff request claims go-live`."""
    if not command.text.strip():
        mine = [one for one in initiatives.active(work) if one.parts_of(actor.person.id) and not one.closed]
        if not mine:
            raise CannotRequest
        if len(mine) > 1:
            return Say(card=_which(mine))
        return _open(actor, mine[0], None, work)
    about, key = called(work, command.text)
    return _open(actor, about, key, work)


def on_request_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The button at an initiative; the value is its id, and the milestone's key after a colon if it is known."""
    number, _, key = press.value.partition(":")
    return _open(actor, _initiative(number, work), key or None, work)


def on_edit(actor: Actor, press: Press, work: Work) -> AnyReply:
    one, about = _own(actor, Reference.load(press.value).signoff_id, work)
    return Open(form=_form(about, work, one.content, one), beside=True)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A new request, or a new version of one."""
    aim = _aim(submission)
    if aim.get("s"):
        return _revised(actor, submission, int(aim["s"]), int(aim.get("v", 0)), work)
    about = _initiative(str(aim.get("i", "")), work)
    _require(actor, about)
    content = _read(actor, submission, about, work)
    _require_ready(about, content.milestone, work)
    number = signoffs.add(
        work,
        about,
        content,
        requested_by_id=actor.person.id,
        platform=actor.origin.platform,
        expires_at=work.now + timedelta(days=actor.policy.signoff_days),
    )
    one, about = found(work, number)
    places.place(work, one, about)
    names = directory.by_ids(work, {about.business_sponsor_id, about.technical_sponsor_id})
    both = " and ".join(names[sponsor_of(about, side)].name for side in Side)
    return Say(
        card=sentence(
            strong(f"{card.title(one, about)} is with {both}. "),
            "Each has a card to decide on, and you have one on which you see how it goes.",
        )
    )


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    aim = _aim(submission)
    one = None
    if aim.get("s"):
        one, about = _own(actor, int(aim["s"]), work)
    else:
        about = _initiative(str(aim.get("i", "")), work)
    return _form(about, work, None, one, typed=submission)


def on_withdraw(actor: Actor, press: Press, work: Work) -> AnyReply:
    one, about = _own(actor, Reference.load(press.value).signoff_id, work, lock=True)
    signoffs.settle(work, one, State.WITHDRAWN, by_id=actor.person.id, platform=actor.origin.platform)
    places.bring_up_to_date(work, one)
    return Nothing(words=f"{card.title(one, about)} is withdrawn.")


def on_remind(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Write to those who have not decided; at most once a day."""
    one, about = _own(actor, Reference.load(press.value).signoff_id, work, lock=True)
    if one.state is not State.PENDING:
        raise NotOpen
    if one.reminded_at is not None and work.now - one.reminded_at < REMIND_AGAIN:
        raise RemindedToday
    signoffs.set_reminded(work, one.id)
    waiting = places.waiting_people(work, one, about, work.now)
    for person_id in {person for some in waiting.values() for person in some}:
        said = runs(
            strong(actor.person.name),
            " asks you to look at ",
            strong(card.title(one, about)),
            f". It is open until {day_words(one.expires_at.date(), work.now.date())}.",
        )
        tell(
            work,
            f"signoff:{one.id}:reminded:{work.now:%Y%m%d%H%M}:p{person_id}",
            person_id,
            Card(
                summary="".join(run.text for run in said),
                elements=(Text(runs=said), Buttons(items=(card.show_button(one, "See it and decide"),))),
            ),
        )
    names = directory.by_ids(work, {sponsor_of(about, side) for side in waiting})
    return Say(card=sentence(f"I have reminded {' and '.join(one.name for one in names.values())}."))


def _revised(actor: Actor, submission: Submission, signoff_id: int, version: int, work: Work) -> AnyReply:
    one, about = _own(actor, signoff_id, work, lock=True)
    if version != one.version:
        raise Refused("Somebody changed this request since the form was opened. Please open it again.")
    if about.closed:
        raise InitiativeClosed
    content = _read(actor, submission, about, work, one)
    if content.model_copy(update={"effort": one.content.effort}) == one.content:
        raise InvalidField(summary="Nothing is different yet. Answer the sponsors here, or in the criteria.")
    signoffs.revise(
        work,
        one,
        content,
        by_id=actor.person.id,
        platform=actor.origin.platform,
        expires_at=work.now + timedelta(days=actor.policy.signoff_days),
    )
    places.bring_up_to_date(work, one)
    newer, about = found(work, one.id)
    places.place(work, newer, about)
    return Say(
        card=sentence(
            strong(f"Version {newer.version} of {card.title(newer, about)} is with both sponsors. "),
            " ".join(differences(one.content, content)),
        )
    )


def _open(actor: Actor, about: Initiative, key: str | None, work: Work) -> AnyReply:
    _require(actor, about)
    if key is not None:
        under_way = signoffs.open_request(work, about.id, key)
        if under_way is not None:
            raise signoffs.AlreadyRequested
        _require_ready(about, key, work)
    return Open(form=_form(about, work, None, None, key=key))


def _require(actor: Actor, about: Initiative) -> None:
    if not may(actor.person, Act.REQUEST_SIGNOFF, about.parts_of(actor.person.id)):
        raise CannotRequest
    if about.closed:
        raise InitiativeClosed


def _require_ready(about: Initiative, key: str, work: Work) -> None:
    """Raises Refused with what is missing before anybody can sign."""
    missing: list[str] = []
    names = directory.by_ids(work, {about.business_sponsor_id, about.technical_sponsor_id})
    for side in Side:
        if not accepted(about, side):
            name = names[sponsor_of(about, side)].name
            missing.append(f"{name} has not accepted yet to be {side.part.value}")
    if key == GO_LIVE:
        if not transitions.of(work, about.id):
            missing.append(f"there is no transition plan (`initiative plan {about.key}`)")
        if not limits.of(work, about.id):
            missing.append(f"no limits are stated (`initiative limits {about.key}`)")
    if missing:
        raise Refused(f"Before this can be signed off: {'; '.join(missing)}.")


def _own(actor: Actor, signoff_id: int, work: Work, *, lock: bool = False) -> tuple[Signoff, Initiative]:
    one, about = found(work, signoff_id, lock=lock)
    if not places.may_change(actor.person, one, about):
        raise NotYours
    if not one.state.open or one.expired(work.now):
        raise NotOpen
    return one, about


def _form(
    about: Initiative,
    work: Work,
    content: Content | None,
    one: Signoff | None,
    *,
    key: str | None = None,
    typed: Submission | None = None,
) -> Form:
    def filled(name: str, before: str = "") -> str | None:
        return (typed.text(name) if typed is not None else before) or None

    elements: list[Element] = [Text(runs=runs(strong(about.name), f": {about.outcome}"))]
    if one is None:
        reached = {title for title, _ in milestones.reached(work, about.id)}
        gates = [Option(key=gate.key, label=gate.title) for gate in GATES if gate.title not in reached]
        gates.append(Option(key=OWN, label="One of our own"))
        chosen = filled("milestone", key or "")
        own = chosen is not None and chosen not in {option.key for option in gates}
        elements += [
            ChoiceInput(
                name="milestone",
                label="Milestone",
                options=tuple(gates),
                value=OWN if own else chosen,
                placeholder="What is to be signed off?",
            ),
            TextInput(
                name="title",
                label="Its name, if it is one of your own",
                value=filled("title", chosen or "" if own else ""),
                optional=True,
                max_length=MAX_TITLE,
            ),
        ]
    before = content or Content(initiative=about.key, milestone="", title="", summary="", criteria=())
    elements += [
        TextInput(
            name="summary",
            label="What is asked for, in a few sentences",
            value=filled("summary", before.summary),
            placeholder="Triage goes live for storm claims, with a person checking every decline.",
            multiline=True,
            max_length=MAX_SUMMARY,
        ),
        TextInput(
            name="criteria",
            label="Accepted when",
            value=filled("criteria", written_criteria(before.criteria)),
            placeholder="95 of 100 sampled claims in the right queue https://…",
            hint="One criterion a line, with a link to its evidence.",
            multiline=True,
            max_length=3000,
        ),
        TextInput(
            name="risks",
            label="Risks that the department takes",
            value=filled("risks", before.risks),
            multiline=True,
            optional=True,
            max_length=MAX_RISKS,
        ),
        Context(
            runs=runs(
                f"Put in so far: {_effort(about, work)}. Both sponsors sign exactly this text; "
                "a change asks both again."
            )
        ),
    ]
    context: dict[str, Any] = {"i": about.id}
    if one is not None:
        context = {"i": about.id, "s": one.id, "v": one.version}
    return Form(
        name=FORM,
        title="Ask for a sign-off" if one is None else "Change the request",
        submit="Send to both",
        elements=tuple(elements),
        context=json.dumps(context),
    )


def _read(
    actor: Actor, submission: Submission, about: Initiative, work: Work, one: Signoff | None = None
) -> Content:
    errors: dict[str, str] = {}
    if one is not None:
        key, title = one.content.milestone, one.content.title
    else:
        key, title = _milestone(submission, about, work, errors)
    summary, risks = clean(submission.text("summary")), clean(submission.text("risks"))
    if not 1 <= len(summary) <= MAX_SUMMARY:
        errors["summary"] = f"Please say in 1 to {MAX_SUMMARY:,} characters what is asked for."
    if len(risks) > MAX_RISKS:
        errors["risks"] = f"Please keep it to {MAX_RISKS:,} characters."
    try:
        criteria = read_criteria(submission.text("criteria"))
    except InvalidField as invalid:
        errors |= invalid.errors
        criteria = ()
    if errors:
        raise InvalidField(**errors)
    going_live = key == GO_LIVE
    return Content(
        initiative=about.key,
        milestone=key,
        title=title,
        summary=summary,
        criteria=criteria,
        risks=risks,
        effort=_effort(about, work),
        limits=_limits(work, about) if going_live else (),
        plan=_plan(work, about) if going_live else (),
    )


def _milestone(
    submission: Submission, about: Initiative, work: Work, errors: dict[str, str]
) -> tuple[str, str]:
    chosen = submission.text("milestone")
    gate = next((gate for gate in GATES if gate.key == chosen), None)
    if gate is not None:
        return gate.key, gate.title
    title = clean(submission.text("title"))
    key = milestone_key(title)
    if chosen != OWN:
        errors["milestone"] = "Please choose a milestone."
    elif key is None or not 3 <= len(title) <= MAX_TITLE:
        errors["title"] = f"Please name your milestone in 3 to {MAX_TITLE} characters."
    return key or "", title


def _effort(about: Initiative, work: Work) -> str:
    so_far = reports.so_far(work, about.id)
    if not so_far.entries:
        return "nothing is logged yet"
    return (
        f"{effort_words(so_far.minutes)} in {so_far.entries:,} "
        f"{'entry' if so_far.entries == 1 else 'entries'} by {so_far.people:,} "
        f"{'person' if so_far.people == 1 else 'people'}"
    )


def _limits(work: Work, about: Initiative) -> tuple[str, ...]:
    return tuple(f"{one.text.rstrip('.')}. {change_words(one)}" for one in limits.of(work, about.id))


def _plan(work: Work, about: Initiative) -> tuple[str, ...]:
    def state(step: Step) -> str:
        if step.done_on is not None:
            return f"done on {_day(step.done_on)}"
        return "open" if step.due_on is None else f"open, due on {_day(step.due_on)}"

    return tuple(f"{step.text} ({state(step)})" for step in transitions.of(work, about.id))


def _day(day: date) -> str:
    """A day in a text that is signed: whole, whenever it is read."""
    return f"{day.day} {day:%B %Y}"


def _which(mine: list[Initiative]) -> Card:
    asked = runs("For which initiative?")
    return Card(
        summary="For which initiative?",
        elements=(
            Text(runs=asked),
            Buttons(
                items=tuple(
                    Button(label=one.name, action="signoff.request", value=str(one.id)) for one in mine[:6]
                )
            ),
        ),
    )


def _initiative(number: str, work: Work) -> Initiative:
    about = None
    if number.isascii() and number.isdecimal() and len(number) < 18:
        about = initiatives.by_id(work, int(number))
    if about is None:
        raise NoSuchInitiative
    return about


def _aim(submission: Submission) -> dict[str, Any]:
    """What the form was about. Raises NoSuchSignoff for what is not a context of ours."""
    try:
        aim = json.loads(submission.context or "{}")
    except ValueError:
        raise NoSuchSignoff from None
    if not isinstance(aim, dict) or not all(type(value) is int for value in aim.values()):
        raise NoSuchSignoff
    return aim
