"""The Slack app's manifest declares what the code uses, no more and no less."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from handlers.registry import capabilities
from handlers.slack import manifest

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT.parent / "shared" / "schemas" / "slack-manifest.v2.schema.json"
ADAPTER = "\n".join(file.read_text() for file in sorted((ROOT / "handlers" / "slack").glob("*.py")))

#: The scope that each Web API method needs; None where any token will do.
NEEDED = {
    "auth.test": None,
    "chat.postEphemeral": "chat:write",
    "chat.postMessage": "chat:write",
    "chat.update": "chat:write",
    "conversations.open": "im:write",
    "files.completeUploadExternal": "files:write",
    "files.getUploadURLExternal": "files:write",
    "users.info": "users:read",
    "users.lookupByEmail": "users:read.email",
    "views.open": None,
    "views.publish": None,
    "views.push": None,
    "views.update": None,
}


@pytest.fixture(scope="module")
def declared() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yaml").read_text())
    return loaded


def test_the_manifest_is_valid(declared: dict[str, Any]) -> None:
    if not SCHEMA.exists():
        pytest.skip("Slack's manifest schema is not beside the repository (../shared/schemas)")
    jsonschema.validate(declared, json.loads(SCHEMA.read_text()))


def test_events_are_those_that_the_app_listens_to(declared: dict[str, Any]) -> None:
    events = declared["settings"]["event_subscriptions"]["bot_events"]
    assert sorted(manifest.EVENTS) == events
    listened = set(re.findall(r'app\.event\("(\w+)"\)', ADAPTER))
    assert {event.split(".")[0] for event in manifest.EVENTS} == listened


def test_scopes_are_those_that_calls_and_events_need(declared: dict[str, Any]) -> None:
    assert sorted(manifest.SCOPES) == declared["oauth_config"]["scopes"]["bot"]
    called = set(re.findall(r'"((?:auth|chat|conversations|files|users|views)\.[a-zA-Z]+)"', ADAPTER))
    assert called == set(NEEDED)
    by_calls = {scope for scope in NEEDED.values() if scope}
    by_events = {"app_mentions:read", "im:history", "users:read.email", "commands"}
    assert by_calls | by_events == set(manifest.SCOPES)


def test_shortcuts_are_those_that_the_app_knows(declared: dict[str, Any]) -> None:
    shortcuts = {one["callback_id"]: one["type"] for one in declared["features"]["shortcuts"]}
    assert shortcuts == {callback: kind for callback, (kind, _) in manifest.SHORTCUTS.items()}


def test_commands_are_those_that_the_app_knows_and_escape_names(declared: dict[str, Any]) -> None:
    commands = declared["features"]["slash_commands"]
    said = {one["command"]: (one["description"], one["usage_hint"]) for one in commands}
    assert said == manifest.COMMANDS
    assert all(one["should_escape"] for one in commands)


def test_the_hint_of_tandem_names_what_help_names() -> None:
    _, hint = manifest.COMMANDS["/tandem"]
    helped = {line.split()[1] for one in capabilities() for line, _ in one.help if line.startswith("tandem ")}
    assert set(hint.split(" | ")) == helped - {"pause"} | {"help", "home"}  # a pause is among the settings


def test_everything_arrives_at_one_address(declared: dict[str, Any]) -> None:
    addresses = {one["url"] for one in declared["features"]["slash_commands"]}
    addresses.add(declared["settings"]["interactivity"]["request_url"])
    addresses.add(declared["settings"]["event_subscriptions"]["request_url"])
    assert addresses == {"https://tandem.example.com/slack/events"}
