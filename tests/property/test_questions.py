"""The questions of model/questions, in SPARQL and in SQL: the same answers, by the tables and by a store."""

import random
from collections import Counter
from pathlib import Path

import ibis
import pyarrow as pa
import pytest
import yaml
from chains import by_store, chain_of, make_lake, ntriples, ntriples_of_codes, plain, random_chain, store_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import das_analysis as das
from das_analysis.model import load_model

FILES = sorted((Path(__file__).parents[2] / "model" / "questions").glob("*.yaml"))
QUESTIONS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES}
few = settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def backend():
    return ibis.duckdb.connect(memory_limit="1GB")


def cell(value):
    value = value.as_py() if isinstance(value, pa.Scalar) else value
    if hasattr(value, "date"):
        return value.date()
    return (
        plain(float(value))
        if not isinstance(value, (bool, str, type(None))) and hasattr(value, "real")
        else plain(value)
    )


def by_sparql(lake, question):
    """The rows, which must come by way of the tables."""
    found = lake.sparql(question["sparql"])
    assert found.attrs == {"way": "tables", "why": ""}
    known = found.astype("object").where(found.notna(), None)
    return list(found.columns), Counter(tuple(map(cell, row)) for row in known.itertuples(index=False))


def by_sql(backend, question, columns):
    """The rows of the SQL, with the columns in the order of the SPARQL."""
    codes = load_model().code_lists["Scm2010"].codes.values()
    table = pa.table({"offence_code": [c.code for c in codes], "title_nl": [c.title.nl for c in codes]})
    backend.con.register("codes_of_scm2010", table)
    found = backend.con.execute(question["sql"])
    names = [column[0] for column in found.description]
    assert set(names) == set(columns)
    return Counter(tuple(cell(row[names.index(c)]) for c in columns) for row in found.fetchall())


def test_there_are_enough_questions_in_both_languages():
    assert len(QUESTIONS) >= 15
    assert all(set(q) == {"nl", "en", "sparql", "sql"} and q["nl"] != q["en"] for q in QUESTIONS.values())


@given(st.integers(0, 2**32).map(random.Random))
@few
def test_questions_have_the_same_answers_on_random_chains(backend, chance):
    made = random_chain(chance, most=10)
    lake = make_lake(backend, made)
    store = store_of(f"{ntriples_of_codes()}\n{ntriples(made)}")
    for name, question in QUESTIONS.items():
        columns, mine = by_sparql(lake, question)
        assert mine == by_sql(backend, question, columns), name
        stored = by_store(chain_of(lake), store, question["sparql"], iris=False)
        assert mine == Counter(tuple(map(cell, row)) for row in stored), name


@pytest.fixture(scope="module")
def demo(demo_lake):
    return das.open_lake("synthetic", lake=demo_lake)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_has_the_same_answer_on_the_demo(demo, name):
    columns, mine = by_sparql(demo, QUESTIONS[name])
    assert mine == by_sql(demo.cases.get_backend(), QUESTIONS[name], columns)
    assert mine, "a question without an answer proves nothing"
