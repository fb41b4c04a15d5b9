"""Who is who: on sealed numbers, then on the sure combination (docs/decisions/0003-exact-linkage.md).

1. A BSN counts where birth month and sex of the row do not contradict what most rows with that BSN say.
2. SKN, BSN and the number of a supplier's own register are nodes, a row that holds two of them is an edge, a
   connected component is a person.
3. A row without a number joins the person that its birth date, sex and name lead to, if there is exactly one.
4. What is left is a person of its own: by that combination when no person has it, else row by row.
5. What has no SKN is compared with all others, key by key (docs/decisions/0010-splink.md).
"""

from __future__ import annotations

from das_analysis.lake.sql import literal, quote
from das_analysis.linkage.components import first_of_each
from das_analysis.linkage.issue import issue_keys
from das_analysis.linkage.residue import join_residue
from das_analysis.linkage.work import COMPARED, Work
from das_analysis.model import Table

NUMBERS = ("skn_key", "bsn_key", "register_key", "name_key", "birth_month", "sex_code")
IDENTITY = ("supplier", *NUMBERS, *COMPARED, "alone")
# SQL: 128 bits of the whole, so that the wide keys are carried once and joined on never
IDENTITY_NUMBER = f"(hash({', '.join(IDENTITY)})::UHUGEINT << 64 | hash({', '.join(reversed(IDENTITY))}))"


def find_persons(work: Work) -> None:
    """Fill `person_key` of every row about a person, and count in `link_quality` how many were linked.

    Rows get a `part`, too: the number of what the exact pass made of them, where comparing could change it.
    """
    _gather_identities(work)
    _judge_citizen_numbers(work)
    _number_nodes(work)
    _label_components(work)
    _name_persons(work)
    join_residue(work)
    issue_keys(work)
    for table in work.about_persons:
        _fill(work, table)
        _count(work, table)


def _alone(table: Table) -> str:
    """SQL for the text of a row by itself, where neither SKN nor own number says whose it is."""
    own = quote(table.key) if table.key else "concat_ws('/', period, source_table, row)"
    text = f"concat_ws('/', '5', {literal(table.name)}, supplier, {own})"
    return f"CASE WHEN skn_key IS NULL AND register_key IS NULL THEN {text} END"


def _gather_identities(work: Work) -> None:
    """`identity`: every combination of keys that occurs, once, with its number and how many rows have it."""
    columns = ", ".join((*NUMBERS, *COMPARED))
    rows = " UNION ALL ".join(
        f"SELECT supplier, {columns}, {_alone(t)} AS alone FROM {quote(t.name)}" for t in work.about_persons
    )
    who = "birth_month || CASE WHEN sex_code IN ('M', 'V') THEN sex_code END"
    work.con.execute(
        f"""CREATE TABLE identity AS SELECT *, {who} AS who, {IDENTITY_NUMBER} AS identity
            FROM (SELECT *, count(*) AS rows FROM ({rows}) GROUP BY ALL)"""
    )


def _judge_citizen_numbers(work: Work) -> None:
    """`judged`: for each BSN the birth month and sex of more than half of its rows; NULL if there is none."""
    work.con.execute(
        """CREATE TABLE judged AS
            SELECT bsn_key, max_by(who, rows) FILTER (2 * rows > total) AS who
            FROM (SELECT bsn_key, who, sum(rows) AS rows, sum(sum(rows)) OVER (PARTITION BY bsn_key) AS total
                  FROM identity WHERE bsn_key IS NOT NULL AND who IS NOT NULL GROUP BY bsn_key, who)
            GROUP BY bsn_key"""
    )


