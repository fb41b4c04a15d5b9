"""A rule's predicate in SPARQL: the same three-valued logic, an unbound variable where SQL has NULL.

SPARQL's `||` and `!` treat an error as SQL treats NULL, and a FILTER drops a row on an error as a rule says
nothing about the unknown; `&&` should too, but rdflib stops at an error in it. A code is an IRI: what SQL
compares as text (`between`) is spelled out as the codes of its list for which it is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import expressions as e

from das_analysis.errors import BadModel
from das_analysis.lake.sql import literal
from das_analysis.model import Column, Model, Rule, Table
from das_analysis.semantic.terms import code_iri

COMPARE: Mapping[type[e.Expr], str] = {
    e.EQ: "=",
    e.NEQ: "!=",
    e.GT: ">",
    e.GTE: ">=",
    e.LT: "<",
    e.LTE: "<=",
    e.Or: "||",
    e.Add: "+",
    e.Sub: "-",
    e.Mul: "*",
}
ORDERED = (e.GT, e.GTE, e.LT, e.LTE)
PART = "xsd:integer(SUBSTR(STR({0}), {1}, {2}))"  # of a date or month, whose lexical form is fixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A predicate as SPARQL: the expression, and the assignments that must come before it."""

    holds: str
    binds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """What a translation knows: each variable's column, the model, and the assignments so far."""

    columns: Mapping[str, Column]
    model: Model
    binds: list[str] = field(default_factory=list)


def variables(rule: Rule, table: Table, *, model: Model) -> dict[str, Column]:
    """Return the column that each name in a predicate means: `registered_on`, `case__registered_on`."""
    parents = {r.removesuffix("_key"): model.tables[table.columns[r].references or ""] for r in rule.reads}
    names = sorted({c.name for c in sqlglot.parse_one(rule.holds or "", dialect="duckdb").find_all(e.Column)})
    return {
        name: (parents[name.partition("__")[0]] if "__" in name else table).columns[name.rpartition("__")[2]]
        for name in names
    }


def sparql_filter(rule: Rule, table: Table, *, model: Model) -> Filter:
    """Return a rule's predicate as SPARQL. Raises BadModel for a word that has no counterpart there."""
    reader = _Reader(columns=variables(rule, table, model=model), model=model)
    holds = _text(sqlglot.parse_one(rule.holds or "", dialect="duckdb"), reader)
    return Filter(holds=holds, binds=tuple(reader.binds))


def _text(node: e.Expr, reader: _Reader) -> str:
    say = SAY.get(type(node))
    if say is None:
        todo = "say it in semantic/downloads/filters.py"
        raise BadModel(f"{type(node).__name__} has no counterpart in SPARQL", todo=todo)
    return say(node, reader)


def _list_of(nodes: Iterable[e.Expr], reader: _Reader) -> str | None:
    """Return the code list that a comparison is about, if it is about codes."""
    lists = {reader.columns[c.name].codes for node in nodes for c in node.find_all(e.Column)}
    return next((name for name in sorted(filter(None, lists))), None)


def _column(node: e.Expr, reader: _Reader) -> str:
    """A truth is compared: rdflib fails on a bare unbound variable in `||`, where SPARQL looks further.

    The key of a row is its IRI.
    """
    column = reader.columns[node.name]
    if column.identifier and "__" in node.name:
        raise BadModel("the key of another row is its IRI", todo="compare the reference")
    if column.identifier:
        return "$this"
    return f"(?{node.name} = true)" if column.type == "boolean" else f"?{node.name}"


def _compared(node: e.Expr, reader: _Reader) -> str:
    codes = _list_of((node.this, node.expression), reader)
    if codes and isinstance(node, ORDERED):
        return _spelled_out(node, codes, reader=reader)
    left, right = (_term(side, codes, reader=reader) for side in (node.this, node.expression))
    return f"{left} {COMPARE[type(node)]} {right}"


def _term(node: e.Expr, codes: str | None, *, reader: _Reader) -> str:
    """A text beside a code is a code."""
    if codes and isinstance(node, e.Literal):
        return f"<{code_iri(codes, node.name)}>"
    return _text(node, reader)


def _connected(node: e.Expr, reader: _Reader) -> str:
    return f"{_text(node.this, reader)} {COMPARE[type(node)]} {_text(node.expression, reader)}"


def _and(node: e.Expr, reader: _Reader) -> str:
    return _all(*(_text(part, reader) for part in node.flatten(unnest=False)))


def _all(*said: str) -> str:
    """All of these, said with `||`: one that is false decides, also beside one that is unknown."""
    return f"!({' || '.join(f'!({text})' for text in said)})"


def _in(node: e.Expr, reader: _Reader) -> str:
    codes = _list_of([node.this], reader)
    listed = ", ".join(_term(item, codes, reader=reader) for item in node.expressions)
    return f"{_text(node.this, reader)} IN ({listed})"


