"""How many rows of the chain find the row that they belong to: by link, supplier and year."""

from __future__ import annotations

from das_analysis.lake.sql import literal, quote
from das_analysis.linkage.work import Work, references
from das_analysis.model import Column, Table

QUALITY = """seam VARCHAR, parent VARCHAR, child VARCHAR, supplier VARCHAR, "year" VARCHAR, "rows" BIGINT,
    given BIGINT, found BIGINT, persons BIGINT"""


def count_links(work: Work) -> None:
    """Fill `case_quality` for every reference of the model, while `cut` holds those that do not count.

    `rows` are those of a supplier and year (of what dates the row, else of its delivery), `given` those with
    a number, `found` those whose number leads to a row that does not contradict them: the rest are lost
    numbers. `persons` are whom the rows are about; NULL where a row does not say. A reference that a supplier
    never gives is not counted.
    """
    work.con.execute(f"CREATE TABLE case_quality ({QUALITY})")
    for table in work.tables:
        for reference in references(table):
            _count(work, table, reference=reference)


def _count(work: Work, table: Table, *, reference: Column) -> None:
    parent, name = work.model.tables[reference.references or ""], quote(reference.name)
    persons = "count(DISTINCT person_key)" if "person_key" in table.columns else "NULL"
    dated = f'"year"(TRY_CAST({quote(table.dated_by)} AS DATE))::VARCHAR' if table.dated_by else "NULL"
    work.con.execute(
        f"""INSERT INTO case_quality
            SELECT {literal(f"{table.name}.{reference.name}")}, {literal(parent.name)}, {literal(table.name)},
                supplier, coalesce({dated}, "left"(period, 4)) AS in_year, count(*), count({name}),
                count(known) FILTER (id IS NULL), {persons}
            FROM {quote(table.name)} AS child
            LEFT JOIN (SELECT DISTINCT {quote(parent.key or "")} AS known FROM {quote(parent.name)})
                ON known = {name}
            LEFT JOIN (SELECT DISTINCT id FROM cut WHERE "table" = {literal(table.name)}
                AND "column" = {literal(reference.name)}) ON id = child.rowid
            GROUP BY supplier, in_year QUALIFY sum(count({name})) OVER (PARTITION BY supplier) > 0"""
    )
