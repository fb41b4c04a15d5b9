"""A period that a supplier skipped is named: by das status, and with every figure of that period."""

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import das_analysis as das
from das_analysis.lake import enter, status, write
from das_analysis.lake.gaps import delivered, gaps, say_gaps
from das_analysis.query.periods import days, months, quarters, years

EVERY = [
    years(2019, 2026).labels,
    quarters("2023-Q2", "2025-Q3").labels,
    months("2023-11", "2025-02").labels,
    days("2024-02-20", "2024-03-05").labels,
]


@pytest.fixture
def lake(tmp_path):
    """A lake that received deliveries of these (supplier, period, sequence)."""

    def make(*came):
        rows = [
            {
                "delivery_id": f"{s}-{p}-{n}-{i:012x}",
                "supplier": s,
                "period": p,
                "sequence": n,
                "rows": 1,
            }
            for i, (s, p, n) in enumerate(came)
        ]
        write(
            enter(tmp_path / "lake", "intake"), "received", table="delivery", rows=pa.Table.from_pylist(rows)
        )
        return tmp_path / "lake"

    return make


@given(st.sampled_from(EVERY).flatmap(lambda all_: st.tuples(st.just(all_), st.sets(st.sampled_from(all_)))))
def test_what_lies_between_and_did_not_come_is_a_gap(drawn):
    every, came = drawn
    places = [every.index(label) for label in came]
    missing = [label for i, label in enumerate(every) if places and min(places) < i < max(places)]
    missing = [label for label in missing if label not in came]
    found = gaps(came)
    named = [label for first, last in found for label in every[every.index(first) : every.index(last) + 1]]
    assert named == missing


def test_another_cadence_leaves_no_gap_and_a_correction_is_no_period():
    assert gaps(["2023", "2024", "2025-01", "2025-02"]) == []
    assert gaps(["2025-01", "2025-01", "2025-03"]) == [("2025-02", "2025-02")]
    assert gaps([]) == gaps(["2025-Q1"]) == []


def test_a_period_is_read_out_of_the_id_of_a_delivery():
    ids = [f"{name}-1-{'a' * 12}" for name in ("om-2025", "om-2025-09", "a-b-2025-Q3", "a-b-2025-09-30")]
    assert delivered([*ids, "x", "om-2025"]) == {
        "om": {"2025", "2025-09"},
        "a-b": {"2025-Q3", "2025-09-30"},
    }


def test_many_gaps_are_named_only_in_part():
    assert say_gaps(gaps(f"2025-{m:02d}" for m in (1, 3, 6))) == "2025-02, 2025-04..2025-05"
    assert say_gaps(gaps(str(year) for year in range(2000, 2020, 2))).endswith("2009, +4")


def test_status_names_the_gap_of_each_supplier(lake):
    home = lake(("om", "2025-01", 1), ("om", "2025-04", 1), ("om", "2025-04", 2), ("dji", "2025-01", 1))
    found = status(home).set_index("supplier")["gaps"]
    assert found.to_dict() == {"om": "2025-02..2025-03", "dji": ""}
    command = [sys.executable, "-m", "das_analysis.cli", "status", "--lake", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert "om skipped 2025-02..2025-03" in done.stdout
    assert "dji skipped" not in done.stdout


def test_the_demo_has_none(demo_lake):
    assert set(status(demo_lake)["gaps"]) == {""}
    opened = das.open_lake(lake=demo_lake)
    assert das.measure("om_inflow", opened, over=das.years(2024, 2025)).result.gaps == ()
