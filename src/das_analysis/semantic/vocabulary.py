"""The vocabulary of the model as files: what an export means, for whoever reads it."""

from __future__ import annotations

import json

from das_analysis.model import Model
from das_analysis.semantic.concepts import concepts
from das_analysis.semantic.context import context
from das_analysis.semantic.ontology import ontology
from das_analysis.semantic.organisations import KINDS, organisations
from das_analysis.semantic.terms import list_iri
from das_analysis.semantic.triples import write


def vocabulary(model: Model) -> dict[str, bytes]:
    """Return file name -> content: OWL of classes and slots, SKOS of code lists, ORG, the JSON-LD context.

    The same model gives the same bytes. Raises BadModel for a slot whose uses are of different kinds.
    """
    short = {name: f"{list_iri(name)}/" for name in model.code_lists}
    said = json.dumps(context(model), indent=1, ensure_ascii=False)
    return {
        "model.ttl": write(ontology(model)),
        "codes.ttl": write(concepts(model), short=short),
        "organisations.ttl": write(organisations(model), short={name: short[name] for name in KINDS}),
        "context.jsonld": f"{said}\n".encode(),
    }
