"""Links of cases, counted in columns, are what a slow and obvious count of rows gives."""

from collections import Counter

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from das_analysis.lake.sql import literal, quote
from das_analysis.linkage.case_quality import count_links
from das_analysis.linkage.work import Work
from das_analysis.model import load_model

NUMBERS = st.none() | st.sampled_from("abcd")
CASES = st.lists(
    st.tuples(
        st.sampled_from(["om", "broward"]),
        st.none() | st.sampled_from(["2024-12-31", "2025-01-01"]),
        NUMBERS,  # of a police report
        NUMBERS,  # of an earlier case
        st.sampled_from("pq"),
        st.booleans(),  # contradicts the police report
    ),
    max_size=12,
)


def engine():
    """Every table of the model, empty."""
    con = duckdb.connect()
    con.execute('CREATE TABLE cut ("table" VARCHAR, id BIGINT, "column" VARCHAR)')
    for table in load_model().tables.values():
        columns = dict.fromkeys([*table.columns, "supplier", "period"])
        con.execute(f"CREATE TABLE {quote(table.name)} ({', '.join(f'{quote(c)} VARCHAR' for c in columns)})")
    return con


def count(cases, reports, keys, number):
    """Rows, numbers given and found by supplier and year, one row after the other."""
    rows, given_, found = Counter(), Counter(), Counter()
    for supplier, day, report, earlier, _, breaks in cases:
        at = supplier, (day or "2023")[:4]
        named, known = (report, reports) if number == "pv_key" else (earlier, keys)
        rows[at] += 1
        given_[at] += named is not None
        found[at] += named in known and not (number == "pv_key" and breaks)
    silent = {s for s, *_ in rows if not sum(n for (of, _), n in given_.items() if of == s)}
    return {at: (n, given_[at], found[at]) for at, n in rows.items() if at[0] not in silent}


@settings(max_examples=25, deadline=None)
@given(CASES, st.sets(st.sampled_from("abcd")))
def test_counts_are_those_of_one_row_after_the_other(cases, reports):
    con, keys = CON, {f"{'abcd'[n % 4]}" for n in range(len(cases))}
    for name in ("case", "police_report", "cut"):
        con.execute(f"DELETE FROM {quote(name)}")
    con.execute("DROP TABLE IF EXISTS case_quality")
    for key in sorted(reports):
        con.execute(f"INSERT INTO police_report (pv_key) VALUES ({literal(key)})")
    for n, (supplier, day, report, earlier, person, breaks) in enumerate(cases):
        values = ("abcd"[n % 4], supplier, "2023", day, report, earlier, person)
        con.execute(
            """INSERT INTO "case" (case_key, supplier, period, registered_on, pv_key, reinflow_of_key,
                person_key) VALUES (?, ?, ?, ?, ?, ?, ?)""",
            values,
        )
        if breaks:
            con.execute("INSERT INTO cut SELECT 'case', max(rowid), 'pv_key' FROM \"case\"")
    count_links(Work(con=con, model=load_model()))
    for number in ("pv_key", "reinflow_of_key"):
        counted = con.execute(
            """SELECT supplier, "year", "rows", given, found FROM case_quality WHERE seam = ?""",
            [f"case.{number}"],
        ).fetchall()
        assert {row[:2]: row[2:] for row in counted} == count(cases, reports, keys, number)


CON = engine()
