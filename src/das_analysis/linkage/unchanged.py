"""A table that came out as it was is not written again: it keeps its version, its files and its digest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from das_analysis.lake.provenance import code_version

if TYPE_CHECKING:
    import duckdb

    from das_analysis.flow import TableRef


@dataclass(frozen=True, slots=True)
class Saved:
    """A table of a whole run: where it lies, and what it holds, in short (see `content_of`)."""

    ref: TableRef
    content: str


def content_of(con: duckdb.DuckDBPyConnection, rows: str) -> str:
    """Return in short what rows (SQL) hold, in any order; also where each came from, which no digest counts.

    64 bits a row, summed: enough to see that nothing changed, too little to prove it to somebody. Another
    edition of this package or of the engine gives another text, and the table is written anew.
    """
    import duckdb

    made = con.sql(rows)
    columns = hashlib.sha256(
        repr(list(zip(made.columns, map(str, made.types), strict=True))).encode()
    ).hexdigest()[:16]
    summed = "concat_ws('/', count(*), sum(hash(kept)::HUGEINT))"
    ((content,),) = con.execute(f"SELECT {summed} FROM ({rows}) AS kept").fetchall()
    return f"{code_version()}/{duckdb.__version__}/{columns}/{content}"
