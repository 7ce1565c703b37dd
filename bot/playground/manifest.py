"""What the app's manifest declares: commands, shortcuts, scopes and events, with a built-in stand-in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ALL_SCOPES = (
    "app_mentions:read",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:write",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "mpim:read",
    "mpim:write",
    "team:read",
    "users:read",
    "users:read.email",
)
ALL_EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.im",
    "tokens_revoked",
    "user_change",
)


@dataclass(frozen=True)
class Command:
    """A slash command with the hint shown while typing."""

    command: str
    description: str
    usage_hint: str
    should_escape: bool = True


@dataclass(frozen=True)
class Shortcut:
    """A shortcut; `kind` is message or global."""

    name: str
    kind: str
    callback_id: str


@dataclass(frozen=True)
class Manifest:
    """The part of a Slack app manifest that the workspace acts on."""

    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    scopes: tuple[str, ...]
    events: tuple[str, ...]


BUILT_IN = Manifest(
    commands=(
        Command("/contribute", "Log what you put in", "3h data on claims triage: what you did"),
        Command("/initiative", "Look up or create an initiative", "list | show claims | new"),
        Command("/concern", "Raise a concern about one deployment", "what you saw"),
        Command("/signoff", "Sign a milestone off together", "claims go-live"),
        Command("/pulse", "Answer or run a pulse", "open"),
        Command("/showcase", "Put an experiment on the showcase", "next"),
        Command("/tandem", "Help and settings", "help"),
    ),
    shortcuts=(
        Shortcut("Log as contribution", "message", "log_as_contribution"),
        Shortcut("Raise a concern", "message", "raise_concern"),
        Shortcut("Log contribution", "global", "log_contribution"),
    ),
    scopes=ALL_SCOPES,
    events=ALL_EVENTS,
)


def repository_manifest() -> Path | None:
    """The manifest.yaml of the source tree this package stands in, if there is one."""
    path = Path(__file__).resolve().parents[2] / "manifest.yaml"
    return path if path.is_file() else None


def load_manifest(path: Path | None) -> Manifest:
    """The manifest at `path`; without a file or without PyYAML, the built-in one."""
    if path is None or not path.is_file():
        return BUILT_IN
    try:
        import yaml
    except ImportError:
        return BUILT_IN
    document: Json = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    features: Json = document.get("features") or {}
    events: Json = (document.get("settings") or {}).get("event_subscriptions") or {}
    scopes: Json = (document.get("oauth_config") or {}).get("scopes") or {}
    return Manifest(
        commands=tuple(
            Command(
                entry["command"],
                entry.get("description", ""),
                entry.get("usage_hint", ""),
                bool(entry.get("should_escape", False)),
            )
            for entry in features.get("slash_commands") or []
        )
        or BUILT_IN.commands,
        shortcuts=tuple(
            Shortcut(entry["name"], entry["type"], entry["callback_id"])
            for entry in features.get("shortcuts") or []
        ),
        scopes=tuple(scopes.get("bot") or ALL_SCOPES),
        events=tuple(events.get("bot_events") or ()),
    )
