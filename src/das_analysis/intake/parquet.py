"""Reads a supplier's Parquet file as text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from das_analysis.errors import BadDelivery
from das_analysis.intake.shown import shown
from das_analysis.intake.source import BATCH, Moved, Source, check_control, refuse


def parquet_source(path: Path) -> Source:
    """Read the header of a Parquet file. Raises BadDelivery."""
    with _opened(path) as file:
        header, rows = tuple(file.schema_arrow.names), file.metadata.num_rows
    return Source(shown(path.name), header, rows, lambda moved: _batches(path, moved))


def parquet_at(path: Path) -> pq.ParquetFile | None:
    """Open a Parquet file with columns. None when it is no such file, or damaged."""
    with contextlib.suppress(pa.ArrowException, OSError, ValueError):  # ValueError: a name that is no UTF-8
        file = pq.ParquetFile(path)
        return file if file.schema_arrow.names else None
    return None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    file = parquet_at(path)
    if file is None:
        refuse("not a Parquet file, or a damaged one", shown(path.name), todo="copy it again")
    with file:
        yield file


def _batches(path: Path, moved: Moved) -> Iterator[pa.Table]:
    rows, name = 0, shown(path.name)
    with _opened(path) as file:
        for column, field in enumerate(file.schema_arrow, 1):
            if not (_is_text(field.type) or pa.types.is_integer(field.type)):
                where = f"{name}, column {column}"
                refuse("a column that is not text", where, todo="write every column as text")
        for batch in sound_batches(file, name, rows=BATCH):
            yield pa.table({f.name: _text(name, batch, at=(i, rows)) for i, f in enumerate(batch.schema)})
            rows += batch.num_rows
            moved(rows)


def sound_batches(file: pq.ParquetFile, name: str, *, rows: int) -> Iterator[pa.RecordBatch]:
    """Yield the batches of a Parquet file. Raises BadDelivery when it is damaged or its text is not UTF-8."""
    batches = file.iter_batches(rows)
    while True:
        batch, sound = None, False
        with contextlib.suppress(pa.ArrowException, OSError):
            batch = next(batches, None)
            if batch is not None:
                batch.validate(full=True)
            sound = True
        if not sound:
            what = "the Parquet file is damaged, or its text is not UTF-8"
            raise BadDelivery(what, where=name, todo="write or copy it again")
        if batch is None:
            return
        yield batch


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    checks = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    return any(check(plain) for check in checks)


def _text(name: str, batch: pa.RecordBatch, *, at: tuple[int, int]) -> pa.Array:
    """Return one column as strings; `at` says which one, and how many rows came before."""
    column, before = at
    values = batch.column(column)
    values = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    values = values.cast(pa.string())
    check_control(values, f"{name}, column {column + 1}, row ", first=before + 1)
    return values
