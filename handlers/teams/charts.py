"""Charts as Teams draws them itself, with the numbers in words where it cannot."""

from handlers.cards import Chart, Context, Run, strong
from handlers.teams import limits
from handlers.teams.activity import Node
from handlers.teams.limits import cut
from handlers.teams.literal import literal, paragraphs

#: More bars than this, or longer names, are easier to read lying down.
MOST_UPRIGHT = 8
LONGEST_UPRIGHT = 14
#: More points than this are no chart for a chat.
MOST_POINTS = 100


def rendered(chart: Chart) -> list[Node]:
    """A chart and, as small print and as its fallback, its summary: a chart has no text for screen readers."""
    summary = Context(runs=(Run(text=cut(chart.summary, limits.TEXT)),))
    names = [literal(cut(category, limits.LABEL)) for category in chart.categories[:MOST_POINTS]]
    made: Node = {
        "type": _kind(chart),
        "title": literal(cut(chart.title, limits.HEADING)),
        "yAxisTitle": literal(cut(chart.unit, limits.LABEL)),
        "data": _lines(chart, names) if _grouped(chart) else _bars(chart, names),
        # The summary stands under the chart in any case.
        "fallback": "drop",
    }
    if made["type"] == "Chart.HorizontalBar":
        made["xAxisTitle"] = made.pop("yAxisTitle")
    # Clients do not show the chart's own title.
    title = paragraphs((strong(chart.title),), most=limits.HEADING)
    return [*title, made, *paragraphs(summary.runs, small=True)]


def _grouped(chart: Chart) -> bool:
    return chart.kind == "line" or len(chart.series) != 1


def _kind(chart: Chart) -> str:
    if chart.kind == "line":
        return "Chart.Line"
    if len(chart.series) != 1:
        return "Chart.VerticalBar.Grouped"
    longest = max((len(category) for category in chart.categories), default=0)
    lying = len(chart.categories) > MOST_UPRIGHT or longest > LONGEST_UPRIGHT
    return "Chart.HorizontalBar" if lying else "Chart.VerticalBar"


def _bars(chart: Chart, names: list[str]) -> list[Node]:
    return [{"x": name, "y": value} for name, value in zip(names, chart.series[0].values, strict=False)]


def _lines(chart: Chart, names: list[str]) -> list[Node]:
    return [
        {
            "legend": literal(cut(series.name, limits.LABEL)),
            "values": [{"x": name, "y": value} for name, value in zip(names, series.values, strict=False)],
        }
        for series in chart.series
    ]
