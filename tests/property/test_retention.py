"""When a record lapses: one columnar computation against a slow and obvious one, record by record."""

from datetime import date, timedelta

import duckdb
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from das_analysis.lake.orders import mark
from das_analysis.query.retention import RECORD, compute
from das_analysis.query.terms_of_law import in_force, load_terms

DAYS = st.integers(0, 25_000).map(lambda n: date(1950, 1, 1) + timedelta(n))
RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "person": st.sampled_from(["k1.a", "k1.b"]),
            "kind": st.sampled_from(["crime", "minor", "police"]),
            "starts_on": DAYS,
            "is_decided": st.booleans(),
            "max_penalty_months": st.sampled_from([None, 12, 95, 96, 360]),
            "custody_months": st.sampled_from([0.0, 36.0, 36.5, 120.0]),
            "is_sentenced": st.booleans(),
            "offence": st.sampled_from([None, "1.1", "3.3", "3.3.2", "3.30"]),
        }
    ),
    min_size=1,
    max_size=12,
)


def shifted(day, months):
    """A day some months later: the last day of the month where that month is shorter."""
    return (pd.Timestamp(day) + pd.DateOffset(months=months)).date()


def own_term(record, terms):
    """The longest of the rules that fit."""
    ends = []
    for term in terms:
        offence = record["offence"] or ""
        if term.kind != record["kind"] or (term.sentenced and not record["is_sentenced"]):
            continue
        if term.min_penalty_months > (record["max_penalty_months"] or 0):
            continue
        if term.offences and not any(offence == o or offence.startswith(o + ".") for o in term.offences):
            continue
        over, custody = term.adds_custody_over_months, record["custody_months"]
        more = -int(-custody // 1) if over is not None and custody > over else 0
        ends.append((shifted(shifted(record["starts_on"], 12 * term.years), more), term))
    return max(ends, key=lambda e: (e[0], [-ord(c) for c in e[1].id]))


def obvious(records, terms):
    """Each record by itself: it looks for a later decision for as long as it finds one."""
    own = [own_term(r, terms) for r in records]
    found = []
    for record, (first, term) in zip(records, own, strict=True):
        end, moved = first, term.prolonged
        while moved:
            moved = False
            for other, (other_end, _) in zip(records, own, strict=True):
                reached = record["starts_on"] <= other["starts_on"] < end
                if (
                    other["person"] == record["person"]
                    and other["is_decided"]
                    and reached
                    and other_end > end
                ):
                    end, moved = other_end, True
        found.append(end)
    return found


@settings(max_examples=60, deadline=None)
@given(RECORDS)
def test_a_chain_of_decisions_lapses_as_the_obvious_computation_says(records):
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
                            "is_decided",
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
