"""The vocabulary says everything of the model, in two languages, and hangs together."""

from dataclasses import replace
from itertools import chain

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import DCTERMS, FOAF, ORG, OWL, RDF, RDFS, SKOS, XSD

from das_analysis.errors import BadModel
from das_analysis.model import load_model
from das_analysis.semantic.ontology import ontology
from das_analysis.semantic.terms import class_iri, code_iri, list_iri, slot_iri
from das_analysis.semantic.vocabulary import vocabulary

MODEL = load_model()
LANGUAGES = {"nl", "en"}
XKOS = rdflib.Namespace("http://rdf-vocabulary.ddialliance.org/xkos#")


@pytest.fixture(scope="module")
def files():
    return vocabulary(MODEL)


@pytest.fixture(scope="module")
def owl(files):
    return rdflib.Graph().parse(data=files["model.ttl"], format="turtle")


@pytest.fixture(scope="module")
def skos(files):
    return rdflib.Graph().parse(data=files["codes.ttl"], format="turtle")


@pytest.fixture(scope="module")
def codes():
    return {code_iri(name, c): (name, c) for name, found in MODEL.code_lists.items() for c in found.codes}


def languages(graph, subject, predicate):
    return {text.language for text in graph.objects(rdflib.URIRef(subject), predicate) if str(text).strip()}


def test_the_same_model_gives_the_same_bytes(files):
    assert vocabulary(MODEL) == files


def test_every_class_and_slot_is_there_in_two_languages(owl):
    names = {class_iri(t) for t in MODEL.tables.values()}
    names |= {slot_iri(c) for t in MODEL.tables.values() for c in t.columns}
    assert len(names) > 100
    for predicate in (RDFS.label, SKOS.definition):
        assert {n: s for n in names if (s := languages(owl, n, predicate)) != LANGUAGES} == {}


def test_every_code_list_and_code_is_there_in_two_languages(skos, codes):
    assert len(codes) > 500
    names = {*codes, *(list_iri(name) for name in MODEL.code_lists)}
    for predicate in (SKOS.prefLabel, SKOS.definition):
        assert {n: s for n in names if (s := languages(skos, n, predicate)) != LANGUAGES} == {}
    assert {str(s) for s in skos.subjects(RDF.type, SKOS.Concept)} == set(codes)


def test_a_code_has_its_notation_and_stands_in_its_list(skos, codes):
    for iri, (name, code) in codes.items():
        node = rdflib.URIRef(iri)
        assert skos.value(node, SKOS.notation) == rdflib.Literal(code)
        assert list(skos.objects(node, SKOS.inScheme)) == [rdflib.URIRef(list_iri(name))]


def test_every_slot_has_one_kind_a_domain_and_a_range_that_are_declared(owl):
    kinds = {OWL.ObjectProperty, OWL.DatatypeProperty}
    declared = {*owl.subjects(RDF.type, OWL.Class), SKOS.Concept, OWL.Thing}
    slots = set(owl.subjects(RDF.type, OWL.FunctionalProperty))
    assert len(slots) > 90
    for slot in slots:
        assert len(kinds & set(owl.objects(slot, RDF.type))) == 1
        for predicate in (RDFS.domain, RDFS.range):
            found = list(owl.objects(slot, predicate))
            assert len(found) == 1, slot
            parts = list(owl.items(owl.value(found[0], OWL.unionOf))) or found
            literal = predicate == RDFS.range and (slot, RDF.type, OWL.DatatypeProperty) in owl
            assert all(p.startswith(str(XSD)) if literal else p in declared for p in parts), slot


def test_a_slot_of_two_classes_has_their_union_as_domain(owl):
    domain = owl.value(rdflib.URIRef(slot_iri("registered_on")), RDFS.domain)
    named = {p.rpartition("/")[2] for p in owl.items(owl.value(domain, OWL.unionOf))}
    assert named == {t.class_name for t in MODEL.tables.values() if "registered_on" in t.columns}


def test_what_is_required_and_which_list_applies_is_said_of_the_class(owl):
    bounds = set()
    for node in owl.objects(rdflib.URIRef(class_iri(MODEL.tables["case"])), RDFS.subClassOf):
        slot = owl.value(node, OWL.onProperty).rpartition("/")[2]
        inner = owl.value(node, OWL.allValuesFrom)
        bounds.add((slot, str(owl.value(inner, OWL.hasValue)) if inner else "required"))
    assert ("registered_on", "required") in bounds
    assert ("offence_code", list_iri("Scm2010")) in bounds
    assert ("source_code", list_iri("ChainPartner")) in bounds


def test_a_slot_with_values_of_two_kinds_is_refused():
    case = MODEL.tables["case"]
    spoiled = replace(case.columns["is_zsm"], name="registered_on")
    tables = {**MODEL.tables, "case": replace(case, columns={**case.columns, "registered_on": spoiled})}
    with pytest.raises(BadModel, match="registered_on"):
        list(ontology(replace(MODEL, tables=tables)))


def test_the_hierarchy_is_said_both_ways_and_ends_at_the_top(skos, codes):
    for iri, (name, code) in codes.items():
        node, parent = rdflib.URIRef(iri), MODEL.code_lists[name].codes[code].parent
        inside = parent is not None and MODEL.code_lists[name].parent_list in {None, name}
        up = [rdflib.URIRef(code_iri(name, parent))] if inside else []
        assert list(skos.objects(node, SKOS.broader)) == up
        assert list(skos.subjects(SKOS.narrower, node)) == up
        assert bool(list(skos.objects(node, SKOS.topConceptOf))) != inside
        assert bool(list(skos.subjects(SKOS.hasTopConcept, node))) != inside


