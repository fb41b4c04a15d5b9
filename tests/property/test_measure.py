"""Measuring against a slow and obvious count in plain Python, on random small chains."""

import datetime as dt
import statistics

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import das_analysis as das
from das_analysis.flow import Provenance, Snapshot
from das_analysis.lake import Lake
from das_analysis.model import load_model
from das_analysis.query import measure

TYPES = {
    "integer": pa.int32(),
    "decimal": pa.decimal128(18, 2),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
NOBODY = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0")
OUTSIDE = {"JJI", "FPC", "FPK", "PP", "ED", "DC"}
OVER = das.quarters("2024-Q1", "2025-Q4")
few = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# few days, on and around the ends of quarters: that is where counting goes wrong
NEAR = ["2023-12-31", "2024-01-01", "2024-03-30", "2024-03-31", "2024-04-01", "2024-05-07", "2025-09-30"]
days = st.sampled_from([dt.date.fromisoformat(d) for d in (*NEAR, "2025-10-01", "2025-12-31", "2026-01-01")])
maybe = st.none() | days


def keys(prefix, size=6):
    return st.sampled_from([f"{prefix}{i}" for i in range(size)])


def rows_of(key, **columns):
    """Rows with a number each; every other column from its strategy."""
    return st.lists(st.fixed_dictionaries(columns), max_size=14).map(
        lambda found: [{key: f"{key}{i}"} | row for i, row in enumerate(found)]
    )


cases = st.lists(
    st.fixed_dictionaries(
        {
            "registered_on": days,
            "person_key": st.none() | keys("p"),
            "is_reinflow": st.sampled_from([None, True, False]),
            "age_at_offence_years": st.none() | st.integers(10, 99),
        }
    ),
    max_size=6,
).map(lambda found: [{"case_key": f"z{i}"} | row for i, row in enumerate(found)])
persons = st.lists(st.sampled_from(["M", "V", None]), min_size=0, max_size=6).map(
    lambda sexes: [{"person_key": f"p{i}", "sex_code": sex} for i, sex in enumerate(sexes)]
)
decisions = rows_of(
    "decision_key",
    case_key=keys("z"),
    decision_number=st.integers(1, 4),
    decided_on=days,
    decision_code=st.sampled_from(["DAG", "OPV", "SB", "SEP_X", "SEP_T"]),
)
court_cases = rows_of(
    "court_case_key",
    case_key=st.none() | keys("z"),
    instance_code=st.sampled_from(["EA", "HB"]),
    verdict_on=maybe,
    chamber_code=st.sampled_from([None, "PR", "KTR"]),
)
spells = rows_of(
    "spell_key",
    stay_key=keys("s", 3),
    person_key=keys("p"),
    title_code=st.sampled_from(["VH", "GS", "VB"]),
    facility_type_code=st.sampled_from([None, "HVB", "JJI"]),
    admitted_on=maybe,
    started_on=days,
    ended_on=days | days | st.none(),
)


@pytest.fixture(scope="module")
def open_chain():
    """Rows by table -> a lake in memory: the tables are replaced, the engine stays."""
    import ibis

    backend, model, filled = ibis.duckdb.connect(), load_model(), set(load_model().tables)
    snapshot = Snapshot(lake=".", number=1, name="t", digest="d", tables={}, provenance=NOBODY)

    def make(**tables):
        for name in filled | set(tables):
            table = model.tables[name]
            columns = [(c.name, TYPES.get(c.type, pa.string())) for c in table.at("linked")]
            backend.con.register(table.plural, pa.Table.from_pylist(tables.get(name, []), pa.schema(columns)))
        filled.clear()
        filled.update(tables)
        return Lake(
            snapshot, "statistiek", {t.plural: backend.table(t.plural) for t in model.tables.values()}
        )

    return make


def label(day):
    return f"{day.year}-Q{(day.month + 2) // 3}"


def tally(pairs):
    """Count pairs of (period, code) that lie in the periods asked for."""
    found = {}
    for period, code in pairs:
        if period in OVER.labels:
            found[period, code] = found.get((period, code), 0) + 1
    return found


def measured(indicator, lake, by, statistic=""):
    frame = measure(indicator, lake, by=[by], over=OVER).frame
    rows = frame[(frame["statistic"] == statistic) & ~(frame["value"].isna() | (frame["value"] == 0))]
    return dict(zip(zip(rows["period"], rows[by], strict=True), rows["value"], strict=True))


def sex_of(person_key, held):
    return next((p["sex_code"] for p in held if p["person_key"] == person_key), None) or "O"


@few
@given(cases, persons)
def test_inflow_by_sex(open_chain, cases, persons):
    lake = open_chain(case=cases, person=persons)
    counted = [c for c in cases if c["is_reinflow"] is not True]
    expected = tally((label(c["registered_on"]), sex_of(c["person_key"], persons)) for c in counted)
    assert measured("om_inflow", lake, "sex") == expected


@few
@given(cases)
def test_inflow_by_age(open_chain, cases):
    def group(age):
        if age is None:
            return "ONB"
        classes = [(18, "LT18"), (25, "18_24"), (45, "25_44"), (65, "45_64"), (999, "GE65")]
        return next(name for top, name in classes if age < top)

    expected = tally((label(c["registered_on"]), group(c["age_at_offence_years"])) for c in cases)
    assert measured("om_inflow_with_reinflow", open_chain(case=cases), "age_group") == expected


def last_decisions(cases, decisions):
    barred = {c["case_key"] for c in cases if c["is_reinflow"]}
    last = {}
    for d in sorted(decisions, key=lambda d: (d["decided_on"], d["decision_number"], d["decision_key"])):
        if d["decision_code"] != "SEP_X" and d["case_key"] not in barred:
            last[d["case_key"], label(d["decided_on"])] = d
    return [d for (_, period), d in last.items() if period in OVER.labels]


@few
@given(cases, decisions)
def test_the_last_decision_of_each_quarter(open_chain, cases, decisions):
    expected = tally((label(d["decided_on"]), d["decision_code"]) for d in last_decisions(cases, decisions))
    lake = open_chain(case=cases, prosecution_decision=decisions)
    assert measured("om_decisions", lake, "decision_kind") == expected


@few
@given(cases, decisions)
def test_lead_time_of_decisions(open_chain, cases, decisions):
    start = {c["case_key"]: c["registered_on"] for c in cases}
    found = {}
    for d in last_decisions(cases, decisions):
        if d["case_key"] in start:
            key = label(d["decided_on"]), d["decision_code"]
            found.setdefault(key, []).append((d["decided_on"] - start[d["case_key"]]).days)
    lake = open_chain(case=cases, prosecution_decision=decisions)
    counts = measured("om_lead_time", lake, "decision_kind", "count")
    assert counts == {key: len(values) for key, values in found.items()}
    medians = measured("om_lead_time", lake, "decision_kind", "median")
    assert medians == {k: m for k, v in found.items() if (m := statistics.median(v))}


@few
@given(cases, decisions)
def test_stock_of_the_prosecution_service(open_chain, cases, decisions):
    expected = {}
    for case in cases:
        own = [d["decided_on"] for d in decisions if d["case_key"] == case["case_key"]]
        for period in OVER.items:
            is_open = case["registered_on"] <= period.end < min([*own, dt.date.max])
            if is_open and case["is_reinflow"] is not True:
                expected[period.label, "O"] = expected.get((period.label, "O"), 0) + 1
    lake = open_chain(case=cases, prosecution_decision=decisions)
    assert measured("om_stock", lake, "sex") == expected


@few
@given(court_cases)
def test_one_verdict_a_case_and_quarter(open_chain, court_cases):
    counted = [
        r
        for r in court_cases
        if r["instance_code"] == "EA" and r["chamber_code"] != "KTR" and r["verdict_on"]
    ]
    seen = {(r["case_key"] or r["court_case_key"], label(r["verdict_on"])) for r in counted}
    expected = tally((period, "ONB") for _, period in seen)
    assert measured("court_verdicts", open_chain(court_case=court_cases), "outcome") == expected


def inside(spells):
    return [s for s in spells if s["facility_type_code"] not in OUTSIDE and s["title_code"] != "VB"]


@few
@given(spells)
def test_persons_in_prison(open_chain, spells):
    expected = {}
    for period in OVER.items:
        for title in ("VH", "GS"):
            held = {
                s["person_key"]
                for s in inside(spells)
                if s["title_code"] == title
                and s["started_on"] <= period.end
                and (s["ended_on"] is None or s["ended_on"] > period.end)
            }
            if held:
                expected[period.label, title] = len(held)
    assert measured("prison_stock", open_chain(detention_spell=spells), "detention_title") == expected


@few
@given(spells)
def test_stays_begun_and_ended(open_chain, spells):
    stays = {}
    for s in inside(spells):
        stays.setdefault(s["stay_key"], []).append(s)

    def first_day(s):
        return min(filter(None, (s["admitted_on"], s["started_on"])))

    def first(s):  # of spells with one first day, the one that started first, as the indicator orders them
        return first_day(s), s["started_on"], s["spell_key"]

    firsts = [min(held, key=first) for held in stays.values()]
    ended = [held for held in stays.values() if all(s["ended_on"] for s in held)]
    lasts = [max(held, key=lambda s: (s["ended_on"], s["spell_key"])) for held in ended]
    lake = open_chain(detention_spell=spells)
    begun = tally((label(first_day(s)), s["title_code"]) for s in firsts)
    assert measured("prison_inflow", lake, "detention_title") == begun
    gone = tally((label(s["ended_on"]), s["title_code"]) for s in lasts)
    assert measured("prison_outflow", lake, "detention_title") == gone
    days = {}
    for held, last in zip(ended, lasts, strict=True):
        key = label(last["ended_on"]), last["title_code"]
        days.setdefault(key, []).append((last["ended_on"] - min(map(first_day, held))).days)
    means = {
        k: pytest.approx(m) for k, v in days.items() if k[0] in OVER.labels and (m := statistics.mean(v))
    }
    assert measured("prison_length_of_stay", lake, "detention_title", "mean") == means


@few
@given(cases, persons)
def test_a_total_is_what_it_is_without_dividing(open_chain, cases, persons):
    lake = open_chain(case=cases, person=persons)
    divided = measure("om_inflow", lake, by=["sex"], over=OVER, with_total=True).frame
    total = divided[divided["sex"] == "TOTAL"].set_index("period")[["value", "n"]]
    whole = measure("om_inflow", lake, over=OVER).frame.set_index("period")[["value", "n"]]
    assert total.equals(whole)
