"""One Ibis expression a table that says each of its rows in RDF: the same on DuckDB and on Spark."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from das_analysis.model import Column, Table, load_model
from das_analysis.semantic.syntax import Hole, Pieces, Syntax
from das_analysis.semantic.terms import naming, told_columns

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir

# A pattern made of these alone matches nothing that an IRI has to escape.
_PLAIN = re.compile(
    r"\^(?:[A-Za-z0-9_:-]|\[(?:A-Z|a-z|[0-9]-[0-9]|[A-Za-z0-9._~:])+-?\]|\{[0-9,]+\}|[?+*])*\$"
)
ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}  # backslash first


def said(rows: ibis.Table, table: Table, *, syntax: Syntax, filled: Collection[str] = ()) -> ibis.Table:
    """Return one column, `text`: each row as the syntax writes it, line ends included.

    Columns in `filled` have a value in every row; of others a missing value writes nothing. Columns that the
    rows do not have are left out.
    """
    name = _name(rows, table)
    parts = _fill(syntax.start(table), {Hole.NAME: name})
    for column in (c for c in told_columns(table) if c.name in rows.columns):
        holes = {Hole.NAME: name, Hole.VALUE: [_value(rows[column.name], column)]}
        told = _fill(syntax.value(table, column), holes)
        if column.name in filled:
            parts += told
        else:
            parts.append(rows[column.name].isnull().ifelse("", _join(told)))
    parts += _fill(syntax.end(table), {})
    return rows.select(text=_join(parts))


def _name(rows: ibis.Table, table: Table) -> list[str | ir.Value]:
    values: list[str | ir.Value] = []
    for column in naming(table):
        values += ["/", _value(rows[column], table.columns[column], as_iri=True)]
    return values[1:]


def _fill(pieces: Pieces, holes: Mapping[Hole, Sequence[str | ir.Value]]) -> list[str | ir.Value]:
    """Put the values in the holes, and join texts that come to stand side by side."""
    parts: list[str | ir.Value] = []
    for piece in pieces:
        for part in holes[piece] if isinstance(piece, Hole) else (piece,):
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            else:
                parts.append(part)
    return parts


def _join(parts: Sequence[str | ir.Value]) -> ir.Value:
    """Join texts by the engine's own concat(): chains of || cost five times as much."""
    return _engine("concat", len(parts))(*parts)


@cache
def _engine(name: str, size: int) -> Callable[..., Any]:
    """Return a function that the engine itself has, of so many texts.

    Its database is named, so that Ibis leaves the call as it is.
    """
    from inspect import Parameter, Signature

    import ibis

    def call(*_: str) -> str: ...  # type: ignore[empty-body]  # the engine has the body

    names = [f"text_{i}" for i in range(size)]
    kind = Parameter.POSITIONAL_OR_KEYWORD
    signature = Signature([Parameter(n, kind, annotation=str) for n in names], return_annotation=str)
    call.__signature__ = signature  # type: ignore[attr-defined]  # how Ibis learns of the arguments
    call.__annotations__ = {**dict.fromkeys(names, str), "return": str}
    made: Callable[..., Any] = ibis.udf.scalar.builtin(call, name=name, database="main")
    return made


def _value(value: ir.Value, column: Column, *, as_iri: bool = False) -> ir.Value:
    """Return a value as text in its one form: percent-encoded in an IRI, escaped in a literal."""
    if column.codes and not column.references:
        return _encode_codes(value, column.codes)
    if as_iri or column.references or column.iri_prefix:
        text = _text(value, column)
        return text if _is_plain(column) else _encode(text)
    if column.type == "text" or (column.type == "key" and not _is_plain(column)):
        return _escape(value)
    return _text(value, column)


def _text(value: ir.Value, column: Column) -> ir.Value:
    if column.type == "moment" and not value.type().is_string():
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value if value.type().is_string() else value.cast("string")


def _is_plain(column: Column) -> bool:
    """Whether the model's pattern leaves nothing to escape: the values of a snapshot match it."""
    return column.type in {"date", "month", "integer"} or bool(_PLAIN.fullmatch(column.pattern or ""))


def _encode_codes(value: ir.Value, codes: str) -> ir.Value:
    """Encode what occurs in the codes of this list: they are all that a snapshot can hold."""
    found = {c for code in load_model().code_lists[codes].codes for c in code if quote(c, safe="") != c}
    for character in sorted(found, key=lambda c: (c != "%", c)):
        value = value.replace(character, quote(character, safe=""))
    return value


def _encode(text: ir.Value) -> ir.Value:
    """Percent-encode the name of a row; Spark writes it as forms do, DuckDB has nothing to mend."""
    encoded = _engine("url_encode", 1)(text)
    return encoded.replace("+", "%20").replace("*", "%2A").replace("%7E", "~")


def _escape(text: ir.Value) -> ir.Value:
    """Escape for a literal: few texts need it, so that is asked first, by character: cheaper than a pattern.

    The model refuses the other control characters; in lines and in Turtle they may stand as they are.
    """
    escaped = text
    for character, sign in ESCAPES.items():
        escaped = escaped.replace(character, sign)
    return reduce(or_, (text.contains(character) for character in ESCAPES)).ifelse(escaped, text)
