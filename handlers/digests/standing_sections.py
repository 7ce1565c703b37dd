"""Sign-offs, the name test, numbers and plans: how what sponsors answer for stands, in both digests."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from domain.digest_facts import (
    READING_DAYS,
    Lacks,
    Late,
    Moved,
    NameTest,
    Numbers,
    Overdue,
    Settled,
    Signoffs,
    Unread,
    Waiting,
    Waits,
    WaitsFor,
    Witness,
)
from domain.digests import Audience, Week
from domain.initiatives import Gap, name_test
from domain.kpis import change_words, number_words
from domain.people import Part
from domain.reports import and_words, counted, date_words
from domain.signoffs import Side, State
from handlers.cards import Context, Heading, Shown, Text, code, runs, strong
from handlers.digests.lines import lines
from handlers.sections import DigestSection
from storage import audit, delegations, initiatives, kpis, standing
from storage import people as directory
from storage.store import Work

_ENDED_WORDS = {
    State.SIGNED_OFF.value: "signed off by {by}",
    State.DECLINED.value: "declined by {by}",
    State.EXPIRED.value: "expired, since not both sponsors decided in time",
}


def _gather_signoffs(work: Work, week: Week, zone: ZoneInfo) -> Signoffs | None:
    found = standing.ended(work, *week.span(zone))
    settled = tuple(
        Settled(
            title=f"{one.milestone} of {one.initiative}",
            state=one.state.value,
            on=one.at.astimezone(zone).date(),
            by=tuple(
                name if acting_for is None else f"{name} (for {acting_for})"
                for name, acting_for in one.decided
            ),
        )
        for one in found
    )
    return Signoffs(settled=settled) if settled else None


def _show_signoffs(facts: Signoffs) -> tuple[Shown, ...]:
    return (Heading(text="Sign-offs decided"), *lines([_ended(one) for one in facts.settled]))


def _ended(one: Settled) -> Text:
    by = and_words(one.by) if one.by else "one side"
    said = _ENDED_WORDS[one.state].format(by=by)
    return Text(runs=runs(strong(f"{one.title}: "), f"{said}, {date_words(one.on)}."))


def _signoffs_clause(facts: Signoffs) -> str:
    parts = []
    for state, words in (("signed_off", "signed off"), ("declined", "declined"), ("expired", "expired")):
        count = sum(one.state == state for one in facts.settled)
        if count:
            verb = "" if state == "expired" else "was " if count == 1 else "were "
            parts.append(f"{counted(count, 'milestone')} {verb}{words}")
    return and_words(parts)


SIGNOFFS = DigestSection(
    name="signoffs",
    facts=Signoffs,
    gather=_gather_signoffs,
    show=_show_signoffs,
    quiet="no sign-off was decided",
    clause=_signoffs_clause,
    changes=lambda before, after: ("The sign-offs that were decided changed.",),
)


def _gather_waiting(work: Work, week: Week, zone: ZoneInfo) -> Waiting | None:
    waits = tuple(one for some in waiting_now(work, zone).values() for one in some)
    return Waiting(open=tuple(sorted(waits, key=lambda one: -one.days))) if waits else None


def waiting_now(work: Work, zone: ZoneInfo) -> dict[int, list[Waits]]:
    """The sign-offs under way, by initiative; what waits longest first."""
    found = standing.open_signoffs(work)
    today = work.now.astimezone(zone).date()
    people = directory.by_ids(work, {number for one in found for number in one.sponsors.values()})
    waits: dict[int, list[Waits]] = {}
    for one in found:
        acting = {
            given.side: given.delegate_id
            for given in delegations.standing(work, one.initiative_id)
            if given.holds(today) and given.sponsor_id == one.sponsors[given.side]
        }
        delegates = directory.by_ids(work, acting.values())
        names = []
        for side in one.waits_for():
            name = people[one.sponsors[side]].name
            if side in acting:
                name = f"{name} or {delegates[acting[side]].name}"
            names.append(WaitsFor(side=side.value, name=name))
        if one.state is State.CHANGES:
            names.append(WaitsFor(side="requester", name=one.requested_by))
        waits.setdefault(one.initiative_id, []).append(
            Waits(
                title=f"{one.milestone} of {one.initiative}",
                since=(since := one.since.astimezone(zone).date()),
                days=(today - since).days,
                expires_on=one.expires_at.astimezone(zone).date(),
                waits_for=tuple(names),
            )
        )
    return waits


def _show_waiting(facts: Waiting) -> tuple[Shown, ...]:
    return (
        Heading(text="Sign-offs waiting"),
        *lines(
            [
                Text(
                    runs=runs(
                        strong(f"{one.title}: "),
                        f"{waits_words(one)}, open until {date_words(one.expires_on)}.",
                    )
                )
                for one in facts.open
            ]
        ),
    )


def waits_words(one: Waits) -> str:
    """As in "waiting for Cleo Marsh (business sponsor) for 6 days"."""
    since = f"for {counted(one.days, 'day')}" if one.days else f"since {date_words(one.since)}"
    if any(each.side == "requester" for each in one.waits_for):
        return f"changes are wanted; with {one.waits_for[0].name} {since}"
    names = [f"{each.name} ({Side(each.side).part.value})" for each in one.waits_for]
    return f"waiting for {and_words(names)} {since}"


def _waiting_to_do(facts: Waiting, audience: Audience) -> tuple[str, ...]:
    """Each function asks its own side: HR the business, the AI function the technical one."""
    side = Side.BUSINESS if audience is Audience.HR else Side.TECHNICAL
    verb = "Ask" if audience is Audience.HR else "Decide, or ask"
    return tuple(
        f"{verb} {each.name} about {one.title}: it waits for the {side.part.value}."
        for one in facts.open
        for each in one.waits_for
        if each.side == side.value
    )


WAITING = DigestSection(
    name="waiting",
    facts=Waiting,
    gather=_gather_waiting,
    show=_show_waiting,
    quiet="no sign-off is waiting",
    clause=lambda facts: (
        f"{counted(len(facts.open), 'sign-off')} {'is' if len(facts.open) == 1 else 'are'} waiting"
    ),
    to_do=_waiting_to_do,
    standing=True,
)


def _gather_names(work: Work, week: Week, zone: ZoneInfo) -> NameTest | None:
    known = initiatives.active(work)
    people = directory.by_ids(work, {holder for one in known for holder in one.holders.values()})
    numbered = kpis.business_owned(work, {one.id for one in known})
    failing = tuple(
        Lacks(
            initiative=one.name,
            department=one.department,
            business_sponsor=people[one.holders[Part.BUSINESS_SPONSOR]].name,
            gaps=tuple(gap.name for gap in gaps),
        )
        for one in known
        if (gaps := name_test(one, people, business_number=one.id in numbered))
    )
    return NameTest(failing=failing) if failing else None


def _show_names(facts: NameTest) -> tuple[Shown, ...]:
    return (
        Heading(text="Failing the name test"),
        *lines(
            [
                Text(runs=runs(strong(f"{one.initiative}: "), " ".join(gap.value for gap in one.reasons)))
                for one in facts.failing
            ]
        ),
        Context(
            runs=runs("The name test: can you name the business leader whose result it is if this succeeds?")
        ),
    )


def _names_to_do(facts: NameTest, audience: Audience) -> tuple[str, ...]:
    said = []
    for one in facts.failing:
        if audience is Audience.HR and Gap.SPONSOR in one.reasons:
            said.append(
                f"Talk to {one.department} about {one.initiative}: nobody from the business has accepted to sponsor it "
                f"yet; {one.business_sponsor} is named."
            )
        if audience is Audience.AI and Gap.OWNER in one.reasons:
            said.append(f"Hand {one.initiative} to a product owner from {one.department}.")
        if audience is Audience.AI and Gap.NUMBER in one.reasons:
            said.append(f"Find with {one.department} the number that {one.initiative} is to move.")
    return tuple(said)


NAMES = DigestSection(
    name="names",
    facts=NameTest,
    gather=_gather_names,
    show=_show_names,
    quiet="every initiative passes the name test",
    to_do=_names_to_do,
    standing=True,
)


def _gather_numbers(work: Work, week: Week, zone: ZoneInfo) -> Numbers | None:
    moved = tuple(
        Moved(**(one._asdict() | {"department": one.department.split("/", 1)[0]}))
        for one in standing.readings(work, week.first, week.last)
    )
    return Numbers(moved=moved) if moved else None


def _show_numbers(facts: Numbers) -> tuple[Shown, ...]:
    return (Heading(text="Numbers that were read"), *lines([_moved(one) for one in facts.moved]))


def _moved(one: Moved) -> Text:
    before = "" if one.before is None else f" The reading before was {number_words(one.before)}."
    return Text(
        runs=runs(
            strong(f"{one.initiative}, {one.name}: "),
            f"{change_words(one.draft, one.value)}.{before} "
            f"{one.department} redesigned the work, the AI function built the tool; {one.owner}'s number.",
        )
    )


NUMBERS = DigestSection(
    name="numbers",
    facts=Numbers,
    gather=_gather_numbers,
    show=_show_numbers,
    quiet="no number was read",
    clause=lambda facts: (
        f"{counted(len(facts.moved), 'number')} {'was' if len(facts.moved) == 1 else 'were'} read"
    ),
    changes=lambda before, after: ("The readings of the week changed.",),
)


def _gather_overdue(work: Work, week: Week, zone: ZoneInfo) -> Overdue | None:
    today = work.now.astimezone(zone).date()
    unread = standing.unread(work, since=today - timedelta(days=READING_DAYS))
    late = standing.late_steps(work, today=today)
    if not unread and not late:
        return None
    return Overdue(
        unread=tuple(
            Unread(initiative=about, name=name, owner=owner, last_on=last)
            for about, name, owner, last in unread
        ),
        steps=tuple(
            Late(initiative=about, text=text, owner=owner, due_on=due) for about, text, owner, due in late
        ),
    )


def _show_overdue(facts: Overdue) -> tuple[Shown, ...]:
    overdue = []
    for number in facts.unread:
        last = "never read" if number.last_on is None else f"last read {date_words(number.last_on)}"
        overdue.append(
            Text(
                runs=runs(
                    strong(f"{number.initiative}, {number.name}: "), f"{last}; {number.owner}'s number."
                )
            )
        )
    for step in facts.steps:
        owner = "" if step.owner is None else f"; {step.owner} has it"
        overdue.append(
            Text(
                runs=runs(
                    strong(f"{step.initiative}: "),
                    f"{step.text} (due {date_words(step.due_on)}{owner}).",
                )
            )
        )
    return (Heading(text="Overdue"), *lines(overdue))


def _overdue_to_do(facts: Overdue, audience: Audience) -> tuple[str, ...]:
    if audience is not Audience.AI:
        return ()
    numbers = (
        f"Ask {one.owner} for a reading of {one.name} on {one.initiative}, and help to get it."
        for one in facts.unread
    )
    steps = (
        f"Look with {one.owner or 'the product owner'} at an overdue step of {one.initiative}'s transition plan."
        for one in facts.steps
    )
    return tuple(dict.fromkeys((*numbers, *steps)))


OVERDUE = DigestSection(
    name="overdue",
    facts=Overdue,
    gather=_gather_overdue,
    show=_show_overdue,
    quiet="nothing is overdue",
    to_do=_overdue_to_do,
    standing=True,
)


def _gather_witness(work: Work, week: Week, zone: ZoneInfo) -> Witness | None:
    head = audit.head(work)
    return Witness(head=str(head)) if head.number else None


WITNESS = DigestSection(
    name="witness",
    facts=Witness,
    gather=_gather_witness,
    show=lambda facts: (
        Context(
            runs=runs(
                "The audit log's head, which bears witness to every sign-off before it: ", code(facts.head)
            )
        ),
    ),
    quiet="",
    standing=True,
)
