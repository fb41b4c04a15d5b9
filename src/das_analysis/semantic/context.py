"""The JSON-LD context of the model: what each name of the export means."""

from __future__ import annotations

from typing import Any

from das_analysis.model import Column, Model, Table
from das_analysis.semantic.terms import (
    BASE,
    VOCABULARY,
    XSD,
    class_iri,
    named_tables,
    slot_iri,
    term,
    told_columns,
)


def context(model: Model, base: str = BASE, *, table: Table | None = None) -> dict[str, Any]:
    """Return the context of all classes and slots of an export, or of one table's, as a JSON-LD document."""
    tables = (table,) if table else named_tables(model)
    columns = {c.name: c for t in tables for c in told_columns(t)}
    return {
        "@context": {
            "@version": 1.1,
            "@base": base,
            "das": VOCABULARY,
            "code": f"{VOCABULARY}code/",
            "xsd": XSD,
            **{t.class_name: class_iri(t) for t in tables},
            **{name: _meaning(c, base) for name, c in sorted(columns.items())},
        }
    }


def _meaning(column: Column, base: str) -> dict[str, str]:
    told = term(column, base)
    if told.form == "iri":
        return {"@id": slot_iri(column.name), "@type": "@id"}
    if column.type in {"integer", "boolean", "text", "key"}:
        return {"@id": slot_iri(column.name)}
    return {"@id": slot_iri(column.name), "@type": told.datatype}
