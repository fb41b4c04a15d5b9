"""Flows: what falls in a period."""

import pytest

import das_analysis as das
from das_analysis.query import measure


def case(number, on="2025-03-01", **columns):
    return {"case_key": f"z{number}", "registered_on": on} | columns


def test_a_flow_counts_the_rows_of_each_period_first_and_last_day_included(opened, cells):
    lake = opened(
        case=[case(i, on) for i, on in enumerate(["2023-12-31", "2024-01-01", "2024-12-31", "2025-01-01"])]
    )
    found = measure("om_inflow_with_reinflow", lake, over=das.years(2023, 2025))
    assert cells(found) == {"2023": 1, "2024": 2, "2025": 1}
    assert cells(measure("om_inflow_with_reinflow", lake, over=das.period("2024-Q4"))) == {"2024-Q4": 1}
    assert cells(measure("om_inflow_with_reinflow", lake, over=das.months("2024-11", "2025-01"))) == {
        "2024-11": 0,
        "2024-12": 1,
        "2025-01": 1,
    }
    assert cells(measure("om_inflow_with_reinflow", lake, over=das.period("2024-12-31"))) == {"2024-12-31": 1}


def test_two_published_definitions_stand_side_by_side(opened, cells):
    lake = opened(case=[case(1), case(2, is_reinflow=True), case(3, is_reinflow=False)])
    both = measure(["om_inflow", "om_inflow_with_reinflow"], lake, over=das.period("2025"))
    assert dict(zip(both.frame["indicator"], both.frame["value"], strict=True)) == {
        "om_inflow": 2,
        "om_inflow_with_reinflow": 3,
    }


def test_the_last_decision_of_the_period_counts_and_follow_up_decisions_do_not(opened, cells):
    def decision(number, on, code):
        return {
            "decision_key": f"z1/{number}",
            "case_key": "z1",
            "decision_number": number,
            "decided_on": on,
            "decision_code": code,
        }

    lake = opened(
        case=[case(1)],
        prosecution_decision=[
            decision(1, "2024-02-01", "DAG"),
            decision(2, "2024-06-01", "TRA"),
            decision(3, "2024-06-01", "SB"),
            decision(4, "2025-02-01", "SEP_X"),
        ],
    )
    by_kind = measure("om_decisions", lake, by=["decision_kind"], over=das.years(2024, 2025))
    assert cells(by_kind) == {("2024", "SB"): 1, ("2025", "SB"): 0}
    months = measure("om_decisions", lake, over=das.months("2024-01", "2024-06"))
    assert [v for v in cells(months).values() if v] == [1, 1]


def test_a_unique_suspect_counts_once_in_the_total_and_once_in_each_group(opened, cells):
    crimes = [
        {"crime_key": f"c{i}", "offence_code": code, "registered_on": "2025-01-01"}
        for i, code in enumerate(["1.1.1", "1.2", "3.1"])
    ]
    suspects = [
        {"suspect_key": f"s{i}", "crime_key": f"c{i}", "marked_on": "2025-01-02", "person_key": "p1"}
        for i in range(3)
    ]
    lake = opened(registered_crime=crimes, suspect_registration=suspects, person=[{"person_key": "p1"}])
    found = measure("suspects_unique", lake, by=["offence_group"], over=das.period("2025"), with_total=True)
    assert cells(found) == {("2025", "1"): 1, ("2025", "3"): 1, ("2025", "TOTAL"): 1}


def test_a_case_with_two_court_cases_is_one_disposal_with_its_gravest_outcome(opened, cells):
    court_cases = [
        {"court_case_key": f"r{i}", "case_key": "z1", "instance_code": "EA", "verdict_on": f"2025-0{i}-01"}
        for i in (1, 2)
    ] + [{"court_case_key": "r3", "case_key": "z1", "instance_code": "HB", "verdict_on": "2025-05-01"}]
    verdicts = [
        {"verdict_key": f"v{i}", "court_case_key": of, "outcome_code": code, "pronounced_on": "2025-02-01"}
        for i, (of, code) in enumerate([("r1", "NIET"), ("r2", "VRIJ"), ("r2", "SCH_S")])
    ]
    lake = opened(case=[case(1)], court_case=court_cases, verdict=verdicts)
    found = measure("court_verdicts", lake, by=["outcome"], over=das.period("2025"))
    assert cells(found) == {("2025", "SCH_S"): 1}


def spell(number, stay, start, end, **columns):
    return {
        "spell_key": f"{stay}/{number}",
        "stay_key": stay,
        "person_key": f"p{stay}",
        "started_on": start,
        "ended_on": end,
        "title_code": "VH",
    } | columns


def test_a_stay_came_in_by_the_channel_of_its_first_spell(opened, cells):
    first = "2025-01-03"
    lake = opened(
        detention_spell=[
            spell(2, "a", "2025-02-01", None, admitted_on=first, inflow_code="OVP"),
            spell(1, "a", first, "2025-02-01", admitted_on=first, inflow_code="ARR"),
            spell(1, "b", first, "2025-02-01", admitted_on=first, inflow_code="ZM"),
            spell(2, "b", "2025-02-01", None, admitted_on=first, inflow_code="OVP"),
        ]
    )
    came = measure("prison_inflow", lake, by=["inflow_channel"], over=das.period("2025"))
    assert cells(came) == {("2025", "ARR"): 1, ("2025", "ZM"): 1}


def test_a_stay_of_several_spells_comes_in_once_and_goes_out_once(opened, cells):
    lake = opened(
        detention_spell=[
            spell(1, "a", "2024-12-01", "2025-01-10", admitted_on="2024-11-30"),
            spell(2, "a", "2025-01-10", "2025-02-01", title_code="GS"),
            spell(1, "b", "2025-01-01", "2025-01-05"),
            spell(2, "b", "2025-01-05", None),
            spell(1, "c", "2025-01-01", "2025-01-05", facility_type_code="JJI"),
            spell(1, "d", "2025-01-01", "2025-01-05", title_code="VB"),
        ]
    )
    over = das.months("2024-11", "2025-02")
    assert [*cells(measure("prison_inflow", lake, over=over)).values()] == [1, 0, 1, 0]
    assert [*cells(measure("prison_outflow", lake, over=over)).values()] == [0, 0, 0, 1]
    out = measure("prison_outflow", lake, by=["detention_title"], over=das.period("2025"))
    assert cells(out) == {("2025", "GS"): 1}
    stay = measure("prison_length_of_stay", lake, over=das.period("2025"))
    assert cells(stay, "mean") == {"2025": 63}
    assert cells(stay, "count") == {"2025": 1}


def test_a_period_without_rows_is_nought(opened, cells):
    lake = opened()
    assert cells(measure("om_inflow", lake, over=das.years(2024, 2025))) == {"2024": 0, "2025": 0}
    assert cells(measure("om_inflow", lake, by=["sex"], over=das.period("2025"))) == {("2025", "O"): 0}
    assert measure("om_lead_time", lake, over=das.period("2025")).frame["n"].tolist() == [0] * 4


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda lake: measure("om_inflow", lake, by=["court"], over=das.period("2025")), "offence_group"),
        (
            lambda lake: measure("om_inflow", lake, by=["person_key"], over=das.period("2025")),
            "offence_group",
        ),
        (lambda lake: measure("om_inflow", lake, by=["sex", "sex"], over=das.period("2025")), "once each"),
        (lambda lake: measure("no_such", lake, over=das.period("2025")), "om_inflow"),
    ],
)
def test_what_the_model_does_not_allow_is_refused_with_what_it_does(opened, ask, says):
    with pytest.raises(das.Refused, match=says):
        ask(opened())
