"""What one row decides: required, code, dated code, range, identity, a predicate, a dated rule."""

UNUSABLE = ("!format", "!check", "p1.TOOSHORT", "123456789")


def test_a_required_value_that_is_missing_or_blank_holds_the_row_back(bench, case):
    rows = [case(), case("b", REGISTERED=None), case("c", REGISTERED=""), case(NR=None)]
    bench.validate(bench.put("court", cases=rows))
    date, key = "!case.registered_on.required", "!case.case_key.required"
    assert bench.faults() == [("cases", 2, date), ("cases", 3, date), ("cases", 4, key)]
    assert [row["row"] for row in bench.read("validated", "case")] == [1]


def test_a_code_is_of_its_list_letter_by_letter(bench, case):
    texts = ["A", "", "a", "D", "A ", "AB"]
    rows = [case(letter, OFFICE=text) for letter, text in zip("abcdef", texts, strict=True)]
    bench.validate(bench.put("court", cases=rows))
    assert bench.faults() == [("cases", row, "!case.office_code.code") for row in (3, 4, 5, 6)]
    assert [row["office_code"] for row in bench.read("validated", "case")] == ["A", None]


def test_a_code_outside_its_days_is_a_soft_finding(bench, case):
    given = [
        ("B", "31-12-2024"),
        ("B", "01-01-2025"),
        ("C", "31-12-2024"),
        ("C", "01-01-2025"),
        ("A", "01-01-1950"),
    ]
    rows = [
        case(letter, OFFICE=code, REGISTERED=day) for letter, (code, day) in zip("abcde", given, strict=True)
    ]
    bench.validate(bench.put("court", cases=rows))
    assert bench.faults() == [("cases", row, "case.office_code.dated") for row in (2, 3)]
    assert len(bench.read("validated", "case")) == 5


def test_a_number_lies_within_its_bounds_both_included(bench, case):
    rows = [case(letter, WEIGHT=text) for letter, text in zip("abcd", ["0", "100", "-1", "101"], strict=True)]
    bench.validate(bench.put("court", cases=[*rows, case("e", AMOUNT="-0,01"), case("f", AMOUNT="0,00")]))
    weight, amount = "!case.weight.range", "!case.amount.range"
    assert bench.faults() == [("cases", 3, weight), ("cases", 4, weight), ("cases", 5, amount)]


def test_an_unusable_number_is_soft_where_the_row_can_do_without(bench, case):
    rows = [case(x, PERSON=mark) for x, mark in zip("abcd", UNUSABLE, strict=True)]
    bench.validate(bench.put("court", cases=rows))
    assert bench.faults() == [("cases", row, "case.person_key.identity") for row in (1, 2, 3, 4)]
    assert [row["person_key"] for row in bench.read("validated", "case")] == [None] * 4


def test_an_unusable_number_is_hard_where_the_model_requires_it(bench, case):
    bench.validate(bench.put("court", cases=[case(NR=mark) for mark in UNUSABLE]))
    assert bench.faults() == [("cases", row, "!case.case_key.identity") for row in (1, 2, 3, 4)]
    assert bench.read("validated", "case") == []


def test_an_unusable_number_is_missing_where_a_card_requires_it(bench, stay):
    numbers = ["!format", "!check", None, ""]
    rows = [
        {**stay(x, x, IN_1="2025-02-01 00:00:00"), "RegisterNumber:PERSON": n}
        for x, n in zip("abcd", numbers, strict=True)
    ]
    bench.validate(bench.put("jail", period="2025-02-01", stays=rows))
    identity, required = "stay.person_key.identity", "!stay.person_key.required"
    assert bench.faults("jail") == [
        *(("stays", row, rule) for row in (1, 2) for rule in (identity, required)),
        *(("stays", row, required) for row in (3, 4)),
    ]
    assert bench.read("validated", "stay") == []


def test_a_predicate_that_is_false_is_broken_and_one_that_is_unknown_is_not(bench, case):
    days = ["04-02-2025", "03-02-2025", None, "02-02-2025"]
    bench.validate(
        bench.put("court", cases=[case(x, CLOSED=day) for x, day in zip("abcd", days, strict=True)])
    )
    assert bench.faults() == [("cases", 4, "!closed_early")]


def test_a_dated_rule_holds_on_its_first_and_last_day_only(bench, case):
    days = ["31-01-2025", "01-02-2025", "28-02-2025", "01-03-2025"]
    bench.validate(
        bench.put(
            "court", cases=[case(x, REGISTERED=day, URGENT="J") for x, day in zip("abcd", days, strict=True)]
        )
    )
    assert bench.faults() == [("cases", row, "urgent_without_note") for row in (2, 3)]
    assert len(bench.read("validated", "case")) == 4


def test_a_row_has_all_its_findings_at_once(bench, case):
    row = case(WEIGHT="x", OFFICE="x", PERSON="!check", CLOSED="01-01-2025")
    bench.validate(bench.put("court", cases=[row]))
    rules = {"!case.weight.type", "!case.office_code.code", "case.person_key.identity", "!closed_early"}
    assert {rule for _, _, rule in bench.faults()} == rules


def test_a_value_at_fault_breaks_no_second_rule(bench, case):
    bench.validate(bench.put("court", cases=[case(CLOSED="31-02-2025"), case("b", WEIGHT="1000000000")]))
    assert bench.faults() == [("cases", 1, "!case.closed_on.type"), ("cases", 2, "!case.weight.type")]
