"""Checks that need more than one row: unique, reference, predicates that read a parent, some, no_overlap.

Every query reads the tables of typed rows, one a table of the model, and returns the place of each row at
fault and its rule_id. A place is (delivery_id, source_table, row) where `validate` made the tables, else row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from das_analysis.lake.sql import literal, quote
from das_analysis.model import Column, Model, Rule, Table
from das_analysis.rules.conditions import in_force
from das_analysis.rules.rows import sql_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What a table's rows are told apart by: `within` bounds a closed book, `order` runs inside it."""

    within: tuple[str, ...]
    order: tuple[str, ...]

    @property
    def found(self) -> str:
        """SQL for the place of a row."""
        return ", ".join((*self.within, *self.order))

    def of(self, rule: Rule) -> str:
        """SQL for what a query returns of a row that breaks a rule."""
        return f"{self.found}, {literal(rule.id)} AS rule_id"

    def window(self, *by: str) -> str:
        """SQL for the rows with the same values of columns in the same book."""
        return ", ".join((*self.within, *map(quote, by)))

    def same(self, one: str, other: str) -> str:
        """SQL that is true of two rows of one book."""
        return "".join(f"{one}.{column} = {other}.{column} AND " for column in self.within)


DELIVERIES = Book(within=("delivery_id",), order=("source_table", "row"))
ONE_BOOK = Book(within=(), order=("row",))
MANY_BOOKS = Book(within=("book",), order=("row",))


def set_checks(
    table: Table, model: Model, *, delivered: Collection[str], book: Book = DELIVERIES
) -> Iterator[tuple[Rule, str]]:
    """Yield each rule of a table that needs more than one row, with the query that finds its faults.

    `delivered` are the tables that this supplier delivers: a reference to one of them resolves within the
    delivery.
    """
    for rule in model.rules.values():
        if rule.table == table.name:
            query = _query(rule, table, model=model, delivered=delivered, book=book)
            if query:
                yield rule, query


def _query(rule: Rule, table: Table, *, model: Model, delivered: Collection[str], book: Book) -> str | None:

    if rule.check == "unique":
        return " UNION ".join(_unique(rule, table, columns=columns, book=book) for columns in table.unique)
    if rule.check == "reference":
        column = table.columns[rule.column]
        there = column.references in delivered
        return _missing(rule, table, column=column, model=model, book=book) if there else None
    if rule.check == "holds" and rule.reads:
        known = [r for r in rule.reads if table.columns[r].references in delivered]
        return _with_parents(rule, table, model=model, known=known, book=book) if known else None
    if rule.check == "some":
        return _some(rule, table, model=model, book=book) if rule.some in delivered else None
    return _no_overlap(rule, table, named=rule.no_overlap, book=book) if rule.no_overlap else None


def _unique(rule: Rule, table: Table, *, columns: tuple[str, ...], book: Book) -> str:
    """The first row of a key stays; each later one is at fault. Rows without the whole key are left alone."""
    known = " AND ".join(f"{quote(c)} IS NOT NULL" for c in columns)
    window = f"PARTITION BY {book.window(*columns)} ORDER BY {', '.join(book.order)}"
    return f"""SELECT {book.of(rule)} FROM {quote(table.name)} WHERE {known}
        QUALIFY row_number() OVER ({window}) > 1"""


def _missing(rule: Rule, table: Table, *, column: Column, model: Model, book: Book) -> str:
    parent = model.tables[column.references or ""]
    key, reference = quote(parent.key or ""), quote(column.name)
    return f"""SELECT {book.of(rule)} FROM {quote(table.name)} AS child
        WHERE {reference} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {quote(parent.name)} AS parent
            WHERE {book.same("parent", "child")}parent.{key} = child.{reference})"""


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
                      LEFT JOIN held USING ({DELIVERIES.found}) WHERE parent.{key} IS NOT NULL
                      GROUP BY ALL HAVING bool_and(held.rule_id IS NOT NULL)) AS gone
                  ON gone.delivery_id = child.delivery_id AND gone.key = child.{quote(column.name)}"""


def _with_parents(rule: Rule, table: Table, *, model: Model, known: Collection[str], book: Book) -> str:
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
            f"LEFT JOIN {quote(parent.name)} AS p{i} ON {book.same(f'p{i}', 'child')}"
            f"p{i}.{quote(parent.key or '')} = child.{quote(reference)}"
        )
        columns += [f"p{i}.{quote(c.name)} AS {quote(f'{alias}__{c.name}')}" for c in there]
    broken = in_force(rule, table, broken=f"NOT ({rule.holds})")
    joined = f"SELECT child.*, {', '.join(columns)} FROM {quote(table.name)} AS child {' '.join(joins)}"
    return f"SELECT DISTINCT {book.of(rule)} FROM ({joined}) WHERE {broken}"


def _some(rule: Rule, table: Table, *, model: Model, book: Book) -> str:
    """A row without a usable key is at fault for that; what belongs to it cannot be known."""
    child = model.tables[rule.some or ""]
    reference = next(c.name for c in child.columns.values() if c.references == table.name)
    none = f"""NOT EXISTS (SELECT 1 FROM {quote(child.name)} AS child
        WHERE {book.same("child", "parent")}child.{quote(reference)} = parent.{quote(table.key or "")})"""
    return f"""SELECT {book.of(rule)} FROM {quote(table.name)} AS parent
        WHERE {quote(table.key or "")} IS NOT NULL AND {in_force(rule, table, broken=none)}"""


def _no_overlap(rule: Rule, table: Table, *, named: tuple[str, str, str], book: Book) -> str:
    """A spell may begin on the day the one before it ended; one without an end overlaps all later ones."""
    by, since, until = map(quote, named)
    window = f"""PARTITION BY {book.window(named[0])} ORDER BY {since}, {", ".join(book.order)}
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"""
    overlaps = f"{since} < max(coalesce({until}, DATE '9999-12-31')) OVER ({window})"
    return f"""SELECT {book.of(rule)} FROM {quote(table.name)}
        WHERE {by} IS NOT NULL AND {since} IS NOT NULL QUALIFY {in_force(rule, table, broken=overlaps)}"""
