"""A pulse that the playground's company answered some days ago, and what its people would answer to another one.

All of it is made up. The same seed on the same day makes the same answers; they are counted and merged by the rules
that hold for every pulse, and single answers are in no table.
"""

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from domain.blocks import shown_comments
from domain.pulses import Audience, Plan, PlanState, Side, Spec, Status
from domain.question_bank import by_key, set_by_key
from domain.questions import Driver, Question, Stance, stance
from domain.releases import Node, Tally, Tree, release
from storage import ballots, panels, people, pulses, releases, sealing
from storage.store import Work

DOMAIN = "alderpike.example"
SEED = 6
ZONE = "Europe/Berlin"
TITLE = "AI tools in our work"
#: Who planned it and who approved it.
HR, AI = "sofia.marchetti", "arun.desai"
SET = "first"
DAYS_OPEN = 7
#: Which part of those asked answers.
RESPONSE = 0.72

RESPONSE_TEXT = (
    "You told us that results are too often wrong where you need them most. Until the end of the month the AI "
    "function looks at every wrong result that you report and writes back what was changed. HR gives each team two "
    "hours a week to report them, taken from other work. We will not bring the tools to more teams before that."
)


class Lean(NamedTuple):
    """How often, of 100 answers, each of the five points is chosen; the last is the best."""

    weights: tuple[int, int, int, int, int]

    def draw(self, chance: random.Random, question: Question) -> int:
        good = chance.choices(range(1, 6), self.weights)[0]
        return good if question.favourable == "high" else 6 - good


USUAL = Lean((4, 9, 20, 43, 24))
#: Where it is otherwise, by department or team and by what a question is about.
LEANS = {
    ("Operations/Claims", Driver.TRUST): Lean((26, 34, 18, 16, 6)),
    ("Operations", Driver.TRUST): Lean((16, 30, 22, 22, 10)),
    ("Finance", Driver.TRUST): Lean((8, 22, 26, 32, 12)),
    ("Finance", Driver.INTEREST): Lean((10, 22, 26, 30, 12)),
}

COMMENTS = {
    "Operations": (
        "It is right about the usual letters and wrong about the odd ones, and the odd ones are my day.",
        "I report a wrong suggestion and never hear what became of it.",
        "With storm claims I check everything twice, so it saves nothing.",
        "The summaries are good. I would like to know when they are unsure.",
        "Please tell us what changed after an update, before we find out.",
        "Half an hour of practice on real cases helped more than the course.",
        "When it is wrong, the customer hears it from us.",
    ),
    "Finance": (
        "The matching is fine until somebody pays in two parts.",
        "I do not know what will be left of my role once it works.",
        "Month end is no time to try new things.",
        "It helps with the easy invoices. Those were easy before.",
        "I would like to see the reasons next to the number.",
    ),
}


def lean(team: str, question: Question) -> Lean:
    """How people of a team rather answer a question."""
    for place in (team, team.split("/")[0]):
        if (found := LEANS.get((place, question.driver))) is not None:
            return found
    return USUAL


def write_pulse(work: Work, today: date) -> None:
    """Put the pulse, what was released of it and the answer to it into a store that has the company's people."""
    both = [people.by_email(work, f"{name}@{DOMAIN}") for name in (HR, AI)]
    if None in both or work.vault is None:
        return
    hr, ai = (one.id for one in both if one is not None)
    # On Thursday of the last whole week: the digest of that week has it.
    closes_on = today - timedelta(days=today.weekday() + 4)
    spec = Spec(
        title=TITLE,
        questions=tuple(by_key(key) for key in set_by_key(SET).questions),
        audience=Audience(kind="everyone"),
        opens_on=closes_on - timedelta(days=DAYS_OPEN - 1),
        closes_on=closes_on,
        zone=ZONE,
    )
    planned = replace(work, now=_at(work, spec.opens_on - timedelta(days=2)))
    plan = pulses.draft(planned, Plan(spec=spec), hr)
    pulses.approve(work, plan, Side.HR, hr)
    pulses.approve(work, plan, Side.AI, ai)
    pulses.set_plan_state(work, plan, PlanState.DONE)
    number = pulses.schedule(work, plan, 1, spec)
    tree = _answered(work, number, spec)
    due_on = closes_on + timedelta(days=5)
    pulses.set_status(work, number, Status.RELEASED, tree=tree.model_dump_json(), response_due_on=due_on)
    said = replace(work, now=_at(work, closes_on + timedelta(days=1)))
    pulses.propose_response(said, number, RESPONSE_TEXT, Side.HR, hr)
    pulses.agree_response(said, number, Side.AI, ai)


def _answered(work: Work, number: int, spec: Spec) -> Tree:
    """Keep what is released of answers that are drawn now and kept nowhere; the tree of those who were asked."""
    chance = random.Random(SEED)
    asked = [(one.person_id, one.team_id) for one in panels.turns(work, spec.audience)]
    invited: dict[int, int] = defaultdict(int)
    for _, team in asked:
        invited[team] += 1
    tree = Tree(nodes=tuple(Node(*one) for one in panels.teams(work)), invited=invited)
    tallies: dict[str, dict[int, Tally]] = {
        one.key: defaultdict(lambda: Tally(0, 0, 0)) for one in spec.questions
    }
    answered: dict[int, int] = defaultdict(int)
    for _, team in asked:
        if chance.random() >= RESPONSE:
            continue
        answered[tree.department(team)] += 1
        for question in spec.questions:
            said = stance(question, lean(tree.path(team), question).draw(chance, question))
            before = tallies[question.key][team]
            tallies[question.key][team] = Tally(
                before.answered + 1,
                before.favourable + (said is Stance.FAVOURABLE),
                before.unfavourable + (said is Stance.UNFAVOURABLE),
            )
    found = release(tree, [(one.key, *spec.limits(one)) for one in spec.questions], tallies)
    releases.keep(work, number, found)
    departments = {tree.path(one): one for one in answered}
    commented = {departments[name]: len(texts) for name, texts in COMMENTS.items() if name in departments}
    under = shown_comments(answered, commented)
    comments = [
        (under[departments[name]], chance.randbytes(16), text)
        for name, texts in COMMENTS.items()
        if departments.get(name) in under
        for text in texts
    ]
    releases.keep_comments(work, number, comments)
    _keep_rosters(work, asked, {one.members[0] for one in found if one.node.startswith("team:")}, spec)
    return tree


def _keep_rosters(work: Work, asked: list[tuple[int, int]], own: set[int], spec: Spec) -> None:
    """Who was asked in the teams that have a line of their own, as the next pulse compares it."""
    key = ballots.keep(
        ballots.vault_of(work), ballots.MAC_KEY, lambda: random.SystemRandom().randbytes(sealing.KEY_BYTES)
    )
    tokens: dict[int, set[bytes]] = defaultdict(set)
    for person, team in asked:
        if team in own:
            tokens[team].add(sealing.roster_token(key, person))
    for question in spec.questions:
        releases.keep_rosters(work, question.key, tokens)


def _at(work: Work, day: date) -> datetime:
    """The afternoon of a day."""
    return datetime.combine(day, time(15), tzinfo=work.now.tzinfo)
