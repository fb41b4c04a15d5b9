"""What a variable can be: IRIs that begin alike, literals of one datatype; and how they are written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, cast
from urllib.parse import quote, unquote

from das_analysis.semantic.terms import VOCABULARY, XSD

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from rdflib.term import Node

Form = Literal["iri", "literal", "lang", "term"]
CODES = f"{VOCABULARY}code/"
STRING, INTEGER, DECIMAL, DOUBLE = (XSD + name for name in ("string", "integer", "decimal", "double"))
BOOLEAN, DATE, MONTH, MOMENT = (XSD + name for name in ("boolean", "date", "gYearMonth", "dateTime"))
NUMBER = "number"  # integers and decimals together: their value is known, their datatype is not
NUMERIC = (INTEGER, DECIMAL, DOUBLE, NUMBER)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,16}([.][0-9]{0,6})?|[.][0-9]{1,6})")


class NotCoveredError(Exception):
    """A construct that is not compiled: the store answers instead. Never leaves this package."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the values of a column are.

    iri: `name` is what they begin with, the column holds the rest as it is in the tables; without a name the
    column holds whole IRIs. literal: `name` is the datatype. lang: texts in the language `name`. term: any of
    these, written as a term of N-Triples (without escapes).
    """

    form: Form
    name: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether arithmetic works on it."""
        return self.form == "literal" and self.name in NUMERIC


ANY_IRI = Kind("iri")
ANY_TERM = Kind("term")
BOOL = Kind("literal", BOOLEAN)
INT = Kind("literal", INTEGER)
DEC = Kind("literal", DECIMAL)
TEXT = Kind("literal", STRING)


def encode(prefix: str, value: str) -> str:
    """Return a value as the end of an IRI that begins with `prefix`; : and / are encoded in codes alone."""
    return quote(value, safe="" if prefix.startswith(CODES) else ":/")


def encoded(prefix: str, column: ir.StringColumn) -> ir.StringColumn:
    """Return `encode` of a column."""
    found = _url_encode()(column)
    return found if prefix.startswith(CODES) else found.replace("%3A", ":").replace("%2F", "/")


@cache
def _url_encode() -> Any:
    import ibis

    def url_encode(text: str) -> str:
        raise NotImplementedError

    return ibis.udf.scalar.builtin(url_encode)


def whole_iri(kind: Kind, column: ir.Value) -> ir.StringColumn:
    """Return the whole IRIs of a column of kind iri."""
    import ibis

    if not kind.name:
        return cast("ir.StringColumn", column)
    return ibis.literal(kind.name) + encoded(kind.name, cast("ir.StringColumn", column))


def term_text(kind: Kind, column: ir.Value) -> ir.StringColumn:
    """Return a column's terms as texts, one text a term. Raises NotCoveredError where one has several."""
    import ibis

    if kind.form == "term":
        return cast("ir.StringColumn", column)
    if kind.form == "iri":
        return ibis.literal("<") + whole_iri(kind, column) + ">"
    if kind.form == "lang":
        return ibis.literal('"') + column + f'"@{kind.name}'
    return ibis.literal('"') + lexical(kind, column) + f'"^^<{kind.name}>'


def lexical(kind: Kind, column: ir.Value) -> ir.StringColumn:
    """Return a literal's values as they are written. Raises NotCoveredError for quotients and moments."""
    if kind.name in {NUMBER, DOUBLE, MOMENT} or column.type().is_floating():
        raise NotCoveredError("the text of a computed number or a moment")
    return column.cast("string")


def kind_of_iri(iri: str, prefixes: tuple[str, ...]) -> tuple[Kind, str]:
    """Return the kind of an IRI and its value in the tables; one that no row can have is a whole IRI."""
    for prefix in prefixes:
        value = unquote(iri[len(prefix) :])
        if iri.startswith(prefix) and prefix + encode(prefix, value) == iri:
            return Kind("iri", prefix), value
    return ANY_IRI, iri


def kind_of_literal(term: Node) -> tuple[Kind, Any]:
    """Return the kind of a literal of a query and its Python value. Raises NotCoveredError for odd ones."""
    text, datatype = str(term), str(getattr(term, "datatype", None) or STRING)
    if getattr(term, "language", None):
        return Kind("lang", str(getattr(term, "language", "")).lower()), text
    kind = Kind("literal", datatype)
    try:
        return kind, _READ[datatype](text)
    except (KeyError, ValueError, InvalidOperation):
        raise NotCoveredError(f"a literal of {datatype}") from None


def _match(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError
    return text


_READ: dict[str, Callable[[str], Any]] = {
    STRING: str,
    INTEGER: lambda text: int(_match(_INTEGER, text)),
    DECIMAL: lambda text: Decimal(_match(_DECIMAL, text)),
    DOUBLE: float,
    BOOLEAN: lambda text: {"true": True, "1": True, "false": False, "0": False}[text],
    DATE: lambda text: date.fromisoformat(_match(_DAY, text)),
    MONTH: lambda text: _match(_MONTH, text),
}


def constant(kind: Kind, value: Any) -> ir.Scalar:
    """Return a value of a query as a literal of the engine: never as text in its SQL."""
    import ibis

    types = {INTEGER: "int64", DECIMAL: "decimal(38, 6)", DOUBLE: "float64", BOOLEAN: "boolean", DATE: "date"}
    return ibis.literal(value, types.get(kind.name, "string") if kind.form == "literal" else "string")
