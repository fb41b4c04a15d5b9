"""Checks that one row decides, all of them in one scan over the package's text.

One fused scan: on text every column must be read and cast anyway, and with this many checks a scan per check
costs more (docs/decisions/0004-one-scan.md). The list of faults is built only for rows that have one.
"""

from __future__ import annotations

from das_analysis.lake.sql import literal, quote
from das_analysis.model import Column, Model, RowMap, Rule, SlotMap, Supplier
from das_analysis.rules.cast import SQL_TYPES, given_sql, text_sql, typed_sql
from das_analysis.rules.conditions import Cell, broken

PROVENANCE = "delivery_id, supplier, period, sequence, source_table, row"


def stage_sql(row_map: RowMap, supplier: Supplier, *, model: Model) -> str:
    """Return SQL that turns the view `raw` into typed rows of one table with `faults`: rule ids, or NULL.

    `raw` has the package's columns (text, named by `package_column`), those of PROVENANCE, `period_start`.
    """
    table = model.tables[row_map.table]
    slots = [(table.columns[s], m) for s, m in row_map.slots.items()]
    texts = ", ".join(f"{text_sql(m, supplier)} AS {_text(c)}" for c, m in slots)
    values = ", ".join(f"{typed_sql(c, m, text=_text(c), model=model)} AS {quote(c.name)}" for c, m in slots)
    delivered = [c for c in table.columns.values() if c.stage != "linked"]
    absent = [c for c in delivered if c.name not in row_map.slots]
    blanks = "".join(f", NULL::{sql_type(c)} AS {quote(c.name)}" for c in absent)
    columns = ", ".join(quote(c.name) for c in delivered)
    wanted = row_map.when_not_blank
    when = f"WHERE {given_sql(wanted, supplier)} IS NOT NULL" if wanted else ""
    return f"""
        SELECT {PROVENANCE}, {columns}, {_faults(row_checks(row_map, model))} AS faults
        FROM (SELECT *, {values}{blanks} FROM (SELECT {PROVENANCE}, period_start, {texts} FROM raw {when}))"""


def sql_type(column: Column) -> str:
    """Return the SQL type of a column's values."""
    return SQL_TYPES.get(column.type, "VARCHAR")


def _text(column: Column) -> str:
    return quote(f"text of {column.name}")


def _faults(checks: list[tuple[Rule, str]]) -> str:
    if not checks:
        return "NULL::VARCHAR[]"
    listed = ", ".join(f"CASE WHEN {condition} THEN {literal(rule.id)} END" for rule, condition in checks)
    any_ = " OR ".join(f"coalesce({condition}, false)" for _, condition in checks)
    return f"CASE WHEN {any_} THEN list_filter([{listed}], lambda x: x IS NOT NULL) END"


def row_checks(row_map: RowMap, model: Model) -> list[tuple[Rule, str]]:
    """Return each rule that one row of this map decides, with the SQL condition under which it is broken."""
    table = model.tables[row_map.table]
    cells = {name: _cell(table.columns[name], slot) for name, slot in row_map.slots.items()}
    required = {c.name for c in table.columns.values() if c.required} | set(row_map.required)
    return [
        (rule, condition)
        for rule in model.rules.values()
        if rule.table == table.name
        for condition in broken(rule, table, cells=cells, required=required, model=model)
    ]


def _cell(column: Column, slot: SlotMap) -> Cell:
    given, value = _text(column), quote(column.name)
    filled_in = slot.constant is not None or slot.period is not None
    return Cell(
        given=given, value=value, ill=None if filled_in else f"{given} IS NOT NULL AND {value} IS NULL"
    )
