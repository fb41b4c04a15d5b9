"""A supplier's card as a data contract in the Open Data Contract Standard (ODCS v3), there and back.

What the standard has a place for stands there; the rest are custom properties, so that `read_contract` gives
back every fact that was agreed. How rows become rows of the model is the host's affair and stays on the card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from das_analysis.model import Model, Rule, Supplier, SupplierTable, Text
from das_analysis.model.formats import endings
from das_analysis.model.load import make
from das_analysis.model.schema import FileColumn
from das_analysis.semantic.downloads.asked import Asked, asked_of, rule_ids
from das_analysis.semantic.terms import VOCABULARY

STANDARD = "v3.2.0"
UNITS = {"year": "y", "quarter": "q", "month": "m", "day": "d"}
AS_JAVA = {
    "%Y": "yyyy",
    "%m": "MM",
    "%d": "dd",
    "%H": "HH",
    "%M": "mm",
    "%S": "ss",
    "%f": "SSSSSS",
    "%y": "yy",
}
# what a card, a table and a column say in a place of the standard, or not at all; the rest is custom
PLACED = {
    Supplier: {"id", "title", "version", "tables", "derives"},
    SupplierTable: {"name", "title", "columns", "package", "maps"},
    FileColumn: {"name", "about"},
}
DIMENSIONS = {"unique": "uniqueness", "some": "completeness"}


def agreed(supplier: Supplier) -> Supplier:
    """Return a card without the host's mapping: what was agreed with the supplier, and nothing else."""
    tables = {name: replace(t, package={}, maps=()) for name, t in supplier.tables.items()}
    return replace(supplier, tables=tables, derives={})


def contract(supplier: Supplier, model: Model) -> bytes:
    """Return the contract as YAML in UTF-8."""
    import yaml

    rules = rule_ids(supplier, model)
    said = {
        "apiVersion": STANDARD,
        "kind": "DataContract",
        "id": f"{VOCABULARY}contract/{supplier.id}",
        "name": supplier.title.en,
        "version": supplier.version,
        "status": "active",
        "domain": "criminal justice",
        "dataProduct": "DAS",
        "description": _description(supplier, model),
        "servers": [_server(supplier)],
        "schema": [_object(t, model, rules=rules[name]) for name, t in supplier.tables.items()],
        "slaProperties": _service(supplier),
        "customProperties": _custom({"title_nl": supplier.title.nl, **_facts(supplier)}),
    }
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=110).encode()


def read_contract(content: bytes) -> Supplier:
    """Return the agreed facts of a contract, as a card without mapping. Raises KeyError for a lost text."""
    import yaml

    said = yaml.safe_load(content)
    facts = _properties(said)
    placed = {
        "id": said["id"].rpartition("/")[2],
        "title": {"nl": facts["title_nl"], "en": said["name"]},
        "version": said["version"],
        "tables": {entry["name"]: _table(entry) for entry in said["schema"]},
    }
    card: Supplier = make(Supplier, {**facts, **placed})
    return card


def _facts(of: Supplier | SupplierTable | FileColumn) -> dict[str, Any]:
    """What has no place in the standard, by its name on the card; what a card leaves out is left out."""
    found = {f.name: getattr(of, f.name) for f in fields(of) if f.name not in PLACED[type(of)]}
    return {name: value for name, value in found.items() if value not in (None, (), {})}


