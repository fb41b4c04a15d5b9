"""What has lapsed by law is counted without persons, and goes the way of every erasure; a hold keeps it."""

from datetime import date

import duckdb
import pandas as pd
from click.testing import CliRunner

from das_analysis.cli.retention import retention
from das_analysis.errors import Refused
from das_analysis.lake import bury, find_snapshot, keep_hold, open_lake, snapshot_files, standing
from das_analysis.lake.orders import mark
from das_analysis.query import dry_run, lapsed

LATER = date(2100, 1, 1)


def registrations(lake):
    paths = [str(p) for p in snapshot_files(lake=lake)["suspect_registration"]]
    with duckdb.connect() as con:
        return con.sql(f"SELECT suspect_key, person_key, marked_on FROM read_parquet({paths!r})").df()


def test_a_dry_run_counts_by_rule_table_and_supplier_and_names_nobody(demo_lake, marked):
    before = find_snapshot(demo_lake, "synthetic")
    found = dry_run(demo_lake, on=LATER)
    assert {"wjsg-4-crime", "wpg-8-14-police"} <= set(found["rule"])
    police = found[found["table"] == "suspect_registration"]
    assert police["lapsed"].sum() == len(registrations(demo_lake))
    assert dry_run(demo_lake, on=date(2026, 1, 1))["lapsed"].sum() == 0
    text = found.to_csv()
    assert not any(one in text for one in marked.marks)
    assert find_snapshot(demo_lake, "synthetic").digest == before.digest


def test_what_has_lapsed_goes_and_what_else_is_known_of_the_person_stays(lake, leaks):
    seen = registrations(lake)
    first = seen.sort_values(["marked_on", "suspect_key"]).iloc[:40]
    on = (first["marked_on"].max() + pd.DateOffset(years=10)).date()
    gone = lapsed(lake, on=on)
    assert set(first["suspect_key"]) <= set(gone)
    assert set(gone) == set(seen.loc[seen["marked_on"] <= first["marked_on"].max(), "suspect_key"])
    cases = open_lake(lake=lake).cases.count().execute()
    words = ["--lake", str(lake), "--on", str(on), "--erase", "--lang", "en"]
    assert isinstance(CliRunner().invoke(retention, words).exception, Refused)  # the rules are not confirmed
    said = CliRunner().invoke(retention, [*words, "--confirmed-by", "a lawyer"])
    assert said.exit_code == 0, said.output
    assert f"{len(gone)} lapsed records erased" in said.output
    assert leaks(lake, set(gone)) == []
    left = registrations(lake)
    assert set(left["suspect_key"]) == set(seen["suspect_key"]) - set(gone)
    assert open_lake(lake=lake).cases.count().execute() == cases
    assert lapsed(lake, on=on) == []
    assert bury(lake) == 0
    persons = {mark(one) for one in seen["person_key"]}
    assert not persons & set(
        standing(lake, "lapse")
    )  # who comes back with a new fact is a person like any other


def test_a_legal_hold_wins_over_retention(lake, marked):
    before, on = lapsed(lake, on=LATER), LATER
    keep_hold(lake, [marked.key], reason="complaint 2026-17 is pending")
    after = lapsed(lake, on=on)
    kept = set(before) - set(after)
    assert kept
    assert kept <= marked.marks
    assert dry_run(lake, on=on)["held"].sum() == len(kept)
