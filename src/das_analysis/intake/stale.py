"""A file that equals the one of the period before: a copy of yesterday, reported but not refused.

Which file is stale depends on all the supplier's periods, not on the order in which they came. So each
validation keeps a digest of each file's content, and the stale ones are found again over all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from das_analysis.intake.staging import Work
from das_analysis.lake import Room, files, write
from das_analysis.lake.sql import cells, literal, quote, scan
from das_analysis.model import RowMap

FILE = "delivery_id, supplier, period, sequence, source_table"


def find_stale(work: Work, room: Room) -> None:
    """Write quarantine/content (a digest a file) and quarantine/stale (files equal to the period before)."""
    watched = [(name, m) for name, t in work.supplier.tables.items() if t.stale_if_equal for m in t.maps]
    if not watched:
        return
    rows = " UNION ALL ".join(_rows_sql(name, row_map) for name, row_map in watched)
    work.con.execute(
        f"""CREATE TABLE content AS SELECT {FILE}, count(*) AS rows, sum(hash::HUGEINT)::VARCHAR AS content
            FROM ({rows}) GROUP BY ALL"""
    )
    write_beside(work, room, table="content", found={"stale": STALE})


def write_beside(work: Work, room: Room, *, table: str, found: Mapping[str, str]) -> None:
    """Keep a table of these deliveries beside the rows of others, and what is found over all of them."""
    known = files(room, "quarantine", table=table)
    if known:
        others = f"SELECT * FROM {scan(known)} ANTI JOIN delivered USING (delivery_id)"
        work.con.execute(f"INSERT INTO {quote(table)} BY NAME {others}")
    for name, query in ((table, f"SELECT * FROM {quote(table)}"), *found.items()):
        write(room, "quarantine", table=name, rows=work.con.sql(query).to_arrow_reader())


def _rows_sql(source: str, row_map: RowMap) -> str:
    """A number a row, whatever its place; the day itself is left out, since it differs by definition."""
    columns = sorted(name for name, slot in row_map.slots.items() if not slot.period)
    return f"""SELECT {FILE}, md5_number_lower({literal(row_map.table)} || {cells(columns)}) AS hash
        FROM {quote(row_map.table)} WHERE source_table = {literal(source)}"""


# each file beside the newest of the nearest period before its own
STALE = """
    SELECT c.delivery_id, c.source_table, c.supplier || '.' || c.source_table || '.stale' AS rule_id,
        'soft' AS severity
    FROM content AS c ASOF JOIN (
        SELECT * FROM content
        QUALIFY row_number() OVER (PARTITION BY supplier, source_table, period ORDER BY sequence DESC) = 1
    ) AS p ON c.supplier = p.supplier AND c.source_table = p.source_table AND c.period > p.period
    WHERE c.content = p.content AND c.rows = p.rows"""
