"""das export rdf: what the folder holds, in each format, whole or stopped half way."""

import hashlib
import json

import pyoxigraph as ox
import pytest
import rdflib
from click.testing import CliRunner

from das_analysis.cli.main import das
from das_analysis.errors import Refused, TryAgain
from das_analysis.model import load_model
from das_analysis.semantic.export import Form, export_rdf
from das_analysis.semantic.manifest import read_manifest
from das_analysis.semantic.terms import class_iri, code_iri, named_tables, slot_iri, told_columns
from das_analysis.semantic.vocabulary import vocabulary

MODEL = load_model()
GRAPH = "https://w3id.org/das/id/snapshot/0001-synthetic"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@pytest.fixture(scope="module")
def quads(lake, tmp_path_factory, quads_of):
    """The whole snapshot as N-Quads, zstd, in parts of at most a thousand rows."""
    to = tmp_path_factory.mktemp("nq") / "export"
    manifest = export_rdf(lake, to, form=Form(rows=1000))
    return to, manifest, quads_of(to, manifest)


def test_each_row_and_each_known_value_is_one_statement(lake, quads):
    _, manifest, (found, count) = quads
    for table in (t for t in named_tables(MODEL) if t.plural in lake.tables):
        rows = lake.tables[table.plural].to_pandas()
        known = len(rows) + int(rows[[c.name for c in told_columns(table)]].notna().sum().sum())
        assert len(found[table.plural]) == known, table.plural
    assert count == manifest.triples == len(set().union(*found.values()))


def test_rows_stand_in_the_graph_of_their_snapshot(quads):
    _, _, (found, _) = quads
    for table, statements in found.items():
        graph = ox.NamedNode(GRAPH) if table else ox.DefaultGraph()
        assert {q.graph_name for q in statements} <= {graph}


def test_the_graph_says_where_it_comes_from(lake, quads):
    _, _, (found, _) = quads
    store = ox.Store()
    store.extend(found[""])
    prov = "PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX dcterms: <http://purl.org/dc/terms/>"
    said = list(
        store.query(
            f"{prov} SELECT ?at ?model ?code WHERE {{ <{GRAPH}> prov:generatedAtTime ?at; prov:wasGeneratedBy"
            " [ prov:used/dcterms:hasVersion ?model; prov:wasAssociatedWith/dcterms:hasVersion ?code ] }"
        )
    )
    made = lake.snapshot.provenance
    assert [tuple(v.value for v in row) for row in said] == [
        (made.at, made.model, f"das-analysis {made.code}")
    ]
    sources = store.query(f"{prov} SELECT ?d WHERE {{ <{GRAPH}> prov:wasDerivedFrom ?d }}")
    assert {row["d"].value.rpartition("/")[2] for row in sources} == set(made.inputs)


def test_an_export_uses_only_terms_that_the_vocabulary_declares(quads):
    files = vocabulary(MODEL)
    declared = rdflib.Graph().parse(data=files["model.ttl"], format="turtle")
    declared.parse(data=files["codes.ttl"], format="turtle")
    known = {str(s) for s in declared.subjects()}
    said = set().union(*(s for table, s in quads[2][0].items() if table))
    used = {q.predicate.value for q in said} | {q.object.value for q in said if q.predicate.value == TYPE}
    used |= {o for q in said if (o := q.object.value).startswith(f"{slot_iri('code')}/")}
    assert len(used) > 150
    assert used - known == {TYPE}


@pytest.mark.parametrize(("syntax", "compress"), [("nt", "gzip"), ("ttl", "none"), ("jsonld", "zstd")])
def test_every_format_says_the_same(lake, quads, tmp_path, quads_of, syntax, compress):
    form = Form(syntax=syntax, compress=compress, tables=("cases", "court_cases", "sanctions"))
    found, _ = quads_of(tmp_path / "x", export_rdf(lake, tmp_path / "x", form=form))
    assert set(found) == {*form.tables, ""}
    for table, statements in found.items():
        wanted = quads[2][0][table]
        if syntax == "jsonld":
            assert statements == wanted
        assert {q.triple for q in statements} == {q.triple for q in wanted}


@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning")  # rdflib's own
@pytest.mark.filterwarnings(
    "ignore:ConjunctiveGraph is deprecated"
)  # rdflib of itself, in its JSON-LD parser
def test_rdflib_reads_turtle_and_json_ld_alike(lake, tmp_path, text_of):
    graphs = []
    for syntax, name in (("ttl", "turtle"), ("jsonld", "json-ld")):
        form = Form(syntax=syntax, compress="none", tables=("court_cases",))
        export_rdf(lake, tmp_path / syntax, form=form)
        text = text_of(tmp_path / syntax / "court_cases" / f"0001.{syntax}")
        data = rdflib.Dataset()
        data.parse(data=text, format=name)
        graphs.append({triple[:3] for triple in data.quads((None, None, None, None))})
    assert graphs[0] == graphs[1]
    assert len(graphs[0]) > 1000


