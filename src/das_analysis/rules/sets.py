"""Checks that need more than one row: unique, reference, predicates that read a parent, some, no_overlap.

Every query reads the tables of typed rows, one a table of the model, and returns the place of each row at
fault and its rule_id. A place is (delivery_id, source_table, row) where `validate` made the tables, else row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from das_analysis.lake.sql import literal, quote
from das_analysis.model import Model, Rule, Table
from das_analysis.rules.conditions import in_force
from das_analysis.rules.rows import sql_type

# What the build makes of the age on a day: two numbers out of a parent's month, dear for each child.
_PART = re.compile(r"CAST\(SUBSTRING\((\w+?)__\w+, \d+, \d+\) AS INT\)")


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

    def number(self, *by: str) -> str:
        """SQL for a number that rows with the same values of columns in the same book share."""
        return f"hash({self.window(*by)})"

    def same(self, one: str, other: str) -> str:
        """SQL that is true of two rows of one book."""
        return "".join(f"{one}.{column} = {other}.{column} AND " for column in self.within)


DELIVERIES = Book(within=("delivery_id",), order=("source_table", "row"))
ONE_BOOK = Book(within=(), order=("row",))
MANY_BOOKS = Book(within=("book",), order=("row",))


def set_checks(
    table: Table,
    model: Model,
    *,
    delivered: Collection[str],
    rules: Iterable[Rule] | None = None,
    book: Book = DELIVERIES,
    shared: Mapping[tuple[str, ...], str] | None = None,
) -> Iterator[str]:
    """Yield SQL queries for the rules of a table (or some of them) that need more rows than one.

    `delivered` are the tables that this supplier delivers: a reference to one of them resolves within the
    delivery. Rules that look at the same parents share a join. `shared`: SQL for the numbers that more rows
    than one have of some columns, as `Book.number` makes them, where they are known by now; one too many does
    no harm.
    """
    twice = shared or {}
    joined: dict[tuple[str, ...], list[Rule]] = {}
    for rule in model.rules.values() if rules is None else rules:
        if rule.table != table.name:
            continue
        if rule.check == "unique":
            yield " UNION ".join(
                _unique(rule, table, columns=c, book=book, often=twice.get(c)) for c in table.unique
            )
        elif rule.some in delivered:
            yield _some(rule, table, model=model, book=book)
        elif rule.no_overlap:
            yield _no_overlap(rule, table, named=rule.no_overlap, book=book)
        looked_at = (rule.column,) if rule.check == "reference" else rule.reads
        known = tuple(name for name in looked_at if table.columns[name].references in delivered)
        if known:
            joined.setdefault(known, []).append(rule)
    for known, some in joined.items():
        yield _with_parents(some, table, model=model, known=known, book=book)


def _unique(rule: Rule, table: Table, *, columns: tuple[str, ...], book: Book, often: str | None) -> str:
    """The first row of a key stays; each later one is at fault. Rows without the whole key are left alone.

    Rows are told apart by a number first, and only those with the same number by their keys.
    """
    known = " AND ".join(f"{quote(c)} IS NOT NULL" for c in columns)
    window = f"PARTITION BY {book.window(*columns)} ORDER BY {', '.join(book.order)}"
    number = book.number(*columns)
    twice = often or f"SELECT {number} FROM {quote(table.name)} WHERE {known} GROUP BY 1 HAVING count(*) > 1"
    return f"""SELECT {book.of(rule)} FROM {quote(table.name)} WHERE {known} AND {number} IN ({twice})
        QUALIFY row_number() OVER ({window}) > 1"""


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


def _with_parents(
    rules: Collection[Rule], table: Table, *, model: Model, known: Collection[str], book: Book
) -> str:
    """A parent that another supplier delivers is unknown here: its columns are NULL, and say nothing.

    Parts of a condition that read a parent's text alone are worked out once a parent, before the join.
    """
    joins, columns = [], []
    broken = {rule.id: _broken_by_parent(rule, table, model=model) for rule in rules}
    parts = {found[0]: found[1] for sql in broken.values() for found in _PART.finditer(sql)}
    for i, reference in enumerate(dict.fromkeys((*known, *(r for rule in rules for r in rule.reads)))):
        parent = model.tables[table.columns[reference].references or ""]
        alias = reference.removesuffix("_key")
        there = [c for c in parent.columns.values() if c.stage != "linked"]
        if reference not in known:
            columns += [f"NULL::{sql_type(c)} AS {quote(f'{alias}__{c.name}')}" for c in there]
            continue
        once = {part: part.replace(f"{alias}__", "") for part, of in parts.items() if of == alias}
        made = "".join(f", TRY_{sql} AS {quote(part)}" for part, sql in once.items())
        joins.append(
            f"LEFT JOIN (SELECT *{made} FROM {quote(parent.name)}) AS p{i} ON {book.same(f'p{i}', 'child')}"
            f"p{i}.{quote(parent.key or '')} = child.{quote(reference)}"
        )
        columns += [f"p{i}.{quote(c.name)} AS {quote(f'{alias}__{c.name}')}" for c in there]
        columns += [f"p{i}.{quote(part)}" for part in once]
        broken = {rule: _with_columns(sql, once) for rule, sql in broken.items()}
    listed = ", ".join(
        f"CASE WHEN {condition} THEN {literal(rule)} END" for rule, condition in broken.items()
    )
    any_ = " OR ".join(f"({condition})" for condition in broken.values())
    joined = f"SELECT child.*, {', '.join(columns)} FROM {quote(table.name)} AS child {' '.join(joins)}"
    found = f"SELECT {book.found}, unnest([{listed}]) AS rule_id FROM ({joined}) WHERE {any_}"
    return f"SELECT DISTINCT {book.found}, rule_id FROM ({found}) WHERE rule_id IS NOT NULL"


def _with_columns(sql: str, parts: Collection[str]) -> str:
    return _PART.sub(lambda found: quote(found[0]) if found[0] in parts else found[0], sql)


def _broken_by_parent(rule: Rule, table: Table, *, model: Model) -> str:
    if rule.check != "reference":
        return in_force(rule, table, broken=f"NOT ({rule.holds})")
    parent = model.tables[table.columns[rule.column].references or ""]
    there = quote(f"{rule.column.removesuffix('_key')}__{parent.key}")
    return f"{quote(rule.column)} IS NOT NULL AND {there} IS NULL"


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
