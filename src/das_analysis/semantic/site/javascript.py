"""A rule's predicate as JavaScript: the language of model/rules, with SQL's three-valued logic.

Dates are day numbers, decimals whole hundredths: every sum and comparison is exact. `r` is the row, `p0`,
`p1`, ... are the parents that the rule reads, in the order of `Rule.reads`; what is unknown is null.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

import sqlglot
from sqlglot import expressions as e

from das_analysis.errors import BadModel
from das_analysis.model import Model, Rule

Sort = Literal["number", "text", "date", "truth"]
SORTS: dict[str, Sort] = {"integer": "number", "decimal": "number", "boolean": "truth", "date": "date"}
DECIMALS = 2
_EPOCH = date(1970, 1, 1)
_COMPARISONS: dict[type[e.Expr], str] = {
    e.EQ: "eq",
    e.NEQ: "ne",
    e.LT: "lt",
    e.LTE: "le",
    e.GT: "gt",
    e.GTE: "ge",
}
_SUMS: dict[type[e.Expr], str] = {e.Add: "add", e.Sub: "sub"}
_LOGIC: dict[type[e.Expr], str] = {e.And: "and", e.Or: "or"}


@dataclass(frozen=True, slots=True)
class Script:
    """An expression of JavaScript, what its values are, and how many decimals a number holds."""

    text: str
    sort: Sort
    scale: int = 0


def day_number(iso: str) -> int:
    """Return the days from 1970-01-01 to a date written as year-month-day."""
    return (date.fromisoformat(iso) - _EPOCH).days


@cache
def parsed(holds: str) -> e.Expr:
    """Return a predicate as a tree; do not change it."""
    return sqlglot.parse_one(holds, dialect="duckdb")


def predicate(rule: Rule, model: Model) -> str:
    """Return the function of JavaScript that says whether a row holds to a rule: true, false or null.

    Raises BadModel for a construct that is not compiled; the language of rules has none such.
    """
    tree = parsed(rule.holds or "")
    parents = "".join(f", p{i}" for i, _ in enumerate(rule.reads))
    return f"(r{parents}) => {_Compiler(rule, model).script(tree).text}"


class _Compiler:
    def __init__(self, rule: Rule, model: Model) -> None:
        self.rule, self.model = rule, model
        self.forms: dict[type[e.Expr], Callable[[e.Expr], Script]] = {
            e.Paren: lambda node: self.script(node.this),
            e.Column: self._column,
            e.Literal: _literal,
            e.Boolean: lambda node: Script("true" if node.this else "false", "truth"),
            e.Null: lambda _: Script("null", "text"),
            e.Not: lambda node: Script(f"not({self._text(node.this)})", "truth"),
            e.Is: lambda node: Script(
                f"({self._text(node.this)} === {self._text(node.expression)})", "truth"
            ),
            e.In: self._in,
            e.Between: self._between,
            e.Coalesce: self._coalesce,
            e.Case: self._case,
            e.Mul: self._product,
            e.Neg: lambda node: self._product(e.Mul(this=node.this, expression=e.Literal.number(-1))),
            e.Year: lambda node: Script(f"year({self._text(node.this)})", "number"),
            e.Month: lambda node: Script(f"month({self._text(node.this)})", "number"),
            e.DateDiff: self._days,
            e.Cast: lambda node: Script(f"whole({self._text(node.this)})", "number"),
            e.Substring: self._substring,
        }

    def script(self, node: e.Expr) -> Script:
        """Return a node of the predicate as JavaScript."""
        kind = type(node)
        if kind in _LOGIC:
            return Script(f"{_LOGIC[kind]}({self._text(node.this)}, {self._text(node.expression)})", "truth")
        if kind in _COMPARISONS:
            left, right = self._alike(node.this, node.expression)
            return Script(f"{_COMPARISONS[kind]}({left.text}, {right.text})", "truth")
        if kind in _SUMS:
            left, right = self._alike(node.this, node.expression)
            return Script(f"{_SUMS[kind]}({left.text}, {right.text})", "number", left.scale)
        if kind in self.forms:
            return self.forms[kind](node)
        todo = "add it to semantic/site/javascript.py"
        raise BadModel(f"{kind.__name__} has no JavaScript", where=f"rule {self.rule.id}", todo=todo)

    def _text(self, node: e.Expr) -> str:
        return self.script(node).text

    def _alike(self, *nodes: e.Expr) -> list[Script]:
        """Numbers with as many decimals as the finest of them; texts beside dates become dates."""
        scripts = [self.script(node) for node in nodes]
        if any(s.sort == "date" for s in scripts):
            return [_as_date(s) for s in scripts]
        scale = max(s.scale for s in scripts)
        return [_at_scale(s, scale) for s in scripts]

    def _column(self, node: e.Expr) -> Script:
        alias, _, inner = node.name.partition("__")
        table = self.model.tables[self.rule.table]
        owner, name = "r", node.name
        if inner:
            reference = f"{alias}_key"
            owner, name = f"p{self.rule.reads.index(reference)}", inner
            table = self.model.tables[table.columns[reference].references or ""]
        kind = table.columns[name].type
        return Script(
            f"({owner}.{name} ?? null)", SORTS.get(kind, "text"), DECIMALS if kind == "decimal" else 0
        )

    def _in(self, node: e.Expr) -> Script:
        subject, *listed = self._alike(node.this, *node.expressions)
        return Script(f"isin({subject.text}, [{', '.join(s.text for s in listed)}])", "truth")

    def _between(self, node: e.Expr) -> Script:
        value, low, high = self._alike(node.this, node.args["low"], node.args["high"])
        return Script(f"and(ge({value.text}, {low.text}), le({value.text}, {high.text}))", "truth")

    def _coalesce(self, node: e.Expr) -> Script:
        scripts = self._alike(node.this, *node.expressions)
        return Script(f"({' ?? '.join(s.text for s in scripts)})", scripts[0].sort, scripts[0].scale)

    def _case(self, node: e.Expr) -> Script:
        (branch,) = node.args["ifs"]
        then, otherwise = self._alike(branch.args["true"], node.args["default"])
        chosen = f"({self._text(branch.this)} === true ? {then.text} : {otherwise.text})"
        return Script(chosen, then.sort, then.scale)

    def _product(self, node: e.Expr) -> Script:
        left, right = self.script(node.this), self.script(node.expression)
        return Script(f"mul({left.text}, {right.text})", "number", left.scale + right.scale)

    def _days(self, node: e.Expr) -> Script:
        return Script(f"sub({self._text(node.this)}, {self._text(node.expression)})", "number")

    def _substring(self, node: e.Expr) -> Script:
        start, length = self._text(node.args["start"]), self._text(node.args["length"])
        return Script(f"part({self._text(node.this)}, {start}, {length})", "text")


def _literal(node: e.Expr) -> Script:
    if node.is_string:
        return Script(json.dumps(node.this), "text")
    whole, _, decimals = str(node.this).partition(".")
    return Script(str(int(whole + decimals)), "number", len(decimals))


def _as_date(script: Script) -> Script:
    if script.sort == "text" and script.text != "null":
        return Script(str(day_number(json.loads(script.text))), "date")
    return script


def _at_scale(script: Script, scale: int) -> Script:
    missing = scale - script.scale
    if script.sort != "number" or not missing:
        return script
    return Script(f"mul({script.text}, {10**missing})", "number", scale)
