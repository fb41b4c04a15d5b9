"""A person is in one place at a time: spells that overlap are reported, whoever delivered them."""

from __future__ import annotations

from das_analysis.lake.sql import literal
from das_analysis.linkage.work import Work

RULE = "detention_spell.person_key.overlap"


def find_overlaps(work: Work) -> None:
    """Add a soft finding for each spell that starts before an earlier one of the same person has ended."""
    work.con.execute(
        f"""INSERT INTO finding SELECT delivery_id, supplier, source_table, row, {literal(RULE)},
                'detention_spell', 'started_on', 'soft'
            FROM detention_spell WHERE started_on IS NOT NULL
            QUALIFY started_on < max(coalesce(ended_on, DATE '9999-12-31')) OVER (
                PARTITION BY person_key ORDER BY started_on, ended_on, spell_key
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"""
    )
