"""How good the links are: against the truth of a made-up chain, and estimated from the weights without one.

Counted over pairs of rows: those linked, those of one true person, those that are both. Precision is both
over linked, recall both over true. A group (women, one supplier) counts the pairs of which it has a row;
its `persons` are those who are in a pair, linked or missed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.lake import enter, files
from das_analysis.lake.sql import literal, quote, scan
from das_analysis.linkage.work import Work

if TYPE_CHECKING:
    import duckdb

    from das_analysis.flow import Linked

TRUTH = ("supplier", "period", "source_table", "row", "person_id")
QUALITY = """method VARCHAR, breakdown VARCHAR, value VARCHAR, "rows" BIGINT, persons BIGINT,
    pairs_linked BIGINT, pairs_true BIGINT, pairs_both BIGINT"""
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
    """Fill `person_quality`: as it is estimated, and as it is where this run was given the truth.

    Raises Refused when the truth lacks a column or has no row of these deliveries.
    """
    work.con.execute(f"CREATE TABLE person_quality ({QUALITY})")
    _estimate(work)
    if work.truth:
        _read_truth(work.con, work.truth)
        _judge(work)


def _estimate(work: Work) -> None:
    """Count pairs by their chances; numbers and the sure combination are taken to be right.

    Who is compared with nobody is in no pair, so recall is what could be had by comparing.
    """
    work.con.execute(
        """CREATE TABLE expected AS
            WITH placed AS (SELECT part, "rows", coalesce(lead, person) AS person
                    FROM part LEFT JOIN joined USING (person)),
                pair AS (SELECT one, other, probability FROM chance
                    UNION ALL SELECT other, one, probability FROM chance)
            SELECT a.part, a."rows" - 1 + sum(probability * b."rows") AS pairs_true,
                a."rows" - 1
                    + sum(CASE WHEN a.person = b.person THEN probability * b."rows" ELSE 0 END) AS pairs_both
            FROM pair JOIN placed AS a ON a.part = one JOIN placed AS b ON b.part = other
            GROUP BY a.part, a."rows" """
    )
    pairs = "count(*) OVER (PARTITION BY person_key) - 1"
    _count(
        work,
        "estimate",
        rows=f"""SELECT rows.*, {pairs} AS pairs_linked, coalesce(expected.pairs_both, {pairs}) AS pairs_both,
                coalesce(expected.pairs_true, {pairs}) AS pairs_true
            FROM ({_rows(work)}) AS rows LEFT JOIN expected USING (part)""",
    )


def _judge(work: Work) -> None:
    _count(
        work,
        "truth",
        rows=f"""SELECT rows.*, count(*) OVER (PARTITION BY person_key, person_id) - 1 AS pairs_both,
                count(*) OVER (PARTITION BY person_key) - 1 AS pairs_linked,
                count(*) OVER (PARTITION BY person_id) - 1 AS pairs_true
            FROM ({_rows(work)}) AS rows JOIN truth USING (supplier, period, source_table, "row")""",
    )
    if not work.con.execute("SELECT 1 FROM person_quality WHERE method = 'truth' LIMIT 1").fetchall():
        raise Refused("the truth has no row of these deliveries", todo="give the truth that belongs to them")


def _rows(work: Work) -> str:
    columns = """supplier, period, source_table, "row", person_key, skn_key, bsn_key, register_key, name_key,
        sex_code, birth_month, part"""
    return " UNION ALL ".join(f"SELECT {columns} FROM {quote(t.name)}" for t in work.about_persons)


def _count(work: Work, method: str, *, rows: str) -> None:
    work.con.execute(f"CREATE OR REPLACE TABLE judged_row AS {rows}")
    sums = ", ".join(f"round(sum({c}))::BIGINT" for c in ("pairs_linked", "pairs_true", "pairs_both"))
    for name, group in GROUPS.items():
        work.con.execute(
            f"""INSERT INTO person_quality
                SELECT {literal(method)}, '{name}', coalesce({group}, '?') AS value, count(*),
                    count(DISTINCT person_key) FILTER (pairs_linked > 0 OR pairs_true > 0), {sums}
                FROM judged_row GROUP BY value"""
        )
    work.con.execute("DROP TABLE judged_row")


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


def quality(linked: Linked, *, method: str = "") -> list[dict[str, object]]:
    """Return precision, recall and F1 of every group of a run; against the truth where it was given.

    `method`: "truth" or "estimate", where one of them is asked for; all comes first, then group by group.
    """
    import duckdb

    ref = linked.tables["person_quality"]
    paths = files(enter(linked.lake, "linkage"), "linked", table="person_quality", version=ref.version)
    if not paths:
        return []
    with duckdb.connect() as con:
        rows = con.execute(
            f"""SELECT method, breakdown, value, "rows", pairs_both / nullif(pairs_linked, 0),
                pairs_both / nullif(pairs_true, 0),
                2 * pairs_both / nullif(pairs_linked + pairs_true, 0) FROM {scan(paths)}
                ORDER BY breakdown <> 'all', breakdown, value"""
        ).fetchall()
    names = ("method", "breakdown", "value", "rows", "precision", "recall", "f1")
    found = [dict(zip(names, row, strict=True)) for row in rows]
    best = method or max((str(row["method"]) for row in found), default="")  # "truth" sorts after "estimate"
    return [row for row in found if row["method"] == best]
