"""Triples about the model, snapshots and releases: short names in, a document of RDF out, always the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from das_analysis.semantic.terms import VOCABULARY, XSD

if TYPE_CHECKING:
    import pyoxigraph as ox

    from das_analysis.model import Text

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "das": VOCABULARY,
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "euvoc": "http://publications.europa.eu/ontology/euvoc#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sdmx-attribute": "http://purl.org/linked-data/sdmx/2009/attribute#",
    "sdmx-concept": "http://purl.org/linked-data/sdmx/2009/concept#",
    "sdmx-dimension": "http://purl.org/linked-data/sdmx/2009/dimension#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vann": "http://purl.org/vocab/vann/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "xkos": "http://rdf-vocabulary.ddialliance.org/xkos#",
    "xsd": XSD,
}
FORMATS = {"nq": "N_QUADS", "nt": "N_TRIPLES", "ttl": "TURTLE", "jsonld": "JSON_LD"}


@dataclass(frozen=True, slots=True)
class Value:
    """A literal: a text with its language or its datatype."""

    text: str
    lang: str = ""
    datatype: str = ""


Thing = str | Value
Said = tuple[str, str, Thing]  # names are short (skos:Concept), whole (https://...) or blank (_:b1)


def both(subject: str, predicate: str, *, text: Text) -> Iterator[Said]:
    """Say a text in Dutch and English."""
    yield subject, predicate, Value(text.nl, "nl")
    yield subject, predicate, Value(text.en, "en")


def listed(subject: str, predicate: str, *, things: Sequence[Thing]) -> Iterator[Said]:
    """Say an RDF list; its blank nodes are named after subject and predicate."""
    nodes = [f"_:{_blank(subject, predicate)}-{i}" for i in range(len(things))]
    yield subject, predicate, nodes[0] if nodes else "rdf:nil"
    for i, thing in enumerate(things):
        yield nodes[i], "rdf:first", thing
        yield nodes[i], "rdf:rest", nodes[i + 1] if i + 1 < len(nodes) else "rdf:nil"


def _blank(*names: str) -> str:
    tails = (name.rpartition("/")[2] for name in names)
    return "-".join("".join(c if c.isalnum() else "-" for c in tail).strip("-") for tail in tails)


def write(said: Iterable[Said], syntax: str = "ttl", *, short: Mapping[str, str] | None = None) -> bytes:
    """Return a document with each triple once, in the order in which subjects are first named.

    `short`: prefixes that Turtle uses beside the usual ones.
    """
    import pyoxigraph as ox

    by_subject: dict[str, dict[Said, None]] = {}
    for triple in said:
        by_subject.setdefault(triple[0], {})[triple] = None
    triples = [_triple(t) for found in by_subject.values() for t in found]
    form, text = getattr(ox.RdfFormat, FORMATS[syntax]), repr(list(by_subject.values()))
    used = {k: v for k, v in PREFIXES.items() if f"'{k}:" in text or f"datatype='{k}:" in text}
    prefixes = {**used, **(short or {})} if syntax == "ttl" else None
    return bytes(ox.serialize(triples, format=form, prefixes=prefixes) or b"")


def _triple(said: Said) -> ox.Triple:
    import pyoxigraph as ox

    subject, predicate, thing = said
    return ox.Triple(_node(subject), ox.NamedNode(whole(predicate)), _thing(thing))


def _thing(thing: Thing) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    import pyoxigraph as ox

    if isinstance(thing, str):
        return _node(thing)
    if thing.lang:
        return ox.Literal(thing.text, language=thing.lang)
    return ox.Literal(thing.text, datatype=ox.NamedNode(whole(thing.datatype or "xsd:string")))


def _node(name: str) -> ox.NamedNode | ox.BlankNode:
    import pyoxigraph as ox

    return ox.BlankNode(name[2:]) if name.startswith("_:") else ox.NamedNode(whole(name))


def whole(name: str) -> str:
    """Return the IRI of a short name; a whole one stays as it is."""
    prefix, colon, local = name.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES else name
