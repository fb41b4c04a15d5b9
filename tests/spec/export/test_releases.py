"""das export releases, das export catalogue: printed figures as a Data Cube, and a list of all there is."""

import json
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from click.testing import CliRunner
from rdflib.namespace import DCAT, DCTERMS, FOAF, QB, RDF

from das_analysis.cli.main import das
from das_analysis.disclosure import digest_of, find_releases
from das_analysis.disclosure.ledger import enter_release
from das_analysis.errors import Refused
from das_analysis.flow import Provenance, Release, Snapshot, TableRef
from das_analysis.semantic.catalogue import Publisher, catalogue
from das_analysis.semantic.cube import cube, cube_name
from das_analysis.semantic.triples import write

MADE_UP = Path(__file__).parents[1] / "run" / "made_up" / "contents.json"
CONTENTS = [c for found in json.loads(MADE_UP.read_text(encoding="utf-8")).values() for c in found]
RELEASES = [
    Release(
        title=c["title"],
        content={"policy": "1", **c},
        digest=digest_of({"policy": "1", **c}),
        snapshot=c["snapshot"],
    )
    for c in CONTENTS
]
SNAPSHOT = Snapshot(
    lake=Path("lake"),
    number=1,
    name="made",
    digest="d" * 64,
    tables={"case": TableRef(version=0, rows=1200, digest="0")},
    provenance=Provenance(
        actor="a",
        at="2026-01-02T03:04:05Z",
        code="0.1",
        model="0.1+0",
        inputs=("om-2024-1-0123456789ab", "cjib-2025-1-2024456789ab"),
    ),
)
PREFIXES = """PREFIX qb: <http://purl.org/linked-data/cube#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX sdmx: <http://purl.org/linked-data/sdmx/2009/attribute#>
"""
# Integrity constraints of the Data Cube recommendation that need no normalisation: each must find nothing.
# IC-14 (an observation has its measure) holds for printed figures only: what is hidden has no value.
CONSTRAINTS = {
    "IC-1": "?o a qb:Observation FILTER NOT EXISTS { ?o qb:dataSet ?d }",
    "IC-2": "?d a qb:DataSet FILTER NOT EXISTS { ?d qb:structure ?s }",
    "IC-3": "?s a qb:DataStructureDefinition FILTER NOT EXISTS { ?s qb:component/qb:measure ?m }",
    "IC-4": "?p a qb:DimensionProperty FILTER NOT EXISTS { ?p rdfs:range ?r }",
    "IC-5": "?p a qb:DimensionProperty ; rdfs:range skos:Concept FILTER NOT EXISTS { ?p qb:codeList ?c }",
    "IC-11": """?o qb:dataSet/qb:structure/qb:component/qb:dimension ?p
        FILTER NOT EXISTS { ?o ?p ?v }""",
    "IC-12": """?a qb:dataSet ?d ; qb:measureType ?m . ?b qb:dataSet ?d ; qb:measureType ?m FILTER(?a != ?b)
        FILTER NOT EXISTS {
            ?d qb:structure/qb:component/qb:dimension ?p . ?a ?p ?x . ?b ?p ?y FILTER(?x != ?y) }""",
    "IC-14": """?o qb:measureType ?m ; sdmx:obsStatus ?s FILTER(strends(str(?s), "rounded"))
        FILTER NOT EXISTS { ?o ?m ?v }""",
    "IC-15": """?o qb:measureType ?m
        FILTER NOT EXISTS { ?o qb:dataSet/qb:structure/qb:component/qb:measure ?m }""",
    "IC-19": """?o qb:dataSet/qb:structure/qb:component/qb:dimension ?p . ?p qb:codeList ?l . ?o ?p ?v
        FILTER NOT EXISTS { ?v skos:inScheme ?l }""",
}


def store_of(release):
    store = ox.Store()
    store.load(write(cube(release)), format=ox.RdfFormat.TURTLE)
    return store


def broken(store):
    return [ic for ic, where in CONSTRAINTS.items() if store.query(f"{PREFIXES} ASK {{ {where} }}")]


@pytest.mark.parametrize("release", RELEASES, ids=lambda r: f"{r.content['lang']}: {r.title}")
def test_the_observations_are_the_printed_figures_and_keep_the_constraints(release):
    store = store_of(release)
    assert broken(store) == []
    where = "?o qb:measureType ?m ; sdmx:obsStatus ?s OPTIONAL { ?o ?m ?v }"
    asked = f"{PREFIXES} SELECT ?o ?m ?s ?v WHERE {{ {where} }}"
    found = {
        row["o"].value.partition("#")[2]: (
            row["s"].value.rpartition("/")[2],
            row["v"] and Decimal(row["v"].value),
        )
        for row in store.query(asked)
    }
    names = [c["name"] for c in release.content["columns"] if c["role"] == "value"]
    wanted = {
        f"{i}-{name}": (
            row[f"{name}_status"] or "rounded",
            None if row[name] is None else Decimal(str(row[name])),
        )
        for i, row in enumerate(release.content["rows"], start=1)
        for name in names
    }
    assert found == wanted


def test_what_is_hidden_has_no_value():
    hidden = [
        row["v"]
        for release in RELEASES
        for row in store_of(release).query(
            f"{PREFIXES} SELECT ?v WHERE {{ ?o qb:measureType ?m ; sdmx:obsStatus ?s"
            " FILTER(!strends(str(?s), 'rounded')) OPTIONAL { ?o ?m ?v } }"
        )
    ]
    assert len(hidden) > 3
    assert set(hidden) == {None}


