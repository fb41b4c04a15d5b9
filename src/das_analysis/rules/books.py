"""Many small sets of rows, each a closed book, laid out and checked in one go."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from das_analysis.model import Model, Rule, Supplier, Table
from das_analysis.rules.sets import MANY_BOOKS
from das_analysis.rules.source import Source, in_memory
from das_analysis.rules.typed import Finding, Row, as_arrow, engine, find, table_named

if TYPE_CHECKING:
    import duckdb

Book = Mapping[str, Sequence[Row]]  # plural of a table -> its rows
Placed = list[tuple[int, int, Row]]  # number of the book from 0, of the row in it from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """Books in the engine, already checked: its table `finding` holds what was found."""

    con: duckdb.DuckDBPyConnection
    sources: Mapping[str, Source]
    placed: Mapping[str, Placed]


def check_books(
    books: Sequence[Book], model: Model, *, supplier: Supplier | None = None
) -> list[list[Finding]]:
    """Check many small sets of rows at once, each as `check_rows` would; return the findings of each."""
    with laid_out(books, model, supplier=supplier) as laid:
        found = laid.con.execute('SELECT book, "table", row, rule FROM finding ORDER BY ALL').fetchall()
    given = [{table_named(name, model).name for name in book} for book in books]
    findings: list[list[Finding]] = [[] for _ in books]
    for book, table, row, rule in found:
        if _can_tell(model.rules[rule], model, given=given[book]):
            findings[book].append(Finding(table, laid.placed[table][row - 1][1], rule))
    return findings


@contextmanager
def laid_out(books: Sequence[Book], model: Model, *, supplier: Supplier | None = None) -> Iterator[Laid]:
    """Lay out books in an engine and check them."""
    placed: dict[str, Placed] = {}
    for i, book in enumerate(books):
        for name, rows in book.items():
            table = table_named(name, model).name
            placed.setdefault(table, []).extend((i, n, row) for n, row in enumerate(rows, 1))
    with engine() as con:
        sources = {name: _source(con, model.tables[name], placed=rows) for name, rows in placed.items()}
        find(con, sources, model=model, supplier=supplier)
        yield Laid(con=con, sources=sources, placed=placed)


def _source(con: duckdb.DuckDBPyConnection, table: Table, *, placed: Placed) -> Source:
    import pyarrow as pa

    rows = as_arrow(table, [row for *_, row in placed])
    books = pa.array([book for book, *_ in placed], pa.int64())
    return in_memory(con, table, rows=rows.append_column("book", books), book=MANY_BOOKS)


def _can_tell(rule: Rule, model: Model, *, given: Collection[str]) -> bool:
    """Whether the other tables that a rule looks at are there."""
    columns = model.tables[rule.table].columns
    looked_at = [rule.column] if rule.check == "reference" else rule.reads
    tables = {rule.some, *(columns[name].references for name in looked_at)} - {None}
    return not tables or bool(tables & set(given))
