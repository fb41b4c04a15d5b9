"""Classes and slots of the model as an OWL ontology, in Dutch and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from das_analysis.errors import BadModel
from das_analysis.model import Column, Model, Table
from das_analysis.semantic.terms import DATATYPES, class_iri, list_iri, slot_iri, term, told_columns
from das_analysis.semantic.triples import Said, Value, both, listed

MODEL = "das:model"
LICENCE = "http://creativecommons.org/licenses/by/4.0/"
MATCHES = {
    "exact": "skos:exactMatch",
    "close": "skos:closeMatch",
    "related": "skos:relatedMatch",
    "broad": "skos:broadMatch",
    "narrow": "skos:narrowMatch",
}
ONE = Value("1", "", "xsd:nonNegativeInteger")
Use = tuple[Table, Column]


def ontology(model: Model) -> Iterator[Said]:
    """Give the ontology: each class and slot with texts, domain, range, and what is sure of its number.

    A slot is one property wherever its name is used; where it is said of several classes its domain is their
    union. A slot that is only a name of rows, or goes when persons are linked, is declared, never said.
    Raises BadModel for a slot whose uses are of different kinds.
    """
    yield MODEL, "rdf:type", "owl:Ontology"
    yield MODEL, "dcterms:title", Value("Model van de strafrechtketen", "nl")
    yield MODEL, "dcterms:title", Value("Model of the criminal-justice chain", "en")
    yield MODEL, "owl:versionInfo", Value(f"{model.version}+{model.digest[:12]}")
    yield MODEL, "dcterms:license", LICENCE
    yield MODEL, "vann:preferredNamespacePrefix", Value("das")
    for table in model.tables.values():
        yield from _class(table)
    for name, uses in slots(model).items():
        yield from _slot(name, uses, model=model)


def slots(model: Model) -> dict[str, list[Use]]:
    """Return where each slot is used; where it is said in an export, only those uses."""
    found: dict[str, list[Use]] = {}
    for table in model.tables.values():
        for column in table.columns.values():
            found.setdefault(column.name, []).append((table, column))
    said = {t.name: {c.name for c in told_columns(t)} for t in model.tables.values()}
    return {name: [u for u in uses if name in said[u[0].name]] or uses for name, uses in found.items()}


def _class(table: Table) -> Iterator[Said]:
    name = class_iri(table)
    yield name, "rdf:type", "owl:Class"
    yield from both(name, "rdfs:label", text=table.title)
    yield from both(name, "skos:definition", text=table.definition)
    yield name, "rdfs:isDefinedBy", MODEL
    yield from labels(name, table.synonyms)
    yield from matches(name, table.mappings)
    for column in told_columns(table):
        if column.required:
            yield from _restriction(name, column, how="owl:minCardinality", what=ONE)
        if column.codes:
            of_list = f"_:in-{column.codes}"
            yield from _restriction(name, column, how="owl:allValuesFrom", what=of_list)
            yield of_list, "rdf:type", "owl:Restriction"
            yield of_list, "owl:onProperty", "skos:inScheme"
            yield of_list, "owl:hasValue", list_iri(column.codes)


def _restriction(name: str, column: Column, *, how: str, what: str | Value) -> Iterator[Said]:
    node = f"_:{name.rpartition('/')[2]}-{column.name}-{how.partition(':')[2]}"
    yield name, "rdfs:subClassOf", node
    yield node, "rdf:type", "owl:Restriction"
    yield node, "owl:onProperty", slot_iri(column.name)
    yield node, how, what


def _slot(name: str, uses: Sequence[Use], *, model: Model) -> Iterator[Said]:
    iri, (_, first) = slot_iri(name), uses[0]
    kind, ranges = _kind(name, uses, model=model)
    yield iri, "rdf:type", kind
    yield iri, "rdf:type", "owl:FunctionalProperty"  # a row has one value in a column
    yield from both(iri, "rdfs:label", text=first.title)
    yield from both(iri, "skos:definition", text=first.definition)
    for table, column in uses[1:]:
        if column.definition != first.definition:
            for lang in ("nl", "en"):
                yield iri, "skos:scopeNote", Value(f"{table.title[lang]}: {column.definition[lang]}", lang)
        yield from labels(iri, column.synonyms)
        yield from matches(iri, column.mappings)
    yield from labels(iri, first.synonyms)
    yield from matches(iri, first.mappings)
    yield iri, "rdfs:isDefinedBy", MODEL
    yield from _any_of(iri, "rdfs:domain", classes=[class_iri(t) for t, _ in uses])
    yield from _any_of(iri, "rdfs:range", classes=ranges)


def _kind(name: str, uses: Sequence[Use], *, model: Model) -> tuple[str, list[str]]:
    """Return whether values are things or literals, and what they are."""
    terms = [term(c) for _, c in uses]
    forms = {t.form for t in terms}
    if len(forms) > 1 or (forms == {"literal"} and len({t.datatype for t in terms}) > 1):
        raise BadModel("a slot has values of different kinds", where=name, todo="name them apart")
    if forms == {"literal"}:
        return "owl:DatatypeProperty", [DATATYPES[uses[0][1].type]]
    found = (
        class_iri(model.tables[c.references]) if c.references else "skos:Concept" if c.codes else "owl:Thing"
        for _, c in uses
    )
    return "owl:ObjectProperty", list(dict.fromkeys(found))


def _any_of(iri: str, predicate: str, *, classes: Sequence[str]) -> Iterator[Said]:
    if len(classes) == 1:
        yield iri, predicate, classes[0]
        return
    node = f"_:{iri.rpartition('/')[2]}-{predicate.partition(':')[2]}"
    yield iri, predicate, node
    yield node, "rdf:type", "owl:Class"
    yield from listed(node, "owl:unionOf", things=classes)


def labels(iri: str, synonyms: Mapping[str, Sequence[str]]) -> Iterator[Said]:
    """Say other words for a thing, by language."""
    for lang, words in synonyms.items():
        for word in words:
            yield iri, "skos:altLabel", Value(word, lang)


def matches(iri: str, mappings: Mapping[str, Sequence[str]]) -> Iterator[Said]:
    """Say what a thing is called in known vocabularies."""
    for kind, others in mappings.items():
        for other in others:
            yield iri, MATCHES[kind], other
