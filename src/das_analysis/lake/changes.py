"""What differs between two snapshots, table by table: rows by key, and what they point to. Counts only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from das_analysis.lake.engine import connect
from das_analysis.lake.sql import cells, quote, scan
from das_analysis.lake.store import Room, enter, table_schema
from das_analysis.lake.withheld import pinned_files
from das_analysis.model import load_model

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from das_analysis.flow import Snapshot

ROWS = ("table", "rows_before", "rows_after", "added", "removed", "changed")
LINKS = ("table", "column", "added", "removed", "changed")


@dataclass(frozen=True, slots=True)
class Changes:
    """Frames of counts: `rows`, one row a table (columns ROWS), and `links`, one a reference (columns LINKS).

    `changed` counts rows with the same key and another content; in a table without a key a changed row is one
    removed and one added. A link is what a row's reference points to: a person, a case.
    """

    rows: pd.DataFrame
    links: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """One table at two versions; None where a snapshot does not have it."""

    name: str
    versions: tuple[int | None, int | None]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    links: tuple[str, ...]


def changes(before: Snapshot, after: Snapshot) -> Changes:
    """Compare two snapshots of one lake: each table is read once at each pinned version, grouped by its key.

    Tables whose digests are equal are not read. Memory is the engine's; it spills to the lake's own disk.
    """
    import pandas as pd

    room = enter(after.lake, "lake")
    rows, links = [], []
    with connect(room) as con:
        for name in sorted({*before.tables, *after.tables}):
            refs = [s.tables.get(name) for s in (before, after)]
            pair = _pair(room, name, versions=[None if r is None else r.version for r in refs])
            same = None not in refs and len({r.digest for r in refs if r}) == 1
            counted = [0] * (3 + 3 * len(pair.links)) if same else _count(con, room, pair=pair)
            rows.append((name, *(r.rows if r else 0 for r in refs), *counted[:3]))
            links += [(name, c, *counted[3 * i : 3 * i + 3]) for i, c in enumerate(pair.links, start=1)]
    return Changes(pd.DataFrame(rows, columns=list(ROWS)), pd.DataFrame(links, columns=list(LINKS)))


def _pair(room: Room, name: str, *, versions: Sequence[int | None]) -> _Pair:
    """What to compare: the model's columns, but not where a row came from; all, of the house's own."""
    there = {
        column
        for version in versions
        if version is not None
        for column in table_schema(room, "linked", table=name, version=version).names
    }
    table = load_model().tables.get(name)
    known = [c for c in table.at("linked") if c.name in there] if table else []
    unique = [keys for keys in (table.unique if table else ()) if there.issuperset(keys)]
    return _Pair(
        name=name,
        versions=(versions[0], versions[1]),
        key=tuple(unique[0]) if unique else (),
        columns=tuple(c.name for c in known) or tuple(sorted(there)),
        links=tuple(c.name for c in known if c.references and c.name not in (unique[0] if unique else ())),
    )


def _count(con: duckdb.DuckDBPyConnection, room: Room, *, pair: _Pair) -> list[int]:
    """Rows added, removed and changed, then the same three of each link."""
    sides = " UNION ALL BY NAME ".join(
        _side(room, pair, after=number) for number in (0, 1) if pair.versions[number] is not None
    )
    group = [quote(c) for c in pair.key] or ["content"]
    old, new = "count(*) FILTER (side = 0)", "count(*) FILTER (side = 1)"
    ends = [
        f"any_value({quote(c)}) FILTER (side = {side}) AS {quote(f'{c} {side}')}"
        for c in pair.links
        for side in (0, 1)
    ]
    bags = [f"sum(content::HUGEINT) FILTER (side = {side}) AS bag{side}" for side in (0, 1)]
    grouped = f"SELECT {', '.join([f'{old} AS a', f'{new} AS b', *bags, *ends])} FROM ({sides})"
    grouped = f"{grouped} GROUP BY {', '.join(group)}"
    sums = [
        "sum(greatest(b - a, 0))",
        "sum(greatest(a - b, 0))",
        "sum(CASE WHEN a > 0 AND b > 0 AND bag0 <> bag1 AND a = b THEN a ELSE 0 END)",
    ]
    sums += [test for c in pair.links for test in _moved(quote(f"{c} 0"), quote(f"{c} 1"))]
    found = con.execute(f"SELECT {', '.join(sums)} FROM ({grouped})").fetchall()[0]
    return [int(n or 0) for n in found]


def _side(room: Room, pair: _Pair, *, after: int) -> str:
    """The rows of one side as SQL: key, links, and a hash of the content. A column that is absent is NULL."""
    version = pair.versions[after]
    there = set(table_schema(room, "linked", table=pair.name, version=version).names)
    paths = pinned_files(room, pair.name, version=version)
    wanted = dict.fromkeys((*pair.columns, *pair.key, *pair.links))
    named = ", ".join(f"{quote(c) if c in there else 'NULL'} AS {quote(c)}" for c in wanted)
    rows = f"SELECT {named} FROM {scan(paths)}" if paths else f"SELECT {_nothing(wanted)} WHERE false"
    kept = ", ".join(quote(c) for c in dict.fromkeys((*pair.key, *pair.links)))
    columns = f"{kept}, " if kept else ""
    return f"SELECT {columns}{after} AS side, hash({cells(pair.columns)}) AS content FROM ({rows})"


def _nothing(columns: Iterable[str]) -> str:
    return ", ".join(f"NULL::VARCHAR AS {quote(c)}" for c in columns)


def _moved(old: str, new: str) -> tuple[str, str, str]:
    return (
        f"count(*) FILTER ({old} IS NULL AND {new} IS NOT NULL)",
        f"count(*) FILTER ({old} IS NOT NULL AND {new} IS NULL)",
        f"count(*) FILTER ({old} <> {new})",
    )
