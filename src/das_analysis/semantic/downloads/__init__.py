"""What a partner can take along from the model: schemas for his own tools, his contract, his templates.

Every file is made of the compiled model alone, and the same model gives the same bytes.
"""

from __future__ import annotations

from das_analysis.model import Model

__all__ = ["downloads"]


def downloads(model: Model) -> dict[str, bytes]:
    """Return every file under its relative path.

    schema/ says the model in other languages; suppliers/<id>/ holds what one supplier needs: its contract,
    a template a language, and a CSV header a table.
    """
    from das_analysis.semantic.downloads.ddl import DUCKDB, POSTGRESQL, ddl
    from das_analysis.semantic.downloads.json_schema import json_schema
    from das_analysis.semantic.downloads.shapes import shapes
    from das_analysis.semantic.downloads.unsaid import unsaid

    return {
        "schema/das.schema.json": json_schema(model),
        "schema/postgresql.sql": ddl(model, POSTGRESQL),
        "schema/duckdb.sql": ddl(model, DUCKDB),
        "schema/shapes.ttl": shapes(model),
        "schema/shapes.md": unsaid(model),
    }
