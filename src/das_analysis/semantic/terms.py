"""How a name or value of the model becomes an RDF term: the one place that decides it (decision 0005)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from das_analysis.errors import BadModel
from das_analysis.model import Column, Model, Table

XSD = "http://www.w3.org/2001/XMLSchema#"
VOCABULARY = "https://w3id.org/das/"  # the prefix of model/das.yaml: classes, slots, code lists
BASE = "https://w3id.org/das/id/"  # rows and snapshots; a host can choose its own
DATATYPES = {
    "text": f"{XSD}string",
    "key": f"{XSD}string",
    "date": f"{XSD}date",
    "month": f"{XSD}gYearMonth",
    "moment": f"{XSD}dateTime",
    "integer": f"{XSD}integer",
    "decimal": f"{XSD}decimal",
    "boolean": f"{XSD}boolean",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What the values of a column are in RDF: IRIs that begin with `prefix`, or literals of `datatype`."""

    form: Literal["iri", "literal"]
    prefix: str = ""
    datatype: str = ""


def class_iri(table: Table) -> str:
    """Return the IRI of a class: das:RegisteredCrime."""
    return VOCABULARY + table.class_name


def slot_iri(name: str) -> str:
    """Return the IRI of a slot, one property wherever the name is used: das:registered_on."""
    return VOCABULARY + name


def list_iri(name: str) -> str:
    """Return the IRI of a code list, a SKOS concept scheme: das:code/Scm2010."""
    return f"{VOCABULARY}code/{name}"


def code_iri(name: str, code: str) -> str:
    """Return the IRI of a code, percent-encoded: das:code/LawArticle/Sr%20131."""
    return f"{list_iri(name)}/{quote(code, safe='')}"


def graph_iri(snapshot: str, base: str = BASE) -> str:
    """Return the IRI of a snapshot, which is its named graph: `snapshot` is number-name, 0001-synthetic."""
    return f"{base}snapshot/{quote(snapshot, safe='')}"


def naming(table: Table) -> tuple[str, ...]:
    """Return the columns whose values name a row. Raises BadModel for a class whose rows have no name.

    A key that goes when persons are linked names nothing in a snapshot.
    """
    linked = {c.name for c in table.at("linked")}
    for key in ((table.key,) if table.key else (), *table.unique):
        if key and linked.issuperset(key):
            return key
    raise BadModel("a class without an identifier or unique key has no IRIs", where=table.class_name)


def named_tables(model: Model) -> tuple[Table, ...]:
    """Return the tables whose rows have IRIs in a snapshot: the daily count of prisons, for one, has none."""
    return tuple(t for t in model.tables.values() if _is_named(t))


def _is_named(table: Table) -> bool:
    try:
        return bool(naming(table))
    except BadModel:
        return False


def told_columns(table: Table) -> tuple[Column, ...]:
    """Return the columns of a snapshot's rows that become triples: all but the identifier."""
    return tuple(c for c in table.at("linked") if not c.identifier)


def row_prefix(table: str, base: str = BASE) -> str:
    """Return what the IRIs of a table's rows begin with; the naming values follow, apart by /."""
    return f"{base}{table}/"


def term(column: Column, base: str = BASE) -> Term:
    """Return what a column's values are in RDF. An identifier and a reference are the IRI of the row."""
    if column.references:
        return Term(form="iri", prefix=row_prefix(column.references, base))
    if column.codes:
        return Term(form="iri", prefix=f"{list_iri(column.codes)}/")
    if column.iri_prefix:
        return Term(form="iri", prefix=column.iri_prefix)
    return Term(form="literal", datatype=DATATYPES[column.type])
