"""How a breakdown divides rows: one code for each row, as an Ibis expression."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from das_analysis.model import Breakdown, Code, load_model
from das_analysis.query.paths import column_of, reach
from das_analysis.query.periods import period

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir

    from das_analysis.lake import Lake

TOTAL = "TOTAL"


def domain(breakdown: Breakdown, periods: Collection[str] = ()) -> tuple[str, ...]:
    """Return every code a breakdown can give, in the order of the model; what is unknown comes last.

    With `periods` (labels: 2025, 2025-Q3, ...) only codes that were valid on some day from first to last.
    """
    codes: Sequence[str]
    if breakdown.kind == "group":
        codes = [g.code for g in breakdown.groups]
    elif breakdown.kind == "level":
        codes = [c for c in _list(breakdown) if c.count(".") < breakdown.level and not _is_sum(c, breakdown)]
    else:
        codes = list(_list(breakdown))
    gone = _gone(breakdown, periods)
    return (*(c for c in codes if c != breakdown.unknown and c not in gone), breakdown.unknown)


def _gone(breakdown: Breakdown, labels: Collection[str]) -> set[str]:
    """The codes that were valid on no day of these periods: they ended before, or began after."""
    if not labels or breakdown.kind == "group":
        return set()
    spans = [span for label in labels for span in period(label).items]
    first, last = min(s.start for s in spans).isoformat(), max(s.end for s in spans).isoformat()
    codes = _list(breakdown).values()
    return {c.code for c in codes if (c.valid_from or "") > last or (c.valid_until or first) < first}


def _list(breakdown: Breakdown) -> dict[str, Code]:
    return dict(load_model().code_lists[breakdown.codes or ""].codes)


def _is_sum(code: str, breakdown: Breakdown) -> bool:
    """Whether a code is the sum of codes of its own level, such as 0, all crimes."""
    others = _list(breakdown).values()
    return any(o.parent == code and o.code.count(".") == code.count(".") for o in others)


def paths_of(breakdown: Breakdown, table: str) -> tuple[str, ...]:
    """Return the paths that a breakdown needs of a table's own rows: none when it looks at a child table."""
    path = breakdown.columns[table]
    return () if child_of(breakdown, table) else (path,)


def child_of(breakdown: Breakdown, table: str) -> str | None:
    """Return the child table that a breakdown looks at, if it does."""
    step, dot, _ = breakdown.columns[table].partition(".")
    return step if dot and f"{step}_key" not in load_model().tables[table].columns else None


def divide(rows: ibis.Table, lake: Lake, *, breakdown: Breakdown, table: str) -> ibis.Table:
    """Return the rows with a column named as the breakdown: the code of each row, never blank.

    `rows` has the columns of `paths_of` and, for ages, `moment`.
    """
    import ibis

    child = child_of(breakdown, table)
    if child:
        return _by_child(rows, lake, breakdown=breakdown, table=table)
    column = rows[column_of(breakdown.columns[table])]
    if breakdown.kind == "age":
        code = _age_class(_age(column, rows["moment"]), breakdown)
    elif breakdown.kind == "group":
        code = _group(column, breakdown)
    elif breakdown.kind == "level":
        code = column.re_extract(r"^[^.]+" + r"(?:\.[^.]+)?" * (breakdown.level - 1), 0)
    else:
        code = column
    return rows.mutate(ibis.coalesce(code, ibis.literal(breakdown.unknown)).name(breakdown.id))


def _group(column: ir.Value, breakdown: Breakdown) -> ir.Value:
    import ibis

    text = column.ifelse("true", "false") if column.type().is_boolean() else column
    branches = [(text.isin(list(g.codes)), g.code) for g in breakdown.groups]
    return ibis.cases(*branches, else_=breakdown.unknown)


def _by_child(rows: ibis.Table, lake: Lake, *, breakdown: Breakdown, table: str) -> ibis.Table:
    """Give each row the first group that any of its child rows has."""
    import ibis

    model = load_model()
    child, _, path = breakdown.columns[table].partition(".")
    key = model.tables[table].key or ""
    up = next(c.name for c in model.tables[child].columns.values() if c.references == table)
    below = reach(lake, child, paths={up, path})
    ranks = [(below[path].isin(list(g.codes)), rank) for rank, g in enumerate(breakdown.groups)]
    below = below.select(rank_of=below[up], rank=ibis.cases(*ranks, else_=len(breakdown.groups)))
    best = below.group_by("rank_of").aggregate(rank=below["rank"].min())
    joined = rows.left_join(best, rows[key] == best.rank_of)
    names = [(joined["rank"] == rank, g.code) for rank, g in enumerate(breakdown.groups)]
    code = ibis.cases(*names, else_=breakdown.unknown)
    return joined.mutate(code.name(breakdown.id)).drop("rank_of", "rank")


def _age(column: ir.Value, moment: ir.Value) -> ir.Value:
    """Return the age in years: the column itself, or the full years from a month of birth to the moment."""
    if not column.type().is_string():
        return column
    born = column.substr(0, 4).cast("int64") * 12 + column.substr(5, 2).cast("int64")
    return (moment.year() * 12 + moment.month() - born).floordiv(12)


def _age_class(age: ir.Value, breakdown: Breakdown) -> ir.Value:
    import ibis

    branches = []
    for code in _list(breakdown).values():
        if {"min_age", "max_age"} & set(code.facts):
            low, high = int(code.facts.get("min_age", 0)), int(code.facts.get("max_age", 200))
            branches.append((age.between(low, high), code.code))
    return ibis.cases(*branches, else_=breakdown.unknown)
