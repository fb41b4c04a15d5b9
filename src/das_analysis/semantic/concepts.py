"""Code lists as SKOS concept schemes, classifications with levels and correspondences in XKOS."""

from __future__ import annotations

from collections.abc import Iterator

from das_analysis.model import Code, CodeList, Model
from das_analysis.semantic.ontology import LICENCE, MODEL, labels, matches
from das_analysis.semantic.terms import code_iri, list_iri
from das_analysis.semantic.triples import Said, Value, both, listed

# Lists of which the codes stand for the same kind of thing: a crosswalk between two of them is a close match.
# Any other crosswalk tells of another kind of thing that belongs to it, as an office to a police unit.
ALIKE = (
    {"Scm2010", "Iccs1", "Iccs2", "PoliceOffence", "PriorityCrime"},
    {"ChainPartner", "CrimeSource", "SanctionSource", "Executor"},
)


def concepts(model: Model) -> Iterator[Said]:
    """Give every code list and code: notation, texts, hierarchy, validity, crosswalks, successors."""
    for listing in model.code_lists.values():
        yield from _scheme(listing)
        for code in listing.codes.values():
            yield from _concept(listing, code, model=model)
        if any(code.parent in listing.codes for code in listing.codes.values()):
            yield from _levels(listing)
        yield from _correspondences(listing)


def _scheme(listing: CodeList) -> Iterator[Said]:
    name = list_iri(listing.name)
    yield name, "rdf:type", "skos:ConceptScheme"
    yield name, "skos:notation", Value(listing.name)
    yield from both(name, "skos:prefLabel", text=listing.title)
    yield from both(name, "dcterms:title", text=listing.title)
    yield from both(name, "skos:definition", text=listing.definition)
    yield name, "rdfs:isDefinedBy", MODEL
    yield name, "dcterms:license", LICENCE
    if "source" in listing.facts:
        yield name, "dcterms:source", Value(listing.facts["source"])


def _concept(listing: CodeList, code: Code, *, model: Model) -> Iterator[Said]:
    name, scheme = code_iri(listing.name, code.code), list_iri(listing.name)
    yield name, "rdf:type", "skos:Concept"
    yield name, "skos:inScheme", scheme
    yield name, "skos:notation", Value(code.code)
    yield from both(name, "skos:prefLabel", text=code.title)
    yield from both(name, "skos:definition", text=code.definition)
    yield from labels(name, code.synonyms)
    yield from _place(listing, code)
    yield from _time(listing, code)
    yield from _crosswalks(listing, code, model=model)
    yield from matches(name, code.mappings)
    if "source" in code.facts:
        yield name, "dcterms:source", Value(code.facts["source"])


def _place(listing: CodeList, code: Code) -> Iterator[Said]:
    """Say the parent both ways; one in another list is a broader match."""
    name, scheme = code_iri(listing.name, code.code), list_iri(listing.name)
    if code.parent and listing.parent_list and listing.parent_list != listing.name:
        yield name, "skos:broadMatch", code_iri(listing.parent_list, code.parent)
    elif code.parent:
        parent = code_iri(listing.name, code.parent)
        yield name, "skos:broader", parent
        yield parent, "skos:narrower", name
        return
    yield name, "skos:topConceptOf", scheme
    yield scheme, "skos:hasTopConcept", name


def _time(listing: CodeList, code: Code) -> Iterator[Said]:
    """Say from when until when a code holds, both days included, what it said before, what replaced it."""
    name = code_iri(listing.name, code.code)
    if code.valid_from:
        yield name, "euvoc:startDate", Value(code.valid_from, "", "xsd:date")
    if code.valid_until:
        yield name, "euvoc:endDate", Value(code.valid_until, "", "xsd:date")
    for successor in code.replaced_by:
        yield name, "dcterms:isReplacedBy", code_iri(listing.name, successor)
    for meaning in code.meanings:
        period = f"{meaning.valid_from or '…'} – {meaning.valid_until or '…'}"
        for lang in ("nl", "en"):
            title, text = meaning.title or code.title, meaning.definition or code.definition
            yield name, "skos:historyNote", Value(f"{period}: {title[lang]}. {text[lang]}", lang)


def _crosswalks(listing: CodeList, code: Code, *, model: Model) -> Iterator[Said]:
    name = code_iri(listing.name, code.code)
    upper = {model.code_lists[other].parent_list for other in code.crosswalks}
    for other, codes in code.crosswalks.items():
        close = "skos:broadMatch" if other in upper else "skos:closeMatch"
        how = close if is_alike(listing.name, other) else "skos:relatedMatch"
        for target in codes:
            yield name, how, code_iri(other, target)


def is_alike(one: str, other: str) -> bool:
    """Whether the codes of two lists stand for the same kind of thing."""
    return any({one, other} <= group for group in ALIKE)


def _levels(listing: CodeList) -> Iterator[Said]:
    """Say the levels of a classification, the widest first, and what is on each."""
    scheme = list_iri(listing.name)
    by_depth: dict[int, list[Code]] = {}
    for code in listing.codes.values():
        by_depth.setdefault(_depth(listing, code), []).append(code)
    names = [f"{scheme}#level-{depth}" for depth in sorted(by_depth)]
    yield scheme, "xkos:numberOfLevels", Value(str(len(names)), "", "xsd:positiveInteger")
    yield from listed(scheme, "xkos:levels", things=names)
    for name, depth in zip(names, sorted(by_depth), strict=True):
        yield name, "rdf:type", "xkos:ClassificationLevel"
        yield name, "xkos:depth", Value(str(depth), "", "xsd:positiveInteger")
        yield name, "skos:prefLabel", Value(f"{listing.title.nl}, niveau {depth}", "nl")
        yield name, "skos:prefLabel", Value(f"{listing.title.en}, level {depth}", "en")
        for code in by_depth[depth]:
            yield name, "skos:member", code_iri(listing.name, code.code)


def _depth(listing: CodeList, code: Code) -> int:
    depth = 1
    while code.parent in listing.codes:
        code, depth = listing.codes[code.parent or ""], depth + 1
    return depth


def _correspondences(listing: CodeList) -> Iterator[Said]:
    """Say which classifications are compared, and which class goes to which."""
    for code in listing.codes.values():
        for other, targets in code.crosswalks.items():
            if not is_alike(listing.name, other):
                continue
            table = f"{list_iri(listing.name)}#to-{other}"
            one = f"{table}/{code_iri(listing.name, code.code).rpartition('/')[2]}"
            yield table, "rdf:type", "xkos:Correspondence"
            yield table, "skos:prefLabel", Value(f"{listing.name} → {other}")
            yield table, "xkos:compares", list_iri(listing.name)
            yield table, "xkos:compares", list_iri(other)
            yield table, "xkos:madeOf", one
            yield one, "rdf:type", "xkos:ConceptAssociation"
            yield one, "xkos:sourceConcept", code_iri(listing.name, code.code)
            for target in targets:
                yield one, "xkos:targetConcept", code_iri(other, target)
