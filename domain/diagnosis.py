"""What a released pulse tells about one group: which cause leads, which gap it shows, what to do next, and how sure.

People hold back from AI tools for one of three reasons, none of them irrational: they do not see what the tool is for
in their own work, they cannot rely on what it says there, or taking part seems to work against them (seeds, third
article, "What Resistance Is Actually Telling You"). Each asks for something else, so the point is to tell them apart,
and to say so where the answers cannot. All numbers here come from the release and nothing else; a reader can check
every decision with the whole percentages that are shown.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Literal, NamedTuple

from domain.questions import Driver
from domain.releases import Range, Released
from domain.shares import STANDS_OUT_PERCENT, Answers, Share, between, gathered, share_of
from domain.trees import Tree
from domain.values import Value

#: Response is read in bands of so many percentage points.
BAND_PERCENT = 20


class Cause(StrEnum):
    """Why people hold back."""

    UNDERSTANDING = "understanding"
    TRUST = "trust"
    INTEREST = "interest"

    @property
    def driver(self) -> Driver:
        return Driver(self.value)


Certainty = Literal["clear", "likely", "open"]
Gap = Literal["deployment", "trust", "both", "none"]

#: The tool and its roll-out: what a better explanation or a better tool would mend.
DEPLOYMENT = (Driver.UNDERSTANDING, Driver.TRUST)
#: The organisation: what people believe it wants from them and gives them. The article tells a gap in the deployment
#: from a gap in trust in just this way: distrust of an output ("flagged something incorrectly and nobody told them")
#: is a fact about the tool that the AI function can mend; interest, credit, control, a voice, and the money, time and
#: recognition that people compare with the words are facts about the employer that no release of the tool mends.
ORGANISATION = (
    Driver.INTEREST,
    Driver.FAIRNESS,
    Driver.CONTROL,
    Driver.VOICE,
    Driver.TIME,
    Driver.HELP,
    Driver.ROLE,
)
#: What lies beneath: the investments in people that words cannot stand in for.
INVESTMENT = (Driver.TIME, Driver.HELP, Driver.ROLE)

GAPS: dict[Gap, str] = {
    "deployment": "A deployment gap: it is about the tool and how it was introduced.",
    "trust": "A trust gap: it is about the organisation and what people can expect from it.",
    "both": "Both gaps: it is about the tool and about the organisation.",
    "none": "Neither gap shows in these answers.",
}


class Steps(NamedTuple):
    """What to do next, for each of the two functions."""

    hr: str
    ai: str


class Beneath(Value):
    """An investment in people that is missing, and what to do about it."""

    share: Share
    steps: Steps


class Diagnosis(Value):
    """What the answers of one group say, and how surely."""

    #: One for each driver of which something is shown, the causes first, then the others, in the order of `Driver`.
    shares: tuple[Share, ...]
    dominant: Cause | None
    #: "open" whenever `dominant` is None.
    certainty: Certainty
    gap: Gap
    #: Something is shown, and nowhere do the unfavourable answers reach 15 of 100.
    nothing_stands_out: bool
    #: The investments that people miss, the most missed first.
    beneath: tuple[Beneath, ...]
    #: One sentence in plain words, with its interval.
    reading: str
    steps: Steps

    @property
    def causes(self) -> tuple[Share, ...]:
        return tuple(share for share in self.shares if share.driver in _CAUSES)

    @property
    def gap_sentence(self) -> str:
        return GAPS[self.gap]


def diagnose(answers: Iterable[Answers], invited: int) -> Diagnosis:
    """What the released answers of one group of `invited` people say; see `domain.shares.share_of` for the intervals.

    A cause is dominant where its share among those who answered lies wholly above the shares of the other causes and
    is at least 15 of 100. It is "clear" where the wider interval, for all who were invited, does so too and all three
    causes are shown; "likely" otherwise. In all other cases the cause is None and "open".
    The gap is of the side ("deployment" or "trust") of the dominant cause; the other side joins it where one of its
    drivers stands out and does not lie wholly below. Without a dominant cause, each side counts that has a driver
    which stands out.
    Raises ValueError where more people answered than were invited.
    """
    by_driver: dict[Driver, list[Answers]] = {}
    for one in answers:
        by_driver.setdefault(one.driver, []).append(one)
    shares = tuple(share_of(by_driver[driver], invited) for driver in Driver if driver in by_driver)
    dominant, certainty = _dominant([share for share in shares if share.driver in _CAUSES])
    judged = [share for share in shares if share.driver is not Driver.USE]
    nothing = bool(judged) and all(share.is_small for share in judged)
    return Diagnosis(
        shares=shares,
        dominant=dominant,
        certainty=certainty,
        gap=_gap(judged, dominant),
        nothing_stands_out=nothing,
        beneath=_beneath(judged),
        reading=_reading(judged, dominant, certainty, nothing),
        steps=STEPS[dominant or ("nothing" if nothing else "open")],
    )


def diagnosed(
    tree: Tree, leaves: Collection[int], released: Iterable[Released], drivers: Mapping[str, Driver]
) -> Diagnosis | None:
    """The diagnosis of the group of these leaves, from the atoms that lie wholly in it; None where there is none.

    `leaves` are the members of an atom, or `tree.leaves_of(team)`; `drivers` says what each question is about, by its
    key. The invited are those of the same atoms, so a team that is counted in a larger group is in neither number.
    """
    inside = [one for one in released if set(one.members) <= set(leaves)]
    if not inside:
        return None
    counted = {leaf for one in inside for leaf in one.members}
    return diagnose(gathered(inside, drivers), sum(tree.invited.get(leaf, 0) for leaf in counted))


class Quiet(NamedTuple):
    """Fewer answer than before; both are bands of response in per cent."""

    before: Range
    now: Range

    @property
    def sentence(self) -> str:
        return (
            f"Fewer people answer here than before: {between(self.now)} this time, after {between(self.before)}. "
            "Leave or a heavy month can be behind it, or people who no longer expect an answer: "
            "ask before you conclude."
        )


def quiet(series: Sequence[tuple[int, int, int]]) -> Quiet | None:
    """Whether a department has gone quiet: its response (fewest, most, invited) at each pulse, the oldest first.

    Only bands of 20 percentage points are looked at. It has gone quiet where the band was lower twice in a row, or
    where it is now two bands or more below the (lower) median of those before; and never on fewer than three pulses.
    A response that may lie in several bands counts as lower only where it is so in all of them. A band itself may be
    given as (60, 80, 100). Raises ValueError for counts that are not in order or nobody invited.
    """
    bands = [_band(*one) for one in series]
    if len(bands) < 3:
        return None
    *before, last = bands
    usual = sorted(before)[(len(before) - 1) // 2]
    if last.high < before[-1].low and before[-1].high < before[-2].low:
        return Quiet(_percent(before[-2]), _percent(last))
    if last.high <= usual.low - 2:
        return Quiet(_percent(usual), _percent(last))
    return None


def heard(diagnosis: Diagnosis | None, response: Range | None, *, k: int) -> str:
    """What everybody is told that was heard, from the group of all; `response` is its band in per cent.

    None for both where fewer than `k` answered in the whole organisation.
    """
    if diagnosis is None or response is None:
        return f"Fewer than {k} people answered, so the answers were destroyed unread."
    people = between(response)
    return f"{people[0].upper()}{people[1:]} who were asked have answered. {diagnosis.reading}"


def coming(diagnosis: Diagnosis | None) -> str:
    """What everybody is told about what comes next."""
    if diagnosis is None:
        return "Nothing can be concluded from this; you can raise what matters to you with `concern`."
    return "HR and the AI function were each given a next step for this: ask them what became of it."


def not_shown(k: int, *, comments_unread: bool = False) -> str:
    """What everybody is told is not shown to anybody; the same however many small teams there are."""
    comments = (
        " Comments of groups too small to hide a writer were destroyed unread." if comments_unread else ""
    )
    return (
        f"Nobody is shown a single answer: a team with fewer than {k} answers is counted in a larger group, "
        f"and numbers near the ends are blurred.{comments}"
    )


def _band(fewest: int, most: int, invited: int) -> Range:
    if not 0 <= fewest <= most <= invited or invited == 0:
        raise ValueError("fewest, most and invited are counts in this order, and somebody was invited")
    top = 100 // BAND_PERCENT - 1
    low = min(100 * fewest // (BAND_PERCENT * invited), top)
    #: The upper end of a band belongs to it, so that 60 to 80 of 100 is one band and not two.
    return Range(low, max(low, -(-100 * most // (BAND_PERCENT * invited)) - 1))


def _percent(bands: Range) -> Range:
    return Range(BAND_PERCENT * bands.low, BAND_PERCENT * (bands.high + 1))


def _dominant(causes: Sequence[Share]) -> tuple[Cause | None, Certainty]:
    if len(causes) < 2:
        return None, "open"
    lead, *others = sorted(causes, key=lambda share: share.answered.low, reverse=True)
    if not lead.stands_out or any(lead.answered.low <= other.answered.high for other in others):
        return None, "open"
    is_clear = (
        len(causes) == len(Cause)
        and lead.invited.low >= STANDS_OUT_PERCENT
        and all(lead.invited.low > other.invited.high for other in others)
    )
    return Cause(lead.driver.value), "clear" if is_clear else "likely"


def _gap(shares: Sequence[Share], dominant: Cause | None) -> Gap:
    found = [share for share in shares if share.stands_out]
    if dominant is not None:
        floor = next(share.answered.low for share in shares if share.driver == dominant.driver)
        found = [share for share in found if share.answered.high >= floor]
    deployment = any(share.driver in DEPLOYMENT for share in found)
    organisation = any(share.driver in ORGANISATION for share in found)
    if deployment and organisation:
        return "both"
    return "deployment" if deployment else "trust" if organisation else "none"


def _beneath(shares: Sequence[Share]) -> tuple[Beneath, ...]:
    missed = [share for share in shares if share.driver in INVESTMENT and share.stands_out]
    missed.sort(key=lambda share: (-share.answered.low, INVESTMENT.index(share.driver)))
    return tuple(Beneath(share=share, steps=STEPS[share.driver]) for share in missed)


def _reading(shares: Sequence[Share], dominant: Cause | None, certainty: Certainty, nothing: bool) -> str:
    by_driver = {share.driver: share for share in shares}
    missing = [cause.value for cause in Cause if cause.driver not in by_driver]
    unseen = f" (nothing is shown here about {' and '.join(missing)})" if missing else ""
    if nothing:
        return f"Nothing stands out: fewer than {STANDS_OUT_PERCENT} of 100 are unfavourable about anything shown here."
    if dominant is not None:
        people = between(by_driver[dominant.driver].invited)
        sentence = f"{people[0].upper()}{people[1:]} people here {_SAID[dominant]}: "
        if certainty == "clear":
            return f"{sentence}clearly more than for the other causes."
        return f"{sentence}probably more than for the other causes{unseen}, but the answers do not settle it."
    causes = [share for share in shares if share.driver in _CAUSES]
    others = [share for share in shares if share.driver not in _CAUSES and share.stands_out]
    said = "; ".join(f"{share.driver.label.lower()} {between(share.invited)}" for share in (*causes, *others))
    if not said:
        return "Which cause leads cannot be told: nothing is shown here about one."
    if causes and all(share.is_small for share in causes):
        return f"No cause stands out{unseen}; unfavourable: {said}."
    return f"Which cause leads cannot be told{unseen}; unfavourable: {said}."


_CAUSES = tuple(cause.driver for cause in Cause)
_SAID = {
    Cause.UNDERSTANDING: "do not see what the tool is for in their own work",
    Cause.TRUST: "cannot rely on the results in their own work",
    Cause.INTEREST: "see working with AI as going against their own interests",
}

#: What to do next. `docs/pulses.md` shows the same table, in the same words.
STEPS: dict[Cause | Driver | Literal["open", "nothing"], Steps] = {
    Cause.UNDERSTANDING: Steps(
        hr="Ask two or three people here what a normal day is like, and agree on one task where the tool should help.",
        ai="Show the tool on that task with the group's own material, and say what it is not meant for.",
    ),
    Cause.TRUST: Steps(
        hr="Collect occasions where a result was wrong: which task, when, and who was told. Pass them on as they are.",
        ai="Explain or correct each occasion, write down what the tool does not do well here, and tell the group.",
    ),
    Cause.INTEREST: Steps(
        hr="Say with the head of the group which roles change, which do not, and what is not known yet. "
        "Add no pressure to use the tool.",
        ai="Tell HR which work the tool takes over and how fast, before the next step of the roll-out.",
    ),
    Driver.TIME: Steps(
        hr="Agree with the head of the group on hours in the working week to try things, with nothing to deliver.",
        ai="Offer a few small things worth trying in these hours, and leave them free of deadlines.",
    ),
    Driver.HELP: Steps(
        hr="Name somebody near the group who can be asked, and make it part of their job.",
        ai="Give that person a direct way to those who build the tool, and answer within two days.",
    ),
    Driver.ROLE: Steps(
        hr="Look at how the changed work is described, evaluated and paid, and say by when that is settled.",
        ai="List for HR which tasks have moved from doing to judging since the tool came.",
    ),
    "open": Steps(
        hr="Talk with a few people here, or ask two more questions about the causes next time.",
        ai="Hold back training and campaigns until the cause is known; they help with one cause and harm with another.",
    ),
    "nothing": Steps(
        hr="Thank the group, say what was heard, and ask again after the next change.",
        ai="Go on as planned, and tell the group before something changes for it.",
    ),
}
