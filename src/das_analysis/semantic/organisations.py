"""The organisations that codes stand for, in the ORG vocabulary: who is a part of whom, what became of whom.

A code is a concept, an organisation is what it is about: `das:code/Court/RBAMS#organisation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from das_analysis.model import Code, CodeList, Model
from das_analysis.semantic.ontology import MODEL
from das_analysis.semantic.terms import code_iri
from das_analysis.semantic.triples import Said, Value, both

PARTNERS = "ChainPartner"


@dataclass(frozen=True, slots=True)
class Kind:
    """What the codes of a list stand for: a class of ORG, and the partner of the chain they are a part of."""

    class_: str
    part_of: str = ""
    apart: frozenset[str] = frozenset()  # codes that are a part of no partner


KINDS = {
    PARTNERS: Kind("org:Organization"),
    "Court": Kind("org:FormalOrganization", "ZM", frozenset({"PHR"})),
    "ProsecutionOffice": Kind("org:OrganizationalUnit", "OM"),
    "PoliceUnit": Kind("org:OrganizationalUnit", "POL"),
}


def organisations(model: Model) -> Iterator[Said]:
    """Give every organisation that a code stands for: names, identifier, what it is a part of, successors.

    A code of a part that is a partner itself (KMAR among police units) is about that partner.
    """
    partners = model.code_lists[PARTNERS].codes
    for name, kind in KINDS.items():
        listing = model.code_lists[name]
        for code in listing.codes.values():
            is_partner = name != PARTNERS and code.code in partners
            yield code_iri(name, code.code), "foaf:focus", _iri(PARTNERS if is_partner else name, code.code)
            if not is_partner:
                yield from _organisation(listing, code, kind=kind)


def _iri(name: str, code: str) -> str:
    return f"{code_iri(name, code)}#organisation"


def _organisation(listing: CodeList, code: Code, *, kind: Kind) -> Iterator[Said]:
    name = _iri(listing.name, code.code)
    yield name, "rdf:type", kind.class_
    yield name, "org:identifier", Value(code.code)
    yield from both(name, "skos:prefLabel", text=code.title)
    yield name, "rdfs:isDefinedBy", MODEL
    if code.parent in listing.codes:
        yield name, "org:subOrganizationOf", _iri(listing.name, code.parent or "")
    elif kind.part_of and code.code not in kind.apart:
        yield name, "org:subOrganizationOf", _iri(PARTNERS, kind.part_of)
    if code.replaced_by:
        yield from _change(listing, code)


def _change(listing: CodeList, code: Code) -> Iterator[Said]:
    """Say what an organisation became, on the first day without it."""
    change = f"{code_iri(listing.name, code.code)}#change"
    yield change, "rdf:type", "org:ChangeEvent"
    yield change, "org:originalOrganization", _iri(listing.name, code.code)
    for successor in code.replaced_by:
        yield change, "org:resultingOrganization", _iri(listing.name, successor)
    if code.valid_until:
        day = date.fromisoformat(code.valid_until) + timedelta(days=1)
        yield change, "dcterms:date", Value(day.isoformat(), "", "xsd:date")
