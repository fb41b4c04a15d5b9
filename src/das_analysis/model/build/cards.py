"""Suppliers' cards: read, checked against the model, and put into the order in which the data are handled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from das_analysis.errors import BadModel
from das_analysis.model.build.dossier import read_dossier
from das_analysis.model.codes import CodeList, Text
from das_analysis.model.markup import rows_at, value_at
from das_analysis.model.schema import (
    DERIVE,
    Column,
    FileColumn,
    Kind,
    PackageColumn,
    Part,
    RowMap,
    SlotMap,
    Supplier,
    SupplierTable,
    Table,
)

EXPRESSION = {
    *("from", "date", "decimal", "values", "prefix", "generalise", "value", "seal", "parts", "period"),
    *("strip_zero_decimals", "required"),
}
CODES = {"partner": "ChainPartner", "legal_gate": "LegalBasis"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where in a card the reader is, and what the model knows; `package` grows while one file is read."""

    where: str
    tables: Mapping[str, Table]
    code_lists: Mapping[str, CodeList]
    kinds: Mapping[str, Kind]
    columns: Mapping[str, FileColumn] = field(default_factory=dict)
    package: dict[str, PackageColumn] = field(default_factory=dict)

    def at(self, place: str) -> _Place:
        return replace(self, where=f"{self.where}, {place}")

    def refuse(self, what: str) -> BadModel:
        return BadModel(what, where=self.where, todo="mend the card")


def read_card(
    entry: Mapping[str, Any],
    file: str,
    *,
    tables: Mapping[str, Table],
    code_lists: Mapping[str, CodeList],
    kinds: Mapping[str, Kind],
) -> Supplier:
    """Read one card. Raises BadModel where it names a class, slot, code, kind or column that is not there."""
    place = _Place(where=f"model/partners/{file}", tables=tables, code_lists=code_lists, kinds=kinds)
    try:
        return _card(place, entry)
    except KeyError as missing:
        raise place.refuse(f"the card lacks {missing}") from None


def _card(place: _Place, entry: Mapping[str, Any]) -> Supplier:
    for key, code_list in CODES.items():
        if entry[key] not in place.code_lists[code_list].codes:
            raise place.refuse(f"{key} is not a code of {code_list}")
    layout = entry.get("file", {})
    is_xml = layout.get("format", "csv") == "xml"
    tables = {
        name: _table(place.at(f"table {name}"), name, body=body) for name, body in entry["tables"].items()
    }
    _check_paths(place, tables, namespaces=layout.get("namespaces", {}) if is_xml else None)
    return Supplier(
        id=entry["id"],
        title=Text(entry["title_nl"], entry["title"]),
        partner=entry["partner"],
        version=entry["version"],
        legal_gate=entry["legal_gate"],
        agreement=entry["agreement"] or {},
        permission=entry["permission"] or {},
        retention_years=entry["retention_years"],
        purposes=tuple(entry["purposes"]),
        period=entry["period"],
        delimiter=layout.get("delimiter", ";"),
        blank=tuple(entry.get("blank", [""])),
        trim=bool(layout.get("trim", False)),
        max_bad_identity_share=entry["max_bad_identity_share"],
        tables=tables,
        derives=entry.get("derives", {}),
        exempt=entry.get("exempt", {}),
        format="xml" if is_xml else "csv",
        namespaces=layout.get("namespaces", {}),
        dossier=read_dossier(entry, place.where, code_lists=place.code_lists, tables=tables),
    )


def _check_paths(
    card: _Place, tables: Mapping[str, SupplierTable], *, namespaces: Mapping[str, str] | None
) -> None:
    """A card for XML says where its rows and columns are, in paths that can be read; others do not."""
    for name, table in tables.items():
        place = card.at(f"table {name}")
        bare = [c.name for c in table.columns.values() if bool(c.paths) != (namespaces is not None)]
        if bare or bool(table.rows) != (namespaces is not None):
            raise place.refuse("rows and columns have paths in a card for XML, and only there")
        if namespaces is not None:
            depth = len(rows_at(table.rows or "", namespaces))
            paths = [path for c in table.columns.values() for path in c.paths]
            if any(value_at(path, namespaces).up >= depth for path in paths):
                raise place.refuse("a path leads out of the file")


def _table(card: _Place, name: str, *, body: Mapping[str, Any]) -> SupplierTable:
    place = replace(card, columns={c: _column(c, about) for c, about in body["columns"].items()}, package={})
    if len({c.lower() for c in place.columns}) < len(place.columns):
        raise place.refuse("two columns differ in capitals only: headers are compared without")
    maps = tuple(_map(place, entry) for entry in body["maps"])
    return SupplierTable(
        name=name,
        title=Text(body["title_nl"], body["title"]),
        columns=place.columns,
        package=place.package,
        maps=maps,
        stale_if_equal=bool(body.get("stale_if_equal")),
        rows=body.get("rows"),
    )


def _column(name: str, about: Mapping[str, Any]) -> FileColumn:
    paths = about.get("path", [])
    return FileColumn(
        name=name,
        about=Text(about["about_nl"], about["about"]),
        identifying=bool(about.get("identifying")),
        optional=bool(about.get("optional")),
        paths=tuple([paths] if isinstance(paths, str) else paths),
        join=about.get("join"),
        why=about.get("why"),
    )


