"""Periods: what they are called, where they begin and end."""

from datetime import date

import pytest

import das_analysis as das
from das_analysis.query import Period


def test_each_grain_has_its_labels():
    assert das.years(2023, 2025).labels == ("2023", "2024", "2025")
    assert das.quarters("2024-Q4", "2025-Q1").labels == ("2024-Q4", "2025-Q1")
    assert das.months("2024-12", "2025-01").labels == ("2024-12", "2025-01")
    assert das.days("2024-02-28", "2024-03-01").labels == ("2024-02-28", "2024-02-29", "2024-03-01")


@pytest.mark.parametrize(
    ("label", "start", "end"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-Q1", date(2024, 1, 1), date(2024, 3, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2022-07-01", date(2022, 7, 1), date(2022, 7, 1)),
    ],
)
def test_a_period_knows_its_first_and_last_day(label, start, end):
    assert das.period(label).items == (Period(label, start, end),)


@pytest.mark.parametrize("label", ["", "25", "2025-Q5", "2025-13", "2025-02-30", "2025-1", "x", "9999"])
def test_what_is_no_period_is_refused(label):
    with pytest.raises(das.Refused):
        das.period(label)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: das.years(2025, 2023),
        lambda: das.months("2025", "2025"),
        lambda: das.quarters("2025-Q1", "2025-02"),
        lambda: das.days("2025-01", "2025-02"),
    ],
)
def test_two_periods_that_are_no_pair_are_refused(ask):
    with pytest.raises(das.Refused):
        ask()
