"""A released table as an RDF Data Cube: what was printed, and nothing else.

Every figure is an observation with a status: rounded as it was released, low (under the base of rounding)
or hidden. What is not told has no value at all, so that nobody can add it up as nought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from das_analysis.model import Text, load_model
from das_analysis.semantic.terms import BASE, VOCABULARY, code_iri, graph_iri
from das_analysis.semantic.triples import Said, Thing, Value, both
from das_analysis.words import LANGUAGES, t

if TYPE_CHECKING:
    from das_analysis.flow import Release

STATUSES = {"": "rounded", "low": "low", "hidden": "hidden"}
STATUS = f"{VOCABULARY}cube/status"
ROW = "row"  # tells rows of the same labels apart, such as steps of a flow


def cube_name(release: Release, base: str = BASE) -> str:
    """Return the IRI of a release, which is its dataset."""
    return f"{base}release/{release.digest}"


def cube(release: Release, base: str = BASE) -> Iterator[Said]:
    """Give a release as a dataset with its structure, code lists and observations."""
    name, content = cube_name(release, base), release.content
    measures = [c for c in content["columns"] if c["role"] == "value"]
    yield name, "rdf:type", "qb:DataSet"
    yield name, "rdfs:label", Value(release.title, content["lang"])
    yield name, "qb:structure", f"{name}#structure"
    yield name, "prov:wasDerivedFrom", graph_iri(release.snapshot, base)
    for note in content["notes"]:
        yield name, "rdfs:comment", Value(note, content["lang"])
    yield from _statuses()
    yield from _structure(name, content, dimensions=_dimensions(content))
    for measure in measures:
        yield from _measure(measure, content)
    for number, row in enumerate(content["rows"], start=1):
        place = list(_place(name, row, number=number, content=content))
        for measure in measures:
            one = f"{name}#{number}-{measure['name']}"
            yield from ((one, predicate, thing) for predicate, thing in place)
            yield from _observation(one, name, row=row, measure=measure)


def _dimensions(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the columns that divide; a number of the row, too, where their labels are not enough."""
    by = [c for c in content["columns"] if c["role"] == "by"]
    labels = [tuple(str(row[c["name"]]) for c in by) for row in content["rows"]]
    apart = [] if by and len(set(labels)) == len(labels) else [{"name": ROW, "title": "#"}]
    return [*by, *apart]


def _structure(name: str, content: Mapping[str, Any], *, dimensions: list[dict[str, str]]) -> Iterator[Said]:
    shape, lang = f"{name}#structure", content["lang"]
    yield shape, "rdf:type", "qb:DataStructureDefinition"
    for column in dimensions:
        slot, scheme = f"{name}#{column['name']}", f"{name}#codes-{column['name']}"
        yield from _component(shape, "qb:dimension", what=slot)
        yield slot, "rdf:type", "qb:DimensionProperty"
        yield slot, "rdf:type", "qb:CodedProperty"
        yield slot, "rdfs:label", Value(column["title"], lang)
        yield slot, "rdfs:range", "skos:Concept"
        yield slot, "qb:codeList", scheme
        yield scheme, "rdf:type", "skos:ConceptScheme"
        for number, row in enumerate(content["rows"], start=1):
            yield from _concept(
                name, _label(row, column["name"], number=number), column=column["name"], lang=lang
            )
    yield from _component(shape, "qb:dimension", what="qb:measureType")
    for column in content["columns"]:
        if column["role"] == "value":
            yield from _component(shape, "qb:measure", what=measure_name(column))
    for attribute in ("sdmx-attribute:obsStatus", "sdmx-attribute:unitMeasure"):
        yield from _component(shape, "qb:attribute", what=attribute)
        yield attribute, "rdf:type", "qb:AttributeProperty"


def _component(shape: str, kind: str, *, what: str) -> Iterator[Said]:
    node = f"{shape}-{what.rpartition('/')[2].rpartition('#')[2].replace(':', '-')}"
    yield shape, "qb:component", node
    yield node, "rdf:type", "qb:ComponentSpecification"
    yield node, kind, what


def _concept(name: str, label: str, *, column: str, lang: str) -> Iterator[Said]:
    """Say a label, and which code of the model it stands for."""
    concept, scheme = _code(name, column, label=label), f"{name}#codes-{column}"
    yield concept, "rdf:type", "skos:Concept"
    yield concept, "skos:inScheme", scheme
    yield concept, "skos:prefLabel", Value(label, lang)
    breakdown = load_model().breakdowns.get(column)
    if breakdown and breakdown.codes and not breakdown.groups:
        for code in load_model().code_lists[breakdown.codes].codes.values():
            if code.title[lang] == label:
                yield concept, "skos:exactMatch", code_iri(breakdown.codes, code.code)


def _measure(column: Mapping[str, str], content: Mapping[str, Any]) -> Iterator[Said]:
    name, lang = measure_name(column), content["lang"]
    yield name, "rdf:type", "qb:MeasureProperty"
    yield name, "rdfs:label", Value(column["title"], lang)
    yield name, "rdfs:range", "xsd:decimal"
    for indicator in content["indicators"]:
        if column["name"].startswith(indicator["id"]):
            yield name, "skos:definition", Value(indicator["definition"], lang)


def measure_name(column: Mapping[str, str]) -> str:
    """Return the IRI of a column of figures, the same in every release."""
    return f"{VOCABULARY}indicator/{column['name']}"


def _place(
    name: str, row: Mapping[str, Any], *, number: int, content: Mapping[str, Any]
) -> Iterator[tuple[str, Thing]]:
    for column in _dimensions(content):
        yield (
            f"{name}#{column['name']}",
            _code(name, column["name"], label=_label(row, column["name"], number=number)),
        )


def _label(row: Mapping[str, Any], column: str, *, number: int) -> str:
    return str(number) if column == ROW else str(row[column])


def _code(name: str, column: str, *, label: str) -> str:
    return f"{name}#{column}-{quote(label, safe='')}"


def _observation(
    one: str, name: str, *, row: Mapping[str, Any], measure: Mapping[str, str]
) -> Iterator[Said]:
    value, status = row[measure["name"]], row.get(f"{measure['name']}_status", "")
    yield one, "rdf:type", "qb:Observation"
    yield one, "qb:dataSet", name
    yield one, "qb:measureType", measure_name(measure)
    yield one, "sdmx-attribute:obsStatus", f"{STATUS}/{STATUSES[status]}"
    yield one, "sdmx-attribute:unitMeasure", Value(measure["unit"] or "1")
    if value is not None and not status:
        yield one, measure_name(measure), Value(str(value), "", "xsd:decimal")


def _statuses() -> Iterator[Said]:
    yield STATUS, "rdf:type", "skos:ConceptScheme"
    for status in STATUSES.values():
        yield f"{STATUS}/{status}", "rdf:type", "skos:Concept"
        yield f"{STATUS}/{status}", "skos:inScheme", STATUS
        text = Text(*(t(f"cube_{status}", lang) for lang in LANGUAGES))
        yield from both(f"{STATUS}/{status}", "skos:prefLabel", text=text)
