"""Who is who."""


def case(number, **columns):
    return {"case_key": number, "registered_on": "2025-03-01"} | columns


def spell(number, **columns):
    return {"spell_key": number, "stay_key": number, "title_code": "VH", "started_on": "2025-03-01"} | columns


def persons(found, table="case", column="case_key"):
    return {row[column]: row["person_key"] for row in found.rows(table)}


def test_the_same_skn_at_two_suppliers_is_one_person(given, key):
    found = (
        given.delivery("om", case=[case("z1", skn_key="s1")])
        .delivery("dji", detention_spell=[spell("v1", skn_key="s1", register_key="r1")])
        .link()
    )
    assert len(found.rows("person")) == 1
    assert found.rows("person")[0]["suppliers"] == 2
    assert persons(found)[key("z1")] == found.rows("detention_spell")[0]["person_key"]


def test_two_skns_with_one_bsn_are_an_alias_and_one_person(given, key):
    who = {"bsn_key": "b1", "birth_month": "1990-04", "sex_code": "M"}
    found = given.delivery(
        "om", case=[case("z1", skn_key="s1", **who), case("z2", skn_key="s2", **who)]
    ).link()
    assert len(set(persons(found).values())) == 1


def test_a_bsn_that_belongs_to_another_birth_month_links_nobody(given, key):
    mine = {"skn_key": "s1", "birth_month": "1990-04", "sex_code": "M"}
    other = {"skn_key": "s2", "bsn_key": "b2", "birth_month": "1971-11", "sex_code": "V"}
    rows = [
        case("z1", **mine, bsn_key="b1"),
        case("z2", **mine, bsn_key="b2"),
        case("z3", **other),
        case("z4", **other),
    ]
    found = persons(given.delivery("om", case=rows).link())
    assert found[key("z1")] == found[key("z2")]
    assert found[key("z3")] == found[key("z4")]
    assert found[key("z1")] != found[key("z3")]


def test_a_register_number_means_nothing_at_another_supplier(given, key):
    found = (
        given.delivery(
            "dji", detention_spell=[spell("v1", register_key="r1"), spell("v2", register_key="r1")]
        )
        .delivery("broward", detention_spell=[spell("v3", register_key="r1")])
        .link()
    )
    who = persons(found, "detention_spell", "spell_key")
    assert who[key("v1")] == who[key("v2")] != who[key("v3")]


def test_birth_date_sex_and_name_lead_a_row_without_numbers_to_the_one_person_who_has_them(given, key):
    rows = [case("z1", skn_key="s1", name_key="n1"), case("z2", name_key="n1")]
    assert len(set(persons(given.delivery("om", case=rows).link()).values())) == 1


def test_birth_date_sex_and_name_of_two_persons_lead_nowhere(given, key):
    rows = [
        case("z1", skn_key="s1", name_key="n1"),
        case("z2", skn_key="s2", name_key="n1"),
        case("z3", name_key="n1"),
        case("z4", name_key="n1"),
    ]
    assert len(set(persons(given.delivery("om", case=rows).link()).values())) == 4


def test_the_sure_combination_never_joins_two_numbered_persons(given):
    rows = [case("z1", skn_key="s1", name_key="n1"), case("z2", skn_key="s2", name_key="n1")]
    assert len(given.delivery("om", case=rows).link().rows("person")) == 2


def test_rows_with_nothing_but_a_name_nobody_else_has_are_one_person(given):
    rows = [case("z1", name_key="n1"), case("z2", name_key="n1"), case("z3", name_key="n2")]
    assert len(given.delivery("om", case=rows).link().rows("person")) == 2


def test_rows_with_nothing_at_all_stay_and_are_persons_of_their_own(given):
    found = given.delivery("om", case=[case("z1"), case("z2")]).link()
    assert len(found.rows("person")) == 2
    assert found.by("link_quality", "seam")["case.person_key"]["cut"] == 2


def test_a_person_has_the_attributes_that_most_rows_give(given):
    rows = [
        case(
            "z1",
            skn_key="s1",
            birth_month="1990-04",
            sex_code="M",
            person_kind_code="N",
            is_in_population_register=True,
        ),
        case(
            "z2",
            skn_key="s1",
            birth_month="1990-04",
            sex_code="O",
            person_kind_code="N",
            is_in_population_register=True,
        ),
        case(
            "z3",
            skn_key="s1",
            birth_month="1990-05",
            sex_code="O",
            person_kind_code="N",
            is_in_population_register=False,
        ),
    ]
    (person,) = given.delivery("om", case=rows).link().rows("person")
    person.pop("person_key")
    assert person == {
        "birth_month": "1990-04",
        "sex_code": "M",
        "kind_code": "N",
        "is_in_population_register": True,
        "suppliers": 1,
    }


def test_the_sealed_numbers_end_where_linkage_ends(given):
    found = given.delivery("om", case=[case("z1", skn_key="s1", bsn_key="b1", name_key="n1")]).link()
    for table in found.linked.tables:
        for row in found.rows(table):
            assert not {"skn_key", "bsn_key", "name_key", "register_key"} & set(row)
