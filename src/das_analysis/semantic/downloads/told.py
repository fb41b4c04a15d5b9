"""What every download tells of the model: tables and columns as delivered, and how large numbers are."""

from __future__ import annotations

from collections.abc import Sequence

from das_analysis.model import Column, Model, Table, Text

# how far the patterns of Integer and Decimal reach (model/core.yaml), for formats that compare
LARGEST = {"integer": "999999999", "decimal": "999999999999.99"}
Told = tuple[Table, tuple[Column, ...]]


def delivered_tables(model: Model) -> tuple[Told, ...]:
    """Return each table with its columns at the stage `delivered`; one without any is the host's own."""
    told = ((t, tuple(c for c in t.columns.values() if c.stage != "linked")) for t in model.tables.values())
    return tuple((table, columns) for table, columns in told if columns)


def used_lists(columns: Sequence[Column]) -> list[str]:
    """Return the names of the code lists of some columns, each once, in alphabetical order."""
    return sorted({c.codes for c in columns if c.codes})


def both(text: Text) -> str:
    """Return a text in English with the Dutch behind it."""
    return f"{text.en} ({text.nl})"
