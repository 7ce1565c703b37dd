"""The Teams app package: manifest and icons, filled in for one registration, as a zip to upload."""

import json
import re
import zipfile
from importlib import resources
from pathlib import Path

from handlers.teams.activity import Node

#: Commands in the command menu and message actions, as the manifest names them.
MESSAGE_ACTIONS = ("log_contribution", "raise_concern")

_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_ICONS = ("color.png", "outline.png")


def manifest(app_id: str, *, website: str | None = None, version: str | None = None) -> Node:
    """The manifest for a registration; `website` is the organisation's own page about the bot.

    Raises ValueError for an app id that is not a GUID or a website that is not https.
    """
    if not _GUID.fullmatch(app_id):
        raise ValueError("The app id is a GUID: 8-4-4-4-12 hexadecimal digits, as Entra shows it.")
    filled: Node = json.loads(_part("manifest.json"))
    filled["id"] = app_id
    filled["bots"][0]["botId"] = app_id
    filled["composeExtensions"][0]["botId"] = app_id
    if version is not None:
        filled["version"] = version
    if website is not None:
        if not website.startswith("https://"):
            raise ValueError("The website has to start with https://.")
        base = website.rstrip("/")
        filled["developer"] |= {
            "websiteUrl": base,
            "privacyUrl": f"{base}/privacy",
            "termsOfUseUrl": f"{base}/terms",
        }
    return filled


def package(app_id: str, out: Path, *, website: str | None = None, version: str | None = None) -> None:
    """Write the package that a Teams administrator uploads. The same input gives the same bytes.

    Raises ValueError as `manifest` does, and OSError.
    """
    parts = {
        "manifest.json": json.dumps(
            manifest(app_id, website=website, version=version), indent=2, ensure_ascii=False
        ).encode(),
        **{icon: _part(icon) for icon in _ICONS},
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0)), content)


def _part(name: str) -> bytes:
    return resources.files("handlers.teams").joinpath("package", name).read_bytes()
