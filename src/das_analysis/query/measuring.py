"""Measures indicators over periods: the verb of this room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.flow import Result
from das_analysis.lake.provenance import here
from das_analysis.model import Indicator, load_model
from das_analysis.query.breakdown import TOTAL
from das_analysis.query.compile import STATISTICS, compile_indicator
from das_analysis.query.skipped import skipped

if TYPE_CHECKING:
    import pandas as pd

    from das_analysis.lake import Lake
    from das_analysis.query.periods import Periods


def measure(
    indicators: str | Sequence[str],
    lake: Lake,
    *,
    by: Sequence[str] = (),
    over: Periods,
    with_total: bool = False,
) -> Result:
    """Measure indicators over periods, divided by breakdowns.

    Returns a Result whose frame has one row a cell: indicator, period, a column of codes for each breakdown
    of `by`, statistic (mean, median, p90, count; blank but for lead times), value (a count, or days) and n:
    the persons behind it (the rows, where the model knows no person). A cell without rows has value 0.
    `with_total` adds rows with the code TOTAL, each computed on its own: who is in two groups counts once.
    A rate brings its two parts; the rate itself exists only in a release.
    Raises Refused for an unknown indicator, or a breakdown that the indicator does not allow.
    """
    names = _names((indicators,) if isinstance(indicators, str) else indicators)
    asked = [load_model().indicators[name] for name in names]
    for indicator in asked:
        _check(indicator, by)
    counted = [i for i in asked if i.kind != "rate"]
    groupings = [tuple(by)]
    if with_total:
        groupings += [g for size in range(len(by)) for g in combinations(by, size)]
    frames = [_frame(i, lake, by=by, grouping=g, over=over) for i in counted for g in groupings]
    found = make_result(names, lake, by=("period", *by), frame=_stack(frames))
    return replace(found, gaps=skipped(counted, lake, over=over))


def make_result(names: Iterable[str], lake: Lake, *, by: Sequence[str], frame: pd.DataFrame) -> Result:
    """Return a Result with its provenance: who, when, and of which snapshot."""
    snapshot = lake.snapshot
    label = f"{snapshot.number:04d}-{snapshot.name}"
    return Result(
        indicators=tuple(names),
        by=tuple(by),
        frame=frame,
        snapshot=label,
        provenance=here((snapshot.digest,)),
    )


def _names(indicators: Sequence[str]) -> tuple[str, ...]:
    """Return the indicators asked for, each rate preceded by its parts, none twice."""
    known = load_model().indicators
    found: list[str] = []
    for name in indicators:
        if name not in known:
            raise Refused("no such indicator", where=name, todo=f"use one of {', '.join(sorted(known))}")
        rate = known[name].rate
        found += [rate.to, rate.of, name] if rate else [name]
    return tuple(dict.fromkeys(found))


def _check(indicator: Indicator, by: Sequence[str]) -> None:
    refused = [name for name in by if name not in indicator.breakdowns]
    if refused or len(set(by)) < len(by):
        raise Refused(
            f"{indicator.id} cannot be divided by {', '.join(refused or by)}",
            todo=f"use, once each, {', '.join(indicator.breakdowns)}",
        )


def _frame(
    indicator: Indicator, lake: Lake, *, by: Sequence[str], grouping: Sequence[str], over: Periods
) -> pd.DataFrame:
    """Run one expression, fill the cells without rows, and return the tidy frame."""
    found = compile_indicator(indicator, lake, by=grouping, over=over).to_pandas()
    frame = _fill(found, grouping, over=over)
    for name in set(by) - set(grouping):
        frame[name] = TOTAL
    frame["indicator"] = indicator.id
    if indicator.kind == "lead_time":
        keys = ["indicator", "period", *by, "n"]
        frame = frame.melt(
            id_vars=keys, value_vars=list(STATISTICS), var_name="statistic", value_name="value"
        )
    else:
        frame["statistic"] = ""
    frame["value"], frame["n"] = frame["value"].astype(float), frame["n"].astype(int)
    return frame[["indicator", "period", *by, "statistic", "value", "n"]]


def _fill(found: pd.DataFrame, grouping: Sequence[str], *, over: Periods) -> pd.DataFrame:
    """Add the periods in which a combination of codes has no rows: counts 0, and no days."""
    import pandas as pd

    unknown = tuple(load_model().breakdowns[name].unknown for name in grouping)
    codes = list(dict.fromkeys(map(tuple, found[list(grouping)].to_numpy()))) or [unknown]
    grid = pd.DataFrame(
        [(label, *code) for code in codes for label in over.labels],
        columns=["period", *grouping],
        dtype="str",
    )
    filled = grid.merge(found, how="left", on=["period", *grouping])
    counts = [c for c in ("value", "count", "n") if c in filled]
    return filled.fillna(dict.fromkeys(counts, 0))


def _stack(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat(frames, ignore_index=True)
