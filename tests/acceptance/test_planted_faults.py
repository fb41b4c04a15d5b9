"""Every fault that synth planted is found by the rule meant for it, and no clean row is held back."""

import pandas as pd
import pytest

from das_analysis.lake import connect, enter, files
from das_analysis.lake.sql import scan
from das_analysis.model import load_model

ROW = ["supplier", "period", "source_table", "row"]


def read(lake, zone, table):
    room = enter(lake, "lake")
    with connect(room) as con:
        return con.sql(f"SELECT * FROM {scan(files(room, zone, table=table))}").df()


@pytest.fixture(scope="module")
def planted(deliveries):
    """What synth broke: one row a fault, with the rule meant for it and rules that break with it."""
    faults = pd.read_parquet(deliveries / "truth" / "faults.parquet")
    faults["period"] = faults["year"].astype(str)
    return faults.rename(columns={"file": "source_table", "rule": "rule_id"})


@pytest.fixture(scope="module")
def findings(demo_lake):
    found = read(demo_lake, "quarantine", "finding")
    received = read(demo_lake, "received", "delivery")[["delivery_id", "supplier", "period"]]
    return found.merge(received, on="delivery_id")


def test_every_kind_of_fault_is_planted(planted):
    rules = load_model().rules
    written = {r for r in set(planted["rule_id"]) if rules[r].check in {"holds", "some", "no_overlap"}}
    implied = {rules[r].check for r in set(planted["rule_id"]) - written}
    assert implied >= {"required", "type", "code", "range", "identity", "reference", "unique"}
    assert len(written) >= 50
    assert set(planted["supplier"]) == {"politie", "om", "rechtspraak", "cjib", "dji"}


def test_every_planted_fault_is_found_by_its_rule(planted, findings):
    met = planted.merge(findings, on=[*ROW, "rule_id"], how="left", indicator=True)
    missed = met[met["_merge"] == "left_only"]
    assert missed.groupby(["supplier", "source_table", "rule_id"]).size().to_dict() == {}


def test_no_clean_row_is_held_back(planted, demo_lake):
    held = read(demo_lake, "quarantine", "held")
    extra = held.merge(planted[ROW].drop_duplicates(), on=ROW, how="left", indicator=True)
    extra = extra[extra["_merge"] == "left_only"]
    assert extra.groupby(["supplier", "source_table"]).size().to_dict() == {}


def test_no_other_hard_rule_is_broken(planted, findings):
    hard = findings[findings["severity"] == "hard"]
    extra = hard.merge(planted[ROW].drop_duplicates(), on=ROW, how="left", indicator=True)
    assert set(extra[extra["_merge"] == "left_only"]["rule_id"]) == set()


def test_rows_in_are_rows_validated_and_held_back(demo_lake):
    tally = read(demo_lake, "validated", "delivery")
    held = read(demo_lake, "quarantine", "held").groupby("delivery_id").size()
    assert (tally["rows_in"] == tally["rows_validated"] + tally["rows_held"]).all()
    assert tally.set_index("delivery_id")["rows_held"].to_dict() == {
        d: int(held.get(d, 0)) for d in tally["delivery_id"]
    }
