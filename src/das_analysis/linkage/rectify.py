"""The verbs: by decision a cell gets another value, until its supplier sends a newer version of the row.

The order lies beside the lake, as every order about a person does, and says which column, why, and on what
basis; the value is microdata and lies in a zone of the lake. First the value, then the order: a value without
its order changes nothing, an order without its value is refused by name. See docs/rights.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from das_analysis.errors import Refused
from das_analysis.lake import Entry, Room, connect, enter, files, folder, hold, record, standing, write
from das_analysis.lake.orders import Order, give, mark, number_of, orders
from das_analysis.lake.provenance import actor, now
from das_analysis.lake.purge import put
from das_analysis.lake.sql import literal, quote, scan
from das_analysis.linkage.rectified import KINDS, TABLE, VALUES, ZONE, Cell, as_ordered, kept_values
from das_analysis.model import load_model
from das_analysis.rules import check_rows
from das_analysis.words import LANGUAGES, t

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from das_analysis.model import Table

NUMBER = "certificate-{:04d}.json"
LISTED = ("number", "at", "supplier", "column", "reason", "state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Why a value is changed: the basis in law and the reason; both are kept, neither may name anybody."""

    basis: str
    reason: str


def rectify(lake: Path, cell: Cell, *, value: str, decision: Decision) -> str:
    """Give one cell another value from the next run of link on; return the name of the certificate.

    `value` is written as the model writes it ("2026-09-30", "true"); empty makes the cell unknown. Frozen
    snapshots stay. Doing it again replaces the value. Raises Refused for a row that the lake does not know, a
    column that no decision changes (keys, what linkage makes), and a value with which the row, or one that
    belongs to it, would break a hard rule that it does not break now.
    """
    if not decision.basis.strip() or not decision.reason.strip():
        raise Refused("a rectification needs a basis and a reason", todo="see das rectify --help")
    table, room = _table(cell), enter(lake, "linkage")
    reason = f"{decision.basis}: {decision.reason}"
    with hold(room, "rectify"), connect(room) as con:
        found = _row(con, room, table=table, cell=cell)
        _check(con, room, row=found, told=(cell, value))
        cell = as_ordered(con, room, cell=cell)
        place = {name: found[name] for name in ("delivery_id", "source_table", "row", "period", "sequence")}
        _keep(con, room, row=place | asdict(cell) | {"value": value, "reason": reason})
    marks = (mark(cell.record_key),)
    _order(room, Order(kind=cell.kind, reason=reason, marks=marks))
    return _certify(room, number_of(room.root, cell.kind, marks=marks), told=(cell, decision))


def lift_rectification(lake: Path, cell: Cell) -> None:
    """Let the supplier's own value count again from the next run of link on. Raises Refused for no order."""
    room = enter(lake, "linkage")
    with connect(room) as con:
        cell = as_ordered(con, room, cell=cell)
    marks = (mark(cell.record_key),)
    if marks[0] not in standing(lake, cell.kind):
        raise Refused("no rectification stands on this cell", todo="see das rectify --list")
    _order(room, Order(kind=cell.kind, reason="lifted", marks=marks, lifted=True))
    record(room.root, Entry(act="rectification lifted", tables=(cell.place,)))


