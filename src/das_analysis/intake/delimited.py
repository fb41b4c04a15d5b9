"""Reads CSV as text, batch by batch. Nothing is guessed: no types, no nulls, no delimiter, no header."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterator
from functools import partial

import pyarrow as pa
import pyarrow.csv

from das_analysis.intake.blocks import Stream, blocks
from das_analysis.intake.scanning import MAX_ROW, RowScanner
from das_analysis.intake.source import Moved, Source, refuse


def csv_source(stream: Stream, delimiter: str) -> Source:
    """Read the header of a CSV. Raises BadDelivery."""
    header = _header(stream, delimiter)
    return Source(
        stream.name, header, stream.size, partial(_batches, stream, delimiter=delimiter, header=header)
    )


def _header(stream: Stream, delimiter: str) -> tuple[str, ...]:
    with contextlib.closing(blocks(stream, lambda _: None)) as found:
        first = next(found, b"")
    if not first.strip():
        refuse("the file is empty", stream.name, todo="deliver at least its header")
    line = _first_line(stream, first)
    names: list[str] = []
    with contextlib.suppress(csv.Error):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        names = next(csv.reader([text], delimiter=delimiter), [])
    scanner = RowScanner(name=stream.name, delimiter=delimiter, columns=len(names), first_line=1)
    scanner.whole(_ended(line), last=True)
    return tuple(names)


def _first_line(stream: Stream, first: bytes) -> bytes:
    line = first[: MAX_ROW + 1].splitlines(keepends=True)[0]
    if len(line) > MAX_ROW:
        refuse("the first line is longer than 1 MiB", stream.name, todo="check the line ends of the file")
    return line


def _batches(stream: Stream, moved: Moved, *, delimiter: str, header: tuple[str, ...]) -> Iterator[pa.Table]:
    """Cut the file into whole rows, checked, and parse them."""
    scanner = RowScanner(name=stream.name, delimiter=delimiter, columns=len(header), first_line=2)
    with contextlib.closing(blocks(stream, moved)) as found:
        rest = next(found)
        rest = rest[len(_first_line(stream, rest)) :]
        last = False
        while not last:
            block = next(found, b"")
            last = not block
            data, before = _ended(rest) if last else rest, scanner.rows
            size = scanner.whole(data, last=last)
            if scanner.rows > before:
                parsed = _parsed(data[:size], header, delimiter=delimiter)
                if parsed is None or parsed.num_rows != scanner.rows - before:
                    todo = "write the file as strict CSV (RFC 4180)"
                    refuse("the rows cannot be told apart without doubt", stream.name, todo=todo)
                yield parsed
            rest = data[size:] + block


def _ended(data: bytes) -> bytes:
    return data if not data or data.endswith((b"\n", b"\r")) else data + b"\n"


def _parsed(data: bytes, header: tuple[str, ...], *, delimiter: str) -> pa.Table | None:
    """Parse checked bytes. The scanner and the parser count the rows independently, and must agree."""
    names = [f"c{i}" for i in range(len(header))]
    read = pa.csv.ReadOptions(column_names=names, block_size=2 * MAX_ROW)
    parse = pa.csv.ParseOptions(
        delimiter=delimiter,
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
    with contextlib.suppress(pa.ArrowInvalid):  # its message holds the row
        source = pa.BufferReader(data)
        table = pa.csv.read_csv(source, read_options=read, parse_options=parse, convert_options=convert)
        return table.rename_columns(list(header))
    return None
