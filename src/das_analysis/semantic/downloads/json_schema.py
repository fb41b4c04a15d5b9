"""JSON Schema of the delivered rows (2020-12): one object, with a list of rows under each table's plural.

What it cannot say is said by the rules alone: unique keys, references, rules over columns, codes that were
not valid yet. A number has at most two decimals: `multipleOf` is no help there, for a binary 0.07 is no
multiple of 0.01.
"""

from __future__ import annotations

import json
from typing import Any

from das_analysis.model import CodeList, Column, Model, Text
from das_analysis.semantic.downloads.told import LARGEST, Told, delivered_tables, used_lists
from das_analysis.semantic.terms import VOCABULARY

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FORMATS = {"date": "date", "moment": "date-time"}
TITLE = Text(
    "Geleverde gegevens volgens het model van de strafrechtketen",
    "Delivered data by the model of the criminal-justice chain",
)


def json_schema(model: Model) -> bytes:
    """Return the schema as UTF-8 JSON. A value that is unknown is left out, or null."""
    tables = delivered_tables(model)
    columns = [column for _, of_table in tables for column in of_table]
    lists = {name: _codes(model.code_lists[name]) for name in used_lists(columns)}
    schema = {
        "$schema": DIALECT,
        "$id": f"{VOCABULARY}schema/das.schema.json",
        **_texts(TITLE),
        "version": model.version,
        "type": "object",
        "properties": {
            table.plural: {"type": "array", "items": _ref(table.class_name)} for table, _ in tables
        },
        "additionalProperties": False,
        "$defs": {table.class_name: _class((table, of_table)) for table, of_table in tables} | lists,
    }
    return json.dumps(schema, ensure_ascii=False, indent=1).encode() + b"\n"


def _texts(title: Text, definition: Text | None = None) -> dict[str, str]:
    said = {"description": definition.en, "description_nl": definition.nl} if definition else {}
    return {"title": title.en, "title_nl": title.nl, **said}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}


def _codes(found: CodeList) -> dict[str, Any]:
    codes = [{"const": c.code, **_texts(c.title, c.definition)} for c in found.codes.values()]
    return {**_texts(found.title, found.definition), "oneOf": codes}


def _class(told: Told) -> dict[str, Any]:
    table, columns = told
    return {
        **_texts(table.title, table.definition),
        "type": "object",
        "properties": {column.name: _property(column) for column in columns},
        "required": [column.name for column in columns if column.required],
        "additionalProperties": False,
    }


def _property(column: Column) -> dict[str, Any]:
    texts = _texts(column.title, column.definition)
    value = _value(column)
    if column.required:
        return {**texts, **value}
    if "$ref" in value:
        return {**texts, "anyOf": [value, {"type": "null"}]}
    return {**texts, **value, "type": [value["type"], "null"]}


def _value(column: Column) -> dict[str, Any]:
    if column.codes:
        return _ref(column.codes)
    if column.type == "boolean":
        return {"type": "boolean"}
    if column.type in LARGEST:
        return _number(column)
    format_ = {"format": FORMATS[column.type]} if column.type in FORMATS else {}
    return {"type": "string", "pattern": column.pattern, **format_}


def _number(column: Column) -> dict[str, Any]:
    largest = json.loads(LARGEST[column.type])
    return {
        "type": "integer" if column.type == "integer" else "number",
        "minimum": -largest if column.minimum is None else column.minimum,
        "maximum": largest if column.maximum is None else column.maximum,
        **({"unit": column.unit} if column.unit else {}),
    }
