"""A column that is empty, or holds unknown codes, far more or less often than it used to is reported."""

import shutil

import pytest

from das_analysis.intake import findings

MONTHS = ("2025-01", "2025-02", "2025-03", "2025-04")


@pytest.fixture
def send(bench, case):
    """Makes 100 cases of a month, of which some have no note and some an unknown office."""

    def made(period, *, bare=0, unknown=0, rows=100, sequence=1):
        letters = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(rows)]
        day = f"03-{period[5:]}-2025"
        cases = [
            case(
                letters[n] * 13,
                REGISTERED=day,
                OFFICE="ZZ" if n < unknown else "A",
                NOTE=None if n < bare else "x",
            )
            for n in range(rows)
        ]
        for row, letter in zip(cases, letters, strict=True):
            row["CaseNumber:NR"] = "p1." + letter * 13
        return bench.put("court", period=period, sequence=sequence, cases=cases)

    return made


def drifts(bench):
    return [(r["delivery_id"][6:13], r["rule_id"], r["severity"]) for r in bench.read("quarantine", "drift")]


def test_a_column_that_is_suddenly_empty_is_named_whatever_the_order(bench, send):
    months = [send(period, bare=bare) for period, bare in zip(MONTHS, (5, 0, 10, 16), strict=True)]
    bench.validate(*months)
    wanted = [("2025-04", "court.cases.NOTE.blank", "soft")]
    assert drifts(bench) == wanted
    shutil.rmtree(bench.lake / "quarantine")
    for delivery in reversed(months):
        bench.validate(delivery)
    assert drifts(bench) == wanted
    found = findings(bench.lake, supplier="court", period="2025-04", lang="en")
    (message,) = found[found["rule_id"] == "court.cases.NOTE.blank"]["message"]
    assert message.startswith("the column is empty far more or less often than in earlier periods")


def test_within_ten_in_a_hundred_of_the_median_nothing_is_said(bench, send):
    bench.validate(*(send(period, bare=bare) for period, bare in zip(MONTHS, (5, 0, 10, 15), strict=True)))
    assert drifts(bench) == []


def test_codes_that_are_suddenly_unknown_are_named(bench, send):
    bench.validate(
        *(send(period, unknown=unknown) for period, unknown in zip(MONTHS, (0, 0, 0, 11), strict=True))
    )
    assert drifts(bench) == [("2025-04", "court.cases.office_code.unknown", "soft")]


def test_fewer_than_three_earlier_periods_are_no_history(bench, send):
    bench.validate(*(send(period, bare=bare) for period, bare in zip(MONTHS, (0, 0, 90), strict=False)))
    assert drifts(bench) == []


def test_of_a_period_the_newest_delivery_counts_and_small_files_differ_by_chance(bench, send):
    first = [send(period, bare=90) for period in MONTHS[:3]]
    again = [send(period, bare=0, sequence=2) for period in MONTHS[:3]]
    bench.validate(*first, *again, send("2025-04", bare=9, rows=10))
    assert drifts(bench) == []
    bench.validate(send("2025-05", bare=50))
    assert drifts(bench) == [("2025-05", "court.cases.NOTE.blank", "soft")]
