"""A column that holds more or fewer blanks or unknown codes than it used to: reported, and not refused.

As with a stale file, what has drifted depends on all the supplier's periods and not on the order in which
they came: each validation keeps how many cells of each column were blank or unknown, and the drifts are found
again over all of them. A share is compared with the median of the supplier's own earlier periods.
"""

from __future__ import annotations

from das_analysis.intake.staging import PLACE, Work
from das_analysis.intake.stale import write_beside
from das_analysis.intake.volume import CHANCE, LEAST_PERIODS
from das_analysis.lake import Room
from das_analysis.lake.sql import literal, quote
from das_analysis.rules import package_column

DRIFT = 0.1  # the part of a column's rows by which it may move
SKIP = len(package_column("")) - 1  # where, in a package column's name in the engine, its own name begins
SHARE = 'delivery_id, source_table, rows, "column", n, kind'


def find_drift(work: Work, room: Room) -> None:
    """Write quarantine/share (blank and unknown cells a column) and quarantine/drift (columns that moved)."""
    shares = " UNION ALL ".join(f"({query})" for query in (*_blank(work), *_unknown(work)))
    work.con.execute(
        f"""CREATE TABLE share AS SELECT {SHARE}, supplier, period, sequence
            FROM ({shares}) JOIN delivered USING (delivery_id)"""
    )
    write_beside(work, room, table="share", found={"drift": MOVED})


def _blank(work: Work) -> list[str]:
    """Blank cells a column of the package, each file in one scan. Keys that only compare are left out."""
    blanks = ", ".join(literal(text) for text in work.supplier.blank)
    found = []
    for name, source in work.supplier.tables.items():
        names = [column for column, made in source.package.items() if not made.compared]
        columns = [package_column(n) for n in names]
        given = ", ".join(f"{quote(n)} AS {c}" for n, c in zip(names, columns, strict=True))
        counts = ", ".join(f"count(*) FILTER ({c} IS NULL OR {c} IN ({blanks})) AS {c}" for c in columns)
        found.append(
            f"""SELECT delivery_id, {literal(name)} AS source_table, rows, "column"[{SKIP}:] AS "column", n,
                'blank' AS kind FROM (
                UNPIVOT (SELECT delivery_id, count(*) AS rows, {counts}
                         FROM (SELECT {given}, {PLACE} {work.package(name)}) GROUP BY delivery_id)
                ON {", ".join(columns)} INTO NAME "column" VALUE n)"""
        )
    return found


def _unknown(work: Work) -> list[str]:
    """Rows a column of the model whose code is none of its list; also where there are none."""
    slots = {(n, m.table, s) for n, t in work.supplier.tables.items() for m in t.maps for s in m.slots}
    rules = [rule for rule in work.model.rules.values() if rule.check == "code"]
    pairs = [(n, r) for n in work.supplier.tables for r in rules if (n, r.table, r.column) in slots]
    return [
        f"""SELECT delivery_id, {literal(name)}, count(*), {literal(rule.column)}, count(f.row), 'unknown'
            FROM (SELECT {PLACE} {work.package(name)}) LEFT JOIN (
                SELECT DISTINCT delivery_id, row FROM finding
                WHERE source_table = {literal(name)} AND rule_id = {literal(rule.id)}
            ) AS f USING (delivery_id, row) GROUP BY delivery_id"""
        for name, rule in pairs
    ]


# each share beside the median of those of the newest deliveries of all periods before its own
MOVED = f"""
    WITH past AS (
        SELECT supplier, source_table, "column", kind, period AS before, n / rows AS part
        FROM share WHERE rows > 0 QUALIFY row_number() OVER (
            PARTITION BY supplier, source_table, "column", kind, period ORDER BY sequence DESC) = 1
    ), beside AS (
        SELECT share.*, median(part) AS usual
        FROM share JOIN past USING (supplier, source_table, "column", kind)
        WHERE rows > 0 AND before < period GROUP BY ALL HAVING count(*) >= {LEAST_PERIODS}
    )
    SELECT delivery_id, source_table, concat_ws('.', supplier, source_table, "column", kind) AS rule_id,
        'soft' AS severity
    FROM beside WHERE abs(n / rows - usual) > greatest({DRIFT}, {CHANCE} / rows)"""
