"""Checks that one row decides, all of them in one scan over the package's text.

One fused scan: on text every column must be read and cast anyway, and with this many checks a scan per check
costs more (docs/decisions/0004-one-scan.md). The list of faults is built only for rows that have one.
"""

from __future__ import annotations

from collections.abc import Iterator

from das_analysis.lake.sql import literal, quote
from das_analysis.model import Column, Model, RowMap, Rule, SlotMap, Supplier, Table
from das_analysis.rules.cast import SQL_TYPES, given_sql, text_sql, typed_sql

PROVENANCE = "delivery_id, supplier, period, sequence, source_table, row"
OF_TEXT = ("type", "code", "identity")


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
    listed = ", ".join(f"CASE WHEN {broken} THEN {literal(rule.id)} END" for rule, broken in checks)
    any_ = " OR ".join(f"coalesce({broken}, false)" for _, broken in checks)
    return f"CASE WHEN {any_} THEN list_filter([{listed}], lambda x: x IS NOT NULL) END"


def row_checks(row_map: RowMap, model: Model) -> list[tuple[Rule, str]]:
    """Return each rule that one row of this map decides, with the SQL condition under which it is broken."""
    table = model.tables[row_map.table]
    return [
        (rule, in_force(rule, table, broken=broken))
        for rule in model.rules.values()
        if rule.table == table.name
        for broken in _broken(rule, table, row_map=row_map, model=model)
    ]


def _broken(rule: Rule, table: Table, *, row_map: RowMap, model: Model) -> Iterator[str]:
    column, slot = table.columns[rule.column], row_map.slots.get(rule.column)
    if rule.check == "holds":
        if not rule.reads:
            yield f"NOT ({rule.holds})"
    elif rule.check == "required":
        if column.required or column.name in row_map.required:
            yield _absent(column, slot)
    elif slot and slot.constant is None and not slot.period and rule.check in OF_TEXT:
        yield f"{_text(column)} IS NOT NULL AND {quote(column.name)} IS NULL"
    elif slot and rule.check == "range":
        yield _out_of_range(column)
    elif slot and rule.check == "dated" and table.dated_by:
        yield from _not_yet_or_no_longer(column, quote(table.dated_by), model=model)


def _absent(column: Column, slot: SlotMap | None) -> str:
    """A key that only this card requires must be usable, too: its own rule on identities is soft."""
    if slot is None:
        return "true"
    asked = quote(column.name) if column.type == "key" and not column.required else _text(column)
    return f"{asked} IS NULL"


def _out_of_range(column: Column) -> str:
    value = quote(column.name)
    low = f"{value} < {column.minimum}" if column.minimum is not None else "false"
    high = f"{value} > {column.maximum}" if column.maximum is not None else "false"
    return f"({low} OR {high})"


def _not_yet_or_no_longer(column: Column, moment: str, *, model: Model) -> Iterator[str]:
    """One condition for all codes that began and ended on the same days."""
    together: dict[tuple[str | None, str | None], list[str]] = {}
    for code in model.code_lists[column.codes or ""].codes.values():
        together.setdefault((code.valid_from, code.valid_until), []).append(code.code)
    for (since, until), codes in together.items():
        early = [f"{moment} < DATE {literal(since)}"] if since else []
        late = [f"{moment} > DATE {literal(until)}"] if until else []
        if early or late:
            listed = ", ".join(map(literal, codes))
            yield f"{quote(column.name)} IN ({listed}) AND ({' OR '.join(early + late)})"


def in_force(rule: Rule, table: Table, *, broken: str) -> str:
    """Limit a dated rule to rows dated within its validity, both days included."""
    moment = quote(table.dated_by or "")
    since = f" AND {moment} >= DATE {literal(rule.valid_from)}" if rule.valid_from else ""
    until = f" AND {moment} <= DATE {literal(rule.valid_until)}" if rule.valid_until else ""
    return f"({broken}){since}{until}"
