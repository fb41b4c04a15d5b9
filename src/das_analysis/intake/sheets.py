"""Reads a workbook (XLSX) as the text that its supplier sees, and refuses where that is not sure.

Text is taken as it is. A whole number is taken where the sheet shows all its digits; a day or a moment where
the card says how that column writes one. A formula, an error, yes or no, a number in a column of identities
(its leading zeros may be lost) and a number shown in another way than it is kept are refused by place; so are
hidden sheets, rows and columns, which nobody looked at. Nothing is said of a sheet but its number: its title
is a person's text.
"""

from __future__ import annotations

import contextlib
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from das_analysis.intake.archive import DAMAGED, checked_members
from das_analysis.intake.shown import shown
from das_analysis.intake.source import BATCH, Moved, Source, check_control, refuse
from das_analysis.model import Supplier

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

MAX_UNPACKED, MAX_ROWS = 512 << 20, 1 << 20  # a sheet can have no more rows
_CHUNK = 1 << 20
_LONGEST = 1 << 10  # bytes of what is looked for in a part: a tag with its attributes
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell[\s/>]")
_UNSEEN = re.compile(
    rb"""<(?:\w+:)?(?:row|col)\s(?:[^<>]{0,900}\s)?(?:hidden\s*=\s*["'](?:1|true)|(?:ht|width)\s*=\s*["']0(?:\.0*)?)["']"""
)
_MANGLED = re.compile(r"-?[0-9]([.,][0-9]+)?[Ee][+-]?[0-9]+")
_ZEROS = re.compile(r"0+")
_SHOWN_DIGITS, _KEPT_DIGITS = 11, 15  # of a number: in the format General; of a double
_MIDNIGHT = time()

Cell = Any  # openpyxl's cells have no type in common


@dataclass(frozen=True, slots=True)
class _Writing:
    """How a card writes the cells of each column, by its name without case."""

    identities: frozenset[str]
    days: Mapping[str, str]
    commas: frozenset[str]


_HEADER = _Writing(frozenset(), {}, frozenset())


def sheet_sources(path: Path, card: Supplier) -> list[Source]:
    """Read the first row of every sheet that is not empty. Raises BadDelivery for a hidden one."""
    _check_parts(path)
    writing, found = _writing_of(card), []
    with _workbook(path) as book:
        for number, sheet in enumerate(book.worksheets, 1):
            place = f"{shown(path.name)}, sheet {number}"
            if sheet.sheet_state != "visible":
                refuse("a hidden sheet", place, todo="show it or take it out")
            first = next(_rows(sheet, place), ())
            if header := tuple(_text(cell, "", writing=_HEADER) or "" for cell in first):
                read = partial(_batches, path, sheet=number, header=header, writing=writing)
                found.append(Source(place, header, path.stat().st_size, read))
    if not found:
        refuse("the file is empty", shown(path.name), todo="deliver at least its header, in the first row")
    return [replace(source, aside=len(found) > 1) for source in found]


def _writing_of(card: Supplier) -> _Writing:
    """Gather over the tables of a card what a column holds; of two ways to write a day, none is sure."""
    days: dict[str, set[str]] = {}
    commas, identities = set[str](), set[str]()
    for table in card.tables.values():
        identities |= {name.casefold() for name, column in table.columns.items() if column.identifying}
        for part in (part for column in table.package.values() for part in column.parts):
            if part.column and part.date:
                days.setdefault(part.column.casefold(), set()).add(part.date.partition("|")[0])
        for slot in (slot for row_map in table.maps for slot in row_map.slots.values() if slot.column):
            name = str(slot.column).casefold()
            if slot.date:
                days.setdefault(name, set()).add(slot.date.partition("|")[0])
            commas |= {name} if slot.decimal_comma else set()
    sure = {name: next(iter(ways)) for name, ways in days.items() if len(ways) == 1}
    return _Writing(frozenset(identities), sure, frozenset(commas))


def _check_parts(path: Path) -> None:
    """Refuse a workbook that swells, is damaged, holds a document type or merged cells, before opening it."""
    name, fault = shown(path.name), None
    parts = checked_members(path, folders=True, unpacked=MAX_UNPACKED)
    with contextlib.suppress(*DAMAGED), zipfile.ZipFile(path) as archive:
        text = [part for part in parts if part.filename.lower().endswith((".xml", ".rels"))]
        fault = next(filter(None, (_fault_of(archive, part) for part in text)), "")
    if fault is None:
        refuse("not a workbook, or a damaged one", name, todo="save it again as XLSX")
    if fault:
        refuse(fault, name, todo="show what is hidden, or save the bare rows in a new workbook")


