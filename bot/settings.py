"""What an installation sets, in TANDEM_ variables of the environment or of a `.env` file."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.problem import Problem
from domain.contributions import Policy
from domain.people import normal_email

PREFIX = "TANDEM_"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def data_folder(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """Where a user's own data belongs on this system; XDG_DATA_HOME is heeded everywhere."""
    environment = os.environ if environment is None else environment
    chosen = environment.get("XDG_DATA_HOME", "")
    if Path(chosen).is_absolute():
        return Path(chosen) / "tandem"
    if platform == "win32" and environment.get("LOCALAPPDATA"):
        return Path(environment["LOCALAPPDATA"]) / "Tandem"
    home = Path(environment.get("HOME") or Path.home())
    if platform == "darwin":
        return home / "Library" / "Application Support" / "Tandem"
    return home / ".local" / "share" / "tandem"


def vault_folder(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path:
    """Where a user's keys belong: not in `data_folder`, so that a backup of that holds no keys; XDG_STATE_HOME is
    heeded everywhere."""
    environment = os.environ if environment is None else environment
    chosen = environment.get("XDG_STATE_HOME", "")
    if Path(chosen).is_absolute():
        return Path(chosen) / "tandem" / "vault"
    if platform == "win32" and environment.get("LOCALAPPDATA"):
        return Path(environment["LOCALAPPDATA"]) / "Tandem Vault"
    home = Path(environment.get("HOME") or Path.home())
    if platform == "darwin":
        return home / "Library" / "Application Support" / "Tandem Vault"
    return home / ".local" / "state" / "tandem" / "vault"


class Settings(BaseSettings):
    """Every setting. Empty variables count as unset. Raises ValidationError; `load` says it in sentences."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    #: `sqlite:///path/to/file` or `postgresql+asyncpg://user:password@host/name`.
    database_url: SecretStr = Field(
        default_factory=lambda: SecretStr(f"sqlite:///{data_folder() / 'tandem.sqlite3'}")
    )
    host: str = "127.0.0.1"
    #: 3978 is where Microsoft's tools expect a bot; 0 takes any free port.
    port: int = Field(default=3978, ge=0, le=65535)

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    #: With it the bot connects by Socket Mode and needs no public address.
    slack_app_token: SecretStr | None = None
    #: Another base of Slack's Web API, for emulators.
    slack_api_url: str = "https://slack.com/api/"

    teams_app_id: str | None = None
    teams_app_password: SecretStr | None = None
    teams_tenant_id: str | None = None
    #: Accept Teams requests that nobody signed; only when HOST is this machine's own address.
    teams_dev_no_auth: bool = False

    #: E-mail addresses of people who administer Tandem whatever people.csv says.
    admins: Annotated[tuple[str, ...], NoDecode] = ()
    #: A private folder for the keys of pulses, which every replica shares. It is never beside or under the folder of
    #: the database, and in no backup: by default $XDG_STATE_HOME/tandem/vault, else ~/.local/state/tandem/vault, on a
    #: Mac ~/Library/Application Support/Tandem Vault.
    vault_dir: Path = Field(default_factory=vault_folder)
    #: Let the vault lie beside the database all the same; only for trials.
    vault_beside_database: bool = False
    #: Of people for whom neither people.csv nor their chat says one.
    timezone: str = "UTC"
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    #: What "1 day" of effort means.
    hours_a_day: float = Field(default=8.0, gt=0, le=24)
    #: How far back a contribution may be dated.
    backdate_days: int = Field(default=90, ge=0, le=3660)
    #: For how long a request for a sign-off stays open.
    signoff_days: int = Field(default=14, ge=1, le=365)
    #: How fast messages leave: 1 is what the platforms take, 0 is without a limit, for tests and emulators.
    pace: float = Field(default=1.0, ge=0, le=1000)

    @field_validator("admins", mode="before")
    @classmethod
    def _addresses(cls, value: object) -> object:
        if isinstance(value, str):
            value = tuple(filter(None, re.split(r"[,;\s]+", value)))
        return value

    @field_validator("admins")
    @classmethod
    def _normal(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
                raise ValueError(f"{address} is not an e-mail address")
        return tuple(map(normal_email, value))

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value} is not a time zone; an example is Europe/Berlin") from None
        return value

    @field_validator("log_format", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr) -> SecretStr:
        if not re.match(r"(sqlite:///.|postgresql(\+asyncpg)?://.)", value.get_secret_value()):
            raise ValueError("it begins with sqlite:/// or with postgresql+asyncpg://")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _base(cls, value: str) -> str:
        if not re.match(r"https?://[^\s/]+", value):
            raise ValueError("it is an address that begins with https://")
        return value if value.endswith("/") else f"{value}/"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.teams_dev_no_auth and self.host not in LOOPBACK:
            raise ValueError(
                f"{PREFIX}TEAMS_DEV_NO_AUTH: it is only for trials on this machine, so {PREFIX}HOST must be "
                "127.0.0.1. Please remove one of the two"
            )
        if self.slack_bot_token and not (self.slack_signing_secret or self.slack_app_token):
            raise ValueError(
                f"{PREFIX}SLACK_SIGNING_SECRET: it is missing. It stands beside the bot token in the settings of "
                f"your Slack app; for Socket Mode set {PREFIX}SLACK_APP_TOKEN instead"
            )
        if not self.slack_bot_token and (self.slack_signing_secret or self.slack_app_token):
            raise ValueError(f"{PREFIX}SLACK_BOT_TOKEN: it is missing, while other Slack settings are there")
        if self.teams_app_id and not self.teams_app_password and not self.teams_dev_no_auth:
            raise ValueError(
                f"{PREFIX}TEAMS_APP_PASSWORD: it is missing, while {PREFIX}TEAMS_APP_ID is there"
            )
        if self.teams_app_id and not self.teams_tenant_id and not self.teams_dev_no_auth:
            raise ValueError(f"{PREFIX}TEAMS_TENANT_ID: it is missing, while {PREFIX}TEAMS_APP_ID is there")
        return self

    @property
    def slack(self) -> bool:
        return self.slack_bot_token is not None

    @property
    def teams(self) -> bool:
        return self.teams_app_id is not None or self.teams_dev_no_auth

    @property
    def policy(self) -> Policy:
        return Policy(
            hours_a_day=self.hours_a_day, backdate_days=self.backdate_days, signoff_days=self.signoff_days
        )


class GivenSettings(Settings):
    """Settings from arguments alone: neither the environment nor a file is looked at."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def load(**given: Any) -> Settings:
    """The settings, with `given` over the environment. Raises Problem with exit code 2, naming the variables."""
    try:
        return Settings(**given)
    except ValidationError as error:
        raise Problem("\n".join(_sentences(error)), exit_code=2) from None
    except UnicodeDecodeError:
        raise Problem("The file .env is not UTF-8 text.", exit_code=2) from None


def _sentences(error: ValidationError) -> list[str]:
    sentences = []
    for one in error.errors(include_input=False, include_url=False):
        what = one["msg"].removeprefix("Value error, ")
        if what.startswith("Input should be "):
            what = "it should be " + what.removeprefix("Input should be ").split(", unable")[0]
        name = "".join(f"{PREFIX}{str(part).upper()}: " for part in one["loc"][:1])
        sentences.append(f"{name}{what}.".replace("..", "."))
    return sentences
