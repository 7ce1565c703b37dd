"""Correcting and withdrawing what was published of a concern: what it said before stays for those who handle it."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from domain.concerns import NoSuchConcern, Outcome
from domain.contributions import clean
from domain.errors import InvalidField, Refused
from domain.giveaways import Giveaway
from domain.reports import date_words
from handlers.capability import Actor, AnyReply, marked
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    Divider,
    Element,
    Form,
    Heading,
    Shown,
    Text,
    TextInput,
    runs,
    sentence,
    strong,
)
from handlers.concerns import pointers, published, publishing
from handlers.concerns.finding import Case, found
from handlers.concerns.publishing import MAX_OBSERVED, Typed
from handlers.concerns.telling import moved
from handlers.concerns.wording import about
from handlers.conversation import Open, Press, Say, Submission
from handlers.keeping import names_of
from handlers.spoken import line, words
from storage import publications
from storage.publications import Publication
from storage.store import Work

CORRECT = "concern.correct.form"
WITHDRAW = "concern.withdraw.form"


class NothingPublished(Refused):
    """Nothing is published of this concern at the moment, so there is nothing to correct or to withdraw."""


class NotBeforeOthers(Refused):
    """What was published before is shown in your own chat with me, where nobody reads along."""


class Kept(NamedTuple):
    """What a form carries: the concern's number, and which version of which publication it was opened on."""

    number: str
    publication_id: int
    version: int
    #: The fingerprint of what was looked at.
    looked: str


# ------------------------------------------------------------------------------------------------------- to look at


def on_published(actor: Actor, press: Press, work: Work) -> AnyReply:
    """All that was published of a concern and how it was changed. The value is its number."""
    case = found(actor, press.value, work)
    if not actor.origin.private:
        raise NotBeforeOthers
    known = publications.all_of(work, case.one.number or 0)
    past = {one.id: publications.past(work, one.id) for one in known}
    ids = {one.published_by_id for one in known} | {one.revised_by_id for one in known}
    names = names_of(ids | {each.by_id for versions in past.values() for each in versions}, work)
    zone = actor.person.zone
    title = f"What was published of {case.name}"
    elements: list[Shown] = [Heading(text=title)]
    if not known:
        elements.append(Text(runs=runs("Nothing was published of it.")))
    for one in known:
        elements.append(line(one, zone, about=about(case.initiative)))
        by_id, at = one.revised_by_id or one.published_by_id, one.revised_at or one.published_at
        did = "Withdrawn" if one.withdrawn else "Corrected" if one.revised_at else "Published"
        who = names.get(by_id, "somebody who has left")
        elements.append(Context(runs=runs(f"{did} by {who} on {date_words(at.astimezone(zone).date())}.")))
        for each in reversed(past[one.id]):
            on = date_words(each.at.astimezone(zone).date())
            said = f"{words(each.observed, each.outcome, each.text)}"
            remark = "" if each.remark is None else f" What was different then: {each.remark}"
            who = names.get(each.by_id, "somebody who has left")
            head = f"Version {each.version}, by {who} on {on}: "
            elements.append(Text(runs=runs(strong(head), f"{said}{remark}")))
    if known and not known[-1].withdrawn:
        elements.append(Buttons(items=(_button(case, "Correct it"), _button(case, "Withdraw it"))))
    elements.append(
        Context(
            runs=marked(
                actor.origin,
                "Everybody reads the first lines under `concern changes`; earlier versions only those who handle "
                "this concern.",
            )
        )
    )
    return Say(card=Card(summary=title, elements=tuple(elements)))


def _button(case: Case, label: str) -> Button:
    action = {"Correct it": "concern.correct", "Withdraw it": "concern.withdraw"}[label]
    described = f"{label}: what was published of {case.name}"
    return Button(label=label, action=action, value=str(case.one.number), described=described)


# ------------------------------------------------------------------------------------------------------- correcting


