"""Functions of SPARQL on values of known kinds; None is an error in every row."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from das_analysis.semantic.sparql.kinds import (
    BOOL,
    BOOLEAN,
    DATE,
    DEC,
    DECIMAL,
    DOUBLE,
    INT,
    INTEGER,
    MOMENT,
    MONTH,
    NUMBER,
    STRING,
    TEXT,
    Kind,
    NotCoveredError,
    constant,
    lexical,
    whole_iri,
)
from das_analysis.semantic.sparql.rows import Value
from das_analysis.semantic.terms import VOCABULARY

if TYPE_CHECKING:
    import ibis.expr.types as ir

Function = Callable[..., Value | None]
DAYS_BETWEEN = f"{VOCABULARY}days_between"
# what a pattern may hold to mean the same in the engine, in the store and in a reader's head
_PLAIN_PATTERN = re.compile(r"[\w .,:;/&'=@#%~<>^$|()*+?-]*|\^?\[[\w-]+\][+*]?\$?", re.ASCII)


def text_of(value: Value) -> ir.StringColumn:
    """Return STR of a value. Raises NotCoveredError for decimals: each engine writes them differently."""
    if value.kind.form == "iri":
        return whole_iri(value.kind, value.column)
    if value.kind.form == "lang" or value.kind == TEXT:
        return value.column
    if value.kind.form == "term" or value.kind == DEC:
        raise NotCoveredError("the text of a decimal, or of terms of several kinds")
    return lexical(value.kind, value.column)


def _str(value: Value) -> Value:
    return Value(TEXT, text_of(value), value.sure, value.known if value.kind == TEXT else None)


def _is_text(*values: Value) -> bool:
    """Whether string functions work on these: plain texts, the later ones in no language or the first's."""
    if any(v.kind.form == "term" for v in values):
        raise NotCoveredError("a string function on terms of several kinds")
    allowed = {TEXT, values[0].kind}
    return (values[0].kind == TEXT or values[0].kind.form == "lang") and all(
        v.kind in allowed for v in values
    )


def _test(name: str) -> Function:
    def test(text: Value, part: Value) -> Value | None:
        if not _is_text(text, part):
            return None
        return Value(BOOL, getattr(text.column, name)(part.column), text.sure and part.sure)

    return test


def _lower(text: Value) -> Value | None:
    return Value(text.kind, text.column.lower(), text.sure) if _is_text(text) else None


def _length(text: Value) -> Value | None:
    return Value(INT, text.column.length(), text.sure) if _is_text(text) else None


def _substring(text: Value, start: Value, *lengths: Value) -> Value | None:
    """Only with a start and length that stand in the query: there the engines agree."""
    if not _is_text(text) or any(v.kind != INT for v in (start, *lengths)):
        return None
    length = lengths[0] if lengths else None
    begin, most = start.known, None if length is None else length.known
    if begin is None or begin < 1 or (length is not None and (most is None or most < 0)):
        raise NotCoveredError("SUBSTR with a computed or odd position")
    return Value(text.kind, text.column.substr(begin - 1, most), text.sure)


def _regex(text: Value, pattern: Value, *flags: Value) -> Value | None:
    if not _is_text(text, pattern) or any(v.kind != TEXT for v in flags):
        return None
    options = flags[0].known if flags else ""
    plain = isinstance(pattern.known, str) and _PLAIN_PATTERN.fullmatch(pattern.known)
    if not plain or options not in {"", "i"}:
        raise NotCoveredError("a pattern beyond plain text, . * + ? | ( ) and one class of characters")
    try:
        re.compile(pattern.known)
    except re.error:
        raise NotCoveredError("a pattern that is none") from None
    wanted = constant(TEXT, ("(?i)" if options else "") + pattern.known)
    return Value(BOOL, text.column.re_search(wanted), text.sure)


def _lang(value: Value) -> Value | None:
    if value.kind.form == "term":
        raise NotCoveredError("LANG of terms of several kinds")
    if value.kind.form == "iri":
        return None
    tag = value.kind.name if value.kind.form == "lang" else ""
    return Value(TEXT, value.column.notnull().ifelse(tag, None), value.sure, tag if value.sure else None)


def _lang_matches(tag: Value, wanted: Value) -> Value | None:
    if {tag.kind, wanted.kind} != {TEXT}:
        return None
    if tag.known is None or wanted.known is None:
        raise NotCoveredError("LANGMATCHES of what can be unbound")
    one, other = tag.known.lower(), wanted.known.lower()
    matches = bool(one) if other == "*" else one == other or one.startswith(f"{other}-")
    return Value(BOOL, constant(BOOL, matches), known=matches)


