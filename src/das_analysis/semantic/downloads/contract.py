"""A supplier's card as a data contract in the Open Data Contract Standard (ODCS v3), there and back.

What the standard has a place for stands there; the rest are custom properties, so that `read_contract` gives
back every fact that was agreed. How rows become rows of the model is the host's affair and stays on the card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from das_analysis.model import Model, Rule, Supplier, SupplierTable, Text
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
AGREED = (
    "partner",
    "legal_gate",
    "agreement",
    "permission",
    "delimiter",
    "trim",
    "exempt",
    "retention_years",
    "format",
    "namespaces",
)
MORE = ("max_bad_identity_share",)  # with AGREED: facts of a card that travel as they are
WAYS = {"csv": "CSV, CSV.gz or Parquet", "xml": "XML without a document type"}
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
        "customProperties": _custom(_facts(supplier)),
    }
    return yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=110).encode()


def read_contract(content: bytes) -> Supplier:
    """Return the agreed facts of a contract, as a card without mapping. Raises KeyError where one lacks."""
    import yaml

    said = yaml.safe_load(content)
    facts = _properties(said)
    return Supplier(
        id=said["id"].rpartition("/")[2],
        title=Text(facts["title_nl"], said["name"]),
        version=said["version"],
        purposes=tuple(facts["purposes"]),
        period=facts["period"],
        blank=tuple(facts["blank"]),
        tables={entry["name"]: _table(entry) for entry in said["schema"]},
        **{name: facts[name] for name in (*AGREED, *MORE)},
    )


def _facts(supplier: Supplier) -> dict[str, Any]:
    plain = {name: getattr(supplier, name) for name in (*AGREED, *MORE)}
    listed = {"purposes": list(supplier.purposes), "blank": list(supplier.blank)}
    return {"title_nl": supplier.title.nl, "period": supplier.period, **plain, **listed}


def _custom(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Custom properties, named in camel case as the standard asks; what is not there has none."""
    return [
        {"property": _camel(name), "value": _plain(value)}
        for name, value in facts.items()
        if value is not None
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    return dict(value) if isinstance(value, Mapping) else value


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
        "description": f"{WAYS[supplier.format]}, given to das deliver",
        "format": supplier.format,
        "delimiter": supplier.delimiter,
        "customProperties": _custom({"encoding": "UTF-8"}),
    }


def _service(supplier: Supplier) -> list[dict[str, Any]]:
    return [
        {"property": "frequency", "value": 1, "unit": UNITS[supplier.period]},
        {"property": "retention", "value": supplier.retention_years, "unit": "y", "driver": "regulatory"},
        {"property": "generalAvailability", "value": supplier.agreement["valid_from"]},
        {"property": "endOfSupport", "value": supplier.agreement["valid_until"]},
    ]


def _object(table: SupplierTable, model: Model, *, rules: tuple[str, ...]) -> dict[str, Any]:
    said = {
        "name": table.name,
        "logicalType": "object",
        "physicalType": "file",
        "businessName": table.title.en,
        "properties": [_property(asked, model) for asked in asked_of(table, model)],
        "quality": [_quality(model.rules[rule]) for rule in rules],
        "customProperties": _custom(
            {"title_nl": table.title.nl, "stale_if_equal": table.stale_if_equal, "rows": table.rows}
        ),
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
    facts = {
        "about_nl": column.about.nl,
        "identifying": column.identifying,
        "optional": column.optional,
        "paths": list(column.paths),
        "join": column.join,
    }
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
        "customProperties": _custom(facts),
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


def _table(entry: Mapping[str, Any]) -> SupplierTable:
    facts = _properties(entry)
    return SupplierTable(
        name=entry["name"],
        title=Text(facts["title_nl"], entry["businessName"]),
        columns={column["name"]: _column(column) for column in entry["properties"]},
        package={},
        maps=(),
        stale_if_equal=facts["stale_if_equal"],
        rows=facts.get("rows"),
    )


def _column(entry: Mapping[str, Any]) -> FileColumn:
    facts = _properties(entry)
    return FileColumn(
        name=entry["name"],
        about=Text(facts["about_nl"], entry["description"]),
        identifying=facts["identifying"],
        optional=facts["optional"],
        paths=tuple(facts["paths"]),
        join=facts.get("join"),
    )
