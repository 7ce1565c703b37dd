"""Concerns over HTTP, as Slack signs them: raising one, and writing back by code, in turn with `/contribute`.

One connection sends one of each in turn, and waits a little between requests, so that what a concern causes is sent to
those who handle it; 32 do not wait, and share the process with what is sent. Every form is first opened once, and what
Slack was told to show is sent in as a person would: a concern twice, to be looked at and to be sent. What differs from
then on stands in the view's metadata, as the adapter renders it: a concern's window, or a case's code.
"""

import asyncio
import itertools
import json
import random
import secrets
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import load
from benchmarks.contributions import (
    LINE,
    USERS,
    fill,
    free_port,
    listening,
    process,
    serve_settings,
    settle,
    slack_stub,
)
from domain.concerns import Severity, code_words
from domain.specificity import Told
from handlers.cards import Form
from handlers.concerns import codes, form
from handlers.concerns.form import Way
from handlers.slack import render
from storage import concern_boxes
from storage.people import person, team
from storage.store import Work, open_store
from storage.vault import FileVault

MOST_OF_A_CONTRIBUTION = 1.5
#: What the window says in which a concern is looked at before it is sent.
LOOK = b"Readers will see exactly this:"
WHAT = "It flagged two correct claims as fraud last week."
#: Cases that are written back to, one after the other.
CASES = 2_000
#: So many people of the AI function and of HR handle concerns, beside the product owner.
HANDLERS = 4
#: So many people are in a team, and so many teams in a department.
TEAM, TEAMS = 12, 20
#: One connection waits so long before its next request, in which what a concern causes is sent to its handlers.
PAUSE_S = 0.1
WARM_UP_S = 4.0
#: Everybody in turn: nobody comes to the limit of a day.
_people = itertools.count(1)

CONTRIBUTION = load.Way(load.alone(partial(load.slash_command, LINE, users=USERS)), b"Logged")

Json = dict[str, Any]


async def measure(url: str, folder: Path, *, seconds: float, rounds: int) -> bool:
    """Print what each takes against a contribution, on a migrated and empty database; whether that is good enough."""
    await fill(url)
    given = await _handed_over(url, folder)
    await settle(url)
    shown: list[Json] = []
    good = True
    async with slack_stub(shown) as api:
        port = free_port()
        settings = serve_settings(url, port, api) | {"TANDEM_VAULT_DIR": str(folder)}
        with process([sys.executable, "-m", "bot.cli", "serve"], settings):
            await listening(port)
            raised = await _opened(port, shown, "")
            case = await _opened(port, shown, f"code {code_words(given[0])}")
            turns = itertools.cycle(given)
            ways = {
                "looked at without a name": load.Way(_looked(raised, "anonymous"), LOOK),
                "sent without a name": load.Way(_sent, b"This is its code"),
                "looked at with a name": load.Way(_looked(raised, "named"), LOOK),
                "sent with a name": load.Way(_sent, b"is with those who handle it"),
                "written back by code": load.Way(
                    load.alone(lambda: _written(case, next(turns))), b"It is sent."
                ),
            }
            good &= await _one_connection(port, ways, seconds=seconds * rounds * (1 + len(ways)))
            labels = list(ways)
            for together in (labels[:2], labels[2:4], labels[4:]):
                some = {label: ways[label] for label in together}
                good &= await _many(port, some, seconds=seconds, rounds=rounds)
    return good


async def _one_connection(port: int, ways: dict[str, load.Way], *, seconds: float) -> bool:
    """A contribution and each of the others in turn."""
    every = [CONTRIBUTION, *ways.values()]
    # First without pauses: every connection to the database has to have met every statement a few times.
    await load.in_turn(port, every, connections=1, seconds=WARM_UP_S)
    floor, *ours = await load.in_turn(port, every, connections=1, seconds=seconds, pause_s=PAUSE_S)
    # All are told, whatever one comes to.
    good = [
        _told(1, label, one.p50_ms, one.p99_ms, floor.p50_ms) for label, one in zip(ways, ours, strict=True)
    ]
    return all(good)


async def _many(port: int, ways: dict[str, load.Way], *, seconds: float, rounds: int) -> bool:
    """Runs of 32 connections, a contribution's and the others' in turn; these follow on each other."""
    floors: list[load.Measured] = []
    ours: list[list[load.Measured]] = []
    for number in range(rounds + 1):
        took = seconds if number else 0.5
        [floor] = await load.in_turn(port, [CONTRIBUTION], connections=32, seconds=took)
        some = await load.in_turn(port, list(ways.values()), connections=32, seconds=took * len(ways))
        if number:
            floors.append(floor)
            ours.append(some)
    usual = statistics.median(one.p50_ms for one in floors)
    good = [
        _told(
            32,
            label,
            statistics.median(one.p50_ms for one in taken),
            statistics.median(one.p99_ms for one in taken),
            usual,
        )
        for label, taken in zip(ways, zip(*ours, strict=True), strict=True)
    ]
    return all(good)


