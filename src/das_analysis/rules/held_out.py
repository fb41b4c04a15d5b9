"""Mistakes of other kinds than those of mutants.py: no example is chosen by them, so they show its worth.

A column taken for another of its type, a code for another, a number further off, a period a month longer,
what is unknown taken for wrong, an end of a pattern lost, a part of a key, another parent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from das_analysis.model import Column, Model, Rule, Table
from das_analysis.rules.mutants import (
    Changes,
    Mutant,
    changed_predicates,
    is_bound,
    moved_days,
    plus,
    with_column,
)

MONTH = 31
STEPS = (7, -7)
Named = Mapping[str, tuple[Table, Column]]  # what a predicate calls a column -> the column and its table


def held_out(rule: Rule, model: Model) -> list[Mutant]:
    """Return what is wrong, the wrong rule and the model it is in, for each of these mistakes."""
    named = _named(rule, model)
    kinds: dict[str, Changes] = {
        "another column": partial(_columns, named=named),
        "another code": partial(_codes, named=named, model=model, draw=Random(rule.id)),  # noqa: S311 - the same each time
        "another number": _numbers,
        "a list or range": _lists,
    }
    found = [m for what, c in kinds.items() for m in changed_predicates(what, rule, model=model, changes=c)]
    if rule.holds:
        found.append(("the unknown", replace(rule, holds=f"COALESCE({rule.holds}, FALSE)"), model))
    found += [("a month", wrong, changed) for _, wrong, changed in moved_days(rule, model, by=MONTH)]
    found += [("a column", rule, with_column(rule, model, column=c)) for c in _of_column(rule, model)]
    return [*found, *_of_rows(rule, model)]


def _named(rule: Rule, model: Model) -> Named:
    own = model.tables[rule.table]
    named = {name: (own, column) for name, column in own.columns.items()}
    for reference in rule.reads:
        parent = model.tables[own.columns[reference].references or ""]
        alias = reference.removesuffix("_key")
        named |= {f"{alias}__{name}": (parent, column) for name, column in parent.columns.items()}
    return named


def _alike(table: Table, column: Column) -> list[Column]:
    """The other columns of a table that hold the same kind of value."""
    same = ("type", "codes", "kind", "references", "unit")
    others = (c for c in table.columns.values() if c.name != column.name and c.stage != "linked")
    return [c for c in others if all(getattr(c, n) == getattr(column, n) for n in same)]


def _columns(node: Any, *, named: Named) -> Iterator[Callable[[Any], Any]]:  # noqa: ANN401 - a node of sqlglot
    from sqlglot import expressions as e

    if isinstance(node, e.Column):
        alias, dots, _ = node.name.rpartition("__")
        for other in _alike(*named[node.name]):
            yield partial(_is, what=e.column(f"{alias}{dots}{other.name}"))


def _is(_: Any, *, what: Any) -> Any:  # noqa: ANN401 - nodes of sqlglot
    return what.copy()


def _codes(node: Any, *, named: Named, model: Model, draw: Random) -> Iterator[Callable[[Any], Any]]:  # noqa: ANN401 - a node of sqlglot
    """One code more in a list of them; another one for a code that is compared."""
    from sqlglot import expressions as e

    if isinstance(node, e.In | e.EQ | e.NEQ) and isinstance(node.this, e.Column):
        _, column = named[node.this.name]
        known = model.code_lists[column.codes].codes if column.codes else {}
        texts = [text.name for text in node.find_all(e.Literal)]
        others = [code for code in known if code not in texts]
        if texts and others:
            code = e.Literal.string(draw.choice(others))
            more = [*node.expressions, code] if isinstance(node, e.In) else code
            yield partial(_with, part="expressions" if isinstance(node, e.In) else "expression", what=more)


def _with(node: Any, *, part: str, what: Any) -> Any:  # noqa: ANN401 - nodes of sqlglot
    copy = node.copy()
    copy.set(part, what)
    return copy


def _numbers(node: Any) -> Iterator[Callable[[Any], Any]]:  # noqa: ANN401 - a node of sqlglot
    from sqlglot import expressions as e

    if isinstance(node, e.Literal) and (is_bound(node) or _is_end(node)):
        yield from (partial(plus, by=by) for by in STEPS)


def _is_end(node: Any) -> bool:  # noqa: ANN401 - a node of sqlglot
    from sqlglot import expressions as e

    return not node.is_string and isinstance(node.parent, e.Between)


def _lists(node: Any) -> Iterator[Callable[[Any], Any]]:  # noqa: ANN401 - a node of sqlglot
    """A list or range of what is refused for one of what is allowed."""
    from sqlglot import expressions as e

    if isinstance(node, e.In | e.Between):
        yield lambda n: e.Not(this=n.copy())
    if isinstance(node, e.Between):
        yield lambda n: e.GTE(this=n.this.copy(), expression=n.args["low"].copy())
        yield lambda n: e.LTE(this=n.this.copy(), expression=n.args["high"].copy())


def _of_column(rule: Rule, model: Model) -> Iterator[Column]:
    """A bound further off, a pattern that does not ask how a text begins or ends, another parent."""
    column = model.tables[rule.table].columns[rule.column]
    if rule.check == "range":
        for name in ("minimum", "maximum"):
            if getattr(column, name) is not None:
                yield from (replace(column, **{name: getattr(column, name) + by}) for by in STEPS)
    elif rule.check in {"type", "identity"} and column.type in {"text", "key", "month", "moment"}:
        pattern = column.pattern or ""
        yield replace(column, pattern=f"(?s)^.*{pattern.removeprefix('^')}")
        yield replace(column, pattern=f"(?s){pattern.removesuffix('$')}.*$")
    elif rule.check == "reference":
        keyed = (t for t in model.tables.values() if t.key and t.columns[t.key].stage != "linked")
        others = [t for t in keyed if t.name != column.references]
        yield from (replace(column, references=t.name) for t in others[:3])


def _of_rows(rule: Rule, model: Model) -> Iterator[Mutant]:
    """A key without one of its columns; spells of another owner; another column that must be filled."""
    table = model.tables[rule.table]
    if rule.check == "unique":
        for key in (key for key in table.unique if len(key) > 1):
            for name in key:
                fewer = tuple(tuple(n for n in k if k != key or n != name) for k in table.unique)
                changed = replace(table, unique=fewer)
                yield "a key", rule, replace(model, tables={**model.tables, table.name: changed})
    if rule.no_overlap:
        by, since, until = rule.no_overlap
        for other in _alike(table, table.columns[by]):
            yield "an owner", replace(rule, no_overlap=(other.name, since, until)), model
    if rule.check in {"required", "range", "code", "dated"}:
        for other in _alike(table, table.columns[rule.column]):
            yield "another column", replace(rule, column=other.name), model
