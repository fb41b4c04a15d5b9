"""Plants faults in the files of one delivery, each in a record of its own; notes which rule must find it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.model.schema import Model
from das_analysis.synth.calibration import read_data
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import Array
from das_analysis.synth.implied import TextFault, new_key, parents_of, text_faults, words_of_rules
from das_analysis.synth.layout import lay_out
from das_analysis.synth.sheets import Planted, Sheet

if TYPE_CHECKING:
    import duckdb

NO_CASE = "'99' || lpad((900000 - n)::varchar, 6, '0') || '01'"
SHARE = 0.002  # of the rows of a file
ALONE = {  # only persons with one row: another row of theirs would overlap a spoilt one
    "detention_spell": """register_key in
        (select register_key from detention_spell group by 1 having count(*) = 1)"""
}


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a kind of fault fits: a condition on the truth, with a parent as p."""

    where: str
    join: str | None = None


@dataclass(slots=True)
class Garden:
    """One delivery: its files, an engine over their truth, and which records have a fault already."""

    model: Model
    sheets: Mapping[str, Sheet]
    engine: duckdb.DuckDBPyConnection
    draw: Draw
    used: Array
    watched: frozenset[str]
    issued: int = 0

    def fitting(self, sheet: Sheet, wishes: Sequence[Wish]) -> list[Array]:
        """For each fault the rows of the file that it fits, by number; one query for each parent."""
        found: dict[Wish, Array] = {}
        name, alone = f'"{sheet.table.name}"', ALONE.get(sheet.table.name, "true")
        for join in dict.fromkeys(wish.join for wish in wishes):
            mine = [wish for wish in dict.fromkeys(wishes) if wish.join == join]
            listed = ", ".join(
                f"coalesce(({wish.where}) AND {alone}, false) AS w{i}" for i, wish in enumerate(mine)
            )
            query = f"SELECT {listed} FROM {self.source(sheet, join)} ORDER BY {name}.row_number"  # noqa: S608 - conditions of this package
            columns = self.engine.sql(query).to_arrow_table().columns
            found |= {
                wish: np.flatnonzero(column.to_numpy()) for wish, column in zip(mine, columns, strict=True)
            }
        return [found[wish] for wish in wishes]

    def pick(self, sheet: Sheet, rows: Array, *, kinds: int) -> Array:
        """As many of these rows as a kind of fault gets, none of a record that has one; now they are used."""
        rows = rows[~self.used[sheet.record[rows]]]
        _, first = np.unique(sheet.record[rows], return_index=True)
        rows = rows[np.sort(first)]
        wanted = max(1, round(SHARE * sheet.rows.num_rows / kinds))
        chosen = np.sort(rows[self.draw.order(len(rows))[:wanted]])
        self.used[sheet.record[chosen]] = True
        return chosen

    def source(self, sheet: Sheet, join: str | None) -> str:
        """SQL for the rows of a file, with a parent as p."""
        name = f'"{sheet.table.name}"'
        if join is None:
            return name
        column = next(c.name for c in sheet.table.columns.values() if c.references == join)
        return f'{name} LEFT JOIN "{join}" p ON p.{self.model.tables[join].key} = {name}.{column}'

    def changed(self, sheet: Sheet, rows: Array, *, values: Mapping[str, str], join: str | None) -> pa.Table:
        """The truth of some rows with new values, each given in SQL.

        There `n` counts the rows, `new_key` is the number of no case, `clean` holds records without a fault.
        """
        self._show_clean(values)
        self.engine.register(
            "picked", pa.table({"row_number": rows, "n": np.arange(len(rows)) + self.issued})
        )
        self.issued += len(rows)
        name = f'"{sheet.table.name}"'
        listed = ", ".join(
            f"({sql.replace('new_key', NO_CASE)}) AS {column}" for column, sql in values.items()
        )
        joined = f"{self.source(sheet, join)} JOIN picked ON picked.row_number = {name}.row_number"
        query = f"SELECT {listed} FROM {joined} ORDER BY picked.row_number"  # noqa: S608 - faults of this package
        new = self.engine.sql(query).to_arrow_table()
        table = sheet.rows.take(pa.array(rows))
        for column in new.column_names:
            at = table.column_names.index(column)
            kind = table.schema.field(column).type
            plain_kind = kind.value_type if pa.types.is_dictionary(kind) else kind
            table = table.set_column(at, column, new[column].cast(plain_kind))
            self._reserve(table[column])
        return table

    def _show_clean(self, values: Mapping[str, str]) -> None:
        root = next(iter(self.sheets.values()))
        if any("clean" in sql for sql in values.values()):
            self.engine.register("clean", root.rows.take(pa.array(np.flatnonzero(~self.used[root.record]))))

    def _reserve(self, keys: pa.ChunkedArray) -> None:
        """Records that a changed row now refers to stay without a fault."""
        root = next(iter(self.sheets.values()))
        key = root.table.key or ""
        if pa.types.is_string(keys.type):
            rows = pc.drop_null(pc.index_in(keys, value_set=root.rows[key])).to_numpy()
            self.used[root.record[rows]] = True