def _custom(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Custom properties, named in camel case as the standard asks; what is not there has none."""
    return [
        {"property": _camel(name), "value": _plain(value)}
        for name, value in facts.items()
        if value is not None
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    if is_dataclass(value):
        named = {f.name: getattr(value, f.name) for f in fields(value)}
        return {name: _plain(said) for name, said in named.items() if said not in (None, (), {})}
    if isinstance(value, Mapping):
        return {name: _plain(said) for name, said in value.items()}
    return [_plain(said) for said in value] if isinstance(value, tuple) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _properties(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return custom properties by the names they have here."""
    return {_snake(item["property"]): item["value"] for item in entry["customProperties"]}


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _description(supplier: Supplier, model: Model) -> dict[str, str]:
    purposes = model.code_lists["Purpose"].codes
    gate = model.code_lists["LegalBasis"].codes.get(supplier.legal_gate)
    named = [purposes[p].title if p in purposes else Text(p, p) for p in supplier.purposes]
    basis = gate.title if gate else Text(supplier.legal_gate, supplier.legal_gate)
    return {
        "purpose": f"{', '.join(p.en for p in named)} | {', '.join(p.nl for p in named)}",
        "limitations": f"Legal basis: {basis.en} | Grondslag: {basis.nl}",
        "usage": "Delivered with `das deliver`, which seals identifying columns before anything leaves."
        " | Geleverd met `das deliver`, dat identificerende kolommen verzegelt voordat iets de deur uitgaat.",
    }


def _server(supplier: Supplier) -> dict[str, Any]:
    return {
        "server": "delivery",
        "type": "custom",
        "description": f"Files given to das deliver, with names that end in {endings(supplier.format)}",
        "format": supplier.format,
        "delimiter": supplier.delimiter,
        "customProperties": _custom({"encoding": "UTF-8"}),
    }


def _service(supplier: Supplier) -> list[dict[str, Any]]:
    return [
        {"property": "frequency", "value": 1, "unit": UNITS[supplier.period]},
        {"property": "retention", "value": supplier.retention_years, "unit": "y", "driver": "regulatory"},
        *(
            {"property": name, "value": supplier.agreement[term]}
            for name, term in (("generalAvailability", "valid_from"), ("endOfSupport", "valid_until"))
            if supplier.agreement
        ),
    ]


def _object(table: SupplierTable, model: Model, *, rules: tuple[str, ...]) -> dict[str, Any]:
    said = {
        "name": table.name,
        "logicalType": "object",
        "physicalType": "file",
        "businessName": table.title.en,
        "properties": [_property(asked, model) for asked in asked_of(table, model)],
        "quality": [_quality(model.rules[rule]) for rule in rules],
        "customProperties": _custom({"title_nl": table.title.nl, **_facts(table)}),
    }
    return {name: value for name, value in said.items() if value != []}


def _quality(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.id,
        "description": rule.message.en,
        "type": "custom",
        "engine": "das",
        "implementation": rule.id,
        "dimension": DIMENSIONS.get(rule.check, "consistency"),
        "severity": "error" if rule.severity == "hard" else "warning",
        "customProperties": _custom({"description_nl": rule.message.nl, "source": rule.source}),
    }


def _property(asked: Asked, model: Model) -> dict[str, Any]:
    column = asked.column
    said = {
        "name": column.name,
        "physicalType": "text",
        "logicalType": _logical(asked),
        "logicalTypeOptions": _options(asked),
        "description": column.about.en,
        "required": asked.required,
        "classification": _classification(asked),
        "transformDescription": _becomes(asked, model),
        "enum": _codes(asked),
        "customProperties": _custom({"about_nl": column.about.nl, **_facts(column)}),
    }
    return {name: value for name, value in said.items() if value not in ({}, [])}


def _logical(asked: Asked) -> str:
    """A date is a date where one format is asked; every other value is the text that stands in the file."""
    return "date" if len(asked.dates) == 1 else "string"


def _options(asked: Asked) -> dict[str, str]:
    if len(asked.dates) != 1:
        return {}
    format_ = asked.dates[0].replace("%-", "%")
    for ours, theirs in AS_JAVA.items():
        format_ = format_.replace(ours, theirs)
    return {"format": format_.replace("T", "'T'")}


def _classification(asked: Asked) -> str:
    """The strictest privacy subset that the column's values have in the model."""
    if asked.column.identifying:
        return "identifying"
    found = {use.column.privacy for use in asked.uses}
    order = ("identifying", "sensitive", "quasi_identifying", "open", "pseudonymous")
    return next((subset for subset in order if subset in found), "unused")


def _becomes(asked: Asked, model: Model) -> str:
    kinds = ", ".join(model.kinds[kind].title.en for kind in asked.kinds if kind in model.kinds)
    fates = {
        "verbatim": "as it is",
        "generalise": "year and month only",
        "unused": "does not leave the supplier",
    }
    return "; ".join(filter(None, (fates.get(asked.fate), f"sealed as {kinds}" if kinds else "")))


def _codes(asked: Asked) -> list[dict[str, Any]]:
    return [
        {"value": code, "label": title.en, "customProperties": _custom({"label_nl": title.nl})}
        for code, title in (asked.codes or {}).items()
    ]


def _table(entry: Mapping[str, Any]) -> dict[str, Any]:
    facts = _properties(entry)
    placed = {
        "name": entry["name"],
        "title": {"nl": facts["title_nl"], "en": entry["businessName"]},
        "columns": {column["name"]: _column(column) for column in entry["properties"]},
        "package": {},
        "maps": [],
    }
    return {**facts, **placed}


def _column(entry: Mapping[str, Any]) -> dict[str, Any]:
    facts = _properties(entry)
    about = {"nl": facts["about_nl"], "en": entry["description"]}
    return {**facts, "name": entry["name"], "about": about}
