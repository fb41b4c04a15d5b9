"""Received text, cast and checked in the engine: typed rows, findings, and which rows are held back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import BadDelivery
from das_analysis.flow import Delivery
from das_analysis.lake.blanked import blanked
from das_analysis.lake.sql import literal, quote
from das_analysis.model import Model, Supplier, Table
from das_analysis.rules import held_references, package_column, period_start, set_checks, stage_sql

if TYPE_CHECKING:
    import duckdb

FOUND = "delivery_id, source_table, row"
PLACE = "parse_path(das_file)[-2] AS delivery_id, (file_row_number + 1)::INTEGER AS row"
FINDING = "delivery_id VARCHAR, source_table VARCHAR, row INTEGER, rule_id VARCHAR"
RULE = 'rule_id VARCHAR, severity VARCHAR, "table" VARCHAR, "column" VARCHAR'
DELIVERED = "delivery_id VARCHAR, supplier VARCHAR, period VARCHAR, sequence INTEGER, period_start DATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one validation works with: an engine, the received folder, deliveries of a supplier, the model."""

    con: duckdb.DuckDBPyConnection
    received: Path
    deliveries: Sequence[Delivery]
    supplier: Supplier
    model: Model

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the deliveries."""
        return tuple(d.delivery_id for d in self.deliveries)

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of the model that this supplier delivers."""
        names = {m.table for t in self.supplier.tables.values() for m in t.maps}
        return tuple(self.model.tables[n] for n in sorted(names))

    def package(self, source_table: str) -> str:
        """SQL for the package rows of one file over all deliveries: its columns, and those PLACE reads."""
        paths = [self.received / d.delivery_id / f"{source_table}.parquet" for d in self.deliveries]
        listed = ", ".join(literal(str(p)) for p in paths if p.exists())
        if listed:
            rows = f"read_parquet([{listed}], filename = 'das_file', file_row_number = true)"
            return f"FROM {rows}{self.not_blanked(source_table)}"
        names = (*self.supplier.tables[source_table].package, "das_file")
        nothing = ", ".join(f"NULL::VARCHAR AS {quote(name)}" for name in names)
        return f"FROM (SELECT {nothing}, 0 AS file_row_number WHERE false)"

    def not_blanked(self, source_table: str) -> str:
        """SQL's condition that leaves out the rows that an erasure has blanked."""
        gone = [
            f"(parse_path(das_file)[-2] = {literal(d.delivery_id)} AND file_row_number + 1 IN ({numbers}))"
            for d in self.deliveries
            if (numbers := ", ".join(map(str, blanked(self.received / d.delivery_id).get(source_table, []))))
        ]
        return f" WHERE NOT ({' OR '.join(gone)})" if gone else ""

    def rows_in(self, delivery: Delivery) -> int:
        """How many rows a delivery has, those left out that an erasure has blanked."""
        return delivery.rows - sum(map(len, blanked(self.received / delivery.delivery_id).values()))


def stage(work: Work) -> None:
    """Make one table of typed rows, with their faults, for each table of the model that is delivered."""
    work.con.execute(f"CREATE TABLE delivered ({DELIVERED})")
    for d in work.deliveries:
        values = (d.delivery_id, d.supplier, d.period, d.sequence, period_start(d.period))
        work.con.execute("INSERT INTO delivered VALUES (?, ?, ?, ?, ?)", values)
    _check_files(work)
    _check_rows(work)
    made: set[str] = set()
    for name, source in work.supplier.tables.items():
        given = ", ".join(f"{quote(c)} AS {package_column(c)}" for c in source.package)
        work.con.execute(
            f"""CREATE OR REPLACE TEMP VIEW raw AS SELECT *, {literal(name)} AS source_table
                FROM (SELECT {given}, {PLACE} {work.package(name)}) JOIN delivered USING (delivery_id)"""
        )
        for row_map in source.maps:
            table = quote(row_map.table)
            verb = f"INSERT INTO {table} BY NAME" if row_map.table in made else f"CREATE TABLE {table} AS"
            work.con.execute(f"{verb} {stage_sql(row_map, work.supplier, model=work.model)}")
            made.add(row_map.table)


