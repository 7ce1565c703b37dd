"""The auditor's file: what is in it, and that it can be checked with nothing but Python's own hashlib and json."""

import io
import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from bot.cli import app
from bot.problem import Problem
from domain.errors import NoSuchInitiative
from handlers import pages
from handlers.signoffs.export import EvidenceFormat, export_signoffs
from storage import audit as log
from storage import evidence
from storage.audit import audit
from storage.initiatives import initiative
from storage.people import person
from storage.signoffs import signoff_version
from storage.store import Store, Work
from tests.conftest import MovedClock
from tests.signoffs import story
from tests.signoffs.story import REASON, Story

#: What an auditor would write after reading `how_to_verify`; it knows nothing of Tandem.
CHECK = """
import hashlib, json, sys

def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

whole = json.load(open(sys.argv[1], encoding="utf-8"))
before, entries = "0" * 64, {}
for number, entry in enumerate(whole["chain"], start=1):
    content = json.loads(entry["content"])
    assert entry["number"] == content["number"] == number, f"entry {number} is not in its place"
    assert sha256(before + "\\n" + entry["content"]) == entry["hash"], f"entry {number} does not fit its hash"
    before, entries[number] = entry["hash"], content
assert whole["head"] == {"number": len(entries), "hash": before}, "the head is another one"
asked = {
    (entry["subject"], entry["details"]["version"]): entry["details"]["fingerprint"]
    for entry in entries.values()
    if entry["event"] in ("signoff.requested", "signoff.revised")
}
decisions = 0
for request in whole["requests"]:
    name = "signoff:" + str(request["id"])
    for version in request["versions"]:
        assert sha256(version["content"]) == version["fingerprint"] == asked[name, version["version"]], name
    for decision in request["decisions"]:
        entry = entries[decision["audit_number"]]
        assert (entry["event"], entry["subject"], entry["at"]) == ("signoff.decided", name, decision["at"])
        for field in ("version", "side", "verdict", "person_id", "acting_for_id", "reason", "fingerprint", "platform"):
            assert entry["details"][field] == decision[field], (name, field)
        decisions += 1
print(len(entries), decisions)
"""


@pytest.fixture
async def told(store: Store, clock: MovedClock) -> Story:
    return await story.told(store, clock)


async def _json(store: Store, path: Path, key: str | None = None) -> dict[str, Any]:
    await export_signoffs(store, path, form="json", initiative_key=key)
    return _read(path)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def _left_over(folder: Path) -> list[Path]:
    return list(folder.glob(".tandem*"))


async def _page(store: Store, key: str | None = None) -> str:
    out = io.BytesIO()
    await export_signoffs(store, out, form="html", initiative_key=key)
    return out.getvalue().decode()


