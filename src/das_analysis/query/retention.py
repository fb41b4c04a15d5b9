"""When each record lapses, by the dated rules of `retention.yaml`, and a dry run of it without persons.

A record is a case or a registration of a suspect. It starts at the last decision in it, or at its
registration where nothing was decided; a later judgment on another crime of the same person, while the term
runs, keeps it for the term of that crime.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.lake import connect, enter, snapshot_files, standing
from das_analysis.lake.sql import literal, quote, scan
from das_analysis.model import load_model
from das_analysis.query.terms_of_law import Term, in_force, load_terms
from das_analysis.rules.rows import sql_type

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

NEEDED = (
    *("case", "charge", "court_case", "prosecution_decision", "sanction", "suspect_registration"),
    "verdict",
)
RECORD = """record VARCHAR, "table" VARCHAR, supplier VARCHAR, person VARCHAR, kind VARCHAR, starts_on DATE,
    is_judged BOOLEAN, max_penalty_months INTEGER, custody_months DOUBLE, is_sentenced BOOLEAN,
    offence VARCHAR"""
MONTHS = {"DAG": 12 / 365.25, "MAAND": 1.0, "JAAR": 12.0, "LEVENSLANG": 1200.0}
CANTONAL_JUDGE, PENAL_ORDER = "KTR", "SB"
CUSTODY, COMMUNITY = ("GEV", "GEV_L", "HEC", "JDT", "MDT"), ("TAAK_W", "TAAK_L")


def dry_run(lake: Path, *, on: date, snapshot: str = "latest") -> pd.DataFrame:
    """Count by rule, table and supplier what has lapsed on a day and would go, and what a hold keeps.

    Columns: rule, article, confirmed, table, supplier, records, lapsed, held, first_on and last_on (the days
    on which the first and the last of those records lapse). No person, no record.
    """
    with connect(enter(lake, "query")) as con:
        _lapses(con, lake, snapshot=snapshot, on=on)
        con.register("said", _said(in_force(load_terms(), on)))
        return con.execute(
            """SELECT rule, article, confirmed, "table", supplier, count(*) AS records,
                count(*) FILTER (lapses_on <= $on AND NOT is_held) AS lapsed,
                count(*) FILTER (lapses_on <= $on AND is_held) AS held,
                min(lapses_on) AS first_on, max(lapses_on) AS last_on
            FROM lapse JOIN said USING (rule) GROUP BY ALL ORDER BY rule, "table", supplier""",
            {"on": on},
        ).df()


def lapsed(lake: Path, *, on: date, snapshot: str = "latest") -> list[str]:
    """Return the keys of the records that have lapsed on a day and that no legal hold keeps, sorted."""
    with connect(enter(lake, "query")) as con:
        _lapses(con, lake, snapshot=snapshot, on=on)
        query = "SELECT record FROM lapse WHERE lapses_on <= $on AND NOT is_held ORDER BY record"
        return [r for (r,) in con.execute(query, {"on": on}).fetchall()]


def _said(terms: Sequence[Term]) -> pd.DataFrame:
    import pandas as pd

    rows = [(t.id, t.article, t.confirmed) for t in terms]
    return pd.DataFrame(rows, columns=["rule", "article", "confirmed"])


def _lapses(con: duckdb.DuckDBPyConnection, lake: Path, *, snapshot: str, on: date) -> None:
    _gather(con, snapshot_files(snapshot, lake=lake))
    con.execute("CREATE TABLE held AS SELECT unnest($1::VARCHAR[]) AS mark", [list(standing(lake, "hold"))])
    compute(con, in_force(load_terms(), on))


def _gather(con: duckdb.DuckDBPyConnection, paths: dict[str, list[Path]]) -> None:
    """`record`: each case and each registration of a suspect, with what the rules look at."""
    for name in NEEDED:
        columns = {c.name: sql_type(c) for c in load_model().tables[name].at("linked")} | {
            "supplier": "VARCHAR"
        }
        empty = ", ".join(f"NULL::{kind} AS {quote(c)}" for c, kind in columns.items())
        rows = f"SELECT {empty} WHERE false"
        if paths.get(name):
            rows += f" UNION ALL BY NAME SELECT * FROM {scan(list(map(str, paths[name])))}"
        con.execute(f"CREATE TEMP VIEW {quote(name)} AS {rows}")
    in_months = " ".join(f"WHEN {literal(unit)} THEN {months}" for unit, months in MONTHS.items())
    custody, sentence = (", ".join(map(literal, kinds)) for kinds in (CUSTODY, CUSTODY + COMMUNITY))
    con.execute(f"CREATE TABLE record ({RECORD})")
    con.execute(
        f"""INSERT INTO record BY NAME
        SELECT case_key AS record, 'case' AS "table", supplier, person_key AS person,
            CASE WHEN is_minor THEN 'minor' ELSE 'crime' END AS kind,
            greatest(registered_on, ended_on, decided_on) AS starts_on, offence_code AS offence,
            coalesce(is_ordered, false) OR coalesce(is_tried, false) AS is_judged, max_penalty_months,
            coalesce(custody_months, 0) AS custody_months, coalesce(is_sentenced, false) AS is_sentenced
        FROM "case"
        LEFT JOIN (SELECT case_key, max(max_penalty_months) AS max_penalty_months FROM charge GROUP BY 1)
            USING (case_key)
        LEFT JOIN (SELECT case_key, max(coalesce(verdict_on, irrevocable_on)) AS ended_on,
                bool_or(chamber_code = {literal(CANTONAL_JUDGE)}) AS is_minor FROM court_case GROUP BY 1)
            USING (case_key)
        LEFT JOIN (SELECT case_key, bool_or(outcome_code IN ({_on_the_merits()})) AS is_tried
            FROM verdict JOIN court_case USING (court_case_key) GROUP BY 1) USING (case_key)
        LEFT JOIN (SELECT case_key, max(decided_on) AS decided_on,
                bool_or(decision_code = {literal(PENAL_ORDER)}) AS is_ordered
            FROM prosecution_decision GROUP BY 1) USING (case_key)
        LEFT JOIN (SELECT case_key, bool_or(sanction_code IN ({sentence})) AS is_sentenced,
                sum(unconditional_quantity * CASE unit_code {in_months} END)
                    FILTER (sanction_code IN ({custody})) AS custody_months FROM sanction GROUP BY 1)
            USING (case_key)
        UNION ALL BY NAME
        SELECT suspect_key AS record, 'suspect_registration' AS "table", supplier, person_key AS person,
            'police' AS kind, marked_on AS starts_on, false AS is_judged FROM suspect_registration"""
    )


def _on_the_merits() -> str:
    """SQL for the outcomes by which a court judged the case itself (Sv 351, 352), or may have."""
    codes = load_model().code_lists["VerdictOutcome"].codes.values()
    return ", ".join(literal(c.code) for c in codes if c.facts["kind"] != "formal")


def compute(con: duckdb.DuckDBPyConnection, terms: Sequence[Term]) -> None:
    """Make `lapse` (record, rule, lapses_on, is_held and more) out of the tables `record` and `held`.

    Each record has the term of the longest rule that fits it. Where that rule says so, a judgment on another
    record of the same person, given before the record lapses, keeps it until that one's own term ends (the
    longest of the rules that fit it and prolong), and so on along the judgments.
    """
    parts = [_own(term) for term in terms]
    con.execute(
        f"""CREATE TABLE lapse AS SELECT *, max(reach) OVER own AS reaches,
                coalesce(sha256('das:tombstone:' || person) IN (SELECT mark FROM held), false) AS is_held
            FROM ({" UNION ALL ".join(parts)})
            WHERE starts_on IS NOT NULL AND record IS NOT NULL
            WINDOW own AS (PARTITION BY "table", record)
            QUALIFY row_number() OVER (PARTITION BY "table", record ORDER BY lapses_on DESC, rule) = 1"""
    )
    while _prolong(con):
        pass


def _own(term: Term) -> str:
    """SQL for the records that a rule fits, with the day on which its own term ends."""
    offence = " OR ".join(
        f"offence = {literal(o)} OR starts_with(offence, {literal(o + '.')})" for o in term.offences
    )
    fits = [
        f"kind = {literal(term.kind)}",
        *(
            [f"coalesce(max_penalty_months, 0) >= {term.min_penalty_months}"]
            if term.min_penalty_months
            else []
        ),
        *([f"({offence})"] if offence else []),
        *(["is_sentenced"] if term.sentenced else []),
        *([f"custody_months > {term.custody_over_months}"] if term.custody_over_months else []),
    ]
    reach = "lapses_on" if term.prolongs else "NULL::DATE"
    return f"""SELECT *, {reach} AS reach FROM (SELECT *, {literal(term.id)} AS rule,
            {str(term.prolonged).lower()} AS prolonged,
            (starts_on + to_years({term.years}))::DATE AS lapses_on
        FROM record WHERE {" AND ".join(fits)})"""


def _prolong(con: duckdb.DuckDBPyConnection) -> bool:
    """Keep each record as long as the longest judgment that it reaches; whether anything moved."""
    (moved,) = con.execute(
        """UPDATE lapse SET lapses_on = later.lapses_on FROM (
                SELECT a."table", a.record, max(b.reaches) AS lapses_on FROM lapse AS a
                JOIN lapse AS b ON b.person = a.person AND b.is_judged AND b.starts_on >= a.starts_on
                    AND b.starts_on < a.lapses_on AND b.reaches > a.lapses_on
                WHERE a.prolonged GROUP BY ALL) AS later
            WHERE later.record = lapse.record AND later."table" = lapse."table" """
    ).fetchall()[0]
    return bool(moved)
