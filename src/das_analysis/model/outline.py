"""What a partner can notice of a model, as flat data: one entry a thing, its facts as texts.

Two editions are compared by their outlines, so an outline is all that is kept of an edition.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

from das_analysis.errors import Refused
from das_analysis.model.codes import Text
from das_analysis.model.schema import (
    Column,
    Model,
    PackageColumn,
    RowMap,
    SlotMap,
    Supplier,
    SupplierTable,
    Table,
)
from das_analysis.words import LANGUAGES

Facts = Mapping[str, str]
Outline = Mapping[str, Facts]
Entry = tuple[str, dict[str, Any]]
EDITIONS = "das_analysis.model.editions"


def outline(model: Model) -> Outline:
    """Return an entry for every class, slot, list, code, number, rule, card, dossier, file and indicator.

    The name of an entry is its kind and where it stands: `slot case.registered_on`, `code Sex/M`. Facts that
    are not given are left out.
    """
    found = {
        name: {key: _text(value) for key, value in facts.items() if value not in _ABSENT}
        for name, facts in _entries(model)
    }
    return dict(sorted(found.items()))


_ABSENT: tuple[object, ...] = (None, "", False, (), {})


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _titled(title: Text, definition: Text | None = None) -> dict[str, Any]:
    told = {"nl": title.nl, "en": title.en}
    return told | ({"definition_nl": definition.nl, "definition_en": definition.en} if definition else {})


def _entries(model: Model) -> Iterator[Entry]:
    for table in model.tables.values():
        yield (
            f"class {table.name}",
            {**_titled(table.title, table.definition), "unique": tuple("+".join(k) for k in table.unique)},
        )
        for column in table.columns.values():
            yield f"slot {table.name}.{column.name}", _slot(column)
    for codes in model.code_lists.values():
        yield f"list {codes.name}", _titled(codes.title, codes.definition)
        for code in codes.codes.values():
            dates = {"valid_from": code.valid_from, "valid_until": code.valid_until}
            yield f"code {codes.name}/{code.code}", {**_titled(code.title, code.definition), **dates}
    for kind in model.kinds.values():
        yield (
            f"kind {kind.name}",
            {**_titled(kind.title, kind.definition), "pattern": kind.sealed_pattern, "check": kind.check},
        )
    yield from _rules(model)
    for card in model.suppliers.values():
        yield from _card(card, model)
    for one in model.indicators.values():
        counted = {
            "counting_unit_nl": one.counting_unit.nl,
            "counting_moment_nl": one.counting_moment.nl,
            "owner": one.owner,
        }
        computed = {
            "table": one.table,
            "kind": one.kind,
            "moment": one.moment,
            "since": one.since,
            "until": one.until,
        }
        yield f"indicator {one.id}", {**_titled(one.title, one.definition), **counted, **computed}


def _rules(model: Model) -> Iterator[Entry]:
    for rule in model.rules.values():
        asked = {"holds": rule.holds, "some": rule.some, "no_overlap": rule.no_overlap or ()}
        dates = {"valid_from": rule.valid_from, "valid_until": rule.valid_until}
        where = {"table": rule.table, "severity": rule.severity, "check": rule.check}
        yield f"rule {rule.id}", {**_titled(rule.title, rule.message), **where, **asked, **dates}


def _slot(column: Column) -> dict[str, Any]:
    return {
        **_titled(column.title, column.definition),
        "type": column.type,
        "required": column.required,
        "pattern": column.pattern,
        "minimum": _number(column.minimum),
        "maximum": _number(column.maximum),
        "unit": column.unit,
        "codes": column.codes,
        "kind": column.kind,
        "references": column.references,
        "privacy": column.privacy,
    }


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)


def _dossier(card: Supplier) -> dict[str, Any]:
    """The terms of a card, and why it needs what it asks."""
    terms = {
        **_term("agreement", card.agreement),
        **_term("permission", card.permission),
        "purposes": card.purposes,
        "needs": {
            f"{t.name}.{c.name}": c.why for t in card.tables.values() for c in t.columns.values() if c.why
        },
    }
    if (found := card.dossier) is None:
        return terms
    words = {"contact": found.contact, "basis": found.basis, "retention": found.retention}
    words |= {"transport": found.transport, "no_dpia": found.no_dpia}
    said = {
        f"{name}_{lang}": getattr(text, lang) for name, text in words.items() if text for lang in LANGUAGES
    }
    volumes = {name: {"rows": v.rows, "tolerance": v.tolerance} for name, v in found.volume.items()}
    exempt = {f"{e.table} {e.until}": {"nl": e.reason.nl, "en": e.reason.en} for e in found.exemptions}
    dated = {**_term("dpia", found.dpia), "dpia_until": found.dpia.get("valid_until")}
    facts = {"due_days": str(found.due_days), "keys": found.keys, "permission_by": found.permission_by}
    return terms | said | dated | facts | {"volume": volumes, "exemptions": exempt}


def _term(name: str, term: Mapping[str, str]) -> dict[str, Any]:
    return {name: term.get("reference"), f"{name}_from": term.get("valid_from")}


def _card(card: Supplier, model: Model) -> Iterator[Entry]:
    yield (
        f"card {card.id}",
        {
            **_titled(card.title),
            "period": card.period,
            "delimiter": card.delimiter,
            "blank": json.dumps(card.blank, ensure_ascii=False),
            "trim": card.trim,
            "legal_gate": card.legal_gate,
            "agreement_until": card.agreement.get("valid_until"),
            "permission_until": card.permission.get("valid_until"),
            "retention_years": str(card.retention_years),
            "exempt": tuple(sorted(card.exempt)),
        },
    )
    yield f"dossier {card.id}", _dossier(card)
    for source in card.tables.values():
        classes = tuple(sorted({m.table for m in source.maps}))
        yield f"file {card.id}/{source.name}", {**_titled(source.title), "classes": classes}
        for column in source.columns.values():
            notes = {"optional": column.optional, "identifying": column.identifying}
            yield f"column {card.id}/{source.name}/{column.name}", {**_titled(column.about), **notes}
        for number, row_map in enumerate(source.maps, 1):
            yield from _maps(
                f"slotmap {card.id}/{source.name}/{number}",
                row_map,
                source=source,
                table=model.tables[row_map.table],
            )


def _maps(prefix: str, row_map: RowMap, *, source: SupplierTable, table: Table) -> Iterator[Entry]:
    """How each slot of a class is made out of a file; a slot that this map must fill says so."""
    for name, slot in row_map.slots.items():
        column = table.columns[name]
        required = column.required or name in row_map.required
        facts = {
            "class": table.name,
            "required": required,
            "codes": column.codes,
            **_slotmap(slot, source.package.get(slot.column or "")),
        }
        yield f"{prefix}.{name}", facts


def _slotmap(slot: SlotMap, package: PackageColumn | None) -> dict[str, Any]:
    parts = package.parts if package else ()
    values = [dict(part.values) for part in parts if part.values is not None]
    return {
        "from": "+".join(part.column for part in parts if part.column),
        "how": package.how if package else None,
        "kind": package.kind if package else None,
        "constant": slot.constant,
        "date": slot.date or next((part.date for part in parts if part.date), None),
        "comma": slot.decimal_comma,
        "prefix": slot.prefix,
        "values": dict(slot.values) if slot.values is not None else next(iter(values), None),
    }


def written(found: Outline) -> str:
    """Return an outline as JSON, one entry a line: what an edition is kept as, and read in a difference."""
    lines = ",\n".join(
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(facts, ensure_ascii=False)}"
        for name, facts in found.items()
    )
    return f"{{\n{lines}\n}}\n"


def editions() -> list[str]:
    """Return the versions of the editions that were kept, oldest first."""
    names = [file.name for file in resources.files(EDITIONS).iterdir() if file.name.endswith(".json")]
    return sorted(
        (name.removesuffix(".json") for name in names),
        key=lambda v: [int(n) if n.isdigit() else 0 for n in v.split(".")],
    )


def edition(version: str) -> Outline:
    """Return the outline of an edition that was kept. Raises Refused when there is none."""
    if version not in editions():
        raise Refused("no such edition was kept", where=version, todo=f"use one of {', '.join(editions())}")
    found: Outline = json.loads(
        resources.files(EDITIONS).joinpath(f"{version}.json").read_text(encoding="utf-8")
    )
    return found
