"""A table of typed rows as the engine reads it: where, numbered how, with what columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.lake.sql import literal, quote
from das_analysis.model import Column, Model, SlotMap, Table
from das_analysis.rules.cast import typed_sql
from das_analysis.rules.conditions import Cell
from das_analysis.rules.rows import sql_type
from das_analysis.rules.sets import ONE_BOOK, Book

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

ROW = "das row"  # the column that numbers the rows of a table in memory
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
WRITTEN = {  # the values whose text matches the pattern of the model's type; a test compares the two
    "date": ("DATE '1000-01-01'", "DATE '9999-12-31'"),
    "moment": ("TIMESTAMP '1000-01-01'", "TIMESTAMP '9999-12-31 23:59:59'"),
    "integer": ("-999999999", "999999999"),
    "decimal": ("-999999999999.99", "999999999999.99"),
}
NOTHING = '"NULL"'  # a column without any value: as if it was not given
BARE = ("text", "key", "code", "month", "moment")  # what the model itself keeps as text


@dataclass(frozen=True, kw_only=True)
class Source:
    """Rows of one table: `relation` in SQL, the number of a row in SQL, the engine's type of each column.

    `dictionary` names the columns that the files hold as a dictionary of few values; `paths` are those files.
    """

    table: Table
    relation: str
    row: str
    types: Mapping[str, str]
    dictionary: frozenset[str] = field(default_factory=frozenset)
    paths: tuple[Path, ...] = ()
    book: Book = ONE_BOOK

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The model's columns that these rows can have: once persons are linked, what linked them is gone."""
        names = self.table.columns.values()
        linked = any(c.stage == "linked" and c.name in self.types for c in names)
        gone = "linking" if linked else "linked"
        return tuple(c for c in names if c.name in self.types or c.stage != gone)

    def is_written(self, column: Column) -> bool:
        """Whether the column has the model's own type, so that nothing need be cast."""
        return self.types[column.name] != "VARCHAR" or column.type in BARE

    def cells(self, model: Model) -> dict[str, Cell]:
        """How SQL sees each column that is there. Raises Refused for a type that cannot hold its values."""
        return {c.name: self._cell(c, model) for c in self.columns if c.name in self.types}

    def _cell(self, column: Column, model: Model) -> Cell:
        given, type_ = quote(column.name), self.types[column.name]
        if type_ == "VARCHAR":
            return _of_text(column, given, model=model)
        fits = {
            "date": type_ == "DATE",
            "moment": type_.startswith("TIMESTAMP"),
            "boolean": type_ == "BOOLEAN",
            "integer": type_ in INTEGERS,
            "decimal": type_ in INTEGERS or type_.startswith("DECIMAL"),
        }
        if not fits.get(column.type, False):
            raise Refused(
                f"a column of type {type_} cannot hold what the model calls {column.type}",
                where=f"{self.table.name}.{column.name}",
                todo="cast it to text or to the type of the model",
            )
        low, high = WRITTEN.get(column.type, (given, given))
        ill = f"{given} NOT BETWEEN {low} AND {high}" if column.type in WRITTEN else "false"
        return Cell(given=given, value=given, ill=ill + _more_decimals(type_, given))


def _more_decimals(type_: str, given: str) -> str:
    scale = type_.partition(",")[2].rstrip(")")
    return f" OR {given} <> round({given}, 2)" if scale and int(scale) > 2 else ""  # noqa: PLR2004 - of the type Decimal


def _of_text(column: Column, given: str, *, model: Model) -> Cell:
    """Text for a column that is text in the model, or for one that could have been typed."""
    value = typed_sql(column, SlotMap(slot=column.name), text=given, model=model)
    if column.type == "code":
        codes = ", ".join(map(literal, model.code_lists[column.codes or ""].codes))
        return Cell(given=given, value=value, ill=f"{given} NOT IN ({codes})")
    if column.type in BARE:
        ill = f"NOT regexp_full_match({given}, {literal(column.pattern or '')})"
        return Cell(given=given, value=value, ill=ill)
    return Cell(given=given, value=value, ill=f"{given} IS NOT NULL AND {value} IS NULL")


def in_memory(
    con: duckdb.DuckDBPyConnection, table: Table, *, rows: pa.Table, book: Book = ONE_BOOK
) -> Source:
    """Show a table in memory to the engine, its rows numbered from 1; it has the columns of `book.within`."""
    import pyarrow as pa

    name = f"rows of {table.name}"
    con.register(name, rows.append_column(ROW, pa.array(range(1, rows.num_rows + 1), pa.int64())))
    return replace(_described(con, table, relation=quote(name), row=quote(ROW)), book=book)


def in_files(con: duckdb.DuckDBPyConnection, table: Table, *, paths: Sequence[Path]) -> Source:
    """Show Parquet files to the engine; rows are numbered from 1 on through the files in their order."""
    import pyarrow.parquet as pq

    footers = [pq.read_metadata(path) for path in paths]
    listed = ", ".join(literal(str(path)) for path in paths)
    starts, start = [], 1
    for path, footer in zip(paths, footers, strict=True):
        starts.append(f"WHEN {literal(str(path))} THEN {start}")
        start += footer.num_rows
    several = f"CASE das_file {' '.join(starts)} END" if len(starts) > 1 else "1"
    relation = f"read_parquet([{listed}], filename = 'das_file', file_row_number = true)"
    few = frozenset.intersection(*map(_dictionaries, footers))
    source = _described(con, table, relation=relation, row=f"(file_row_number + {several})")
    return replace(source, dictionary=few, paths=tuple(paths))


def _dictionaries(footer: pa.parquet.FileMetaData) -> frozenset[str]:
    """Columns whose every page is a dictionary's: so few values that judging each once is cheaper."""
    groups = [footer.row_group(i) for i in range(footer.num_row_groups)]
    chunks = [group.column(j) for group in groups for j in range(group.num_columns)]
    names = {chunk.path_in_schema for chunk in chunks}
    plain = {c.path_in_schema for c in chunks if not any("DICTIONARY" in e for e in c.encodings)}
    return frozenset(names - plain)


def _described(con: duckdb.DuckDBPyConnection, table: Table, *, relation: str, row: str) -> Source:
    described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    types = {name: type_ for name, type_, *_ in described if name in table.columns and type_ != NOTHING}
    return Source(table=table, relation=relation, row=row, types=types)


def absent_sql(column: Column) -> str:
    """Return SQL for a column that was not given: unknown in every row."""
    return f"NULL::{sql_type(column)}"
