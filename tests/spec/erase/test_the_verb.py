"""A person is erased: no byte of him is left, everybody else is as he was, and he does not come back."""

import json
import shutil
import subprocess
import sys
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


def test_no_byte_of_him_is_left(after, marked, leaks):
    assert len(marked.marks) > 10
    zones = {path.split("/")[0] for path in leaks(after.before, marked.marks)}
    assert {"received", "validated", "pseudonymised", "linked"} <= zones
    assert leaks(after.lake, marked.marks) == []
    assert after.done.rows >= 4 * marked.rows


def test_everybody_else_is_as_he_was(after, rows_of):
    before, left = rows_of(after.before), rows_of(after.lake)
    for name, rows in left.items():
        gone = set(before[name]) - set(rows)
        assert len(before[name]) - len(rows) == len(gone), name
        assert not set(rows) - set(before[name]), name
    assert len(before["persons"]) - len(left["persons"]) == 1
    assert len(left["cases"]) < len(before["cases"])
    assert len(left["registered_crimes"]) == len(before["registered_crimes"])


def test_linking_again_gives_what_the_erasure_left(after, copied, tmp_path):
    lake = copied(after.lake, tmp_path / "lake")
    left = find_snapshot(lake, "synthetic")
    link(find_pseudonymised(lake))
    again = freeze(find_linked(lake), "again")
    apart = {n for n in left.tables if left.tables[n].digest != again.tables[n].digest}
    assert apart <= {"link_quality"}  # rates of the linkage that was: how it went, not who


def test_an_older_snapshot_says_that_its_population_changed(after):
    lake, before, now = after.lake, *(find_snapshot(at, "synthetic") for at in (after.before, after.lake))
    assert (now.number, now.name) == (before.number, before.name)
    assert now.digest != before.digest
    assert now.erased == (after.done.certificate,)
    assert after.done.snapshots == ("0001-synthetic",)
    assert list(frozen(lake)["note"]) == ["population changed by erasure"]
    opened = open_lake(lake=lake)
    assert {t: now.tables[t].rows for t in ("case", "person")} == {
        "case": opened.cases.count().execute(),
        "person": opened.persons.count().execute(),
    }


def test_the_certificate_tells_counts_and_digests_and_nobody(after, marked):
    lake = after.lake
    text = (lake / "erased" / after.done.certificate).read_text()
    said = json.loads(text)
    assert said["ground"] == GROUND
    assert said["tables"]["linked/case"] >= 1
    assert all(len(f["before"]) == len(f["after"]) == 64 for f in said["files_changed"])
    assert not any(mark in text for mark in marked.marks)
    assert {p.name for p in (lake / "erased").iterdir()} == {after.done.certificate, "tombstones.txt"}
    assert "erase" in [line["act"] for line in read_log(lake)]
    assert verify_log(lake)


def test_what_projects_hold_of_him_goes_and_can_be_opened_again_without_him(after, copied, tmp_path, keys):
    lake = copied(after.lake, tmp_path / "lake")
    assert not (lake / "projects" / "one").exists()
    wanted = Wanted(project="two", purpose="monitor", until=UNTIL, columns={"persons": ("person_key",)})
    given = open_project(lake, wanted, keys=tmp_path / "keys").rows["persons"]
    assert given == open_lake(lake=after.before).persons.count().execute() - 1


def test_who_is_erased_stays_erased_when_a_backup_is_restored(lake, marked, leaks, tmp_path):
    shutil.copytree(lake, tmp_path / "backup")
    erase(lake, [marked.key], ground=GROUND)
    for zone in ("received", "validated", "pseudonymised", "quarantine", "linked", "snapshots"):
        shutil.rmtree(lake / zone)
        shutil.copytree(tmp_path / "backup" / zone, lake / zone)
    assert leaks(lake, marked.marks)
    link(find_pseudonymised(lake))  # the next step of any kind buries him again
    assert leaks(lake, marked.marks) == []
    assert bury(lake) == 0


def test_a_late_file_with_him_is_taken_without_him(lake, marked, leaks, tmp_path, keys, rows_of):
    from das_analysis.intake import find_deliveries, find_validated, validate

    late = tmp_path / "late"
    shutil.copytree(lake / "received", late)
    erase(lake, [marked.key], ground=GROUND)
    for home in (p for p in late.iterdir() if p.name.startswith("om-")):
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


@pytest.mark.parametrize("call", [2, 3, 4, 12, 60])
def test_stopped_at_any_rename_the_next_run_reaches_the_end(lake, marked, leaks, call, monkeypatch):
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
    if call == 2:  # the intent: nothing was decided yet
        erase(lake, [marked.key], ground=GROUND)
    else:
        assert bury(lake) == 0
    assert leaks(lake, marked.marks) == []
    assert find_snapshot(lake, "synthetic").erased
    assert verify_log(lake)


def test_rows_held_back_and_rows_nobody_has_looked_at_go_too(lake, marked, leaks):
    """Planted: a held row with his number, and a received file that was never validated."""
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
    erase(lake, [marked.key], ground=GROUND)
    assert leaks(lake, marked.marks | {"marked-by-nobody-else"}) == []
    kept = pq.read_table(lake / "received" / "om-2026-9-x" / "zaken.parquet").to_pylist()
    assert kept == [{"SKN": None, "NAAM": "p1." + "b" * 26}, {"SKN": None, "NAAM": None}]


def test_a_legal_hold_forbids_it_with_its_reason(lake, marked, leaks):
    keep_hold(lake, [marked.key], reason="complaint 2026-17 is pending")
    before = leaks(lake, marked.marks)
    with pytest.raises(NoPermission, match="complaint 2026-17 is pending"):
        erase(lake, [marked.key], ground=GROUND)
    assert leaks(lake, marked.marks) == before
    keep_hold(lake, [marked.key], reason="")
    assert erase(lake, [marked.key], ground=GROUND).rows


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


def test_the_command_reads_the_pseudonym_from_a_file_or_standard_input(lake, marked):
    command = [sys.executable, "-m", "das_analysis.cli", "erase", "--lake", str(lake), "--file", "-"]

    def run(*words):
        return subprocess.run(
            [*command, *words], input=marked.key + "\n", capture_output=True, text=True, check=False
        )

    assert run().returncode == 2
    assert run("--hold", "pending").returncode == 0
    assert "pending" in run("--ground", GROUND).stdout
    assert run("--lift").returncode == 0
    done = run("--ground", GROUND)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "population changed by erasure" in done.stdout
    assert marked.key not in done.stdout
