"""What a question in SPARQL gives: values that a researcher can go on with, and the way it took."""

import datetime as dt

import pandas as pd
import pytest

import das_analysis as das

CODES = "https://w3id.org/das/code/"
ROWS = "https://w3id.org/das/id/"


def test_rows_and_codes_come_back_as_keys_and_codes(ask):
    found = ask(
        "SELECT ?c ?o { ?c a das:Case ; das:office_code ?o FILTER(?o = code:ProsecutionOffice\\/AP_ON) }"
    )
    assert found == [("z3", "AP_ON")]


def test_or_as_whole_iris(ask):
    query = "SELECT ?f ?a { ?f das:law_article_code ?a }"
    assert ask(query, iris=True) == [(f"{ROWS}charge/f2", f"{CODES}LawArticle/Sr%20310")]
    assert ask(query) == [("f2", "Sr 310")]


def test_numbers_are_numbers_and_dates_are_dates(small_lake):
    answer = small_lake.sparql(
        "SELECT ?n ?a ?d { ?x das:charge_number ?n . ?y das:amount_eur ?a . ?y das:decided_on ?d }"
    )
    assert answer.dtypes.astype("str").str.replace(r"\[.*", "", regex=True).tolist() == [
        "int64",
        "float64",
        "datetime64",
    ]
    assert pd.Timestamp("2024-04-01") in set(answer["d"])


def test_what_is_unbound_is_missing(ask):
    found = ask(
        "SELECT ?d ?a { ?d a das:ProsecutionDecision OPTIONAL { ?d das:amount_eur ?a FILTER(?a > 1) } }"
    )
    assert found == [("d1", 250.5), ("d2", None), ("d3", None)]


def test_an_address_that_others_gave_is_an_iri(ask):
    query = "SELECT ?r ?e { ?r das:ecli ?e }"
    assert ask(query) == [("r1", "ECLI:NL:RBAMS:2024:7")]
    assert ask(query, iris=True)[0][1] == "http://deeplink.rechtspraak.nl/uitspraak?id=ECLI:NL:RBAMS:2024:7"


def test_a_reference_is_an_iri_whether_or_not_the_row_is_there(ask):
    assert ask("SELECT DISTINCT ?c { ?d a das:ProsecutionDecision ; das:case_key ?c }") == [
        ("lost",),
        ("z1",),
    ]
    assert ask("SELECT DISTINCT ?c { ?d a das:ProsecutionDecision ; das:case_key ?c . ?c a das:Case }") == [
        ("z1",)
    ]


def test_a_property_of_several_classes_is_asked_of_all(ask):
    found = ask("SELECT ?t (COUNT(*) AS ?n) { ?x das:case_key ?c ; a ?t } GROUP BY ?t")
    assert found == [("das:Charge", 2), ("das:CourtCase", 2), ("das:ProsecutionDecision", 3)]


def test_labels_and_hierarchy_of_codes(ask):
    found = ask('SELECT ?c ?l { ?c a das:Case ; das:offence_code/skos:prefLabel ?l FILTER(LANG(?l) = "en") }')
    assert [c for c, _ in found] == ["z1", "z2"]
    above = f"SELECT ?c {{ ?c das:offence_code/skos:broader* <{CODES}Scm2010/1> }}"
    assert ask(above) == [("z1",)]


def test_lead_times_are_counted_in_days(ask):
    dates = "?c das:registered_on ?a . ?r das:case_key ?c ; das:verdict_on ?b"
    query = f"SELECT (das:days_between(?a, ?b) AS ?days) {{ {dates} }}"
    assert ask(query) == [(100,)]


def test_nasty_texts_come_out_whole(ask):
    text = "a 'quoted' \"text\"\n; DROP"
    assert ask("SELECT ?t { ?f das:offence_text ?t }") == [(text,)]
    assert ask("SELECT ?t { ?f das:offence_text ?t . ?f ?p ?t }", way="store") == [(text,)]
    assert ask('SELECT ?f { ?f das:offence_text "a \'quoted\' \\"text\\"\\n; DROP" }') == [("f1",)]
    assert ask('SELECT ?f { ?f das:offence_text "x\' OR 1=1 --" }') == []


def test_what_differs_only_in_case_are_two_variables(ask):
    assert ask("SELECT ?x ?X { ?x das:charge_number ?X FILTER(?X = 2) }") == [("f2", 2)]


def test_order_limit_and_offset(small_lake):
    query = "SELECT ?d { ?c a das:Case ; das:registered_on ?d } ORDER BY DESC(?d) LIMIT 2 OFFSET 1"
    assert small_lake.sparql(query)["d"].dt.date.tolist() == [dt.date(2025, 1, 15), dt.date(2024, 5, 1)]


def test_a_sum_with_an_unbound_value_is_unbound(ask):
    amounts = "?d a das:ProsecutionDecision OPTIONAL {{ ?d das:amount_eur ?a }}"
    query = f"SELECT (SUM({{}}) AS ?s) (COUNT(?a) AS ?n) {{{{ {amounts} }}}}"
    assert ask(query.format("?a")) == [(None, 2)]
    assert ask(query.format("COALESCE(?a, 0)")) == [(250.6, 2)]


def test_ask_gives_one_truth(ask):
    assert ask("ASK { ?c das:reinflow_of_key ?d }") == [(True,)]
    assert ask("ASK { ?c das:reinflow_of_key ?d . ?d das:offence_code ?o . FILTER(?o = ?c) }") == [(False,)]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT ?d { <https://w3id.org/das/id/case/z4> das:reinflow_of_key+ ?d }", "any length"),
        (
            'SELECT (GROUP_CONCAT(?k; separator=" ") AS ?d) { VALUES ?k { "z1" "z3" } }',
            "CONCAT",
        ),
        (
            "SELECT ?d { <https://w3id.org/das/id/case/z4> (das:reinflow_of_key|^das:case_key)+ ?d }",
            "any length",
        ),
    ],
)
def test_what_is_not_compiled_is_answered_by_a_store_that_says_why(small_lake, query, why):
    answer = small_lake.sparql(query)
    assert answer.attrs["way"] == "store"
    assert why in answer.attrs["why"].replace("GROUPCONCAT", "CONCAT")
    assert {"z1", "z3"} <= set(" ".join(answer["d"]).split())


def test_the_store_knows_the_graph_of_the_snapshot(ask):
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?c a das:Case } }"
    assert ask(query, way="store", iris=True) == [("https://w3id.org/das/id/snapshot/0001-small",)]


def test_describe_and_construct_give_triples(small_lake):
    answer = small_lake.sparql("CONSTRUCT { ?c das:seen ?d } { ?c a das:Case ; das:registered_on ?d }")
    assert answer.columns.tolist() == ["subject", "predicate", "object"]
    assert len(answer) == 4


def test_the_answer_is_no_release(small_lake):
    assert not hasattr(small_lake.sparql("ASK {}"), "_repr_mimebundle_")


def test_the_face_and_the_lake_are_one(small_lake):
    query = "SELECT ?c { ?c a das:Case }"
    assert das.sparql(small_lake, query).equals(small_lake.sparql(query))
