"""Checks that need more than one row: unique, reference, predicates that read a parent, some, no_overlap.

Every query reads the tables of typed rows that `validate` made, one a table of the model, and returns
(delivery_id, source_table, row, rule_id) of the rows at fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from das_analysis.lake.sql import literal, quote
from das_analysis.model import Column, Model, Rule, Table
from das_analysis.rules.rows import in_force, sql_type

WHERE_FOUND = "delivery_id, source_table, row"


def set_checks(table: Table, model: Model, *, delivered: Collection[str]) -> Iterator[str]:
    """Yield one SQL query for each rule of a table that needs more than one row.

    `delivered` are the tables that this supplier delivers: a reference to one of them resolves within the
    delivery.
    """
    for rule in model.rules.values():
        if rule.table == table.name:
            query = _query(rule, table, model=model, delivered=delivered)
            if query:
                yield query


def _query(rule: Rule, table: Table, *, model: Model, delivered: Collection[str]) -> str | None:
    if rule.check == "unique":
        return " UNION ALL ".join(_unique(rule, table, columns=columns) for columns in table.unique)
    if rule.check == "reference":
        column = table.columns[rule.column]
        return _missing(rule, table, column=column, model=model) if column.references in delivered else None
    if rule.check == "holds" and rule.reads:
        known = [r for r in rule.reads if table.columns[r].references in delivered]
        return _with_parents(rule, table, model=model, known=known) if known else None
    if rule.check == "some":
        return _some(rule, table, model=model) if rule.some in delivered else None
    return _no_overlap(rule, table) if rule.no_overlap else None


def _unique(rule: Rule, table: Table, *, columns: tuple[str, ...]) -> str:
    """The first row of a key stays; each later one is at fault. Rows without the whole key are left alone."""
    key = ", ".join(map(quote, columns))
    known = " AND ".join(f"{quote(c)} IS NOT NULL" for c in columns)
    return f"""SELECT {WHERE_FOUND}, {literal(rule.id)} AS rule_id FROM {quote(table.name)} WHERE {known}
        QUALIFY row_number() OVER (PARTITION BY delivery_id, {key} ORDER BY source_table, row) > 1"""


def _missing(rule: Rule, table: Table, *, column: Column, model: Model) -> str:
    parent = model.tables[column.references or ""]
    key, reference = quote(parent.key or ""), quote(column.name)
    return f"""SELECT {WHERE_FOUND}, {literal(rule.id)} AS rule_id FROM {quote(table.name)} AS child
        WHERE {reference} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {quote(parent.name)} AS parent
            WHERE parent.delivery_id = child.delivery_id AND parent.{key} = child.{reference})"""


def held_references(table: Table, model: Model, *, delivered: Collection[str]) -> Iterator[str]:
    """Yield a query a reference: rows whose parent is in the delivery, but only in rows that are `held`."""
    for column in table.columns.values():
        if column.references in delivered and not column.open:
            parent = model.tables[column.references or ""]
            key = quote(parent.key or "")
            rule = f"{table.name}.{column.name}.reference"
            yield f"""SELECT child.delivery_id, child.source_table, child.row, {literal(rule)} AS rule_id
                FROM {quote(table.name)} AS child
                JOIN (SELECT parent.delivery_id, parent.{key} AS key FROM {quote(parent.name)} AS parent
                      LEFT JOIN held USING ({WHERE_FOUND}) WHERE parent.{key} IS NOT NULL
                      GROUP BY ALL HAVING bool_and(held.rule_id IS NOT NULL)) AS gone
                  ON gone.delivery_id = child.delivery_id AND gone.key = child.{quote(column.name)}"""


def _with_parents(rule: Rule, table: Table, *, model: Model, known: Collection[str]) -> str:
    """A parent that another supplier delivers is unknown here: its columns are NULL, and say nothing."""
    joins, columns = [], []
    for i, reference in enumerate(rule.reads):
        parent = model.tables[table.columns[reference].references or ""]
        alias = reference.removesuffix("_key")
        there = [c for c in parent.columns.values() if c.stage != "linked"]
        if reference not in known:
            columns += [f"NULL::{sql_type(c)} AS {quote(f'{alias}__{c.name}')}" for c in there]
            continue
        joins.append(
            f"LEFT JOIN {quote(parent.name)} AS p{i} ON p{i}.delivery_id = child.delivery_id"
            f" AND p{i}.{quote(parent.key or '')} = child.{quote(reference)}"
        )
        columns += [f"p{i}.{quote(c.name)} AS {quote(f'{alias}__{c.name}')}" for c in there]
    broken = in_force(rule, table, broken=f"NOT ({rule.holds})")
    joined = f"SELECT child.*, {', '.join(columns)} FROM {quote(table.name)} AS child {' '.join(joins)}"
    return f"SELECT DISTINCT {WHERE_FOUND}, {literal(rule.id)} AS rule_id FROM ({joined}) WHERE {broken}"


def _some(rule: Rule, table: Table, *, model: Model) -> str:
    child = model.tables[rule.some or ""]
    reference = next(c.name for c in child.columns.values() if c.references == table.name)
    none = f"""NOT EXISTS (SELECT 1 FROM {quote(child.name)} AS child
        WHERE child.delivery_id = parent.delivery_id
        AND child.{quote(reference)} = parent.{quote(table.key or "")})"""
    return f"""SELECT {WHERE_FOUND}, {literal(rule.id)} AS rule_id FROM {quote(table.name)} AS parent
        WHERE {in_force(rule, table, broken=none)}"""


def _no_overlap(rule: Rule, table: Table) -> str:
    """A spell may begin on the day the one before it ended; one without an end overlaps all later ones."""
    by, since, until = map(quote, rule.no_overlap or ())
    window = f"""PARTITION BY delivery_id, {by} ORDER BY {since}, source_table, row
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"""
    overlaps = f"{since} < max(coalesce({until}, DATE '9999-12-31')) OVER ({window})"
    return f"""SELECT {WHERE_FOUND}, {literal(rule.id)} AS rule_id FROM {quote(table.name)}
        WHERE {by} IS NOT NULL AND {since} IS NOT NULL QUALIFY {in_force(rule, table, broken=overlaps)}"""
