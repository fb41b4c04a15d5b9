"""Draws a release out of its content and nothing else: notebooks and reports show the same picture.

Kinds: `line` (over periods), `bar` (horizontal, grouped), `flow` (see alluvial.py). No figure is drawn that
is not in the content, already rounded: a value that is low or hidden has a mark and no length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from das_analysis.disclosure import svg
from das_analysis.disclosure.alluvial import draw_flow
from das_analysis.disclosure.numerals import write_value
from das_analysis.words import t

Content = Mapping[str, Any]
WIDE, NARROW = 820.0, 344.0
_MOST_COLOURS = len(svg.PALETTE)


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one colour of bars, of a column of figures: (value, as written) by label."""

    name: str
    value: str
    points: Mapping[str, tuple[float | None, str]]

    def known(self) -> list[tuple[str, float, str]]:
        """The points that have a value: (label, value, as written)."""
        return [(x, value, written) for x, (value, written) in self.points.items() if value is not None]


@dataclass(frozen=True, slots=True)
class Plot:
    """The area of the axes in pixels, and how a value becomes a height."""

    left: float
    top: float
    right: float
    bottom: float
    labels: Sequence[str]
    most: float

    def x(self, label: str) -> float:
        """Pixel of a label: evenly spread; a single one stands in the middle."""
        steps = len(self.labels) - 1
        share = self.labels.index(label) / steps if steps else 0.5
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        """Pixel of a value; the axis starts at nought."""
        return self.bottom - value / self.most * (self.bottom - self.top)


def draw(content: Content, *, narrow: bool = False) -> str:
    """Return the chart of a release's content as SVG text, or nothing when it asks for none.

    `narrow` draws for a column of a telephone instead of a page. Pure: the same content gives the same bytes.
    """
    kind = content.get("chart", {}).get("kind", "none")
    if kind == "none" or not content["rows"]:
        return ""
    if kind == "flow":
        return draw_flow(content, width=NARROW if narrow else WIDE, narrow=narrow)
    width, series = NARROW if narrow else WIDE, read_series(content)
    line = kind == "line"
    marks, height = _draw_line(content, series, width=width) if line else _draw_bar(series, width)
    return svg.frame(
        marks,
        size=(width, height),
        lang=content["lang"],
        title=content["title"],
        description=_describe(content, series),
    )


def read_series(content: Content) -> list[Series]:
    """Return a chart's series in the order of the rows: one for each value column and label of `series`."""
    chart, titles = content["chart"], {c["name"]: c["title"] for c in content["columns"]}
    split = chart.get("series")
    found: dict[tuple[str, str], dict[str, tuple[float | None, str]]] = {}
    for row in content["rows"]:
        for value in chart["values"]:
            title = str(titles[value])
            name = str(row[split]) if split else title
            name = f"{name}, {title}" if split and len(chart["values"]) > 1 else name
            written = write_value(
                row[value],
                lang=content["lang"],
                status=row.get(f"{value}_status", ""),
                base=content["rounding"],
            )
            found.setdefault((name, value), {})[str(row[chart["x"]])] = (row[value], written)
    return [Series(name, value, points) for (name, value), points in found.items()]


def _describe(content: Content, series: Sequence[Series]) -> str:
    parts = []
    for one in series:
        labels = list(one.points)
        ends = dict.fromkeys((labels[0], labels[-1])) if content["chart"]["kind"] == "line" else labels
        parts.append(f"{one.name}: " + ", ".join(f"{x} {one.points[x][1]}" for x in ends))
    return f"{t('picture_' + content['chart']['kind'], content['lang'])} " + "; ".join(parts) + "."


def unit_of(content: Content, name: str) -> str:
    """Return what a column of figures counts in: its unit, or the counting unit of its indicator."""
    unit = next((c.get("unit") for c in content["columns"] if c["name"] == name), "")
    counted = (
        i["counting_unit"] for i in content["indicators"] if i["id"] in {name, name.removesuffix("_count")}
    )
    counts_in = next(counted, "")
    return str(unit or (t("picture_counts", content["lang"], unit=counts_in) if counts_in else ""))


