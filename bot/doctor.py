"""`tandem doctor`: looks at each setting on its own, and says what to do about what is wrong."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import aiohttp
from pydantic import SecretStr

from bot import database
from bot.problem import Problem
from bot.settings import LOOPBACK, PREFIX, Settings
from domain.people import Role
from domain.pulses import Status
from storage import ballots, migrate, outbox, people, pulses
from storage.pulses import Pulse
from storage.store import Store, Work, open_store
from storage.vault import Vault, VaultProblem

State = Literal["ok", "problem", "skipped"]

#: Slack refuses requests that are older than five minutes; a clock this wrong is on the way there.
MOST_CLOCK_ERROR_S = 60
SLACK_SECONDS = 10

_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class Finding(NamedTuple):
    """One thing looked at."""

    name: str
    state: State
    #: What was seen, or what to do.
    words: str


async def examine(
    settings: Settings | Problem, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> list[Finding]:
    """Everything that can be looked at, in order. Settings that cannot be read are a finding, too."""
    if isinstance(settings, Problem):
        return [Finding("settings", "problem", line) for line in settings.sentence.splitlines()]
    findings = [Finding("settings", "ok", "all of them can be read")]
    findings += await _database(settings)
    findings += await _slack(settings, now)
    findings += _teams(settings)
    if not settings.slack and not settings.teams:
        findings.append(
            Finding(
                "platforms",
                "problem",
                f"set up Slack ({PREFIX}SLACK_BOT_TOKEN) or Teams ({PREFIX}TEAMS_APP_ID)",
            )
        )
    findings += [
        await asyncio.to_thread(vault, database.vault_of(settings), settings.vault_dir),
        _zones(settings.timezone),
    ]
    return findings


def table(findings: Sequence[Finding]) -> str:
    """The findings as people read them."""
    width = max(len(finding.name) for finding in findings)
    lines = [f"{finding.name:<{width}}  {finding.state:<7}  {finding.words}" for finding in findings]
    problems = sum(finding.state == "problem" for finding in findings)
    ending = {0: "No problem found.", 1: "1 problem found."}.get(problems, f"{problems} problems found.")
    return "\n".join([*lines, "", ending])


async def _database(settings: Settings) -> list[Finding]:
    url = settings.database_url.get_secret_value()
    rest = ("migrations", "outbox", "admins", "readers", "keys of pulses")
    file = database.sqlite_file(settings)
    if file is not None and not await asyncio.to_thread(file.exists):
        words = f"There is no file {file} yet. {database.MIGRATE}"
        return [Finding("database", "problem", words), *(_skipped(name, "no database") for name in rest)]
    try:
        store = open_store(url, pool_size=1)
    except Exception as error:
        words = database.unreachable(error)
        return [Finding("database", "problem", words), *(_skipped(name, "no database") for name in rest)]
    try:
        async with asyncio.timeout(15):
            revision = await store.read(migrate.current)
            found = [Finding("database", "ok", f"{store.dialect} answers")]
            problem = database.unmigrated(revision)
            if problem is not None:
                found.append(Finding("migrations", "problem", problem))
                return [*found, *(_skipped(name, "not migrated") for name in rest[1:])]
            found.append(Finding("migrations", "ok", f"revision {revision}"))
            return [
                *found,
                await _outbox(store),
                await _admins(store, settings.admins),
                await _readers(store),
                await keys_of_pulses(store, database.vault_of(settings)),
            ]
    except Exception as error:
        words = database.unreachable(error)
        return [Finding("database", "problem", words), *(_skipped(name, "no database") for name in rest)]
    finally:
        await store.close()


async def _outbox(store: Store) -> Finding:
    counts = await store.read(outbox.counts)
    waiting, dead = counts.get("waiting", 0), counts.get("dead", 0)
    if dead:
        return Finding(
            "outbox",
            "problem",
            f"{dead:,} messages were given up; `tandem outbox` says why, `tandem retry` sends them again",
        )
    return Finding("outbox", "ok", f"{waiting:,} messages waiting")


async def _admins(store: Store, wanted: Sequence[str]) -> Finding:
    def look(work: Work) -> tuple[set[str], set[str]]:
        held = {one.email for one in people.with_role(work, Role.ADMIN)}
        return held, {email for email in wanted if people.by_email(work, email) is not None}

    admins, known = await store.read(look)
    if strangers := [email for email in wanted if email not in known]:
        words = f"{', '.join(strangers)} is not in the directory; add them to people.csv and import it"
        return Finding("admins", "problem", words)
    if not admins and not wanted:
        words = (
            f"Nobody administers Tandem: give somebody the role admin in people.csv, or set {PREFIX}ADMINS"
        )
        return Finding("admins", "problem", words)
    return Finding("admins", "ok", f"{len(admins | known):,} in the directory")


async def _readers(store: Store) -> Finding:
    """Concerns about no deployment, and pulses, have no other readers."""
    held = await store.read(
        lambda work: {role: len(people.with_role(work, role)) for role in (Role.HR, Role.AI)}
    )
    if not any(held.values()):
        words = "Nobody has the role hr or ai, so concerns about no deployment reach nobody: give it in people.csv"
        return Finding("readers", "problem", words)
    return Finding("readers", "ok", f"{held[Role.HR]:,} of HR, {held[Role.AI]:,} of the AI function")


async def keys_of_pulses(store: Store, kept: Vault) -> Finding:
    """Whether the keys of every pulse that is not over are there; whose pulses they are is nobody's business."""
    name = "keys of pulses"
    under_way = await store.read(lambda work: pulses.in_status(work, Status.OPEN, Status.CLOSING))
    try:
        held = await asyncio.to_thread(kept.names)
    except VaultProblem:
        return _skipped(name, "the vault cannot be used")
    missing = [str(one.id) for one in reversed(under_way) if not _needed(one) <= held]
    if missing:
        words = (
            f"those of pulse {', '.join(missing)} are not in this vault; every replica needs the same "
            f"{PREFIX}VAULT_DIR, on one file system. Without them no answer is taken or opened"
        )
        return Finding(name, "problem", words)
    if not under_way:
        return Finding(name, "ok", "no pulse is open")
    return Finding(name, "ok", f"there for {len(under_way):,} under way; every replica needs this vault")