def on_correct(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The form with the words as they are. The value is the concern's number."""
    case, one = _published(actor, press.value, work)
    typed = Typed(one.observed, one.text, "" if one.from_day is None else one.from_day.isoformat())
    return Open(form=_correct_form(case, one, typed), beside=True)


def on_correct_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A look at what everybody will read, and then it stands. Leaves no trace but that."""
    kept = _kept(submission.context)
    typed = publishing.typed_in(submission)
    from_day = publishing.read(typed, remark=typed.remark)
    case, one = _published(actor, kept.number, work, lock=True)
    here = (one.observed, one.text, one.from_day)
    if here == (typed.observed, typed.text, from_day):
        if one.remark == typed.remark:
            return _corrected(actor, case, one)  # the same once more
        raise InvalidField(text="These are the words that are published already.")
    if kept.looked != typed.fingerprint(one.id, one.version):
        texts = (typed.observed, typed.text, typed.remark)
        phrases = pointers.giveaways_in(actor, case.one, case.initiative, texts, work)
        draft = one._replace(
            outcome=_outcome(case, one),
            observed=typed.observed,
            text=typed.text,
            from_day=from_day,
            remark=typed.remark,
            revised_at=work.now,
        )
        above = (*_meanwhile(actor, kept, case, one), *_look(actor, case, draft, phrases))
        return Open(form=_correct_form(case, one, typed, above=above))
    publications.correct(
        work,
        one,
        outcome=_outcome(case, one),
        observed=typed.observed,
        text=typed.text,
        from_day=from_day,
        remark=typed.remark,
        by=actor.person.id,
    )
    published.corrected(work, one)
    moved(work, case.one)
    _, one = _published(actor, kept.number, work)
    return _corrected(actor, case, one)


def correct_again(actor: Actor, submission: Submission, work: Work) -> Form:
    """The form as it was sent in."""
    case, one = _published(actor, _kept(submission.context).number, work)
    return _correct_form(case, one, publishing.typed_in(submission))


def _corrected(actor: Actor, case: Case, one: Publication) -> Say:
    said = (
        "Lists, searches, and digests from now on have these words; so do the cards of those who were told."
    )
    elements = (
        Text(runs=runs(strong("Corrected. "), said)),
        line(one, actor.person.zone, about=about(case.initiative)),
    )
    return Say(card=Card(summary=f"Corrected. {said}", elements=elements))


def _correct_form(case: Case, one: Publication, typed: Typed, *, above: tuple[Element, ...] = ()) -> Form:
    """To be filled in or, with what stands `above`, looked at."""
    elements: list[Element] = [*above]
    if not above:
        head = f"{case.name}, {about(case.initiative)}: "
        said = "what everybody reads. What it said before stays for those who handle this concern."
        elements.append(Text(runs=runs(strong(head), said)))
        if case.one.is_anonymous:
            elements.append(Context(runs=runs(publishing.REMINDER)))
    elements += publishing.inputs(_outcome(case, one), typed)
    elements.append(
        TextInput(
            name="remark",
            label="What is different, and why",
            value=typed.remark or None,
            hint="Everybody reads it behind the words.",
            placeholder="It holds for claims from the portal too; we had left that out.",
            max_length=MAX_OBSERVED,
        )
    )
    looked = typed.fingerprint(one.id, one.version) if above else ""
    return Form(
        name=CORRECT,
        title="Correct what was said",
        submit="Correct it" if above else "Look at it",
        elements=tuple(elements),
        context=json.dumps(Kept(str(case.one.number), one.id, one.version, looked), separators=(",", ":")),
    )


def _look(actor: Actor, case: Case, draft: Publication, phrases: Sequence[Giveaway]) -> tuple[Element, ...]:
    shown: list[Element] = [
        Context(runs=runs("This is exactly what everybody will read:")),
        line(draft, actor.person.zone, about=about(case.initiative)),
        *pointers.warned(phrases),
    ]
    if case.one.is_anonymous:
        shown.append(Context(runs=runs(publishing.REMINDER)))
    return (*shown, Context(runs=runs("Change it below, or let it stand as it is.")), Divider())


def _meanwhile(actor: Actor, kept: Kept, case: Case, one: Publication) -> tuple[Element, ...]:
    """What somebody else made of it since a form was opened; nothing where nobody did."""
    if (kept.publication_id, kept.version) == (one.id, one.version):
        return ()
    return (
        Text(runs=runs(strong("Somebody changed it since you opened this form. It reads now:"))),
        line(one, actor.person.zone, about=about(case.initiative)),
        Divider(),
    )


# ------------------------------------------------------------------------------------------------------ withdrawing


def on_withdraw(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The form that asks why. The value is the concern's number."""
    case, one = _published(actor, press.value, work)
    return Open(form=_withdraw_form(actor, case, one, ""), beside=True)


def on_withdraw_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """It is read no more; where the reason could give somebody away, it is looked at first. No trace but that."""
    kept = _kept(submission.context)
    reason = clean(submission.text("reason"))
    if wrong := publishing.not_a_sentence(reason, MAX_OBSERVED):
        raise InvalidField(reason=wrong)
    try:
        case, one = _published(actor, kept.number, work, lock=True)
    except NothingPublished:
        before = publications.by_id(work, kept.publication_id)
        if before is None or (before.number, before.remark) != (int(kept.number), reason):
            raise
        return _withdrawn(actor)  # the same once more
    phrases = pointers.giveaways_in(actor, case.one, case.initiative, [reason], work)
    above = (*_meanwhile(actor, kept, case, one), *pointers.warned(phrases))
    if above and kept.looked != Typed(remark=reason).fingerprint(one.id, one.version):
        return Open(form=_withdraw_form(actor, case, one, reason, above=above))
    publications.withdraw(work, one, reason=reason, by=actor.person.id)
    published.withdrawn(work, one)
    moved(work, case.one)
    return _withdrawn(actor)


def withdraw_again(actor: Actor, submission: Submission, work: Work) -> Form:
    """The form as it was sent in."""
    case, one = _published(actor, _kept(submission.context).number, work)
    return _withdraw_form(actor, case, one, clean(submission.text("reason")))


def _withdrawn(actor: Actor) -> Say:
    said = "`concern changes` shows the reason in its place, and so do the cards of those who were told."
    return Say(card=sentence(strong("Withdrawn. "), *marked(actor.origin, said)))


def _withdraw_form(
    actor: Actor, case: Case, one: Publication, reason: str, *, above: tuple[Element, ...] = ()
) -> Form:
    elements: list[Element] = [
        Context(runs=runs("This will be read and found no more; digests that went out stay as they were:")),
        line(one, actor.person.zone, about=about(case.initiative)),
        *above,
        TextInput(
            name="reason",
            label="Why it is withdrawn",
            value=reason or None,
            hint="Everybody reads it in the place of the words, so it names nobody.",
            placeholder="The change was taken back on Monday.",
            max_length=MAX_OBSERVED,
        ),
    ]
    looked = Typed(remark=reason).fingerprint(one.id, one.version)
    return Form(
        name=WITHDRAW,
        title="Withdraw what was said",
        submit="Withdraw it",
        elements=tuple(elements),
        context=json.dumps(Kept(str(case.one.number), one.id, one.version, looked), separators=(",", ":")),
    )


# ---------------------------------------------------------------------------------------------------------- helpers


def _published(actor: Actor, number: str, work: Work, *, lock: bool = False) -> tuple[Case, Publication]:
    """What is published of the concern with a number. Raises Refused unless it is theirs to handle."""
    case = found(actor, number, work, lock=lock)
    one = publications.of_number(work, case.one.number or 0)
    if one is None:
        raise NothingPublished
    return case, one


def _outcome(case: Case, one: Publication) -> Outcome:
    """The concern's own, which may have become another since; while it is open again, the one that was published."""
    return case.one.outcome if publishing.is_over(case.one) and case.one.outcome is not None else one.outcome


def _kept(context: str) -> Kept:
    """What a form carries. Raises NoSuchConcern."""
    try:
        number, publication_id, version, looked = json.loads(context)
        return Kept(str(int(number)), int(publication_id), int(version), str(looked))
    except (ValueError, TypeError, RecursionError):
        raise NoSuchConcern from None
