"""Ages that need both ends of a link: birth month from the person, the moment from the case or the spell."""

from __future__ import annotations

from das_analysis.linkage.work import Work


def fill_ages(work: Work) -> None:
    """Fill the age at the offence of each case, and at the start of each spell where it was not given."""
    work.con.execute(
        f"""UPDATE "case" SET age_at_offence_years = {_age("found.moment")} FROM (
                SELECT case_key, supplier, min(committed_from_on) AS moment FROM charge GROUP BY ALL
            ) AS found, person
            WHERE found.case_key = "case".case_key AND found.supplier = "case".supplier
                AND person.person_key = "case".person_key"""
    )
    work.con.execute(
        f"""UPDATE detention_spell SET age_at_start_years = {_age("detention_spell.started_on")} FROM person
            WHERE age_at_start_years IS NULL AND person.person_key = detention_spell.person_key"""
    )


def _age(moment: str) -> str:
    """SQL for whole years from the first of a birth month to a day; NULL outside 0 to 120."""
    month = "strptime(person.birth_month || '-01', '%Y-%m-%d')"
    years = (
        f"date_diff('year', {month}, {moment}) - CASE WHEN month({moment}) < month({month}) THEN 1 ELSE 0 END"
    )
    return f"CASE WHEN {years} BETWEEN 0 AND 120 THEN {years} END"