def test_an_iccs_division_is_matched_to_its_section(skos):
    node = rdflib.URIRef(code_iri("Iccs2", "0401"))
    assert list(skos.objects(node, SKOS.broadMatch)) == [rdflib.URIRef(code_iri("Iccs1", "04"))]


def test_crosswalks_lead_to_codes_that_exist(skos, codes):
    kinds = (SKOS.closeMatch, SKOS.relatedMatch, SKOS.broadMatch)
    ours = {str(o) for k in kinds for o in skos.objects(None, k) if str(o).startswith(list_iri(""))}
    wanted = {
        code_iri(other, target)
        for found in MODEL.code_lists.values()
        for code in found.codes.values()
        for other, targets in code.crosswalks.items()
        for target in targets
    }
    assert wanted
    assert wanted <= ours <= set(codes)


def test_a_classification_has_each_code_on_one_level_and_its_crosswalks_as_correspondences(skos):
    scheme = rdflib.URIRef(list_iri("Scm2010"))
    levels = list(skos.items(skos.value(scheme, XKOS.levels)))
    printed = {c.facts["level"] for c in MODEL.code_lists["Scm2010"].codes.values()}
    assert len(levels) == int(skos.value(scheme, XKOS.numberOfLevels)) == len(printed)
    members = list(chain.from_iterable(skos.objects(level, SKOS.member) for level in levels))
    assert len(members) == len(set(members)) == len(MODEL.code_lists["Scm2010"].codes)
    to = rdflib.URIRef(f"{scheme}#to-Iccs2")
    assert set(skos.objects(to, XKOS.compares)) == {scheme, rdflib.URIRef(list_iri("Iccs2"))}
    pairs = {
        (str(skos.value(a, XKOS.sourceConcept)), str(t))
        for a in skos.objects(to, XKOS.madeOf)
        for t in skos.objects(a, XKOS.targetConcept)
    }
    said = MODEL.code_lists["Scm2010"].codes.values()
    assert pairs == {
        (code_iri("Scm2010", c.code), code_iri("Iccs2", t))
        for c in said
        for t in c.crosswalks.get("Iccs2", ())
    }


def test_validity_is_said_as_dates(skos, codes):
    start = rdflib.URIRef("http://publications.europa.eu/ontology/euvoc#startDate")
    for iri, (name, code) in codes.items():
        said = MODEL.code_lists[name].codes[code].valid_from
        assert (str(skos.value(rdflib.URIRef(iri), start)) if said else None) == said


@pytest.fixture(scope="module")
def org(files):
    return rdflib.Graph().parse(data=files["organisations.ttl"], format="turtle")


def organisation(graph, name, code):
    return graph.value(rdflib.URIRef(code_iri(name, code)), FOAF.focus)


def test_every_code_of_an_organisation_is_about_one(org, codes):
    lists = ("ChainPartner", "Court", "ProsecutionOffice", "PoliceUnit")
    about = {str(code): node for code, node in org.subject_objects(FOAF.focus)}
    assert set(about) == {iri for iri, (name, _) in codes.items() if name in lists}
    kinds = {ORG.Organization, ORG.FormalOrganization, ORG.OrganizationalUnit}
    for iri, node in about.items():
        assert set(org.objects(node, RDF.type)) < kinds, iri
        assert languages(org, node, SKOS.prefLabel) == LANGUAGES
        assert str(org.value(node, ORG.identifier)) == codes[iri][1]
    assert len(set(about.values())) == len(about) - 1
    assert organisation(org, "PoliceUnit", "KMAR") == organisation(org, "ChainPartner", "KMAR")


@pytest.mark.parametrize(
    ("name", "code", "whole"),
    [
        ("Court", "RBAMS", "ZM"),
        ("Court", "HR", "ZM"),
        ("Court", "PHR", None),
        ("ProsecutionOffice", "AP_NN", "OM"),
        ("PoliceUnit", "LE", "POL"),
        ("PoliceUnit", "KMAR", None),
        ("ChainPartner", "AICE", "CJIB"),
        ("ChainPartner", "OM", None),
    ],
)
def test_an_organisation_is_a_part_of_at_most_one_other(org, name, code, whole):
    found = list(org.objects(organisation(org, name, code), ORG.subOrganizationOf))
    assert found == ([organisation(org, "ChainPartner", whole)] if whole else [])


def test_what_became_of_an_organisation_is_a_change_on_a_day(org):
    gone = organisation(org, "Court", "RBZLY")
    (change,) = org.subjects(ORG.originalOrganization, gone)
    assert (change, RDF.type, ORG.ChangeEvent) in org
    assert set(org.objects(change, ORG.resultingOrganization)) == {
        organisation(org, "Court", "RBONE"),
        organisation(org, "Court", "RBMNE"),
    }
    assert str(org.value(change, DCTERMS.date)) == "2013-01-01"


def test_every_organisation_that_is_named_is_described(org):
    named = {
        node for p in (ORG.subOrganizationOf, ORG.resultingOrganization) for node in org.objects(None, p)
    }
    assert named <= set(org.subjects(ORG.identifier))


def test_a_question_over_the_hierarchy_is_answered_by_another_reader(files):
    store = ox.Store()
    store.load(files["codes.ttl"], format=ox.RdfFormat.TURTLE)
    answer = store.query(
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
        f"SELECT ?n WHERE {{ ?c skos:broader+ <{code_iri('Scm2010', '1')}> ; skos:notation ?n }}"
    )
    found = MODEL.code_lists["Scm2010"].codes
    assert {row["n"].value for row in answer} == {c for c in found if c.startswith("1.")}