def _told(connections: int, label: str, mine: float, p99: float, floor: float) -> bool:
    ratio = mine / floor
    good = ratio <= MOST_OF_A_CONTRIBUTION
    print(
        f"  over HTTP, {connections:>2} connection{'s' if connections > 1 else ' '}: {label} {mine:.1f} ms "
        f"(p99 {p99:.1f}), a contribution {floor:.1f} ms, ratio {ratio:.2f} {'ok' if good else 'TOO SLOW'}",
        flush=True,
    )
    return good


async def _handed_over(url: str, folder: Path) -> list[str]:
    """The codes of cases that those who handle them have."""
    now = datetime.now(UTC)
    store = open_store(url, lambda: now, vault=FileVault(folder))

    def unit(work: Work) -> list[str]:
        _seat(work)
        for role, first in (("ai", 10), ("hr", 10 + HANDLERS // 2)):
            among = person.c.id.between(first, first + HANDLERS // 2 - 1)
            work.connection.execute(sa.update(person).where(among).values(roles=role))
        found = [
            concern_boxes.raise_anonymous(
                work,
                Told(initiative="claims", what=WHAT).model_dump_json(),
                initiative_id=1,
                severity=Severity.USUAL,
                cause=None,
                is_specific=True,
                nonce=secrets.token_urlsafe(24),
            )
            for _ in range(CASES)
        ]
        due = dict.fromkeys(Severity, now + timedelta(days=5))
        handed = concern_boxes.hand_over(work, due, random.Random(3))
        assert len(handed.given) == CASES
        return found

    codes_given = await store.write(unit)
    await store.close()
    return codes_given


def _seat(work: Work) -> None:
    """Everybody in a team of twelve, of which twenty are a department: who is near somebody is looked at."""
    teams = -(-USERS // TEAM)
    first: int = 1 + work.connection.execute(sa.select(sa.func.max(team.c.id))).scalar_one()
    departments = range(first, first + -(-teams // TEAMS))
    work.connection.execute(
        sa.insert(team),
        [
            {"id": one, "path": f"Department {one}", "kind": "business", "parent_id": None}
            for one in departments
        ]
        + [
            {
                "id": departments.stop + number,
                "path": f"Department {first + number // TEAMS}/Team {number}",
                "kind": "business",
                "parent_id": first + number // TEAMS,
            }
            for number in range(teams)
        ],
    )
    mine = departments.stop + (person.c.id - 1) // TEAM
    work.connection.execute(sa.update(person).values(team_id=mine))


async def _opened(port: int, shown: list[Json], line: str) -> Json:
    """The view that `/concern` and what stands behind it opens."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(load.slash_command(line, users=USERS, command="/concern"))
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    writer.close()
    return shown[-1]


def _looked(view: Json, name: str) -> Callable[[bytes], bytes]:
    """The form is sent in; what is answered is a look at it."""
    filled = {"initiative": "1", "what": WHAT, "name": name}

    def request() -> bytes:
        opened = Form(name=form.NAME, title="", elements=(), context=Way.begun().dump())
        return _submission(view, render.modal(opened)["private_metadata"], filled)

    return load.alone(request)


def _sent(look: bytes) -> bytes:
    """What was just looked at is sent, as it stands there."""
    view = json.loads(look)["view"]
    return _submission(view, view["private_metadata"], {})


def _written(view: Json, code: str) -> bytes:
    number = next(_people)
    filled = {"do": "reply", "words": f"It happened again this morning ({number})."}
    opened = Form(name=codes.CASE, title="", elements=(), context=f"{code} 0")
    return _submission(view, render.modal(opened)["private_metadata"], filled)


def _submission(view: Json, metadata: str, filled: dict[str, str]) -> bytes:
    """One HTTP request: somebody sends in a view that was opened, as Slack does."""
    number = next(_people)
    state = {
        block["block_id"]: {
            block["element"]["action_id"]: _state(block["element"], filled.get(block["block_id"]))
        }
        for block in view["blocks"]
        if block["type"] == "input"
    }
    payload = {
        "type": "view_submission",
        "team": {"id": "T0BENCH", "domain": "bench"},
        "user": {"id": f"U{number * 7919 % USERS}", "username": "someone", "team_id": "T0BENCH"},
        "api_app_id": "A0BENCH",
        "token": "unused",
        "trigger_id": f"{number}.{time.time_ns()}",
        "view": view
        | {
            "id": f"V{number}",
            "team_id": "T0BENCH",
            "app_id": "A0BENCH",
            "bot_id": "B0",
            "hash": f"{time.time_ns()}.bench",
            "root_view_id": f"V{number}",
            "previous_view_id": None,
            "private_metadata": metadata,
            "state": {"values": state},
        },
        "response_urls": [],
    }
    return load.signed({"payload": json.dumps(payload)})


def _state(element: Json, value: str | None) -> Json:
    """What stands in an input: what was filled in, else what it was opened with."""
    kind = element["type"]
    if kind in ("checkboxes", "multi_static_select"):
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    if kind in ("static_select", "radio_buttons"):
        chosen = next(
            (one for one in element["options"] if one["value"] == value), element.get("initial_option")
        )
        return {"type": kind, "selected_option": chosen}
    return {"type": kind, "value": value if value is not None else element.get("initial_value")}
