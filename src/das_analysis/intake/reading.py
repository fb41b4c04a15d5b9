"""Reads a supplier's file as text, batch by batch: CSV, CSV.gz or Parquet in, Arrow tables of strings out.

Nothing is guessed: no types, no nulls, no delimiter, no header. A file is wholly read or refused with a
position; a value never gets into a message, nor into an exception that hangs on one.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import os
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from das_analysis.errors import BadDelivery
from das_analysis.intake.plain import CONTROL
from das_analysis.intake.scanning import MAX_ROW, RowScanner
from das_analysis.intake.shown import shown

BLOCK = 8 << 20  # bytes of CSV that are checked and parsed at a time
BATCH = 65_536  # rows of Parquet at a time
MAX_RATIO, FREE_OF_RATIO = (
    250,
    256 << 20,
)  # a gzip that swells more than this is a bomb, unless it stays small
SUFFIXES = (".csv", ".csv.gz", ".parquet")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0")

Moved = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A file whose header was read. `batches` counts towards `size`: bytes of CSV, rows of Parquet."""

    path: Path
    delimiter: str
    header: tuple[str, ...]
    size: int
    is_csv: bool

    @property
    def name(self) -> str:
        """The file's name, fit for a message."""
        return shown(self.path.name)

    def batches(self, moved: Moved) -> Iterator[pa.Table]:
        """Yield the rows in file order, columns named and ordered as the header, all of type string.

        Calls `moved` with how far it is. Raises BadDelivery at the first fault.
        """
        return _csv_batches(self, moved) if self.is_csv else _parquet_batches(self, moved)


def open_source(path: Path, delimiter: str) -> Source:
    """Look at a file and read its header. Raises BadDelivery when it is no CSV, CSV.gz or Parquet."""
    if not path.is_file() or not os.access(path, os.R_OK):
        _refuse("there is no such file, or it cannot be read", path, todo="check its name")
    if not path.name.lower().endswith(SUFFIXES):
        _refuse(
            "not a kind of file that can be delivered", path, todo=f"deliver one of {', '.join(SUFFIXES)}"
        )
    if path.name.lower().endswith(".parquet"):
        with _opened_parquet(path) as file:
            header = tuple(file.schema_arrow.names)
            return Source(path, delimiter, header, file.metadata.num_rows, is_csv=False)
    return Source(path, delimiter, _csv_header(path, delimiter), path.stat().st_size, is_csv=True)


def _refuse(what: str, path: Path, *, todo: str) -> NoReturn:
    raise BadDelivery(what, where=shown(path.name), todo=todo)


# ---------------------------------------------------------------- CSV


def _csv_header(path: Path, delimiter: str) -> tuple[str, ...]:
    with contextlib.closing(_blocks(path, lambda _: None)) as blocks:
        first = next(blocks, b"")
    if not first.strip():
        _refuse("the file is empty", path, todo="deliver at least its header")
    line = _first_line(path, first)
    names: list[str] = []
    with contextlib.suppress(csv.Error):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        names = next(csv.reader([text], delimiter=delimiter), [])
    scanner = RowScanner(name=shown(path.name), delimiter=delimiter, columns=len(names), first_line=1)
    scanner.whole(_ended(line), last=True)
    return tuple(names)


def _first_line(path: Path, first: bytes) -> bytes:
    line = first[: MAX_ROW + 1].splitlines(keepends=True)[0]
    if len(line) > MAX_ROW:
        _refuse("the first line is longer than 1 MiB", path, todo="check the line ends of the file")
    return line


def _csv_batches(source: Source, moved: Moved) -> Iterator[pa.Table]:
    """Cut the file into whole rows, checked, and parse them."""
    columns = len(source.header)
    scanner = RowScanner(name=source.name, delimiter=source.delimiter, columns=columns, first_line=2)
    with contextlib.closing(_blocks(source.path, moved)) as blocks:
        rest = next(blocks)
        rest = rest[len(_first_line(source.path, rest)) :]
        last = False
        while not last:
            block = next(blocks, b"")
            last = not block
            data, before = _ended(rest) if last else rest, scanner.rows
            size = scanner.whole(data, last=last)
            if scanner.rows > before:
                yield _parsed(source, data[:size], rows=scanner.rows - before)
            rest = data[size:] + block


def _ended(data: bytes) -> bytes:
    return data if not data or data.endswith((b"\n", b"\r")) else data + b"\n"


