"""What a question may not do, and what a refusal says: which construct, and what to do instead."""

import pytest

from das_analysis.errors import Refused

WHOLE = "SELECT * { ?a ?b ?c }"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", "SERVICE"),
        (
            "SELECT * { ?a ?b ?c FILTER EXISTS { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } } }",
            "SERVICE",
        ),
        ("SELECT * { { SELECT * { OPTIONAL { SERVICE ?x { ?s ?p ?o } } } } }", "SERVICE"),
        ("SELECT * FROM <http://127.0.0.1:1/> { ?s ?p ?o }", "FROM"),
        ("SELECT * FROM NAMED <http://127.0.0.1:1/> { ?s ?p ?o }", "FROM"),
        ("LOAD <http://127.0.0.1:1/>", "LOAD"),
        ("INSERT DATA { <a:b> <a:c> <a:d> }", "INSERTDATA"),
        ("DELETE WHERE { ?s ?p ?o }", "DELETEWHERE"),
        ("CLEAR ALL", "CLEAR"),
        ("this is no query", "not a SPARQL query"),
        ("SELECT * { ?c x:y ?z }", "not a SPARQL query"),
        ("SELECT * { " + "{" * 500 + "}" * 500 + " }", "too deep"),
        ("SELECT * { ?c a das:Case } #" + "x" * 1_000_000, "longer than"),
    ],
)
def test_it_is_refused_by_name(small_lake, query, named):
    with pytest.raises(Refused, match=named) as refusal:
        small_lake.sparql(query)
    assert refusal.value.todo
    assert len(str(refusal.value)) < 500


def test_words_in_texts_and_comments_are_no_constructs(ask):
    assert ask('SELECT ?f { ?f das:offence_text "SERVICE <http://127.0.0.1:1/>" } # LOAD FROM') == []


@pytest.mark.parametrize("query", ["SELECT ?c { ?c a das:Case }", WHOLE])
def test_more_rows_than_the_limit_are_refused_not_cut(small_lake, query):
    with pytest.raises(Refused, match="more than 3 rows"):
        small_lake.sparql(query, limit=3)


def test_a_query_on_the_tables_stops_in_time(small_lake):
    many = " . ".join(f"?c{i} das:registered_on ?d{i}" for i in range(20))
    with pytest.raises(Refused, match=r"takes more than 0\.5 s"):
        small_lake.sparql(f"SELECT (COUNT(*) AS ?n) {{ {many} }}", seconds=0.5)


def test_a_query_in_the_store_stops_in_time(small_lake):
    with pytest.raises(Refused, match="takes more than 3 s"):
        small_lake.sparql("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", seconds=3)


def test_a_store_that_would_be_too_large_is_not_made(small_lake, monkeypatch):
    monkeypatch.setattr("das_analysis.semantic.sparql.store.MOST_TRIPLES", 10)
    with pytest.raises(Refused, match="10 at most") as refusal:
        small_lake.sparql(WHOLE)
    assert "name classes and properties" in refusal.value.todo


def test_syntax_that_only_the_store_refuses_is_refused(small_lake):
    with pytest.raises(Refused, match="store cannot answer"):
        small_lake.sparql("SELECT ?c (COUNT(*) AS ?n) { ?c a das:Case }")
