"""What is asked of a supplier's column: its texts, its codes in his own words, and what becomes of it.

A card says it backwards, from the slots of the model to the columns that fill them; here it is turned around.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Literal

from das_analysis.model import (
    Column,
    Model,
    RowMap,
    SlotMap,
    Supplier,
    SupplierTable,
    Table,
    Text,
)
from das_analysis.model.schema import FileColumn

Fate = Literal["verbatim", "seal", "generalise", "unused"]
FATES: tuple[Fate, ...] = ("verbatim", "generalise", "seal", "unused")  # the first that holds is told
YES_NO = {"true": Text("ja", "yes"), "false": Text("nee", "no")}
UNKNOWN = Text("onbekend", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A slot of the model that a column fills."""

    table: Table
    column: Column
    slot: SlotMap
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a column. `codes` are the only texts allowed, each with its meaning, or None.

    `dates` are the strptime formats that it may be written in. `kinds` are the identities made of it.
    """

    column: FileColumn
    fate: Fate
    uses: tuple[Use, ...]
    codes: Mapping[str, Text] | None
    dates: tuple[str, ...]
    kinds: tuple[str, ...]
    decimal_comma: bool
    required: bool


def asked_of(table: SupplierTable, model: Model) -> tuple[Asked, ...]:
    """Return what is asked of each column of a supplier's table, in the order of the card."""
    return tuple(_asked(column, table, model=model) for column in table.columns.values())


def rule_ids(supplier: Supplier, model: Model) -> Mapping[str, tuple[str, ...]]:
    """Return the written rules that rows of each table of a supplier must satisfy, by the table's name."""
    checks = {"holds", "some", "no_overlap", "unique"}
    written = [
        rule for rule in model.rules.values() if rule.check in checks and rule.id not in supplier.exempt
    ]
    return {
        name: tuple(rule.id for rule in written if rule.table in {m.table for m in table.maps})
        for name, table in supplier.tables.items()
    }


def _asked(column: FileColumn, table: SupplierTable, *, model: Model) -> Asked:
    packed = [p for p in table.package.values() if any(part.column == column.name for part in p.parts)]
    parts = [part for p in packed for part in p.parts if part.column == column.name]
    verbatim = {p.name for p in packed if p.how == "verbatim"}
    uses = tuple(use for map_ in table.maps for use in _uses(map_, {p.name for p in packed}, model=model))
    plain = [use for use in uses if use.slot.column in verbatim]
    dates = [*(part.date for part in parts), *(use.slot.date for use in plain)]
    values = [_meant(use, model) for use in plain] + [_parts(part.values) for part in parts if part.values]
    how = {p.how for p in packed}
    return Asked(
        column=column,
        fate=next((fate for fate in FATES if fate in how), "unused"),
        uses=uses,
        codes=_shared([found for found in values if found is not None]),
        dates=tuple(dict.fromkeys(f for text in dates if text for f in text.split("|"))),
        kinds=tuple(dict.fromkeys(p.kind for p in packed if p.kind and not p.compared)),
        decimal_comma=any(use.slot.decimal_comma for use in plain),
        required=any(use.required for use in uses),
    )


def _uses(map_: RowMap, package: set[str], *, model: Model) -> Iterator[Use]:
    """A row that is only made when some column is filled asks for nothing where that one is blank."""
    table = model.tables[map_.table]
    for slot in map_.slots.values():
        if slot.column in package:
            column = table.columns[slot.slot]
            asked = column.required or slot.slot in map_.required
            yield Use(table=table, column=column, slot=slot, required=asked and not map_.when_not_blank)


def _meant(use: Use, model: Model) -> Mapping[str, Text] | None:
    """What each allowed text means in a slot; None when the slot takes other texts than codes."""
    codes = model.code_lists[use.column.codes].codes if use.column.codes else {}
    means = {code: found.title for code, found in codes.items()} or (
        YES_NO if use.column.type == "boolean" else {}
    )
    if use.slot.values is not None:
        return {
            theirs: means.get(ours, UNKNOWN if not ours else Text(ours, ours))
            for theirs, ours in use.slot.values.items()
        }
    if not means:
        return None
    prefix = use.slot.prefix
    return {code.removeprefix(prefix): title for code, title in means.items() if code.startswith(prefix)}


def _parts(values: Mapping[str, str]) -> Mapping[str, Text]:
    return {theirs: Text(ours, ours) for theirs, ours in values.items()}


def _shared(found: list[Mapping[str, Text]]) -> Mapping[str, Text] | None:
    """Texts that all slots take, in the words of the first."""
    if not found:
        return None
    shared = reduce(lambda kept, other: kept & set(other), found, set(found[0]))
    return {text: title for text, title in found[0].items() if text in shared}
