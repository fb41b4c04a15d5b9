"""Reads a supplier's XML files as text: the paths of its card in, Arrow tables of strings out.

Many files make one delivery, and a file can hold rows of several tables. A file is wholly read or refused
with a line.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pyarrow as pa

from das_analysis.errors import BadDelivery
from das_analysis.intake.elements import Plan, Row, make_plan, walk
from das_analysis.intake.shown import shown
from das_analysis.intake.source import BATCH, Moved
from das_analysis.model import Supplier, SupplierTable
from das_analysis.model.formats import FILES, endings

MAX_FILE = 64 << 20  # bytes
CHUNK = 1 << 16
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"<\x00", b"\x00<")


@dataclass(frozen=True, slots=True)
class MarkupSource:
    """One table out of all the files of a delivery. `batches` counts towards `size`, in bytes."""

    files: tuple[Path, ...]
    plan: Plan
    table: SupplierTable
    size: int

    @property
    def name(self) -> str:
        """The file's name, fit for a message; of several, how many they are."""
        return shown(self.files[0].name) if len(self.files) == 1 else f"{len(self.files)} files"

    def batches(self, moved: Moved) -> Iterator[pa.Table]:
        """Yield the rows, files by name and rows in file order, all columns of type string.

        Calls `moved` with how far it is. Raises BadDelivery at the first fault.
        """
        rows: list[list[str]] = []
        done = 0
        for path in self.files:
            rows += [values for name, values in _rows(path, self.plan) if name == self.table.name]
            done += path.stat().st_size
            moved(done)
            if len(rows) >= BATCH:
                yield self._batch(rows)
                rows = []
        if rows:
            yield self._batch(rows)

    def _batch(self, rows: Sequence[Sequence[str]]) -> pa.Table:
        columns = zip(self.table.columns, zip(*rows, strict=True), strict=True)
        return pa.table({name: pa.array(values, pa.string()) for name, values in columns})


def open_markup(paths: Sequence[Path], card: Supplier) -> list[MarkupSource]:
    """Return a source for each table of a card, over all files. Raises BadDelivery for other files."""
    files = tuple(sorted(set(paths), key=lambda path: (path.name, path)))
    for path in files:
        if not path.is_file() or not os.access(path, os.R_OK):
            _refuse("there is no such file, or it cannot be read", path, todo="check its name")
        if not path.name.lower().endswith(FILES["xml"]):
            _refuse(
                "not a kind of file that this supplier delivers", path, todo=f"deliver {endings('xml')} files"
            )
        if path.stat().st_size > MAX_FILE:
            _refuse(f"a file of more than {MAX_FILE >> 20} MiB", path, todo="deliver it in parts")
    plan, size = make_plan(card), sum(path.stat().st_size for path in files)
    return [MarkupSource(files, plan, table, size) for table in card.tables.values()]


def _rows(path: Path, plan: Plan) -> Iterator[Row]:
    """Yield the rows of every table that a file holds. Raises BadDelivery for a file without any."""
    rows = 0
    for row in walk(_chunks(path), shown(path.name), plan=plan):
        rows += 1
        yield row
    if not rows:
        wanted = ", ".join(str(table.rows) for table in plan.card.tables.values())
        _refuse("the file holds no row of the card", path, todo=f"look for {wanted}")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        chunk = file.read(CHUNK)
        if chunk.startswith(_WIDE):
            raise BadDelivery(
                "the file is UTF-16", where=f"{shown(path.name)}, line 1", todo="write it as UTF-8"
            )
        while chunk:
            yield chunk
            chunk = file.read(CHUNK)


def _refuse(what: str, path: Path, *, todo: str) -> NoReturn:
    raise BadDelivery(what, where=shown(path.name), todo=todo)
