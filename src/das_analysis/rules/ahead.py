"""What is known of a table's texts ahead of the scans: where the ill ones stand, which keys may occur twice.

A column of few values is judged by its values, one of a single form by its bytes (texts.py). A key is read
once for both questions: a number of each, of 64 bits, is kept meanwhile, and the few that occur twice are
left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from das_analysis.lake.sql import literal, quote
from das_analysis.model import Rule
from das_analysis.rules.conditions import OF_CELL, Cell
from das_analysis.rules.texts import BATCH, ill_rows, items_of

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa

    from das_analysis.rules.source import Source


@dataclass(frozen=True, slots=True)
class Ahead:
    """SQL for where the ill values of a column stand, and for the numbers that keys of some columns share."""

    ill: dict[str, str] = field(default_factory=dict)
    shared: dict[tuple[str, ...], str] = field(default_factory=dict)


def look_ahead(
    con: duckdb.DuckDBPyConnection, source: Source, *, cells: Mapping[str, Cell], rules: Collection[Rule]
) -> Ahead:
    """Read the columns of text that these rules judge by a pattern, each once."""
    ahead = Ahead()
    unique = source.table.unique if any(rule.check == "unique" for rule in rules) else ()
    for name in dict.fromkeys(rule.column for rule in rules if rule.check in OF_CELL):
        cell, pattern = cells.get(name), source.table.columns[name].pattern or ""
        if cell is None or not (cell.ill or "").startswith("NOT regexp"):
            continue
        if name in source.dictionary:
            ahead.ill[name] = _among_few(con, source, cell=cell)
        elif items_of(pattern):
            numbers: list[np.ndarray] | None = [] if (name,) in unique else None
            ahead.ill[name] = _by_bytes(con, source, name=name, pattern=pattern, numbers=numbers)
            if numbers is not None:
                ahead.shared[name,] = _shared(con, source, name=name, numbers=numbers)
    return ahead


def _among_few(con: duckdb.DuckDBPyConnection, source: Source, *, cell: Cell) -> str:
    """Keep the ill values in a variable; with WHERE the engine would judge them before they are few."""
    name = f"ill {source.table.name}.{cell.given}"
    few = f"SELECT DISTINCT {cell.given} FROM {source.relation}"
    con.execute(f"SET VARIABLE {quote(name)} = (SELECT list({cell.given}) FILTER ({cell.ill}) FROM ({few}))")
    return f"list_contains(getvariable({literal(name)}), {cell.given})"


def _by_bytes(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    *,
    name: str,
    pattern: str,
    numbers: list[np.ndarray] | None,
) -> str:
    """Keep the rows of the ill values; fill `numbers`, where asked, with a number of each value."""
    import pyarrow as pa

    number = f", {source.book.number(name)} AS number" if numbers is not None else ""
    asked = f"SELECT {quote(name)} AS value, {source.row} AS row{number} FROM {source.relation}"
    batches = _numbered(con.sql(asked).to_arrow_reader(BATCH), numbers)
    rows = pa.chunked_array(ill_rows(batches, pattern), pa.int64())
    if not len(rows):
        return "false"
    place = f"ill {source.table.name}.{name}"
    con.register(place, pa.table({"row": rows}))
    return f"{source.row} IN (SELECT row FROM {quote(place)})"


def _numbered(
    batches: Iterable[pa.RecordBatch], numbers: list[np.ndarray] | None
) -> Iterator[pa.RecordBatch]:
    """Copy the numbers out of each batch, so that its texts can go."""
    import numpy as np

    for batch in batches:
        if numbers is not None:
            column = batch.column("number")
            numbers.append(
                np.frombuffer(column.buffers()[1], np.uint64)[column.offset :][: len(batch)].copy()
            )
        yield batch


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
