"""A person is erased: no byte of him is left, everybody else is as he was, and he does not come back."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from das_analysis.errors import NoPermission, Refused
from das_analysis.lake import (
    bury,
    erase,
    find_snapshot,
    freeze,
    frozen,
    keep_hold,
    open_lake,
    read_log,
    verify_log,
)
from das_analysis.linkage import find_linked, link
from das_analysis.vault import Wanted, find_pseudonymised, open_project, pseudonymise

GROUND = "Wjsg 22, a decision"
UNTIL = datetime.now(UTC).date() + timedelta(30)


def test_no_byte_of_him_is_left(demo_lake, erased, marked, leaks):
    home, done = erased
    assert len(marked.marks) > 10
    zones = {path.split("/")[0] for path in leaks(demo_lake, marked.marks)}
    assert {"received", "validated", "pseudonymised", "linked"} <= zones
    assert leaks(home.parent, marked.marks) == []  # the lake, and what lies beside it
    assert done.rows >= 4 * marked.rows


def test_a_table_without_a_class_is_cleared_by_the_names_of_its_columns(demo_lake, erased, marked, leaks):
    tables = {path.split("/")[1] for path in leaks(demo_lake, {marked.key}) if path.startswith("linked/")}
    assert {"person_log", "person_register"} <= tables
    assert leaks(erased[0], {marked.key}) == []


def test_everybody_else_is_as_he_was(demo_lake, erased, rows_of):
    before, after = rows_of(demo_lake), rows_of(erased[0])
    for name, rows in after.items():
        gone = set(before[name]) - set(rows)
        assert len(before[name]) - len(rows) == len(gone), name
        assert not set(rows) - set(before[name]), name
    assert len(before["persons"]) - len(after["persons"]) == 1
    assert len(after["cases"]) < len(before["cases"])
    assert len(after["registered_crimes"]) == len(before["registered_crimes"])


def test_linking_again_gives_what_the_erasure_left(copied, erased, tmp_path):
    lake = copied(erased[0], tmp_path / "lake", orders=erased[0])
    left = find_snapshot(lake, "synthetic")
    link(find_pseudonymised(lake))
    again = freeze(find_linked(lake), "again")
    apart = {n for n in left.tables if left.tables[n].digest != again.tables[n].digest}
    assert apart <= {
        "case_quality",
        "link_quality",
        "person_quality",
    }  # how it went, not who


def test_an_older_snapshot_says_that_its_population_changed(demo_lake, erased):
    (lake, done), before = erased, find_snapshot(demo_lake, "synthetic")
    after = find_snapshot(lake, "synthetic")
    assert (after.number, after.name) == (before.number, before.name)
    assert after.digest != before.digest
    assert after.erased == (done.certificate,)
    assert done.snapshots == ("0001-synthetic",)
    assert list(frozen(lake)["note"]) == ["population changed by erasure"]
    opened = open_lake(lake=lake)
    assert {t: after.tables[t].rows for t in ("case", "person")} == {
        "case": opened.cases.count().execute(),
        "person": opened.persons.count().execute(),
    }


def test_the_certificate_tells_counts_and_digests_and_nobody(erased, marked):
    lake, done = erased
    text = (lake / "erased" / done.certificate).read_text()
    said = json.loads(text)
    assert said["ground"] == GROUND
    assert set(said["text"]) == {"nl", "en"}
    assert said["tables"]["linked/case"] >= 1
    assert all(len(f["before"]) == len(f["after"]) == 64 for f in said["files_changed"])
    assert not any(mark in text for mark in marked.marks)
    assert {p.name for p in (lake / "erased").iterdir()} == {done.certificate}
    assert "erase" in [line["act"] for line in read_log(lake)]
    assert verify_log(lake)


def test_he_stays_erased_when_a_backup_is_restored(copied, demo_lake, erased, marked, leaks, tmp_path):
    lake = copied(demo_lake, tmp_path / "lake", orders=erased[0])  # the whole lake: the orders lie beside it
    assert leaks(lake, marked.marks)
    link(find_pseudonymised(lake))  # the next step of any kind buries him again
    assert leaks(lake, marked.marks) == []
    assert bury(lake) == 0


def test_a_late_file_with_him_is_taken_without_him(
    copied, demo_lake, erased, marked, leaks, tmp_path, keys, rows_of
):
    from das_analysis.intake import find_deliveries, find_validated, validate

    lake = copied(erased[0], tmp_path / "lake", orders=erased[0])
    for home in (demo_lake / "received").glob("om-*"):
        shutil.rmtree(lake / "received" / home.name)
        shutil.copytree(home, lake / "received" / home.name)
    assert leaks(lake, marked.marks)
    before = rows_of(lake)
    done = validate(find_deliveries(lake, supplier="om"))
    assert done.rows_in == done.rows_validated + done.rows_held
    pseudonymise(find_validated(lake, supplier="om"), keys=keys)
    link(find_pseudonymised(lake))
    freeze(find_linked(lake), "late")
    assert leaks(lake, marked.marks) == []
    after = rows_of(lake)
    assert after["cases"] == before["cases"]
    assert after["persons"] == before["persons"]


@pytest.mark.parametrize("call", [2, 3, 30])
def test_stopped_at_any_rename_the_next_run_reaches_the_end(lake, marked, leaks, call, monkeypatch):
    """The first rename is the lock's note, the second writes down what is doomed: then it must end."""
    import pathlib

    whole, left = pathlib.Path.replace, iter(range(1, 10_000))

    def stop(self, target):
        if next(left) == call:
            raise KeyboardInterrupt
        return whole(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(pathlib.Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            erase(lake, [marked.key], ground=GROUND)
    if call < 3:  # nothing was decided yet
        assert bury(lake) == 0
        erase(lake, [marked.key], ground=GROUND)
    else:
        assert bury(lake) >= marked.rows
    assert bury(lake) == 0
    assert leaks(lake.parent, marked.marks) == []
    assert find_snapshot(lake, "synthetic").erased
    assert {line["act"] for line in read_log(lake)} >= {"erase"}
    assert verify_log(lake)


def test_rows_that_no_table_knows_and_copies_of_projects_go_too(lake, marked, leaks, tmp_path):
    """Planted: a held row with his number, a received file never validated, half a file; a project."""
    seen = pa.concat_tables([pq.read_table(p) for p in (lake / "validated" / "case").glob("*.parquet")])
    number = next(k for k in seen["skn_key"].to_pylist() if k in marked.marks)
    held = DeltaTable(str(lake / "quarantine" / "held"))
    row = {
        "delivery_id": "om-2026-9-x",
        "supplier": "om",
        "period": "2026",
        "source_table": "zaken",
        "row": 1,
    }
    rows = pa.Table.from_pylist([row | {"content": json.dumps({"SKN": number})}])
    schema = pa.schema(held.schema().to_arrow())
    write_deltalake(held, rows.select(schema.names).cast(schema), mode="append")
    (lake / "received" / "om-2026-9-x").mkdir()
    fresh = pa.table({"SKN": [None, number], "NAAM": ["p1." + "b" * 26, "marked-by-nobody-else"]})
    pq.write_table(fresh, lake / "received" / "om-2026-9-x" / "zaken.parquet")
    (lake / "received" / ".partial-1").mkdir()
    pq.write_table(fresh, lake / "received" / ".partial-1" / "zaken.parquet")
    columns, until = {"persons": ("person_key",)}, datetime.now(UTC).date() + timedelta(30)
    wanted = Wanted(project="one", purpose="monitor", until=until, columns=columns)
    given = open_project(lake, wanted, keys=tmp_path / "keys").rows["persons"]
    erase(lake, [marked.key], ground=GROUND)
    assert leaks(lake, marked.marks | {"marked-by-nobody-else"}) == []
    kept = pq.read_table(lake / "received" / "om-2026-9-x" / "zaken.parquet").to_pylist()
    assert kept == [{"SKN": None, "NAAM": "p1." + "b" * 26}, {"SKN": None, "NAAM": None}]
    assert not (lake / "projects" / "one").exists()
    assert open_project(lake, wanted, keys=tmp_path / "keys").rows["persons"] == given - 1


def test_a_legal_hold_forbids_it_with_its_reason(lake, marked, leaks):
    keep_hold(lake, [marked.key], reason="complaint 2026-17 is pending")
    before = leaks(lake, marked.marks)
    with pytest.raises(NoPermission, match="complaint 2026-17 is pending"):
        erase(lake, [marked.key], ground=GROUND)
    assert leaks(lake, marked.marks) == before


@pytest.mark.parametrize(
    ("pseudonyms", "ground", "said"),
    [
        ([], GROUND, "needs a pseudonym"),
        (["k1." + "a" * 26], " ", "legal ground"),
        (["123456789"], GROUND, "not a list of pseudonyms"),
        (["k1." + "a" * 26], GROUND, "holds no row"),
    ],
)
def test_what_cannot_be_erased_is_refused(lake, pseudonyms, ground, said):
    with pytest.raises(Refused, match=said) as refused:
        erase(lake, pseudonyms, ground=ground)
    assert "123456789" not in str(refused.value)
    assert not list((lake / "erased").glob("*")) if (lake / "erased").exists() else True


def test_the_command_reads_the_pseudonym_from_standard_input(lake, marked):
    from click.testing import CliRunner

    from das_analysis.cli.erase import erase as command

    def run(*words):
        return CliRunner().invoke(
            command, ["--lake", str(lake), "--file", "-", *words], input=marked.key + "\n"
        )

    assert run().exit_code == 2
    assert run("--hold", "pending").exit_code == 0
    assert isinstance(run("--ground", GROUND).exception, NoPermission)
    assert run("--lift").exit_code == 0
    done = run("--ground", GROUND)
    assert done.exit_code == 0, done.output
    assert "population changed by erasure" in done.output
    assert marked.key not in done.output
