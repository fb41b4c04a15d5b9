"""When a record lapses: one columnar computation against a slow and obvious one, record by record."""

from datetime import date, timedelta

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_analysis.lake.orders import mark
from das_analysis.query.retention import RECORD, _gather, _on_the_merits, compute
from das_analysis.query.terms_of_law import in_force, load_terms

DAYS = st.integers(0, 25_000).map(lambda n: date(1950, 1, 1) + timedelta(n))
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "person": st.sampled_from(["k1.a", "k1.b"]),
            "kind": st.sampled_from(["crime", "minor", "police"]),
            "starts_on": DAYS,
            "is_judged": st.booleans(),
            "max_penalty_months": st.sampled_from([None, 12, 71, 72, 360]),
            "custody_months": st.sampled_from([0.0, 36.0, 240.0, 240.5, 480.0, 1200.0]),
            "is_sentenced": st.booleans(),
            "offence": st.sampled_from([None, "1.1", "3.3", "3.3.2", "3.30"]),
        }
    ),
    min_size=1,
    max_size=12,
)


def years_on(day, years):
    """A day some years later: 28 February where that year has no 29th."""
    return (pd.Timestamp(day) + pd.DateOffset(years=years)).date()


def fitting(record, terms):
    """The rules that fit, each with the day on which its term ends."""
    for term in terms:
        offence, over = record["offence"] or "", term.custody_over_months
        if term.kind != record["kind"] or (term.sentenced and not record["is_sentenced"]):
            continue
        if term.min_penalty_months > (record["max_penalty_months"] or 0):
            continue
        if term.offences and not any(offence == o or offence.startswith(o + ".") for o in term.offences):
            continue
        if over is None or record["custody_months"] > over:
            yield years_on(record["starts_on"], term.years), term


def obvious(records, terms):
    """Each record by itself: it looks for a later judgment for as long as it finds one that keeps it."""
    own = [list(fitting(r, terms)) for r in records]
    found = []
    for record, fits in zip(records, own, strict=True):
        end, term = max(fits, key=lambda e: (e[0], [-ord(c) for c in e[1].id]))
        moved = term.prolonged
        while moved:
            moved = False
            for other, theirs in zip(records, own, strict=True):
                reach = max((e for e, t in theirs if t.prolongs), default=date.min)
                met = record["starts_on"] <= other["starts_on"] < end and other["is_judged"]
                if other["person"] == record["person"] and met and reach > end:
                    end, moved = reach, True
        found.append(end)
    return found


@settings(max_examples=60, deadline=None)
@given(RECORDS)
def test_a_chain_of_judgments_lapses_as_the_obvious_computation_says(records):
    terms = tuple(t for t in load_terms() if t.kind != "police")
    records = [r for r in records if r["kind"] != "police"] or [records[0] | {"kind": "crime"}]
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE record ({RECORD})")
        con.execute("CREATE TABLE held (mark VARCHAR)")
        con.executemany(
            "INSERT INTO record VALUES (?, 'case', 'om', ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                [
                    f"{n:03}",
                    *[
                        r[c]
                        for c in (
                            "person",
                            "kind",
                            "starts_on",
                            "is_judged",
                            "max_penalty_months",
                            "custody_months",
                            "is_sentenced",
                            "offence",
                        )
                    ],
                ]
                for n, r in enumerate(records)
            ],
        )
        compute(con, terms)
        fast = [d for (d,) in con.execute("SELECT lapses_on FROM lapse ORDER BY record").fetchall()]
    assert fast == obvious(records, terms)


def test_a_rule_counts_from_its_first_day_to_its_last():
    assert in_force(load_terms(), date(1990, 1, 1)) == ()
    assert {t.id for t in in_force(load_terms(), date(2026, 1, 1))} == {t.id for t in load_terms()}


def test_each_rule_names_its_article_its_source_and_whether_it_is_confirmed():
    assert all(t.article and t.source and t.confirmed in {True, False} for t in load_terms())


def test_a_hold_is_seen_by_its_mark():
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE record ({RECORD})")
        con.execute("CREATE TABLE held AS SELECT ? AS mark", [mark("k1.a")])
        for person in ("k1.a", "k1.b"):
            con.execute(
                'INSERT INTO record (record, "table", person, kind, starts_on) VALUES '
                "(?, 'case', ?, 'crime', DATE '1990-01-01')",
                [person, person],
            )
        compute(con, load_terms())
        assert con.execute("SELECT is_held FROM lapse ORDER BY record").fetchall() == [(True,), (False,)]


