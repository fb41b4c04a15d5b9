"""What the page "check your file" must know of a supplier: its card and the rules, as data for scripts.

It decides what rules/rows.py and rules/sets.py decide in SQL; the browser's findings are compared with the
command line's in tests/browser.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from das_analysis.model import (
    Column,
    Kind,
    Model,
    PackageColumn,
    Part,
    RowMap,
    Rule,
    SlotMap,
    Supplier,
    SupplierTable,
    Table,
)
from das_analysis.semantic.site.javascript import DECIMALS
from das_analysis.semantic.site.sets import in_force, kept_columns, set_plans

Plan = dict[str, Any]
ISO = "%Y-%m-%d"
OF_TEXT = ("type", "code", "identity")
_DIRECTIVES = {
    **dict.fromkeys(("%d", "%m", "%H", "%M", "%S"), "([0-9]{2})"),
    **dict.fromkeys(("%-d", "%-m"), "([0-9]{1,2})"),
    "%y": "([0-9]{2})",
    "%Y": "([1-9][0-9]{3})",
    "%f": "([0-9]{1,6})",
}
_SEQUENCE = re.compile(r"/\[0-9\]\{1,[0-9]\}\$?$")  # a kind that ends in a sequence number


def supplier_plan(card: Supplier, model: Model) -> Plan:
    """Return a card as data: how to read its files, what becomes of a row, what each row and set must be."""
    delivered = {m.table for t in card.tables.values() for m in t.maps}
    return {
        "id": card.id,
        "title": {"nl": card.title.nl, "en": card.title.en},
        "period": card.period,
        "delimiter": card.delimiter,
        "blank": list(card.blank),
        "trim": card.trim,
        "most_unusable": card.max_bad_identity_share,
        "exempt": sorted(card.exempt),
        "tables": {name: _table(t, model, delivered=delivered) for name, t in card.tables.items()},
        "sets": [
            p for name in sorted(delivered) for p in set_plans(model.tables[name], model, delivered=delivered)
        ],
        "references": [
            {"table": name, "column": c.name, "parent": c.references}
            for name in sorted(delivered)
            for c in model.tables[name].columns.values()
            if c.references in delivered and not c.open
        ],
        "keys": {name: model.tables[name].key for name in sorted(delivered)},
    }


def _table(source: SupplierTable, model: Model, *, delivered: Collection[str]) -> Plan:
    return {
        "columns": {name: column.optional for name, column in source.columns.items()},
        "package": {n: _package(c, model.kinds) for n, c in source.package.items() if not c.compared},
        "maps": [_row_map(m, source, model=model, delivered=delivered) for m in source.maps],
    }


def _package(column: PackageColumn, kinds: Mapping[str, Kind]) -> Plan:
    plan: Plan = {"how": column.how, "parts": [_part(p) for p in column.parts]}
    if column.kind:
        plan["kind"] = _kind(kinds[column.kind])
    return plan


def _kind(kind: Kind) -> Plan:
    return {
        "name": kind.name,
        "check": kind.check,
        "pattern": kind.sealed_pattern,
        "sequence": bool(_SEQUENCE.search(kind.sealed_pattern)),
    }


def _part(part: Part) -> Plan:
    plan: Plan = {"column": part.column} if part.column is not None else {"text": part.text or ""}
    if part.values is not None:
        plan["values"] = dict(part.values)
    if part.date:
        plan["dates"] = date_forms(part.date)
    if part.surname:
        plan["surname"] = True
    return plan


def date_forms(formats: str) -> list[list[str]]:
    """Return for each strptime format (apart by |) a pattern with groups, and what each group is: d, m, Y."""
    return [_date_form(f) for f in formats.split("|")]


def _date_form(format_: str) -> list[str]:
    parts = re.split(r"(%-?[a-zA-Z])", format_)
    pattern = "".join(
        _DIRECTIVES[p] if p.startswith("%") else re.sub(r"([.*+?^${}()|[\]\\/])", r"\\\1", p) for p in parts
    )
    return [pattern, "".join(p[-1] for p in parts if p.startswith("%"))]


def _row_map(row_map: RowMap, source: SupplierTable, *, model: Model, delivered: Collection[str]) -> Plan:
    table = model.tables[row_map.table]
    slots = {
        name: slot
        for name, slot in row_map.slots.items()
        if not (slot.column and source.package[slot.column].compared)
    }
    row_map = replace(row_map, slots=slots)
    return {
        "table": table.name,
        "when": row_map.when_not_blank,
        "slots": [_slot(table.columns[name], slot, source=source) for name, slot in row_map.slots.items()],
        "keep": kept_columns(table, model, delivered=delivered),
        "checks": [
            c
            for r in model.rules.values()
            if r.table == table.name
            for c in _checks(r, table, row_map=row_map)
        ],
    }


def _slot(column: Column, slot: SlotMap, *, source: SupplierTable) -> Plan:
    plan: Plan = {"name": column.name, "type": column.type}
    if slot.constant is not None:
        plan["constant"] = slot.constant
    elif slot.period:
        plan["period"] = True
    else:
        plan["from"] = slot.column
        plan["sealed"] = source.package[slot.column or ""].how == "seal"
    plan |= {"strip": slot.strip_zero_decimals, "comma": slot.decimal_comma, "prefix": slot.prefix}
    if slot.values is not None:
        plan["values"] = dict(slot.values)
    if column.type == "date":
        plan["dates"] = date_forms(slot.date or ISO)
    elif column.type == "code":
        plan["codes"] = column.codes
    else:
        plan["pattern"] = column.pattern or ""
    return {name: value for name, value in plan.items() if value not in (False, "") or name == "pattern"}


def _checks(rule: Rule, table: Table, *, row_map: RowMap) -> Iterator[Plan]:
    """Whether one row of this map decides a rule, and how: the twin of rules/rows.py."""
    column, slot = table.columns[rule.column], row_map.slots.get(rule.column)
    plan: Plan = {"rule": rule.id, "column": column.name, **in_force(rule, table)}
    if rule.check == "holds":
        if not rule.reads:
            yield plan | {"is": "holds"}
    elif rule.check == "required":
        if column.required or column.name in row_map.required:
            yield plan | {"is": "required", "of": _asked(column, slot)}
    elif slot and slot.constant is None and not slot.period and rule.check in OF_TEXT:
        yield plan | {"is": "read"}
    elif slot and rule.check == "range":
        scale = 10**DECIMALS if column.type == "decimal" else 1
        low, high = (None if b is None else b * scale for b in (column.minimum, column.maximum))
        yield plan | {"is": "range", "low": low, "high": high}
    elif slot and rule.check == "dated" and table.dated_by:
        yield plan | {"is": "dated", "on": table.dated_by, "codes": column.codes}


def _asked(column: Column, slot: SlotMap | None) -> str:
    """A key that only this card requires must be usable, too: its own rule on identities is soft."""
    if slot is None:
        return "nothing"
    return "value" if column.type == "key" and not column.required else "text"
