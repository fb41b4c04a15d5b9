"""What was rectified by decision, put into the rows that count before persons are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from das_analysis.errors import Refused
from das_analysis.lake import Entry, Room, files, record, standing
from das_analysis.lake.orders import Order, give, mark, orders
from das_analysis.lake.sql import quote, scan
from das_analysis.linkage.work import Work
from das_analysis.model import load_model
from das_analysis.rules.rows import sql_type

if TYPE_CHECKING:
    import duckdb

ZONE = TABLE = "rectified"
KINDS = (
    "rectify "  # then supplier and table.column: the kind of an order says which column, its mark which row
)
VALUES = {  # the place of the row lets an erasure find it
    "delivery_id": "VARCHAR",
    "source_table": "VARCHAR",
    "row": "BIGINT",
    "period": "VARCHAR",
    "sequence": "INTEGER",
    "supplier": "VARCHAR",
    "table": "VARCHAR",
    "column": "VARCHAR",
    "record_key": "VARCHAR",
    "value": "VARCHAR",
    "reason": "VARCHAR",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell, whatever delivery brings it; `record_key` is the key of its row, as snapshots show it."""

    supplier: str
    table: str
    column: str
    record_key: str

    @property
    def place(self) -> str:
        """Table and column, for texts: no row."""
        return f"{self.table}.{self.column}"

    @property
    def kind(self) -> str:
        """The kind of the orders about this cell."""
        return f"{KINDS}{self.supplier} {self.place}"


def kept_values(room: Room) -> str:
    """Return SQL for the values that are kept, with place and age of the rows for which they were given."""
    paths = files(room, ZONE, table=TABLE)
    if paths:
        return f"SELECT * FROM {scan(paths)}"
    return f"SELECT {', '.join(f'NULL::{kind} AS {quote(n)}' for n, kind in VALUES.items())} WHERE false"


def known_by(con: duckdb.DuckDBPyConnection, room: Room, *, row: Mapping[str, Any]) -> str:
    """Return the key that the row of a kept value bears today: the host's key may have been rotated since."""
    key, paths = load_model().tables[row["table"]].key, files(room, "pseudonymised", table=row["table"])
    place = ("delivery_id", "source_table", "row")
    where = " AND ".join(f"{name} = ${n}" for n, name in enumerate(place, start=1))
    query = f"SELECT {quote(key or '')} FROM {scan(paths)} WHERE {where}"
    found = con.execute(query, [row[name] for name in place]).fetchall() if paths else []
    return str(found[0][0]) if found else str(row["record_key"])


def as_ordered(con: duckdb.DuckDBPyConnection, room: Room, *, cell: Cell) -> Cell:
    """Return a cell under the key by which its order knows it; itself where there is none."""
    for row in con.sql(kept_values(room)).to_arrow_table().to_pylist():
        known = Cell(**{name: row[name] for name in Cell.__slots__})
        if known.place == cell.place and cell == replace(known, record_key=known_by(con, room, row=row)):
            return known
    return cell


def put_right(work: Work, room: Room, *, settle: bool) -> None:
    """Give rectified cells their value, unless the row is newer than the decision.

    Then its order ends, if this is to `settle` what became of orders: who only asks leaves them as they are.
    Raises Refused when an order stands whose value is not in the lake, as after an older backup.
    """
    rows = work.con.sql(kept_values(room)).to_arrow_table().to_pylist()
    found = set()
    for row in rows:
        cell = Cell(**{name: row[name] for name in Cell.__slots__})
        if standing(room.root, cell.kind).get(mark(cell.record_key)) == row["reason"]:
            found.add((cell.kind, mark(cell.record_key)))
            later = _put(work, room, cell=cell, row=row)
            if later and settle:
                _end(room, cell, later=later)
    _check_whole(room, found=found)


def _put(work: Work, room: Room, *, cell: Cell, row: Mapping[str, Any]) -> str | None:
    """Put a value in its place, or return the delivery that overtook it."""
    table = work.model.tables[cell.table]
    his, key = f"{quote(table.key or '')} = $1 AND supplier = $2", known_by(work.con, room, row=row)
    newer = f"""SELECT max(delivery_id) FROM {quote(table.name)}
        WHERE {his} AND (period, sequence) > ($3, $4::INTEGER)"""
    given = [key, cell.supplier, row["period"], row["sequence"]]
    (later,) = work.con.execute(newer, given).fetchall()[0]
    if later:
        return str(later)
    kind = sql_type(table.columns[cell.column])
    query = f"UPDATE {quote(table.name)} SET {quote(cell.column)} = $3::{kind} WHERE {his}"
    work.con.execute(query, [key, cell.supplier, row["value"] or None])
    return None


def _end(room: Room, cell: Cell, *, later: str) -> None:
    marks = (mark(cell.record_key),)
    give(room.root, Order(kind=cell.kind, reason=f"overtaken by {later}", marks=marks, lifted=True))
    record(room.root, Entry(act="rectification overtaken", tables=(cell.place,)))


def _check_whole(room: Room, *, found: set[tuple[str, str]]) -> None:
    gone = {*standing(room.root, "erase"), *standing(room.root, "lapse")}
    kinds = {o.kind for o in orders(room.root) if o.kind.startswith(KINDS)}
    lost = {(k, m) for k in kinds for m in standing(room.root, k) if m not in gone} - found
    if lost:
        columns = ", ".join(sorted({kind.removeprefix(KINDS) for kind, _ in lost}))
        todo = "give the values again (das rectify), or lift the orders (das rectify --lift)"
        raise Refused(f"{len(lost)} rectifications have no value in this lake", where=columns, todo=todo)