def _one_unit(content: Content) -> str:
    """The unit of the axis, when all that is drawn has the same."""
    units = {unit_of(content, name) for name in content["chart"]["values"]}
    return units.pop() if len(units) == 1 else ""


def _ticks(most: float) -> list[float]:
    """Round steps from nought to just over the largest value."""
    size = 10 ** math.floor(math.log10(max(most, 1) / 4))
    step = next(size * m for m in (1, 2, 2.5, 5, 10) if most <= size * m * 5)
    step = max(step, 1.0)
    return [i * step for i in range(math.ceil(most / step) + 1)] if most else [0.0, 1.0]


def _colour(index: int) -> str:
    return svg.PALETTE[index] if index < _MOST_COLOURS else svg.QUIET


def _draw_line(content: Content, series: Sequence[Series], *, width: float) -> tuple[list[str], float]:
    labels = list(dict.fromkeys(x for one in series for x in one.points))
    ticks = _ticks(max((v for one in series for _, v, _ in one.known()), default=0))
    written = [write_value(v, lang=content["lang"]) for v in ticks]
    names = _names(series)
    beside = width > NARROW
    room = min(210.0, max(svg.width_of(n, 13) for n in names.values()) + 22) if beside else 44.0
    above = [] if beside else _names_above(names, width)
    top = 34.0 + 18 * sum(mark.startswith("<text") for mark in above)
    plot = Plot(
        max(svg.width_of(w, 13) for w in written) + 12, top, width - room, top + 230, labels, ticks[-1]
    )
    marks = [
        svg.text((0, top - 18), _one_unit(content), font_size=13, fill=svg.FAINT),
        *_grid(plot, ticks, written=written),
    ]
    marks += [mark for i, one in enumerate(series) for mark in _one_line(plot, one, index=i)]
    marks += _names_beside(plot, series, names=names, room=room) if beside else above
    return marks, plot.bottom + 34


def _names(series: Sequence[Series]) -> dict[str, str]:
    """What stands at the end of each line: what tells it from the others, and its last value."""
    heads = {"".join(one.name.partition(", ")[:2]) for one in series}
    shared = heads.pop() if len(series) > 1 and len(heads) == 1 else ""
    cut = len(shared) if shared.endswith(", ") else 0
    last = {one.name: one.known()[-1][2] if one.known() else "" for one in series}
    return {name: f"{name[cut:]} {written}".strip() for name, written in last.items()}


def _grid(plot: Plot, ticks: Sequence[float], *, written: Sequence[str]) -> list[str]:
    marks = []
    for value, label in zip(ticks, written, strict=True):
        y = plot.y(value)
        marks.append(svg.line((plot.left, y), (plot.right, y), stroke=svg.INK if value == 0 else svg.GRID))
        marks.append(
            svg.text((plot.left - 8, y + 4.5), label, font_size=13, fill=svg.FAINT, text_anchor="end")
        )
    widest = max(svg.width_of(x, 13) for x in plot.labels) + 10
    step = math.ceil(widest * len(plot.labels) / max(plot.right - plot.left, 1))
    shown = list(plot.labels)[::-1][::step]
    return marks + [
        svg.text((plot.x(x), plot.bottom + 20), x, font_size=13, fill=svg.FAINT, text_anchor="middle")
        for x in shown
    ]


