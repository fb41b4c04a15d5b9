"""Identities, normalised: one number that two suppliers write in two ways becomes one text.

Everything works on distinct values of an Arrow array of strings. NULL is blank and stays NULL. A value that
cannot be used becomes a mark that says why, never the value: `!format` or `!check`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial

import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.errors import BadModel
from das_analysis.intake.derived import DERIVED, UNUSABLE, folded
from das_analysis.intake.eleven import passes_eleven_test
from das_analysis.model import Kind, PackageColumn, Part, Supplier
from das_analysis.rules.cast import date_pattern

BAD_FORMAT, BAD_CHECK = "!format", "!check"
_REMEMBERED = 1 << 17

_CASE_NUMBER = r"\A([0-9]{2})[-/.]([0-9]{6})[-/.]([0-9]{2})"
_BSN_GROUPS = r"\A([0-9]{4})[. -]([0-9]{2})[. -]([0-9]{3})\z|\A([0-9]{3})[. -]([0-9]{3})[. -]([0-9]{3})\z"
_SEQUENCE = re.compile(r"/\[0-9\]\{1,[0-9]\}\$?$")  # a kind that ends in a sequence number

_PREFIXES = frozenset(
    {
        "AAN",
        "AF",
        "AL",
        "BEN",
        "BIJ",
        "D",
        "DA",
        "DAL",
        "DE",
        "DEL",
        "DELLA",
        "DEM",
        "DEN",
        "DER",
        "DES",
        "DI",
        "DO",
        "DOS",
        "DU",
        "EL",
        "EN",
        "HET",
        "IN",
        "L",
        "LA",
        "LAS",
        "LE",
        "LES",
        "LO",
        "LOS",
        "O",
        "OF",
        "ONDER",
        "OP",
        "OVER",
        "S",
        "T",
        "TE",
        "TEN",
        "TER",
        "TOT",
        "UIJT",
        "UIT",
        "VAN",
        "VANDE",
        "VANDEN",
        "VANDER",
        "VER",
        "VOM",
        "VON",
        "VOOR",
        "VOORDEN",
        "ZU",
        "ZUM",
        "ZUR",
    }
)
_BETWEEN_WORDS = re.compile(r"[^A-Z]+")


def plain_text(table: pa.Table, column: PackageColumn, *, card: Supplier) -> pa.Array:
    """Return the normalised text of a package column out of its parts; NULL where any part is blank."""
    parts = [_part(table, part, card=card) for part in column.parts]
    if len(parts) == 1:
        return parts[0]
    return pc.binary_join_element_wise(*parts, "", null_handling="emit_null")


def _part(table: pa.Table, part: Part, *, card: Supplier) -> pa.Array | pa.Scalar:
    if part.column is None:
        return pa.scalar(part.text or "", pa.string())
    if part.column not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    encoded = table[part.column].combine_chunks().dictionary_encode()
    values = _without_blanks(encoded.dictionary, card)
    if part.match is not None:
        values = _each(values, partial(_matched, part.match))
    if part.values is not None:
        values = _each(values, partial(_mapped, part.values))
    if part.date:
        values = _each(values, partial(iso_date, part.date))
    if part.surname:
        values = _each(values, normal_surname)
    for name in part.derive:
        values = _each(values, DERIVED[name])
    return values.take(encoded.indices)


def _without_blanks(values: pa.Array, card: Supplier) -> pa.Array:
    blank = pc.is_in(values, pa.array(card.blank, pa.string()))
    return pc.if_else(blank, pa.scalar(None, pa.string()), values)


def _each(values: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """Apply a function of Python to distinct values; an empty outcome is blank."""
    return pa.array(
        [None if v is None else change(v) or None for v in values.to_numpy(zero_copy_only=False)], pa.string()
    )


def _matched(pattern: str, text: str) -> str:
    found = re.fullmatch(pattern, text)
    return found[1] if found else ""


def _mapped(values: Mapping[str, str], text: str) -> str:
    return values.get(text, UNUSABLE)


@lru_cache(maxsize=_REMEMBERED)
def iso_date(formats: str, text: str) -> str:
    """Return a date in one of several formats (apart by |) as year-month-day; a mark when it is none."""
    return next(filter(None, (_day(format_, text) for format_ in formats.split("|"))), UNUSABLE)


def _day(format_: str, text: str) -> str | None:
    if not re.fullmatch(_strict(format_), text):
        return None
    with contextlib.suppress(ValueError):  # 31-02
        return datetime.strptime(text, format_.replace("%-", "%")).date().isoformat()  # noqa: DTZ007 - a day
    return None


@lru_cache(maxsize=256)
def _strict(format_: str) -> str:
    return date_pattern(format_)


@lru_cache(maxsize=_REMEMBERED)
def normal_surname(text: str) -> str:
    """Return a surname as capitals A-Z only: no accents, no prefixes such as van der.

    A name of prefixes only ("Den") keeps its last word; a name without Latin letters becomes a mark.
    """
    words = [word for word in _BETWEEN_WORDS.split(folded(text)) if word]
    while len(words) > 1 and words[0] in _PREFIXES:
        words.pop(0)
    return "".join(words) or UNUSABLE


def normalise(values: pa.Array, kind: Kind) -> pa.Array:
    """Return the texts of a kind of identity in the one way that kind is written.

    Case numbers lose their separators, in composites too; a citizen's number gets the zero back that a
    spreadsheet took; a sequence number at the end loses its zeros. Doing it twice changes nothing.
    """
    if kind.check == "case_number":
        values = pc.replace_substring_regex(values, _CASE_NUMBER, r"\1\2\3")
    elif kind.check == "eleven_test":
        values = pc.replace_substring_regex(values, _BSN_GROUPS, r"\1\2\3\4\5\6")
        values = pc.replace_substring_regex(values, r"\A([0-9]{8})\z", r"0\1")
    elif kind.check:
        raise BadModel(
            f"unknown check {kind.check!r}", where=f"kind {kind.name}", todo="mend the kind in the model"
        )
    if _SEQUENCE.search(kind.sealed_pattern):
        values = pc.replace_substring_regex(values, r"/0+([0-9]{1,3})\z", r"/\1")
    return values


def faults(values: pa.Array, kind: Kind) -> pa.Array:
    """Return for each normalised text the mark of its fault, NULL where it has none (or is blank)."""
    good = pc.match_substring_regex(values, rf"\A(?:{kind.sealed_pattern})\z")
    if kind.check != "eleven_test":
        return pc.if_else(good, pa.scalar(None, pa.string()), BAD_FORMAT)
    passed = pc.if_else(passes_eleven_test(values), pa.scalar(None, pa.string()), BAD_CHECK)
    return pc.if_else(good, passed, BAD_FORMAT)


def month(table: pa.Table, column: PackageColumn, *, card: Supplier) -> pa.Array:
    """Return a date as its month, `!format` where it is no date; NULL where it is blank."""
    encoded = plain_text(table, column, card=card).dictionary_encode()
    unusable = pc.equal(encoded.dictionary, UNUSABLE)
    months = pc.if_else(unusable, BAD_FORMAT, pc.utf8_slice_codeunits(encoded.dictionary, 0, 7))
    return months.take(encoded.indices)
