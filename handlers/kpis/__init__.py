"""KPIs in chat: the numbers an initiative is judged by, whose they are, and their readings."""

from handlers.capability import Capability, FormRoute
from handlers.kpis import form, note, page

section = page.section

CAPABILITY = Capability(
    name="kpis",
    help=(
        ("initiative kpi claims", "the numbers it is judged by, and whose they are"),
        ("initiative kpi claims handling-time 14.2 yesterday", "notes a reading"),
    ),
    commands={"initiative kpi": note.on_command},
    presses={
        "kpi.show": note.on_show,
        "kpi.reading": note.on_reading,
        "kpi.new": form.on_new,
        "kpi.edit": form.on_edit,
        "kpi.retire": form.on_retire,
    },
    forms={
        form.NAME: FormRoute(submit=form.on_submit, again=form.again),
        note.NAME: FormRoute(submit=note.on_submit, again=note.again),
    },
    reads=frozenset({"kpi.show", "kpi.reading", "kpi.new", "kpi.edit"}),
)