def _number_nodes(work: Work) -> None:
    """`strong`: identities with usable numbers as texts that sort by rank; `node`: each such text once."""
    sure = "identity.who IS NULL OR judged.bsn_key IS NULL OR identity.who = judged.who"
    work.con.execute(
        f"""CREATE TABLE strong AS SELECT identity, rows, supplier, name_key, alone, '1' || skn_key AS skn,
                CASE WHEN {sure} THEN '2' || identity.bsn_key END AS bsn,
                '3' || supplier || ':' || register_key AS register
            FROM identity LEFT JOIN judged USING (bsn_key)"""
    )
    work.con.execute(
        """CREATE TABLE node AS SELECT text, row_number() OVER (ORDER BY text) - 1 AS node
            FROM (SELECT DISTINCT unnest([skn, bsn, register]) AS text FROM strong)
            WHERE text IS NOT NULL"""
    )


def _label_components(work: Work) -> None:
    """`component`: each node with the text of the first node of its component, which names the person."""
    import numpy as np

    edges = work.con.execute(
        """SELECT a.node AS a, b.node AS b FROM (
                SELECT skn AS x, bsn AS y FROM strong UNION SELECT skn, register FROM strong
                UNION SELECT bsn, register FROM strong)
            JOIN node AS a ON a.text = x JOIN node AS b ON b.text = y"""
    ).fetchnumpy()
    size = work.con.execute("SELECT count(*) FROM node").fetchall()[0][0]
    members = first_of_each(np.asarray(edges["a"]), np.asarray(edges["b"]), size=size)
    work.con.register("members", members)
    work.con.execute(
        """CREATE TABLE component AS SELECT own.text, lead.text AS person
            FROM members JOIN node AS own USING (node) JOIN node AS lead ON lead.node = members.first"""
    )
    work.con.unregister("members")


def _name_persons(work: Work) -> None:
    """`who_is`: every identity with its `person`, a text to be hashed, and how it was found: `found`."""
    work.con.execute(
        """CREATE TABLE led AS SELECT strong.*, component.person AS numbered
            FROM strong LEFT JOIN component ON component.text = coalesce(skn, bsn, register)"""
    )
    work.con.execute(
        """CREATE TABLE sure AS SELECT name_key, min(numbered) AS named, count(DISTINCT numbered) AS persons
            FROM led WHERE numbered IS NOT NULL AND name_key IS NOT NULL GROUP BY name_key"""
    )
    work.con.execute(
        """CREATE TABLE who_is AS SELECT led.*,
                coalesce(numbered, CASE WHEN persons = 1 THEN named
                    WHEN persons IS NULL THEN '4' || led.name_key END, alone) AS person,
                person AS named,
                CASE WHEN numbered IS NOT NULL THEN 'number' WHEN persons = 1 THEN 'combination'
                    ELSE 'alone' END AS found,
                NULL::BIGINT AS part
            FROM led LEFT JOIN sure USING (name_key)"""
    )
    work.con.execute("CREATE TABLE joined (person VARCHAR, lead VARCHAR)")
    work.con.execute('CREATE TABLE part (person VARCHAR, part BIGINT, "rows" BIGINT)')
    work.con.execute(
        "CREATE TABLE chance (one BIGINT, other BIGINT, probability DECIMAL(9, 6), weight DOUBLE)"
    )


def _fill(work: Work, table: Table) -> None:
    name = quote(table.name)
    work.con.execute(
        f"""CREATE OR REPLACE TABLE {name} AS
            SELECT rows.* EXCLUDE (alone) REPLACE (known.person_key AS person_key), is_linked, part
            FROM (SELECT *, {_alone(table)} AS alone FROM {name}) AS rows JOIN (
                SELECT identity, person_key, found <> 'alone' AS is_linked, part
                FROM who_is JOIN issued USING (person)) AS known ON known.identity = {IDENTITY_NUMBER}"""
    )


def _count(work: Work, table: Table) -> None:
    """How many rows are linked by number, combination or comparison; the rest stand on their own."""
    name = literal(table.name)
    work.con.execute(
        f"""INSERT INTO link_quality SELECT {name} || '.person_key', 'person', {name}, count(*),
                count(*) FILTER (is_linked), count(*) FILTER (NOT is_linked)
            FROM {quote(table.name)} HAVING count(*) > 0"""
    )
    work.con.execute(f"ALTER TABLE {quote(table.name)} DROP COLUMN is_linked")
