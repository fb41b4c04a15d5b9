"""The lake: zones and their writers, versions, digests, snapshots, the lock, a reader that sees no change."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from das_analysis.errors import NoPermission, Refused, TryAgain
from das_analysis.flow import Linked, Provenance, TableRef
from das_analysis.lake import (
    ACCESS,
    ROOMS,
    ZONES,
    connect,
    digest,
    enter,
    files,
    find_snapshot,
    folder,
    freeze,
    hold,
    open_lake,
    read_log,
    replace,
    snapshots,
    table_version,
    view,
    write,
)
from das_analysis.lake.sql import literal, quote, scan
from das_analysis.lake.store import table_schema

MADE = Provenance(actor="a test", at="2026-01-01T00:00:00Z", code="0", model="0", inputs=("a", "b"))


def rows(**columns):
    return pa.table(columns)


def read(room, zone, table, version=None):
    paths = files(room, zone, table=table, version=version)
    return sorted(r for p in paths for r in zip(*pq.read_table(p).to_pydict().values(), strict=True))


@pytest.fixture
def linkage(tmp_path):
    return enter(tmp_path / "lake", "linkage")


@pytest.fixture
def linked(linkage):
    """Writes table `case` and gives what `link` hands on."""

    def make(*numbers):
        table = rows(case_key=list(map(str, numbers)), x=pa.array(numbers, pa.int64()))
        version = write(linkage, "linked", table="case", rows=table)
        ref = TableRef(version=version, rows=len(numbers), digest=str(numbers))
        return Linked(lake=linkage.root, tables={"case": ref}, provenance=MADE)

    return make


# ---------------------------------------------------------------- where it is


@pytest.mark.parametrize(
    "name", ["mijn lake", "100%", "a%zz", "#1", "België", "it's", "a+b", "{a}", 'a"b', "a:b"]
)
def test_a_lake_may_be_in_a_folder_with_any_name_that_people_give(tmp_path, name):
    room = enter(tmp_path / name / "lake", "linkage")
    write(room, "linked", table="case", rows=rows(x=[1]))
    version = write(room, "linked", table="case", rows=rows(x=[2]))
    assert read(room, "linked", "case") == [(2,)]
    ref = TableRef(version=version, rows=1, digest="")
    freeze(Linked(lake=room.root, tables={"case": ref}, provenance=MADE), "a")
    assert list(open_lake(lake=room.root).cases.columns) == ["x"]
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a[1]", "a*", "a?", "a|b", "a^b", "year=2026", "a\\b", "a%20b", "a%C3%AB"])
def test_a_name_that_the_store_reads_as_another_is_refused_before_anything_is_written(tmp_path, name):
    with pytest.raises(Refused, match=r"reads as something else[\s\S]*take a folder without"):
        enter(tmp_path / name, "linkage")
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- zones


def test_the_zone_table_is_total_and_each_zone_has_exactly_one_writer():
    assert set(ACCESS) == set(ROOMS)
    assert all(tuple(held) == ZONES and set(held.values()) <= {"r", "w", "."} for held in ACCESS.values())
    writers = {zone: [room for room in ROOMS if ACCESS[room][zone] == "w"] for zone in ZONES}
    assert {zone: len(found) for zone, found in writers.items()} == dict.fromkeys(ZONES, 1)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_gets_what_the_zone_table_says_and_no_more(tmp_path, room):
    entered = enter(tmp_path, room)
    for zone in ZONES:
        may = ACCESS[room][zone]
        for right, action in (
            ("r", lambda z=zone: files(entered, z, table="t")),
            ("r", lambda z=zone: folder(entered, z)),
            ("r", lambda z=zone: table_version(entered, z, table="t")),
            ("w", lambda z=zone: folder(entered, z, write=True)),
            ("w", lambda z=zone: write(entered, z, table="t", rows=rows(delivery_id=["d"]))),
            (
                "w",
                lambda z=zone: replace(entered, z, table="t", rows=rows(delivery_id=["d"]), deliveries=["d"]),
            ),
        ):
            if may in {"w", right}:
                action()
            else:
                with pytest.raises(NoPermission, match=f"room '{room}' may not"):
                    action()


def test_strange_rooms_and_zones_are_refused(tmp_path):
    with pytest.raises(NoPermission, match="no room 'cellar'"):
        enter(tmp_path, "cellar")
    with pytest.raises(NoPermission, match="no zone"):
        files(enter(tmp_path, "intake"), "../validated", table="case")


# ---------------------------------------------------------------- tables and versions


def test_what_is_written_is_read_back_and_each_write_is_a_version(linkage):
    assert table_version(linkage, "linked", table="case") is None
    assert files(linkage, "linked", table="case") == []
    assert write(linkage, "linked", table="case", rows=rows(x=[1, 2])) == 0
    assert write(linkage, "linked", table="case", rows=rows(x=[3], y=["new column"])) == 1
    assert table_version(linkage, "linked", table="case") == 1
    assert read(linkage, "linked", "case") == [(3, "new column")]
    assert read(linkage, "linked", "case", version=0) == [(1,), (2,)]


def test_replace_changes_the_rows_of_its_deliveries_only(linkage):
    def put(ids, values, deliveries):
        given = rows(delivery_id=ids, x=values)
        return replace(linkage, "linked", table="case", rows=given, deliveries=deliveries)

    put(["a", "a", "b"], [1, 2, 3], ["a", "b"])
    put(["b", "c'; --"], [4, 5], ["b", "c'; --"])
    assert read(linkage, "linked", "case") == [("a", 1), ("a", 2), ("b", 4), ("c'; --", 5)]
    put(["c'; --"], [5], ["c'; --"])


def test_a_delivery_that_became_empty_loses_its_rows(linkage):
    replace(
        linkage, "linked", table="case", rows=rows(delivery_id=["a", "b"], x=[1, 2]), deliveries=["a", "b"]
    )
    none = pa.schema([("delivery_id", pa.string()), ("x", pa.int64())]).empty_table()
    replace(linkage, "linked", table="case", rows=none, deliveries=["a"])
    assert read(linkage, "linked", "case") == [("b", 2)]
    replace(linkage, "linked", table="case", rows=none, deliveries=["b"])
    assert files(linkage, "linked", table="case") == []
    assert table_schema(linkage, "linked", table="case").names == ["delivery_id", "x"]


def test_rows_of_another_delivery_are_refused_without_being_shown(linkage):
    replace(linkage, "linked", table="case", rows=rows(delivery_id=["a"], x=["SECRET-1"]), deliveries=["a"])
    with pytest.raises(Refused, match="of another delivery") as refusal:
        replace(
            linkage, "linked", table="case", rows=rows(delivery_id=["z"], x=["SECRET-2"]), deliveries=["a"]
        )
    assert refusal.value.__suppress_context__
    assert "SECRET" not in str(refusal.value)
    assert read(linkage, "linked", "case") == [("a", "SECRET-1")]


def test_other_columns_are_refused(linkage):
    replace(linkage, "linked", table="case", rows=rows(delivery_id=["a"], x=[1]), deliveries=["a"])
    with pytest.raises(Refused, match="other columns") as refusal:
        replace(linkage, "linked", table="case", rows=rows(delivery_id=["a"], x=["SECRET"]), deliveries=["a"])
    assert refusal.value.__suppress_context__
    assert "SECRET" not in str(refusal.value)
    assert read(linkage, "linked", "case") == [("a", 1)]


def test_a_full_disk_is_try_again_and_the_old_version_stays(linkage, monkeypatch):
    write(linkage, "linked", table="case", rows=rows(x=[1]))

    def full(*given, **rest):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("deltalake.write_deltalake", full)
    with pytest.raises(TryAgain, match="No space left") as refusal:
        write(linkage, "linked", table="case", rows=rows(x=[2]))
    assert "linked/case" in str(refusal.value)
    assert read(linkage, "linked", "case") == [(1,)]


def test_deletion_vectors_are_refused(linkage):
    write(linkage, "linked", table="case", rows=rows(x=[1]))
    features = {"minReaderVersion": 3, "minWriterVersion": 7}
    protocol = {**features, "readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}
    commit = linkage.root / "linked" / "case" / "_delta_log" / f"{1:020d}.json"
    commit.write_text(json.dumps({"protocol": protocol}) + "\n")
    with pytest.raises(Refused, match="deletion vectors"):
        files(linkage, "linked", table="case")


def test_two_writers_at_once_both_land_or_one_tries_again(linkage):
    def put(name):
        try:
            replace(linkage, "linked", table="case", rows=rows(delivery_id=[name]), deliveries=[name])
        except TryAgain:
            return 0
        return 1

    put("first")
    with ThreadPoolExecutor(4) as pool:
        landed = sum(pool.map(put, "abcd"))
    assert len(read(linkage, "linked", "case")) == 1 + landed
    assert landed >= 1


# ---------------------------------------------------------------- the engine


def test_names_and_texts_are_quoted(linkage, tmp_path):
    strange = 'a"b; DROP TABLE x; --'
    path = str(tmp_path / "it's.parquet")
    pq.write_table(pa.table({strange: ["it's"]}), path)
    with connect(linkage) as con:
        view(con, strange, paths=[path])
        found = con.execute(
            f"SELECT {quote(strange)} FROM {quote(strange)} WHERE {quote(strange)} = {literal(chr(39))}"
        )
        assert found.fetchall() == []
        assert con.execute(f"SELECT * FROM {scan([path])}").fetchall() == [("it's",)]


def test_the_engine_spills_inside_the_lake_and_leaves_nothing(linkage):
    linkage.root.mkdir()
    with connect(linkage, memory="100MB") as con:
        assert con.execute("SELECT current_setting('memory_limit')").fetchone() == ("95.3 MiB",)
        con.execute("CREATE TABLE t AS SELECT range AS x, md5(range::VARCHAR) AS y FROM range(2000000)")
        assert con.execute("SELECT count(DISTINCT y) FROM t").fetchone() == (2000000,)
        assert list((linkage.root / ".spill").iterdir())
    assert not list((linkage.root / ".spill").glob("*"))


# ---------------------------------------------------------------- digests


@pytest.fixture
def digest_of(linkage, tmp_path):
    """Digest of a table, written as one file or several."""

    def compute(table, parts=1, columns=None):
        size = max(1, -(-table.num_rows // parts))
        paths = []
        for i in range(parts):
            paths.append(str(tmp_path / f"{len(list(tmp_path.iterdir()))}-{i}.parquet"))
            pq.write_table(table.slice(i * size, size), paths[-1], row_group_size=3)
        with connect(linkage) as con:
            return digest(con, scan(paths), columns=columns or table.column_names)

    return compute


BASE = rows(a=["x", "y", None, "y"], b=["1", "2", "3", "2"])


def test_a_digest_does_not_depend_on_order_of_rows_files_or_columns(digest_of):
    first = digest_of(BASE)
    assert digest_of(BASE.take([3, 1, 0, 2]), parts=3) == first
    assert digest_of(BASE.select(["b", "a"])) == first
    assert digest_of(BASE, columns=["b", "a"]) == first


@pytest.mark.parametrize(
    "other",
    [
        rows(a=["x", "y", None, "y"], b=["1", "2", "3", "3"]),
        rows(a=["x", "y", "", "y"], b=["1", "2", "3", "2"]),
        rows(a=["x", "y", "-", "y"], b=["1", "2", "3", "2"]),
        rows(a=["1", "2", "3", "2"], b=["x", "y", None, "y"]),
        rows(a=["x", "y", None], b=["1", "2", "3"]),
        rows(a=["x", "y", None, "y", "y"], b=["1", "2", "3", "2", "2"]),
        rows(a=["x", "y", None, "y"], c=["1", "2", "3", "2"]),
        rows(a=["x1", "y", None, "y"], b=["", "2", "3", "2"]),
        rows(a=["x1:1", "y", None, "y"], b=[None, "2", "3", "2"]),
        rows(a=[None, "y", "x", "y"], b=["1", "2", "3", "2"]),
        BASE.slice(0, 0),
    ],
    ids=lambda table: str(table.num_rows),
)
def test_a_digest_differs_when_anything_else_does(digest_of, other):
    assert digest_of(other) != digest_of(BASE)


def test_null_empty_and_dash_are_three_things(digest_of):
    assert (
        len({digest_of(rows(a=pa.array([text], pa.string()))) for text in (None, "", "-", "0:", "1:-")}) == 5
    )


# ---------------------------------------------------------------- snapshots


def test_snapshots_are_numbered_in_order_and_found_by_number_name_or_latest(linked, linkage):
    made = [freeze(linked(i), name) for i, name in enumerate(["one", "two", "one", "2"])]
    assert [s.number for s in made] == [1, 2, 3, 4]
    assert snapshots(linkage.root) == made
    wanted = {"1": 1, "one": 3, "two": 2, "latest": 4, "0001-one": 1, "2": 2, "4": 4}
    assert {r: find_snapshot(linkage.root, r).number for r in wanted} == wanted
    for strange in ("three", "9", "0002-one", "", "01"):
        with pytest.raises(Refused, match="0001-one, 0002-two, 0003-one, 0004-2"):
            find_snapshot(linkage.root, strange)


def test_a_lake_without_snapshots_says_what_to_do(tmp_path):
    with pytest.raises(Refused, match=r"none yet[\s\S]*das freeze"):
        find_snapshot(tmp_path, "latest")


@pytest.mark.parametrize(
    "name", ["", "Latest", "latest", "a b", "../up", "a/b", "é", "x" * 42, "-a", "a\n", "a.json"]
)
def test_a_name_that_could_not_be_told_from_something_else_is_refused(linked, name):
    with pytest.raises(Refused, match="small letters"):
        freeze(linked(1), name)


def test_a_snapshots_digest_depends_on_content_only(linked):
    first, second, third = freeze(linked(1), "a"), freeze(linked(1), "b"), freeze(linked(2), "c")
    assert first.digest == second.digest != third.digest
    assert first.tables["case"].version != second.tables["case"].version


def test_a_snapshot_never_sees_a_later_change(linked, linkage):
    freeze(linked(1, 2), "before")
    opened = open_lake("before", lake=linkage.root)
    freeze(linked(7), "after")
    again = open_lake("1", lake=linkage.root)
    for lake in (opened, again):
        assert sorted(lake.cases.execute()["x"]) == [1, 2]
    assert list(open_lake(lake=linkage.root).cases.execute()["x"]) == [7]


def test_snapshots_made_at_once_get_numbers_of_their_own(linked, linkage):
    hand, start = linked(1), Barrier(4)

    def work(name):
        start.wait()
        return freeze(hand, name).number

    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(work, ["a", "b", "a", "b"]))
    assert numbers == [1, 2, 3, 4]
    assert [s.number for s in snapshots(linkage.root)] == [1, 2, 3, 4]
    assert {p.suffix for p in (linkage.root / "snapshots").iterdir()} == {".json"}


# ---------------------------------------------------------------- the reader


def test_a_table_without_rows_opens_with_its_columns(linkage):
    empty = pa.schema([("case_key", pa.string()), ("x", pa.int32())]).empty_table()
    version = write(linkage, "linked", table="case", rows=empty)
    ref = TableRef(version=version, rows=0, digest="")
    freeze(Linked(lake=linkage.root, tables={"case": ref}, provenance=MADE), "empty")
    cases = open_lake(lake=linkage.root).cases
    assert list(cases.columns) == ["case_key", "x"]
    assert len(cases.execute()) == 0


def test_a_lake_shows_its_tables_and_what_they_mean(linked, linkage):
    freeze(linked(1), "a")
    lake = open_lake(lake=linkage.root)
    assert "cases" in dir(lake)
    assert lake.explain("cases", "nl").loc["case_key", "title"] == "zaak"
    assert lake.explain("cases", "en").loc["case_key", "privacy"] == "pseudonymous"
    with pytest.raises(Refused, match="no table 'bases'"):
        _ = lake.bases
    with pytest.raises(Refused, match="no table 'bases'"):
        lake.explain("bases")
    with pytest.raises(AttributeError):
        _ = lake._private
    with pytest.raises(AttributeError):
        lake.purpose = "other"


def test_who_opened_what_and_why_is_logged(linked, linkage, monkeypatch):
    freeze(linked(1), "a")
    with pytest.raises(Refused, match="purpose"):
        open_lake(lake=linkage.root, purpose="curiosity")
    with pytest.raises(Refused, match="no snapshot"):
        open_lake("b", lake=linkage.root)
    monkeypatch.setenv("DAS_LAKE", str(linkage.root))
    open_lake(purpose="monitor")
    open_lake("a")
    lines = list(read_log(linkage.root))
    assert [(line["act"], line["snapshot"], line.get("purpose")) for line in lines] == [
        ("freeze", "0001-a", None),
        ("open", "0001-a", "monitor"),
        ("open", "0001-a", "statistiek"),
    ]
    known = {"line", "previous", "at", "who", "act", "purpose", "snapshot", "digest", "tables"}
    assert all(set(line) <= known for line in lines)


def test_opening_changes_nothing_but_the_log(linked, linkage):
    freeze(linked(1), "a")

    def state():
        found = {p: p.stat().st_mtime_ns for p in linkage.root.rglob("*") if p.is_file()}
        return {p: t for p, t in found.items() if p.parent.name != "access"}

    before = state()
    open_lake(lake=linkage.root).cases.count().execute()
    assert state() == before


# ---------------------------------------------------------------- the lock


def test_the_lock_names_its_holder_and_ends_with_it(linkage):
    holder = (
        "import sys, time; from das_analysis.lake import enter, hold\n"
        "with hold(enter(sys.argv[1], 'vault'), 'pseudonymise'):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", holder, str(linkage.root)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "held\n"
    with pytest.raises(TryAgain, match=f"pseudonymise, process {child.pid}"), hold(linkage, "link"):
        pass
    child.kill()
    child.wait()
    child.stdout.close()
    with hold(linkage, "link"):
        pass


def test_the_lock_is_given_back_after_an_error(linkage):
    with pytest.raises(ValueError, match="stop"), hold(linkage, "link"):
        raise ValueError("stop")
    with hold(linkage, "link"), pytest.raises(TryAgain, match="link, process"), hold(linkage, "freeze"):
        pass