def _between(node: e.Expr, reader: _Reader) -> str:
    codes = _list_of([node.this], reader)
    if codes:
        return _spelled_out(node, codes, reader=reader)
    own, low, high = (_text(node.args[part], reader) for part in ("this", "low", "high"))
    return _all(f"{own} >= {low}", f"{own} <= {high}")


def _spelled_out(node: e.Expr, codes: str, *, reader: _Reader) -> str:
    """Ask the engine which codes of the list satisfy a comparison of one column with texts."""
    import duckdb

    names = {c.name for c in node.find_all(e.Column)}
    if len(names) != 1:
        raise BadModel("codes of two columns cannot be put in an order in SPARQL", todo="compare with texts")
    name = names.pop()
    rows = ", ".join(f"({literal(code)})" for code in reader.model.code_lists[codes].codes)
    query = f"SELECT {name} FROM (VALUES {rows}) AS codes({name}) WHERE {node.sql(dialect='duckdb')}"
    with duckdb.connect(":memory:") as con:
        kept = {row[0] for row in con.execute(query).fetchall()}
    listed = (f"<{code_iri(codes, code)}>" for code in reader.model.code_lists[codes].codes if code in kept)
    return f"?{name} IN ({', '.join(listed)})"


def _is(node: e.Expr, _: _Reader) -> str:
    if not isinstance(node.this, e.Column) or not isinstance(node.expression, e.Null):
        raise BadModel("only a column is known or unknown in SPARQL", todo="say `is null` of a column")
    return f"!BOUND(?{node.this.name})"


def _coalesce(node: e.Expr, reader: _Reader) -> str:
    codes = _list_of([node], reader)
    listed = (_term(item, codes, reader=reader) for item in (node.this, *node.expressions))
    return f"COALESCE({', '.join(listed)})"


def _case(node: e.Expr, reader: _Reader) -> str:
    """One condition: where it is unknown, SQL takes ELSE and SPARQL's IF would fail."""
    (branch,) = node.args["ifs"]
    test, then, other = (_text(n, reader) for n in (branch.this, branch.args["true"], node.args["default"]))
    return f"IF(COALESCE({test}, false), {then}, {other})"


def _cast(node: e.Expr, reader: _Reader) -> str:
    if node.args["to"].this != e.DataType.Type.INT or not isinstance(node.this, e.Substring):
        raise BadModel("only a part of a text is cast, to a whole number", todo="see predicates.py")
    place = (node.this.args[name].name for name in ("start", "length"))
    return PART.format(_text(node.this.this, reader), *place)


def _days(node: e.Expr, reader: _Reader) -> str:
    """Days between two dates: SPARQL 1.1 cannot subtract dates, so each becomes a day number first."""
    return f"({_day_number(node.this, reader)} - {_day_number(node.expression, reader)})"


def _day_number(node: e.Expr, reader: _Reader) -> str:
    """The day's number in the Gregorian calendar, in a variable. A year begins in March here."""
    value, i = _text(node, reader), len(reader.binds)
    year, month, day = (PART.format(value, *place) for place in ((1, 4), (6, 2), (9, 2)))
    days = f"365 * ?year{i} + FLOOR(?year{i} / 4) - FLOOR(?year{i} / 100) + FLOOR(?year{i} / 400)"
    days += f" + FLOOR((153 * (?month{i} + IF(?month{i} < 3, 9, -3)) + 2) / 5) + {day}"
    assigned = ((month, "month"), (f"{year} - IF(?month{i} < 3, 1, 0)", "year"), (days, "day"))
    reader.binds.extend(f"BIND({number} AS ?{name}{i})" for number, name in assigned)
    return f"?day{i}"


SAY: Mapping[type[e.Expr], Callable[[e.Expr, _Reader], str]] = {
    **dict.fromkeys((e.EQ, e.NEQ, *ORDERED), _compared),
    **dict.fromkeys((e.Or, e.Add, e.Sub, e.Mul), _connected),
    e.And: _and,
    e.Column: _column,
    e.Literal: lambda node, _: f'"{node.name}"' if node.is_string else node.name,
    e.Paren: lambda node, reader: f"({_text(node.this, reader)})",
    e.Not: lambda node, reader: f"!({_text(node.this, reader)})",
    e.Neg: lambda node, reader: f"-({_text(node.this, reader)})",
    e.Boolean: lambda node, _: "true" if node.this else "false",
    e.In: _in,
    e.Between: _between,
    e.Is: _is,
    e.Coalesce: _coalesce,
    e.Case: _case,
    e.Cast: _cast,
    e.DateDiff: _days,
    e.Year: lambda node, reader: PART.format(_text(node.this, reader), 1, 4),
    e.Month: lambda node, reader: PART.format(_text(node.this, reader), 6, 2),
}
