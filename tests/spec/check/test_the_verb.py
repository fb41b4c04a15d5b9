"""`das check`: which rules typed tables break and in how many rows; never a value."""

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from das_analysis.errors import Refused
from das_analysis.lake import enter, snapshot_files
from das_analysis.lake import files as lake_files
from das_analysis.model import load_model
from das_analysis.rules import check_folder, check_rows, check_snapshot
from das_analysis.rules.checking import of_delivery

MODEL = load_model()
CASE = {
    "case_key": "p1." + "a" * 26,
    "office_code": "AP_AMS",
    "registered_on": "2023-03-20",
    "offence_code": "1.2.1",
    "person_kind_code": "N",
}
SECRET = "Onthoudmij 12"


def write(folder, name, *rows):
    path = folder / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), path)


def das(*words, folder):
    command = [sys.executable, "-m", "das_analysis.cli", "check", *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_a_snapshot_breaks_the_rules_that_its_rows_break(demo_lake):
    found = check_snapshot("synthetic", MODEL, lake=demo_lake)
    tables = {
        name: pa.concat_tables(map(pq.read_table, paths), promote_options="permissive")
        for name, paths in snapshot_files("synthetic", lake=demo_lake).items()
    }
    known = {
        name: rows.select([c for c in MODEL.tables[name].columns if c in rows.column_names])
        for name, rows in tables.items()
    }
    every = [finding.rule for finding in check_rows(known, MODEL)]
    by_row = [rule for rule in every if not of_delivery(MODEL.rules[rule], MODEL)]
    assert found == {rule: by_row.count(rule) for rule in by_row}
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert sum(MODEL.rules[rule].severity == "soft" for rule in found) > 3


def test_no_hard_rule_is_broken_in_the_snapshot_of_the_demo(demo_lake):
    found = check_snapshot("synthetic", MODEL, lake=demo_lake)
    assert [rule for rule in found if MODEL.rules[rule].severity == "hard"] == []


def test_a_snapshot_is_not_asked_for_what_was_held_back_or_cut(demo_lake):
    """Each link that lacks was cut by linkage, which counted it; each row that lacks was held back."""
    files = snapshot_files("synthetic", lake=demo_lake)
    lacking = sum(pq.read_table(path).column("case_key").null_count for path in files["sanction"])
    seams = pq.read_table(lake_files(enter(demo_lake, "lake"), "linked", table="link_quality"))
    cut = {row["seam"]: row["cut"] for row in seams.to_pylist()}
    assert lacking == cut["sanction.case_key"] > 0
    asked = {rule.id for rule in MODEL.rules.values() if of_delivery(rule, MODEL)}
    assert {"sanction.case_key.required", "case_without_charge"} <= asked
    assert not {"charge.case_key.required", "sanction.sanction_key.required", "case.unique"} & asked


def test_opening_a_snapshot_to_check_it_is_logged(demo_lake):
    log = demo_lake / "access" / "log.jsonl"
    before = log.read_text().count("\n") if log.exists() else 0
    check_snapshot("synthetic", MODEL, lake=demo_lake)
    lines = log.read_text().splitlines()
    assert len(lines) == before + 1
    assert '"snapshot": "0001-synthetic"' in lines[-1] or '"snapshot":"0001-synthetic"' in lines[-1]
    assert "check" in lines[-1]


def test_files_are_named_after_tables_and_may_be_in_parts(tmp_path):
    write(tmp_path, "cases/1", CASE)
    write(tmp_path, "cases/2", CASE, CASE | {"case_key": "p1." + "b" * 26, "office_code": "nergens"})
    write(tmp_path, "police_report", {"pv_key": "p1." + "c" * 26, "closed_on": "2023-02-31"})
    found = check_folder(tmp_path, MODEL)
    assert {
        "case.unique": 1,
        "case.office_code.code": 1,
        "police_report.closed_on.type": 1,
    }.items() <= found.items()


def test_every_table_is_told_twice_while_it_is_checked(tmp_path):
    write(tmp_path, "cases", CASE)
    told = []
    check_folder(tmp_path, MODEL, progress=lambda *step: told.append(step))
    assert told == [("cells: case", 0, 2), ("rules: case", 1, 2)]


def test_the_command_leaves_with_one_and_says_what_to_do_in_both_languages(tmp_path):
    write(tmp_path / "files", "cases", CASE | {"office_code": SECRET})
    for lang, words in (("nl", "overtreden regels: 1"), ("en", "rules broken: 1")):
        done = das("--files", "files", "--lang", lang, folder=tmp_path)
        assert done.returncode == 1, done.stderr
        assert "case.office_code.code" in done.stdout
        assert words in done.stdout
        assert "Traceback" not in done.stderr
        assert SECRET not in done.stdout + done.stderr


def test_the_command_leaves_with_nought_when_no_rule_is_broken(tmp_path):
    write(tmp_path / "files", "cases", CASE)
    done = das("--files", "files", "--lang", "en", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert f"None of the {len(MODEL.rules)} rules is broken." in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("readme.txt", b"", "holds no Parquet files"),
        ("horses.parquet", b"PAR1", "no such table"),
        ("cases.parquet", SECRET.encode(), "cannot be read"),
    ],
)
def test_what_are_no_files_of_tables_is_refused(name, content, why, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused, match=why) as refused:
        check_folder(tmp_path, MODEL)
    assert SECRET not in str(refused.value)


def test_a_column_that_cannot_hold_its_values_is_refused(tmp_path):
    write(tmp_path, "cases", CASE | {"registered_on": 20230320})
    with pytest.raises(Refused, match="cannot hold"):
        check_folder(tmp_path, MODEL)


def test_an_unknown_snapshot_is_refused(demo_lake):
    with pytest.raises(Refused):
        check_snapshot("nothing", MODEL, lake=demo_lake)
