"""What differs between two snapshots: a known change, and nothing else."""

import random
import subprocess
import sys
from collections import Counter

import pandas as pd
import pyarrow as pa
import pytest

import das_analysis as das
from das_analysis.cli.compare import mark
from das_analysis.errors import Refused
from das_analysis.flow import Linked, Provenance, TableRef
from das_analysis.lake import connect, digest, enter, freeze, open_lake, write
from das_analysis.query import diff

MADE = Provenance(actor="a test", at="2026-01-01T00:00:00Z", code="0", model="0")
TEXT = pa.string()
CASE = {
    "case_key": TEXT,
    "person_key": TEXT,
    "pv_key": TEXT,
    "registered_on": pa.date32(),
    "office_code": TEXT,
    "period": TEXT,
}
DAY = {"present_on": pa.date32(), "age_years": pa.int32()}


class Town:
    """A lake with tables that a test writes whole; `freeze` pins what was written last."""

    def __init__(self, root):
        self.root, self.refs = root, {}

    def write(self, name, rows, columns):
        table = pa.Table.from_pylist(rows, schema=pa.schema(columns))
        room = enter(self.root, "linkage")
        version = write(room, "linked", table=name, rows=table)
        with connect(room) as con:
            con.register("rows", table)
            told = digest(con, "rows", columns=[c for c in columns if c != "period"])
        self.refs[name] = TableRef(version=version, rows=len(rows), digest=told)
        return self

    def freeze(self, name):
        freeze(Linked(lake=self.root, tables=dict(self.refs), provenance=MADE), name)
        return open_lake(name, lake=self.root)


def case(number, person="p1", pv=None, on="2025-02-01", office="01", period="2025"):
    day = pd.Timestamp(on).date()
    return {
        "case_key": f"c{number}",
        "person_key": person,
        "pv_key": pv,
        "registered_on": day,
        "office_code": office,
        "period": period,
    }


@pytest.fixture
def town(tmp_path):
    return Town(tmp_path / "lake")


def counts(frame, table, columns=("added", "removed", "changed"), **where):
    found = frame[frame["table"] == table]
    for name, value in where.items():
        found = found[found[name] == value]
    return tuple(int(found[c].iloc[0]) for c in columns)


def test_a_known_change_is_told_and_nothing_else(town):
    town.write("case", [case(1), case(2), case(3, pv="v1"), case(4, pv="v2"), case(5)], CASE)
    town.write("person", [{"person_key": p} for p in ("p1", "p2")], {"person_key": pa.string()})
    before = town.freeze("before")
    after_rows = [
        case(1),
        case(2, office="02"),  # changed
        case(3, pv="v9"),  # points elsewhere
        case(4),  # points nowhere now
        case(6, person="p3", pv="v3"),  # new; case 5 is gone
    ]
    town.write("case", after_rows, CASE)
    town.write("person", [{"person_key": p} for p in ("p1", "p3")], {"person_key": pa.string()})
    found = diff(before, town.freeze("after"), over=das.years(2025, 2025))
    assert counts(found.rows, "case") == (1, 1, 3)
    assert counts(found.rows, "case", ("rows_before", "rows_after")) == (5, 5)
    assert counts(found.rows, "person") == (1, 1, 0)
    assert counts(found.links, "case", column="pv_key") == (1, 1, 1)
    assert counts(found.links, "case", column="person_key") == (1, 1, 0)
    assert (found.before, found.after) == ("0001-before", "0002-after")
    assert "prison_stock" in found.unmeasured  # these two hold no table of detention


def test_a_person_who_is_split_shows_as_rows_that_moved(town):
    town.write("case", [case(n) for n in range(6)], CASE)
    before = town.freeze("before")
    town.write("case", [case(n, person="p1" if n < 4 else "p2") for n in range(6)], CASE)
    found = diff(before, town.freeze("after"), over=das.years(2025, 2025))
    assert counts(found.links, "case", column="person_key") == (0, 0, 2)


def test_where_a_row_came_from_is_not_compared(town):
    town.write("case", [case(1, period="2024")], CASE)
    before = town.freeze("before")
    town.write("case", [case(1, period="2025")], CASE)
    assert counts(diff(before, town.freeze("after")).rows, "case") == (0, 0, 0)


def test_rows_without_a_key_are_a_bag(town):
    day = pd.Timestamp("2025-01-01").date()
    town.write("detention_day", [{"present_on": day, "age_years": a} for a in (20, 20, 30)], DAY)
    before = town.freeze("before")
    town.write("detention_day", [{"present_on": day, "age_years": a} for a in (20, 30, 30, 40)], DAY)
    found = diff(before, town.freeze("after"), over=das.years(2025, 2025))
    assert counts(found.rows, "detention_day") == (2, 1, 0)