def lapses(*records):
    """The day on which each record lapses: (kind, first day, maximum in months, more)."""
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE record ({RECORD})")
        con.execute("CREATE TABLE held (mark VARCHAR)")
        for number, (kind, day, months, more) in enumerate(records):
            given = {"record": str(number), "table": "case", "person": "k1.a", "kind": kind, "starts_on": day}
            given |= {"max_penalty_months": months, "custody_months": 0, "is_judged": True} | more
            names = ", ".join(f'"{n}"' for n in given)
            marks = ", ".join("?" for _ in given)
            con.execute(f"INSERT INTO record ({names}) VALUES ({marks})", list(given.values()))
        compute(con, load_terms())
        found = con.execute("SELECT lapses_on FROM lapse ORDER BY record").fetchall()
    return [f"{d:%Y}" for (d,) in found]


@pytest.mark.parametrize(
    ("records", "ends"),
    [
        ([("crime", date(2000, 1, 1), 71, {})], ["2020"]),
        ([("crime", date(2000, 1, 1), 72, {})], ["2030"]),
        ([("crime", date(2000, 1, 1), 360, {"custody_months": 241})], ["2050"]),
        ([("crime", date(2000, 1, 1), 360, {"custody_months": 1200})], ["2080"]),
        ([("crime", date(2000, 1, 1), 360, {"offence": "3.3.1"})], ["2080"]),
        ([("minor", date(2000, 1, 1), 12, {})], ["2005"]),
        ([("minor", date(2000, 1, 1), 12, {"is_sentenced": True})], ["2010"]),
        ([("crime", date(2000, 1, 1), 12, {}), ("crime", date(2010, 1, 1), 72, {})], ["2040", "2040"]),
        (  # neither a minor offence nor what was not judged keeps another record
            [("crime", date(2000, 1, 1), 12, {}), ("minor", date(2019, 1, 1), 12, {})],
            ["2020", "2024"],
        ),
        (
            [("crime", date(2000, 1, 1), 12, {}), ("crime", date(2010, 1, 1), 12, {"is_judged": False})],
            ["2020", "2030"],
        ),
        (  # the 80 years of a sexual crime are its own: another record is kept for 30 years of it
            [("crime", date(2000, 1, 1), 12, {}), ("crime", date(2010, 1, 1), 144, {"offence": "3.3"})],
            ["2040", "2090"],
        ),
    ],
)
def test_the_terms_are_those_of_articles_4_and_6(records, ends):
    assert lapses(*records) == ends


def test_only_a_judgment_on_the_merits_prolongs():
    said = _on_the_merits()
    assert all(f"'{code}'" in said for code in ("SCH_S", "SCH_Z", "VRIJ", "OVAR_Z", "ONB"))
    assert not any(f"'{code}'" in said for code in ("NIET", "NO_OM", "SCHORS"))


def test_a_case_before_the_cantonal_judge_is_a_minor_offence_and_a_formal_end_is_no_judgment(tmp_path):
    made = {
        "case": """SELECT unnest(['c1', 'c2', 'c3', 'c4', 'c5']) AS case_key,
            DATE '2020-01-01' AS registered_on, 'om' AS supplier""",
        "court_case": """FROM (VALUES
            ('t1', 'c1', 'KTR', DATE '2021-01-01'),
            ('t2', 'c2', 'MK', DATE '2021-01-01'),
            ('t5', 'c5', 'MK', DATE '2022-01-01')
            ) AS c(court_case_key, case_key, chamber_code, verdict_on)""",
        "verdict": """FROM (VALUES ('t1', 'SCH_S'), ('t2', 'NO_OM'), ('t5', 'VRIJ'))
            AS v(court_case_key, outcome_code)""",
        "prosecution_decision": """FROM (VALUES
            ('c3', 'SB', DATE '2020-03-01'),
            ('c4', 'SEP_T', DATE '2020-04-01')
            ) AS d(case_key, decision_code, decided_on)""",
    }
    with duckdb.connect() as con:
        for name, query in made.items():
            con.execute(f"COPY ({query}) TO '{tmp_path}/{name}.parquet' (FORMAT parquet)")
        _gather(con, {name: [tmp_path / f"{name}.parquet"] for name in made})
        found = con.execute(
            "SELECT record, kind, is_judged, year(starts_on) FROM record ORDER BY 1"
        ).fetchall()
    assert found == [
        ("c1", "minor", True, 2021),
        ("c2", "crime", False, 2021),
        ("c3", "crime", True, 2020),
        ("c4", "crime", False, 2020),
        ("c5", "crime", True, 2022),
    ]
