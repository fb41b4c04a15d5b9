"""A lake of its own for each test that changes one, and everything in it that says who a marked person is."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from das_analysis.lake import erase, open_lake
from das_analysis.lake.access import head_path
from das_analysis.lake.orders import orders_path

GROUND = "Wjsg 22, a decision"
STORES = ("validated", "pseudonymised", "linked")


def parquet(root):
    return [p for p in Path(root).rglob("*.parquet") if "_delta_log" not in p.parts]


def texts_of(path):
    """Every text in a Parquet file, decoded."""
    table = pq.read_table(path)
    return {str(v) for column in table.columns for v in column.unique().to_pylist() if isinstance(v, str)}


def find_leaks(root, marks):
    """Files under a folder that hold one of these texts: in raw bytes, or decoded."""
    raw = [m.encode() for m in marks]
    found = []
    for path in (p for p in Path(root).rglob("*") if p.is_file()):
        content = path.read_bytes()
        if any(m in content for m in raw) or (
            path.suffix == ".parquet" and any(mark in text for text in texts_of(path) for mark in marks)
        ):
            found.append(str(path.relative_to(root)))
    return found


@dataclass
class Marked:
    """One person of the lake: his key, and every text that stands on his rows and on nobody else's."""

    key: str
    marks: set
    rows: int


def mark(root, nth=0):  # noqa: C901 - slow and obvious, in one place
    """A person with a case, a verdict and a sanction, found by slow and obvious means."""
    con = duckdb.connect()
    for zone in STORES:
        for home in (root / zone).iterdir():
            if home.is_dir() and list(home.glob("*.parquet")):
                con.execute(
                    f"""CREATE VIEW "{zone}.{home.name}" AS
                        SELECT * FROM read_parquet('{home}/*.parquet', union_by_name = true)"""
                )
    (person,) = con.execute(
        f"""SELECT person_key FROM "linked.case" JOIN "linked.sanction" USING (case_key)
            JOIN "linked.suspect_registration" USING (person_key)
            GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1 OFFSET {nth}"""
    ).fetchone()
    origins = set()
    views = [v for (v,) in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
    columns = {v: [d[0] for d in con.execute(f'DESCRIBE "{v}"').fetchall()] for v in views}
    cases = {
        c
        for (c,) in con.execute(
            'SELECT case_key FROM "linked.case" WHERE person_key = ?', [person]
        ).fetchall()
    }
    for view in views:
        if not view.startswith("linked.") or "row" not in columns[view]:
            continue
        test = "person_key = $p" if "person_key" in columns[view] else "case_key IN (SELECT unnest($c))"
        if "person_key" in columns[view] or "case_key" in columns[view]:
            given = {"p": person} if "person_key" in columns[view] else {"c": sorted(cases)}
            query = f'SELECT DISTINCT delivery_id, source_table, row FROM "{view}" WHERE {test}'
            origins |= (
                set(con.execute(query, given).fetchall())
                if columns[view] and "finding" not in view
                else set()
            )
    mine, others = {person}, set()
    for view in views:
        keys = [c for c in columns[view] if c.endswith("_key")]
        if "row" in columns[view] and keys:
            for *place, _cells in con.execute(
                f'SELECT delivery_id, source_table, row, [{", ".join(keys)}] FROM "{view}"'
            ).fetchall():
                (mine if tuple(place) in origins else others).update(c for c in _cells if c)
    for path in (root / "received").glob("*/processen_verbaal.parquet"):
        others |= texts_of(path)  # a report is not about one person, also one that was held back
    return Marked(person, mine - others, len(origins))


def copy_of(lake, target):
    """A copy of a lake, with the head of its log."""
    shutil.copytree(lake, target)
    shutil.copy(head_path(lake), head_path(target))
    return target


def frames(lake):
    """Every table of the newest snapshot as sorted rows of text."""
    opened = open_lake(lake=lake)
    return {
        name: sorted(map(str, table.execute().to_dict("records"))) for name, table in opened.tables.items()
    }


def copy_lake(source, target, *, orders=None):
    """A lake of its own in no time: no file of rows is written in place, so a link will do."""

    def put(old, new):
        (os.link if old.endswith(".parquet") else shutil.copy)(old, new)

    shutil.copytree(source, target, copy_function=put)
    shutil.copy(head_path(source), head_path(target))
    if orders:
        shutil.copy(orders_path(orders), orders_path(target))
    return target


@pytest.fixture
def lake(tmp_path, demo_lake):
    """A copy of the small chain."""
    return copy_lake(demo_lake, tmp_path / "lake")


@pytest.fixture(scope="session")
def marked(demo_lake):
    return mark(demo_lake)


@pytest.fixture(scope="session")
def erased(tmp_path_factory, demo_lake, marked):
    """A lake without the marked person, and what its erasure said. Read it, never write it."""
    home = copy_lake(demo_lake, tmp_path_factory.mktemp("erased") / "lake")
    return home, erase(home, [marked.key], ground=GROUND)


@pytest.fixture(scope="session")
def copied():
    """Copies a lake to a folder of one's own, with the orders that were given about another, if any."""
    return copy_lake


@pytest.fixture(scope="session")
def leaks():
    """Files under a folder that hold one of some texts."""
    return find_leaks


@pytest.fixture(scope="session")
def rows_of():
    """Every table of the newest snapshot of a lake, as sorted rows of text."""
    return frames