def _map(place: _Place, entry: Mapping[str, Any]) -> RowMap:
    table = next((t for t in place.tables.values() if t.class_name == entry["class"]), None)
    if table is None:
        raise place.refuse(f"no class {entry['class']} in the model")
    slots = {slot: _slot(place, table, slot=slot, expression=e) for slot, e in entry["slots"].items()}
    required = tuple(entry.get("required", ()))
    needed = {c.name for c in table.columns.values() if c.required and c.stage != "linked"}
    if (needed | set(required)) - set(slots):
        raise place.refuse("a required slot has no mapping")
    return RowMap(table=table.name, slots=slots, required=required, when_not_blank=_when(place, entry))


def _when(place: _Place, entry: Mapping[str, Any]) -> str | None:
    if "when" not in entry:
        return None
    wanted = entry["when"]["not_blank"]
    for column in place.package.values():
        if any(part.column == wanted for part in column.parts):
            return column.name
    raise place.refuse(f"`when` names column {wanted}, which no slot uses")


def _slot(card: _Place, table: Table, *, slot: str, expression: Mapping[str, Any]) -> SlotMap:
    place, column = card.at(f"slot {slot}"), table.columns.get(slot)
    if column is None or column.stage == "linked":
        raise place.refuse(f"{table.class_name} has no such slot to deliver")
    if set(expression) - EXPRESSION:
        raise place.refuse(f"unknown words {sorted(set(expression) - EXPRESSION)}")
    if (column.type == "key") != ("seal" in expression):
        raise place.refuse("a key is sealed, and nothing else is")
    _check_targets(place, column, expression=expression)
    found = _package_column(place, expression)
    plain = found is not None and found.how == "verbatim"
    return SlotMap(
        slot=slot,
        column=_keep(place, found).name if found else None,
        constant=expression.get("value"),
        period=expression.get("period"),
        date=_dates(expression) if plain else None,
        decimal_comma=expression.get("decimal") == "comma",
        strip_zero_decimals=bool(expression.get("strip_zero_decimals")),
        values=expression.get("values") if plain else None,
        prefix=expression.get("prefix", ""),
    )


def _keep(place: _Place, found: PackageColumn) -> PackageColumn:
    """A package holds a column once; another expression may not take its name."""
    if place.package.setdefault(found.name, found) != found:
        raise place.refuse(f"package column {found.name} is made in two ways; use one, or another kind")
    return found


def _package_column(place: _Place, expression: Mapping[str, Any]) -> PackageColumn | None:
    if "seal" in expression:
        found = _sealed(place, expression)
    elif "generalise" in expression:
        if expression["generalise"] != "month" or "date" not in expression:
            raise place.refuse("only a date can be generalised, to its month")
        name, parts = f"month:{expression['from']}", (_part(expression),)
        found = PackageColumn(name=name, how="generalise", parts=parts)
    elif "from" in expression:
        name, parts = expression["from"], (Part(column=expression["from"]),)
        found = PackageColumn(name=name, how="verbatim", parts=parts)
    else:
        return None
    for used in (part.column for part in found.parts if part.column):
        if used not in place.columns:
            raise place.refuse(f"column {used} is not declared")
        if found.how == "verbatim" and place.columns[used].identifying:
            raise place.refuse(f"identifying column {used} would travel as it is")
    return found


def _sealed(place: _Place, expression: Mapping[str, Any]) -> PackageColumn:
    kind = expression["seal"]
    if kind not in place.kinds:
        raise place.refuse(f"no kind of identity {kind}")
    parts = tuple(_part(p) for p in expression["parts"])
    if any(p.match is not None and re.compile(p.match).groups != 1 for p in parts):
        raise place.refuse("`match` is a pattern with one group: what is in it counts")
    if any(set(p.derive) - set(DERIVE) for p in parts):
        raise place.refuse(f"`derive` is one or more of {', '.join(DERIVE)}")
    used = "+".join(":".join((p.column, *p.derive)) for p in parts if p.column)
    name, compared = f"{kind}:{used}", place.kinds[kind].compared
    return PackageColumn(name=name, how="seal", parts=parts, kind=kind, compared=compared)


def _dates(expression: Mapping[str, Any]) -> str | None:
    formats = expression.get("date")
    return "|".join(formats) if isinstance(formats, list) else formats


def _part(entry: Mapping[str, Any]) -> Part:
    return Part(
        column=entry.get("from"),
        text=entry.get("text"),
        date=_dates(entry),
        match=entry.get("match"),
        values=entry.get("values"),
        surname=bool(entry.get("surname")),
        derive=tuple([derive] if isinstance(derive := entry.get("derive", ()), str) else derive),
    )


def _check_targets(place: _Place, column: Column, *, expression: Mapping[str, Any]) -> None:
    """What a card puts in place of a supplier's text must be a value of the model."""
    if column.type == "key" or "date" in expression:  # sealed, or still to be read as a date
        return
    prefix = expression.get("prefix", "")
    mapped = (expression.get("values") or {}).values()
    targets = [f"{prefix}{t}" if isinstance(t, str) and t else t for t in mapped]
    for target in (*targets, expression.get("value", "")):
        if target != "" and not _is_value(target, column, code_lists=place.code_lists):
            raise place.refuse(
                f"{target!r} is not a {f'code of {column.codes}' if column.codes else column.type}"
            )


def _is_value(target: object, column: Column, *, code_lists: Mapping[str, CodeList]) -> bool:
    if not isinstance(target, str):
        return False
    if column.codes:
        return target in code_lists[column.codes].codes
    return re.fullmatch((column.pattern or "").removeprefix("^").removesuffix("$"), target) is not None
