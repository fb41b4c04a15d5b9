"""Every number of the policy: at it, one below it and one above it."""

import pytest

from das_analysis.disclosure import load_policy
from das_analysis.errors import DisclosureRefused

LEAD = {"indicator": "om_lead_time"}


def test_the_policy_is_what_these_tests_are_about():
    policy = load_policy()
    assert (policy.base, policy.smallest_count, policy.smallest_persons) == (10, 10, 10)
    assert (policy.mean_from, policy.median_from, policy.p90_from) == (10, 20, 100)
    assert (policy.smallest_denominator, policy.most_cells, policy.finest_flow) == (50, 2000, "month")


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0, (None, "low")),
        (1, (None, "low")),
        (9, (None, "low")),
        (10, (10, "")),
        (11, (10, "")),
        (14, (10, "")),
        (15, (20, "")),
        (16, (20, "")),
        (1234, (1230, "")),
        (1235, (1240, "")),
    ],
)
def test_a_count_is_rounded_to_tens_and_nought_to_nine_are_one_band(one, value, printed):
    assert one(value=value) == printed


@pytest.mark.parametrize(
    ("linked", "both", "printed"),
    [(9, 9, (None, "hidden")), (100, 9, (None, "hidden")), (9, 100, (None, "hidden")), (10, 10, (90, ""))],
)
def test_a_share_of_few_persons_is_hidden(measured, linked, both, printed):
    cell = {"linked_group": "all:all", "quality_method": "estimate"}
    rows = [
        cell | {"indicator": "pairs_linked", "value": 200, "n": linked},
        cell | {"indicator": "pairs_both", "value": 180, "n": both},
    ]
    made = measured(rows, by=("linked_group", "quality_method"), indicators=("link_precision",))
    (row,) = made.release(title="t").content["rows"]
    assert (row["link_precision"], row["link_precision_status"]) == printed


@pytest.mark.parametrize(("n", "printed"), [(9, (None, "hidden")), (10, (30, "")), (11, (30, ""))])
def test_a_count_of_few_persons_is_hidden(one, n, printed):
    assert one(value=30, n=n) == printed


@pytest.mark.parametrize(
    ("statistic", "n", "status"),
    [
        ("mean", 9, "hidden"),
        ("mean", 10, ""),
        ("mean", 11, ""),
        ("median", 19, "hidden"),
        ("median", 20, ""),
        ("median", 21, ""),
        ("p90", 99, "hidden"),
        ("p90", 100, ""),
        ("p90", 101, ""),
    ],
)
def test_a_statistic_of_days_needs_persons_behind_it(one, statistic, n, status):
    printed = one(f"om_lead_time_{statistic}", **LEAD, statistic=statistic, value=86.5, n=n)
    assert printed == (None if status else 87, status)


def test_days_are_whole_and_the_number_behind_them_is_rounded(measured):
    statistics = {"mean": 86.44, "median": 60.0, "p90": 170.51, "count": 128}
    rows = [{**LEAD, "statistic": s, "value": v, "n": 123} for s, v in statistics.items()]
    made = measured(rows).release(title="t", lang="en")
    (row,) = made.content["rows"]
    assert [row[f"om_lead_time_{s}"] for s in statistics] == [86, 60, 171, 130]
    assert [c["unit"] for c in made.content["columns"]] == ["", "days", "days", "days", ""]


@pytest.mark.parametrize(
    ("of", "to", "printed"),
    [
        (20, 44, (None, "hidden")),  # rounded to 40
        (20, 45, (40.0, "")),  # rounded to 50
        (20, 54, (40.0, "")),
        (20, 55, (33.3, "")),  # rounded to 60
        (9, 100, (None, "hidden")),
        (10, 100, (10.0, "")),
        (14, 104, (10.0, "")),  # out of 10 and 100, not out of 14 and 104
        (15, 104, (20.0, "")),
    ],
)
def test_a_rate_is_of_rounded_parts_and_needs_fifty(measured, of, to, printed):
    rows = [{"indicator": "registered_crimes", "value": to}, {"indicator": "cleared_crimes", "value": of}]
    names = ["registered_crimes", "cleared_crimes", "clearance_rate"]
    (row,) = measured(rows, indicators=names).release(title="t").content["rows"]
    assert (row["clearance_rate"], row["clearance_rate_status"]) == printed


@pytest.mark.parametrize(("cells", "refused"), [(1999, False), (2000, False), (2001, True)])
def test_a_table_has_at_most_two_thousand_cells(measured, cells, refused):
    months = [f"{1900 + i // 12}-{i % 12 + 1:02d}" for i in range(cells)]
    asked = measured([{"indicator": "prison_stock", "period": m, "value": 1000} for m in months])
    if refused:
        with pytest.raises(DisclosureRefused, match=r"2001 .*rule: size"):
            asked.release(title="t")
    else:
        assert len(asked.release(title="t").content["rows"]) == cells


@pytest.mark.parametrize(
    ("period", "refused"),
    [("2025", False), ("2025-Q1", False), ("2025-03", False), ("2025-03-01", True)],
)
@pytest.mark.parametrize("indicator", ["om_inflow", "prison_stock"])
def test_a_flow_is_not_released_by_day(measured, indicator, period, refused):
    asked = measured([{"indicator": indicator, "period": period, "value": 1000}])
    if refused and indicator == "om_inflow":
        with pytest.raises(DisclosureRefused, match="rule: grain"):
            asked.release(title="t")
    else:
        assert asked.release(title="t").content["period"] == period


def test_a_table_of_figures_under_ten_alone_shows_no_court_that_had_closed(measured):
    rows = [{"indicator": "court_verdicts", "court": "RBAMS", "value": 3}]
    made = measured(rows, by=("period", "court"), indicators=["court_verdicts"]).release(title="t")
    told = {row["court"] for row in made.content["rows"]}
    assert {"rechtbank Amsterdam", "rechtbank Gelderland"} <= told
    assert not [name for name in told if "2012" in name]
    assert {row["court_verdicts_status"] for row in made.content["rows"]} == {"low"}
