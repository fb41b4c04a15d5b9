"""Stocks on reference dates, and days between two moments."""

import pytest

import das_analysis as das
from das_analysis.query import measure


def spell(number, person, start, end, **columns):
    return {
        "spell_key": f"v{number}",
        "stay_key": f"s{person}",
        "person_key": person,
        "started_on": start,
        "ended_on": end,
        "title_code": "VH",
    } | columns


def test_a_stock_holds_who_came_on_or_before_the_day_and_has_not_left_on_it(opened, cells):
    lake = opened(
        detention_spell=[
            spell(1, "p1", "2025-01-02", "2025-01-03"),
            spell(2, "p2", "2025-01-03", "2025-01-03"),
            spell(3, "p3", "2025-01-04", None),
        ]
    )
    found = measure("prison_stock", lake, over=das.days("2025-01-01", "2025-01-04"))
    assert [*cells(found).values()] == [0, 1, 0, 1]


def test_a_transfer_or_a_double_spell_does_not_double_a_person(opened, cells):
    lake = opened(
        person=[{"person_key": "p1", "sex_code": "V"}],
        detention_spell=[
            spell(1, "p1", "2025-01-01", "2025-03-31"),
            spell(2, "p1", "2025-03-31", None, title_code="GS"),
            spell(3, "p1", "2025-03-01", None),
        ],
    )
    found = measure("prison_stock", lake, by=["detention_title"], over=das.period("2025-Q1"), with_total=True)
    assert cells(found) == {("2025-Q1", "GS"): 1, ("2025-Q1", "VH"): 1, ("2025-Q1", "TOTAL"): 1}
    assert cells(measure("prison_stock", lake, by=["sex"], over=das.period("2025"))) == {("2025", "V"): 1}


def test_the_reference_date_is_the_last_day_of_the_period(opened, cells):
    lake = opened(detention_spell=[spell(1, "p1", "2025-03-31", "2025-04-01")])
    assert cells(measure("prison_stock", lake, over=das.period("2025-Q1"))) == {"2025-Q1": 1}
    assert cells(measure("prison_stock", lake, over=das.period("2025-02"))) == {"2025-02": 0}


def decision(number, of, on, code="DAG"):
    return {
        "decision_key": f"b{number}",
        "case_key": of,
        "decision_number": number,
        "decided_on": on,
        "decision_code": code,
    }


def test_a_case_is_in_stock_at_the_prosecution_service_until_its_first_decision(opened, cells):
    lake = opened(
        case=[
            {"case_key": "z1", "registered_on": "2024-01-01"},
            {"case_key": "z2", "registered_on": "2024-01-01"},
            {"case_key": "z3", "registered_on": "2024-01-01", "is_reinflow": True},
        ],
        prosecution_decision=[decision(1, "z1", "2025-02-01"), decision(2, "z1", "2025-06-01")],
    )
    assert [*cells(measure("om_stock", lake, over=das.years(2023, 2025))).values()] == [0, 2, 1]


def test_a_case_is_in_stock_at_the_court_from_its_first_hearing_to_its_verdict(opened, cells):
    def court_case(number, of, hearing, verdict, instance="EA"):
        return {
            "court_case_key": f"r{number}",
            "case_key": of,
            "instance_code": instance,
            "first_hearing_on": hearing,
            "verdict_on": verdict,
        }

    lake = opened(
        court_case=[
            court_case(1, "z1", "2024-02-01", "2025-01-10"),
            court_case(2, "z2", "2024-03-01", None),
            court_case(3, "z2", "2024-05-01", None),  # brought again: one case
            court_case(4, "z3", "2024-03-01", "2024-03-01"),
            court_case(5, "z4", "2024-03-01", None, "HB"),
        ]
    )
    assert [*cells(measure("court_stock", lake, over=das.years(2023, 2025))).values()] == [0, 2, 1]
    assert [*cells(measure("court_inflow", lake, over=das.years(2023, 2025))).values()] == [0, 3, 0]


def test_lead_time_has_four_statistics_and_the_persons_behind_them(opened, cells):
    days = [1, 2, 3, 4, 100]
    lake = opened(
        case=[{"case_key": f"z{d}", "registered_on": "2025-01-01", "person_key": f"p{d % 2}"} for d in days],
        prosecution_decision=[
            decision(d, f"z{d}", f"2025-0{1 + d // 31}-{1 + d % 31:02d}" if d < 31 else "2025-04-11")
            for d in days
        ],
    )
    found = measure("om_lead_time", lake, over=das.period("2025"))
    statistics = {s: cells(found, s)["2025"] for s in ("mean", "median", "p90", "count")}
    assert statistics == {"mean": 22, "median": 3, "p90": pytest.approx(61.6), "count": 5}
    assert set(found.frame["n"]) == {2}


def test_a_case_without_a_start_has_no_lead_time(opened, cells):
    lake = opened(prosecution_decision=[decision(1, "z9", "2025-01-01")])
    assert cells(measure("om_lead_time", lake, over=das.period("2025")), "count") == {"2025": 0}
    assert cells(measure("om_decisions", lake, over=das.period("2025"))) == {"2025": 1}
