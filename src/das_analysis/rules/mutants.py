"""Small mistakes in a rule: a comparison turned, a condition dropped, a bound moved, a code lost, no check.

A proof is worth as much as the mistakes it notices: a test counts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from das_analysis.model import Column, Model, Rule

Mutant = tuple[str, Rule, Model]  # what is wrong, the wrong rule, the model it is in
Changes = Callable[[Any], Iterator[Callable[[Any], Any]]]  # a node of sqlglot -> what can be made of it
DAY = 1
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


def mutants(rule: Rule, model: Model) -> list[Mutant]:
    """Return what is wrong, the wrong rule and the model it is in, for each mistake that can be made."""
    found = [("left out", replace(rule, holds="TRUE") if rule.holds else _no_check(rule), model)]
    found += changed_predicates("predicate", rule, model=model, changes=_changes)
    found += [*_endless(rule, model), *moved_days(rule, model, by=DAY)]
    found += [(what, rule, with_column(rule, model, column=c)) for what, c in _columns(rule, model)]
    if rule.no_overlap:
        by, since, until = rule.no_overlap
        found += [("the dates", replace(rule, no_overlap=(by, since, since)), model)]
        found += [("the dates", replace(rule, no_overlap=(by, until, until)), model)]
    return found


def _no_check(rule: Rule) -> Rule:
    return replace(rule, check="none", some=None, no_overlap=None)


def changed_predicates(what: str, rule: Rule, *, model: Model, changes: Changes) -> list[Mutant]:
    """Return the rule with its predicate changed in one place, for each change of each place."""
    made = dict.fromkeys(_predicates(rule.holds, changes)) if rule.holds else {}
    return [(what, replace(rule, holds=holds), model) for holds in made if holds != rule.holds]


def _predicates(holds: str, changes: Changes) -> Iterator[str]:
    import sqlglot

    tree = sqlglot.parse_one(holds, dialect="duckdb")
    for i, node in enumerate(tree.walk()):
        for change in changes(node):
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
    elif isinstance(node, e.Literal) and is_bound(node):
        yield from (partial(plus, by=by) for by in (1, -1))


def is_bound(node: Any) -> bool:  # noqa: ANN401 - a node of sqlglot
    """Return whether a number is compared or reckoned with, not a place in a text."""
    from sqlglot import expressions as e

    return not node.is_string and isinstance(node.parent, e.GT | e.GTE | e.LT | e.LTE | e.EQ | e.NEQ | e.Mul)


def _turned(node: Any, *, to: Any) -> Any:  # noqa: ANN401 - a node of sqlglot, and a kind of node
    return to(this=node.this.copy(), expression=node.expression.copy())


def plus(node: Any, *, by: int) -> Any:  # noqa: ANN401 - a node of sqlglot
    """Return a number as one that is more."""
    return type(node).number(int(node.this) + by)


def _without(node: Any, *, j: int) -> Any:  # noqa: ANN401 - a node of sqlglot
    from sqlglot import expressions as e

    copy = node.copy()
    left = [item for k, item in enumerate(copy.expressions) if k != j]
    copy.set("expressions", left)
    return copy if left else e.false()


def _endless(rule: Rule, model: Model) -> Iterator[Mutant]:
    """A rule or code without the day from which, or until which, it holds."""
    for name in ("valid_from", "valid_until"):
        if getattr(rule, name):
            yield "validity", replace(rule, **{name: None}), model  # type: ignore[arg-type]  # two days
    for since, until in _periods(rule, model):
        yield "a code", rule, _with_period(rule, model, old=(since, until), new=(None, None))


def moved_days(rule: Rule, model: Model, *, by: int) -> Iterator[Mutant]:
    """Yield the rule with a day from which or until which it, or a code of its list, holds moved by days."""
    for days in (by, -by):
        for name in ("valid_from", "valid_until"):
            if getattr(rule, name):
                moved = _next(getattr(rule, name), days)
                yield "validity", replace(rule, **{name: moved}), model  # type: ignore[arg-type]  # two days
        for since, until in _periods(rule, model):
            for new in ((_next(since, days), until), (since, _next(until, days))):
                if new != (since, until):
                    yield "a code", rule, _with_period(rule, model, old=(since, until), new=new)


def _next(day: str | None, days: int) -> str | None:
    return day and (date.fromisoformat(day) + timedelta(days=days)).isoformat()


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


def with_column(rule: Rule, model: Model, *, column: Column) -> Model:
    """Return the model with another column in the table of a rule."""
    table = model.tables[rule.table]
    changed = replace(table, columns={**table.columns, column.name: column})
    return replace(model, tables={**model.tables, rule.table: changed})


Period = tuple[str | None, str | None]


def _periods(rule: Rule, model: Model) -> set[Period]:
    """The periods that codes of a dated rule hold, each once."""
    codes = model.tables[rule.table].columns[rule.column].codes if rule.check == "dated" else None
    listed = model.code_lists[codes].codes.values() if codes else ()
    return {(c.valid_from, c.valid_until) for c in listed} - {(None, None)}


def _with_period(rule: Rule, model: Model, *, old: Period, new: Period) -> Model:
    """The model in which all codes of one period have another."""
    named = model.code_lists[model.tables[rule.table].columns[rule.column].codes or ""]
    codes = {
        key: replace(code, valid_from=new[0], valid_until=new[1])
        if (code.valid_from, code.valid_until) == old
        else code
        for key, code in named.codes.items()
    }
    return replace(model, code_lists={**model.code_lists, named.name: replace(named, codes=codes)})
