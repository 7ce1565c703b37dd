"""Settings: read from the environment, refused in sentences that name the variable."""

from pathlib import Path

import pytest

from bot.problem import Problem
from bot.settings import data_folder, load, vault_folder


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no file of whoever runs the tests."""
    import os

    for name in [name for name in os.environ if name.startswith("TANDEM_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults_need_no_setting_at_all() -> None:
    found = load()
    assert found.database_url.get_secret_value().startswith("sqlite:///")
    assert (found.host, found.port, found.slack, found.teams) == ("127.0.0.1", 3978, False, False)


def test_an_env_file_is_read_and_empty_variables_count_as_unset(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("TANDEM_PORT=4000\nTANDEM_ADMINS=Ada@alder.example; bo@alder.example\n")
    monkeypatch.setenv("TANDEM_SLACK_BOT_TOKEN", "")
    found = load()
    assert (found.port, found.admins) == (4000, ("ada@alder.example", "bo@alder.example"))
    assert found.slack_bot_token is None


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"PORT": "many"}, "TANDEM_PORT"),
        ({"PORT": "70000"}, "TANDEM_PORT"),
        ({"TIMEZONE": "Mars/Base"}, "TANDEM_TIMEZONE"),
        ({"ADMINS": "ada"}, "TANDEM_ADMINS"),
        ({"DATABASE_URL": "mysql://x"}, "TANDEM_DATABASE_URL"),
        ({"LOG_FORMAT": "xml"}, "TANDEM_LOG_FORMAT"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "TANDEM_SLACK_SIGNING_SECRET"),
        ({"SLACK_SIGNING_SECRET": "s"}, "TANDEM_SLACK_BOT_TOKEN"),
        ({"TEAMS_APP_ID": "id"}, "TANDEM_TEAMS_APP_PASSWORD"),
        ({"TEAMS_DEV_NO_AUTH": "1", "HOST": "0.0.0.0"}, "TANDEM_TEAMS_DEV_NO_AUTH"),
        ({"HOURS_A_DAY": "0"}, "TANDEM_HOURS_A_DAY"),
    ],
)
def test_a_wrong_setting_is_told_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"TANDEM_{name}", value)
    with pytest.raises(Problem) as caught:
        load()
    assert caught.value.sentence.startswith(f"{named}: ")
    assert caught.value.exit_code == 2


def test_secrets_are_shown_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_SLACK_BOT_TOKEN", "xoxb-canary")
    monkeypatch.setenv("TANDEM_SLACK_SIGNING_SECRET", "canary")
    monkeypatch.setenv("TANDEM_DATABASE_URL", "postgresql+asyncpg://tandem:canary@db/tandem")
    assert "canary" not in repr(load())


@pytest.mark.parametrize(
    ("environment", "platform", "end"),
    [
        ({"XDG_DATA_HOME": "/data", "HOME": "/home/ada"}, "linux", "/data/tandem"),
        ({"HOME": "/home/ada"}, "linux", "/home/ada/.local/share/tandem"),
        ({"XDG_DATA_HOME": "relative", "HOME": "/home/ada"}, "linux", "/home/ada/.local/share/tandem"),
        ({"HOME": "/Users/ada"}, "darwin", "/Users/ada/Library/Application Support/Tandem"),
    ],
)
def test_data_belongs_where_the_system_keeps_it(environment: dict[str, str], platform: str, end: str) -> None:
    assert data_folder(environment, platform) == Path(end)


@pytest.mark.parametrize(
    ("environment", "platform", "end"),
    [
        ({"XDG_STATE_HOME": "/state", "HOME": "/home/ada"}, "linux", "/state/tandem/vault"),
        ({"HOME": "/home/ada"}, "linux", "/home/ada/.local/state/tandem/vault"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/ada"}, "linux", "/home/ada/.local/state/tandem/vault"),
        ({"HOME": "/Users/ada"}, "darwin", "/Users/ada/Library/Application Support/Tandem Vault"),
    ],
)
def test_keys_are_not_kept_with_the_data(environment: dict[str, str], platform: str, end: str) -> None:
    assert vault_folder(environment, platform) == Path(end)
    assert not Path(end).is_relative_to(data_folder(environment, platform))
