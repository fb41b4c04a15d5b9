"""What dead steps left goes when it is old and nothing needs it; what a reader can open stays."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from das_analysis.disk import half_written, take_away
from das_analysis.errors import Refused, TryAgain
from das_analysis.flow import Linked, Provenance, TableRef
from das_analysis.intake.package import partial_folder
from das_analysis.lake import (
    enter,
    files,
    freeze,
    hold,
    leftovers,
    open_lake,
    read_log,
    replace,
    snapshots,
    tidy,
    write,
)

MADE = Provenance(actor="a test", at="2026-01-01T00:00:00Z", code="0", model="0")
DAY = 86_400


def age(folder, days):
    """Let everything in a folder have been written so long ago."""
    for path in (folder, *folder.rglob("*")):
        then = path.stat().st_mtime - days * DAY
        os.utime(path, (then, then))


@pytest.fixture
def room(tmp_path):
    """Five versions of a table, all old: the first and the third are pinned, the last is the newest."""
    room = enter(tmp_path / "lake", "linkage")
    for number in range(5):
        rows = pa.table({"case_key": [str(number)], "x": [number]})
        version = write(room, "linked", table="case", rows=rows)
        if number in {0, 2}:
            ref = TableRef(version=version, rows=1, digest=str(number))
            freeze(Linked(lake=room.root, tables={"case": ref}, provenance=MADE), f"v{number}")
    age(room.root, 40)
    return room


def orphan(room, name="part-dead.parquet", days=40):
    """What a step leaves that died before its commit."""
    path = room.root / "linked" / "case" / name
    pq.write_table(pa.table({"x": [9]}), path)
    age(path, days)
    return path


def named(room, version):
    (path,) = files(room, "linked", table="case", version=version)
    return Path(path)


def test_what_no_version_names_that_counts_goes_and_a_reader_of_old_snapshots_still_reads(room):
    dead, superseded = orphan(room), {named(room, 1), named(room, 3)}
    gone = tidy(room.root, days=30)
    assert {room.root / one.path for one in gone} == {dead, *superseded}
    assert not any(path.exists() for path in (dead, *superseded))
    read = {
        s.name: list(open_lake(s.name, lake=room.root).cases.execute()["x"]) for s in snapshots(room.root)
    }
    assert read == {"v0": [0], "v2": [2]}
    assert pq.read_table(named(room, 4)).column("x").to_pylist() == [4]
    assert tidy(room.root, days=30) == []


def test_a_dry_run_lists_the_same_with_its_size_and_changes_nothing(room):
    dead = orphan(room)
    before = {p: p.stat().st_mtime for p in room.root.rglob("*")}
    listed = leftovers(room.root, days=30)
    assert {p: p.stat().st_mtime for p in room.root.rglob("*")} == before
    assert {one.path: one.size for one in listed}["linked/case/part-dead.parquet"] == dead.stat().st_size
    assert tidy(room.root, days=30) == listed


def test_what_is_younger_than_the_stated_age_stays(room):
    young = orphan(room, "part-young.parquet", days=29)
    old = orphan(room, "part-old.parquet", days=31)
    tidy(room.root, days=30)
    assert (young.exists(), old.exists()) == (True, False)


def test_a_version_that_only_the_last_run_of_linkage_names_stays(room):
    note = '{"tables": {"case": {"version": 1, "rows": 1, "digest": ""}}, "register": 3}'
    (room.root / "linked" / "linked.json").write_text(note)
    write(room, "linked", table="person_register", rows=pa.table({"x": [0]}))
    shutil.copytree(
        room.root / "linked" / "case", room.root / "linked" / "person_register", dirs_exist_ok=True
    )
    age(room.root, 40)
    kept = {named(room, 1), Path(files(room, "linked", table="person_register", version=3)[0])}
    tidy(room.root, days=30)
    assert all(path.exists() for path in kept)


def test_stopped_halfway_it_goes_on(room):
    orphan(room)
    first, *rest = leftovers(room.root, days=30)
    take_away(room.root / first.path)
    assert tidy(room.root, days=30) == rest


def test_nothing_goes_when_a_pinned_version_cannot_be_read(room):
    dead = orphan(room)
    (room.root / "linked" / "case" / "_delta_log" / f"{2:020d}.json").unlink()
    with pytest.raises(Refused, match="linked/case, version 2"):
        tidy(room.root, days=30)
    assert dead.exists()


def test_nothing_goes_while_a_step_writes(room):
    dead = orphan(room)
    with hold(room, "link"), pytest.raises(TryAgain, match="link, process"):
        tidy(room.root, days=30)
    assert dead.exists()


def test_what_a_dead_step_wrote_is_undone_first_and_then_goes(room):
    (room.root / ".undo.json").write_text('{"tables": {"linked": {"case": 3}}, "texts": {}}')
    newest = named(room, 4)
    tidy(room.root, days=30)
    assert not newest.exists()
    assert [Path(p).exists() for p in files(room, "linked", table="case")] == [True]


def test_a_package_that_was_named_and_never_listed_goes_and_without_a_list_none(room):
    intake = enter(room.root, "intake")
    for name in ("om-2025-1-aa", "om-2025-2-bb"):
        (room.root / "received" / name).mkdir(parents=True)
        (room.root / "received" / name / "zaken.parquet").touch()
    age(room.root / "received", 40)
    tidy(room.root, days=30)
    assert len(list((room.root / "received").iterdir())) == 2
    listed = pa.table({"delivery_id": ["om-2025-1-aa"]})
    replace(intake, "received", table="delivery", rows=listed, deliveries=["om-2025-1-aa"])
    tidy(room.root, days=30)
    assert sorted(p.name for p in (room.root / "received").iterdir()) == ["delivery", "om-2025-1-aa"]


def test_it_is_in_the_access_log_without_a_name_of_a_file(room):
    orphan(room)
    tidy(room.root, days=30)
    *_, last = read_log(room.root)
    assert (last["act"], last["tables"]) == ("tidy", ["linked/case"])


def test_an_age_below_zero_is_refused(room):
    with pytest.raises(Refused, match="0 days or more"):
        leftovers(room.root, days=-1)


def test_nothing_that_the_demo_refers_to_goes(demo_lake, tmp_path):
    """Every table of every zone and snapshot reads as before, and nothing but what is superseded went."""
    lake = shutil.copytree(demo_lake, tmp_path / "lake")
    room = enter(lake, "lake")
    before = everything(room)
    dead = lake / "validated" / "case" / "part-dead.parquet"
    pq.write_table(pa.table({"x": [9]}), dead)
    tidy(lake, days=0)
    assert not dead.exists()
    assert everything(room) == before
    (snapshot,) = snapshots(lake)
    opened = open_lake("synthetic", lake=lake)
    assert opened.cases.count().execute() == snapshot.tables["case"].rows


def everything(room):
    tables = [log.parent for log in sorted(room.root.glob("*/*/_delta_log"))]
    found = {t: [pq.read_table(p) for p in files(room, t.parent.name, table=t.name)] for t in tables}
    kept = {p: p.stat().st_size for p in room.root.glob("received/*-*/*")}
    return {str(t): [(p.num_rows, p.nbytes) for p in parts] for t, parts in found.items()} | kept


# ---------------------------------------------------------------- half written


@pytest.mark.parametrize("folder", [True, False])
def test_the_next_one_takes_away_what_a_killed_one_left_and_not_what_a_living_one_writes(tmp_path, folder):
    holder = (
        "import sys, time; from pathlib import Path; from das_analysis.disk import half_written\n"
        f"with half_written(Path(sys.argv[1]), folder={folder}) as made:\n"
        "    print(made, flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", holder, tmp_path], stdout=subprocess.PIPE, text=True)
    theirs = Path(child.stdout.readline().strip())
    with half_written(tmp_path, folder=folder) as ours:
        assert theirs.exists()
        assert ours.is_dir() == folder
    child.kill()
    child.wait()
    child.stdout.close()
    assert list(tmp_path.iterdir()) == [theirs]
    with half_written(tmp_path, folder=folder) as ours:
        assert list(tmp_path.iterdir()) == [ours]
    assert list(tmp_path.iterdir()) == []


def test_deliver_takes_away_what_a_killed_one_left(tmp_path):
    (tmp_path / ".partial-dead").mkdir()
    (tmp_path / ".partial-dead" / "zaken.parquet").touch()
    with partial_folder(tmp_path) as made:
        assert list(tmp_path.iterdir()) == [made]


def test_freeze_takes_away_what_a_killed_one_left(room):
    left = room.root / "snapshots" / ".partial-dead"
    left.touch()
    ref = TableRef(version=4, rows=1, digest="")
    freeze(Linked(lake=room.root, tables={"case": ref}, provenance=MADE), "next")
    assert not left.exists()
