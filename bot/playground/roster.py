"""The fictional company: its people and channels, and what was said before the bot came."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

TEAM_ID = "T0ALDER"
TEAM_DOMAIN = "alder-pike"
APP_ID = "A0TANDEM"
BOT_USER_ID = "U0TANDEM"
BOT_ID = "B0TANDEM"


@dataclass
class User:
    """One account of the workspace; `department` is the first part of `team`, empty for outsiders."""

    id: str
    name: str
    email: str
    team: str = ""
    time_zone: str = "Etc/UTC"
    locale: str = "en-US"
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False
    title: str = ""

    @property
    def handle(self) -> str:
        """The name typed after an @: the local part of the e-mail address."""
        return self.email.split("@")[0] if self.email else self.name.lower().replace(" ", ".")

    @property
    def department(self) -> str:
        return self.team.split("/")[0]


@dataclass(frozen=True)
class SeedMessage:
    """Something a colleague wrote before the playground was opened."""

    channel: str
    author_email: str
    text: str
    minutes_ago: int


@dataclass
class Company:
    """Everything that a workspace starts with."""

    name: str
    users: list[User]
    channels: dict[str, str] = field(default_factory=dict)
    seed_messages: list[SeedMessage] = field(default_factory=list)


def people_csv() -> Path:
    """The company's directory in the format of `tandem directory import`."""
    return Path(str(files("bot.playground").joinpath("company", "people.csv")))


def teams_csv() -> Path:
    """The kinds of the company's teams, in the format of `tandem directory import --teams`."""
    return Path(str(files("bot.playground").joinpath("company", "teams.csv")))


def alder_and_pike(people: Path | None = None) -> Company:
    """Alder & Pike Mutual, an insurer that does not exist, with the people of a CSV (default: its own).

    User ids are U0001, U0002, ... in the order of the file. Three more accounts are in Slack but not in the
    directory: U0901 (a stranger), U0902 (another bot) and U0903 (deactivated).
    """
    with (people or people_csv()).open(newline="", encoding="utf-8") as handle:
        users = list(_users(csv.DictReader(handle)))
    users += [
        User(
            "U0901",
            "Robin Quill",
            "robin.quill@contractor.example",
            title="Contractor",
            time_zone="Europe/London",
        ),
        User("U0902", "Standup Owl", "", is_bot=True),
        User("U0903", "Viktor Hale", "viktor.hale@alderpike.example", deleted=True, title="Left the company"),
    ]
    channels = {"C0GENERAL": "general", "C0CLAIMS": "claims", "C0AIINIT": "ai-initiatives"}
    return Company("Alder & Pike Mutual", users, channels, list(_SEED_MESSAGES))


def _users(rows: Iterable[dict[str, str]]) -> Iterable[User]:
    for number, row in enumerate(rows, start=1):
        yield User(
            id=f"U{number:04d}",
            name=row["name"],
            email=row["email"],
            team=row["team"],
            time_zone=row.get("time_zone") or "Etc/UTC",
            locale=row.get("locale") or "en-US",
            title=row["team"].replace("/", ", "),
        )


_SEED_MESSAGES = (
    SeedMessage(
        "C0GENERAL",
        "sofia.marchetti@alderpike.example",
        "Good morning. The monthly showcase is on Thursday at 15:00; things that did *not* work are as "
        "welcome as things that did.",
        1500,
    ),
    SeedMessage(
        "C0GENERAL",
        "beatrice.howe@alderpike.example",
        "Month end closes tomorrow at noon. Please send late invoices to <@U0022>.",
        190,
    ),
    SeedMessage(
        "C0CLAIMS",
        "ines.carvalho@alderpike.example",
        "I went through 400 claims that the triage model sent to the wrong queue and labelled why. Most are "
        "_storm damage with a second policy_. The sheet is on the team drive.",
        320,
    ),
    SeedMessage(
        "C0CLAIMS",
        "tobias.ekwall@alderpike.example",
        "Thank you, that is exactly the list the AI team has been asking for. How long did it take?",
        310,
    ),
    SeedMessage(
        "C0CLAIMS", "ines.carvalho@alderpike.example", "About three hours, spread over two afternoons.", 305
    ),
    SeedMessage(
        "C0CLAIMS",
        "daniel.osei@alderpike.example",
        "The assistant still suggests closing total-loss claims before the surveyor has reported. I override "
        "it every time, so I am not sure what it is for.",
        95,
    ),
    SeedMessage(
        "C0AIINIT",
        "nora.lindqvist@alderpike.example",
        "Claims triage, week 3: precision on storm claims went from 0.71 to 0.83 with the labels from "
        "<#C0CLAIMS>.",
        260,
    ),
    SeedMessage(
        "C0AIINIT",
        "hanne.solberg@alderpike.example",
        "Complaints drafting: <@U0010> and I tested 60 draft replies yesterday. 41 usable, 12 with the wrong "
        "tone, 7 wrong on facts.",
        140,
    ),
    SeedMessage(
        "C0AIINIT",
        "mateo.rivas@alderpike.example",
        "Very useful. Could you share the 7? We would like to see whether they have the same source.",
        120,
    ),
)
