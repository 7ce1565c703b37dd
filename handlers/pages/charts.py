"""Charts as the shapes of an SVG: bars with their numbers beside them, readable in light and in dark."""

from typing import NamedTuple

from handlers.cards import Chart

WIDTH = 640
#: Where bars begin, and how long the longest is.
LEFT, LONGEST = 190, 380
BAR, GAP = 16, 12
#: Characters of a label that fit to the left of the bars.
LABEL_CHARACTERS = 26


class Bar(NamedTuple):
    """One value: a rectangle, and what stands beside it. Lengths are in units of the drawing."""

    y: int
    length: int
    #: Which of the series, from 0.
    series: int
    #: Only the first bar of a category has its label.
    label: str
    value: str


class Drawn(NamedTuple):
    width: int
    height: int
    bars: tuple[Bar, ...]


def drawn(chart: Chart) -> Drawn:
    """The bars of a chart, category by category."""
    longest = max((abs(value) for one in chart.series for value in one.values), default=0) or 1
    bars: list[Bar] = []
    y = 0
    for place, category in enumerate(chart.categories):
        for number, one in enumerate(chart.series):
            value = one.values[place]
            bars.append(
                Bar(
                    y=y,
                    length=round(LONGEST * abs(value) / longest),
                    series=number,
                    label=_short(category) if number == 0 else "",
                    value=f"{value:,.10g}",
                )
            )
            y += BAR
        y += GAP
    return Drawn(WIDTH, max(y - GAP, 1), tuple(bars))


def _short(text: str) -> str:
    return text if len(text) <= LABEL_CHARACTERS else f"{text[: LABEL_CHARACTERS - 1].rstrip()}…"
