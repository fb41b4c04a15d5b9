"""Ages that need both ends of a link."""

import pytest


def case(number="z1", **columns):
    return {
        "case_key": number,
        "registered_on": "2025-03-01",
        "skn_key": "s1",
        "birth_month": "2000-06",
    } | columns


def charge(number, committed, of="z1"):
    return {
        "charge_key": f"f{number}",
        "case_key": of,
        "charge_number": number,
        "committed_from_on": committed,
    }


@pytest.mark.parametrize(
    ("committed", "age"), [("2018-05-31", 17), ("2018-06-01", 18), ("1999-01-01", None), (None, None)]
)
def test_the_age_at_the_offence_is_that_on_its_first_day(given, committed, age):
    found = given.delivery("om", case=[case()], charge=[charge(1, committed)]).link()
    assert found.rows("case")[0]["age_at_offence_years"] == age


def test_the_earliest_charge_of_a_case_decides(given):
    found = given.delivery(
        "om", case=[case()], charge=[charge(1, "2020-06-01"), charge(2, "2019-06-01")]
    ).link()
    assert found.rows("case")[0]["age_at_offence_years"] == 19


def test_without_a_birth_month_there_is_no_age(given):
    found = given.delivery("om", case=[case(birth_month=None)], charge=[charge(1, "2020-06-01")]).link()
    assert found.rows("case")[0]["age_at_offence_years"] is None


def test_the_age_at_the_start_of_a_spell_is_filled_where_the_supplier_gave_none(given, key):
    def spell(number, **columns):
        return {
            "spell_key": number,
            "stay_key": number,
            "title_code": "GS",
            "started_on": "2025-01-01",
            "skn_key": "s1",
            "birth_month": "2000-06",
        } | columns

    found = given.delivery("dji", detention_spell=[spell("v1"), spell("v2", age_at_start_years=77)]).link()
    rows = found.by("detention_spell", "spell_key")
    assert rows[key("v1")]["age_at_start_years"] == 24
    assert rows[key("v2")]["age_at_start_years"] == 77
