"""How well the rules for concerns tell specific from vague, and how much of what gives a writer away they find.

Run `python -m tests.concerns.specificity_report`. The examples are of our own writing: the figures say how the rules do
on texts like these, and the ones on `LATER` come closest to what strangers will type.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.giveaways import Giveaway, giveaways
from domain.specificity import assess, understood
from tests.concerns import examples, giveaway_examples

CONCERNS: Mapping[str, Sequence[examples.Example]] = {
    "tuned on": examples.EXAMPLES,
    "held out, written before the rules": examples.HELD_OUT,
    "written later, in other voices": examples.LATER,
}
ANONYMOUS: Mapping[str, Sequence[giveaway_examples.Example]] = {
    "tuned on": giveaway_examples.EXAMPLES,
    "held out, written before the rules": giveaway_examples.HELD_OUT,
    "written later, in other voices": giveaway_examples.LATER,
}


@dataclass(frozen=True)
class Score:
    """How many were found of those that are, and how many alarms were right."""

    found: int
    there: int
    alarms: int

    @property
    def precision(self) -> float:
        return self.found / self.alarms

    @property
    def recall(self) -> float:
        return self.found / self.there


def is_specific(example: examples.Example) -> bool:
    """What the rules say about an example that is told in one line."""
    return assess(understood(example.text, examples.NAMES), examples.NAMES).is_specific


def specific(concerns: Sequence[examples.Example]) -> Score:
    """Precision and recall of "specific"."""
    said = [(is_specific(example), example.specific) for example in concerns]
    return Score(
        found=sum(is_said and is_so for is_said, is_so in said),
        there=sum(is_so for _, is_so in said),
        alarms=sum(is_said for is_said, _ in said),
    )


def right_initiative(concerns: Sequence[examples.Example]) -> float:
    """The share of texts of which the right initiative, or rightly none, was understood."""
    right = [understood(one.text, examples.NAMES).initiative == one.initiative for one in concerns]
    return sum(right) / len(right)


def warned(text: str) -> tuple[Giveaway, ...]:
    """What Jo Park is warned of."""
    return giveaways(
        text,
        own_name=giveaway_examples.OWN_NAME,
        team_words=giveaway_examples.TEAMS,
        colleague_names=giveaway_examples.COLLEAGUES,
    )


def given_away(texts: Sequence[giveaway_examples.Example]) -> Score:
    """Precision and recall of kinds of giveaways, counted once in a text."""
    kinds = [(frozenset(one.kind for one in warned(text.text)), text.kinds) for text in texts]
    return Score(
        found=sum(len(said & so) for said, so in kinds),
        there=sum(len(so) for _, so in kinds),
        alarms=sum(len(said) for said, _ in kinds),
    )


def false_alarms(texts: Sequence[giveaway_examples.Example]) -> float:
    """The share of harmless texts that are warned about."""
    harmless = [text for text in texts if not text.kinds]
    return sum(bool(warned(text.text)) for text in harmless) / len(harmless)


def report() -> str:
    """All figures, in lines."""
    lines = ["Is a concern specific?"]
    for title, concerns in CONCERNS.items():
        score = specific(concerns)
        lines.append(
            f"  {title}: {len(concerns)} texts, precision {score.precision:.2f}, recall {score.recall:.2f}, "
            f"initiative understood {right_initiative(concerns):.2f}"
        )
    lines.append("What gives an anonymous writer away?")
    for title, texts in ANONYMOUS.items():
        score = given_away(texts)
        lines.append(
            f"  {title}: {len(texts)} texts, found {score.found} of {score.there} ({score.recall:.2f}), "
            f"false alarms on harmless texts {false_alarms(texts):.2f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{report()}\n")
