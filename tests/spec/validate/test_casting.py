"""Text becomes a typed value only when it is written as the model and the card say; the rest is a finding."""

from datetime import date
from decimal import Decimal
from string import ascii_lowercase

import pytest


@pytest.fixture
def cast(bench, case):
    """Gives what each text of a column of `cases` becomes: its value, or the rules that it breaks."""

    def try_texts(column, slot, texts):
        rows = [case(letter, **{column: text}) for letter, text in zip(ascii_lowercase, texts, strict=False)]
        bench.validate(bench.put("court", cases=rows))
        values = {row["row"]: row[slot] for row in bench.read("validated", "case")}
        faults = {row: rule for _, row, rule in bench.faults()}
        return [values.get(i, faults.get(i)) for i in range(1, len(texts) + 1)]

    return try_texts


def test_an_integer_is_digits_only(cast):
    wrong = ["1.7", " 2", "2 ", "1e3", "007", "+1", "1,0", "1_0", "٣", "1234567890", "0x1", "--1", "1\n"]
    assert cast("WEIGHT", "weight", ["0", "12", "100"]) == [0, 12, 100]
    assert cast("WEIGHT", "weight", wrong) == ["!case.weight.type"] * len(wrong)


def test_a_decimal_has_a_comma_where_the_card_says_so(cast):
    assert cast("AMOUNT", "amount", ["1,50", "0", "12,5"]) == [Decimal("1.50"), Decimal(0), Decimal("12.50")]
    wrong = ["1.50", "1.000,50", "1,505", ",5", "1,", "1,5,0", "1 000", "NaN", "1e3", "€ 5"]
    assert cast("AMOUNT", "amount", wrong) == ["!case.amount.type"] * len(wrong)


def test_a_date_is_a_day_that_exists_in_the_cards_format(cast):
    right = ["28-02-2025", "29-02-2024", "01-01-1900"]
    assert cast("CLOSED", "closed_on", ["05-02-2025"]) == [date(2025, 2, 5)]
    assert cast("REGISTERED", "registered_on", right) == [
        date(2025, 2, 28),
        date(2024, 2, 29),
        date(1900, 1, 1),
    ]
    wrong = ["31-02-2025", "29-02-2025", "02/02-2025", "2025-02-01", "1-2-2025", "01-02-25", "01-13-2025"]
    wrong += ["01-02-2025 00:00:00", " 01-02-2025", "00-01-2025", "01-02-20255"]
    assert cast("REGISTERED", "registered_on", wrong) == ["!case.registered_on.type"] * len(wrong)


def test_a_card_can_know_several_formats(bench, case, charge):
    texts = ["20250131", "1/2/2025", "01/02/2025", "2025-01-31", "2025131", "31/1/25"]
    rows = [
        charge(letter, SEQ=str(i), COMMITTED=text)
        for i, (letter, text) in enumerate(zip("abcdef", texts, strict=True))
    ]
    bench.validate(bench.put("court", cases=[case()], charges=rows))
    values = [row["committed_on"] for row in bench.read("validated", "charge")]
    assert values == [date(2025, 1, 31), date(2025, 2, 1), date(2025, 2, 1)]
    assert bench.faults() == [("charges", row, "!charge.committed_on.type") for row in (4, 5, 6)]


def test_a_moment_can_hold_a_date(bench, stay):
    rows = [stay(IN_1="2025-02-01 23:59:59"), stay("c", "d", "q", IN_1="2025-02-01T23:59:59")]
    bench.validate(bench.put("jail", period="2025-02-01", stays=rows))
    assert [row["started_on"] for row in bench.read("validated", "stay")] == [date(2025, 2, 1)]
    assert bench.faults("jail") == [("stays", 2, "!stay.started_on.type")]


def test_texts_are_mapped_and_an_unknown_one_is_a_fault(cast):
    texts = ["J", "N", "?", None, "", "j", "true", "Ja", "!unknown"]
    fault = "!case.is_urgent.type"
    assert cast("URGENT", "is_urgent", texts) == [True, False, None, None, None, fault, fault, fault, fault]


def test_a_prefix_is_put_before_a_text_and_never_before_nothing(cast):
    assert cast("TOWN", "town_code", ["0363", "", None]) == ["GM0363", None, None]
    assert cast("TOWN", "town_code", ["363", "GM0363"]) == ["!case.town_code.type"] * 2


def test_free_text_has_no_control_characters(cast):
    right = ["O'Brien; DROP TABLE", '=1+1 "quoted"', "two\nlines\tand a tab", "é – 👍", "'", "%s {x}"]
    assert cast("NOTE", "note_text", right) == right
    wrong = ["a\x00b", "a\x1bb", "\x07"]
    assert cast("NOTE", "note_text", wrong) == ["!case.note_text.type"] * 3


def test_only_the_cards_tokens_are_blank(cast):
    assert cast("WEIGHT", "weight", [None, "", "NULL", "-", " "]) == [None, None] + ["!case.weight.type"] * 3


def test_trimming_and_tokens_for_blank_are_the_cards_choice(bench, stay, sealed):
    ages = [" 41 ", "41.0", "41.00", "NULL", " - ", "", None, "41.5", "NULLS", "4 1", "41."]
    rows = [
        {"RegisterNumber:PERSON": sealed(letter), "AGE": age}
        for letter, age in zip("abcdefghijk", ages, strict=True)
    ]
    bench.validate(bench.put("jail", period="2025-02-01", days=rows))
    found = {row["row"]: row["age_years"] for row in bench.read("validated", "present")}
    assert found == {1: 41, 2: 41, 3: 41, 4: None, 5: None, 6: None, 7: None}
    assert bench.faults("jail") == [("days", row, "!present.age_years.type") for row in (8, 9, 10, 11)]


@pytest.mark.parametrize(
    ("period", "start"),
    [
        ("2025-02-07", date(2025, 2, 7)),
        ("2025-02", date(2025, 2, 1)),
        ("2025-Q3", date(2025, 7, 1)),
        ("2025", date(2025, 1, 1)),
    ],
)
def test_constants_and_the_start_of_the_period_need_no_column(bench, sealed, period, start):
    bench.validate(bench.put("jail", period=period, days=[{"RegisterNumber:PERSON": sealed("a")}]))
    (row,) = bench.read("validated", "present")
    assert (row["present_on"], row["sort_code"]) == (start, "A")


def test_columns_named_as_our_own_are_kept_apart(bench, stay, sealed):
    bench.validate(bench.put("jail", period="2025-02-01", stays=[stay(IN_1="2025-02-01 00:00:00")]))
    (row,) = bench.read("validated", "stay")
    assert (row["stay_key"], row["supplier"], row["row"]) == (sealed("a"), "jail", 1)


def test_every_column_has_the_models_type(bench, case, charge):
    row = case(CLOSED="04-02-2025", OFFICE="A", WEIGHT="1", AMOUNT="1,5", URGENT="J", NOTE="x", TOWN="0363")
    bench.validate(bench.put("court", cases=[row], charges=[charge()]))
    (found,) = bench.read("validated", "case")
    own = {
        k: type(v) for k, v in found.items() if k not in {"delivery_id", "supplier", "period", "source_table"}
    }
    kinds = {
        str: "case_key office_code note_text town_code",
        date: "registered_on closed_on",
        int: "weight row sequence",
    }
    wanted = {name: kind for kind, names in kinds.items() for name in names.split()}
    assert own == {**wanted, "amount": Decimal, "is_urgent": bool, "person_key": type(None)}
