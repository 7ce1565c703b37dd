"""Cards and forms: the closed vocabulary in which every capability speaks, the same for each chat platform."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Value(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Run(Value):
    """A piece of text in one style. `text` is always taken literally: renderers escape it."""

    text: str
    style: Literal["plain", "strong", "code"] = "plain"
    #: Where the text leads, if it is a link (http or https).
    url: str | None = None


Runs = tuple[Run, ...]


def runs(*parts: str | Run) -> Runs:
    """Make text out of plain strings and styled runs."""
    return tuple(Run(text=part) if isinstance(part, str) else part for part in parts)


def strong(text: str) -> Run:
    return Run(text=text, style="strong")


def code(text: str) -> Run:
    return Run(text=text, style="code")


def link(text: str, url: str) -> Run:
    return Run(text=text, url=url)


def plain(parts: Runs) -> str:
    """The words alone, for screen readers, notifications and logs of sizes."""
    return "".join(run.text for run in parts)


class Heading(Value):
    type: Literal["heading"] = "heading"
    text: str


class Text(Value):
    type: Literal["text"] = "text"
    runs: Runs


class Fact(Value):
    label: str
    value: str


class Facts(Value):
    """Short label and value pairs."""

    type: Literal["facts"] = "facts"
    items: tuple[Fact, ...]


class Column(Value):
    label: str
    align: Literal["left", "right"] = "left"


class Table(Value):
    """A table; every row has one cell per column. `caption` names it for screen readers."""

    type: Literal["table"] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


class Series(Value):
    name: str
    values: tuple[float, ...]


class Chart(Value):
    """A chart; every series has one value per category. `summary` states the numbers in words."""

    type: Literal["chart"] = "chart"
    title: str
    kind: Literal["bar", "line"] = "bar"
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    #: What is counted, as an axis label: "hours".
    unit: str
    summary: str


class Image(Value):
    type: Literal["image"] = "image"
    url: str
    alt: str
    title: str | None = None


class Divider(Value):
    type: Literal["divider"] = "divider"


class Context(Value):
    """Small print."""

    type: Literal["context"] = "context"
    runs: Runs


class Confirm(Value):
    """A question asked before a press counts."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"


class Button(Value):
    """A press named `action`, carrying `value` (at most 2,000 characters, only ids and typed words)."""

    type: Literal["button"] = "button"
    label: str
    action: str
    value: str = ""
    style: Literal["default", "primary", "danger"] = "default"
    confirm: Confirm | None = None
    #: What a screen reader says, where the label alone is ambiguous: "Edit entry 12".
    described: str | None = None


class LinkButton(Value):
    type: Literal["link"] = "link"
    label: str
    url: str


class Buttons(Value):
    type: Literal["buttons"] = "buttons"
    items: tuple[Annotated[Button | LinkButton, Field(discriminator="type")], ...]


class Option(Value):
    key: str
    label: str


class Input(Value):
    """What every input has: `name` is unique in its form and the key of the submitted value."""

    name: str
    label: str
    hint: str | None = None
    optional: bool = False


class TextInput(Input):
    type: Literal["text_input"] = "text_input"
    value: str | None = None
    placeholder: str | None = None
    multiline: bool = False
    max_length: int = 2000


class NumberInput(Input):
    type: Literal["number_input"] = "number_input"
    value: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    decimals: bool = False


class ChoiceInput(Input):
    type: Literal["choice_input"] = "choice_input"
    options: tuple[Option, ...]
    value: str | None = None
    placeholder: str | None = None


class MultiChoiceInput(Input):
    type: Literal["multi_choice_input"] = "multi_choice_input"
    options: tuple[Option, ...]
    values: tuple[str, ...] = ()
    placeholder: str | None = None


class DateInput(Input):
    type: Literal["date_input"] = "date_input"
    value: date | None = None


class PersonInput(Input):
    """Picks a colleague. Values are the platform's own user ids, in and out."""

    type: Literal["person_input"] = "person_input"
    value: str | None = None
    placeholder: str | None = None


class LinkInput(Input):
    """A web address: of a file, a document, a message."""

    type: Literal["link_input"] = "link_input"
    value: str | None = None
    placeholder: str | None = None


Shown = Heading | Text | Facts | Table | Chart | Image | Divider | Context | Buttons
Asked = TextInput | NumberInput | ChoiceInput | MultiChoiceInput | DateInput | PersonInput | LinkInput
Element = Shown | Asked

#: Every element there is: a platform renders all of them.
SHOWN: tuple[type[Value], ...] = (Heading, Text, Facts, Table, Chart, Image, Divider, Context, Buttons)
ASKED: tuple[type[Input], ...] = (
    TextInput,
    NumberInput,
    ChoiceInput,
    MultiChoiceInput,
    DateInput,
    PersonInput,
    LinkInput,
)


class Card(Value):
    """What the bot says. `summary` is the whole of it in a sentence, for notifications and screen readers."""

    summary: str
    elements: tuple[Annotated[Shown, Field(discriminator="type")], ...]


class Form(Value):
    """What the bot asks. Submitted as a `Submission` with the form's `name` and `context`."""

    name: str
    #: At most 24 characters.
    title: str
    submit: str = "Save"
    elements: tuple[Annotated[Element, Field(discriminator="type")], ...]
    #: Ids only (JSON), given back with the submission.
    context: str = ""
    #: Whether it is filled in in a window of its own, and never stands in a chat.
    window: bool = False
    #: What is said in a chat beside the button that opens its window (Teams).
    outside: str | None = None

    def inputs(self) -> Iterator[Asked]:
        """The inputs in the order in which they are shown."""
        return (element for element in self.elements if isinstance(element, ASKED))


def sentence(*parts: str | Run) -> Card:
    """A card of one paragraph."""
    text = runs(*parts)
    return Card(summary=plain(text), elements=(Text(runs=text),))


#: What one paragraph holds at the most, in characters: no platform cuts any of it, whatever it has to escape.
MOST_TOGETHER = 1400


def in_pieces(text: str) -> list[str]:
    """A text in pieces that every platform shows whole, cut between words where there are any."""
    pieces = []
    while len(text) > MOST_TOGETHER:
        cut = max(text.rfind(" ", 1, MOST_TOGETHER), text.rfind("\n", 1, MOST_TOGETHER))
        cut = cut if cut > 0 else MOST_TOGETHER
        pieces.append(text[:cut])
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


def given_back(said: str, text: str, *after: Element) -> Card:
    """A sentence and a text that nothing took, whole, to be copied."""
    pieces = (Text(runs=runs(piece)) for piece in in_pieces(text))
    return Card(summary=said, elements=(Text(runs=runs(said)), *pieces, *after))
