"""How good the links are: against the truth of a made-up chain, and estimated from the weights without one.

Counted over pairs of rows: those linked, those of one true person, those that are both. Precision is both
over linked, recall both over true. A group (women, one supplier) counts the pairs of which it has a row,
and behind each of the three numbers the persons who have at least half a pair of it there: a sum of small
chances is nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.lake import enter, files
from das_analysis.lake.sql import literal, quote, scan
from das_analysis.linkage.clerical import Rate, Rates, band_sql, rate_sql, rates_of, spread
from das_analysis.linkage.work import Work

if TYPE_CHECKING:
    import duckdb

    from das_analysis.flow import Linked

TRUTH = ("supplier", "period", "source_table", "row", "person_id")
FIGURES = ("linked", "true", "both")
QUALITY = f"""method VARCHAR, breakdown VARCHAR, value VARCHAR, "rows" BIGINT,
    {", ".join(f"pairs_{f} BIGINT" for f in FIGURES)}, {", ".join(f"persons_{f} BIGINT" for f in FIGURES)}"""
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


METHODS = {  # the best first, and how each is called
    "truth": "against the truth",
    "clerical": "judged by hand",
    "clerical_low": "judged by hand, lower end of 95 %",
    "clerical_high": "judged by hand, upper end of 95 %",
    "estimate": "estimated from weights",
}


def judge_links(work: Work) -> None:
    """Fill `person_quality`: as estimated, as pairs judged by hand say, as the truth says where it was given.

    Raises Refused when the truth lacks a column or has no row of these deliveries.
    """
    work.con.execute(f"CREATE TABLE person_quality ({QUALITY})")
    _place(work)
    _estimate(work, "estimate", chance="probability")
    if rates := rates_of(work.judged):
        _estimate(work, "clerical", chance=rate_sql(rates))
        _bound(work, rates)
    if work.truth:
        _read_truth(work.con, work.truth)
        _judge(work)


def _place(work: Work) -> None:
    """`compared`: each pair that was compared, both ways round, with its rows, and whether it was linked."""
    work.con.execute(
        f"""CREATE TABLE compared AS
            WITH placed AS (SELECT part, "rows", coalesce(lead, person) AS person
                    FROM part LEFT JOIN joined USING (person)),
                pair AS (SELECT one, other, probability, {band_sql()} AS band FROM chance
                    UNION ALL SELECT other, one, probability, {band_sql()} FROM chance)
            SELECT a.part, a."rows", b."rows" AS others, a.person = b.person AS is_linked, probability, band
            FROM pair JOIN placed AS a ON a.part = one JOIN placed AS b ON b.part = other"""
    )


def _estimate(work: Work, method: str, *, chance: str) -> None:
    """Count pairs by their chances; numbers and the sure combination are taken to be right.

    Who is compared with nobody is in no pair, so recall is what could be had by comparing.
    """
    work.con.execute(
        f"""CREATE OR REPLACE TABLE expected AS
            SELECT part, "rows" - 1 + sum(chance * others) AS pairs_true,
                "rows" - 1 + sum(CASE WHEN is_linked THEN chance * others ELSE 0 END) AS pairs_both
            FROM (SELECT *, {chance} AS chance FROM compared) GROUP BY part, "rows" """
    )
    pairs = "count(*) OVER (PARTITION BY person_key) - 1"
    _count(
        work,
        method,
        rows=f"""SELECT rows.*, {pairs} AS pairs_linked, coalesce(expected.pairs_both, {pairs}) AS pairs_both,
                coalesce(expected.pairs_true, {pairs}) AS pairs_true
            FROM ({_rows(work)}) AS rows LEFT JOIN expected USING (part)""",
    )


def _bound(work: Work, rates: Rates) -> None:
    """Both ends of the interval of the whole, each as the pairs that would give it."""
    (linked, true, both), *_ = work.con.execute(
        """SELECT pairs_linked, pairs_true, pairs_both FROM person_quality
            WHERE method = 'clerical' AND breakdown = 'all'"""
    ).fetchall()
    sizes = work.con.execute(
        """SELECT band, sum("rows" * others), sum("rows" * others * is_linked::INTEGER), avg(probability)
            FROM compared GROUP BY band"""
    ).fetchall()
    known = {b: rates.get(b) or Rate(float(p), 0.0, 1.0) for b, *_, p in sizes}

    def moved(chance: Mapping[int, float], *, at: int) -> float:
        return float(sum((chance[row[0]] - known[row[0]].value) * float(row[at]) for row in sizes))

    precision = spread(lambda c: (both + moved(c, at=2)) / max(1, linked), known)
    recall = spread(lambda c: (both + moved(c, at=2)) / max(1.0, true + moved(c, at=1)), known)
    for end in ("low", "high"):
        rightly = getattr(precision, end) * linked
        work.con.execute(
            f"""INSERT INTO person_quality SELECT 'clerical_{end}', breakdown, value, "rows",
                    pairs_linked, round(?)::BIGINT, round(?)::BIGINT,
                    persons_linked, persons_true, persons_both
                FROM person_quality WHERE method = 'clerical' AND breakdown = 'all'""",
            [rightly / (getattr(recall, end) or 1), rightly],
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
    sums = ", ".join(f"sum(pairs_{f}) AS pairs_{f}" for f in FIGURES)
    pairs = ", ".join(f"round(sum(pairs_{f}))::BIGINT" for f in FIGURES)
    persons = ", ".join(f"count(person_key) FILTER (round(pairs_{f}, 6) >= 0.5)" for f in FIGURES)
    for name, group in GROUPS.items():
        work.con.execute(
            f"""INSERT INTO person_quality
                SELECT {literal(method)}, '{name}', value, sum("rows"), {pairs}, {persons}
                FROM (SELECT person_key, coalesce({group}, '?') AS value, count(*) AS "rows", {sums}
                    FROM judged_row GROUP BY ALL) GROUP BY value"""
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

    `method`: one of METHODS, where it is asked for, else the best there is; all comes first, then group by
    group. `clerical_low` and `clerical_high` are the ends of an interval of 95 %, of the whole only.
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
    best = method or min((str(row["method"]) for row in found), key=list(METHODS).index, default="")
    return [row for row in found if row["method"] == best]
