"""What belongs to what: references from one supplier's rows to another's, kept only where they hold."""

from __future__ import annotations

from collections.abc import Iterator

from das_analysis.lake.sql import literal, quote
from das_analysis.linkage.case_quality import count_links
from das_analysis.linkage.work import Work, listed, references
from das_analysis.model import Column, Rule, Table
from das_analysis.rules.conditions import in_force


def check_links(work: Work) -> None:
    """Cut references to another supplier that point to nothing, or whose two ends contradict each other.

    Fills `link_quality` with a row a seam (`case.pv_key`): references given, held and cut; `case_quality`;
    and `finding` with the rules that were broken across suppliers. A rule that warns only cuts nothing.
    """
    work.con.execute('CREATE TABLE cut ("table" VARCHAR, id BIGINT, "column" VARCHAR)')
    for table in work.tables:
        for reference in references(table):
            _find_dangling(work, table, reference=reference)
        for rule in work.model.rules.values():
            if rule.table == table.name and rule.check == "holds" and rule.reads:
                _find_contradictions(work, table, rule=rule)
    count_links(work)
    for table in work.tables:
        for reference in references(table):
            _count_and_cut(work, table, reference=reference)
    work.con.execute("DROP TABLE cut")


def _find_dangling(work: Work, table: Table, *, reference: Column) -> None:
    parent = work.model.tables[reference.references or ""]
    foreign = work.foreign_to(table, reference)
    if foreign:
        work.con.execute(
            f"""INSERT INTO cut SELECT {literal(table.name)}, child.rowid, {literal(reference.name)}
                FROM {quote(table.name)} AS child ANTI JOIN {quote(parent.name)} AS parent
                    ON parent.{quote(parent.key or "")} = child.{quote(reference.name)}
                WHERE child.{quote(reference.name)} IS NOT NULL AND child.supplier IN ({listed(foreign)})"""
        )


def _find_contradictions(work: Work, table: Table, *, rule: Rule) -> None:
    """A rule that looks at rows of another supplier: intake could not apply it, here both ends are known."""
    reads = [table.columns[name] for name in rule.reads]
    foreign = {s for column in reads for s in work.foreign_to(table, column)}
    if not foreign:
        return
    broken = in_force(rule, table, broken=f"NOT ({rule.holds})")
    work.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE broken AS SELECT id, supplier, delivery_id, source_table, row
            FROM ({_both_ends(work, table, reads=reads)}) WHERE supplier IN ({listed(sorted(foreign))})
            GROUP BY ALL HAVING bool_and(coalesce({broken}, false))"""
    )
    work.con.execute(
        f"""INSERT INTO finding SELECT delivery_id, supplier, source_table, row, {literal(rule.id)},
                {literal(table.name)}, {literal(rule.column)}, {literal(rule.severity)} FROM broken"""
    )
    for column in reads if rule.severity == "hard" else ():
        work.con.execute(
            f"""INSERT INTO cut SELECT {literal(table.name)}, id, {literal(column.name)} FROM broken
                WHERE supplier IN ({listed(work.foreign_to(table, column))})"""
        )


def _both_ends(work: Work, table: Table, *, reads: list[Column]) -> str:
    columns, joins = [], []
    for number, reference in enumerate(reads):
        parent = work.model.tables[reference.references or ""]
        end, alias = f"p{number}", reference.name.removesuffix("_key")
        joins.append(
            f"""LEFT JOIN {quote(parent.name)} AS {end}
                ON {end}.{quote(parent.key or "")} = child.{quote(reference.name)}"""
        )
        columns += [f"{end}.{quote(c)} AS {quote(f'{alias}__{c}')}" for c in _delivered(parent)]
    return f"""SELECT child.rowid AS id, child.*, {", ".join(columns)}
        FROM {quote(table.name)} AS child {" ".join(joins)}"""


def _delivered(table: Table) -> Iterator[str]:
    return (c.name for c in table.at("delivered"))


def _count_and_cut(work: Work, table: Table, *, reference: Column) -> None:
    foreign = work.foreign_to(table, reference)
    if not foreign:
        return
    name, column = quote(table.name), quote(reference.name)
    cut = f"""SELECT DISTINCT id FROM cut
        WHERE "table" = {literal(table.name)} AND "column" = {literal(reference.name)}"""
    work.con.execute(
        f"""INSERT INTO link_quality
            SELECT {literal(f"{table.name}.{reference.name}")}, {literal(reference.references or "")},
                {literal(table.name)}, count({column}), count({column}) - (SELECT count(*) FROM ({cut})),
                (SELECT count(*) FROM ({cut}))
            FROM {name} WHERE supplier IN ({listed(foreign)}) HAVING count({column}) > 0"""
    )
    work.con.execute(f"UPDATE {name} SET {column} = NULL WHERE rowid IN ({cut})")
