"""Logging one's own contribution: by one line or by the form, with Undo and Edit."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from domain.contributions import MAX_WHAT, Degree, Draft, Status, check, clean, find_effort
from domain.errors import EntryChanged, InvalidField, NoSuchInitiative, Refused
from domain.initiatives import Initiative
from domain.people import Person
from handlers.capability import Actor, AnyReply, AskAgain
from handlers.cards import Button, Buttons, Card, Text, given_back, runs, sentence
from handlers.contributions import behalf, form, review
from handlers.contributions.entry import confirmation, entry_words, own_entry, withdraw
from handlers.conversation import Command, MessageAction, Open, Press, Replace, Say, Submission
from handlers.people import UnknownColleague, colleague
from handlers.phrases import MAX_HEAD, Ambiguous, find_initiative, read_line
from storage import contributions, initiatives, people
from storage.store import Work

#: So many words that name no initiative are what was done.
SENTENCE = 3
#: A button carries at most 2,000 characters; a longer line goes through the form instead.
MAX_CARRIED = 1500
#: Of a longer line nothing is read.
MAX_READ = 2 * MAX_WHAT
#: Of what was typed so much is given back: with the sentence above it, what one message in Slack takes.
MAX_GIVEN_BACK = 11_800


_WHOM = re.compile(r"(?:<@(?P<id>[^>\s]+)>|(?P<email>[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+))\s*", re.IGNORECASE)


class WhomFor(Refused):
    """Please name a colleague: `contribute for @colleague 2h testing on claims: what they did`."""


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`contribute ...`: logs at once if everything is clear, else asks for the rest."""
    if not command.text.strip():
        return Open(form=form.build(actor, form.Filled(), work, aim=form.Aim()))
    return log_line(actor, command.text, work)


