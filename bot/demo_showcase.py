"""What the playground's teams show each other: a showcase that comes, one that was held, and who is asked on Fridays.

All of it is made up. The same day makes the same texts.
"""

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from bot.playground.roster import TEAM_ID
from domain.showcases import OfferDraft, Rule
from handlers.showcases.finding import CHANNEL, RULE
from storage import channels, initiatives, nudges, organisation, people, showcases
from storage.store import Work

DOMAIN = "alderpike.example"
CHANNEL_ID = "C0AIINIT"
ORGANISER = "sofia.marchetti"
PLACE = "Room Elm, and the call in the invitation"
MINUTES = (
    "Eleven people came, four of them from Finance. Hanne asked whether the labels of storm claims could serve "
    "complaints too; Ines shares the sheet. Complaints tries the same sampling for two weeks and shows what came of it."
)
#: Who would like to be asked on Fridays, and about what.
NUDGED = "claims"
WANTING = ("ines.carvalho", "jonas.brandt", "priya.raman")


class Shown(NamedTuple):
    """Something offered, by whom and for what."""

    initiative: str
    presenter: str
    offered_by: str
    tried: str
    learned: str
    worked: bool
    duration_minutes: int


COMING = (
    Shown(
        "claims",
        "ines.carvalho",
        "tobias.ekwall",
        "Labelling 400 storm claims that went to the wrong queue",
        "Most had a second policy that the letter never mentions. With the labels the right queue is found at once in "
        "17 of 20 cases instead of 14.",
        True,
        10,
    ),
    Shown(
        "forecast",
        "elif.aydin",
        "kenji.morita",
        "Making the month-end forecast with a model",
        "It was no better than the one made by hand: what moves the numbers most stands in no system before the month "
        "ends. The cleaned cost centre names stay in use.",
        False,
        15,
    ),
)
HELD = (
    Shown(
        "complaints",
        "aoife.kerrigan",
        "hanne.solberg",
        "Drafting first answers to complaints about late payments",
        "41 of 60 drafts could be sent with small changes. The tone was wrong where somebody had died; those letters "
        "now never reach the model.",
        True,
        15,
    ),
    Shown(
        "invoices",
        "piotr.zielinski",
        "piotr.zielinski",
        "Matching invoices without order numbers by their amounts",
        "Amounts alone match the wrong order in every ninth case. It was cheaper to ask suppliers for the number.",
        False,
        10,
    ),
)


def write_showcases(work: Work) -> None:
    """Put both into a store that has the company's people and initiatives."""
    organiser = people.by_email(work, f"{ORGANISER}@{DOMAIN}")
    if organiser is None:
        return
    rule = Rule.load("last Thursday 15:00 Europe/Berlin")
    organisation.put(work, RULE, rule.dump(), organiser.id)
    organisation.put(work, CHANNEL, channels.remember(work, "slack", TEAM_ID, CHANNEL_ID, None), organiser.id)
    coming = rule.first_after(work.now)
    before = rule.first_after(coming - timedelta(days=40))
    if before >= work.now:
        before = rule.first_after(coming - timedelta(days=70))
    then = replace(work, now=before - timedelta(days=20))
    held = showcases.add(then, before, rule.zone, place=PLACE, created_by_id=organiser.id)
    _offer(then, held.id, HELD)
    showcases.set_minutes(work, held.id, MINUTES)
    one = showcases.add(work, coming, rule.zone, place=PLACE, created_by_id=organiser.id)
    _offer(work, one.id, COMING)
    _nudge(work)


def _offer(work: Work, showcase_id: int, offered: tuple[Shown, ...]) -> None:
    for one in offered:
        about = initiatives.called(work, one.initiative)
        presenter = people.by_email(work, f"{one.presenter}@{DOMAIN}")
        by = people.by_email(work, f"{one.offered_by}@{DOMAIN}")
        if presenter is None or by is None:
            continue
        draft = OfferDraft(
            initiative_id=None if about is None else about.id,
            presenter_id=presenter.id,
            tried=one.tried,
            learned=one.learned,
            worked=one.worked,
            duration_minutes=one.duration_minutes,
        )
        showcases.add_offer(work, showcase_id, draft, offered_by_id=by.id)


def _nudge(work: Work) -> None:
    about = initiatives.called(work, NUDGED)
    if about is None:
        return
    nudges.set_wanted(work, about.id, about.product_owner_id)
    for name in WANTING:
        found = people.by_email(work, f"{name}@{DOMAIN}")
        if found is not None:
            nudges.choose(work, found.id, wants=True)
