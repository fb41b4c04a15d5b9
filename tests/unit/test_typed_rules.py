"""Rows that are typed already are judged by the rules that judge deliveries."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from das_analysis.errors import Refused
from das_analysis.model import load_model
from das_analysis.rules import Finding, check_books, check_files, check_rows

MODEL = load_model()
A, B, C = (f"p1.{letter * 26}" for letter in "abc")
CASE = {"case_key": A, "registered_on": "2025-03-01"}
CHARGE = {"charge_key": B, "case_key": A, "charge_number": 1, "committed_from_on": "2025-02-01"}


def rules_of(**tables):
    return [f.rule for f in check_rows(tables, MODEL)]


def test_good_rows_have_no_findings():
    assert rules_of(cases=[CASE], charges=[CHARGE]) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"registered_on": None}, "case.registered_on.required"),
        ({"registered_on": "2025-02-31"}, "case.registered_on.type"),
        ({"case_key": "12"}, "case.case_key.identity"),
        ({"office_code": "?"}, "case.office_code.code"),
        ({"person_kind_code": "R", "birth_month": "1990-01"}, "legal_person_with_birth_month"),
    ],
)
def test_one_change_is_one_finding(change, rule):
    assert check_rows({"cases": [CASE | change]}, MODEL) == [Finding("case", 1, rule)]


def test_rows_of_two_tables_are_held_against_each_other():
    late = CHARGE | {"committed_from_on": "2025-03-02"}
    assert rules_of(cases=[CASE], charges=[late]) == ["charge_committed_after_case_registered"]
    assert rules_of(cases=[CASE], charges=[CHARGE, CHARGE]) == ["charge.unique"]
    found = rules_of(cases=[CASE], charges=[CHARGE | {"case_key": C}])
    assert found == ["case_without_charge", "charge.case_key.reference"]
    assert rules_of(charges=[CHARGE]) == [], "what is not given is not followed"


def test_a_cell_that_is_no_value_is_unknown_in_the_other_rules():
    wrong = CHARGE | {"committed_from_on": "2025-03-32"}
    assert rules_of(cases=[CASE], charges=[wrong]) == ["charge.committed_from_on.type"]
    twice = [CHARGE | {"charge_key": "x"}] * 2
    assert set(rules_of(cases=[CASE], charges=twice)) == {"charge.charge_key.identity"}


def test_many_books_are_judged_as_each_alone():
    books = [
        {"cases": [CASE], "charges": [CHARGE]},
        {"cases": [CASE]},
        {"charges": [CHARGE, CHARGE | {"case_key": C}]},
        {"cases": [CASE, CASE], "charges": [CHARGE | {"charge_number": 0}]},
    ]
    assert check_books(books, MODEL) == [check_rows(book, MODEL) for book in books]


def typed(**more):
    values = {"case_key": A, "registered_on": dt.date(2025, 3, 1), "is_zsm": True, "office_code": "10"}
    return pa.Table.from_pylist([values | more])


def test_typed_columns_need_no_text():
    assert rules_of(cases=typed()) == ["case.office_code.code"]
    assert rules_of(cases=typed(office_code=None, is_zsm=None)) == []
    assert rules_of(cases=typed(office_code=None, registered_on=dt.date(12, 3, 1))) == [
        "case.registered_on.type"
    ]


def test_files_are_numbered_through(tmp_path):
    rows = pa.concat_tables([typed(office_code=None, case_key=k) for k in (A, B)])
    for name in ("one", "two"):
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    found = check_files({"case": [tmp_path / "one.parquet", tmp_path / "two.parquet"]}, MODEL)
    assert found.to_pylist() == [{"table": "case", "row": row, "rule": "case.unique"} for row in (3, 4)]


def test_what_the_card_of_a_supplier_asks_is_asked_too():
    found = check_rows({"cases": [CASE]}, MODEL, supplier=MODEL.suppliers["om"])
    assert [f.rule for f in found] == ["case.offence_code.required", "case.office_code.required"]


def test_rows_of_linked_persons_are_not_asked_for_what_linked_them():
    spell = {"spell_key": A, "stay_key": B, "title_code": "VH", "started_on": "2025-01-01"}
    days = [
        {"present_on": "2025-01-01", "admitted_on": "2025-01-01", "title_code": "VH", "person_key": A}
    ] * 2
    assert rules_of(detention_spells=[spell]) == rules_of(detention_spells=[spell | {"person_key": C}])
    assert rules_of(detention_days=days) == []


@pytest.mark.parametrize(
    "tables",
    [
        {"kazen": []},
        {"cases": [{"colour": "red"}]},
        {"cases": pa.table({"registered_on": [20250301]})},
        {"charges": pa.table({"max_penalty_months": [1.5]})},
    ],
)
def test_what_the_model_does_not_know_is_refused(tables):
    with pytest.raises(Refused):
        check_rows(tables, MODEL)


def test_the_bounds_of_typed_values_are_those_of_the_patterns():
    import duckdb

    from das_analysis.model.build.classes import PLAIN
    from das_analysis.rules.source import WRITTEN

    columns = {
        c.type: c for t in MODEL.tables.values() for c in t.columns.values() if c.type in PLAIN.values()
    }
    outside = {"integer": ("-1000000000", "1000000000"), "decimal": ("-1000000000000", "1000000000000")}
    with duckdb.connect(":memory:") as con:
        for kind, values in outside.items():
            for text, inside in ((t, t in WRITTEN[kind]) for t in (*WRITTEN[kind], *values)):
                asked = con.execute("SELECT regexp_full_match($1, $2)", [text, columns[kind].pattern])
                assert asked.fetchall() == [(inside,)]


def test_files_with_dictionaries_are_judged_as_rows_are(tmp_path):
    """In a file a pattern judges each distinct value once; in memory it judges every row."""
    letters = str.maketrans("01", "ab")
    texts, degrees = ("theft", "a\x01b", None), ("F1", "f1", "(M2)", None)
    rows = [
        CHARGE
        | {"charge_key": "p1." + f"{i:026b}".translate(letters), "is_attempt": i % 2 == 0}
        | {"offence_text": texts[i % 3], "degree_code": degrees[i % 4], "max_penalty_months": i}
        for i in range(600)
    ]
    for row in rows:
        row["committed_from_on"] = dt.date(2025, 2, 1)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "charge.parquet", use_dictionary=True)
    found = check_files({"charges": [tmp_path / "charge.parquet"]}, MODEL).to_pylist()
    wanted = check_rows({"charges": rows}, MODEL)
    assert [(f["row"], f["rule"]) for f in found] == [(f.row, f.rule) for f in wanted]
    assert {f.rule for f in wanted} == {
        "charge.offence_text.type",
        "charge.degree_code.type",
        "charge.max_penalty_months.range",
    }


def test_many_keys_in_a_file_are_told_apart(tmp_path):
    """By bytes and by numbers, over more rows than a batch: ill, missing, double and dangling keys."""
    letters = str.maketrans("0123456789", "abcdefghij")
    keys = ["p1." + f"{i:026}".translate(letters) for i in range(40_000)]
    cases = [CASE | {"registered_on": dt.date(2025, 3, 1), "case_key": key} for key in keys[:20_000]]
    charges = [
        CHARGE | {"charge_key": key, "case_key": keys[i // 2], "committed_from_on": dt.date(2025, 2, 1)}
        for i, key in enumerate(keys)
    ]
    charges[7]["charge_key"] = "p1." + "1" * 26
    charges[8]["charge_key"] = charges[9]["case_key"] = "p2"
    charges[20_000]["charge_key"] = charges[30_000]["charge_key"] = keys[3]
    charges[20_001]["charge_key"] = charges[30_001]["charge_key"] = None
    charges[35_000]["case_key"] = keys[35_000]
    for name, rows in (("case", cases), ("charge", charges)):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / f"{name}.parquet", use_dictionary=False)
    files = {name: [tmp_path / f"{name}.parquet"] for name in ("case", "charge")}
    found = check_files(files, MODEL).to_pylist()
    assert [(f["row"], f["rule"].removeprefix("charge.")) for f in found if f["table"] == "charge"] == [
        (8, "charge_key.identity"),
        (9, "charge_key.identity"),
        (10, "case_key.identity"),
        (20_001, "unique"),
        (20_002, "charge_key.required"),
        (30_001, "unique"),
        (30_002, "charge_key.required"),
        (35_001, "case_key.reference"),
    ]


def test_an_ill_cell_of_a_parent_is_unknown_in_the_rules_of_its_children():
    young = {"birth_month": "2020-05"}
    assert rules_of(cases=[CASE | young], charges=[CHARGE]) == ["accused_under_twelve_at_offence"]
    ill = {"birth_month": "2020-13"}
    assert rules_of(cases=[CASE | ill], charges=[CHARGE]) == ["case.birth_month.type"]
