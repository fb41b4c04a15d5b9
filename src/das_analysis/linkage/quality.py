"""How good the links are, where the truth is known: a made-up chain, or a sample that clerks looked at.

Counted over pairs of rows: those linked, those of one true person, those that are both. Precision is both
over linked, recall both over true. A group (women, one supplier) counts the pairs of which it has a row.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.lake import enter, files
from das_analysis.lake.sql import quote, scan
from das_analysis.linkage.work import Work

if TYPE_CHECKING:
    import duckdb

    from das_analysis.flow import Linked

TRUTH = ("supplier", "period", "source_table", "row", "person_id")
QUALITY = """breakdown VARCHAR, value VARCHAR, "rows" BIGINT, pairs_linked BIGINT, pairs_true BIGINT,
    pairs_both BIGINT"""
AGE = 'TRY_CAST("left"(period, 4) AS INTEGER) - TRY_CAST("left"(birth_month, 4) AS INTEGER)'
GROUPS = {  # SQL of the group of a row; a row of which it is not known belongs to "?"
    "all": "'all'",
    "supplier": "supplier",
    "sex": "sex_code",
    "age": f"""CASE WHEN {AGE} < 18 THEN '00-17' WHEN {AGE} < 25 THEN '18-24' WHEN {AGE} < 45 THEN '25-44'
        WHEN {AGE} >= 45 THEN '45+' END""",
    "identity": """CASE WHEN skn_key IS NOT NULL THEN 'SKN' WHEN bsn_key IS NOT NULL THEN 'BSN'
        WHEN register_key IS NOT NULL THEN 'own number' WHEN name_key IS NOT NULL THEN 'combination'
        ELSE 'none' END""",
}


def judge_links(work: Work) -> None:
    """Fill `person_quality` out of the truth that this run was given; leave it empty without one.

    Raises Refused when the truth lacks a column or has no row of these deliveries.
    """
    work.con.execute(f"CREATE TABLE person_quality ({QUALITY})")
    if work.truth is None:
        return
    _read_truth(work.con, work.truth)
    columns = """supplier, period, source_table, "row", person_key, skn_key, bsn_key, register_key, name_key,
        sex_code, birth_month"""
    rows = " UNION ALL ".join(f"SELECT {columns} FROM {quote(t.name)}" for t in work.about_persons)
    work.con.execute(
        f"""CREATE TABLE judged_row AS SELECT rows.*, person_id,
                count(*) OVER (PARTITION BY person_key, person_id) - 1 AS pairs_both,
                count(*) OVER (PARTITION BY person_key) - 1 AS pairs_linked,
                count(*) OVER (PARTITION BY person_id) - 1 AS pairs_true
            FROM ({rows}) AS rows JOIN truth USING (supplier, period, source_table, "row")"""
    )
    for name, group in GROUPS.items():
        work.con.execute(
            f"""INSERT INTO person_quality SELECT '{name}', coalesce({group}, '?') AS value, count(*),
                    sum(pairs_linked), sum(pairs_true), sum(pairs_both) FROM judged_row GROUP BY value"""
        )
    if not work.con.execute("SELECT 1 FROM judged_row LIMIT 1").fetchall():
        raise Refused("the truth has no row of these deliveries", todo="give the truth that belongs to them")


def _read_truth(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    import pyarrow.parquet as pq

    if not path.is_file():
        raise Refused("there is no file with the truth", where=path.name, todo="see --truth")
    found = set(pq.read_schema(path).names)
    if missing := [name for name in TRUTH if name not in found]:
        raise Refused(
            f"the truth lacks {', '.join(missing)}", where=path.name, todo=f"give {', '.join(TRUTH)}"
        )
    listed = ", ".join(map(quote, TRUTH))
    con.execute(f"CREATE TABLE truth AS SELECT {listed} FROM {scan([str(path)])}")


def quality(linked: Linked) -> list[dict[str, object]]:
    """Return precision, recall and F1 of every group of a run; an empty list where no truth was given."""
    import duckdb

    ref = linked.tables["person_quality"]
    paths = files(enter(linked.lake, "linkage"), "linked", table="person_quality", version=ref.version)
    if not paths:
        return []
    with duckdb.connect() as con:
        rows = con.execute(
            f"""SELECT breakdown, value, "rows", pairs_both / nullif(pairs_linked, 0),
                pairs_both / nullif(pairs_true, 0),
                2 * pairs_both / nullif(pairs_linked + pairs_true, 0) FROM {scan(paths)} ORDER BY ALL"""
        ).fetchall()
    names = ("breakdown", "value", "rows", "precision", "recall", "f1")
    return [dict(zip(names, row, strict=True)) for row in rows]
