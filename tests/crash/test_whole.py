"""What a step that is under way, failed or died leaves to a reader, and to the next step."""

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from das_analysis.errors import TryAgain
from das_analysis.lake import enter, files, hold, table_version, text, write

NOTE = "linked/linked.json"


@pytest.fixture
def room(tmp_path):
    found = enter(tmp_path / "lake", "linkage")
    write(found, "linked", table="case", rows=rows("old"))
    return found


def rows(text):
    return pa.table({"x": [text], "delivery_id": ["a"]})


def test_a_reader_during_a_step_sees_the_tables_from_before_it(room):
    before = files(room, "linked", table="case")
    with hold(room, "link"):
        write(room, "linked", table="case", rows=rows("new"))
        write(room, "linked", table="charge", rows=rows("new"))
        assert files(room, "linked", table="case") == before
        assert files(room, "linked", table="charge") == []
        assert table_version(room, "linked", table="charge") is None
    assert files(room, "linked", table="case") != before
    assert len(files(room, "linked", table="charge")) == 1


def fail(room):
    with hold(room, "link"):
        write(room, "linked", table="case", rows=rows("new"))
        write(room, "linked", table="charge", rows=rows("new"))
        raise ZeroDivisionError


def test_a_step_that_fails_leaves_nothing_and_the_next_one_works(room):
    before = files(room, "linked", table="case")
    with pytest.raises(ZeroDivisionError):
        fail(room)
    assert files(room, "linked", table="case") == before
    assert files(room, "linked", table="charge") == []
    with hold(room, "link"):
        write(room, "linked", table="case", rows=pa.table({"x": ["newer"]}))
    assert len(files(room, "linked", table="case")) == 1


def test_what_a_dead_step_left_is_undone_by_the_next_also_other_columns(room):
    before = files(room, "linked", table="case")
    (room.root / ".undo.json").write_text(json.dumps({"tables": {"linked": {"case": 0}}, "texts": {}}))
    write(room, "linked", table="case", rows=pa.table({"y": [1]}))
    assert files(room, "linked", table="case") == before
    with hold(room, "link"):
        pass
    assert files(room, "linked", table="case") == before
    assert not (room.root / ".undo.json").exists()


def test_a_lake_that_takes_no_file_says_try_again(room):
    (room.root / ".undo.partial").mkdir()
    with pytest.raises(TryAgain, match="cannot be written") as refusal, hold(room, "link"):
        pass
    assert refusal.value.where
    assert refusal.value.todo


def test_a_lake_whose_lock_cannot_be_opened_says_try_again(room):
    (room.root / ".lock").mkdir()
    with pytest.raises(TryAgain, match="cannot be written") as refusal, hold(room, "link"):
        pass
    assert refusal.value.where == ".lock"
    assert refusal.value.todo


def died(room, tmp_path):
    """The folders as a process leaves them that dies now: called while a step is under way."""
    shutil.copytree(room.root, tmp_path / "died")
    return enter(tmp_path / "died", "linkage")


def names(paths):
    return [Path(path).name for path in paths]


def rest(room):
    """Another step, of another room, that comes after it."""
    with hold(enter(room.root, "intake"), "validate"):
        pass


@pytest.mark.parametrize("before", ["old", None])
def test_a_small_file_counts_with_the_tables_or_not_at_all(room, tmp_path, before):
    file = room.root / NOTE
    if before:
        file.write_text(before)
    with hold(room, "link", texts=[NOTE]):
        file.write_text("new")
        assert text(room, "linked", name="linked.json") == before
        dead = died(room, tmp_path)
    assert text(room, "linked", name="linked.json") == "new"
    assert text(dead, "linked", name="linked.json") == before
    rest(dead)
    assert text(dead, "linked", name="linked.json") == before
    assert (dead.root / NOTE).exists() == (before is not None)


def test_what_a_dead_step_left_torn_by_a_power_cut_is_undone_too(room, tmp_path):
    before = files(room, "linked", table="case")
    with hold(room, "link"):
        write(room, "linked", table="case", rows=rows("new"))
        dead = died(room, tmp_path)
    logs = dead.root / "linked" / "case" / "_delta_log"
    for log in logs.glob("*1.json"):
        log.write_bytes(b"")
    rest(dead)
    assert names(files(dead, "linked", table="case")) == names(before)
    assert write(dead, "linked", table="case", rows=rows("newer")) == 1


def fresh(room, **properties):
    """A table whose log is summed up every third version."""
    path = room.root / "linked" / "often"
    settings = {"delta.checkpointInterval": "3"} | properties
    write_deltalake(str(path), rows("0"), configuration=settings)
    return path


def test_a_step_is_undone_also_when_the_log_was_summed_up_meanwhile(room, tmp_path):
    path = fresh(room)
    for number in range(1, 5):
        write(room, "linked", table="often", rows=rows(str(number)))
    with hold(room, "link"):
        for number in range(5, 12):
            write(room, "linked", table="often", rows=rows(str(number)))
        dead = died(room, tmp_path)
    rest(dead)
    path = dead.root / path.relative_to(room.root)
    assert DeltaTable(str(path)).version() == 4
    assert DeltaTable(str(path)).to_pyarrow_table().column("x").to_pylist() == ["4"]
    assert write(dead, "linked", table="often", rows=rows("again")) == 5
    assert DeltaTable(str(path)).to_pyarrow_table().column("x").to_pylist() == ["again"]


def test_no_version_of_a_table_goes_because_it_is_old(room):
    fresh(room, **{"delta.logRetentionDuration": "interval 0 seconds"})
    for number in range(1, 10):
        write(room, "linked", table="often", rows=rows(str(number)))
    assert [len(files(room, "linked", table="often", version=v)) for v in range(10)] == [1] * 10