def _fault_of(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> str:
    tail, is_sheet = b"", part.filename.lower().startswith("xl/worksheets/")
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if b"\0" in chunk or _FORBIDDEN.search(tail + chunk):
                return "a document type or a NUL byte in a workbook"
            if is_sheet and _MERGED.search(tail + chunk):
                return "merged cells in a workbook"
            if is_sheet and _UNSEEN.search(tail + chunk):
                return "hidden rows or columns in a workbook"
            tail = chunk[-_LONGEST:]
    return ""


@contextlib.contextmanager
def _workbook(path: Path) -> Iterator[Workbook]:
    from openpyxl import load_workbook

    book = None
    with path.open("rb") as file:
        with (
            contextlib.suppress(Exception),
            warnings.catch_warnings(),
        ):  # the library's messages quote the file
            warnings.simplefilter("ignore")
            book = load_workbook(file, read_only=True, keep_links=False)
        if book is None:
            refuse("not a workbook, or a damaged one", shown(path.name), todo="save it again as XLSX")
        with contextlib.closing(book):
            yield book


def _rows(sheet: ReadOnlyWorksheet, place: str) -> Iterator[Sequence[Cell]]:
    """Yield the rows of a sheet without the blank cells at their ends. Raises BadDelivery for damage."""
    number, rows = 0, None
    while True:
        row, sound = None, False
        with contextlib.suppress(Exception), warnings.catch_warnings():  # the library's messages quote cells
            warnings.simplefilter("ignore")
            if rows is None:
                sheet.reset_dimensions()  # what a sheet says of its size is not believed
                rows = sheet.iter_rows()
            row, sound = next(rows, None), True
        number += 1
        if not sound or number > MAX_ROWS + 1:
            refuse("a damaged sheet", f"{place}, row {number}", todo="save the workbook again")
        if row is None:
            return
        filled = [i for i, cell in enumerate(row, 1) if cell.value is not None]
        yield row[: filled[-1]] if filled else ()


def _batches(
    path: Path, moved: Moved, *, sheet: int, header: tuple[str, ...], writing: _Writing
) -> Iterator[pa.Table]:
    place, blank = f"{shown(path.name)}, sheet {sheet}", 0
    rows: list[list[str]] = []
    first = 2  # the row of the sheet that the batch begins with
    with _workbook(path) as book:
        for number, row in enumerate(_rows(book.worksheets[sheet - 1], place), 1):
            if not row:
                blank = blank or number
            elif blank:
                refuse("a blank row between rows", f"{place}, row {blank}", todo="take it out, or fill it")
            elif number > 1:
                rows.append(_texts(row, header, writing=writing, place=f"{place}, row {number}"))
            if len(rows) == BATCH:
                yield _table(rows, header, place=place, first=first)
                first, rows = number + 1, []
    if rows:
        yield _table(rows, header, place=place, first=first)
    moved(path.stat().st_size)


def _table(rows: list[list[str]], header: tuple[str, ...], *, place: str, first: int) -> pa.Table:
    columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    for column, values in enumerate(columns, 1):
        check_control(values, f"{place}, column {column}, row ", first=first)
    return pa.Table.from_arrays(columns, names=list(header))


def _texts(row: Sequence[Cell], header: tuple[str, ...], *, writing: _Writing, place: str) -> list[str]:
    """Return a row as text, blanks behind it filled in. Raises BadDelivery, naming the column."""
    if len(row) > len(header):
        what = f"a row of {len(row)} values where the header has {len(header)}"
        refuse(what, place, todo="clear what stands beside the table")
    texts = []
    for column, (cell, name) in enumerate(zip(row, header, strict=False), 1):
        text = _text(cell, name.strip().casefold(), writing=writing)
        if text is None:
            is_identity = cell.data_type == "n" and name.strip().casefold() in writing.identities
            what, todo = _WRONG.get("identity" if is_identity else cell.data_type, _WRONG["n"])
            refuse(what, f"{place}, column {column}", todo=todo)
        texts.append(text)
    return texts + [""] * (len(header) - len(row))


_AS_TEXT = "make the column text, then fill it again"
_WRONG = {
    "f": ("a formula", "paste the values, as text"),
    "e": ("an error value", "mend the cell"),
    "b": ("yes or no that is no text", _AS_TEXT),
    "d": ("a day or a moment in a column where the card writes none, or without what it writes", _AS_TEXT),
    "n": ("a number of which digits or zeros may be lost", _AS_TEXT),
    "identity": (
        "a number in a column that holds identities: the spreadsheet may have dropped its leading zeros",
        "format the whole column as Text first, then fill it again from the source; or deliver CSV",
    ),
    "s": ("a number that a spreadsheet cut short", _AS_TEXT),
}


def _text(cell: Cell, name: str, *, writing: _Writing) -> str | None:
    """Return the text that stands in a cell; None where that is not sure."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "s":
        text = str(value)
        return None if _MANGLED.fullmatch(text.strip()) else text
    if cell.data_type == "d" and isinstance(value, date):
        return _day(value, writing.days.get(name))
    if cell.data_type == "n" and name not in writing.identities:
        return _number(value, cell.number_format, comma=name in writing.commas)
    return None


def _day(value: date, way: str | None) -> str | None:
    """Write a day or a moment as the card does; None where the card has no way, or a part would be lost."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, _MIDNIGHT)
    if way is None or (moment.time() != _MIDNIGHT and "%S" not in way):
        return None
    if moment.microsecond:
        return None
    for bare, number in (("%-d", moment.day), ("%-m", moment.month)):  # not known to every system
        way = way.replace(bare, str(number))
    return moment.strftime(way)


def _number(value: float, way: str, *, comma: bool) -> str | None:
    """Write a number as the sheet shows it; None in a format of which that is not sure."""
    if _ZEROS.fullmatch(way) and float(value).is_integer() and 0 <= value < 10**_KEPT_DIGITS:
        return str(int(value)).zfill(len(way))
    if way not in {"General", "@"} or abs(value) >= 10**_SHOWN_DIGITS:
        return None
    text = str(int(value)) if float(value).is_integer() else repr(float(value))
    if "e" in text or len(text) > _SHOWN_DIGITS:
        return None
    return text.replace(".", ",") if comma else text
