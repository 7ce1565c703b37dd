"""The doctor: each finding good, bad and skipped."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import doctor
from bot.playground.roster import alder_and_pike
from bot.playground.workspace import Workspace
from bot.problem import Problem
from bot.settings import GivenSettings
from handlers.slack.manifest import SCOPES
from storage import ballots
from storage.sealing import new_opening_keys
from storage.vault import FileVault, Vault
from tests import company
from tests.pulses.conftest import Poll, poll, spec

__all__ = ["poll"]


async def states(settings: GivenSettings | Problem) -> dict[str, str]:
    return {found.name: found.state for found in await doctor.examine(settings)}


def private(folder: Path) -> Path:
    """A vault that is not beside the database."""
    vault = folder.parent / f"{folder.name}-vault"
    vault.mkdir(mode=0o700)
    return vault


async def test_a_whole_installation_has_no_problem(database_url: str, tmp_path: Path) -> None:
    async with Workspace(alder_and_pike(), with_page=False) as workspace:
        settings = GivenSettings(
            database_url=SecretStr(database_url),
            slack_bot_token=SecretStr(workspace.bot_token),
            slack_signing_secret=SecretStr("0123456789abcdef" * 2),
            slack_api_url=workspace.api_url,
            vault_dir=private(tmp_path),
        )
        found = await states(settings)
    assert (found.pop("admins"), found.pop("readers")) == ("problem", "problem")
    assert {"database", "migrations", "Slack bot token", "Slack scopes", "clock"} <= found.keys()
    assert "problem" not in found.values()


async def test_a_wrong_token_is_told_and_what_needs_it_skipped(database_url: str, tmp_path: Path) -> None:
    async with Workspace(alder_and_pike(), with_page=False) as workspace:
        settings = GivenSettings(
            database_url=SecretStr(database_url),
            slack_bot_token=SecretStr("xoxb-wrong"),
            slack_signing_secret=SecretStr("short"),
            slack_app_token=SecretStr("xoxb-not-an-app-token"),
            slack_api_url=workspace.api_url,
            vault_dir=Path("/dev/null/vault"),
        )
        found = await states(settings)
    for name in ("Slack bot token", "Slack signing secret", "Slack app token", "vault"):
        assert found[name] == "problem", name
    assert found["Slack scopes"] == "skipped"


async def test_a_slack_that_does_not_answer_and_a_database_that_is_not_there(tmp_path: Path) -> None:
    settings = GivenSettings(
        database_url=SecretStr(f"sqlite:///{tmp_path}/none.db"),
        slack_bot_token=SecretStr("xoxb-1"),
        slack_signing_secret=SecretStr("0" * 32),
        slack_api_url="http://127.0.0.1:9/api/",
        vault_dir=private(tmp_path),
    )
    findings = await doctor.examine(settings)
    found = {one.name: one for one in findings}
    assert found["database"].state == found["Slack bot token"].state == "problem"
    assert "tandem migrate" in found["database"].words
    assert found["migrations"].state == "skipped"
    assert not (tmp_path / "none.db").exists()
    assert doctor.table(findings).endswith("2 problems found.")


async def test_teams_is_looked_at_when_it_is_set_up(database_url: str, tmp_path: Path) -> None:
    guid = "0a1de2f0-0000-4000-8000-00000000a1de"
    settings = GivenSettings(
        database_url=SecretStr(database_url),
        teams_app_id="not a guid",
        teams_app_password=SecretStr("p"),
        teams_tenant_id=guid,
        vault_dir=private(tmp_path),
    )
    found = await states(settings)
    assert (found["Teams app id"], found["Teams password"], found["Teams tenant"]) == ("problem", "ok", "ok")


async def test_settings_that_cannot_be_read_are_a_finding() -> None:
    assert await states(Problem("TANDEM_PORT: it should be a valid integer.")) == {"settings": "problem"}


def test_missing_scopes_are_named() -> None:
    found = doctor.scopes(",".join(SCOPES.keys() - {"im:write"}))
    assert found.state == "problem" and "im:write" in found.words
    assert doctor.scopes(None).state == "skipped"


@pytest.mark.parametrize(("seconds", "state"), [(0, "ok"), (20, "ok"), (400, "problem"), (-400, "problem")])
def test_a_wrong_clock_is_noticed(seconds: int, state: str) -> None:
    there = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
    headers = {"Date": "Wed, 18 Nov 2026 12:00:00 GMT"}
    assert doctor.clock(headers, there + timedelta(seconds=seconds)).state == state
    assert doctor.clock({}, there).state == "skipped"


def test_a_vault_that_others_may_look_into_is_a_problem(tmp_path: Path) -> None:
    folder = private(tmp_path)
    vault = FileVault(folder)
    found = doctor.vault(vault, folder)
    assert (found.state, found.words) == ("ok", f"{folder} is private; leave it out of backups")
    folder.chmod(0o750)
    assert "chmod 700" in doctor.vault(vault, folder).words


def test_a_vault_that_is_not_there_yet_is_not_called_private(tmp_path: Path) -> None:
    folder = tmp_path / "keys" / "vault"
    found = doctor.vault(FileVault(folder), folder)
    assert found.state == "ok"
    assert found.words.startswith(f"{folder} is made, for Tandem alone, with the first key")


async def test_a_vault_beside_the_database_is_a_problem_unless_it_is_meant(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = shutil.copy(sqlite_template, tmp_path / "tandem.db")
    settings = GivenSettings(
        database_url=SecretStr(f"sqlite:///{path}"), vault_dir=tmp_path / "keys" / "vault"
    )
    found = {one.name: one for one in await doctor.examine(settings)}
    assert (found["vault"].state, found["keys of pulses"].state) == ("problem", "skipped")
    assert "TANDEM_VAULT_DIR" in found["vault"].words
    meant = await states(settings.model_copy(update={"vault_beside_database": True}))
    assert (meant["vault"], meant["keys of pulses"]) == ("ok", "ok")


async def test_keys_of_an_open_pulse_that_are_not_here_are_a_problem(poll: Poll, tmp_path: Path) -> None:
    """A third party keeps the opening key of the second one, so that it is not missed."""
    first = await poll.launch()
    second = await poll.launch(spec(trustee="the works council", trustee_key=new_opening_keys()[1].hex()))
    here = poll.store.vault
    assert here is not None

    async def look(vault: Vault) -> doctor.Finding:
        return await doctor.keys_of_pulses(poll.store, vault)

    assert (await look(here)).words.startswith("there for 2 under way")
    elsewhere = await look(FileVault(private(tmp_path)))
    assert elsewhere.state == "problem" and f"pulse {first}, {second} are not" in elsewhere.words
    here.destroy(ballots.opening_name(first))
    assert f"pulse {first} are not" in (await look(here)).words
    assert not [one for one, *_ in company.PEOPLE if one in elsewhere.words]
