"""Prints how far the rules on wording agree with the labelled examples: `python -m tests.pulses.wording_report`."""

import sys
from collections.abc import Iterable
from typing import NamedTuple

from domain.question_wording import RULES, doubts
from tests.pulses.wording_examples import EXAMPLES, HARD, HELD_OUT, Example


class Score(NamedTuple):
    """Counts of doubts, one per question and rule."""

    right: int
    #: Raised though no reader would.
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of the doubts raised that were right."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """The share of the doubts wanted that were raised."""
        return self.right / max(1, self.right + self.missed)


def score(examples: Iterable[Example], rules: Iterable[str] = tuple(RULES)) -> Score:
    """How the rules do on examples. What an example allows counts neither for nor against."""
    rules = set(rules)
    right = wrong = missed = 0
    for example in examples:
        raised = {doubt.rule for doubt in doubts(example.text)} & rules
        wanted, allowed = set(example.wanted.split()) & rules, set(example.allowed.split())
        right += len(raised & wanted)
        wrong += len(raised - wanted - allowed)
        missed += len(wanted - raised)
    return Score(right, wrong, missed)


def mistakes(examples: Iterable[Example]) -> list[str]:
    """One line for each example where rules and label differ."""
    lines = []
    for example in examples:
        raised = {doubt.rule for doubt in doubts(example.text)}
        wanted, allowed = set(example.wanted.split()), set(example.allowed.split())
        differing = [f"+{rule}" for rule in sorted(raised - wanted - allowed)]
        differing += [f"-{rule}" for rule in sorted(wanted - raised)]
        if differing:
            lines.append(f"  {' '.join(differing):20} {example.text}")
    return lines


def report() -> str:
    """Precision and recall on the three sets, rule by rule, and every example that rules and label differ on."""
    lines = [f"{'':10} {'precision':>9} {'recall':>9} {'doubts':>7}"]
    for title, examples in (("examples", EXAMPLES), ("held out", HELD_OUT), ("held out, hard", HARD)):
        lines.append(f"{title}: {len(examples)} questions")
        for name, rules in [*((rule, (rule,)) for rule in RULES), ("together", tuple(RULES))]:
            it = score(examples, rules)
            precision = f"{it.precision:.2f}" if it.right + it.wrong else "-"
            recall = f"{it.recall:.2f}" if it.right + it.missed else "-"
            lines.append(f"{name:10} {precision:>9} {recall:>9} {it.right + it.missed:7}")
        lines += mistakes(examples)
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(report() + "\n")
