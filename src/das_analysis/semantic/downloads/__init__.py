"""What a partner can take along from the model: schemas for his own tools, his contract, his templates.

Every file is made of the compiled model alone, and the same model gives the same bytes.
"""

from __future__ import annotations

from das_analysis.model import Model, Supplier
from das_analysis.words import LANGUAGES

__all__ = ["downloads"]


def downloads(model: Model) -> dict[str, bytes]:
    """Return every file under its relative path.

    schema/ says the model in other languages, vocabulary/ in OWL, SKOS and ORG; suppliers/<id>/ holds what
    one supplier needs: its contract, a template a language, and a CSV header a table.
    """
    from das_analysis.semantic.vocabulary import vocabulary

    words = {f"vocabulary/{name}": content for name, content in vocabulary(model).items()}
    return (
        _schemas(model)
        | words
        | {
            f"suppliers/{supplier.id}/{name}": content
            for supplier in model.suppliers.values()
            for name, content in _of_supplier(supplier, model).items()
        }
    )


def _schemas(model: Model) -> dict[str, bytes]:
    from das_analysis.semantic.downloads.ddl import DUCKDB, POSTGRESQL, ddl
    from das_analysis.semantic.downloads.json_schema import json_schema
    from das_analysis.semantic.downloads.pydantic_classes import pydantic_classes
    from das_analysis.semantic.downloads.shapes import shapes
    from das_analysis.semantic.downloads.unsaid import unsaid

    return {
        "schema/das.schema.json": json_schema(model),
        "schema/das_model.py": pydantic_classes(model),
        "schema/postgresql.sql": ddl(model, POSTGRESQL),
        "schema/duckdb.sql": ddl(model, DUCKDB),
        "schema/shapes.ttl": shapes(model),
        "schema/shapes.md": unsaid(model),
    }


def _of_supplier(supplier: Supplier, model: Model) -> dict[str, bytes]:
    from das_analysis.semantic.downloads.contract import contract
    from das_analysis.semantic.downloads.template import header, template

    agreed = {"contract.odcs.yaml": contract(supplier, model)}
    if supplier.format != "csv":  # nobody fills in XML by hand
        return agreed
    return {
        **agreed,
        **{f"template.{lang}.xlsx": template(supplier, model, lang=lang) for lang in LANGUAGES},
        **{f"{table}.csv": header(supplier, table) for table in supplier.tables},
    }
