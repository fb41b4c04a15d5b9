"""What one supplier must deliver, told column by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from das_analysis.model import (
    Code,
    CodeList,
    Column,
    Model,
    PackageColumn,
    RowMap,
    Rule,
    SlotMap,
    Supplier,
    SupplierTable,
    Table,
    Text,
)
from das_analysis.model.schema import FileColumn
from das_analysis.words import t

_PLAIN = {
    "%d": "dd",
    "%m": "mm",
    "%Y": "yyyy",
    "%y": "yy",
    "%H": "hh",
    "%M": "mm",
    "%S": "ss",
    "%f": "ffffff",
}
_DUTCH = {"%Y": "jjjj", "%y": "jj", "%H": "uu"}
DELIMITERS = {";": "semicolon", ",": "comma", "\t": "tab", "|": "bar"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The codes that a column may hold: the supplier's text of each, and the model's code (or none)."""

    list: CodeList
    mapped: bool
    codes: tuple[tuple[str, Code | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnView:
    """A column of a supplier's file: what it means, why it is needed, how to write it, what it becomes."""

    name: str
    about: Text
    why: Text | None
    optional: bool
    identifying: bool
    generalised: bool
    filled: bool
    writing: tuple[str, ...]
    allowed: tuple[Allowed, ...]
    targets: tuple[tuple[Table, Column], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A file of a supplier: its columns, the classes that it fills, the rules on them."""

    table: SupplierTable
    columns: tuple[ColumnView, ...]
    targets: tuple[Table, ...]
    constants: tuple[tuple[Column, str], ...]
    rules: tuple[Rule, ...]

    @property
    def hard(self) -> int:
        """How many of the rules are hard."""
        return sum(rule.severity == "hard" for rule in self.rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One way in which a column of a file is used: for a slot of a class, by way of a package column."""

    table: Table
    column: Column
    row_map: RowMap
    slot: SlotMap
    package: PackageColumn


def table_views(card: Supplier, model: Model, *, lang: str) -> list[TableView]:
    """Return every file of a supplier, told in a language."""
    return [_table(source, model, lang=lang) for source in card.tables.values()]


def suppliers_of(table: Table, model: Model) -> list[Supplier]:
    """Return the suppliers that deliver a class."""
    return [
        card
        for card in model.suppliers.values()
        if any(m.table == table.name for source in card.tables.values() for m in source.maps)
    ]


def _table(source: SupplierTable, model: Model, *, lang: str) -> TableView:
    names = dict.fromkeys(m.table for m in source.maps)
    constants = {
        (m.table, slot.slot): (model.tables[m.table].columns[slot.slot], slot.constant)
        for m in source.maps
        for slot in m.slots.values()
        if slot.constant is not None
    }
    return TableView(
        table=source,
        columns=tuple(_column(c, source, model=model, lang=lang) for c in source.columns.values()),
        targets=tuple(model.tables[name] for name in names),
        constants=tuple(constants.values()),
        rules=tuple(rule for rule in model.rules.values() if rule.table in names),
    )


def uses(column: FileColumn, source: SupplierTable, *, model: Model) -> Iterator[Use]:
    """Yield what a column of a file is used for."""
    for row_map in source.maps:
        for slot in row_map.slots.values():
            package = source.package.get(slot.column or "")
            if package and any(part.column == column.name for part in package.parts):
                table = model.tables[row_map.table]
                yield Use(
                    table=table, column=table.columns[slot.slot], row_map=row_map, slot=slot, package=package
                )


def _column(column: FileColumn, source: SupplierTable, *, model: Model, lang: str) -> ColumnView:
    used = list(uses(column, source, model=model))
    allowed = {
        (u.column.codes, str(_mapping(u, column))): _allowed(u, column, model=model)
        for u in used
        if u.column.codes
    }
    writing = dict.fromkeys(text for use in used for text in _writing(use, column, model=model, lang=lang))
    return ColumnView(
        name=column.name,
        about=column.about,
        why=model.code_lists["ColumnNeed"].codes[column.why].title if column.why else None,
        optional=column.optional,
        identifying=column.identifying,
        generalised=bool(used) and all(u.package.how == "generalise" for u in used),
        filled=any(_is_filled(u) for u in used),
        writing=tuple(writing),
        allowed=tuple(allowed.values()),
        targets=tuple({(u.table.name, u.column.name): (u.table, u.column) for u in used}.values()),
    )


def _is_filled(use: Use) -> bool:
    return use.column.required or use.column.name in use.row_map.required


def _mapping(use: Use, column: FileColumn) -> Mapping[str, str] | None:
    """The card's translation of the supplier's texts, of the slot or of a part of a number."""
    parts = [
        part.values for part in use.package.parts if part.column == column.name and part.values is not None
    ]
    return parts[0] if parts else use.slot.values


def _allowed(use: Use, column: FileColumn, *, model: Model) -> Allowed:
    codes = model.code_lists[use.column.codes or ""]
    mapping = _mapping(use, column)
    if mapping is None:
        pairs = tuple((code.code.removeprefix(use.slot.prefix), code) for code in codes.codes.values())
        return Allowed(list=codes, mapped=False, codes=pairs)
    return Allowed(
        list=codes,
        mapped=True,
        codes=tuple((theirs, codes.codes.get(ours)) for theirs, ours in mapping.items()),
    )


def _writing(use: Use, column: FileColumn, *, model: Model, lang: str) -> Iterator[str]:
    part = next(part for part in use.package.parts if part.column == column.name)
    mapping = _mapping(use, column)
    formats = part.date or use.slot.date or ("%Y-%m-%d" if use.column.type == "date" else None)
    if formats and use.column.type in {"date", "month", "key"}:
        yield t(
            "site_write_date",
            lang,
            form=f" {t('site_write_or', lang)} ".join(_plain(f, lang) for f in formats.split("|")),
        )
    elif part.surname:
        yield t("site_write_surname", lang)
    elif use.package.compared:
        return
    elif use.column.type == "boolean" and mapping:
        yes_no = {"true": t("site_yes", lang), "false": t("site_no", lang), "": t("site_is_blank", lang)}
        yield ", ".join(f"{theirs} = {yes_no[ours]}" for theirs, ours in mapping.items())
    elif use.package.how == "seal" and mapping is None:
        yield model.kinds[use.package.kind or ""].title[lang]
    else:
        yield from _kind_of_text(use, lang)


def _kind_of_text(use: Use, lang: str) -> Iterator[str]:
    words = {"integer": "number", "decimal": "comma" if use.slot.decimal_comma else "decimal", "code": "code"}
    if use.column.type == "key":
        return
    prefix = f", {t('site_write_prefix', lang, prefix=use.slot.prefix)}" if use.slot.prefix else ""
    bounds = _bounds(use.column, lang)
    yield t(f"site_write_{words.get(use.column.type, 'text')}", lang) + bounds + prefix


def _bounds(column: Column, lang: str) -> str:
    if column.minimum is not None and column.maximum is not None:
        return ", " + t("site_between", lang, low=column.minimum, high=column.maximum)
    if column.minimum is not None:
        return f" ≥ {column.minimum}"
    return f" ≤ {column.maximum}" if column.maximum is not None else ""


def _plain(format_: str, lang: str) -> str:
    for directive, plain in (_PLAIN | (_DUTCH if lang == "nl" else {})).items():
        format_ = format_.replace(directive, plain).replace(directive.replace("%", "%-"), plain[:1])
    return format_
