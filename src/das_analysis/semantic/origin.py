"""Where a snapshot comes from, in PROV-O: triples about the named graph in which its rows stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from das_analysis.semantic.terms import graph_iri
from das_analysis.semantic.triples import Said, Value

if TYPE_CHECKING:
    from das_analysis.flow import Snapshot


def snapshot_name(snapshot: Snapshot) -> str:
    """Return the name by which a snapshot is known: 0001-synthetic."""
    return f"{snapshot.number:04d}-{snapshot.name}"


def origin(snapshot: Snapshot, *, base: str) -> Iterator[Said]:
    """Give who made a snapshot, when, with which code and model, out of which deliveries."""
    made, graph = snapshot.provenance, graph_iri(snapshot_name(snapshot), base)
    link, code, model = f"{graph}#link", f"{graph}#code", f"{graph}#model"
    at = Value(made.at, "", "xsd:dateTime")
    yield graph, "rdf:type", "prov:Entity"
    yield graph, "rdf:type", "void:Dataset"
    yield graph, "dcterms:identifier", Value(snapshot_name(snapshot))
    yield graph, "dcterms:conformsTo", "das:model"
    yield graph, "prov:value", Value(f"sha256:{snapshot.digest}")
    yield graph, "prov:generatedAtTime", at
    yield graph, "prov:wasGeneratedBy", link
    yield link, "rdf:type", "prov:Activity"
    yield link, "prov:endedAtTime", at
    yield link, "prov:wasAssociatedWith", code
    yield code, "rdf:type", "prov:SoftwareAgent"
    yield code, "dcterms:hasVersion", Value(f"das-analysis {made.code}")
    yield link, "prov:used", model
    yield model, "rdf:type", "prov:Entity"
    yield model, "prov:specializationOf", "das:model"
    yield model, "dcterms:hasVersion", Value(made.model)
    for name in (f"{base}delivery/{quote(d, safe='')}" for d in made.inputs):
        yield graph, "prov:wasDerivedFrom", name
        yield link, "prov:used", name
        yield name, "rdf:type", "prov:Entity"