def test_tables_and_columns_that_one_side_lacks_are_counted_whole(town):
    slim = {c: CASE[c] for c in ("case_key", "registered_on", "period")}
    town.write("case", [{c: case(1)[c] for c in slim}], slim)
    before = town.freeze("before")
    town.write("case", [case(1, pv="v1")], CASE)
    town.write("person", [{"person_key": "p1"}], {"person_key": pa.string()})
    after = town.freeze("after")
    found = das_changes(before, after)
    assert counts(found.rows, "case") == (0, 0, 1)
    assert counts(found.links, "case", column="pv_key") == (1, 0, 0)
    assert counts(found.rows, "person") == (1, 0, 0)
    back = das_changes(after, before)
    assert counts(back.rows, "person") == (0, 1, 0)
    assert counts(back.links, "case", column="pv_key") == (0, 1, 0)


def das_changes(before, after):
    from das_analysis.lake import changes

    return changes(before.snapshot, after.snapshot)


def test_tables_without_rows_can_be_compared(town):
    town.write("case", [], CASE)
    before = town.freeze("before")
    town.write("case", [case(1)], CASE)
    after = town.freeze("after")
    assert counts(das_changes(before, after).rows, "case") == (1, 0, 0)
    assert counts(das_changes(after, before).rows, "case") == (0, 1, 0)


@pytest.mark.parametrize("seed", range(20))
def test_counts_equal_a_slow_and_obvious_comparison(town, seed):
    draw = random.Random(seed)

    def some():
        numbers = draw.sample(range(12), draw.randrange(0, 10))
        return [case(n, person=f"p{draw.randrange(3)}", pv=draw.choice([None, "v1", "v2"])) for n in numbers]

    old, new = some(), some()
    before = town.write("case", old, CASE).freeze("before")
    found = das_changes(before, town.write("case", new, CASE).freeze("after"))
    a, b = ({row["case_key"]: row for row in rows} for rows in (old, new))
    changed = sum(a[k] != b[k] for k in a.keys() & b.keys())
    assert counts(found.rows, "case") == (len(b.keys() - a.keys()), len(a.keys() - b.keys()), changed)
    for column in ("pv_key", "person_key"):
        kinds = Counter()
        for k in a.keys() | b.keys():
            x, y = a.get(k, {}).get(column), b.get(k, {}).get(column)
            kinds["added"] += x is None and y is not None
            kinds["removed"] += x is not None and y is None
            kinds["changed"] += None not in (x, y) and x != y
        assert counts(found.links, "case", column=column) == (
            kinds["added"],
            kinds["removed"],
            kinds["changed"],
        )


def test_a_snapshot_does_not_differ_from_itself(demo_lake):
    lake = open_lake(lake=demo_lake)
    found = diff(lake, lake)
    assert found.rows[["added", "removed", "changed"]].to_numpy().sum() == 0
    assert found.links[["added", "removed", "changed"]].to_numpy().sum() == 0
    assert found.indicators.empty


def test_snapshots_of_two_lakes_are_refused(town, demo_lake):
    town.write("case", [case(1)], CASE)
    with pytest.raises(Refused, match="two lakes"):
        diff(town.freeze("a"), open_lake(lake=demo_lake))


def test_small_counts_and_small_differences_are_marked():
    frame = pd.DataFrame({"before": [0, 9, 100, 100, 10], "after": [0, 9, 109, 110, 30]})
    assert mark(frame, 10) == ["", "!", "!", "", ""]
    assert mark(pd.DataFrame({"added": [1, 0, 10], "removed": [0, 0, 20]}), 10) == ["!", "", ""]


@pytest.fixture(scope="module")
def two(tmp_path_factory, deliveries, keys):
    """The small chain with its first year, then with both."""
    from das_analysis.cli.demo import Chain, walk

    home = tmp_path_factory.mktemp("two")
    chain = Chain(lake=home / "lake", keys=keys, packages=home / "packages")
    folders = sorted(p for p in deliveries.glob("*/*") if p.is_dir() and p.parent.name != "truth")
    chosen = [(p.parent.name, p.name, sorted(p.glob("*.csv"))) for p in folders]
    walk(chain, [c for c in chosen if c[1].startswith("2024")], name="one-year")
    walk(chain, chosen, name="two-years")
    return chain.lake


def test_a_year_more_moves_indicators_of_that_year(two):
    before, after = (open_lake(name, lake=two) for name in ("one-year", "two-years"))
    found = diff(before, after)
    moved = found.indicators[found.indicators["indicator"] == "om_inflow"]
    expected = das.measure("om_inflow", after, over=das.years(2025, 2025)).frame["value"].iloc[0]
    of_2025 = moved[moved["period"] == "2025"].iloc[0]
    assert (of_2025["before"], of_2025["after"]) == (0, expected)
    assert set(found.indicators["period"]) <= {"2024", "2025"}
    added, removed, _ = counts(found.rows, "case")
    assert (added - removed) == len(after.cases.execute()) - len(before.cases.execute())
    assert added > removed


@pytest.mark.parametrize(
    ("lang", "words"), [("nl", "alleen voor de beherende"), ("en", "for the host's side")]
)
def test_the_command_says_what_may_not_leave(two, lang, words):
    command = [sys.executable, "-m", "das_analysis.cli", "diff", "one-year", "two-years", "--lake", str(two)]
    done = subprocess.run([*command, "--lang", lang], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert words in " ".join(done.stdout.split())
    assert "suspect_registration" in done.stdout
    wrong = subprocess.run([*command, "--years", "soon"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2
