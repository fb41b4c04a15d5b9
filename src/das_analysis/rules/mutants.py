"""Small mistakes in a rule: a comparison turned, a condition dropped, a bound moved, a code lost, no check.

A proof is worth as much as the mistakes it notices: a test counts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from das_analysis.model import Code, Column, Model, Rule

TURNED = {
    "GT": ("GTE", "LT"),
    "GTE": ("GT", "LT"),
    "LT": ("LTE", "GT"),
    "LTE": ("LT", "GT"),
    "EQ": ("NEQ",),
    "NEQ": ("EQ",),
    "And": ("Or",),
    "Or": ("And",),
    "Add": ("Sub",),
    "Sub": ("Add",),
}


def mutants(rule: Rule, model: Model) -> list[tuple[str, Rule, Model]]:
    """Return what is wrong, the wrong rule and the model it is in, for each mistake that can be made."""
    found = [("left out", replace(rule, holds="TRUE") if rule.holds else _no_check(rule), model)]
    if rule.holds:
        made = dict.fromkeys(_predicates(rule.holds))
        found += [("predicate", replace(rule, holds=holds), model) for holds in made if holds != rule.holds]
    found += [("validity", changed, model) for changed in _validity(rule)]
    found += [(what, rule, _with_column(rule, model, column=c)) for what, c in _columns(rule, model)]
    found += [("a code", rule, changed) for changed in _codes(rule, model)]
    if rule.no_overlap:
        by, since, until = rule.no_overlap
        found += [("the dates", replace(rule, no_overlap=(by, since, since)), model)]
        found += [("the dates", replace(rule, no_overlap=(by, until, until)), model)]
    return found


def _no_check(rule: Rule) -> Rule:
    return replace(rule, check="none", some=None, no_overlap=None)


def _predicates(holds: str) -> Iterator[str]:
    """Each predicate that differs in one place."""
    import sqlglot

    tree = sqlglot.parse_one(holds, dialect="duckdb")
    for i, node in enumerate(tree.walk()):
        for change in _changes(node):
            copy = tree.copy()
            target = list(copy.walk())[i]
            new = change(target)
            if target is copy:
                yield new.sql(dialect="duckdb")
            else:
                target.replace(new)
                yield copy.sql(dialect="duckdb")


def _changes(node: Any) -> Iterator[Callable[[Any], Any]]:  # noqa: ANN401 - a node of sqlglot
    from sqlglot import expressions as e

    for name in TURNED.get(type(node).__name__, ()):
        yield partial(_turned, to=getattr(e, name))
    if isinstance(node, e.And | e.Or | e.Coalesce):
        yield lambda n: n.this.copy()
        yield lambda n: (n.expressions[-1] if n.expressions else n.expression).copy()
    elif isinstance(node, e.In):
        yield from (partial(_without, j=j) for j in range(len(node.expressions)))
    elif isinstance(node, e.Is | e.Boolean):
        yield lambda n: e.Not(this=n.copy())
    elif isinstance(node, e.Not):
        yield lambda n: n.this.copy()
    elif isinstance(node, e.Literal) and _is_bound(node):
        yield from (partial(_plus, by=by) for by in (1, -1))


def _is_bound(node: Any) -> bool:  # noqa: ANN401 - a node of sqlglot
    """Whether a number is compared or reckoned with, not a place in a text."""
    from sqlglot import expressions as e

    return not node.is_string and isinstance(node.parent, e.GT | e.GTE | e.LT | e.LTE | e.EQ | e.NEQ | e.Mul)


def _turned(node: Any, *, to: Any) -> Any:  # noqa: ANN401 - a node of sqlglot, and a kind of node
    return to(this=node.this.copy(), expression=node.expression.copy())


def _plus(node: Any, *, by: int) -> Any:  # noqa: ANN401 - a node of sqlglot
    return type(node).number(int(node.this) + by)


def _without(node: Any, *, j: int) -> Any:  # noqa: ANN401 - a node of sqlglot
    from sqlglot import expressions as e

    copy = node.copy()
    left = [item for k, item in enumerate(copy.expressions) if k != j]
    copy.set("expressions", left)
    return copy if left else e.false()


def _validity(rule: Rule) -> Iterator[Rule]:
    if rule.valid_from:
        yield replace(rule, valid_from=None)
        yield replace(rule, valid_from=_next(rule.valid_from, 1))
        yield replace(rule, valid_from=_next(rule.valid_from, -1))
    if rule.valid_until:
        yield replace(rule, valid_until=None)
        yield replace(rule, valid_until=_next(rule.valid_until, 1))
        yield replace(rule, valid_until=_next(rule.valid_until, -1))


def _next(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _columns(rule: Rule, model: Model) -> Iterator[tuple[str, Column]]:
    """The bounds of a range moved or lost; a pattern that lets everything through."""
    column = model.tables[rule.table].columns[rule.column]
    if rule.check == "range":
        for name in ("minimum", "maximum"):
            bound = getattr(column, name)
            if bound is not None:
                for moved in (bound - 1, bound + 1, None):
                    yield f"the {name}", replace(column, **{name: moved})  # type: ignore[arg-type]  # one of two numbers
    elif rule.check in {"type", "identity"} and column.type not in {"date", "boolean"}:
        yield "the pattern", replace(column, pattern="(?s)^.*$")


def _with_column(rule: Rule, model: Model, *, column: Column) -> Model:
    table = model.tables[rule.table]
    changed = replace(table, columns={**table.columns, column.name: column})
    return replace(model, tables={**model.tables, rule.table: changed})


def _codes(rule: Rule, model: Model) -> Iterator[Model]:
    """The days between which a code is valid lost or moved, for each period that codes have."""
    column = model.tables[rule.table].columns[rule.column]
    if rule.check != "dated":
        return
    named = model.code_lists[column.codes or ""]
    for since, until in {(c.valid_from, c.valid_until) for c in named.codes.values()} - {(None, None)}:
        for new in _periods(since, until):
            codes = {
                key: replace(code, valid_from=new[0], valid_until=new[1])
                if (code.valid_from, code.valid_until) == (since, until)
                else code
                for key, code in named.codes.items()
            }
            yield _with_codes(model, named.name, codes=codes)


def _periods(since: str | None, until: str | None) -> Iterator[tuple[str | None, str | None]]:
    yield None, None
    if since:
        yield _next(since, 1), until
        yield _next(since, -1), until
    if until:
        yield since, _next(until, 1)
        yield since, _next(until, -1)


def _with_codes(model: Model, name: str, *, codes: Mapping[str, Code]) -> Model:
    changed = replace(model.code_lists[name], codes=codes)
    return replace(model, code_lists={**model.code_lists, name: changed})
