"""A decision gives one cell another value: in new tables, under the same rules, until it is overtaken."""

import json
import pathlib
import shutil
from dataclasses import replace

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from das_analysis.cli.rectify import rectify as command
from das_analysis.errors import Refused
from das_analysis.intake import find_validated
from das_analysis.lake import connect, enter, erase, find_snapshot, freeze, open_lake, read_log, write
from das_analysis.linkage import (
    Cell,
    Decision,
    find_linked,
    lift_rectification,
    link,
    rectifications,
    rectify,
)
from das_analysis.linkage.current import read_current
from das_analysis.linkage.work import Work
from das_analysis.model import load_model
from das_analysis.vault import destroy_host_key, find_pseudonymised, pseudonymise, rotate_host_key

WHY = Decision(basis="AVG 16", reason="decision 2026-31")
VALUE = "2024-02-29"


@pytest.fixture(scope="module")
def case(demo_lake, marked):
    """A case of the marked person: its key, registered on another day than VALUE."""
    cases = open_lake(lake=demo_lake).cases.execute()
    return cases[cases["person_key"] == marked.key].sort_values("case_key").iloc[0]


@pytest.fixture(scope="module")
def cell(case):
    return Cell(supplier="om", table="case", column="is_zsm", record_key=case["case_key"])


@pytest.fixture(scope="module")
def value(case):
    return "false" if case["is_zsm"] else "true"


@pytest.fixture(scope="module")
def rectified(tmp_path_factory, copied, demo_lake, cell, value):
    """A lake with a rectification that link has not met yet, and its certificate. Read it, never write it."""
    lake = copied(demo_lake, tmp_path_factory.mktemp("rectified") / "lake")
    return lake, rectify(lake, cell, value=value, decision=WHY)


@pytest.fixture
def again(rectified, copied, tmp_path):
    return copied(rectified[0], tmp_path / "again" / "lake", orders=rectified[0])


def current(lake, cell):
    """The cell as linkage reads it: of the rows that count."""
    room = enter(lake, "linkage")
    with connect(room) as con:
        ids = [i for p in find_pseudonymised(lake) for i in p.delivery_ids]
        read_current(Work(con=con, model=load_model()), room, ids=ids)
        query = f'SELECT {cell.column}::VARCHAR FROM "{cell.table}" WHERE case_key = ?'
        return [v for (v,) in con.execute(query, [cell.record_key]).fetchall()]


def values(lake):
    home = lake / "rectified" / "rectified"
    return duckdb.sql(f"SELECT * FROM read_parquet('{home}/*.parquet')").to_arrow_table()


def test_a_new_snapshot_has_the_value_and_nothing_else_changed(again, demo_lake, case, value, rows_of):
    link(find_pseudonymised(again))
    freeze(find_linked(again), "rectified")
    before, after = rows_of(demo_lake), rows_of(again)
    assert {n for n in after if before[n] != after[n]} <= {"cases", "person_quality", "person_log"}
    assert len(set(after["cases"]) - set(before["cases"])) == 1
    cases = open_lake(lake=again).cases.execute().set_index("case_key")
    assert cases.loc[case["case_key"], "is_zsm"] == (value == "true")
    assert find_snapshot(again, "synthetic").digest == find_snapshot(demo_lake, "synthetic").digest


def test_order_certificate_log_and_list_hold_neither_row_nor_value(rectified, cell):
    lake, name = rectified
    text = (lake / "rectified" / name).read_text()
    said = json.loads(text)
    assert (said["basis"], said["reason"], set(said["text"])) == (WHY.basis, WHY.reason, {"nl", "en"})
    listed = rectifications(lake)
    assert list(listed["column"]) == ["case.is_zsm"]
    assert list(listed["state"]) == ["stands"]
    orders = json.loads(lake.with_suffix(".orders").read_text())
    log = [line for line in read_log(lake) if line["act"] == "rectify"]
    assert [line["tables"] for line in log] == [["case.is_zsm"]]
    assert cell.record_key not in f"{text}{orders}{log}{listed.to_csv()}"
    assert "value" not in {*said, *orders}


@pytest.mark.slow
def test_a_decision_stands_when_the_hosts_key_is_rotated(again, cell, case, value, keys, tmp_path):
    """The row bears another key then, and by that the decision is found, replaced and lifted."""
    own = shutil.copytree(keys, tmp_path / "keys")
    rotate_host_key(own)
    pseudonymise(find_validated(again), keys=own)
    link(find_pseudonymised(again))
    destroy_host_key(again, 1, keys=own)
    home = again / "pseudonymised" / "case"
    place = "delivery_id = ? AND source_table = ? AND row = ?"
    query = f"SELECT case_key FROM read_parquet({[str(p) for p in home.glob('*.parquet')]}) WHERE {place}"
    where = [case["delivery_id"], case["source_table"], int(case["row"])]
    (now,) = {k for (k,) in duckdb.execute(query, where).fetchall()} - {cell.record_key}
    renamed = replace(cell, record_key=now)
    assert current(again, renamed) == [value]
    rectify(again, renamed, value="", decision=replace(WHY, reason="decision 2026-44"))
    assert current(again, renamed) == [None]
    assert list(rectifications(again)["state"]) == ["replaced", "stands"]
    lift_rectification(again, renamed)
    assert current(again, renamed) == [str(case["is_zsm"]).lower()]


def test_a_newer_version_of_the_row_overtakes_the_decision(again, cell, value):
    (before,) = current(again, cell)
    assert before == value
    rows = values(again)
    older = rows.set_column(rows.column_names.index("period"), "period", [["2000"]])
    write(
        enter(again, "linkage"), "rectified", table="rectified", rows=older
    )  # given when 2000 was the newest
    assert current(again, cell) != [value]
    assert rectifications(again)["state"].str.startswith("overtaken by om-").all()
    assert "rectification overtaken" in [line["act"] for line in read_log(again)]
    assert current(again, cell) != [value]


