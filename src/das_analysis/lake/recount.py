"""What a pinned table holds when its files are no longer those of the day on which it was pinned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from das_analysis.flow import TableRef
from das_analysis.lake.engine import digest
from das_analysis.lake.snapshots import COUNTED
from das_analysis.lake.sql import scan
from das_analysis.model import load_model

if TYPE_CHECKING:
    import duckdb


def recount(con: duckdb.DuckDBPyConnection, name: str, *, paths: Sequence[str], version: int) -> TableRef:
    """Return the version of a table with the rows and the digest that these files give it."""
    table = load_model().tables.get(name)
    there = con.sql(f"SELECT * FROM {scan(paths)} LIMIT 0").columns
    known = [c.name for c in table.at("linked")] if table else COUNTED[name]
    columns = [name for name in known if name in there]
    rows = con.execute(f"SELECT count(*) FROM {scan(paths)}").fetchall()[0][0]
    return TableRef(version=version, rows=rows, digest=digest(con, scan(paths), columns=columns))
