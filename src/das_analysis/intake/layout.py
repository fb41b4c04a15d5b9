"""Which of a card's tables a file is: its header, as a set of names, decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from das_analysis.errors import BadDelivery
from das_analysis.model import Supplier, SupplierTable

_DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}


@dataclass(frozen=True, slots=True)
class Layout:
    """A file's table, and which column of the file (by place) holds which column of the card."""

    table: SupplierTable
    places: Mapping[str, int]


def match_header(header: Sequence[str], card: Supplier, *, where: str) -> Layout:
    """Find the one table of the card that this header fits.

    Names are compared without case and as a set; optional ones may be absent. Raises BadDelivery for a name
    twice, and for a header that fits no table or more than one: it names the nearest table and the columns
    that differ. Of a name that is not on the card only its place is told: it can be a
    value of a person's row.
    """
    names = [_folded(name, card) for name in header]
    _check_twice(names, card, where=where)
    fitting = [table for table in card.tables.values() if not _differs(names, table)]
    if len(fitting) == 1:
        places = {
            name: names.index(name.casefold()) for name in fitting[0].columns if name.casefold() in names
        }
        return Layout(fitting[0], places)
    if fitting:
        listed = ", ".join(t.name for t in fitting)
        raise BadDelivery(
            "the header fits more than one table of the card",
            where=f"{where}: {listed}",
            todo="tell the host",
        )
    raise _no_table(names, card, where=where)


def _folded(name: str, card: Supplier) -> str:
    return (name.strip() if card.trim else name).casefold()


def _wanted(table: SupplierTable) -> tuple[set[str], set[str]]:
    """Names that must be there, and names that may."""
    known = {name.casefold() for name in table.columns}
    return {name.casefold() for name, column in table.columns.items() if not column.optional}, known


def _differs(names: Sequence[str], table: SupplierTable) -> int:
    """Count the columns that are missing in a header, or are unknown."""
    required, known = _wanted(table)
    return len(required - set(names)) + len(set(names) - known)


def _check_twice(names: Sequence[str], card: Supplier, *, where: str) -> None:
    known = {name.casefold(): name for table in card.tables.values() for name in table.columns}
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        listed = ", ".join(known.get(name, "one that the card does not know") for name in twice)
        raise BadDelivery(
            f"a column is there twice: {listed}", where=f"{where}, line 1", todo="keep one of them"
        )


def _no_table(names: Sequence[str], card: Supplier, *, where: str) -> BadDelivery:
    nearest = min(card.tables.values(), key=lambda table: _differs(names, table))
    required, known = _wanted(nearest)
    found = set(names) & known
    if len(names) == 1 and len(known) > 1:
        delimiter = _DELIMITERS.get(card.delimiter, "another character")
        return BadDelivery(
            "the first line is one column only",
            where=f"{where}, line 1",
            todo=f"use the delimiter of the card, a {delimiter}",
        )
    if 2 * len(found) < len(required):
        return BadDelivery(
            "the first line is not the header of a table of the card",
            where=f"{where}, line 1",
            todo=f"put the header of one of these on it: {', '.join(card.tables)}",
        )
    missing = [name for name in nearest.columns if name.casefold() in required - found]
    unknown = [f"column {place}" for place, name in enumerate(names, 1) if name not in known]
    parts = [
        f"{label}: {', '.join(listed)}"
        for label, listed in (("missing", missing), ("unknown", unknown))
        if listed
    ]
    return BadDelivery(
        f"the header is not that of {nearest.name!r}, the nearest table of the card; {'; '.join(parts)}",
        where=f"{where}, line 1",
        todo="mend the header; the order of the columns is free",
    )
