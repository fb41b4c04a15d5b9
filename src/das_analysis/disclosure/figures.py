"""The figures of a release: each cell of a result protected on its own, then rates out of what is printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import NamedTuple

from das_analysis.disclosure.labels import OF_LINKAGE
from das_analysis.disclosure.policy import Policy
from das_analysis.disclosure.rounding import (
    HIDDEN,
    LOW,
    Cell,
    protect_count,
    protect_days,
    protect_rate,
    protect_share,
)
from das_analysis.flow import Result
from das_analysis.model import load_model
from das_analysis.query import OWN, STATISTICS, TOTAL, WHOLE, domain, flows

Codes = tuple[str, ...]


class Measure(NamedTuple):
    """A column of figures: an indicator, for lead times one of its statistics, for rates its two parts."""

    indicator: str
    statistic: str = ""
    rate: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """Return the name of the column."""
        return f"{self.indicator}_{self.statistic}" if self.statistic else self.indicator

    @property
    def blank(self) -> Cell:
        """Return what a cell without rows is: a count is low, anything else is not told."""
        return Cell(None, LOW if not self.rate and self.statistic in {"", "count"} else HIDDEN)


@dataclass(frozen=True, slots=True)
class Figures:
    """Protected cells by codes (in the order of the result's columns) and column of figures.

    `is_whole`: no group of codes is left out.
    """

    measures: tuple[Measure, ...]
    cells: Mapping[Codes, Mapping[str, Cell]]
    is_whole: bool


def protect(result: Result, policy: Policy) -> Figures:
    """Return the figures of a result as they may be printed.

    Combinations of codes of which every count is under ten in every period are left out, so that a missing
    row says no more than `<10` would; when nothing is left, every combination of codes that were valid in the
    periods is shown. A part of a rate that is no indicator of the result stays inside.
    """
    measures = measures_of(result)
    names = {m.name for m in measures}
    cells: dict[Codes, dict[str, Cell]] = {}
    for key, measure, value, n in _rows(result):
        cells.setdefault(key, {})[measure.name] = _protect(measure, value, n=n, policy=policy)
    for printed in cells.values():
        for measure in measures:
            if measure.rate:
                of, to = (printed.get(part, Cell(None, LOW)) for part in measure.rate)
                made = protect_rate if names.issuperset(measure.rate) else protect_share
                printed[measure.name] = made(of, to, policy=policy)
    told = {key: {n: c for n, c in printed.items() if n in names} for key, printed in cells.items()}
    return _show(result.by, measures, cells=told, most=policy.most_cells)


def measures_of(result: Result) -> tuple[Measure, ...]:
    """Return the columns of figures of a result; links between stages have one, whatever they count."""
    if "source" in result.by:
        return (Measure("value"),)
    found: list[Measure] = []
    for name in result.indicators:
        indicator = load_model().indicators.get(name)
        if indicator is not None and indicator.kind == "lead_time":
            found += [Measure(name, statistic) for statistic in STATISTICS]
        elif indicator is not None and indicator.rate:
            found.append(Measure(name, "", (indicator.rate.of, indicator.rate.to)))
        elif name in OWN:
            found.append(Measure(name, "", OWN[name].rate))
        else:
            found.append(Measure(name))
    return tuple(found)


def _rows(result: Result) -> Iterable[tuple[Codes, Measure, float, int]]:
    frame, links = result.frame, "source" in result.by
    keys = zip(*(frame[name] for name in result.by), strict=True)
    rest = zip(frame["indicator"], frame["statistic"], frame["value"], frame["n"], strict=True)
    for key, (indicator, statistic, value, n) in zip(keys, rest, strict=True):
        measure = Measure("value") if links else Measure(indicator, statistic)
        yield tuple(map(str, key)), measure, float(value), int(n)


def _protect(measure: Measure, value: float, *, n: int, policy: Policy) -> Cell:
    if measure.statistic in {"", "count"}:
        return protect_count(value, n, policy=policy)
    return protect_days(measure.statistic, value, n=n, policy=policy)


def _show(
    by: Codes, measures: tuple[Measure, ...], *, cells: Mapping[Codes, dict[str, Cell]], most: int
) -> Figures:
    """Leave out what is low everywhere, and complete what is shown over the periods."""
    at = by.index("period") if "period" in by else None
    periods = sorted({key[at] for key in cells}) if at is not None else [""]
    divided = list(dict.fromkeys(_without(key, at) for key in cells))
    shown = [
        d for d in divided if any(_is_told(cells.get(_with(d, p, at=at), {}), measures) for p in periods)
    ]
    is_whole = not shown or len(by) == (at is not None)
    if not shown:
        shown = _everything(by, divided, periods=periods, most=most)
    blank = {m.name: m.blank for m in measures}
    keys = [_with(d, p, at=at) for d in shown for p in periods]
    return Figures(measures, {key: {**blank, **cells.get(key, {})} for key in keys}, is_whole)


def _is_told(printed: Mapping[str, Cell], measures: Iterable[Measure]) -> bool:
    """Whether a count is ten or more; where there are rates only, whether one is printed."""
    if counts := [m for m in measures if m.blank.status == LOW]:
        return any(printed.get(m.name, m.blank).status != LOW for m in counts)
    return any(cell.value is not None for cell in printed.values())


def _everything(by: Codes, divided: list[Codes], *, periods: list[str], most: int) -> list[Codes]:
    """Return every combination of codes valid in the periods; at most one more than a release can hold."""
    names = [name for name in by if name != "period"]
    if "source" in names:
        return list(flows())
    if set(names) & set(OF_LINKAGE):
        return [codes for codes in divided if WHOLE in codes] or divided
    total = (TOTAL,) if any(TOTAL in codes for codes in divided) else ()
    codes = [(*total, *domain(load_model().breakdowns[name], list(filter(None, periods)))) for name in names]
    return list(islice(product(*codes), most + 1))


def _without(key: Codes, at: int | None) -> Codes:
    return key if at is None else key[:at] + key[at + 1 :]


def _with(divided: Codes, period: str, *, at: int | None) -> Codes:
    return divided if at is None else (*divided[:at], period, *divided[at:])
