"""What is shown in cards, as Markdown (GitHub's flavour): every word is taken literally."""

import re
from collections.abc import Sequence

from handlers.cards import Chart, Context, Divider, Facts, Heading, Image, Runs, Shown, Table, Text

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$])")


def document(elements: Sequence[Shown]) -> str:
    """A whole document, ending with a line break; the first heading is its title. Buttons are left out."""
    level = "#"
    parts: list[str] = []
    for one in elements:
        match one:
            case Heading():
                parts.append(f"{level} {literal(one.text)}")
                level = "##"
            case Text() | Context():
                parts.append(_paragraph(one.runs))
            case Facts():
                parts.append(
                    "\n".join(f"- {literal(fact.label)}: {literal(fact.value)}" for fact in one.items)
                )
            case Table():
                parts.append(_table(one))
            case Chart():
                parts.append(f"**{literal(one.title)}**  \n{literal(one.summary)}")
            case Divider():
                parts.append("---")
            case Image():
                parts.append(literal(one.alt))
            case _:
                pass
    return "\n\n".join(part for part in parts if part) + "\n"


def literal(text: str) -> str:
    """A text in which nothing is markup."""
    escaped = _SPECIAL.sub(r"\\\1", text)
    # What would begin a list or a number at the beginning of a line.
    return re.sub(r"(?m)^(\s*)([-+]|\d+[.)])(?=\s)", _kept, escaped)


def _kept(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2][:-1]}\\{match[2][-1]}"


def _paragraph(parts: Runs) -> str:
    said = ""
    for run in parts:
        if run.style == "code":
            fence = "`" * (max(map(len, re.findall("`+", run.text)), default=0) + 1)
            said += f"{fence}{run.text}{fence}"
        elif run.url is not None:
            said += f"[{literal(run.text)}](<{run.url}>)"
        elif run.style == "strong":
            said += _strong(run.text)
        else:
            said += literal(run.text)
    lines = said.split("\n")
    return "\n".join(
        re.sub(r"^• ", "- ", line) + ("" if at == len(lines) - 1 or lines[at + 1].startswith("• ") else "  ")
        for at, line in enumerate(lines)
    )


def _strong(text: str) -> str:
    """Emphasis takes no space at its ends."""
    inner = text.strip()
    if not inner:
        return text
    before, after = text[: text.index(inner)], text[text.index(inner) + len(inner) :]
    return f"{before}**{literal(inner)}**{after}"


def _table(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(literal(' '.join(cell.split())) for cell in cells)} |"

    rule = ["---:" if column.align == "right" else "---" for column in table.columns]
    return "\n".join(
        [
            literal(table.caption),
            "",
            line([column.label for column in table.columns]),
            f"| {' | '.join(rule)} |",
            *(line(row) for row in table.rows),
        ]
    )