def test_the_manifest_says_rows_statements_and_digests(lake, quads):
    to, manifest, _ = quads
    assert read_manifest(to) == manifest
    assert manifest.whole
    assert manifest.of["digest"] == lake.snapshot.digest
    for file in manifest.files:
        content = (to / file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
    rows = {}
    for file in manifest.files:
        rows[file.table] = rows.get(file.table, 0) + file.rows
    told = json.loads((to / "manifest.json").read_text(encoding="utf-8"))
    assert (told["rows"], told["triples"]) == (manifest.rows, manifest.triples)
    named = {t.plural for t in named_tables(MODEL)} & set(lake.tables)
    assert {t: n for t, n in rows.items() if t} == {t: lake.tables[t].count().execute() for t in named}


def test_a_large_table_is_cut_in_parts_without_a_row_twice(quads):
    parts = [f for f in quads[1].files if f.table == "registered_crimes"]
    assert len(parts) > 3
    assert all(0 < f.rows <= 1000 for f in parts)


def test_the_same_export_twice_gives_the_same_files(lake, tmp_path):
    form = Form(tables=("cases", "sanctions"), compress="gzip")
    once, twice = (export_rdf(lake, tmp_path / name, form=form) for name in "ab")
    assert once == twice


def test_a_stopped_export_goes_on_where_it_was(lake, quads, tmp_path):
    class Stop(Exception):
        pass

    def stop(text, done, total):
        if text == "rdf cases":
            raise Stop

    to, form = tmp_path / "x", Form(rows=1000)
    with pytest.raises(Stop):
        export_rdf(lake, to, form=form, progress=stop)
    half = read_manifest(to)
    assert not half.whole
    kept = {f.name: (to / f.name).stat().st_mtime_ns for f in half.files}
    spoiled = half.files[0].name
    (to / spoiled).write_bytes(b"spoiled")
    (to / "cases").mkdir()
    (to / "cases" / ".0001.nq.zst.partial").write_bytes(b"cut off")
    whole = export_rdf(lake, to, form=form)
    assert whole.whole
    assert {f.name: f.sha256 for f in whole.files} == {f.name: f.sha256 for f in quads[1].files}
    again = {name for name, at in kept.items() if (to / name).stat().st_mtime_ns != at}
    assert again == {spoiled}
    assert list(to.rglob("*.partial")) == []


def test_the_engine_has_its_own_settings_again(lake, tmp_path):
    con = next(iter(lake.tables.values())).get_backend().con
    asked = "SELECT current_setting('memory_limit'), current_setting('threads')"
    con.execute("SET threads = 2")
    before = con.sql(asked).fetchall()
    export_rdf(lake, tmp_path / "rdf", form=Form(tables=("cases",)))
    assert con.sql(asked).fetchall() == before


def test_a_folder_with_another_export_is_refused_and_stays(lake, quads):
    to, manifest, _ = quads
    with pytest.raises(Refused, match=r"another export\n.*base, rows"):
        export_rdf(lake, to, form=Form(base="https://example.org/id/"))
    assert read_manifest(to) == manifest


def test_a_folder_with_something_else_is_refused(lake, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Refused, match="something else"):
        export_rdf(lake, tmp_path)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (Form(syntax="rdfxml"), "nq, nt, ttl, jsonld"),
        (Form(compress="lzma"), "zstd, gzip, none"),
        (Form(tables=("detention_days",)), "no such table to export: detention_days"),
    ],
)
def test_what_does_not_exist_is_refused(lake, tmp_path, form, says):
    with pytest.raises(Refused, match=says):
        export_rdf(lake, tmp_path / "x", form=form)
    assert not (tmp_path / "x").exists()


def test_a_disk_that_takes_no_more_says_try_again(lake, tmp_path):
    (tmp_path / "x" / ".manifest.json.partial").mkdir(parents=True)
    with pytest.raises(TryAgain, match=r"manifest\.json"):
        export_rdf(lake, tmp_path / "x", form=Form(tables=("verdicts",)))


def test_the_base_is_the_hosts_to_choose_and_the_words_stay(lake, tmp_path, quads_of):
    form = Form(base="https://data.example.org/chain/", tables=("cases",))
    found, _ = quads_of(tmp_path / "x", export_rdf(lake, tmp_path / "x", form=form))
    subjects = {q.subject.value for q in found["cases"]}
    assert all(s.startswith("https://data.example.org/chain/case/") for s in subjects)
    words = {q.object.value for q in found["cases"] if q.predicate.value == TYPE}
    assert words == {class_iri(MODEL.tables["case"])}


def test_a_judgment_has_the_address_that_others_gave_it(lake, quads):
    eclis = set(lake.court_cases.ecli.execute().dropna())
    said = {q.object for q in quads[2][0]["court_cases"] if q.predicate.value == slot_iri("ecli")}
    assert said == {ox.NamedNode(f"http://deeplink.rechtspraak.nl/uitspraak?id={e}") for e in eclis}
    assert said


def test_a_code_that_an_iri_cannot_hold_is_encoded(quads):
    said = {
        q.object.value for q in quads[2][0]["charges"] if q.predicate.value == slot_iri("law_article_code")
    }
    assert all(" " not in iri for iri in said)
    assert said <= {code_iri("LawArticle", c) for c in MODEL.code_lists["LawArticle"].codes}
    assert any("%20" in iri for iri in said)


def test_the_command_line_does_it_and_says_how_much(demo_lake, tmp_path):
    words = [
        "export",
        "rdf",
        "--lake",
        str(demo_lake),
        "--to",
        str(tmp_path / "x"),
        "--tables",
        "cases,verdicts",
    ]
    done = CliRunner().invoke(das, words)
    assert done.exit_code == 0, done.output
    manifest = read_manifest(tmp_path / "x")
    assert f"{manifest.rows:,} rows, {manifest.triples:,} triples in 3 files" in done.output
    assert "rdf cases" in done.output
