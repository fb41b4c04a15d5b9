"""Active titles and key figures, said from released figures only: what is read is what was rounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from das_analysis.disclosure.numerals import write_value
from das_analysis.disclosure.picture import Series, read_series, unit_of
from das_analysis.report.grid import capital, columns_of
from das_analysis.report.spoken import say_period, say_when
from das_analysis.words import t

Content = Mapping[str, Any]
_SMALLEST_BASE = 50  # a percentage of less says nothing: a rounding step is a fifth of it
_SMALLEST_COMPARED = (
    200  # two figures, each up to five off: of less, a change may be rounding and nothing else
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """The last value of a series, of which period it is, and how it differs from the one before."""

    name: str
    written: str
    unit: str
    when: str
    change: str


def headline(content: Content) -> str:
    """Return a title of one line that says what the picture shows, or the release's own title."""
    chart = content.get("chart", {})
    if chart.get("kind") == "line":
        return _of_line(content) or str(content["title"])
    if chart.get("kind") == "bar":
        return _of_bar(content) or str(content["title"])
    return str(content["title"])


def key_figures(contents: Sequence[Content]) -> list[KeyFigure]:
    """Return the key figures: the last values of every release whose chart asks for it with `key`."""
    return [
        _key_figure(content, one)
        for content in contents
        if content.get("chart", {}).get("key")
        for one in read_series(content)[: content["chart"].get("first")]
    ]


def _key_figure(content: Content, one: Series) -> KeyFigure:
    last = list(one.points)[-1]
    return KeyFigure(
        name=capital(one.name),
        written=one.points[last][1],
        unit=unit_of(content, one.value),
        when=say_period(last, content["lang"]) if content["chart"]["x"] == "period" else last,
        change=_change(content, one),
    )


def _change(content: Content, one: Series) -> str:
    """Say how the last value differs from the one before; nothing when one is not there or too small."""
    ends = list(one.points.items())[-2:] if content["chart"]["x"] == "period" else []
    match ends:
        case [(period, (float() | int() as before, _)), (_, (float() | int() as now, _))]:
            return _say_change(content, (period, before), now=now, unit=unit_of(content, one.value))
        case _:
            return ""


def _say_change(content: Content, then: tuple[str, float], *, now: float, unit: str) -> str:
    lang, (period, before) = content["lang"], then
    when = say_when(period, lang)
    share = unit == "%"
    if not share and before < (1 if unit == t("report_days", lang) else _SMALLEST_COMPARED):
        return ""
    size = abs(now - before) if share else abs(now - before) / before * 100
    if round(size, 1 if share else 0) == 0:
        return t("report_same", lang, period=when)
    way = ("report_points_" if share else "report_percent_") + ("up" if now > before else "down")
    written = write_value(round(size, 1) if share else float(round(size)), lang=lang)
    return t(way, lang, size=written, period=when)


def _of_line(content: Content) -> str:
    series = read_series(content)
    change = _change(content, series[0]) if series else ""
    if not change:
        return ""
    drawn = content["chart"]["values"][0]
    column = next(str(c["title"]) for c in columns_of(content, "value") if c["name"] == drawn)
    name = series[0].name if series[0].name == column else f"{column}, {series[0].name}"
    return f"{capital(name)}: {change}"


def _of_bar(content: Content) -> str:
    """The longest bar and its share of all; no share when a part is hidden or the whole is small."""
    sums: dict[str, float] = {}
    series = read_series(content)
    for one in series:
        for label, value, _ in one.known():
            sums[label] = sums.get(label, 0) + value
    total = sum(sums.values())
    whole = all(value is not None for one in series for value, _ in one.points.values())
    if not sums or content["chart"].get("parts") is False:
        return ""
    top, *others = sorted(sums, key=lambda label: -sums[label])
    if others and sums[others[0]] == sums[top]:
        return ""
    if not whole or total < _SMALLEST_BASE:
        return t("report_most", content["lang"], label=capital(top))
    share = write_value(float(round(sums[top] / total * 100)), lang=content["lang"])
    return t("report_most_share", content["lang"], label=capital(top), share=share)
