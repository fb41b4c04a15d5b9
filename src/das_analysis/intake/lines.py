"""Reads JSON lines as text: one flat object a line, numbers as they were written."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Iterator
from functools import partial
from typing import Any, NoReturn

import pyarrow as pa

from das_analysis.errors import BadDelivery
from das_analysis.intake.blocks import Stream, blocks
from das_analysis.intake.scanning import MAX_ROW
from das_analysis.intake.source import BATCH, Moved, Source, check_control, refuse

_TODO = "write one flat JSON object (RFC 8259) a line, in UTF-8"


class _NotFlat(ValueError):
    """What a line holds that it must not: its text is fit for a message."""


def lines_source(stream: Stream) -> Source:
    """Take the header from the first line. Raises BadDelivery."""
    with contextlib.closing(_lines(stream, lambda _: None)) as lines:
        line = next(lines, None)
    if line is None:
        refuse("the file is empty", stream.name, todo="deliver at least one object")
    header = tuple(_object(line, stream.name, at=1))
    return Source(stream.name, header, stream.size, partial(_batches, stream, header=header))


def _batches(stream: Stream, moved: Moved, *, header: tuple[str, ...]) -> Iterator[pa.Table]:
    rows: list[list[str]] = []
    before, blank = 0, 0
    with contextlib.closing(_lines(stream, moved)) as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                blank = blank or number
                continue
            if blank:
                where = f"{stream.name}, line {blank}"
                refuse("a blank line between rows", where, todo="take the line out, or bring its row back")
            found = _object(line, stream.name, at=number)
            if found.keys() != set(header):
                where = f"{stream.name}, line {number}"
                refuse("an object with other names than the first", where, todo="write null where nothing is")
            rows.append([found[name] for name in header])
            if len(rows) == BATCH:
                yield _table(rows, header, name=stream.name, before=before)
                before, rows = before + len(rows), []
    if rows:
        yield _table(rows, header, name=stream.name, before=before)


def _table(rows: list[list[str]], header: tuple[str, ...], *, name: str, before: int) -> pa.Table:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    for column, values in enumerate(columns, 1):
        place = f"{name}, name {column}, line "
        check_control(values, place, first=before + 1)
    return pa.Table.from_arrays(columns, names=list(header))


def _lines(stream: Stream, moved: Moved) -> Generator[bytes, None, None]:
    """Yield the lines, without their ends. Raises BadDelivery for one that is too long."""
    rest, number = b"", 0
    for block in blocks(stream, moved):
        *whole, rest = (rest + block).split(b"\n")
        number += len(whole)
        if len(rest) > MAX_ROW or any(len(line) > MAX_ROW for line in whole):
            refuse("a line of more than 1 MiB", f"{stream.name}, to line {number + 1}", todo=_TODO)
        yield from whole
    if rest:
        yield rest


def _object(line: bytes, name: str, *, at: int) -> dict[str, str]:
    """Return the names and texts of one line. Raises BadDelivery, naming the line; no value is in it."""
    try:
        found = json.loads(
            line.decode("utf-8"),
            object_pairs_hook=_pairs,
            parse_int=str,
            parse_float=str,
            parse_constant=_constant,
        )
        if isinstance(found, dict):
            return found
        fault = "a line that is no object"
    except _NotFlat as error:
        fault = str(error)
    except (ValueError, RecursionError):
        fault = "not JSON in UTF-8"
    raise BadDelivery(fault, where=f"{name}, line {at}", todo=_TODO)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, str]:
    if len(dict(pairs)) < len(pairs):
        raise _NotFlat("a name is there twice in one object")
    return {name: _cell(value) for name, value in pairs}


def _cell(value: object) -> str:
    if isinstance(value, dict | list):
        raise _NotFlat("an object or a list in an object")
    if value is None:
        return ""
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _NotFlat("half a character")
    return text


def _constant(_: str) -> NoReturn:
    raise _NotFlat("NaN or an infinite number")