def _one_line(plot: Plot, one: Series, *, index: int) -> list[str]:
    """A line, broken where a value is missing, a marker at each point, a sign where a value is low."""
    runs: list[list[tuple[float, float]]] = [[]]
    marks = []
    for x, (value, written) in one.points.items():
        if value is None:
            runs.append([])
            at = (plot.x(x), plot.bottom - 6 - 14 * index)
            marks += (
                [svg.text(at, written, font_size=12, fill=_colour(index), text_anchor="middle")]
                if written
                else []
            )
        else:
            runs[-1].append((plot.x(x), plot.y(value)))
    width = 2.5 if index < _MOST_COLOURS else 1.2
    lines = [svg.curve(run, stroke=_colour(index), stroke_width=width) for run in runs if len(run) > 1]
    points = [svg.marker(at, index, fill=_colour(index), stroke="#fff") for run in runs for at in run]
    return [*lines, *points, *marks]


def _names_beside(
    plot: Plot, series: Sequence[Series], *, names: Mapping[str, str], room: float
) -> list[str]:
    """Names with the last value right of the lines, pushed apart where lines end close together."""
    wanted = [
        (plot.y(one.known()[-1][1]) if one.known() else plot.bottom - 10, i) for i, one in enumerate(series)
    ]
    marks, floor = [], 0.0
    for y, i in sorted(wanted):
        lines = svg.wrap(names[series[i].name], 13, width=room - 18, lines=6)  # the value comes last
        at = max(y - 8 * (len(lines) - 1), floor)
        for k, words in enumerate(lines):
            place = (plot.right + 12, at + 4.5 + 16 * k)
            marks.append(svg.text(place, words, font_size=13, fill=_ink(i), font_weight="600"))
        floor = at + 16 * len(lines) + 3
    return marks


def _names_above(names: Mapping[str, str], width: float) -> list[str]:
    marks, y = [], 12.0
    for i, name in enumerate(names.values()):
        marks.append(svg.marker((6, y - 4.5), i, fill=_colour(i)))
        for words in svg.wrap(name, 13, width=width - 20):
            marks.append(svg.text((18, y), words, font_size=13, fill=_ink(i), font_weight="600"))
            y += 18
    return marks


def _ink(index: int) -> str:
    """Colour of a name: the series' own where it is dark enough to read on white, else ink."""
    return svg.PALETTE[index] if index in {0, 2} else svg.INK if index < _MOST_COLOURS else svg.FAINT


def _draw_bar(series: Sequence[Series], width: float) -> tuple[list[str], float]:
    """Groups of bars, the label above (telephone) or left (page); the value stands at the bar's end."""
    labels = list(dict.fromkeys(x for one in series for x in one.points))
    column = min(max(svg.width_of(x, 14) for x in labels) + 14, 250.0) if width > NARROW else 0.0
    many = len(series) > 1
    ends = [
        f"{one.name} {written}" if many else written for one in series for _, written in one.points.values()
    ]
    space = width - column - max(svg.width_of(end, 13) for end in ends) - 12
    most = max((v for one in series for _, v, _ in one.known()), default=0) or 1
    marks, y = [], 4.0
    for label in labels:
        lines = svg.wrap(label, 14, width=column or width)
        used = 18.0 * len(lines)
        marks += [svg.text((0, y + 15 + 18 * k), words) for k, words in enumerate(lines)]
        start = y if column else y + used + 3
        shown = [(i, one) for i, one in enumerate(series) if label in one.points]
        for k, (i, one) in enumerate(shown):
            value, written = one.points[label]
            end = f"{one.name} {written}" if many else written
            marks += _one_bar(
                (column, start + 22 * k), (value or 0) / most * max(space, 60), words=end, colour=_colour(i)
            )
        y = max(y + used, start + 22 * len(shown)) + (14 if many or not column else 6)
    axis = [svg.line((column, 0), (column, y - 6), stroke=svg.INK)] if column else []
    return marks + axis, y


def _one_bar(at: tuple[float, float], length: float, *, words: str, colour: str) -> list[str]:
    bar = (
        [svg.element("rect", x=at[0], y=at[1] + 1, width=max(length, 1), height=19, fill=colour)]
        if length
        else []
    )
    return [*bar, svg.text((at[0] + length + 7, at[1] + 15.5), words, font_size=13, font_weight="600")]
