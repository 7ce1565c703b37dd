"""Pages to keep or print: Jinja2 templates, each of which makes one HTML file that needs nothing else."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment


def page(template: str, **values: Any) -> str:
    """A whole page. Every value is escaped."""
    return _environment().get_template(template).render(values)


def stream(template: str, **values: Any) -> Iterator[str]:
    """A page in pieces, made while it is written: iterators among the values are read as they are shown."""
    return _environment().get_template(template).generate(values)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
