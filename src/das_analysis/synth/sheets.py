"""One file of one delivery while faults are planted in it: rows of the truth beside the text of the file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.model.schema import Model, RowMap, Supplier, SupplierTable, Table
from das_analysis.synth.frame import Array
from das_analysis.synth.layout import lay_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One row with a fault, and the rule that must find it. `also`: rules that cannot but find it, too."""

    row: int
    kind: str
    rule: str
    column: str
    also: tuple[str, ...] = ()
    is_collateral: bool = False


@dataclass(slots=True, kw_only=True)
class Sheet:
    """A file in the making. `record` numbers the record of each row: one fault a record at most."""

    supplier: Supplier
    source: SupplierTable
    table: Table
    rows: pa.Table
    record: Array
    text: pa.Table
    planted: list[Planted] = field(default_factory=list)
    _changes: dict[str, dict[int, str | None]] = field(default_factory=lambda: defaultdict(dict))
    _appended: list[pa.Table] = field(default_factory=list)

    @property
    def map(self) -> RowMap:
        """How a row of the file becomes a row of the model."""
        return self.source.maps[0]

    @property
    def size(self) -> int:
        """Rows, those at the end included."""
        return int(self.rows.num_rows + sum(part.num_rows for part in self._appended))

    def write(self, column: str, rows: Iterable[int], *, texts: Iterable[str | None]) -> None:
        """Put other texts into one column of the file."""
        self._changes[column].update(zip(rows, texts, strict=True))

    def rewrite(self, rows: Array, changed: pa.Table, *, model: Model) -> None:
        """Write rows anew, with some of their values changed."""
        texts = lay_out(changed, self.source, supplier=self.supplier, kinds=model.kinds)
        for name in texts.column_names:
            before = self.text[name].take(pa.array(rows)).to_pylist()
            for row, old, new in zip(rows.tolist(), before, texts[name].to_pylist(), strict=True):
                if old != new:
                    self._changes[name][row] = new

    def append(self, texts: pa.Table) -> list[int]:
        """Put rows at the end of the file; returns their numbers, counted from zero."""
        first = self.size
        self._appended.append(texts)
        return list(range(first, first + texts.num_rows))

    def finished(self) -> pa.Table:
        """The text of the whole file."""
        table = self.text
        for name, changes in self._changes.items():
            rows = np.array(sorted(changes), dtype=np.int64)
            mask = np.zeros(table.num_rows, dtype=bool)
            mask[rows] = True
            new = pa.array([changes[row] for row in rows.tolist()], pa.string())
            values = pc.replace_with_mask(table[name].combine_chunks(), pa.array(mask), new)
            table = table.set_column(table.column_names.index(name), name, values)
        return pa.concat_tables([table, *self._appended]) if self._appended else table


def file_columns(sheet: Sheet) -> Mapping[str, list[str]]:
    """For each column of the file the slots that are made out of it and can be at fault."""
    users: dict[str, list[str]] = defaultdict(list)
    for slot in sheet.map.slots.values():
        package = sheet.source.package.get(slot.column or "")
        for part in package.parts if package and not package.compared else ():
            if part.column:
                users[part.column].append(slot.slot)
    return users
