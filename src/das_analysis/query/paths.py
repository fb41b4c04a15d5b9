"""Columns by path over the model's references, as left joins; dates out of child tables; filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from das_analysis.errors import Refused
from das_analysis.model import Event, Table, load_model

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir

    from das_analysis.lake import Lake


def column_of(path: str) -> str:
    """Return the name a path has as a column: `case.office_code` is `case__office_code`."""
    return path.replace(".", "__")


def reach(lake: Lake, table: str, *, paths: Iterable[str]) -> ibis.Table:
    """Return the rows of a table of the model with one column for each path (named by `column_of`).

    A step of a path is a reference column without `_key`: `court_case.case.registered_on`. Each step is a
    left join: no row is lost, and none is doubled, for a key is unique in the table it identifies.
    Raises Refused for a path that leads nowhere, or a table that the lake does not have.
    """
    model = load_model()
    wanted = set(paths)
    own = {p for p in wanted if "." not in p}
    steps: dict[str, set[str]] = {}
    for step, _, rest in (p.partition(".") for p in wanted - own):
        steps.setdefault(step, set()).add(rest)
    known = model.tables[table].columns
    missing = sorted({p for p in own if p not in known} | {s for s in steps if not _leads(known, s)})
    if missing:
        raise Refused(
            "a path leads nowhere", where=f"{table}: {', '.join(missing)}", todo="see lake.explain()"
        )
    rows = getattr(lake, model.tables[table].plural)
    rows = rows.select(*sorted(own | {f"{step}_key" for step in steps}))
    for step in sorted(steps):
        rows = _join(rows, lake, parent=known[f"{step}_key"].references, step=step, rest=steps[step])
    return rows.select(*sorted(map(column_of, wanted)))


def _leads(known: Mapping[str, Any], step: str) -> bool:
    return f"{step}_key" in known and known[f"{step}_key"].references is not None


def _join(rows: ibis.Table, lake: Lake, *, parent: str | None, step: str, rest: set[str]) -> ibis.Table:
    found = load_model().tables[parent or ""]
    key = found.key or ""
    right = reach(lake, found.name, paths={*rest, key})
    right = right.rename({f"{step}__{name}": name for name in right.columns})
    return rows.left_join(right, rows[f"{step}_key"] == right[f"{step}__{key}"])


def where(
    rows: ibis.Table, *, allowed: Mapping[str, Iterable[str]], barred: Mapping[str, Iterable[str]]
) -> ibis.Table:
    """Keep the rows whose columns have an allowed code and none that is barred; a blank is neither."""
    tests = [rows[column_of(p)].isin(_values(rows, p, codes=codes)) for p, codes in allowed.items()]
    for path, codes in barred.items():
        column = rows[column_of(path)]
        tests.append(column.isnull() | column.notin(_values(rows, path, codes=codes)))
    return rows.filter(reduce(and_, tests)) if tests else rows


def _values(rows: ibis.Table, path: str, *, codes: Iterable[str]) -> list[Any]:
    if rows[column_of(path)].type().is_boolean():
        return [code == "true" for code in codes]
    return list(codes)


def earliest(rows: ibis.Table, dates: str) -> ir.Value:
    """Return the earliest of the known dates in "a|b"; blank when none is known."""
    import ibis

    columns = [rows[column_of(path)] for path in dates.split("|")]
    return columns[0] if len(columns) == 1 else ibis.coalesce(ibis.least(*columns), *columns)


def add_event(rows: ibis.Table, lake: Lake, *, table: Table, name: str, event: Event) -> ibis.Table:
    """Return the rows with one more column: a date out of a child table that references `table`."""
    key = table.key or ""
    columns = load_model().tables[event.table].columns.values()
    up = next(c.name for c in columns if c.references == table.name)
    child = reach(lake, event.table, paths={up, event.column})
    column = child[event.column]
    ends = column.min() if event.take == "first" else column.max()
    dates = child.group_by(child[up].name("event_of")).aggregate(ends.name(name))
    return rows.left_join(dates, rows[key] == dates.event_of).drop("event_of")
