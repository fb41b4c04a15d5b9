"""Definitions that contradict the model do not compile."""

from pathlib import Path

import pytest
import yaml

from das_analysis.errors import BadModel
from das_analysis.model import load_model
from das_analysis.model.build.indicators import read_breakdowns, read_indicators

HOME = Path(__file__).parents[3] / "model" / "indicators"
SEX = {
    "title": "sex",
    "title_nl": "geslacht",
    "kind": "code",
    "codes": "Sex",
    "columns": {"person": "sex_code"},
}


def breakdown(**changes):
    model = load_model()
    files = [(Path("breakdowns.yaml"), {"own": SEX | changes})]
    return read_breakdowns(files, model.tables, code_lists=model.code_lists)["own"]


def indicator(name="om_inflow", **changes):
    model = load_model()
    names = ("om_inflow", "registered_crimes", "cleared_crimes", "clearance_rate")
    files = [(Path(f"{n}.yaml"), yaml.safe_load((HOME / f"{n}.yaml").read_text())) for n in names]
    files = [(p, content | (changes if p.stem == name else {})) for p, content in files]
    return read_indicators(files, model.tables, breakdowns=model.breakdowns)[name]


def test_what_is_right_compiles():
    assert breakdown().columns == {"person": "sex_code"}
    assert indicator() == load_model().indicators["om_inflow"]


@pytest.mark.parametrize(
    "changes",
    [
        {"codes": "NoSuchList"},
        {"columns": {"no_such_table": "sex_code"}},
        {"columns": {"person": "no_such_column"}},
        {"columns": {"case": "person.no_such_column"}},
        {"columns": {"case": "case_key"}},  # pseudonymous
        {"columns": {"case": "person_key"}},
        {"columns": {"risk_assessment": "origin_text"}},  # sensitive
        {"columns": {"case": "skn_key"}},  # identifying
        {"groups": [{"code": "A", "title": "a", "title_nl": "a", "codes": ["M", "V"]}]},  # O has no place
        {"groups": [{"code": c, "title": c, "title_nl": c, "codes": ["M", "V", "O"]} for c in "AB"]},
    ],
)
def test_a_breakdown_that_contradicts_the_model_is_refused(changes):
    with pytest.raises(BadModel):
        breakdown(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"table": "no_such_table"},
        {"moment": "no_such_date"},
        {"moment": "registered_on|no_such_date"},
        {"until": "no_such_event"},
        {"until": "pv.no_such_date"},
        {"distinct": "no_such_column"},
        {"where_not": {"person.no_such_column": ["x"]}},
        {"keep": {"per": "no_such_column", "take": "first"}},
        {"events": {"decided_on": {"table": "prosecution_decision", "column": "no_such_date"}}},
        {"breakdowns": ["no_such_breakdown"]},
        {"breakdowns": ["court"]},
        {"kind": "rate"},
        {"rate": {"of": "cleared_crimes", "to": "registered_crimes"}},
    ],
)
def test_an_indicator_that_contradicts_the_model_is_refused(changes):
    with pytest.raises(BadModel):
        indicator(**changes)


@pytest.mark.parametrize(
    "rate",
    [{"of": "no_such_figure", "to": "registered_crimes"}, {"of": "om_inflow", "to": "registered_crimes"}],
)
def test_a_rate_needs_two_parts_that_divide_as_it_does(rate):
    with pytest.raises(BadModel):
        indicator("clearance_rate", rate=rate)