def _parsed(source: Source, data: bytes, *, rows: int) -> pa.Table:
    """Parse checked bytes. The scanner and the parser count the rows independently, and must agree."""
    names = [f"c{i}" for i in range(len(source.header))]
    read = pa.csv.ReadOptions(column_names=names, block_size=2 * MAX_ROW)
    parse = pa.csv.ParseOptions(
        delimiter=source.delimiter,
        newlines_in_values=b'"' in data,
        ignore_empty_lines=True,
        escape_char=False,
    )
    convert = pa.csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[],
        strings_can_be_null=False,
        quoted_strings_can_be_null=False,
        check_utf8=True,
    )
    table = None
    with contextlib.suppress(pa.ArrowInvalid):  # its message holds the row
        table = pa.csv.read_csv(
            pa.BufferReader(data), read_options=read, parse_options=parse, convert_options=convert
        )
    if table is None or table.num_rows != rows:
        todo = "write the file as strict CSV (RFC 4180)"
        _refuse("the rows cannot be told apart without doubt", source.path, todo=todo)
    return table.rename_columns(list(source.header))


def _blocks(path: Path, moved: Moved) -> Generator[bytes, None, None]:
    """Yield the file's bytes, unpacked, without byte order mark. Raises BadDelivery when they are no text."""
    with path.open("rb") as raw:
        packed = path.name.lower().endswith(".gz")
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw) if packed else raw)
        unpacked = 0
        while block := _read(stream, path):
            unpacked += len(block)
            if packed and unpacked > FREE_OF_RATIO and unpacked > MAX_RATIO * raw.tell():
                _refuse(f"the file swells more than {MAX_RATIO} times", path, todo="deliver it unpacked")
            moved(raw.tell())
            yield _first(block, path) if unpacked == len(block) else block


def _read(stream: IO[bytes], path: Path) -> bytes:
    try:
        return stream.read(BLOCK)
    except EOFError:
        _refuse("the gzip file is cut off", path, todo="copy it again")
    except (gzip.BadGzipFile, zlib.error):
        _refuse("not a gzip file, or a damaged one", path, todo="copy it again")


def _first(block: bytes, path: Path) -> bytes:
    """Check that the file begins as text does, and take off the byte order mark of UTF-8."""
    if block.startswith(_UTF16):
        raise BadDelivery("the file is UTF-16", where=f"{shown(path.name)}, line 1", todo="write it as UTF-8")
    if block.startswith(_PACKED):
        _refuse("an archive or a spreadsheet under the name of a CSV", path, todo="deliver plain CSV")
    return block.removeprefix(b"\xef\xbb\xbf")


# ---------------------------------------------------------------- Parquet


def parquet_at(path: Path) -> pq.ParquetFile | None:
    """Open a Parquet file with columns. None when it is no such file, or damaged."""
    with contextlib.suppress(pa.ArrowException, OSError, ValueError):  # ValueError: a name that is no UTF-8
        file = pq.ParquetFile(path)
        return file if file.schema_arrow.names else None
    return None


@contextlib.contextmanager
def _opened_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    file = parquet_at(path)
    if file is None:
        _refuse("not a Parquet file, or a damaged one", path, todo="copy it again")
    with file:
        yield file


def _parquet_batches(source: Source, moved: Moved) -> Iterator[pa.Table]:
    rows = 0
    with _opened_parquet(source.path) as file:
        for column, field in enumerate(file.schema_arrow, 1):
            if not (_is_text(field.type) or pa.types.is_integer(field.type)):
                where = f"{source.name}, column {column}"
                raise BadDelivery("a column that is not text", where=where, todo="write every column as text")
        for batch in sound_batches(file, source.name, rows=BATCH):
            yield pa.table({f.name: _text(source, batch, at=(i, rows)) for i, f in enumerate(batch.schema)})
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


def _text(source: Source, batch: pa.RecordBatch, *, at: tuple[int, int]) -> pa.Array:
    """Return one column as strings; `at` says which one, and how many rows came before."""
    column, before = at
    values = batch.column(column)
    values = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    values = values.cast(pa.string())
    control = pc.index(pc.match_substring_regex(values, CONTROL), value=True).as_py()
    if control >= 0:
        where = f"{source.name}, column {column + 1}, row {before + control + 1}"
        raise BadDelivery("a control character in the file", where=where, todo="write plain text")
    return values
