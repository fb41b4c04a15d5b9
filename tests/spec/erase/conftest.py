"""A lake of its own for each test that erases, and everything in it that says who a marked person is."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from das_analysis.lake.access import head_path

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
        if any(m in content for m in raw) or (path.suffix == ".parquet" and any(
            mark in text for text in texts_of(path) for mark in marks
        )):  # fmt: skip
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
    return Marked(person, mine - others, len(origins))


@pytest.fixture
def lake(tmp_path, demo_lake):
    """A copy of the small chain."""
    target = tmp_path / "lake"
    shutil.copytree(demo_lake, target)
    shutil.copy(head_path(demo_lake), head_path(target))
    return target


@pytest.fixture
def marked(lake):
    return mark(lake)


@pytest.fixture
def leaks():
    """Files under a folder that hold one of some texts."""
    return find_leaks
