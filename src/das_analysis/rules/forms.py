"""The form of the queries over typed rows: which checks share a scan, and which need none.

Each scan reads the columns of its checks and no others. A condition is written so that the engine can prove
it from the statistics of a Parquet file; on a column that is stored as a dictionary a pattern judges each
distinct value once. See docs/decisions/0006-narrow-scans.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from das_analysis.lake.sql import literal, quote
from das_analysis.model import Model, Rule, Table
from das_analysis.rules.conditions import OF_CELL, Cell, broken
from das_analysis.rules.sets import set_checks
from das_analysis.rules.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A rule that one row decides: the condition under which it is broken, and the columns that it reads."""

    rule: str
    condition: str
    columns: frozenset[str]


def cell_scans(
    source: Source, model: Model, *, required: Collection[str], ill: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Yield queries for what is missing and what is no value, over the rows as they were given.

    `ill`: where the ill values of some columns stand, when that is known by now.
    """
    known = ill or {}
    cells = {n: replace(cell, ill=known.get(n, cell.ill)) for n, cell in source.cells(model).items()}
    rules = [r for r in rules_of(source, model) if _of_cell(r)]
    checks = _checks(rules, source.table, cells=cells, required=required, model=model)
    numbered = f"(SELECT {source.row} AS row, * FROM {source.relation})"
    yield from narrow(checks, relation=numbered, found=source.book.found)


def row_scans(source: Source, model: Model) -> Iterator[str]:
    """Yield queries for the rules of one row, over the values."""
    values = {name: Cell(given=quote(name), value=quote(name), ill=None) for name in source.types}
    rules = [r for r in rules_of(source, model) if not _of_cell(r)]
    checks = _checks(rules, source.table, cells=values, required=(), model=model)
    yield from narrow(checks, relation=quote(source.table.name), found=source.book.found)


def set_scans(
    source: Source,
    model: Model,
    *,
    sources: Mapping[str, Source],
    shared: Mapping[tuple[str, ...], str] | None = None,
) -> Iterator[str]:
    """Yield queries for the rules that need more rows than one; `shared` as in `set_checks`."""
    rules = rules_of(source, model)
    yield from set_checks(
        source.table, model, delivered=sources, rules=rules, book=source.book, shared=shared
    )


def rules_of(source: Source, model: Model) -> list[Rule]:
    """Return the table's rules, without those that read a column which went when persons were linked."""
    gone = set(source.table.columns) - {c.name for c in source.columns}
    rules = (r for r in model.rules.values() if r.table == source.table.name)
    return [rule for rule in rules if not gone & _read(rule, source.table)]


def _read(rule: Rule, table: Table) -> frozenset[str]:
    """The columns of its own table that a rule reads, with the one that says whether it is in force."""
    words = set(re.findall(r"\w+", rule.holds)) if rule.holds else {rule.column, *(rule.no_overlap or ())}
    dated = rule.check == "dated" or rule.valid_from or rule.valid_until
    moment = {table.dated_by} if dated and table.dated_by else set()
    return frozenset((words | moment | set(rule.reads)) & set(table.columns))


def read_further(table: Table, model: Model) -> frozenset[str]:
    """Return the columns that rules read after the cells are judged, the table's own and its children's."""
    own = [_read(r, table) for r in model.rules.values() if r.table == table.name and not _of_cell(r)]
    theirs = [
        re.findall(rf"\b{reference.removesuffix('_key')}__(\w+)", rule.holds or "")
        for rule in model.rules.values()
        for reference in rule.reads
        if model.tables[rule.table].columns[reference].references == table.name
    ]
    keys = (table.key or "", *(c.name for c in table.columns.values() if c.references))
    return frozenset().union(keys, *own, *theirs, *table.unique)


def _of_cell(rule: Rule) -> bool:
    return rule.check == "required" or rule.check in OF_CELL


def _checks(
    rules: Iterable[Rule],
    table: Table,
    *,
    cells: Mapping[str, Cell],
    required: Collection[str],
    model: Model,
) -> Iterator[Check]:
    for rule in rules:
        conditions = list(broken(rule, table, cells=cells, required=required, model=model))
        if any(c != "(false)" for c in conditions):
            yield Check(rule=rule.id, condition=" OR ".join(conditions), columns=_read(rule, table))


def narrow(checks: Iterable[Check], *, relation: str, found: str) -> Iterator[str]:
    """Yield one query for each set of checks that read the same columns, directly or through one another."""
    groups: list[tuple[frozenset[str], list[Check]]] = []
    for check in checks:
        columns, together = check.columns, [check]
        for group in [g for g in groups if g[0] & columns]:
            groups.remove(group)
            columns, together = columns | group[0], group[1] + together
        groups.append((columns, together))
    yield from (fused(together, relation=relation, found=found) for _, together in groups)


def fused(checks: Collection[Check], *, relation: str, found: str) -> str:
    """Return one query for several checks: it looks which rules a row breaks only where it breaks one."""
    if len(checks) == 1:
        (check,) = checks
        return f"SELECT {found}, {literal(check.rule)} AS rule_id FROM {relation} WHERE {check.condition}"
    listed = ", ".join(f"CASE WHEN {c.condition} THEN {literal(c.rule)} END" for c in checks)
    any_ = " OR ".join(f"({c.condition})" for c in checks)
    broken_by = f"SELECT {found}, unnest([{listed}]) AS rule_id FROM {relation} WHERE {any_}"
    return f"SELECT {found}, rule_id FROM ({broken_by}) WHERE rule_id IS NOT NULL"
