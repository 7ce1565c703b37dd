"""Limits: what a tool does not do well, and whose work it changes."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from domain.contributions import clean
from domain.errors import InvalidField
from domain.values import Value

MAX_TEXT = 500
MAX_WHOSE = 200


class Extent(StrEnum):
    """How much a tool changes somebody's work."""

    SUBSTANTIALLY = "substantially"
    AT_THE_MARGIN = "at the margin"
    NOT = "not"


class LimitDraft(Value):
    """What a person fills in for a limit."""

    #: What the tool does not do well.
    text: str
    #: Whose work is meant, in words: "adjusters in Claims".
    whose: str
    extent: Extent


class Limit(LimitDraft):
    """A limit that was stated, and may have been withdrawn."""

    id: int
    initiative_id: int
    stated_on: date
    stated_by_id: int
    #: When it stopped being true.
    withdrawn_on: date | None = None


def check(values: Mapping[str, str]) -> LimitDraft:
    """The draft in a filled form, tidied. Raises InvalidField, keyed by the names of the form's inputs."""
    errors: dict[str, str] = {}
    text, whose = clean(values.get("text", "")), clean(values.get("whose", ""))
    if not text:
        errors["text"] = "Please say what the tool does not do well."
    elif len(text) > MAX_TEXT:
        errors["text"] = f"That is {len(text):,} characters; please keep it to {MAX_TEXT}."
    if not whose:
        errors["whose"] = "Please say whose work is meant, such as adjusters in Claims."
    elif len(whose) > MAX_WHOSE:
        errors["whose"] = f"That is {len(whose):,} characters; please keep it to {MAX_WHOSE}."
    extent = values.get("extent", "")
    if extent not in set(Extent):
        errors["extent"] = "Please choose how much their work changes."
    if errors:
        raise InvalidField(**errors)
    return LimitDraft(text=text, whose=whose, extent=Extent(extent))


def change_words(limit: LimitDraft) -> str:
    """Whose work a tool changes, in a sentence."""
    match limit.extent:
        case Extent.SUBSTANTIALLY:
            return f"Changes the work of {limit.whose} substantially."
        case Extent.AT_THE_MARGIN:
            return f"Changes the work of {limit.whose} at the margin."
        case Extent.NOT:
            return f"Leaves the work of {limit.whose} as it is."
