"""The rows that count: of every period the newest delivery, of every record its newest period."""

from __future__ import annotations

from collections.abc import Sequence

from das_analysis.lake import Room, files, withheld_rows
from das_analysis.lake.sql import quote, scan
from das_analysis.linkage.rectified import put_right
from das_analysis.linkage.work import FINDING, ORIGIN, SEAM, Work, listed
from das_analysis.model import Table
from das_analysis.rules.rows import sql_type


def read_current(work: Work, room: Room, *, ids: Sequence[str], settle: bool = True) -> None:
    """Make a table in the engine for each of the model, with the rows that count; absent columns are NULL.

    Rows of which the use is restricted do not count; what was rectified by decision is. `settle`: decisions
    that a newer row overtook end with it.
    """
    work.con.execute(f"CREATE TABLE finding ({FINDING})")
    work.con.execute(f"CREATE TABLE link_quality ({SEAM})")
    newest = f"""SELECT delivery_id FROM {scan(files(room, "pseudonymised", table="delivery"))}
        WHERE delivery_id IN ({listed(ids)})
        QUALIFY sequence = max(sequence) OVER (PARTITION BY supplier, period)"""
    work.con.execute(f"CREATE TABLE newest AS {newest}")
    work.con.execute("CREATE TABLE withheld (delivery_id VARCHAR, source_table VARCHAR, row BIGINT)")
    if left_out := withheld_rows(room.root):
        work.con.executemany("INSERT INTO withheld VALUES (?, ?, ?)", left_out)
    for table in work.tables:
        work.con.execute(f"CREATE TABLE {quote(table.name)} AS {_current(work, room, table=table)}")
    put_right(work, room, settle=settle)


def _current(work: Work, room: Room, *, table: Table) -> str:
    paths = files(room, "pseudonymised", table=table.name)
    if not paths:
        return f"SELECT {_columns(table, set())} WHERE false"
    found = {row[0] for row in work.con.execute(f"DESCRIBE SELECT * FROM {scan(paths)}").fetchall()}
    source = f"FROM {scan(paths)} SEMI JOIN newest USING (delivery_id)"
    used = f"{source} ANTI JOIN withheld USING (delivery_id, source_table, row)"
    rows = f"SELECT {_columns(table, found)} {used}"
    if not table.record or table.record not in found:
        return rows
    return _not_superseded(rows, source, record=table.record)  # also by a row that may not be used


def _columns(table: Table, found: set[str]) -> str:
    """Every column of the model, also those that linkage will fill, and where the row comes from."""
    types = {c.name: sql_type(c) for c in table.columns.values()}
    types |= {name: "INTEGER" if name in ("sequence", "row") else "VARCHAR" for name in ORIGIN}
    return ", ".join(
        f"{quote(name) if name in found else 'NULL'}::{type_} AS {quote(name)}"
        for name, type_ in types.items()
    )


def _not_superseded(rows: str, source: str, *, record: str) -> str:
    """Leave out what a later period tells anew: few records have two, so only those are looked up.

    A row of no record, such as a daily count, is never replaced by a later period.
    """
    return f"""SELECT kept.* FROM ({rows}) AS kept ANTI JOIN (
            SELECT supplier, {quote(record)} AS record, max(period) AS newest {source}
            GROUP BY ALL HAVING min(period) < max(period)
        ) AS told ON told.supplier = kept.supplier AND told.record = kept.{quote(record)}
            AND told.newest > kept.period"""
