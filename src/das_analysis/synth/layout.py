"""Writes rows of the model in a supplier's own layout: its card, read backwards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.errors import BadModel
from das_analysis.model.schema import Kind, PackageColumn, Part, SlotMap, Supplier, SupplierTable
from das_analysis.synth.frame import Array, day

TEXT = pa.string()
FIRST_DAY, LAST_DAY = day(1900), day(2080)
SEPARATORS = re.compile(r"PP(.)NNNNNN(.)JJ")


def lay_out(
    rows: pa.Table, table: SupplierTable, *, supplier: Supplier, kinds: Mapping[str, Kind]
) -> pa.Table:
    """Return the rows as the supplier's file holds them: every column of the card, all text, blank is null.

    Raises BadModel when the card has a column that no slot fills, or maps to no text a code that occurs.
    """
    filled: dict[str, pa.Array] = {}
    for slot, column in _slots(table):
        if column.how == "verbatim" and slot.slot in rows.column_names:
            filled.setdefault(column.parts[0].column or "", plain(rows[slot.slot], slot, where=table.name))
    sealed = sorted(
        ((s, c) for s, c in _slots(table) if c.how == "seal"), key=lambda pair: len(pair[1].parts)
    )
    for slot, column in sealed:
        if {p.column for p in column.parts if p.column} - set(filled):
            for name, texts in _unsealed(rows, slot, column=column, table=table, kinds=kinds).items():
                filled.setdefault(name, texts)
    missing = [name for name in table.columns if name not in filled]
    if missing:
        where = f"model/partners/{supplier.id}.yaml, table {table.name}: {', '.join(missing)}"
        raise BadModel(
            "no slot tells what stands in a column",
            where=where,
            todo="map the column, or take it off the card",
        )
    return pa.table({name: filled[name] for name in table.columns})


def _slots(table: SupplierTable) -> list[tuple[SlotMap, PackageColumn]]:
    """Slots with their package columns; what is only compared is made of columns that others fill."""
    used = [(s, table.package[s.column]) for m in table.maps for s in m.slots.values() if s.column]
    return [(slot, column) for slot, column in used if not column.compared]


def plain(values: pa.ChunkedArray, slot: SlotMap, *, where: str) -> pa.Array:
    """Return values as the supplier writes them: own codes, own dates, comma for point, no prefix."""
    values = values.combine_chunks()
    if pa.types.is_date(values.type):
        return date_texts(values, (slot.date or "%Y-%m-%d").split("|")[0])
    if pa.types.is_floating(values.type):
        return decimal_texts(values, comma=slot.decimal_comma)
    if pa.types.is_boolean(values.type):
        values = pc.if_else(values, pa.scalar("true"), pa.scalar("false"))
    elif pa.types.is_integer(values.type):
        values = values.cast(TEXT)
    coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    theirs = [_theirs(text, slot) for text in coded.dictionary.to_pylist()]
    return _decoded(pa.array(theirs, TEXT), coded.indices, where=f"{where}, {slot.slot}")


def _decoded(texts: pa.Array, positions: pa.Array, *, where: str) -> pa.Array:
    found = texts.take(positions)
    if found.null_count != positions.null_count:
        raise BadModel("the card has no text for a code that occurs", where=where, todo="add it to `values`")
    return found


def _theirs(text: str, slot: SlotMap) -> str | None:
    """The supplier's text of one value; None when its card knows none, which matters only if it occurs."""
    if slot.values is not None:
        return next((theirs for theirs, ours in slot.values.items() if ours == text), None)
    return text.removeprefix(slot.prefix)


@cache
def _every_day(format_: str) -> pa.Array:
    days = pa.array(np.arange(FIRST_DAY, LAST_DAY, dtype=np.int32)).cast(pa.date32())
    return pc.strftime(days, format=format_.replace("%-", "%"))


def date_texts(values: pa.Array, format_: str) -> pa.Array:
    """Dates in a strptime format."""
    return _every_day(format_).take(pc.subtract(values.cast(pa.int32()), FIRST_DAY))


def decimal_texts(values: pa.Array, *, comma: bool) -> pa.Array:
    """Quantities: whole ones without decimals, others with two."""
    cents = pc.round(pc.multiply(values, 100.0)).cast(pa.int64())
    whole, rest = pc.divide(cents, 100), pc.subtract(cents, pc.multiply(pc.divide(cents, 100), 100))
    mark = pa.scalar("," if comma else ".")
    decimals = pc.utf8_lpad(rest.cast(TEXT), 2, "0")
    with_decimals = pc.binary_join_element_wise(whole.cast(TEXT), mark, decimals, "")
    return pc.if_else(pc.equal(rest, 0), whole.cast(TEXT), with_decimals)


def _unsealed(
    rows: pa.Table, slot: SlotMap, *, column: PackageColumn, table: SupplierTable, kinds: Mapping[str, Kind]
) -> dict[str, pa.Array]:
    """The file's columns out of which a sealed number is made."""
    if column.kind == "BirthSexName":
        return {part.column: _of_person(rows, part) for part in column.parts if part.column}
    number = rows[slot.slot].combine_chunks()
    texts = {}
    for position, (part, piece) in enumerate(_pieces(number, column.parts)):
        written = piece
        if position == 0 and kinds[column.kind or ""].check == "case_number":
            written = write_case_number(piece, table.columns[part.column or ""].about.nl)
        texts[part.column or ""] = _own_codes(written, part)
    return texts


def _of_person(rows: pa.Table, part: Part) -> pa.Array:
    if part.date:
        return date_texts(rows["birth_on"].combine_chunks(), part.date.split("|")[0])
    if part.surname:
        return rows["surname"].combine_chunks()
    return _own_codes(rows["sex_code"].combine_chunks().cast(TEXT), part)


def _own_codes(texts: pa.Array, part: Part) -> pa.Array:
    if part.values is None:
        return texts
    coded = texts.dictionary_encode()
    theirs = {ours: theirs for theirs, ours in part.values.items()}
    own = pa.array([theirs.get(text) for text in coded.dictionary.to_pylist()], TEXT)
    return _decoded(own, coded.indices, where=part.column or "")


def _pieces(number: pa.Array, parts: tuple[Part, ...]) -> list[tuple[Part, pa.Array]]:
    """Cut a number where the card's fixed texts stand."""
    columns = [part for part in parts if part.column]
    if len(parts) == 1:
        return [(parts[0], number)]
    pattern = "".join(
        f"(?P<p{i}>.+)" if part.column else re.escape(part.text or "") for i, part in enumerate(parts)
    )
    cut = pc.extract_regex(number, pattern)
    named = [f"p{i}" for i, part in enumerate(parts) if part.column]
    return [(part, pc.struct_field(cut, name)) for part, name in zip(columns, named, strict=True)]


def write_case_number(number: pa.Array, about: str) -> pa.Array:
    """A case number of ten digits as the card says that it is written, such as PP/NNNNNN-JJ."""
    found = SEPARATORS.search(about)
    if not found:
        return number
    office, sequence, year = (pc.utf8_slice_codeunits(number, a, b) for a, b in ((0, 2), (2, 8), (8, 10)))
    first, second = (pa.scalar(mark) for mark in found.groups())
    return pc.binary_join_element_wise(office, first, sequence, second, year, "")


def position_of(keys: pa.Array, wanted: pa.Array) -> Array:
    """Row number of each wanted key; below zero where there is none."""
    rows: Array = pc.fill_null(pc.index_in(wanted, value_set=keys), -1).to_numpy(zero_copy_only=False)
    return rows
