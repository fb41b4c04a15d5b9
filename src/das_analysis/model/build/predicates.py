"""Rules written in model/rules: read, parsed, checked against the model, and put into one canonical SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sqlglot
from sqlglot import expressions as e
from sqlglot.errors import SqlglotError

from das_analysis.errors import BadModel
from das_analysis.model.codes import Text
from das_analysis.model.schema import Rule, Table

PATH = re.compile(r"'[^']*'|\b([a-z][a-z_]*)\.([a-z][a-z_]*)\b")  # a text, or column of a parent
KINDS = ("holds", "some", "no_overlap")
NEEDED = {"id", "class", "column", "severity", "title", "title_nl", "message", "message_nl", "source"}
KEYS = {*NEEDED, *KINDS, "valid_from", "valid_until", "fault"}
ALLOWED = (
    *(e.And, e.Or, e.Not, e.Paren, e.In, e.Is, e.Null, e.Between, e.EQ, e.NEQ, e.GT, e.GTE, e.LT, e.LTE),
    *(e.Add, e.Sub, e.Mul, e.Neg, e.Coalesce, e.Column, e.Identifier, e.Literal, e.Boolean, e.Anonymous),
)
OTHERWISE = "'2000-01'"  # a text that can be a month
SAMPLES = {"integer": "1", "decimal": "1::DECIMAL(18,2)", "boolean": "true", "date": "DATE '2000-01-01'"}
FUNCTIONS = {
    "days_between": "date_diff('day', {0}, {1})",
    "age_on": (
        "(year({1}) - CAST(substr({0}, 1, 4) AS INTEGER)"
        " - CASE WHEN month({1}) < CAST(substr({0}, 6, 2) AS INTEGER) THEN 1 ELSE 0 END)"
    ),
}


def read_rule(entry: Mapping[str, Any], file: str, *, tables: Mapping[str, Table]) -> Rule:
    """Read one rule. Raises BadModel for an unknown class, column, key or function, or no predicate."""
    where = f"model/rules/{file}, rule {entry.get('id')}"
    _check_keys(entry, where)
    table = next((t for t in tables.values() if t.class_name == entry["class"]), None)
    if table is None or entry["column"] not in table.columns:
        raise BadModel(
            "a rule names a class or column that is not in the model", where=where, todo="see model/"
        )
    holds, reads = (
        _predicate(entry["holds"], table, tables=tables, where=where) if "holds" in entry else (None, ())
    )
    if {"valid_from", "valid_until"} & set(entry) and not table.dated_by:
        todo = "name a slot as dated_by in model/"
        raise BadModel("a dated rule on a class whose rows have no date", where=where, todo=todo)
    return Rule(
        id=entry["id"],
        table=table.name,
        column=entry["column"],
        severity=entry["severity"],
        check=next(kind for kind in KINDS if kind in entry),
        title=Text(entry["title_nl"], entry["title"]),
        message=Text(entry["message_nl"], entry["message"]),
        source=str(entry["source"]),
        holds=holds,
        some=_child(entry, table, tables=tables, where=where),
        no_overlap=_overlap(entry, table, where=where),
        reads=reads,
        valid_from=entry.get("valid_from"),
        valid_until=entry.get("valid_until"),
    )


def _check_keys(entry: Mapping[str, Any], where: str) -> None:
    wrong = (set(entry) - KEYS) | (NEEDED - set(entry))
    if wrong or sum(kind in entry for kind in KINDS) != 1:
        what = f"a rule lacks or does not know {sorted(wrong)}, or has not exactly one of {', '.join(KINDS)}"
        raise BadModel(what, where=where, todo=f"keys are {', '.join(sorted(KEYS))}")
    if entry["severity"] not in {"hard", "soft"}:
        raise BadModel("a rule is hard or soft", where=where, todo="mend its severity")


def _child(entry: Mapping[str, Any], table: Table, *, tables: Mapping[str, Table], where: str) -> str | None:
    if "some" not in entry:
        return None
    for child in tables.values():
        referring = any(c.references == table.name for c in child.columns.values())
        if child.class_name == entry["some"] and referring:
            return child.name
    what = "a rule wants a row of a class that is not in the model, or does not refer to this one"
    raise BadModel(what, where=where, todo="see model/")


def _overlap(entry: Mapping[str, Any], table: Table, *, where: str) -> tuple[str, str, str] | None:
    if "no_overlap" not in entry:
        return None
    named = tuple(str(entry["no_overlap"].get(key)) for key in ("by", "from", "until"))
    types = [table.columns[name].type if name in table.columns else "none" for name in named]
    if types[1:] != ["date", "date"] or types[0] == "none":
        what = "no_overlap wants `by` a slot, `from` and `until` dates of the class"
        raise BadModel(what, where=where, todo="see model/")
    return named[0], named[1], named[2]


def _predicate(
    text: str, table: Table, *, tables: Mapping[str, Table], where: str
) -> tuple[str, tuple[str, ...]]:
    """Return canonical DuckDB SQL, a path `case.x` as the column `case__x`, and the references it reads."""
    try:
        tree = sqlglot.parse_one(PATH.sub(_flat, text), dialect="duckdb")
    except SqlglotError:
        raise BadModel("a predicate cannot be read", where=where, todo="see docs on rules") from None
    for node in tree.walk():
        _check_node(node, where)
    names = sorted({c.name for c in tree.find_all(e.Column)})
    found = (_resolve(name, table, tables=tables, where=where) for name in names)
    reads = tuple(sorted({reference for reference in found if reference}))
    holds = tree.transform(_expand).sql(dialect="duckdb")
    _check_types(
        holds, table, parents={r: tables[table.columns[r].references or ""] for r in reads}, where=where
    )
    return holds, reads


def _check_types(holds: str, table: Table, *, parents: Mapping[str, Table], where: str) -> None:
    """Let the engine judge the predicate on a row of the right types: a date plus a text fails here."""
    import duckdb

    own = [(c.name, c) for c in table.columns.values()]
    read = [
        (f"{r.removesuffix('_key')}__{c.name}", c) for r, p in parents.items() for c in p.columns.values()
    ]
    row = ", ".join(f'{SAMPLES.get(c.type, OTHERWISE)} AS "{name}"' for name, c in (*own, *read))
    try:
        with duckdb.connect(":memory:") as con:
            judged = con.sql(f"SELECT {holds} FROM (SELECT {row})")  # noqa: S608 - names of the model
            judged.fetchall()
            if [str(kind) for kind in judged.types] != ["BOOLEAN"]:
                raise BadModel("a predicate is neither true nor false", where=where, todo="compare something")
    except duckdb.Error as error:
        raise BadModel(f"a predicate fails: {error}", where=where, todo="compare what has one type") from None


def _flat(found: re.Match[str]) -> str:
    return f"{found[1]}__{found[2]}" if found[1] else found[0]


def _check_node(node: e.Expr, where: str) -> None:
    known = isinstance(node, ALLOWED)
    if isinstance(node, e.Anonymous):
        known = node.name.lower() in FUNCTIONS and len(node.expressions) == 2  # noqa: PLR2004 - all take two
    if not known:
        words = ", ".join(FUNCTIONS)
        raise BadModel(
            f"{type(node).__name__} is not in the language of rules",
            where=where,
            todo=f"use comparisons, and/or/not, in, between, + - *, coalesce, and with two arguments {words}",
        )


def _expand(node: e.Expr) -> e.Expr:
    if not isinstance(node, e.Anonymous):
        return node
    arguments = [a.transform(_expand).sql(dialect="duckdb") for a in node.expressions]
    return sqlglot.parse_one(FUNCTIONS[node.name.lower()].format(*arguments), dialect="duckdb")


def _resolve(name: str, table: Table, *, tables: Mapping[str, Table], where: str) -> str | None:
    """Return the reference column that a name reads through, None for the table's own column."""
    parent, _, column = name.partition("__")
    if not column:
        if name in table.columns and table.columns[name].stage != "linked":
            return None
    else:
        reference = table.columns.get(f"{parent}_key")
        parents = tables[reference.references].columns if reference and reference.references else {}
        if reference and column in parents and parents[column].stage != "linked":
            return reference.name
    what = f"{name.replace('__', '.')} is not a delivered column of {table.class_name} or of its parent"
    raise BadModel(what, where=where, todo="see model/")
