"""An indicator as one Ibis expression: all periods in one scan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from das_analysis.model import Breakdown, Indicator, load_model
from das_analysis.query.breakdown import divide, paths_of
from das_analysis.query.paths import add_event, column_of, earliest, reach, where
from das_analysis.query.periods import Periods

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir

    from das_analysis.lake import Lake

STATISTICS = ("mean", "median", "p90", "count")
NEVER = "9999-12-31"
LABELS = {"month": "%Y-%m", "day": "%Y-%m-%d"}


def compile_indicator(indicator: Indicator, lake: Lake, *, by: Sequence[str], over: Periods) -> ibis.Table:
    """Return the expression that measures an indicator.

    Its columns are period, `by`, then value and n (flow, stock) or mean, median, p90 (days), count and n.
    `n` counts the persons behind a cell, or its rows where the model knows no person.
    """
    breakdowns = [load_model().breakdowns[name] for name in by]
    rows = _rows(indicator, lake, breakdowns=breakdowns)
    if indicator.kind == "stock":
        rows = _on_reference_dates(rows, over)
    else:
        rows = _in_periods(rows, indicator, over=over)
    keys = ["period", *by]
    return rows.group_by(keys).aggregate(**_figures(rows, indicator))


def _rows(indicator: Indicator, lake: Lake, *, breakdowns: Sequence[Breakdown]) -> ibis.Table:
    """Return the rows that can count, with moment, until or since, who, what and one column a breakdown."""
    table = load_model().tables[indicator.table]
    dates = [d for d in (indicator.moment, indicator.until, indicator.since) if d]
    paths = {p for d in dates for p in d.split("|") if p not in indicator.events}
    paths |= {p for b in breakdowns for p in paths_of(b, indicator.table)}
    paths |= {*indicator.where, *indicator.where_not, *_kept(indicator)}
    paths |= {p for p in (table.key, indicator.distinct, person_path(indicator.table)) if p}
    rows = where(reach(lake, table.name, paths=paths), allowed=indicator.where, barred=indicator.where_not)
    for name, event in indicator.events.items():
        rows = add_event(rows, lake, table=table, name=name, event=event)
    rows = _mark(rows, indicator, key=table.key or "")
    for breakdown in breakdowns:
        rows = divide(rows, lake, breakdown=breakdown, table=table.name)
    return _keep(rows, indicator)


def _kept(indicator: Indicator) -> set[str]:
    keep = indicator.keep
    return {p for p in (keep.per, keep.order) if p} if keep else set()


def _mark(rows: ibis.Table, indicator: Indicator, *, key: str) -> ibis.Table:
    """Add the columns that every kind of indicator is computed from."""
    import ibis

    def known(path: str | None) -> ir.Value:
        return ibis.coalesce(rows[column_of(path)], rows[key]) if path else rows[key]

    person = person_path(indicator.table)
    columns = {
        "moment": earliest(rows, indicator.moment),
        "what": known(indicator.distinct),
        "who": known(person),
    }
    if indicator.until:
        columns["until"] = ibis.coalesce(earliest(rows, indicator.until), ibis.date(NEVER))
    if indicator.since:
        columns["since"] = earliest(rows, indicator.since)
    if indicator.keep:
        columns["per"] = known(indicator.keep.per)
    return rows.mutate(**columns)


def _keep(rows: ibis.Table, indicator: Indicator) -> ibis.Table:
    """Keep the first or last row of each `per` over all time; the last of a period waits for the periods."""
    keep = indicator.keep
    if keep is None or keep.take == "last_in_period":
        return rows
    if indicator.since:
        rows = rows.mutate(since=rows.since.min().over(_window("per")))
    if keep.take == "last":
        rows = rows.mutate(open_rows=rows.moment.isnull().cast("int64").sum().over(_window("per")))
        rows = rows.filter(rows.open_rows == 0)
    return _first_of(rows, indicator, "per")


def _window(*columns: str) -> ibis.expr.builders.WindowBuilder:
    import ibis

    return ibis.window(group_by=list(columns))


def _first_of(rows: ibis.Table, indicator: Indicator, *columns: str) -> ibis.Table:
    """Keep one row of each group of `columns`, the first by moment or the last; ties by order, then key."""
    import ibis

    keep = indicator.keep
    order = [rows.moment, *([rows[column_of(keep.order)]] if keep and keep.order else [])]
    order.append(rows[load_model().tables[indicator.table].key or ""])
    if keep and keep.take != "first":
        order = [ibis.desc(column) for column in order]
    ranked = rows.mutate(place=ibis.row_number().over(ibis.window(group_by=list(columns), order_by=order)))
    return ranked.filter(ranked.place == 0)


def _in_periods(rows: ibis.Table, indicator: Indicator, *, over: Periods) -> ibis.Table:
    """Give each row the period of its moment, and keep those of the periods asked for."""
    import ibis

    first, last = over.items[0].start, over.items[-1].end
    rows = rows.filter(rows.moment.between(ibis.date(first.isoformat()), ibis.date(last.isoformat())))
    moment = rows.moment
    year = moment.year().cast("string")
    if over.grain == "year":
        label = year
    elif over.grain == "quarter":
        label = year + "-Q" + moment.quarter().cast("string")
    else:
        label = moment.strftime(LABELS[over.grain])
    rows = rows.mutate(period=label)
    if indicator.keep and indicator.keep.take == "last_in_period":
        rows = _first_of(rows, indicator, "per", "period")
    return rows.filter(rows.since.notnull()) if indicator.since else rows


def _on_reference_dates(rows: ibis.Table, over: Periods) -> ibis.Table:
    """Repeat each row for every reference date on which it is open: moment <= date < until."""
    import ibis

    columns = {"period": [p.label for p in over.items], "reference_on": [p.end for p in over.items]}
    dates = ibis.memtable(columns, schema=ibis.schema({"period": "string", "reference_on": "date"}))
    return rows.join(dates, [rows.moment <= dates.reference_on, rows.until > dates.reference_on])


def _figures(rows: ibis.Table, indicator: Indicator) -> dict[str, Any]:
    person = person_path(indicator.table)
    count = rows.what.nunique() if indicator.distinct else rows.count()
    persons = count if person in {None, indicator.distinct} else rows.who.nunique()
    if indicator.kind != "lead_time":
        return {"value": count, "n": persons}
    days = rows.moment.delta(rows.since, unit="day")
    return {
        "mean": days.mean(),
        "median": days.median(),
        "p90": days.quantile(0.9),
        "count": count,
        "n": persons,
    }


def person_path(table: str) -> str | None:
    """Return the shortest path from a table to a person's key, None when there is none within three steps."""
    model = load_model()
    edges = [("", table)]
    for _ in range(3):
        further = []
        for prefix, name in edges:
            references = [c for c in model.tables[name].columns.values() if c.references]
            found = [c.name for c in references if c.references == "person"]
            if found:
                return prefix + found[0]
            further += [(f"{prefix}{c.name.removesuffix('_key')}.", c.references or "") for c in references]
        edges = further
    return None
