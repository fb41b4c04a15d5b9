"""What is known of a table's texts ahead of the scans: where the ill ones stand, which keys may occur twice.

A column of few values is judged by its values, one of a single form by its bytes (texts.py). A key is read
once for both questions: a number of each, of 64 bits, is kept meanwhile, and the few that occur twice are
left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from das_analysis.lake.sql import literal, quote
from das_analysis.model import Rule
from das_analysis.rules.conditions import OF_CELL, Cell
from das_analysis.rules.texts import BATCH, ill_rows, items_of, texts_in_files

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa

    from das_analysis.rules.source import Source

COLUMNS = 2  # of files, read side by side


@dataclass(frozen=True, slots=True)
class Ahead:
    """SQL for where the ill values of a column stand, and for the numbers that keys of some columns share."""

    ill: dict[str, str] = field(default_factory=dict)
    shared: dict[tuple[str, ...], str] = field(default_factory=dict)


def look_ahead(
    con: duckdb.DuckDBPyConnection, source: Source, *, cells: Mapping[str, Cell], rules: Collection[Rule]
) -> Ahead:
    """Read the columns of text that these rules judge by a pattern, each once; of files side by side."""
    ahead, aside = Ahead(), {}
    unique = source.table.unique if any(rule.check == "unique" for rule in rules) else ()
    with ThreadPoolExecutor(COLUMNS) as threads:
        for name in dict.fromkeys(rule.column for rule in rules if rule.check in OF_CELL):
            cell, pattern = cells.get(name), source.table.columns[name].pattern or ""
            if cell is None or not (cell.ill or "").startswith("NOT regexp"):
                continue
            if name in source.dictionary:
                ahead.ill[name] = _among_few(con, source, cell=cell)
            elif items_of(pattern) and (name,) in unique:
                numbers: list[np.ndarray] = []
                rows = _rows(ill_rows(_numbered(con, source, name=name, numbers=numbers), pattern))
                ahead.ill[name] = _kept(con, source, name=name, rows=rows)
                ahead.shared[name,] = _shared(con, source, name=name, numbers=numbers)
            elif items_of(pattern):
                aside[name] = threads.submit(_rows, ill_rows(_texts(con, source, name=name), pattern))
        return replace(
            ahead,
            ill=ahead.ill | {n: _kept(con, source, name=n, rows=of.result()) for n, of in aside.items()},
        )


def _among_few(con: duckdb.DuckDBPyConnection, source: Source, *, cell: Cell) -> str:
    """Keep the ill values in a variable; with WHERE the engine would judge them before they are few."""
    name = f"ill {source.table.name}.{cell.given}"
    few = f"SELECT DISTINCT {cell.given} FROM {source.relation}"
    con.execute(f"SET VARIABLE {quote(name)} = (SELECT list({cell.given}) FILTER ({cell.ill}) FROM ({few}))")
    return f"list_contains(getvariable({literal(name)}), {cell.given})"


def _texts(con: duckdb.DuckDBPyConnection, source: Source, *, name: str) -> Iterable[pa.RecordBatch]:
    """Return the values of a column and their rows; files are read without the engine, which is cheaper."""
    if source.paths:
        return texts_in_files(source.paths, name)
    asked = f"SELECT {quote(name)} AS value, {source.row} AS row FROM {source.relation}"
    batches: list[pa.RecordBatch] = con.sql(asked).to_arrow_table().to_batches(BATCH)
    return batches


def _numbered(
    con: duckdb.DuckDBPyConnection, source: Source, *, name: str, numbers: list[np.ndarray]
) -> Iterator[pa.RecordBatch]:
    """Yield the values of a column and their rows; fill `numbers` with a copy, so that the texts can go."""
    import numpy as np

    number = source.book.number(name)
    asked = f"SELECT {quote(name)} AS value, {source.row} AS row, {number} AS number FROM {source.relation}"
    for batch in con.sql(asked).to_arrow_reader(BATCH):
        column = batch.column("number")
        numbers.append(np.frombuffer(column.buffers()[1], np.uint64)[column.offset :][: len(batch)].copy())
        yield batch


def _rows(found: Iterable[pa.Array]) -> pa.ChunkedArray:
    import pyarrow as pa

    return pa.chunked_array(found, pa.int64())


def _kept(con: duckdb.DuckDBPyConnection, source: Source, *, name: str, rows: pa.ChunkedArray) -> str:
    """Show the rows of the ill values to the engine, and return SQL that tells whether a row is one."""
    import pyarrow as pa

    if not len(rows):
        return "false"
    place = f"ill {source.table.name}.{name}"
    con.register(place, pa.table({"row": rows}))
    return f"{source.row} IN (SELECT row FROM {quote(place)})"


def _shared(con: duckdb.DuckDBPyConnection, source: Source, *, name: str, numbers: list[np.ndarray]) -> str:
    """Keep the numbers that occur twice: equal keys share a number, and seldom unequal ones do."""
    import numpy as np
    import pyarrow as pa

    every = np.concatenate(numbers) if numbers else np.empty(0, np.uint64)
    every.sort()
    shared = every[1:][every[1:] == every[:-1]]
    place = f"shared {source.table.name}.{name}"
    column = pa.Array.from_buffers(pa.uint64(), len(shared), [None, pa.py_buffer(shared)])
    con.register(place, pa.table({"number": column}))
    return f"SELECT number FROM {quote(place)}"
