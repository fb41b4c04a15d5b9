"""Which rows count: the newest delivery of a period, the newest period of a record."""


def case(number, **columns):
    return {"case_key": number, "registered_on": "2025-03-01"} | columns


def test_of_a_period_only_the_highest_sequence_counts(given, key):
    given.delivery("om", "2025", 2, case=[case("z1", is_zsm=True)])
    given.delivery("om", "2025", 1, case=[case("z1", is_zsm=False), case("z2")])
    found = given.link()
    assert {row["case_key"]: row["is_zsm"] for row in found.rows("case")} == {key("z1"): True}


def test_a_later_period_replaces_a_case_and_all_its_charges(given, key):
    def charge(number, of):
        return {"charge_key": f"{of}/{number}", "case_key": of, "charge_number": number}

    given.delivery(
        "om",
        "2024",
        case=[case("z1"), case("z2")],
        charge=[charge(1, "z1"), charge(2, "z1"), charge(1, "z2")],
    )
    given.delivery("om", "2025", case=[case("z1")], charge=[charge(1, "z1")])
    found = given.link()
    assert sorted(row["period"] for row in found.rows("case")) == ["2024", "2025"]
    assert {row["charge_key"] for row in found.rows("charge")} == {key("z1/1"), key("z2/1")}


def test_a_day_is_never_replaced_by_a_later_day(given):
    def day(on):
        return {"register_key": "r1", "present_on": on, "admitted_on": "2025-01-01", "title_code": "VH"}

    given.delivery("rikers", "2025-01-01", detention_day=[day("2025-01-01")])
    given.delivery("rikers", "2025-01-02", detention_day=[day("2025-01-02")])
    assert len(given.link().rows("detention_day")) == 2


def test_a_corrected_day_replaces_that_day(given):
    def day(person):
        return {
            "register_key": person,
            "present_on": "2025-01-01",
            "admitted_on": "2025-01-01",
            "title_code": "VH",
        }

    given.delivery("rikers", "2025-01-01", 1, detention_day=[day("r1"), day("r2")])
    given.delivery("rikers", "2025-01-01", 2, detention_day=[day("r1")])
    assert len(given.link().rows("detention_day")) == 1


def test_suppliers_do_not_replace_each_other(given):
    given.delivery("om", "2025", case=[case("z1")]).delivery("broward", "2026", case=[case("z1")])
    assert len(given.link().rows("case")) == 2


def test_every_class_has_its_table_and_where_its_rows_come_from(given):
    found = given.delivery("om", case=[case("z1")]).link()
    (row,) = found.rows("case")
    assert {"delivery_id", "supplier", "period", "source_table", "row"} <= set(row)
    assert {"case", "charge", "court_case", "detention_spell", "person", "finding", "link_quality"} <= set(
        found.linked.tables
    )
    assert found.linked.tables["court_case"].rows == 0
