"""Who is in the lake of those about whom an order stands: known by marks, in whatever file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.lake.doomed import PSEUDONYM, received, stores
from das_analysis.lake.sql import literal, quote

if TYPE_CHECKING:
    import duckdb


def come_back(con: duckdb.DuckDBPyConnection, root: Path, *, marks: Collection[str]) -> list[str]:
    """Return the pseudonyms in the lake that have one of these marks."""
    cells = [f"SELECT unnest({texts}) AS value FROM {view}" for view, texts in _texts(con, root)]
    if not marks or not cells:
        return []
    con.execute(
        "CREATE OR REPLACE TEMP TABLE tombstone AS SELECT unnest($1::VARCHAR[]) AS hash", [list(marks)]
    )
    query = f"""SELECT value FROM (SELECT DISTINCT value FROM ({" UNION ALL ".join(cells)})
        WHERE regexp_full_match(value, {literal(PSEUDONYM.strip("^$"))}))
        WHERE sha256('das:tombstone:' || value) IN (SELECT hash FROM tombstone)"""
    return [v for (v,) in con.execute(query).fetchall()]


def _texts(con: duckdb.DuckDBPyConnection, root: Path) -> Iterator[tuple[str, str]]:
    """Where pseudonyms stand: relations, each with a list of its columns in SQL."""
    held = [(s.view, s.keys) for s in stores(con, root)]
    for path in received(root):
        source = f"read_parquet({literal(str(path))})"
        held.append((source, tuple(con.sql(f"SELECT * FROM {source} LIMIT 0").columns)))
    for relation, columns in held:
        if columns:
            yield relation, f"[{', '.join(f'{quote(c)}::VARCHAR' for c in columns)}]"
