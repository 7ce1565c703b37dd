"""Reports, files, profiles and initiatives in Slack."""

import csv
import io

from bot.playground.state import Json
from domain.initiatives import Initiative
from storage import initiatives
from storage.store import Work
from tests.scenario.stage import ARUN, INES, JONAS, LINE, MAREN, TOBIAS, Stage, actions_of, until, words


async def _file(stage: Stage, who: str) -> tuple[str, bytes]:
    """Name and content of the file in somebody's own chat; waited for."""

    def sent() -> Json | None:
        return next((one for one in stage.workspace.messages(who, "dm") if one.get("files")), None)

    message = await until(sent)
    file = stage.workspace.state.files[message["files"][0]["id"]]
    return file.name, file.content


def _kinds(message: Json) -> list[str]:
    return [block["type"] for block in message["blocks"]]


async def test_a_report_is_a_card_with_a_table_and_a_chart(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    await stage.slash(JONAS, "2h testing on claims, led: tried 30 letters")
    report = await stage.says(TOBIAS, "report claims")
    assert {"data_table", "data_visualization"} <= set(_kinds(report))
    said = words(report)
    assert "Ines Carvalho" in said and "Jonas Brandt" in said
    assert "Operations/Claims" in said
    assert "5 h" in said
    assert report["is_ephemeral"]
    turn = next(label for label in _labels(report) if label not in ("CSV", "XLSX"))
    await stage.press(TOBIAS, report, turn)
    before = stage.last(TOBIAS)
    assert before["ts"] == report["ts"]
    assert "Ines Carvalho" not in words(before)


def _labels(message: Json) -> list[str]:
    """The words on a message's buttons, in order."""
    return [
        str(element["text"]["text"])
        for block in message["blocks"]
        for element in block.get("elements", [])
        if element.get("type") == "button"
    ]


async def test_others_see_their_own_part_of_a_report(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    await stage.slash(JONAS, "2h testing on claims: tried 30 letters")
    report = words(await stage.says(JONAS, "report claims"))
    assert "This is your own part of it." in report
    assert "Ines Carvalho" not in report


async def test_a_csv_asked_for_by_button_arrives_as_a_file_and_no_cell_is_a_formula(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    await stage.slash(JONAS, '1h data on claims: =HYPERLINK("http://x.example","y")')
    report = await stage.says(MAREN, "report claims")
    await stage.press(MAREN, report, "CSV")
    name, content = await _file(stage, MAREN)
    assert name.endswith(".csv") and "claims" in name
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == 2
    cells = [value for row in rows for value in row.values()]
    assert "labelled 400 exceptions" in cells
    assert "Ines Carvalho" in cells
    assert not [cell for cell in cells if cell.startswith("=")]
    assert any("HYPERLINK" in cell for cell in cells)


async def test_ones_own_entries_arrive_as_xlsx(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    await stage.press(INES, await stage.says(INES, "export"), "XLSX")
    name, content = await _file(stage, INES)
    assert name.endswith(".xlsx")
    assert content.startswith(b"PK")


async def test_a_profile_is_a_page_to_take_into_a_review(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    profile = await stage.says(INES, "profile")
    assert "Claims triage" in words(profile)
    await stage.press(INES, profile, "Download")
    name, content = await _file(stage, INES)
    assert "Claims triage" in content.decode()
    assert name


async def _initiative(stage: Stage, key: str) -> Initiative | None:
    def unit(work: Work) -> Initiative | None:
        return next((one for one in initiatives.active(work) if one.key == key), None)

    return await stage.store.read(unit)


async def test_an_administrator_adds_an_initiative_by_form_and_edits_it(stage: Stage) -> None:
    workspace = stage.workspace
    await stage.slash(ARUN, "new", "/initiative")
    values: Json = {
        "name": "Invoice matching",
        "key": "claims",
        "outcome": "No invoice waits for more than a day.",
        "department": "Finance",
        "business_sponsor": workspace.user_id("beatrice.howe"),
        "technical_sponsor": workspace.user_id("mateo.rivas"),
        "product_owner": workspace.user_id("nadia.haddad"),
    }
    taken = await stage.submit(ARUN, values)
    assert "Another initiative has the key" in taken.errors["key"]
    done = await stage.submit(ARUN, {"key": "invoices"})
    assert "It is added." in words(done.answer)
    made = await _initiative(stage, "invoices")
    assert made is not None and made.name == "Invoice matching"
    listed = words(await stage.says(INES, "list", "/initiative"))
    assert "Invoice matching" in listed and "Claims triage" in listed
    shown = await stage.says("beatrice.howe", "show invoices", "/initiative")
    assert "Mateo Rivas" in words(shown)
    assert actions_of(shown, "Edit") == []  # not before she has accepted
    await stage.press("beatrice.howe", shown, "Accept")
    shown = await stage.says("beatrice.howe", "show invoices", "/initiative")
    await stage.press("beatrice.howe", shown, "Edit")
    assert (await stage.submit("beatrice.howe", {"outcome": "No invoice waits."})).errors == {}
    changed = await _initiative(stage, "invoices")
    assert changed is not None and changed.outcome == "No invoice waits."
    await stage.slash(INES, "1h data on invoices: labelled 40")
    assert await stage.counted(INES) == 1


async def test_others_neither_add_nor_edit_initiatives(stage: Stage) -> None:
    refused = await stage.says(INES, "new", "/initiative")
    assert "Only administrators, HR and the AI function add initiatives." in words(refused)
    shown = await stage.says(INES, "show claims", "/initiative")
    assert actions_of(shown, "Edit") == []
    edit = await stage.says(INES, "edit claims", "/initiative")
    assert "Only its sponsors, once they have accepted the role, and administrators" in words(edit)