def _check_files(work: Work) -> None:
    """What was received under an older card, or was damaged since, is named before it is read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for delivery, (name, source) in product(work.deliveries, work.supplier.tables.items()):
        path = work.received / delivery.delivery_id / f"{name}.parquet"
        todo = "receive the package again, or deliver the file anew by today's card"
        try:
            columns = pq.read_schema(path) if path.exists() else None
        except (OSError, ValueError, pa.ArrowException):
            raise BadDelivery(
                "a received file cannot be read", where=f"{delivery.delivery_id}/{name}", todo=todo
            ) from None
        wanted = {(column, pa.string()) for column in source.package}
        if columns is not None and {(c.name, c.type) for c in columns} != wanted:
            what = "a received file does not hold the columns of the card, as text"
            raise BadDelivery(what, where=f"{delivery.delivery_id}/{name}", todo=todo)


def _check_rows(work: Work) -> None:
    """The balance begins with a count: what is in the files, not what was said to be in them."""
    places = " UNION ALL ".join(f"SELECT {PLACE} {work.package(name)}" for name in work.supplier.tables)
    counted = dict(work.con.execute(f"SELECT delivery_id, count(*) FROM ({places}) GROUP BY ALL").fetchall())
    wrong = [d.delivery_id for d in work.deliveries if counted.get(d.delivery_id, 0) != work.rows_in(d)]
    if wrong:
        raise BadDelivery(
            "the received files hold another number of rows than the delivery says",
            where=", ".join(wrong),
            todo="receive the package again",
        )


def find_faults(work: Work) -> None:
    """Collect every finding in `finding`: of single rows, and of rules that need more than one row."""
    work.con.execute(f"CREATE TABLE finding ({FINDING})")
    delivered = {t.name for t in work.tables}
    for table in work.tables:
        of_rows = f"SELECT DISTINCT {FOUND}, unnest(faults) FROM {quote(table.name)} WHERE faults IS NOT NULL"
        for query in (of_rows, *set_checks(table, work.model, delivered=delivered)):
            work.con.execute(f"INSERT INTO finding {query}")
    work.con.execute(f"CREATE TABLE rule ({RULE})")
    soft = work.supplier.exempt
    rules = [
        (r.id, "soft" if r.id in soft else r.severity, r.table, r.column) for r in work.model.rules.values()
    ]
    work.con.executemany("INSERT INTO rule VALUES (?, ?, ?, ?)", rules)


def hold_back(work: Work) -> None:
    """Fill `held`: rows with a hard finding, then rows whose parent is held back, until there are no more.

    A row of the supplier's file is held back as a whole: with everything that it would have become.
    """
    work.con.execute(
        f"""CREATE TABLE held AS SELECT {FOUND}, min(rule_id) AS rule_id
            FROM finding JOIN rule USING (rule_id) WHERE severity = 'hard' GROUP BY ALL"""
    )
    delivered = {t.name for t in work.tables}
    queries = [q for table in work.tables for q in held_references(table, work.model, delivered=delivered)]
    before = -1
    while before != (before := count(work, "held")):
        for query in queries:
            work.con.execute(
                f"""CREATE OR REPLACE TEMP TABLE orphan AS
                    SELECT DISTINCT * FROM ({query}) ANTI JOIN held USING ({FOUND})"""
            )
            work.con.execute("INSERT INTO finding SELECT * FROM orphan")
            work.con.execute(f"INSERT INTO held SELECT {FOUND}, min(rule_id) FROM orphan GROUP BY {FOUND}")


def keep_text(work: Work) -> None:
    """Fill `kept`: held-back rows as text, sealed keys and all, so that nothing is lost."""
    work.con.execute(
        """CREATE TABLE kept (delivery_id VARCHAR, supplier VARCHAR, period VARCHAR, source_table VARCHAR,
            row INTEGER, content VARCHAR)"""
    )
    for name, source in work.supplier.tables.items():
        content = ", ".join(f"{literal(c)}, {quote(c)}" for c in source.package)
        work.con.execute(
            f"""INSERT INTO kept SELECT delivery_id, supplier, period, source_table, row, content
                FROM (SELECT json_object({content})::VARCHAR AS content, {PLACE} {work.package(name)})
                JOIN held USING (delivery_id, row) JOIN delivered USING (delivery_id)
                WHERE source_table = {literal(name)}"""
        )


def count(work: Work, table: str) -> int:
    """Return the number of rows of a table in the engine."""
    (number,) = work.con.execute(f"SELECT count(*) FROM {quote(table)}").fetchone() or (0,)
    return int(number)
