"""Importing the directory into a database, on both of them."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.importing import import_files
from bot.problem import Problem
from bot.settings import GivenSettings
from domain.directory_plan import Known
from domain.people import Role, TeamKind
from handlers.signoffs.export import export_signoffs
from storage import directory, people, verification
from storage.audit import audit
from storage.people import person
from storage.store import Store, Work

HEADER = "name,email,team,manager_email,time_zone,locale,country,roles\n"
FIRST = HEADER + (
    "Ada Fern,ada@alder.example,Operations/Claims,cleo@alder.example,Europe/Berlin,de,DE,\n"
    "Cleo Marsh,cleo@alder.example,Operations,,Europe/London,en-GB,GB,hr\n"
    "Emil Stone,emil@alder.example,AI function/Models,,,,,ai\n"
)
SETTINGS = GivenSettings(admins=("emil@alder.example",), timezone="Europe/Paris")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "people.csv").write_text(FIRST)
    (tmp_path / "teams.csv").write_text("team,kind\nAI function,ai\n")
    return tmp_path


async def everybody(store: Store) -> dict[str, Known]:
    return dict((await store.read(directory.snapshot)).people)


async def test_people_teams_managers_and_roles_are_stored(store: Store, folder: Path) -> None:
    said: list[str] = []
    await import_files(store, SETTINGS, folder / "people.csv", folder / "teams.csv", say=said.append)
    found = await store.read(directory.snapshot)
    assert found.people["ada@alder.example"].manager_email == "cleo@alder.example"
    assert found.people["emil@alder.example"].roles == {Role.AI, Role.ADMIN}
    assert found.people["emil@alder.example"].time_zone == "Europe/Paris"
    assert found.teams["AI function/Models"] is TeamKind.AI
    assert found.teams["Operations/Claims"] is TeamKind.BUSINESS
    ada = await store.read(lambda work: people.by_email(work, "ada@alder.example"))
    assert ada is not None and ada.department == "Operations"
    assert any(line.startswith("+ Ada Fern") for line in said)


async def test_the_same_file_again_changes_nothing_and_asks_nothing(store: Store, folder: Path) -> None:
    await import_files(store, SETTINGS, folder / "people.csv", folder / "teams.csv")
    before = await store.read(directory.snapshot)

    def never() -> bool:
        raise AssertionError("asked")

    again = await import_files(store, SETTINGS, folder / "people.csv", folder / "teams.csv", agree=never)
    assert again.empty and again.unchanged == 3
    assert await store.read(directory.snapshot) == before


async def test_a_change_is_shown_with_its_old_and_new_value(store: Store, folder: Path) -> None:
    await import_files(store, SETTINGS, folder / "people.csv")
    moved = FIRST.replace("Operations/Claims,cleo@alder.example", "Operations/Complaints,")
    (folder / "people.csv").write_text(moved)
    said: list[str] = []
    await import_files(store, SETTINGS, folder / "people.csv", say=said.append)
    (line,) = [line for line in said if line.startswith("~")]
    assert "team: Operations/Claims → Operations/Complaints" in line
    assert "manager email: cleo@alder.example → none" in line
    assert (await everybody(store))["ada@alder.example"].manager_email == ""


async def test_none_of_a_file_is_imported_when_a_row_is_bad(store: Store, folder: Path) -> None:
    (folder / "people.csv").write_text(FIRST + "Nobody,,Operations,,,,,\n")
    said: list[str] = []
    with pytest.raises(Problem, match="--skip-bad"):
        await import_files(store, SETTINGS, folder / "people.csv", say=said.append)
    assert said == ["people.csv, line 5: the e-mail address is missing."]
    assert await everybody(store) == {}
    await import_files(store, SETTINGS, folder / "people.csv", skip_bad=True)
    assert len(await everybody(store)) == 3


async def test_nothing_is_written_without_agreement(store: Store, folder: Path) -> None:
    with pytest.raises(Problem, match="Nothing was changed"):
        await import_files(store, SETTINGS, folder / "people.csv", agree=lambda: False)
    assert await everybody(store) == {}


async def test_people_who_are_not_in_the_file_stay_unless_told_otherwise(store: Store, folder: Path) -> None:
    await import_files(store, SETTINGS, folder / "people.csv")
    (folder / "people.csv").write_text("".join(FIRST.splitlines(keepends=True)[:3]))
    said: list[str] = []
    await import_files(store, SETTINGS, folder / "people.csv", say=said.append)
    assert any("left as they are" in line for line in said)
    assert (await everybody(store))["emil@alder.example"].active
    await import_files(store, SETTINGS, folder / "people.csv", deactivate_missing=True)
    assert not (await everybody(store))["emil@alder.example"].active
    assert await store.read(lambda work: people.by_email(work, "emil@alder.example")) is None
    (folder / "people.csv").write_text(FIRST)
    await import_files(store, SETTINGS, folder / "people.csv")
    assert (await everybody(store))["emil@alder.example"].active


async def test_a_directory_that_changed_meanwhile_is_not_overwritten(store: Store, folder: Path) -> None:
    await import_files(store, SETTINGS, folder / "people.csv")
    (folder / "people.csv").write_text(FIRST.replace("Ada Fern", "Ada Fern-Marsh"))
    file, teams = folder / "people.csv", None
    import_other = folder / "other.csv"
    import_other.write_text(FIRST.replace("Ada Fern", "Ada Marsh"))
    from domain.directory import read_people
    from domain.directory_plan import Directory, Plan, plan

    def decide(now: Directory) -> Plan:
        return plan(read_people(file.read_text()), {}, now, admins=SETTINGS.admins)

    agreed = decide(await store.read(directory.snapshot))
    await import_files(store, SETTINGS, import_other, teams)
    assert not await store.write(lambda work: directory.apply(work, decide, agreed))
    assert (await everybody(store))["ada@alder.example"].name == "Ada Marsh"


async def test_administrators_of_the_settings_get_the_role_at_start(store: Store, folder: Path) -> None:
    await import_files(store, GivenSettings(), folder / "people.csv")
    wanted = ["cleo@alder.example", "nobody@alder.example"]
    assert await store.write(lambda work: directory.grant_admin(work, wanted)) == ["cleo@alder.example"]
    assert (await everybody(store))["cleo@alder.example"].roles == {Role.ADMIN, Role.HR}


# ------------------------------------------------------------------------------------------------------------- the log


async def roles_logged(store: Store) -> list[tuple[str, dict[str, Any]]]:
    """Whose roles changed, by e-mail, and how; the whole log holds."""

    def unit(work: Work) -> list[tuple[str, dict[str, Any]]]:
        assert verification.verify(work).broken is None
        query = sa.select(audit.c.content).where(audit.c.event == "person.roles").order_by(audit.c.number)
        found = []
        for content in work.connection.execute(query).scalars():
            entry = json.loads(content)
            assert entry["actor"] is None
            one = sa.select(person.c.email).where(
                person.c.id == int(entry["subject"].removeprefix("person:"))
            )
            found.append((work.connection.execute(one).scalar_one(), entry["details"]))
        return found

    return await store.read(unit)


async def test_who_gets_or_loses_a_role_stands_in_the_log(store: Store, folder: Path) -> None:
    await import_files(store, GivenSettings(), folder / "people.csv")
    first = dict(await roles_logged(store))
    assert first["cleo@alder.example"] == {"gained": ["hr"], "lost": [], "by": "import"}
    assert "ada@alder.example" not in first
    before = len(await roles_logged(store))
    await import_files(store, GivenSettings(), folder / "people.csv")
    assert len(await roles_logged(store)) == before  # the same file again
    (folder / "people.csv").write_text(FIRST.replace("hr", "ai;technical"))
    await import_files(store, GivenSettings(), folder / "people.csv")
    changed = (await roles_logged(store))[before:]
    assert changed == [
        ("cleo@alder.example", {"gained": ["ai", "technical"], "lost": ["hr"], "by": "import"})
    ]


async def test_who_leaves_loses_their_roles_in_the_log_and_has_them_again_on_coming_back(
    store: Store, folder: Path
) -> None:
    await import_files(store, GivenSettings(), folder / "people.csv")
    before = len(await roles_logged(store))
    (folder / "people.csv").write_text(FIRST.rpartition("Emil Stone")[0])
    await import_files(store, GivenSettings(), folder / "people.csv", deactivate_missing=True)
    (folder / "people.csv").write_text(FIRST)
    await import_files(store, GivenSettings(), folder / "people.csv")
    assert (await roles_logged(store))[before:] == [
        ("emil@alder.example", {"gained": [], "lost": ["ai"], "by": "import"}),
        ("emil@alder.example", {"gained": ["ai"], "lost": [], "by": "import"}),
    ]


async def test_administrators_of_the_settings_stand_in_the_log_once(store: Store, folder: Path) -> None:
    await import_files(store, GivenSettings(), folder / "people.csv")
    before = len(await roles_logged(store))
    for _ in range(2):
        await store.write(lambda work: directory.grant_admin(work, ["cleo@alder.example"]))
    assert (await roles_logged(store))[before:] == [
        ("cleo@alder.example", {"gained": ["admin"], "lost": [], "by": "settings"})
    ]
    out = io.BytesIO()
    await export_signoffs(store, out, form="json")
    assert "cleo@alder.example" in {one["email"] for one in json.loads(out.getvalue())["people"]}


async def test_an_import_that_is_not_agreed_to_leaves_no_entry(store: Store, folder: Path) -> None:
    with pytest.raises(Problem):
        await import_files(store, GivenSettings(), folder / "people.csv", agree=lambda: False)
    assert await roles_logged(store) == []
