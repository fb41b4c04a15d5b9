"""What every step of the vault is handed, and how it takes rows apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from das_analysis.lake import Room, files
from das_analysis.lake.sql import literal, scan
from das_analysis.model import load_model
from das_analysis.vault.rekey import Rekeying

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from das_analysis.model import Kind, Table

BATCH = 100_000  # rows at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one run works with: an engine, the lake as the vault may use it, the deliveries, the keys.

    `earlier`: with versions of the host's key that are still alive.
    """

    con: duckdb.DuckDBPyConnection
    room: Room
    ids: tuple[str, ...]
    rekeying: Rekeying
    earlier: tuple[Rekeying, ...] = ()
    counted: Counter[str] = field(default_factory=Counter)

    def rows(self, zone: str, table: str) -> str | None:
        """SQL for the rows of the deliveries in a table of a zone; None when there is no such table."""
        paths = files(self.room, zone, table=table)
        listed = ", ".join(map(literal, self.ids))
        return f"(SELECT * FROM {scan(paths)} WHERE delivery_id IN ({listed}))" if paths else None


def kinds_of(work: Work, table: Table, *, rows: str) -> dict[str, Kind]:
    """The kind of each key column that the validated rows have."""
    there, kinds = work.con.sql(f"SELECT * FROM {rows} LIMIT 0").columns, load_model().kinds
    return {c.name: kinds[c.kind or ""] for c in table.at("delivered") if c.type == "key" and c.name in there}


def by_supplier(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Give the rows of each supplier apart: each has a key of its own."""
    import pyarrow.compute as pc

    names = pc.unique(batch.column("supplier")).to_pylist()
    for name in names:
        yield name, batch if len(names) == 1 else batch.filter(pc.equal(batch.column("supplier"), name))
