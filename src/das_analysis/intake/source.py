"""A supplier's file as text: a header, and batches of Arrow tables of strings, whatever the file was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NoReturn

import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.errors import BadDelivery
from das_analysis.intake.plain import CONTROL

BATCH = 65_536  # rows at a time, where a file is not read by bytes

Moved = Callable[[int], None]
Read = Callable[[Moved], Iterator[pa.Table]]


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or a part of one, whose header was read.

    `name` is fit for a message. `read` yields the rows and counts towards `size`: bytes of text, rows of
    Parquet and of a sheet. `aside`: it may be no table at all, as a sheet of explanations beside others.
    """

    name: str
    header: tuple[str, ...]
    size: int
    read: Read
    aside: bool = False

    def batches(self, moved: Moved) -> Iterator[pa.Table]:
        """Yield the rows in file order, columns named and ordered as the header, all of type string.

        Calls `moved` with how far it is. Raises BadDelivery at the first fault.
        """
        return self.read(moved)


def refuse(what: str, where: str, *, todo: str) -> NoReturn:
    """Raise BadDelivery."""
    raise BadDelivery(what, where=where, todo=todo)


def check_control(values: pa.Array, where: str, *, first: int) -> None:
    """Raise BadDelivery for a control character; its place is `where` and a number, `first` of the first."""
    control = pc.index(pc.match_substring_regex(values, CONTROL), value=True).as_py()
    if control >= 0:
        refuse("a control character in the file", f"{where}{first + control}", todo="write plain text")
