"""Looks at the bytes of a CSV before any parser does: strict RFC 4180, strict UTF-8, lines named.

No reader at hand is strict enough by itself. Measured: pyarrow closes an open quote at the end of the file,
takes text after a closing quote and passes NUL; DuckDB in strict mode drops blank lines, takes blanks
before a quote, passes NUL and cannot read mixed line ends. So the structure is checked here, and the parser
has no choice left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from das_analysis.errors import BadDelivery

MAX_ROW = 1 << 20  # bytes; a longer row is an open quote or no table at all
_LF, _CR, _QUOTE, _TAB = 10, 13, 34, 9
_BOM = b"\xef\xbb\xbf"
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_CONTROL = np.array([(b < 32 and b not in {_TAB, _LF, _CR}) or b == 127 for b in range(256)])  # noqa: PLR2004 - ASCII

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Marks:
    """The bytes that give a CSV its structure: their places, which lie outside quotes, which end a line."""

    at: Places
    what: Bytes
    outside: Flags
    newline: Flags


class RowScanner:
    """Checks a CSV chunk by chunk and knows, at each chunk, how many bytes hold whole rows."""

    def __init__(self, *, name: str, delimiter: str, columns: int, first_line: int) -> None:
        self.name, self.columns, self.line = name, columns, first_line
        self.rows = 0
        self._delimiter = ord(delimiter)
        self._blank_line: int | None = None
        self._special = np.zeros(256, np.bool_)
        self._special[[self._delimiter, _QUOTE, _LF, _CR]] = True

    def whole(self, data: bytes, *, last: bool) -> int:
        """Check `data`, which starts at the start of a row, and return how many bytes of it are whole rows.

        With `last`, `data` must end with a line end. Raises BadDelivery, naming the line.
        """
        array = np.frombuffer(data, np.uint8)
        marks = self._marks(array, last=last)
        self._check_bytes(data, marks)
        ends = np.flatnonzero(marks.newline & marks.outside)
        size = int(marks.at[ends[-1]]) + 1 if ends.size else 0
        self._check_quotes(array, marks, size=len(data) if last else size)
        if last and size < len(data):
            self._refuse_open_quote(marks)
        if len(data) - size > MAX_ROW:
            self._refuse_long_row(self._line_of(size, marks))
        if size:
            self._check_shape(array, marks, ends=ends)
            self.line += int(np.count_nonzero(marks.newline[: ends[-1] + 1]))
        return size

    def _marks(self, array: Bytes, *, last: bool) -> Marks:
        at = np.flatnonzero(self._special[array])
        what = array[at]
        follows = np.minimum(at + 1, max(array.size - 1, 0))
        known = (at + 1 < array.size) | last  # a CR at the very end may have its LF in the next chunk
        lone_cr = (what == _CR) & known & ((array[follows] != _LF) | (at + 1 >= array.size))
        outside = np.cumsum(what == _QUOTE) % 2 == 0
        return Marks(at, what, outside, (what == _LF) | lone_cr)

    def _refuse(self, what: str, line: int, *, todo: str) -> NoReturn:
        raise BadDelivery(what, where=f"{self.name}, line {line}", todo=todo)

    def _line_of(self, place: int, marks: Marks) -> int:
        return self.line + int(np.count_nonzero(marks.newline & (marks.at < place)))

    def _check_bytes(self, data: bytes, marks: Marks) -> None:
        control = _first_control(data)
        if control is not None:
            nul = data[control] == 0
            what = "a NUL byte" if nul else "a control character"
            todo = "write the file as UTF-8 text" + (" (this may be UTF-16)" if nul else "")
            self._refuse(f"{what} in the file", self._line_of(control, marks), todo=todo)
        wrong = _first_not_utf8(data)
        if wrong is not None:
            todo = "write the file as UTF-8 (this may be Windows-1252)"
            self._refuse("a character that is not UTF-8", self._line_of(wrong, marks), todo=todo)

    def _check_quotes(self, array: Bytes, marks: Marks, *, size: int) -> None:
        quote = (marks.what == _QUOTE) & (marks.at < size)
        if not quote.any():
            return
        at, opening = marks.at[quote], ~marks.outside[quote]
        before = np.where(at > 0, array[np.maximum(at - 1, 0)], _LF)
        after = array[np.minimum(at + 1, array.size - 1)]
        wrong = np.flatnonzero(np.where(opening, ~self._special[before], ~self._special[after]))
        if wrong.size:
            line = self._line_of(int(at[wrong[0]]), marks)
            todo = "quote the whole value and double the quotes in it"
            self._refuse("a quote in the middle of a value", line, todo=todo)

    def _refuse_open_quote(self, marks: Marks) -> NoReturn:
        opened = marks.at[(marks.what == _QUOTE) & ~marks.outside][-1]
        line = self._line_of(int(opened), marks)
        self._refuse("a quote is opened and never closed", line, todo="close it; is the file complete?")

    def _refuse_long_row(self, line: int) -> NoReturn:
        todo = "look for a quote that is not closed, and at the line ends"
        self._refuse("a row of more than 1 MiB", line, todo=todo)

    def _check_shape(self, array: Bytes, marks: Marks, *, ends: Places) -> None:
        delimiters = np.cumsum((marks.what == self._delimiter) & marks.outside)
        fields = np.diff(delimiters[ends], prepend=0) + 1
        stop = marks.at[ends]
        start = np.concatenate(([0], stop[:-1] + 1))
        long = np.flatnonzero(stop - start > MAX_ROW)
        if long.size:
            self._refuse_long_row(self._line_of(int(start[long[0]]), marks))
        blank = (stop == start) | ((stop - start == 1) & (array[start] == _CR))
        self._check_blank(blank, marks, start=start)
        ragged = np.flatnonzero((fields != self.columns) & ~blank)
        if ragged.size:
            row = int(ragged[0])
            what = f"a row of {int(fields[row])} values where the header has {self.columns}"
            todo = "mend the row; quote a value with the delimiter in it"
            self._refuse(what, self._line_of(int(start[row]), marks), todo=todo)
        self.rows += int(np.count_nonzero(~blank))

    def _check_blank(self, blank: Flags, marks: Marks, *, start: Places) -> None:
        """Blank lines may end a file; between rows they are a row whose values were lost."""
        filled = np.flatnonzero(~blank)
        first = np.flatnonzero(blank)[:1]
        if self._blank_line is None and first.size:
            self._blank_line = self._line_of(int(start[first[0]]), marks)
            filled = filled[filled > first[0]]
        if self._blank_line is not None and filled.size:
            todo = "take the line out, or bring its row back"
            self._refuse("a blank line between rows", self._blank_line, todo=todo)


def _first_control(data: bytes) -> int | None:
    """Return the place of the first NUL, control character or byte order mark."""
    found = np.flatnonzero(_CONTROL[np.frombuffer(data, np.uint8)])[:1].tolist()
    second = _C1.search(data)
    mark = data.find(_BOM)
    found += [second.start()] if second else []
    found += [mark] if mark >= 0 else []
    return min(found, default=None)


def _first_not_utf8(data: bytes) -> int | None:
    """Return the place of the first byte that is not UTF-8. A character that `data` cuts off is none."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_off = error.reason == "unexpected end of data" and error.end == len(data)
        return None if cut_off else error.start
    return None