def _datatype(value: Value) -> Value | None:
    if value.kind.form in {"term", "lang"} or value.kind.name == NUMBER:
        raise NotCoveredError("DATATYPE of terms of several kinds")
    if value.kind.form == "iri":
        return None
    return Value(Kind("iri"), value.column.notnull().ifelse(value.kind.name, None), value.sure)


def _is(*forms: str) -> Function:
    def test(value: Value) -> Value:
        if value.kind.form == "term":
            raise NotCoveredError("a test of terms of several kinds")
        known = value.kind.form in forms
        column = value.column.notnull().ifelse(known, None)
        return Value(BOOL, column, value.sure, known if value.sure else None)

    return test


def _is_numeric(value: Value) -> Value:
    if value.kind.form == "term":
        raise NotCoveredError("a test of terms of several kinds")
    column = value.column.notnull().ifelse(value.kind.is_numeric, None)
    return Value(BOOL, column, value.sure)


def _part(name: str) -> Function:
    def part(value: Value) -> Value | None:
        if value.kind.name == MOMENT or value.kind.form == "term":
            raise NotCoveredError("a part of a moment")
        if value.kind == Kind("literal", DATE):
            return Value(INT, getattr(value.column, name)().cast("int64"), value.sure)
        if value.kind == Kind("literal", MONTH) and name != "day":
            digits = value.column.substr(0, 4) if name == "year" else value.column.substr(5, 2)
            return Value(INT, digits.cast("int64"), value.sure)
        return None

    return part


def _rounded(name: str) -> Function:
    def rounded(value: Value) -> Value | None:
        if value.kind == INT:
            return value
        if not value.kind.is_numeric:
            return None
        return Value(value.kind, getattr(value.column.cast("float64"), name)().cast("float64"), value.sure)

    return rounded


def _absolute(value: Value) -> Value | None:
    return Value(value.kind, value.column.abs(), value.sure) if value.kind.is_numeric else None


def _integer(value: Value) -> Value | None:
    if value.kind.name == BOOLEAN:
        return Value(INT, value.column.cast("int64"), value.sure)
    if value.kind == INT:
        return value
    raise NotCoveredError("xsd:integer of a text or decimal")


def _cast_number(datatype: str) -> Function:
    def number(value: Value) -> Value | None:
        kind, column = Kind("literal", datatype), value.column
        if value.kind == kind:
            return value
        if value.kind.name not in {INTEGER, DECIMAL}:
            raise NotCoveredError("a number made of a text")
        return Value(kind, column.cast("float64" if datatype == DOUBLE else "decimal(38, 2)"), value.sure)

    return number


def _date(value: Value) -> Value | None:
    if value.kind == Kind("literal", DATE):
        return value
    raise NotCoveredError("a date made of a text")


def _days_between(since: Value, until: Value) -> Value | None:
    """Whole days from one date to another: what SPARQL itself cannot count (das:days_between)."""
    if {since.kind, until.kind} != {Kind("literal", DATE)}:
        return None
    return Value(INT, until.column.delta(since.column, unit="day"), since.sure and until.sure)


FUNCTIONS: dict[str, Function] = {
    "Builtin_STR": _str,
    "Builtin_CONTAINS": _test("contains"),
    "Builtin_STRSTARTS": _test("startswith"),
    "Builtin_STRENDS": _test("endswith"),
    "Builtin_LCASE": _lower,
    "Builtin_STRLEN": _length,
    "Builtin_SUBSTR": _substring,
    "Builtin_REGEX": _regex,
    "Builtin_LANG": _lang,
    "Builtin_LANGMATCHES": _lang_matches,
    "Builtin_DATATYPE": _datatype,
    "Builtin_isIRI": _is("iri"),
    "Builtin_isURI": _is("iri"),
    "Builtin_isLITERAL": _is("literal", "lang"),
    "Builtin_isNUMERIC": _is_numeric,
    "Builtin_YEAR": _part("year"),
    "Builtin_MONTH": _part("month"),
    "Builtin_DAY": _part("day"),
    "Builtin_ABS": _absolute,
    "Builtin_CEIL": _rounded("ceil"),
    "Builtin_FLOOR": _rounded("floor"),
}
CASTS: dict[str, Function] = {
    STRING: _str,
    INTEGER: _integer,
    DECIMAL: _cast_number(DECIMAL),
    DOUBLE: _cast_number(DOUBLE),
    DATE: _date,
    DAYS_BETWEEN: _days_between,
}