@cache
def row_faults() -> tuple[dict[str, Any], ...]:
    """The faults of `faults.yaml`."""
    return tuple(read_data("faults.yaml"))


def plant(
    model: Model, sheets: Mapping[str, Sheet], *, draw: Draw, engine: duckdb.DuckDBPyConnection
) -> None:
    """Plant every fault that fits these files, at least one of each kind where there is a row for it."""
    for name, sheet in sheets.items():
        numbered = sheet.rows.append_column("row_number", pa.array(np.arange(sheet.rows.num_rows)))
        engine.register(name, numbered)
    records = 1 + max(int(sheet.record.max(initial=-1)) for sheet in sheets.values())
    used, watched = np.zeros(records, dtype=bool), words_of_rules(set(sheets), model)
    garden = Garden(model=model, sheets=sheets, engine=engine, draw=draw, used=used, watched=watched)
    for sheet in sheets.values():
        _plant_in(garden, sheet)
    add_collateral(garden)
    for name in sheets:
        engine.unregister(name)


def _plant_in(garden: Garden, sheet: Sheet) -> None:
    specific = [
        f for f in row_faults() if f["table"] == sheet.table.name and _applies(garden, sheet, fault=f)
    ]
    implied = list(text_faults(sheet, garden.watched))
    dangling = parents_of(sheet, set(garden.sheets))
    wishes = [Wish(f["where"], f.get("join")) for f in specific] + [Wish(f.where) for f in implied]
    wishes += [Wish(f"{column.name} is not null") for column, _ in dangling] + [Wish("true")]
    rows = iter(garden.fitting(sheet, wishes))
    kinds = len(wishes)
    for fault in specific:
        _plant_row_fault(garden, sheet, fault=fault, rows=garden.pick(sheet, next(rows), kinds=kinds))
    for text_fault in implied:
        _plant_text(sheet, text_fault, rows=garden.pick(sheet, next(rows), kinds=kinds))
    for column, parent in dangling:
        _plant_dangling(
            garden, sheet, column=column.name, parent=parent, rows=garden.pick(sheet, next(rows), kinds=kinds)
        )
    _plant_twice(sheet, garden.pick(sheet, next(rows), kinds=kinds))


def _applies(garden: Garden, sheet: Sheet, *, fault: Mapping[str, Any]) -> bool:
    """Whether this supplier delivers the parent that the fault looks at, and all that it changes."""
    joined = fault.get("join")
    mapped = set(sheet.map.slots) | {"birth_on", "surname"}
    return (
        (joined is None or joined in garden.sheets)
        and set(fault["set"]) <= mapped
        and fault["rule"] in garden.model.rules
    )


def _plant_row_fault(garden: Garden, sheet: Sheet, *, fault: Mapping[str, Any], rows: Array) -> None:
    rule, join = fault["rule"], fault.get("join")
    if not len(rows):
        return
    changed = garden.changed(sheet, rows, values=fault["set"], join=join)
    column = garden.model.rules[rule].column
    if fault.get("append"):
        texts = lay_out(changed, sheet.source, supplier=sheet.supplier, kinds=garden.model.kinds)
        at = sheet.append(texts)
    else:
        sheet.rewrite(rows, changed, model=garden.model)
        at = rows.tolist()
    sheet.planted += [Planted(row=row, kind=rule, rule=rule, column=column) for row in at]


