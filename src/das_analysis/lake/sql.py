"""SQL's small change: names, texts, lists of files, and a row's cells as one text."""

from __future__ import annotations

from collections.abc import Sequence


def quote(name: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def scan(paths: Sequence[str]) -> str:
    """Return the SQL that reads exactly these Parquet files."""
    return f"read_parquet([{', '.join(map(literal, paths))}], union_by_name = true)"


def cells(columns: Sequence[str]) -> str:
    """Return SQL that writes a row's values as one text; rows that differ in any value have other texts."""
    texts = [f"{quote(c)}::VARCHAR" for c in columns]
    told = ", ".join(f"length({t}), CASE WHEN {t} IS NULL THEN '-' ELSE ':' END, {t}" for t in texts)
    return f"concat({told})"  # copies each text once, and leaves out what is NULL
