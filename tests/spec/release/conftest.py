"""Results made by hand, as `measure` makes them, ready to be released into an empty lake."""

import pandas as pd
import pytest

from das_analysis.disclosure import Measured
from das_analysis.flow import Provenance, Result, Snapshot
from das_analysis.lake import Lake

PROVENANCE = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0", inputs=("d",))


@pytest.fixture
def lake(tmp_path):
    snapshot = Snapshot(
        lake=tmp_path / "lake", number=1, name="test", digest="d", tables={}, provenance=PROVENANCE
    )
    return Lake(snapshot, "statistiek", {})


@pytest.fixture
def measured(lake):
    """Rows as dictionaries -> a result that was measured in this lake; n is the value unless said."""

    def make(rows, by=("period",), indicators=None):
        filled = [
            {"indicator": "om_inflow", "period": "2025", "statistic": "", "n": row.get("value")} | row
            for row in rows
        ]
        frame = pd.DataFrame(filled)
        if "period" not in by:
            frame = frame.drop(columns="period")
        names = indicators or tuple(dict.fromkeys(frame["indicator"]))
        result = Result(
            indicators=tuple(names), by=tuple(by), frame=frame, snapshot="0001-test", provenance=PROVENANCE
        )
        return Measured(result, lake)

    return make


@pytest.fixture
def one(measured):
    """A single figure, released: what is printed of it (value, status)."""

    def make(name="om_inflow", **row):
        made = measured([row], indicators=[row.get("indicator", "om_inflow")]).release(title="t")
        (printed,) = made.content["rows"]
        return printed[name], printed[f"{name}_status"]

    return make