def _plant_text(sheet: Sheet, fault: TextFault, *, rows: Array) -> None:
    if fault.last_digit_only:
        numbers = sheet.text[fault.column].take(pa.array(rows)).to_pylist()
        texts = [text[:-1] + str((int(text[-1]) + 1) % 10) for text in numbers]
    else:
        texts = [fault.text] * len(rows)
    sheet.write(fault.column, rows.tolist(), texts=texts)
    sheet.planted += [
        Planted(row=row, kind=fault.kind, rule=fault.rule, column=fault.slot, also=fault.also)
        for row in rows.tolist()
    ]


def _plant_dangling(garden: Garden, sheet: Sheet, *, column: str, parent: str, rows: Array) -> None:
    """Append rows whose parent is not in the delivery; their own number is new as well."""
    kind = garden.model.tables[parent].columns[garden.model.tables[parent].key or ""].kind or ""
    if not len(rows) or new_key(kind, 1) is None:
        return
    table = sheet.rows.take(pa.array(rows))
    keys = [new_key(kind, garden.issued + i) or "" for i in range(len(rows))]
    garden.issued += len(rows)
    own = sheet.table.key or ""
    renamed = [
        _with_parent(old, before, new=key)
        for old, before, key in zip(table[own].to_pylist(), table[column].to_pylist(), keys, strict=True)
    ]
    for name, values in ((column, keys), (own, renamed)):
        table = table.set_column(table.column_names.index(name), name, pa.array(values, pa.string()))
    texts = lay_out(table, sheet.source, supplier=sheet.supplier, kinds=garden.model.kinds)
    rule = f"{sheet.table.name}.{column}.reference"
    at = sheet.append(texts)
    sheet.planted += [Planted(row=row, kind="dangling reference", rule=rule, column=column) for row in at]


def _with_parent(own: str, parent: str, *, new: str) -> str:
    """The row's own number under its new parent; if not made out of the parent's, one beyond the others."""
    if own.startswith(f"{parent}/"):
        return new + own[len(parent) :]
    return own.rsplit("/", 1)[0] + "/" + str(900 + len(own) % 7) if "/" in own else own


def _plant_twice(sheet: Sheet, rows: Array) -> None:
    at = sheet.append(sheet.text.take(pa.array(rows)))
    rule, column = f"{sheet.table.name}.unique", sheet.table.unique[0][0]
    sheet.planted += [Planted(row=row, kind="row twice", rule=rule, column=column) for row in at]


def add_collateral(garden: Garden) -> None:
    """Write down the clean rows that are held back because their parent is."""
    held = {name: _held(garden, sheet) for name, sheet in garden.sheets.items()}
    grown = True
    while grown:
        grown = False
        for name, sheet in garden.sheets.items():
            for column, parent in parents_of(sheet, set(garden.sheets)):
                gone = (
                    garden.sheets[parent]
                    .rows[garden.model.tables[parent].key or ""]
                    .take(pa.array(np.flatnonzero(held[parent])))
                )
                orphans = pc.is_in(sheet.rows[column.name], value_set=gone).to_numpy() & ~held[name]
                rule = f"{name}.{column.name}.reference"
                for row in np.flatnonzero(orphans).tolist():
                    sheet.planted.append(
                        Planted(
                            row=row,
                            kind="parent held back",
                            rule=rule,
                            column=column.name,
                            is_collateral=True,
                        )
                    )
                held[name] |= orphans
                grown |= bool(orphans.any())


def _held(garden: Garden, sheet: Sheet) -> Array:
    """A mask over the rows of the truth: those with a fault of a hard rule."""
    held = np.zeros(sheet.rows.num_rows, dtype=bool)
    for fault in sheet.planted:
        rules = (fault.rule, *fault.also)
        hard = any(
            rule in garden.model.rules and garden.model.rules[rule].severity == "hard" for rule in rules
        )
        if hard and fault.row < len(held):
            held[fault.row] = True
    return held