def on_new(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Open(form=form.build(actor, form.Filled(), work, aim=form.Aim()))


def on_message_action(actor: Actor, action: MessageAction, work: Work) -> AnyReply:
    """From a message's menu: the form with a link to the message, never its text."""
    return Open(form=form.build(actor, form.Filled(link=action.link), work, aim=form.Aim()))


def on_command_for(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`contribute for @colleague ...`"""
    named = _WHOM.match(command.text.strip())
    if named is None:
        raise WhomFor
    rest = command.text.strip()[named.end() :]
    if named["id"]:
        person = colleague(actor, named["id"], work)
    else:
        found = people.by_email(work, named["email"])
        if found is None:
            raise UnknownColleague
        person = found
    whose = None if person.id == actor.person.id else person
    if not rest.strip():
        aim = form.Aim(for_person_id=None if whose is None else whose.id)
        return Open(form=form.build(actor, form.Filled(), work, aim=aim, whose=behalf.possessive(whose)))
    return log_line(actor, rest, work, whose=whose)


def on_command_review(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`contribute review claims` shows a week, `contribute review 2h on claims: ...` logs: review is a kind too."""
    if _is_entry(actor, command.text):
        return log_line(actor, f"review {command.text}", work)
    return review.on_command(actor, command, work)


def glance_review(actor: Actor, command: Command, work: Work) -> AnyReply | None:
    return None if _is_entry(actor, command.text) else review.on_command(actor, command, work)


def _is_entry(actor: Actor, text: str) -> bool:
    return ":" in text or find_effort(text, hours_a_day=actor.policy.hours_a_day) is not None


def log_line(
    actor: Actor, text: str, work: Work, *, initiative_id: int | None = None, whose: Person | None = None
) -> AnyReply:
    """Log what a line says, for oneself or for a colleague; whatever is not clear is asked for."""
    if len(text) > MAX_READ:
        return Say(card=_given_back(text, len(text), whose))
    person = whose or actor.person
    today = actor.today if whose is None else work.now.astimezone(whose.zone).date()
    typed = _with_names(actor, text, work)
    line = read_line(typed, today=today, policy=actor.policy)
    missing: list[str] = []
    if len(typed) > MAX_WHAT and len(typed) - len(line.what) > MAX_HEAD:
        # A sentence without a colon, or with one far behind: there is no telling what of it was done.
        line = replace(line, what=clean(typed))
    if len(line.what) > (form.MOST_GIVEN if actor.origin.can_ask else MAX_WHAT):
        return Say(card=_given_back(typed, len(line.what), whose))
    if len(line.what) > MAX_WHAT:
        missing.append(f"{_too_long(len(line.what))} Nothing is logged yet: please shorten it here.")
    initiative: Initiative | None = None
    if initiative_id is not None:
        initiative = initiatives.by_id(work, initiative_id)
    elif line.initiative_phrase:
        try:
            initiative = find_initiative(work, line.initiative_phrase)
        except Ambiguous as several:
            if len(text) <= MAX_CARRIED:
                return Say(card=_which(several.candidates, text, whose))
            missing.append(several.sentence)
        except NoSuchInitiative:
            if not line.what and len(line.initiative_phrase.split()) >= SENTENCE:
                line = replace(line, what=clean(typed))
                missing.append("I took your sentence as what was done. Which initiative was it for?")
            else:
                missing.append(f"I know no initiative like “{line.initiative_phrase[:60]}”.")
    else:
        missing.append("Which initiative was it for?")
    if line.problems:
        missing.append(f"I could not place “{', '.join(line.problems)[:80]}”.")
    if line.kind is None:
        missing.append("What kind of contribution was it?")
    if not line.what:
        missing.append("What was done?")
    aim = form.Aim(for_person_id=None if whose is None else whose.id)
    if missing or initiative is None or line.kind is None:
        filled = form.from_line(line, None if initiative is None else initiative.id)
        return Open(
            form=form.build(
                actor, filled, work, aim=aim, note=" ".join(missing), whose=behalf.possessive(whose)
            )
        )
    draft = Draft(
        kind=line.kind,
        initiative_id=initiative.id,
        effort_minutes=line.effort_minutes,
        day=line.day or today,
        what=line.what,
        degree=line.degree or Degree.EQUAL,
        link=line.link,
    )
    try:
        return log_draft(actor, draft, initiative, work, person=person, today=today)
    except InvalidField as invalid:
        # What was stored before the day was found over-full goes; what was typed stays, in the form.
        raise AskAgain(
            form.build(
                actor,
                form.from_line(line, initiative.id),
                work,
                aim=aim,
                note=invalid.sentence,
                whose=behalf.possessive(whose),
            )
        ) from invalid


def log_draft(
    actor: Actor, draft: Draft, initiative: Initiative, work: Work, *, person: Person, today: date
) -> AnyReply:
    """Check and store a new entry, and say so. Raises InvalidField."""
    draft = check(draft, today=today, policy=actor.policy)
    if person.id != actor.person.id:
        return behalf.log_for(actor, person, draft, initiative, work, today=today)
    entry_id, totals = contributions.log(
        work, draft, person_id=person.id, team_id=person.team_id, month=today
    )
    return Say(card=confirmation(entry_id, draft, initiative, today, totals))


def on_pick(actor: Actor, press: Press, work: Work) -> AnyReply:
    """One of several initiatives was meant: goes on with the line as it was typed."""
    try:
        carried = json.loads(press.value)
        initiative_id, text, person_id = int(carried["i"]), str(carried["t"]), carried.get("f")
        whose = None if person_id is None else people.by_id(work, int(person_id))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NoSuchInitiative from None
    reply = log_line(actor, text, work, initiative_id=initiative_id, whose=whose)
    return Replace(card=reply.card) if isinstance(reply, Say) else reply


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """The form was sent in: a new entry, a colleague's, or a change."""
    aim = form.Aim.load(submission.context)
    draft = form.read(actor, submission, work)
    initiative = initiatives.by_id(work, draft.initiative_id)
    if initiative is None:
        raise NoSuchInitiative
    if aim.entry_id is not None:
        return change_entry(actor, aim, draft, initiative, work)
    whose = None if aim.for_person_id is None else people.by_id(work, aim.for_person_id)
    person = whose or actor.person
    today = work.now.astimezone(person.zone).date()
    return log_draft(actor, draft, initiative, work, person=person, today=today)


def change_entry(actor: Actor, aim: form.Aim, draft: Draft, initiative: Initiative, work: Work) -> AnyReply:
    """Change one's own entry, keeping the version before. What awaited confirmation counts from now on."""
    entry = own_entry(actor, aim.entry_id or 0, work)
    if entry.version != aim.version:
        raise EntryChanged
    draft = check(draft, today=actor.today, policy=actor.policy)
    if not contributions.change(
        work, entry, by_person_id=actor.person.id, draft=draft, status=Status.COUNTED
    ):
        raise EntryChanged
    said = "Changed"
    if entry.status is Status.AWAITING:
        said = "Corrected and confirmed"
        behalf.tell_logger(actor, entry, work, "corrected and confirmed")
    review.tell_questioners(actor, entry, initiative, work)
    totals = contributions.totals(work, actor.person.id, month=actor.today, day=draft.day)
    return Replace(card=confirmation(entry.id, draft, initiative, actor.today, totals, said))


def on_edit(actor: Actor, press: Press, work: Work) -> AnyReply:
    entry = own_entry(actor, press.value, work)
    aim = form.Aim(entry_id=entry.id, version=entry.version)
    return Open(form=form.build(actor, form.from_entry(entry), work, aim=aim))


def on_undo(actor: Actor, press: Press, work: Work) -> AnyReply:
    entry = withdraw(actor, press.value, work)
    return Replace(card=sentence("Undone: ", entry_words(entry), ". Nothing of it counts any more."))


def _with_names(actor: Actor, text: str, work: Work) -> str:
    """The text with mentions of people as their names, so that a log read later still says who."""
    if "<@" not in text:
        return text

    def name(mention: re.Match[str]) -> str:
        found = people.by_identity(work, actor.origin.platform, actor.origin.tenant, mention[1])
        return f"@{found.person.name}" if found is not None else "@somebody"

    return re.sub(r"<@([^>\s]+)>", name, text)


def _too_long(characters: int) -> str:
    return f"That is {characters:,} characters, and an entry holds {MAX_WHAT:,}."


def _given_back(text: str, characters: int, whose: Person | None) -> Card:
    """What was typed, where no form takes it: on Slack a command's text is gone from the box."""
    kept = text[:MAX_GIVEN_BACK]
    part = "is what you typed" if kept == text else f"are the first {len(kept):,} of them"
    said = f"{_too_long(characters)} Nothing was logged. Here {part}, to copy and shorten:"
    new = Button(label="Log a contribution", action="contribution.new")
    return given_back(said, kept, *((Buttons(items=(new,)),) if whose is None else ()))


def _which(candidates: Sequence[Initiative], text: str, whose: Person | None) -> Card:
    def carried(one: Initiative) -> str:
        value: dict[str, object] = {"i": one.id, "t": text}
        if whose is not None:
            value["f"] = whose.id
        return json.dumps(value, ensure_ascii=False)

    return Card(
        summary="Which initiative do you mean?",
        elements=(
            Text(runs=runs("Which initiative do you mean? Nothing is logged yet.")),
            Text(runs=runs(f"“{text}”")),
            Buttons(
                items=tuple(
                    Button(label=one.name, action="contribution.pick", value=carried(one))
                    for one in candidates
                )
            ),
        ),
    )
