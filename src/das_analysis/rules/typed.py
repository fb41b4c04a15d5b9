"""Checks rows that are typed already by the same compiled rules: Parquet files, Arrow tables, lists of rows.

First the cells: what is missing, and what is no value of the model. Then, on the values that are left, the
rules of one row and of more rows. A cell that is no value counts as unknown in every other rule, as it does
when a delivery is validated. See docs/decisions/0006-narrow-scans.md for the form of the queries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from das_analysis.errors import Refused
from das_analysis.lake.sql import literal, quote
from das_analysis.model import Model, Supplier, Table
from das_analysis.rules.ahead import look_ahead
from das_analysis.rules.conditions import OF_CELL
from das_analysis.rules.forms import cell_scans, read_further, row_scans, rules_of, set_scans
from das_analysis.rules.source import Source, absent_sql, in_files, in_memory

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Row = Mapping[str, object]
Progress = Callable[[str, int, int], None]  # what is done, how far, of how much
FINDING = 'book BIGINT, "table" VARCHAR, row BIGINT, rule VARCHAR'
MEMORY = "1.5GB"


class Finding(NamedTuple):
    """A rule that a row breaks: table of the model, number of the row from 1, rule id. Never a value."""

    table: str
    row: int
    rule: str


def check_rows(
    tables: Mapping[str, pa.Table | Sequence[Row]], model: Model, *, supplier: Supplier | None = None
) -> list[Finding]:
    """Check rows of tables, given by the name of the table or its plural, as one closed book.

    A value may be typed or written as the model writes it ("2026-09-30", "true"). A reference to a table that
    is not given is not followed. With a supplier its card's required columns count too. Raises Refused for a
    table or column that the model does not know, or of a type that cannot hold its values.
    """
    with engine() as con:
        named = [(table_named(name, model), rows) for name, rows in tables.items()]
        sources = {t.name: in_memory(con, t, rows=as_arrow(t, rows)) for t, rows in named}
        find(con, sources, model=model, supplier=supplier)
        found = con.execute('SELECT "table", row, rule FROM finding ORDER BY ALL').fetchall()
    return [Finding(*place) for place in found]


def check_files(
    files: Mapping[str, Sequence[Path]],
    model: Model,
    *,
    supplier: Supplier | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """Check Parquet files of tables as `check_rows` does; return a table of (table, row, rule).

    Rows are numbered from 1 on through the files of a table, in the order given. What does not fit in memory
    goes to a temporary folder, but for 16 bytes a row while a unique key is read. `progress` is told what is
    done, how far, and of how much.
    """
    with engine() as con:
        named = [(table_named(name, model), paths) for name, paths in files.items()]
        sources = {t.name: in_files(con, t, paths=paths) for t, paths in named}
        find(con, sources, model=model, supplier=supplier, progress=progress)
        return con.sql('SELECT "table", row, rule FROM finding ORDER BY ALL').to_arrow_table()


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine whose memory is bounded; what does not fit goes to a temporary folder."""
    import duckdb

    with TemporaryDirectory(prefix="das-check-") as spill, duckdb.connect(":memory:") as con:
        con.execute("SET memory_limit = ?", [MEMORY])
        con.execute("SET temp_directory = ?", [spill])
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET enable_progress_bar = false")
        yield con


def table_named(name: str, model: Model) -> Table:
    """Return the table of a name or a plural. Raises Refused when there is none."""
    for table in model.tables.values():
        if name in (table.name, table.plural):
            return table
    raise Refused("the model has no such table", where=name, todo="see das model show")


def as_arrow(table: Table, rows: pa.Table | Sequence[Row]) -> pa.Table:
    """Return rows as the engine reads them, mappings as text. Raises Refused for columns of no model."""
    import pyarrow as pa

    given = rows.column_names if isinstance(rows, pa.Table) else {name for row in rows for name in row}
    unknown = sorted(set(given) - set(table.columns))
    if unknown:
        where = f"{table.name}: {', '.join(unknown)}"
        raise Refused("the model has no such columns", where=where, todo="see das model show")
    if isinstance(rows, pa.Table):
        return pa.table({name: _plain(rows[name]) for name in rows.column_names})
    columns = {name: pa.array([_text(row.get(name)) for row in rows], pa.string()) for name in sorted(given)}
    return pa.table(columns) if columns else pa.table({_first(table): pa.nulls(len(rows), pa.string())})


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _first(table: Table) -> str:
    return next(iter(table.columns))


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def find(
    con: duckdb.DuckDBPyConnection,
    sources: Mapping[str, Source],
    *,
    model: Model,
    supplier: Supplier | None = None,
    progress: Progress | None = None,
) -> None:
    """Fill the table `finding` of the engine with (table, row, rule) of every rule that a row breaks."""
    con.execute(f"CREATE TEMP TABLE finding ({FINDING})")
    tell, steps, shared = progress or (lambda *_: None), 2 * len(sources), {}
    for done, (name, source) in enumerate(sources.items()):
        tell(f"cells: {source.table.name}", done, steps)
        ahead = look_ahead(con, source, cells=source.cells(model), rules=rules_of(source, model))
        shared[name] = ahead.shared
        for query in cell_scans(source, model, required=_required(source, supplier), ill=ahead.ill):
            _note(con, source, query=query)
        con.execute(_values_view(source, model, ill=_ill(con, source, model=model)))
    for done, (name, source) in enumerate(sources.items(), len(sources)):
        tell(f"rules: {source.table.name}", done, steps)
        of_sets = set_scans(source, model, sources=sources, shared=shared[name])
        for query in (*row_scans(source, model), *of_sets):
            _note(con, source, query=query)


def _note(con: duckdb.DuckDBPyConnection, source: Source, *, query: str) -> None:
    book = "book" if source.book.within else "0"
    con.execute(
        f"INSERT INTO finding SELECT {book}, {literal(source.table.name)}, row, rule_id FROM ({query})"
    )


def _required(source: Source, supplier: Supplier | None) -> frozenset[str]:
    maps = [m for t in supplier.tables.values() for m in t.maps] if supplier else []
    asked = {name for m in maps if m.table == source.table.name for name in m.required}
    return frozenset(c.name for c in source.columns if c.required or c.name in asked)


def _ill(con: duckdb.DuckDBPyConnection, source: Source, *, model: Model) -> dict[str, str]:
    """The columns that hold something that is no value and are read again, with the rule that says so."""
    found = con.execute('SELECT DISTINCT rule FROM finding WHERE "table" = ?', [source.table.name]).fetchall()
    rules = (model.rules[rule] for (rule,) in found)
    read = read_further(source.table, model)
    return {rule.column: rule.id for rule in rules if rule.check in OF_CELL and rule.column in read}


def _values_view(source: Source, model: Model, *, ill: Mapping[str, str]) -> str:
    """SQL for a view named as the table: the row's number, and of each column its values, unknown if ill."""
    cells = source.cells(model)
    values = []
    for column in source.table.columns.values():
        name = quote(column.name)
        if column.name not in cells:
            value = absent_sql(column)
        elif not source.is_written(column):
            value = cells[column.name].value
        elif column.name in ill:
            bad = f"SELECT row FROM finding WHERE rule = {literal(ill[column.name])}"
            value = f"CASE WHEN {source.row} NOT IN ({bad}) THEN {name} END"
        else:
            value = name
        values.append(f"{value} AS {name}")
    return f"""CREATE TEMP VIEW {quote(source.table.name)} AS
        SELECT {", ".join((*source.book.within, f"{source.row} AS row", *values))} FROM {source.relation}"""