def _check(path: Path) -> tuple[int, str]:
    """Exit code of the auditor's script and what it printed."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", CHECK, str(path)], capture_output=True, text=True, check=False
    )
    return done.returncode, (done.stdout + done.stderr).strip()


async def test_an_auditor_checks_the_file_without_tandem(store: Store, told: Story, tmp_path: Path) -> None:
    path = tmp_path / "signoffs.json"
    whole = await _json(store, path)
    assert _check(path) == (0, "16 6")
    assert whole["head"] == (await store.read(log.head))._asdict()
    assert whole["made_at"] == "2026-11-18T12:16:00.000000+00:00"


FORGERIES = {
    "a decision": lambda whole: whole["requests"][0]["decisions"][0].update(verdict="declined"),
    "a text": lambda whole: whole["requests"][0]["versions"][0].update(content="{}"),
    "an entry": lambda whole: whole["chain"][4].update(content=whole["chain"][4]["content"] + " "),
    "an entry left out": lambda whole: whole["chain"].pop(),
    "the head": lambda whole: whole["head"].update(hash="0" * 64),
}


@pytest.mark.parametrize("what", FORGERIES)
async def test_an_auditor_finds_what_was_changed_in_the_file(
    store: Store, told: Story, tmp_path: Path, what: str
) -> None:
    path = tmp_path / "signoffs.json"
    whole = await _json(store, path)
    FORGERIES[what](whole)
    path.write_text(json.dumps(whole))
    code, said = _check(path)
    assert code == 1
    assert "AssertionError" in said


async def test_the_file_has_everything_that_was_said_and_by_whom(
    store: Store, told: Story, tmp_path: Path
) -> None:
    whole = await _json(store, tmp_path / "out.json")
    ids = told.company.person
    assert {one["id"]: (one["name"], one["email"]) for one in whole["people"]} == {
        ids["Bo"]: ("Bo Lindqvist", "bo@alder.example"),
        ids["Cleo"]: ("Cleo Marsh", "cleo@alder.example"),
        ids["Emil"]: ("Emil Stone", "emil@alder.example"),
        ids["Ines"]: ("Ines Vale", "ines@alder.example"),
    }
    assert [one["key"] for one in whole["initiatives"]] == ["claimsfraud", "claims", "complaints"]
    requests = {one["id"]: one for one in whole["requests"]}
    assert {number: one["state"] for number, one in requests.items()} == {
        told.signed_off: "signed_off",
        told.declined: "declined",
        told.withdrawn: "withdrawn",
        told.expired: "expired",
        told.pending: "pending",
    }
    first = requests[told.signed_off]
    assert [one["version"] for one in first["versions"]] == [1, 2]
    assert first["versions"][0]["content"] == story.content().text
    assert first["milestone"] == "MVP scope"
    said = [(one["version"], one["side"], one["verdict"], one["person_id"]) for one in first["decisions"]]
    assert said == [
        (1, "business", "approved", ids["Cleo"]),
        (1, "technical", "changes", ids["Emil"]),
        (2, "technical", "approved", ids["Ines"]),
        (2, "business", "approved", ids["Cleo"]),
    ]
    assert first["decisions"][1]["reason"] == REASON
    assert first["decisions"][2]["acting_for_id"] == ids["Emil"]
    [delegation] = whole["delegations"]
    assert (delegation["sponsor_id"], delegation["delegate_id"]) == (ids["Emil"], ids["Ines"])
    assert (delegation["first_day"], delegation["last_day"]) == ("2026-11-18", "2026-11-20")
    assert (delegation["state"], delegation["side"]) == ("accepted", "technical")
    assert any("SHA-256" in sentence for sentence in whole["how_to_verify"])


async def test_one_initiative_has_its_own_requests_and_the_whole_log(
    store: Store, told: Story, tmp_path: Path
) -> None:
    path = tmp_path / "out.json"
    whole = await _json(store, path, " COMPLAINTS ")
    assert [one["id"] for one in whole["requests"]] == [told.pending]
    assert [one["key"] for one in whole["initiatives"]] == ["complaints"]
    assert whole["delegations"] == []
    assert _check(path) == (0, "16 1")
    assert (
        await export_signoffs(store, io.BytesIO(), form="json", initiative_key="claims"),
        await export_signoffs(store, io.BytesIO(), form="html"),
    ) == (4, 5)


async def test_all_requests_come_where_they_are_more_than_are_read_at_a_time(
    store: Store, told: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "PAGE_REQUESTS", 2)
    monkeypatch.setattr(evidence, "PAGE_ROWS", 3)
    path = tmp_path / "out.json"
    whole = await _json(store, path)
    assert len(whole["requests"]) == 5
    assert _check(path) == (0, "16 6")


async def test_nothing_was_asked_for_yet(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert (await _json(store, path))["requests"] == []
    assert _check(path) == (0, "0 0")
    assert "Nothing was asked to be signed off yet." in await _page(store)


class _Seen(HTMLParser):
    """The tags of a page in order, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.headings: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta", "link", "br"):
            self._open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("h1", "h2", "h3"):
            self.headings.append(data)
        if "style" not in self._open:
            self.words += data


