"""The Teams app package: valid, and naming what the bot has."""

import json
import struct
import zipfile
from pathlib import Path

import jsonschema
import pytest

from handlers.teams.manifest import MESSAGE_ACTIONS, manifest, package
from tests.teams import activities as teams

SCHEMA = Path(__file__).parents[3] / "shared" / "schemas" / "teams-manifest.v1.24.schema.json"


def test_the_manifest_is_valid() -> None:
    if not SCHEMA.exists():
        pytest.skip("the schema of Teams manifests is not beside this repository")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    made = manifest(teams.APP_ID, website="https://tandem.example.com")
    # The schema itself has patterns that Python's regular expressions do not know: it is not checked.
    assert [error.message for error in jsonschema.Draft4Validator(schema).iter_errors(made)] == []


def test_the_bot_is_the_registration_everywhere() -> None:
    made = manifest(teams.APP_ID)
    assert {made["id"], made["bots"][0]["botId"], made["composeExtensions"][0]["botId"]} == {teams.APP_ID}
    assert "00000000" not in json.dumps(made)


def test_every_scope_has_at_most_twelve_commands_and_the_bot_takes_files() -> None:
    (bot,) = manifest(teams.APP_ID)["bots"]
    assert bot["supportsFiles"] is True
    assert all(len(commands["commands"]) <= 12 for commands in bot["commandLists"])
    assert {scope for commands in bot["commandLists"] for scope in commands["scopes"]} == set(bot["scopes"])


def test_message_actions_are_those_that_are_named() -> None:
    (extension,) = manifest(teams.APP_ID)["composeExtensions"]
    assert tuple(command["id"] for command in extension["commands"]) == MESSAGE_ACTIONS
    assert all(
        command["fetchTask"] and command["context"] == ["message"] for command in extension["commands"]
    )


def test_the_package_has_the_manifest_and_icons_of_the_right_sizes(tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    package(teams.APP_ID, out)
    with zipfile.ZipFile(out) as archive:
        assert sorted(archive.namelist()) == ["color.png", "manifest.json", "outline.png"]
        assert json.loads(archive.read("manifest.json"))["id"] == teams.APP_ID
        assert size(archive.read("color.png")) == (192, 192)
        assert size(archive.read("outline.png")) == (32, 32)


def test_the_same_package_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        package(teams.APP_ID, tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize("app_id", ["", "tandem", teams.APP_ID + "x"])
def test_an_app_id_that_is_none_is_refused(app_id: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="GUID"):
        package(app_id, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def size(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height
