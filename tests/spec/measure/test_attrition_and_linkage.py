"""The flow through the chain, and the rate of linkage."""

import pytest

import das_analysis as das
from das_analysis.model import load_model
from das_analysis.query import attrition, flows, linkage, seam_title, stage_title, stages

SEAM = {"seam": "case.pv_key", "parent": "police_report", "child": "case", "total": 10, "linked": 8, "cut": 2}


def test_each_link_counts_its_own_stage_in_the_period(opened, cells):
    lake = opened(
        registered_crime=[
            {"crime_key": f"c{i}", "registered_on": "2025-01-01", "is_cleared": i > 0} for i in range(3)
        ],
        case=[{"case_key": "z", "registered_on": "2025-05-01"}],
        detention_spell=[
            {"spell_key": t, "stay_key": t, "started_on": "2025-01-01", "title_code": t} for t in ("VH", "GS")
        ],
    )
    found = cells(attrition(lake, over=das.period("2025")))
    assert found["2025", "", "registered_crimes"] == 3
    assert found["2025", "registered_crimes", "registered_crimes:CLEARED"] == 2
    assert found["2025", "suspects_registered", "om_inflow"] == 1
    assert found["2025", "suspects_registered", "prison_inflow:PRE_TRIAL"] == 1
    assert found["2025", "cjib_inflow", "prison_inflow:SENTENCE"] == 1
    assert {key[1:] for key in found} <= set(flows())


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_stage_has_a_name_of_its_own(lang):
    names = [stage_title(stage, lang) for stage in stages()]
    assert len(set(names)) == len(names)


def test_linkage_tells_both_parts_of_the_rate_at_each_seam(opened):
    frame = linkage(opened(link_quality=[SEAM])).frame
    assert frame[["seam", "indicator", "value"]].to_numpy().tolist() == [
        ["case.pv_key", "linkage_total", 10],
        ["case.pv_key", "linkage_linked", 8],
    ]


def test_a_seam_is_named_by_the_model():
    table, column = load_model().tables["case"], load_model().tables["case"].columns["pv_key"]
    assert seam_title("case.pv_key", "nl") == f"{table.title.nl} → {column.title.nl}"
    assert seam_title("elsewhere", "nl") == "elsewhere"


def test_a_lake_without_counts_of_linkage_is_refused(opened):
    from dataclasses import replace

    lake = opened()
    with pytest.raises(das.Refused):
        linkage(replace(lake, tables={}))
