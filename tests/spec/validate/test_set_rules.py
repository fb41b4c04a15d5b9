"""What takes more than one row: unique, reference, parents, cascade, some, no overlap."""

from string import ascii_lowercase

import pytest

UNKNOWN_CASE, UNKNOWN_CHARGE = "!charge.case_key.reference", "!event.charge_key.reference"


def test_the_first_row_of_a_key_stays(bench, case):
    rows = [case(), case("b"), case(), case()]
    bench.validate(bench.put("court", cases=rows))
    assert bench.faults() == [("cases", row, "!case.unique") for row in (3, 4)]
    assert [row["row"] for row in bench.read("validated", "case")] == [1, 2]


def test_a_key_of_two_columns_counts_only_when_both_are_there(bench, case, charge):
    rows = [charge(x, SEQ=seq) for x, seq in zip("abcde", ["1", "2", "1", None, None], strict=True)]
    bench.validate(bench.put("court", cases=[case()], charges=rows))
    assert bench.faults() == [
        ("charges", 3, "!charge.unique"),
        *(("charges", row, "!charge.number.required") for row in (4, 5)),
    ]


def test_deliveries_do_not_share_keys(bench, case, charge):
    first = bench.put("court", cases=[case()], charges=[charge()])
    second = bench.put("court", period="2025-03", cases=[case()], charges=[charge("b", "z"), charge("c")])
    bench.validate(first, second)
    assert bench.faults() == [("charges", 1, UNKNOWN_CASE)]


def test_a_reference_is_found_in_the_delivery_or_held_back(bench, case, charge, event):
    events = [event(), event("b", "z"), event("c", **{"CaseNumber:OTHER": "p1." + "z" * 26})]
    bench.validate(bench.put("court", cases=[case()], charges=[charge(), charge("b", "z")], events=events))
    assert bench.faults() == [("charges", 2, UNKNOWN_CASE), ("events", 2, UNKNOWN_CHARGE)]
    assert len(bench.read("validated", "event")) == 2, "an open reference may point outside the delivery"


def test_what_hangs_under_a_held_back_row_is_held_back_too(bench, case, charge, event):
    cases = [case(WEIGHT="x"), case("b")]
    charges = [charge(), charge("b", "b")]
    events = [
        event(),
        event("b", "b"),
        event("c", "a"),
        event("d", "b", **{"CaseNumber:OTHER": "p1." + "a" * 26}),
    ]
    done = bench.validate(bench.put("court", cases=cases, charges=charges, events=events))
    assert bench.faults() == [
        ("cases", 1, "!case.weight.type"),
        ("charges", 1, UNKNOWN_CASE),
        ("events", 1, UNKNOWN_CHARGE),
        ("events", 3, UNKNOWN_CHARGE),
    ]
    assert (done.rows_in, done.rows_validated, done.rows_held) == (8, 4, 4)


def test_a_parent_delivered_twice_still_carries_its_children(bench, case, charge):
    bench.validate(bench.put("court", cases=[case(), case()], charges=[charge()]))
    assert bench.faults() == [("cases", 2, "!case.unique")]
    assert len(bench.read("validated", "charge")) == 1


def test_a_soft_finding_holds_no_children_back(bench, case, charge):
    bench.validate(bench.put("court", cases=[case(PERSON="!check")], charges=[charge()]))
    assert bench.faults() == [("cases", 1, "case.person_key.identity")]
    assert len(bench.read("validated", "charge")) == 1


def test_a_row_held_back_for_itself_gets_no_second_reason_from_its_parent(bench, case, charge):
    bench.validate(bench.put("court", cases=[case(WEIGHT="x")], charges=[charge(SEQ="x")]))
    assert bench.faults() == [("cases", 1, "!case.weight.type"), ("charges", 1, "!charge.number.type")]


def test_a_rule_can_look_at_the_parent(bench, case, charge):
    days = ["20250203", "20250204", None]
    rows = [charge(x, SEQ=str(i), COMMITTED=day) for i, (x, day) in enumerate(zip("abc", days, strict=True))]
    bench.validate(bench.put("court", cases=[case()], charges=rows))
    assert bench.faults() == [("charges", 2, "!charge_after_case")]


def test_a_case_without_a_charge_is_named(bench, case, charge):
    bench.validate(bench.put("court", cases=[case(), case("b"), case("c")], charges=[charge(case="b")]))
    found = [(r["row"], r["rule_id"]) for r in bench.read("quarantine", "finding")]
    assert found == [(1, "case_without_charge"), (3, "case_without_charge")]


def spell(start, end):
    return {"IN_1": f"2025-02-{start} 00:00:00", "OUT_1": end and f"2025-02-{end} 00:00:00"}


SPELLS = [
    ("p", ("01", "05"), "may begin on the day the last one ended"),
    ("p", ("05", "09"), ""),
    ("q", ("01", "05"), ""),
    ("q", ("04", "09"), "overlaps"),
    ("r", ("04", "09"), "overlaps: it is the later one, though the first in the file"),
    ("r", ("01", "05"), ""),
    ("s", ("01", None), ""),
    ("s", ("09", "10"), "overlaps what has not ended"),
    ("t", ("01", "09"), ""),
    ("t", ("02", "03"), "overlaps"),
    ("t", ("08", "10"), "overlaps the first, not the second"),
    ("u", ("01", "05"), ""),
    ("u", ("06", None), ""),
    ("v", ("01", "02"), ""),
    ("v", ("01", "02"), "overlaps: it is the same one"),
]
OVERLAPPING = [i for i, (_, _, why) in enumerate(SPELLS, start=1) if why.startswith("overlaps")]


@pytest.mark.parametrize(("supplier", "mark"), [("jail", "!"), ("annex", "")])
def test_stays_of_one_person_do_not_overlap_and_a_card_can_be_exempt(bench, stay, supplier, mark):
    rows = [
        stay(x, x, person, **spell(*days))
        for x, (person, days, _) in zip(ascii_lowercase, SPELLS, strict=False)
    ]
    done = bench.validate(bench.put(supplier, period="2025-02-28", stays=rows))
    assert bench.faults(supplier) == [("stays", row, f"{mark}stays_overlap") for row in OVERLAPPING]
    assert done.rows_held == (len(OVERLAPPING) if mark else 0)


def test_stays_of_different_or_unknown_persons_may_overlap(bench, stay):
    rows = [stay(x, x, person, **spell("01", "09")) for x, person in zip("abc", "pqr", strict=True)]
    unknown = [{**row, "RegisterNumber:PERSON": "!format"} for row in rows[1:]]
    bench.validate(bench.put("jail", period="2025-02-28", stays=[rows[0], *unknown]))
    assert "!stays_overlap" not in {rule for _, _, rule in bench.faults("jail")}
