"""The model of comparison is trained without truth, and the same rows give the same model."""

import duckdb
import pytest

from das_analysis.errors import Refused
from das_analysis.linkage import link
from das_analysis.linkage.compare import read_model
from das_analysis.linkage.train import BLOCKS, DIGITS, LEAST, settings, train
from das_analysis.linkage.work import COMPARED

ROWS = """CREATE TABLE record AS SELECT i AS record, i::VARCHAR AS person, true AS is_open,
        CASE WHEN p % 5 = 0 THEN 'V' ELSE 'M' END AS sex_code, {keys}
    FROM (SELECT i, i // 2 AS p, i % 7 = 0 AS is_wrong FROM range(2000) AS t(i))"""


def records():
    """A thousand persons, each twice; one row in seven has its surname misspelt."""
    con = duckdb.connect()
    made = {"surname_key": "hash(p % 90 + CASE WHEN is_wrong THEN 1000 ELSE 0 END)"}
    made |= {"surname_sound_key": "hash(p % 90)", "surname_letters_key": "hash(p % 90)"}
    made |= {"birth_key": "hash(p % 700)", "birth_day_key": "hash(p % 360)", "birth_month": "hash(p % 50)"}
    keys = ", ".join(f"{made.get(c, 'NULL')}::UBIGINT AS {c}" for c in (*COMPARED, "birth_month"))
    con.execute(ROWS.format(keys=keys))
    return con


@pytest.fixture(scope="module")
def trained():
    return train(records(), "record")


def levels(model):
    return [level for c in model["comparisons"] for level in c["comparison_levels"]]


def test_the_same_rows_give_the_same_model(trained):
    assert train(records(), "record") == trained


def test_it_learns_how_often_the_rows_err(trained):
    surname = next(c for c in trained["comparisons"] if c["output_column_name"] == "surname")
    chances = {lev["label_for_charts"]: lev.get("m_probability") for lev in surname["comparison_levels"]}
    assert chances["same"] < 0.85  # two rows, one in seven wrong: 0.73, less where strangers share a surname
    assert chances["same letters"] > 0.1


def test_what_never_occurred_has_a_chance_and_nothing_is_impossible(trained):
    told = [level for level in levels(trained) if not level.get("is_null_level")]
    assert all(level[name] >= least for level in told for name, least in LEAST.items())
    assert all(lev["m_probability"] == float(f"{lev['m_probability']:.{DIGITS}g}") for lev in told)


def test_rows_that_share_nothing_teach_nothing():
    con = records()
    con.execute("CREATE OR REPLACE TABLE record AS SELECT * FROM record LIMIT 1")
    with pytest.raises(Refused, match="too little here to learn from"):
        train(con, "record")


def test_the_committed_model_has_the_levels_and_blocks_of_this_version():
    def conditions(model):
        return [level["sql_condition"] for level in levels(model)]

    blocks = [rule["blocking_rule"] for rule in read_model()["blocking_rules_to_generate_predictions"]]
    assert conditions(read_model()) == conditions(settings())
    assert len(blocks) == len(BLOCKS)
    assert all(block.startswith(own) for block, own in zip(blocks, BLOCKS, strict=True))


def test_a_lake_that_learnt_compares_by_its_own_model_from_then_on(given, monkeypatch):
    given.delivery("om", case=[{"case_key": "z1", "registered_on": "2025-03-01", "surname_key": "jansen"}])
    monkeypatch.setattr("das_analysis.linkage.residue.train", lambda *_: {"made": "here"})
    monkeypatch.setattr("das_analysis.linkage.residue.compare", lambda *_, model: seen.append(model) or [])
    seen = []
    link([given.write()])
    link([given.write()], train=True)
    link([given.write()])
    assert seen == [read_model(), {"made": "here"}, {"made": "here"}]