def _needed(one: Pulse) -> set[str]:
    """What the vault holds until a pulse is released; a third party keeps the opening key."""
    always = {ballots.MAC_KEY, ballots.box_name(one.id)}
    return always if one.spec.trustee_key is not None else always | {ballots.opening_name(one.id)}


async def _slack(settings: Settings, now: Callable[[], datetime]) -> list[Finding]:
    names = ("Slack bot token", "Slack scopes", "Slack signing secret", "Slack app token", "clock")
    if settings.slack_bot_token is None:
        return [_skipped(name, "Slack is not set up") for name in names]
    token = settings.slack_bot_token.get_secret_value()
    return [
        *await _slack_api(settings.slack_api_url, token, now),
        signing_secret(settings.slack_signing_secret, socket=settings.slack_app_token is not None),
        app_token(settings.slack_app_token),
    ]


async def _slack_api(url: str, token: str, now: Callable[[], datetime]) -> list[Finding]:
    """What one call of auth.test tells: the token, its scopes, and what time it is at Slack's."""
    try:
        timeout = aiohttp.ClientTimeout(total=SLACK_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.post(f"{url}auth.test", headers={"Authorization": f"Bearer {token}"}) as answer,
        ):
            body = await answer.json(content_type=None)
            headers, came = answer.headers, now()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        words = f"{url} does not answer ({type(error).__name__}); check the network, or {PREFIX}SLACK_API_URL"
        return [
            Finding("Slack bot token", "problem", words),
            _skipped("Slack scopes", "Slack does not answer"),
            _skipped("clock", "Slack does not answer"),
        ]
    if not isinstance(body, dict) or not body.get("ok"):
        why = str(body.get("error"))[:60] if isinstance(body, dict) else "no answer that makes sense"
        words = (
            f"Slack says {why}; copy the Bot User OAuth Token (xoxb-…) again and set {PREFIX}SLACK_BOT_TOKEN"
        )
        return [
            Finding("Slack bot token", "problem", words),
            _skipped("Slack scopes", "no token"),
            clock(headers, came),
        ]
    token_finding = Finding("Slack bot token", "ok", f"valid in {str(body.get('team'))[:60]}")
    return [token_finding, scopes(headers.get("x-oauth-scopes")), clock(headers, came)]


