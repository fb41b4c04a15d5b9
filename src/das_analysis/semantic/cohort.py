"""A cohort of a snapshot: some persons or cases, all that belongs to them, and what that refers to.

Down: every row that refers to a member is a member, from table to table: the cases of a person, the
decisions of a case. Up, once: every row that a member refers to comes along, the crime of which a member is
suspected, so that no reference ends in nothing; what else belongs to that crime does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.model import Table, load_model

if TYPE_CHECKING:
    import ibis

    from das_analysis.lake import Lake

ROOTS = ("persons", "cases")


def cohort(lake: Lake, chosen: Mapping[str, ibis.Table]) -> Lake:
    """Return the lake with the rows of a cohort only; it is used like any other.

    `chosen` maps "persons" or "cases", or both, to rows of that table, such as a filter of it. Raises Refused
    for another table.
    """
    wrong = sorted(set(chosen) - set(ROOTS))
    if wrong or not chosen:
        raise Refused("a cohort is made of persons or cases", where=", ".join(wrong), todo="choose those")
    tables = _parents_first([t for t in load_model().tables.values() if t.plural in lake.tables])
    members = _members(lake, chosen, tables=tables)
    kept = _with_parents(lake, members, tables=tables)
    return replace(lake, tables={t.plural: _rows(lake, t, keys=kept) for t in tables})


def _members(
    lake: Lake, chosen: Mapping[str, ibis.Table], *, tables: Sequence[Table]
) -> dict[str, ibis.Table]:
    """Return the keys of the members of each table: those chosen, and those that refer to a member."""
    members: dict[str, ibis.Table] = {}
    for table in (t for t in tables if t.key):
        found = [chosen[table.plural].select(key=table.key)] if table.plural in chosen else []
        rows = lake.tables[table.plural]
        for column, parent in _references(table, members, there=rows.columns):
            below = rows.semi_join(members[parent], rows[column] == members[parent].key)
            found.append(below.select(key=table.key))
        if found:
            members[table.name] = _all(found)
    return members


def _with_parents(
    lake: Lake, members: Mapping[str, ibis.Table], *, tables: Sequence[Table]
) -> dict[str, ibis.Table]:
    """Add the keys that members refer to, children first: nothing refers to a row that is left out."""
    kept = dict(members)
    for table in reversed(tables):
        found = [kept[table.name]] if table.name in kept else []
        for child in (t for t in tables if t.name in kept):
            for column, _ in _references(child, {table.name}, there=lake.tables[child.plural].columns):
                above = _rows(lake, child, keys=kept).select(key=column)
                found.append(above.filter(above.key.notnull()))
        if found and table.key:
            kept[table.name] = _all(found)
    return kept


def _rows(lake: Lake, table: Table, *, keys: Mapping[str, ibis.Table]) -> ibis.Table:
    """Return the rows with one of the keys; of a table without a key those that refer to a person kept."""
    rows = lake.tables[table.plural]
    column, of = (table.key, table.name) if table.key else ("person_key", "person")
    if of not in keys or column not in rows.columns:
        return rows.limit(0)
    return rows.semi_join(keys[of], rows[column] == keys[of].key)


def _references(
    table: Table, targets: Collection[str], *, there: Collection[str] | None = None
) -> list[tuple[str, str]]:
    """Return references to some tables, of those `there`: a snapshot of an older model lacks the newest."""
    found = [(c.name, c.references) for c in table.at("linked") if c.references in targets]
    return [(name, to) for name, to in found if to and (there is None or name in there)]


def _all(found: Sequence[ibis.Table]) -> ibis.Table:
    """Keys of several sources, each once."""
    import ibis

    return keep(ibis.union(*found, distinct=True) if len(found) > 1 else found[0].distinct())


def keep(rows: ibis.Table) -> ibis.Table:
    """Let the engine remember rows that much is asked of: a temporary table, on Spark a view.

    Ibis's own cache() is dropped when Python ends, at which DuckDB 2 stumbles.
    """
    from ibis.util import gen_name

    backend, name = rows.get_backend(), gen_name("cohort")
    if backend.name == "duckdb":
        return backend.create_table(name, rows, temp=True)
    return backend.create_view(name, rows)


def _parents_first(tables: Sequence[Table]) -> list[Table]:
    """Order tables so that what a table refers to comes before it; a reference to itself does not count."""
    ordered: list[Table] = []
    waiting = {t.name: t for t in tables}
    while waiting:
        free = [t for t in waiting.values() if not _waits(t, waiting)] or list(waiting.values())
        ordered += free
        waiting = {name: t for name, t in waiting.items() if t not in free}
    return ordered


def _waits(table: Table, waiting: Collection[str]) -> bool:
    return any(parent != table.name for _, parent in _references(table, waiting))


def read_cohort(lake: Lake, path: Path) -> tuple[Lake, str]:
    """Return the cohort of a file with keys of persons or cases, one a line, and the digest of those keys.

    Raises Refused, with their number only, for keys that the snapshot does not have.
    """
    keys = sorted({line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()})
    key_of = {t.plural: t.key or "" for t in load_model().tables.values() if t.plural in ROOTS}
    chosen = {
        plural: lake.tables[plural].filter(lake.tables[plural][key].isin(keys))
        for plural, key in key_of.items()
    }
    unknown = len(keys) - sum(rows.count().execute() for rows in chosen.values())
    if unknown or not keys:
        raise Refused(
            f"{unknown} of {len(keys)} keys are of no person and no case",
            where=path.name,
            todo="write keys of this snapshot, one a line",
        )
    return cohort(lake, chosen), hashlib.sha256("\n".join(keys).encode()).hexdigest()