@pytest.mark.parametrize("constraint", ["IC-1", "IC-11", "IC-14", "IC-19"])
def test_a_broken_cube_is_seen(constraint):
    store = store_of(RELEASES[0])
    spoil = {
        "IC-1": "DELETE WHERE { ?o qb:dataSet ?d }",
        "IC-11": "DELETE { ?o ?p ?v } WHERE { ?o a qb:Observation ; ?p ?v . ?p a qb:DimensionProperty }",
        "IC-14": "DELETE { ?o ?m ?v } WHERE { ?o qb:measureType ?m ; ?m ?v }",
        "IC-19": "DELETE WHERE { ?v skos:inScheme ?l }",
    }
    store.update(PREFIXES + spoil[constraint])
    assert constraint in broken(store)


def catalogue_graph():
    said = catalogue(
        [SNAPSHOT],
        [(r, "2026-02-03T04:05:06Z") for r in RELEASES],
        publisher=Publisher(name="DAS", mail="a@b.nl"),
    )
    return rdflib.Graph().parse(data=write(said), format="turtle")


MANDATORY = {
    DCAT.Catalog: ("title", "description", "publisher", "license", "modified"),
    DCAT.Dataset: (
        *("title", "description", "identifier", "publisher", "license", "accessRights", "modified"),
        *("temporal", "spatial", "language"),
    ),
    DCAT.Distribution: ("title", "license", "format"),
}
MANDATORY_DCAT = {
    DCAT.Catalog: ("dataset", "contactPoint"),
    DCAT.Dataset: ("theme", "contactPoint"),
    DCAT.Distribution: ("accessURL", "mediaType"),
}


def missing(graph):
    asked = [(kind, DCTERMS[p]) for kind, names in MANDATORY.items() for p in names]
    asked += [(kind, DCAT[p]) for kind, names in MANDATORY_DCAT.items() for p in names]
    return {
        (str(thing), str(predicate))
        for kind, predicate in asked
        for thing in graph.subjects(RDF.type, kind)
        if not list(graph.objects(thing, predicate))
    }


def test_the_catalogue_has_all_that_is_mandatory():
    graph = catalogue_graph()
    assert missing(graph) == {
        (cube_name(r), str(DCTERMS.temporal)) for r in RELEASES if not r.content["period"]
    }
    assert len(list(graph.objects(None, DCAT.dataset))) == 1 + len(RELEASES)
    assert {str(n) for n in graph.objects(None, FOAF.name)} == {"DAS"}


def test_a_missing_property_is_seen():
    graph = catalogue_graph()
    dataset = rdflib.URIRef(cube_name(RELEASES[0]))
    graph.remove((dataset, DCTERMS.license, None))
    assert (str(dataset), str(DCTERMS.license)) in missing(graph)


def test_a_snapshot_is_restricted_and_has_no_file_and_a_release_is_open_and_has_one():
    graph = catalogue_graph()
    for dataset in graph.objects(None, DCAT.dataset):
        is_open = "/release/" in dataset
        assert str(graph.value(dataset, DCTERMS.accessRights)).endswith("PUBLIC" if is_open else "RESTRICTED")
        assert bool(list(graph.objects(dataset, DCAT.distribution))) == is_open
    snapshot = rdflib.URIRef("https://w3id.org/das/id/snapshot/0001-made")
    assert {t.language for t in graph.objects(snapshot, DCTERMS.title)} == {"nl", "en"}
    time = graph.value(snapshot, DCTERMS.temporal)
    assert [str(graph.value(time, DCAT[p])) for p in ("startDate", "endDate")] == ["2024-01-01", "2025-12-31"]


@pytest.fixture
def lake_with_releases(tmp_path):
    for release in (*RELEASES[:2], RELEASES[0]):
        enter_release(release, tmp_path / "lake")
    return tmp_path / "lake"


def test_a_release_is_kept_and_found_once(lake_with_releases):
    assert [r for r, _ in find_releases(lake_with_releases)] == RELEASES[:2]


def test_a_release_that_was_changed_is_refused(lake_with_releases):
    path = lake_with_releases / "releases" / f"{RELEASES[1].digest}.json"
    path.write_text(path.read_text(encoding="utf-8").replace("10", "20"), encoding="utf-8")
    with pytest.raises(Refused, match="was changed"):
        find_releases(lake_with_releases)


def test_the_command_line_writes_cubes_and_catalogue(lake_with_releases, tmp_path):
    run = CliRunner().invoke
    words = ["--lake", str(lake_with_releases), "--to"]
    done = run(das, ["export", "releases", *words, str(tmp_path / "cubes")])
    assert done.exit_code == 0, done.output
    graphs = [rdflib.Graph().parse(p, format="turtle") for p in (tmp_path / "cubes").iterdir()]
    assert {str(g.value(None, RDF.type, QB.DataSet)) for g in graphs} == {cube_name(r) for r in RELEASES[:2]}
    done = run(das, ["export", "catalogue", *words, str(tmp_path / "c.ttl"), "--mail", "a@b.nl"])
    assert done.exit_code == 0, done.output
    assert "0 snapshots, 2 releases" in done.output
    assert len(list(rdflib.Graph().parse(tmp_path / "c.ttl").objects(None, DCAT.dataset))) == 2
