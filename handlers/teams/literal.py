"""Words of people as they were written: nothing in them is markup, a mention or a formula of Adaptive Cards."""

import re
from typing import Literal

from handlers.cards import Run, Runs
from handlers.teams.activity import Node, clean
from handlers.teams.limits import TEXT, cut

_FUNCTION = re.compile(r"\{\{(?=\s*(?:DATE|TIME)\()", re.IGNORECASE)
_MARKUP = re.compile(r"([\\*_\[\]`~<])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LINE_START = re.compile(r"^(\s*)([#>+-]|\d+(?=[.)]))", re.MULTILINE)


def literal(text: str) -> str:
    """For everything that takes no Markdown: only `{{DATE(...)}}` would be computed."""
    return _FUNCTION.sub("{\u2060{", clean(text)) if "{{" in text else clean(text)


def markdown(text: str) -> str:
    """For `TextBlock` and facts, which take Markdown: every mark escaped."""
    text = _MARKUP.sub(r"\\\1", literal(text))
    text = _ENTITY.sub(r"\\&", text)
    return _LINE_START.sub(_escape_start, text).replace("\n", "\n\n")


def _escape_start(match: re.Match[str]) -> str:
    space, mark = match.groups()
    # A number stays as it is; it is the full stop behind it that would make a list.
    return f"{space}{mark}\u2060" if mark.isdigit() else f"{space}\\{mark}"


def heading(text: str, *, size: Literal["Medium", "Large"] = "Large") -> Node:
    """A heading that screen readers find as one."""
    return {
        "type": "TextBlock",
        "text": markdown(text),
        "style": "heading",
        "size": size,
        "weight": "Bolder",
        "wrap": True,
    }


def paragraphs(parts: Runs, *, most: int = TEXT, small: bool = False) -> list[Node]:
    """Text as one `RichTextBlock` a line: its runs take no markup at all."""
    lines: list[list[Node]] = [[]]
    left = most
    for run in parts:
        if left <= 0:
            break
        text = cut(literal(run.text), left)
        left -= len(text)
        for number, line in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if line:
                lines[-1].append(_run(line, run, small=small))
    blocks: list[Node] = []
    for line_runs in lines:
        if line_runs:
            block: Node = {"type": "RichTextBlock", "inlines": line_runs}
            if blocks:
                block["spacing"] = "None"
            blocks.append(block)
    return blocks


def _run(text: str, run: Run, *, small: bool) -> Node:
    made: Node = {"type": "TextRun", "text": text}
    if small:
        made |= {"size": "Small", "isSubtle": True}
    if run.style == "strong":
        made["weight"] = "Bolder"
    elif run.style == "code":
        made["fontType"] = "Monospace"
    if run.url is not None and is_web(run.url):
        made["selectAction"] = {"type": "Action.OpenUrl", "url": run.url}
    return made


def is_web(url: str) -> bool:
    """Whether an address may be opened from a card."""
    return url.startswith(("https://", "http://")) and url.isprintable() and " " not in url
