"""The embedded engine: DuckDB over Parquet files, with memory and spill kept inside the lake."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import DasError, Refused, TryAgain
from das_analysis.lake.sql import cells, quote, scan

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pyarrow as pa

    from das_analysis.lake.store import Room

MEMORY = "2GB"


@contextmanager
def connect(room: Room, *, memory: str = MEMORY) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine that spills to the lake's own disk, and clean the spill afterwards.

    What goes wrong with rows comes out as Refused or TryAgain: the engine's own words may quote a value.
    A query that is wrong by itself keeps its words.
    """
    import duckdb

    with duckdb.connect(":memory:") as con:
        con.execute("SET memory_limit = ?", [memory])
        con.execute("SET temp_directory = ?", [str(room.root / ".spill")])
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET enable_progress_bar = false")
        try:
            yield con
        except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException):
            raise
        except duckdb.Error as error:
            raise _without_values(error) from None


def _without_values(error: Exception) -> DasError:
    import duckdb

    kind = type(error).__name__
    if isinstance(error, (duckdb.OutOfMemoryException, duckdb.IOException)):
        return TryAgain(
            f"the engine stopped: {kind}", todo="free memory or disk space, then do the step again"
        )
    return Refused(f"the engine cannot work with these rows: {kind}", todo="look at what the step reads")


class DuckTables:
    """Opens tables as Ibis tables on an embedded DuckDB of their own."""

    def __init__(self, spill: Path) -> None:
        import ibis

        self._backend = ibis.duckdb.connect(memory_limit=MEMORY, temp_directory=str(spill))

    def open(self, name: str, *, paths: Sequence[str]) -> ibis.Table:
        """Return the rows of Parquet files as a table."""
        return self._backend.read_parquet(paths, table_name=name)

    def empty(self, name: str, *, columns: pa.Schema) -> ibis.Table:
        """Return a table without rows."""
        import ibis

        return self._backend.create_table(name, schema=ibis.Schema.from_pyarrow(columns), temp=True)


def view(con: duckdb.DuckDBPyConnection, name: str, *, paths: Sequence[str]) -> None:
    """Name these Parquet files as a view."""
    con.execute(f"CREATE OR REPLACE TEMP VIEW {quote(name)} AS SELECT * FROM {scan(paths)}")


def digest(con: duckdb.DuckDBPyConnection, relation: str, *, columns: Sequence[str]) -> str:
    """Return the SHA-256 of a table's content: the same rows in any order, from any file, give the same.

    Each row becomes the MD5 of its values with their lengths, so that no two rows read alike; the sorted row
    digests are hashed in 256 parts to bound memory, and the parts are hashed in order.
    """
    names = sorted(columns)
    parts = con.execute(
        f"""WITH hashed AS (SELECT md5({cells(names)}) AS h FROM {relation})
            SELECT substr(h, 1, 2) AS part, sha256(string_agg(h, '' ORDER BY h))
            FROM hashed GROUP BY part ORDER BY part"""
    ).fetchall()
    return hashlib.sha256((",".join(names) + "".join(p + d for p, d in parts)).encode()).hexdigest()