def test_lifted_the_supplier_counts_again_and_a_second_decision_replaces_the_first(again, cell, value):
    rectify(again, cell, value="", decision=Decision(basis="AVG 16", reason="decision 2026-32"))
    assert current(again, cell) == [None]
    lift_rectification(again, cell)
    assert current(again, cell) == ["false" if value == "true" else "true"]
    assert list(rectifications(again)["state"]) == ["replaced", "lifted"]
    with pytest.raises(Refused, match="no rectification stands"):
        lift_rectification(again, cell)


@pytest.mark.parametrize(
    ("change", "given", "said"),
    [
        ({"column": "registered_on"}, "2099-12-31", "breaks "),
        ({"column": "registered_on"}, "31-12-2024", "breaks "),
        ({"column": "registered_on"}, "", "breaks "),
        ({"column": "stream_code"}, "NOT-A-CODE", "breaks "),
        ({"column": "pv_key"}, "k1.x", "not changed by a decision"),
        ({"column": "person_key"}, "k1.x", "not changed by a decision"),
        ({"table": "detention_day", "column": "day"}, "2024-01-01", "no such supplier or table"),
        ({"supplier": "nobody"}, "true", "no such supplier or table"),
        ({"supplier": "dji"}, "true", "no such row"),
        ({"record_key": "k1.nobody"}, "true", "no such row"),
    ],
)
def test_what_the_rules_forbid_is_refused_without_a_value(rectified, cell, change, given, said):
    parts = {name: getattr(cell, name) for name in Cell.__slots__} | change
    with pytest.raises(Refused, match=said) as refused:
        rectify(rectified[0], Cell(**parts), value=given, decision=WHY)
    assert given in {"", "true"} or given not in str(refused.value)
    assert cell.record_key not in str(refused.value)
    assert len(rectifications(rectified[0])) == 1


def test_a_reason_is_needed(rectified, cell):
    with pytest.raises(Refused, match="a basis and a reason"):
        rectify(rectified[0], cell, value="true", decision=Decision(basis="AVG 16", reason=" "))


def test_killed_before_the_order_nothing_changed_and_again_it_is_done(lake, cell, value, monkeypatch):
    whole = pathlib.Path.replace

    def stop(self, target):
        if pathlib.Path(target).suffix == ".orders":
            raise KeyboardInterrupt
        return whole(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(pathlib.Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            rectify(lake, cell, value=value, decision=WHY)
    assert current(lake, cell) != [value]
    assert rectifications(lake).empty
    rectify(lake, cell, value=value, decision=WHY)
    assert current(lake, cell) == [value]
    other = Decision(basis="AVG 16", reason="decision 2026-32")
    with monkeypatch.context() as patch:
        patch.setattr(pathlib.Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            rectify(lake, cell, value="", decision=other)
    with pytest.raises(
        Refused, match="1 rectifications have no value"
    ):  # that of the first decision has gone
        current(lake, cell)
    rectify(lake, cell, value="", decision=other)
    assert current(lake, cell) == [None]


def test_a_backup_without_the_value_is_not_linked_as_if_nothing_had_been_decided(again, cell, value):
    shutil.rmtree(again / "rectified")
    with pytest.raises(Refused, match="1 rectifications have no value") as refused:
        current(again, cell)
    assert "om case.is_zsm" in str(refused.value)
    rectify(again, cell, value=value, decision=WHY)
    assert current(again, cell) == [value]


def test_an_erasure_takes_the_value_too(again, marked, cell, leaks):
    assert leaks(again / "rectified", {cell.record_key})
    erase(again, [marked.key], ground="Wjsg 22")
    assert leaks(again.parent, marked.marks) == []
    assert all(pq.read_metadata(p).num_rows == 0 for p in (again / "rectified").rglob("part*.parquet"))
    assert current(again, cell) == []  # and no value is missed


@pytest.mark.parametrize("given", ["{key}", "{key}\n", "\n{value}\n", "", "{key}\n{value}\n{value}\n"])
def test_a_value_that_was_forgotten_is_not_unknown(rectified, cell, value, given):
    """Only a line that is there and is empty says that; of what stands in the file nothing is repeated."""
    words = ["--lake", str(rectified[0]), "om", "case.is_zsm", "--file", "-", "--basis", "a", "--reason", "b"]
    done = CliRunner().invoke(command, words, input=given.format(key=cell.record_key, value=value))
    assert done.exit_code == 2, done.output
    assert "must have two lines" in done.output
    assert cell.record_key not in done.output
    assert len(rectifications(rectified[0])) == 1


def test_an_empty_second_line_is_unknown(again, cell):
    words = ["--lake", str(again), "om", "case.is_zsm", "--file", "-", "--basis", "a", "--reason", "b"]
    done = CliRunner().invoke(command, words, input=f"{cell.record_key}\n\n")
    assert done.exit_code == 0, done.output
    assert current(again, cell) == [None]


def test_the_command_reads_row_and_value_from_standard_input(lake, cell, value):
    def run(*words, given=f"{cell.record_key}\n{value}\n"):
        return CliRunner().invoke(command, ["--lake", str(lake), *words], input=given)

    about = ("om", "case.is_zsm", "--file", "-")
    assert run("om", "case.is_zsm").exit_code == 2
    done = run(*about, "--basis", "AVG 16", "--reason", "decision 2026-31")
    assert done.exit_code == 0, done.output
    assert cell.record_key not in done.output
    assert "stands" in run("--list").output
    assert run(*about, "--lift", given=f"{cell.record_key}\n").exit_code == 0
    assert "lifted" in run("--list").output