def scopes(header: str | None) -> Finding:
    """Whether the token has every scope that the adapter uses."""
    from handlers.slack.manifest import SCOPES

    if header is None:
        return _skipped("Slack scopes", "Slack did not tell them")
    granted = {scope.strip() for scope in header.split(",")}
    if missing := sorted(SCOPES.keys() - granted):
        words = f"missing: {', '.join(missing)}; add them from manifest.yaml and reinstall the app"
        return Finding("Slack scopes", "problem", words)
    return Finding("Slack scopes", "ok", f"all {len(SCOPES)} granted")


def clock(headers: Mapping[str, str], came: datetime) -> Finding:
    """Whether this machine's clock agrees with Slack's."""
    there: datetime | None = None
    with suppress(ValueError):
        there = parsedate_to_datetime(headers.get("Date", ""))
    if there is None or there.tzinfo is None:
        return _skipped("clock", "Slack did not tell the time")
    error_s = abs((came - there).total_seconds())
    if error_s > MOST_CLOCK_ERROR_S:
        words = (
            f"{error_s:,.0f} s away from Slack's; requests would be refused. Set this machine's clock by NTP"
        )
        return Finding("clock", "problem", words)
    return Finding("clock", "ok", "agrees with Slack's")


def signing_secret(secret: SecretStr | None, *, socket: bool) -> Finding:
    name = "Slack signing secret"
    if secret is None:
        return (
            _skipped(name, "not needed with Socket Mode")
            if socket
            else Finding(name, "problem", "it is missing")
        )
    if re.fullmatch(r"[0-9a-f]{32}", secret.get_secret_value()):
        return Finding(name, "ok", "has the right shape")
    words = (
        "it should be 32 characters of 0-9 and a-f, from Basic Information of your Slack app: "
        f"{PREFIX}SLACK_SIGNING_SECRET"
    )
    return Finding(name, "problem", words)


def app_token(token: SecretStr | None) -> Finding:
    name = "Slack app token"
    if token is None:
        return _skipped(name, "Slack reaches the bot by HTTP")
    if token.get_secret_value().startswith("xapp-"):
        return Finding(name, "ok", "has the right shape; the bot uses Socket Mode")
    return Finding(
        name, "problem", f"it should begin with xapp-; set {PREFIX}SLACK_APP_TOKEN again, or remove it"
    )


def _teams(settings: Settings) -> list[Finding]:
    if not settings.teams:
        names = ("Teams app id", "Teams password", "Teams tenant", "Teams authentication")
        return [_skipped(name, "Teams is not set up") for name in names]
    trial = settings.teams_dev_no_auth
    return [
        _guid("Teams app id", settings.teams_app_id, "TEAMS_APP_ID", needed=not trial),
        Finding("Teams password", "ok", "is set")
        if settings.teams_app_password
        else _skipped("Teams password", "not needed without authentication"),
        _guid("Teams tenant", settings.teams_tenant_id, "TEAMS_TENANT_ID", needed=not trial),
        _authentication(settings),
    ]


def _authentication(settings: Settings) -> Finding:
    name = "Teams authentication"
    if not settings.teams_dev_no_auth:
        return Finding(name, "ok", "requests have to be signed by Microsoft")
    if settings.host in LOOPBACK:
        return Finding(name, "ok", "off: for trials on this machine only")
    return Finding(name, "problem", f"remove {PREFIX}TEAMS_DEV_NO_AUTH: anybody could speak as anybody")


def _guid(name: str, value: str | None, variable: str, *, needed: bool) -> Finding:
    if value is None and not needed:
        return _skipped(name, "not needed without authentication")
    if value is not None and _GUID.fullmatch(value):
        return Finding(name, "ok", "is a GUID")
    words = f"it should be a GUID (8-4-4-4-12 hexadecimal digits, as Entra shows it): {PREFIX}{variable}"
    return Finding(name, "problem", words)


def vault(kept: Vault, folder: Path) -> Finding:
    """Whether keys can be kept there, and are nobody else's business."""
    wrong = kept.check()
    if wrong:
        return Finding("vault", "problem", " ".join(wrong))
    state = "is private" if folder.exists() else "is made, for Tandem alone, with the first key"
    return Finding("vault", "ok", f"{folder} {state}; leave it out of backups")


def _zones(wanted: str) -> Finding:
    count = len(available_timezones())
    try:
        ZoneInfo(wanted)
    except (LookupError, ValueError, OSError):
        count = 0
    if count < 100:
        return Finding("time zones", "problem", "no time zone data; type: pip install tzdata")
    return Finding("time zones", "ok", f"{count} known")


def _skipped(name: str, why: str) -> Finding:
    return Finding(name, "skipped", why)
