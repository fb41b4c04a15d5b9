"""One slot name, one meaning: what decision 0005 asks of the model, so that a property has one range."""

from __future__ import annotations

from collections.abc import Mapping

from das_analysis.errors import BadModel
from das_analysis.model.schema import Column, Table


def check_terms(tables: Mapping[str, Table]) -> None:
    """Raise BadModel where classes use one slot name for values of two kinds.

    Of one kind are values of one type, of one code list, under one address that others gave, and keys that
    name rows of one class: the identifier of a class and a reference to it may share a name. Keys that name
    no row of the model must be of one kind of identity. Definitions, limits and privacy may differ.
    """
    first: dict[str, tuple[Table, Column]] = {}
    for table in tables.values():
        for column in table.columns.values():
            known = first.setdefault(column.name, (table, column))
            if _form(*known) != _form(table, column):
                raise BadModel(
                    f"the slot {column.name} has values of two kinds",
                    where=f"{known[0].class_name} and {table.class_name}",
                    todo="give one of them another name",
                )


def _form(table: Table, column: Column) -> tuple[str | None, ...]:
    names = table.name if column.identifier else column.references
    return column.type, column.codes, column.iri_prefix, names, column.kind
