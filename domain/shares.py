"""How many of a group are unfavourable, as ranges: what blurred counts leave open and what so many answers can tell."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from pydantic import Field, model_validator

from domain.questions import Driver
from domain.releases import Range, Released
from domain.values import Value

#: Below so many of 100 unfavourable answers nothing stands out.
STANDS_OUT_PERCENT = 15
#: A higher response than this is not told by how narrow an interval is.
MOST_RESPONSE_PERCENT = 90
#: The normal quantile of a two-sided 90 % interval.
Z_90 = 1.6449


class Answers(Value):
    """What is released about one question in one group, as counts; a question is given once."""

    driver: Driver
    #: How many answered it.
    n: int = Field(ge=1)
    favourable: Range
    unfavourable: Range

    @model_validator(mode="after")
    def _counts(self) -> Self:
        for counts in (self.favourable, self.unfavourable):
            if not 0 <= counts.low <= counts.high <= self.n:
                raise ValueError("counts lie between 0 and n, the lower first")
        return self


class Share(Value):
    """How many of 100 are unfavourable about one driver; both ranges are whole numbers, rounded outward."""

    driver: Driver
    #: How many people the answers stand for: the fewest that answered any question of the driver.
    people: int
    #: Of those who answered: as wide as the ends of the counts are blurred.
    answered: Range
    #: Of all who were invited: widened by what so many answers can tell.
    invited: Range

    @property
    def stands_out(self) -> bool:
        return self.answered.low >= STANDS_OUT_PERCENT

    @property
    def is_small(self) -> bool:
        return self.answered.high < STANDS_OUT_PERCENT


def gathered(released: Iterable[Released], drivers: Mapping[str, Driver]) -> tuple[Answers, ...]:
    """The answers to each question, summed over the atoms of one group; `drivers` is by the question's key.

    A sum of blurred counts is as blurred as all of them together.
    """
    by_question: dict[str, list[Released]] = {}
    for one in released:
        by_question.setdefault(one.question, []).append(one)
    return tuple(
        Answers(
            driver=drivers[question],
            n=sum(atom.n for atom in atoms),
            favourable=_summed([atom.favourable for atom in atoms]),
            unfavourable=_summed([atom.unfavourable for atom in atoms]),
        )
        for question, atoms in by_question.items()
    )


def share_of(answers: Sequence[Answers], invited: int) -> Share:
    """The unfavourable share of one driver, from one or several questions.

    With L and H the summed ends of the released counts and A the summed answers, the share among those who answered
    lies in [L/A, H/A]. Several questions are answered by the same people, so they do not add people: n is the fewest
    answers of one question. For the N invited, n answers count as

        n' = n (N - 1) / (N - n)

    (finite population correction: Cochran, Sampling Techniques, 3rd ed. 1977, chapter 2), and the interval runs from
    Wilson's lower limit at p = L/A to his upper limit at p = H/A (Wilson, Probable Inference, the Law of Succession,
    and Statistical Inference, JASA 22, 1927), with z = 1.6449:

        (p + z²/2n' ± z sqrt(p (1 - p)/n' + z²/4n'²)) / (1 + z²/n')

    It holds the share of all invited in 90 of 100 pulses or more on average, and for no share in fewer than 80 (counted
    exactly in the tests), **if** those who did not answer are like those who did: nothing in the numbers can tell
    that. More than 90 of 100 answering count as 90, so that an interval that is as narrow as what was counted does not
    tell that all did.
    """
    if not answers or len({one.driver for one in answers}) > 1:
        raise ValueError("the answers of one driver")
    people = min(one.n for one in answers)
    if max(one.n for one in answers) > invited:
        raise ValueError("more people answered than were invited")
    total = sum(one.n for one in answers)
    low = sum(one.unfavourable.low for one in answers)
    high = sum(one.unfavourable.high for one in answers)
    counted = Range(100 * low // total, -(-100 * high // total))
    known = min(people, max(1, invited * MOST_RESPONSE_PERCENT // 100))
    effective = known * (invited - 1) / (invited - known) if known < invited else known
    widened = Range(
        min(counted.low, math.floor(100 * _wilson(low / total, effective)[0])),
        max(counted.high, math.ceil(100 * _wilson(high / total, effective)[1])),
    )
    return Share(driver=answers[0].driver, people=people, answered=counted, invited=widened)


def between(share: Range) -> str:
    """A share in words: "between 30 and 55 of 100"."""
    return (
        f"{share.low} of 100" if share.low == share.high else f"between {share.low} and {share.high} of 100"
    )


def _summed(ranges: Sequence[Range]) -> Range:
    return Range(sum(one.low for one in ranges), sum(one.high for one in ranges))


def _wilson(p: float, n: float) -> tuple[float, float]:
    square = Z_90 * Z_90 / n
    middle, half = p + square / 2, math.sqrt(square * (p * (1 - p) + square / 4))
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))
