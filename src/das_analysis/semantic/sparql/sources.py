"""Where triples stand: a table of the lake, or a code list of the model, as subjects with properties."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from das_analysis.errors import BadModel
from das_analysis.model import CodeList, Column, Model, Table
from das_analysis.semantic.sparql.kinds import ANY_IRI, TEXT, Kind
from das_analysis.semantic.sparql.rows import Chain
from das_analysis.semantic.terms import class_iri, list_iri, naming, row_prefix, slot_iri, term

if TYPE_CHECKING:
    import ibis

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SUBJECT, OBJECT = "subject", "object"


@dataclass(frozen=True, slots=True)
class Property:
    """One predicate of a source: the column of its objects, or the one IRI that all subjects have."""

    kind: Kind
    column: str | None = None
    constant: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Subjects of one kind. `read()` gives a table with the columns of `key` and of the properties.

    `table` is the class of rows in the lake, `listed` the same rows where they are in the model instead.
    """

    name: str
    kind: Kind
    key: str
    properties: Mapping[str, tuple[Property, ...]]
    read: Callable[[], ibis.Table]
    table: Table | None = None
    listed: Sequence[Mapping[str, str | None]] | None = None


def sources(chain: Chain) -> Iterator[Source]:
    """Return every source of a chain: its tables whose rows have a name, and the code lists of the model."""
    for table in chain.model.tables.values():
        if table.plural in chain.tables and is_named(table, chain.tables[table.plural].columns):
            yield _of_table(chain, table)
    for codes in chain.model.code_lists.values():
        yield _of_codes(codes)


def is_named(table: Table, columns: Any) -> bool:
    """Whether the rows have an IRI: some classes lose the columns that name them when persons are linked."""
    try:
        return set(naming(table)) <= set(columns)
    except BadModel:
        return False


def exported(table: Table, columns: Any) -> list[Column]:
    """Return the columns that become triples: those of the model but the identifier."""
    return [c for c in table.at("linked") if c.name in columns and not c.identifier]


def kind_of_column(column: Column, base: str) -> Kind:
    """Return what the values of a column are."""
    found = term(column, base)
    return Kind("iri", found.prefix) if found.form == "iri" else Kind("literal", found.datatype)


def _of_table(chain: Chain, table: Table) -> Source:
    rows = chain.tables[table.plural]
    properties = {
        slot_iri(c.name): (Property(kind_of_column(c, chain.base), c.name),)
        for c in exported(table, rows.columns)
    }
    properties[RDF_TYPE] = (Property(ANY_IRI, constant=class_iri(table)),)
    kind = Kind("iri", row_prefix(table.name, chain.base))
    return Source(table.name, kind, SUBJECT, properties, lambda: named(rows, table), table=table)


def named(rows: ibis.Table, table: Table) -> ibis.Table:
    """Return the rows with the values that name them, apart by /, as one more column."""
    first, *others = naming(table)
    name = rows[first].cast("string")
    for column in others:
        name = name + "/" + rows[column].cast("string")
    return rows.mutate(**{SUBJECT: name}).filter(name.notnull())


def _of_codes(codes: CodeList) -> Source:
    scheme = list_iri(codes.name)
    nl, en = Kind("lang", "nl"), Kind("lang", "en")
    properties = {
        f"{SKOS}prefLabel": (Property(nl, "title_nl"), Property(en, "title_en")),
        f"{SKOS}definition": (Property(nl, "definition_nl"), Property(en, "definition_en")),
        f"{SKOS}notation": (Property(TEXT, "notation"),),
        f"{SKOS}inScheme": (Property(ANY_IRI, constant=scheme),),
        f"{SKOS}broader": (Property(codes_kind(codes.parent_list or codes.name), "broader"),),
        RDF_TYPE: (Property(ANY_IRI, constant=f"{SKOS}Concept"),),
    }
    listed = _listed(codes)
    schema = dict.fromkeys(listed[0], "string")
    return Source(
        codes.name,
        codes_kind(codes.name),
        SUBJECT,
        properties,
        lambda: _memory(listed, schema),
        listed=listed,
    )


def _memory(rows: Sequence[Mapping[str, str | None]], schema: Mapping[str, str]) -> ibis.Table:
    import ibis

    return ibis.memtable(rows, schema=ibis.schema(schema))


def _listed(codes: CodeList) -> list[dict[str, str | None]]:
    return [
        {
            SUBJECT: code.code,
            "notation": code.code,
            "title_nl": code.title.nl,
            "title_en": code.title.en,
            "definition_nl": code.definition.nl,
            "definition_en": code.definition.en,
            "broader": code.parent,
        }
        for code in codes.codes.values()
    ]


def codes_kind(name: str) -> Kind:
    """Return what the codes of a list are."""
    return Kind("iri", f"{list_iri(name)}/")


def above(model: Model, codes: CodeList) -> dict[str, list[tuple[str, str]]]:
    """Return each code of a list with every code above it, by the list that these are of."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code in codes.codes:
        name, here, seen = codes.name, code, set[tuple[str, str]]()
        while (parent := _parent(model, name, code=here)) and parent not in seen:
            seen.add(parent)
            name, here = parent
            found.setdefault(name, []).append((code, here))
    return found


def _parent(model: Model, name: str, *, code: str) -> tuple[str, str] | None:
    codes = model.code_lists[name]
    parent = codes.codes[code].parent if code in codes.codes else None
    return (codes.parent_list or name, parent) if parent else None


def pairs_table(pairs: list[tuple[str, str]]) -> ibis.Table:
    """Return pairs of codes as a table of subjects and objects."""
    import ibis

    columns = {SUBJECT: [a for a, _ in pairs], OBJECT: [b for _, b in pairs]}
    return ibis.memtable(columns, schema=ibis.schema({SUBJECT: "string", OBJECT: "string"}))
