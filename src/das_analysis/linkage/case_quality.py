"""How many rows of the chain find the row that they belong to: by link, supplier and year."""

from __future__ import annotations

from das_analysis.lake.sql import literal, quote
from das_analysis.linkage.work import Work, references
from das_analysis.model import Column, Model, Table

QUALITY = """seam VARCHAR, parent VARCHAR, child VARCHAR, supplier VARCHAR, "year" VARCHAR, "rows" BIGINT,
    given BIGINT, found BIGINT, persons_rows BIGINT, persons_given BIGINT, persons_found BIGINT,
    persons_lost BIGINT"""


def count_links(work: Work) -> None:
    """Fill `case_quality` for every reference of the model, while `cut` holds those that do not count.

    `rows` are those of a supplier and year (of what dates the row, else of its delivery), `given` those with
    a number, `found` those whose number leads to a row that does not contradict them: the rest are lost
    numbers. Behind each of the four are the different persons whom its rows are about, by the row itself or
    by the case that it leads to; where nothing leads to a person, nobody. A reference that a supplier never
    gives is not counted.
    """
    work.con.execute(f"CREATE TABLE case_quality ({QUALITY})")
    for table in work.tables:
        for reference in references(table):
            _count(work, table, reference=reference)


def _count(work: Work, table: Table, *, reference: Column) -> None:
    parent, name = work.model.tables[reference.references or ""], quote(reference.name)
    persons = "count(DISTINCT who)"
    dated = f'"year"(TRY_CAST({quote(table.dated_by)} AS DATE))::VARCHAR' if table.dated_by else "NULL"
    work.con.execute(
        f"""INSERT INTO case_quality
            SELECT {literal(f"{table.name}.{reference.name}")}, {literal(parent.name)}, {literal(table.name)},
                supplier, coalesce({dated}, "left"(period, 4)) AS in_year, count(*), count({name}),
                count(known) FILTER (id IS NULL), {persons}, {persons} FILTER ({name} IS NOT NULL),
                {persons} FILTER (known IS NOT NULL AND id IS NULL),
                {persons} FILTER ({name} IS NOT NULL AND (known IS NULL OR id IS NOT NULL))
            FROM (SELECT *, rowid AS place, {_who(work.model, table.name)} AS who
                FROM {quote(table.name)}) AS child
            LEFT JOIN (SELECT DISTINCT {quote(parent.key or "")} AS known FROM {quote(parent.name)})
                ON known = {name}
            LEFT JOIN (SELECT DISTINCT id FROM cut WHERE "table" = {literal(table.name)}
                AND "column" = {literal(reference.name)}) ON id = child.place
            GROUP BY supplier, in_year QUALIFY sum(count({name})) OVER (PARTITION BY supplier) > 0"""
    )


def _who(model: Model, table: str, *, steps: int = 3) -> str:
    """SQL for the person of a row of `table`: its own, else that of what it names first, up to three away."""
    columns = model.tables[table].columns
    if "person_key" in columns:
        return f"{quote(table)}.person_key"
    found = []
    for column in columns.values() if steps else ():
        parent = model.tables.get(column.references or "")
        if column.references != table and parent and parent.key and parent.name != "person":
            who = _who(model, parent.name, steps=steps - 1)
            if who != "NULL":
                known = f"{quote(parent.name)}.{quote(parent.key)}"
                named = f"{quote(table)}.{quote(column.name)}"
                found.append(f"(SELECT min({who}) FROM {quote(parent.name)} WHERE {known} = {named})")
    return f"coalesce({', '.join(found)})" if found else "NULL"