async def test_the_page_shows_requests_by_initiative_and_milestone(store: Store, told: Story) -> None:
    seen = _Seen(await _page(store))
    assert seen.headings == [
        "Sign-offs",
        "Claims triage",
        "MVP scope",
        "Go-live",
        "Complaints summariser",
        "pilot-in-two-teams",
        "Who decided for whom",
        "How to check this",
        "The log",
    ]
    head = await store.read(log.head)
    assert str(head) in seen.words
    assert (
        "The technical side approved: Ines Vale (ines@alder.example), for Emil Stone (emil@alder.example), "
        "18 November 2026, 12:07:00 UTC, on Teams. Entry 7."
    ) in seen.words
    assert f"“{REASON}”" in seen.words
    assert "Signed off on 18 November 2026, 12:08:00 UTC" in seen.words
    assert "signed off by both sides" in seen.words
    entries = await store.read(
        lambda work: work.connection.execute(sa.select(audit.c.content, audit.c.hash)).all()
    )
    assert all(content in seen.words and hashed in seen.words for content, hashed in entries)
    only = _Seen(await _page(store, "complaints"))
    assert only.headings[:3] == [
        "Sign-offs of Complaints summariser",
        "Complaints summariser",
        "pilot-in-two-teams",
    ]


async def test_the_page_escapes_everything_and_links_to_the_web_only(store: Store, told: Story) -> None:
    evil = "<script>alert('x')</script> & \"q\" {{ 7 * 7 }}"

    def spoil(work: Work) -> None:
        work.connection.execute(sa.update(person).values(name=evil))
        work.connection.execute(sa.update(initiative).values(name=evil, outcome=evil))
        work.connection.execute(
            sa.update(signoff_version)
            .where(signoff_version.c.signoff_id == told.pending)
            .values(
                content=sa.func.replace(
                    signoff_version.c.content, "https://wiki.example", "javascript:alert(1)//"
                )
            )
        )
        work.connection.execute(
            sa.update(signoff_version)
            .where(signoff_version.c.signoff_id == told.declined)
            .values(content="<script>no JSON</script>")
        )

    await store.write(spoil)
    text = await _page(store)
    seen = _Seen(text)
    assert "script" not in seen.tags
    assert evil in seen.words
    assert set(seen.links) == {"https://wiki.example/1?a=b&c=d"}
    assert "This content cannot be read; it is shown as it is stored." in seen.words
    for part in ("prefers-color-scheme: dark", "@media print", "Content-Security-Policy"):
        assert part in text
    assert not any(part in text for part in ("@import", "url(", "src="))


@pytest.mark.parametrize("form", ["json", "html"])
async def test_a_file_is_there_when_it_is_complete_and_not_before(
    store: Store, told: Story, tmp_path: Path, form: EvidenceFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / f"out.{form}"
    out.write_text("the one from last year")

    def fails(work: Work) -> Any:
        yield evidence.Link(1, "{}", "0" * 64)
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(evidence, "chain", fails)
        with pytest.raises(RuntimeError, match="disk"):
            await export_signoffs(store, out, form=form)
    assert out.read_text() == "the one from last year"
    assert not _left_over(tmp_path)
    await export_signoffs(store, out, form=form)
    assert out.stat().st_mode & 0o777 == 0o600
    assert not _left_over(tmp_path)


async def test_an_initiative_that_is_not_known_leaves_no_file(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NoSuchInitiative):
        await export_signoffs(store, tmp_path / "out.json", form="json", initiative_key="nope")
    assert not (tmp_path / "out.json").exists()


def test_the_command_writes_a_file_and_says_how_many_requests(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TANDEM_DATABASE_URL", database_url)
    done = CliRunner().invoke(app, ["export", "signoffs", "--out", "signoffs.json"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "0 requests in signoffs.json.\n"
    assert _check(tmp_path / "signoffs.json") == (0, "0 0")
    done = CliRunner().invoke(app, ["export", "signoffs", "--format", "html"])
    assert done.stdout.startswith("<!doctype html>")
    for words in (("--format", "pdf"), ("--out", "nowhere/out.json")):
        done = CliRunner().invoke(app, ["export", "signoffs", *words])
        assert isinstance(done.exception, Problem)
        assert done.exception.exit_code == 2


def test_a_page_with_a_value_that_nobody_gave_is_not_made() -> None:
    with pytest.raises(Exception, match="undefined"):
        pages.page("record.html", person="Ada")
