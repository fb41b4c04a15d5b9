"""Where a snapshot comes from, in PROV-O: triples about the named graph in which its rows stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from das_analysis.semantic.terms import VOCABULARY, XSD, graph_iri

if TYPE_CHECKING:
    import pyoxigraph as ox

    from das_analysis.flow import Snapshot

PROV = "http://www.w3.org/ns/prov#"
DCTERMS = "http://purl.org/dc/terms/"
VOID = "http://rdfs.org/ns/void#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PREFIXES = {"prov": PROV, "dcterms": DCTERMS, "void": VOID, "das": VOCABULARY, "xsd": XSD}
FORMATS = {"nq": "N_QUADS", "nt": "N_TRIPLES", "ttl": "TURTLE", "jsonld": "JSON_LD"}


def snapshot_name(snapshot: Snapshot) -> str:
    """Return the name by which a snapshot is known: 0001-synthetic."""
    return f"{snapshot.number:04d}-{snapshot.name}"


def origin(snapshot: Snapshot, *, base: str) -> list[ox.Triple]:
    """Return who made a snapshot, when, with which code and model, out of which deliveries."""
    import pyoxigraph as ox

    graph = graph_iri(snapshot_name(snapshot), base)
    return [
        ox.Triple(ox.NamedNode(s), ox.NamedNode(p), o if isinstance(o, ox.Literal) else ox.NamedNode(o))
        for s, p, o in _said(snapshot, graph=graph, base=base)
    ]


def _said(snapshot: Snapshot, *, graph: str, base: str) -> Iterator[tuple[str, str, ox.Literal | str]]:
    import pyoxigraph as ox

    made, link = snapshot.provenance, f"{graph}#link"
    at = ox.Literal(made.at, datatype=ox.NamedNode(f"{XSD}dateTime"))
    yield from (
        (graph, f"{RDF}type", f"{PROV}Entity"),
        (graph, f"{RDF}type", f"{VOID}Dataset"),
        (graph, f"{DCTERMS}identifier", ox.Literal(snapshot_name(snapshot))),
        (graph, f"{DCTERMS}conformsTo", f"{VOCABULARY}model"),
        (graph, f"{PROV}generatedAtTime", at),
        (graph, f"{PROV}wasGeneratedBy", link),
        (graph, f"{PROV}value", ox.Literal(f"sha256:{snapshot.digest}")),
        (link, f"{RDF}type", f"{PROV}Activity"),
        (link, f"{PROV}endedAtTime", at),
        (link, f"{PROV}wasAssociatedWith", f"{graph}#code"),
        (f"{graph}#code", f"{RDF}type", f"{PROV}SoftwareAgent"),
        (f"{graph}#code", f"{DCTERMS}hasVersion", ox.Literal(f"das-analysis {made.code}")),
        (link, f"{PROV}used", f"{graph}#model"),
        (f"{graph}#model", f"{RDF}type", f"{PROV}Entity"),
        (f"{graph}#model", f"{PROV}specializationOf", f"{VOCABULARY}model"),
        (f"{graph}#model", f"{DCTERMS}hasVersion", ox.Literal(made.model)),
    )
    for delivery in made.inputs:
        name = _delivery(delivery, base)
        yield graph, f"{PROV}wasDerivedFrom", name
        yield link, f"{PROV}used", name
        yield name, f"{RDF}type", f"{PROV}Entity"


def _delivery(delivery: str, base: str) -> str:
    return f"{base}delivery/{quote(delivery, safe='')}"


def write_triples(triples: list[ox.Triple], syntax: str, *, prefixes: Mapping[str, str] = PREFIXES) -> bytes:
    """Return triples as a document in a format of the export, in the default graph."""
    import pyoxigraph as ox

    form = getattr(ox.RdfFormat, FORMATS[syntax])
    return bytes(
        ox.serialize(triples, format=form, prefixes=dict(prefixes) if syntax == "ttl" else None) or b""
    )
