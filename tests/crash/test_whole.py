"""What a step that is under way, failed or died leaves to a reader, and to the next step."""

import json

import pyarrow as pa
import pytest

from das_analysis.errors import TryAgain
from das_analysis.lake import enter, files, hold, table_version, write


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
    (room.root / ".undo.json").write_text(json.dumps({"linked": {"case": 0}}))
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