def rectifications(lake: Path) -> pd.DataFrame:
    """Return one row an order, oldest first: number, at, supplier, column, reason, state; no value, no row.

    `state`: stands, or why it ended (lifted, overtaken by a delivery, replaced).
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    of_cell: dict[tuple[str, tuple[str, ...]], dict[str, Any]] = {}
    for number, one in enumerate(orders(lake), start=1):
        if one.kind.startswith(KINDS):
            before = of_cell.pop((one.kind, one.marks), None)
            if before is not None:
                before["state"] = one.reason if one.lifted else "replaced"
            if not one.lifted:
                _, supplier, column = one.kind.split()
                said = (number, one.at, supplier, column, one.reason, "stands")
                of_cell[one.kind, one.marks] = dict(zip(LISTED, said, strict=True))
                rows.append(of_cell[one.kind, one.marks])
    return pd.DataFrame(rows, columns=list(LISTED))


def _table(cell: Cell) -> Table:
    """The table of a cell that a decision may change."""
    model = load_model()
    table = model.tables.get(cell.table)
    if cell.supplier not in model.suppliers or table is None or table.key is None:
        todo = f"use a supplier ({', '.join(model.suppliers)}) and a table with a key of its own"
        raise Refused("no such supplier or table", where=f"{cell.supplier} {cell.table}", todo=todo)
    column = table.columns.get(cell.column)
    if column is None or column.type == "key" or column.stage != "delivered":
        todo = "numbers and references are corrected by the supplier, with a delivery"
        raise Refused("this column is not changed by a decision", where=cell.place, todo=todo)
    return table


def _row(con: duckdb.DuckDBPyConnection, room: Room, *, table: Table, cell: Cell) -> dict[str, Any]:
    """The newest version of the row that the supplier sent."""
    paths = files(room, "pseudonymised", table=table.name)
    where = f"{quote(table.key or '')} = $1 AND supplier = $2"
    found = _rows(con, paths, where=where, given=[cell.record_key, cell.supplier])
    if not found:
        todo = "give the key of the row as a snapshot shows it, and its supplier"
        raise Refused("the lake has no such row", where=f"{cell.supplier} {table.name}", todo=todo)
    return max(found, key=lambda row: (row["period"], row["sequence"]))


def _rows(
    con: duckdb.DuckDBPyConnection, paths: list[str], *, where: str, given: list[str]
) -> list[dict[str, Any]]:
    if not paths:
        return []
    found = con.sql(f"SELECT * FROM {scan(paths)} WHERE {where}", params=given).to_arrow_table()
    return list(found.to_pylist())


def _check(
    con: duckdb.DuckDBPyConnection, room: Room, *, row: dict[str, Any], told: tuple[Cell, str]
) -> None:
    """Refuse a value with which a hard rule is broken that is kept without it, in the row or around it."""
    cell, value = told
    model, supplier = load_model(), load_model().suppliers[cell.supplier]
    around = _around(con, room, row=row, cell=cell)
    broken = []
    for changed in (row, row | {cell.column: value or None}):
        rows = {cell.table: [changed], **around}
        known = {n: [_of_model(n, one) for one in held] for n, held in rows.items()}
        broken.append({(f.table, f.rule) for f in check_rows(known, model, supplier=supplier)})
    hard = {
        rule
        for _, rule in broken[1] - broken[0]
        if model.rules[rule].severity == "hard" and rule not in supplier.exempt
    }
    if hard:
        todo = "give a value that the rule allows: das model show"
        raise Refused(
            f"with this value the row breaks {', '.join(sorted(hard))}", where=cell.place, todo=todo
        )


def _around(
    con: duckdb.DuckDBPyConnection, room: Room, *, row: dict[str, Any], cell: Cell
) -> dict[str, list[dict[str, Any]]]:
    """The rows that this row points to, and those that point to it, of its supplier and delivery."""
    found: dict[str, list[dict[str, Any]]] = {}
    tables = load_model().tables
    for name, parent in _references(tables[cell.table]):
        key = tables[parent].key if parent in tables else None
        if key and parent != cell.table and row.get(name):
            paths = files(room, "pseudonymised", table=parent)
            where, given = f"{quote(key)} = $1 AND delivery_id = $2", [row[name], row["delivery_id"]]
            found[parent] = _rows(con, paths, where=where, given=given)
    for table in tables.values():
        for name, parent in _references(table):
            if parent == cell.table and table.name not in {cell.table, *found}:
                paths = files(room, "pseudonymised", table=table.name)
                where = f"{quote(name)} = $1 AND delivery_id = $2"
                found[table.name] = _rows(
                    con, paths, where=where, given=[cell.record_key, row["delivery_id"]]
                )
    return {name: rows for name, rows in found.items() if rows}


def _references(table: Table) -> list[tuple[str, str]]:
    return [(c.name, c.references) for c in table.at("delivered") if c.references and c.stage == "delivered"]


def _of_model(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {column: row[column] for column in load_model().tables[name].columns if column in row}


def _keep(con: duckdb.DuckDBPyConnection, room: Room, *, row: Mapping[str, Any]) -> None:
    """Keep the value in the place of an earlier one of this cell."""
    same = " AND ".join(f"{quote(name)} = {literal(str(row[name]))}" for name in Cell.__slots__)
    given = ", ".join(f"${name}::{kind} AS {quote(name)}" for name, kind in VALUES.items())
    query = f"SELECT * FROM ({kept_values(room)}) WHERE NOT ({same}) UNION ALL BY NAME SELECT {given}"
    rows = con.sql(query, params={name: row[name] for name in VALUES}).to_arrow_table()
    write(room, ZONE, table=TABLE, rows=rows)


def _order(room: Room, order: Order) -> None:
    with hold(room, "rectify"):
        give(room.root, order)


def _certify(room: Room, number: int, *, told: tuple[Cell, Decision]) -> str:
    cell, decision = told
    path = folder(room, ZONE, write=True) / NUMBER.format(number)
    text = {x: t("rectify_certificate", x, column=cell.place, supplier=cell.supplier) for x in LANGUAGES}
    about = {"at": now(), "who": actor(), "supplier": cell.supplier, "column": cell.place, "text": text}
    put(path, json.dumps(about | asdict(decision), indent=1, ensure_ascii=False).encode())
    record(room.root, Entry(act="rectify", tables=(cell.place,)))
    return path.name
