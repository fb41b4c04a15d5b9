"""Checks that need more than one row, as data for the page "check your file": the twin of rules/sets.py."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlglot import expressions as e

from das_analysis.model import Model, Rule, Table
from das_analysis.semantic.site.javascript import day_number, parsed

Plan = dict[str, Any]


def set_plans(table: Table, model: Model, *, delivered: Collection[str]) -> Iterator[Plan]:
    """Yield what each rule of a table compares: rows with rows, with parents, with children."""
    for rule in model.rules.values():
        if rule.table == table.name:
            for plan in _plans(rule, table, model=model, delivered=delivered):
                yield {"rule": rule.id, "table": table.name, **in_force(rule, table), **plan}


def in_force(rule: Rule, table: Table) -> Plan:
    """Return the days between which a dated rule holds, as day numbers, and the column that dates a row."""
    if not rule.valid_from and not rule.valid_until:
        return {}
    days = {"since": rule.valid_from, "until": rule.valid_until}
    return {"dated_by": table.dated_by, **{k: day_number(v) if v else None for k, v in days.items()}}


def _plans(rule: Rule, table: Table, *, model: Model, delivered: Collection[str]) -> Iterator[Plan]:
    if rule.check == "unique":
        for columns in table.unique:
            yield {"is": "unique", "columns": list(columns)}
    elif rule.check == "reference":
        parent = table.columns[rule.column].references
        if parent in delivered:
            yield {"is": "reference", "column": rule.column, "parent": parent}
    elif rule.check == "holds":
        yield from _with_parents(rule, table, delivered=delivered)
    elif rule.some in delivered:
        child = model.tables[rule.some or ""]
        reference = next(c.name for c in child.columns.values() if c.references == table.name)
        yield {"is": "some", "child": child.name, "column": reference}
    elif rule.no_overlap:
        by, start, end = rule.no_overlap
        yield {"is": "apart", "by": by, "start": start, "end": end}


def _with_parents(rule: Rule, table: Table, *, delivered: Collection[str]) -> Iterator[Plan]:
    """A parent that another supplier delivers is unknown here."""
    parents = {name: table.columns[name].references for name in rule.reads}
    joins = [[name, parent if parent in delivered else None] for name, parent in parents.items()]
    if any(parent for _, parent in joins):
        yield {"is": "parents", "joins": joins}


def kept_columns(table: Table, model: Model, *, delivered: Collection[str]) -> list[str]:
    """Return the columns of a row that a check of sets may still ask for; the others are let go."""
    kept = {table.key, table.dated_by} | {c.name for c in table.columns.values() if c.references in delivered}
    kept |= {name for columns in table.unique for name in columns}
    for rule in model.rules.values():
        if rule.table == table.name:
            kept |= set(rule.no_overlap or ())
        if rule.reads:
            kept |= set(_read_of(rule, table, model=model))
    return sorted(name for name in kept if name)


def _read_of(rule: Rule, table: Table, *, model: Model) -> Iterator[str]:
    """Which columns of a table the predicate of a rule reads, as a row of its own or as a parent."""
    own = model.tables[rule.table]
    aliases = {r.removesuffix("_key") for r in rule.reads if own.columns[r].references == table.name}
    for column in parsed(rule.holds or "").find_all(e.Column):
        alias, _, inner = column.name.partition("__")
        if inner and alias in aliases:
            yield inner
        elif not inner and own.name == table.name:
            yield column.name
