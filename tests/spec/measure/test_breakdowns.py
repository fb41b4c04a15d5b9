"""Ways to divide: classes of age, levels of a classification, groups, paths, and what is unknown."""

import pytest

import das_analysis as das
from das_analysis.model import load_model
from das_analysis.query import compile_indicator, domain, measure, person_path

YEAR = das.period("2025")


@pytest.mark.parametrize(
    ("age", "group"),
    [
        (11, "LT18"),
        (17, "LT18"),
        (18, "18_24"),
        (24, "18_24"),
        (25, "25_44"),
        (44, "25_44"),
        (45, "45_64"),
        (64, "45_64"),
        (65, "GE65"),
        (120, "GE65"),
        (None, "ONB"),
    ],
)
def test_ages_fall_in_the_classes_of_the_model(opened, cells, age, group):
    lake = opened(case=[{"case_key": "z", "registered_on": "2025-01-01", "age_at_offence_years": age}])
    assert cells(measure("om_inflow", lake, by=["age_group"], over=YEAR)) == {("2025", group): 1}


@pytest.mark.parametrize(
    ("born", "group"), [("2007-03", "18_24"), ("2007-04", "LT18"), ("1960-03", "GE65"), (None, "ONB")]
)
def test_an_age_out_of_a_month_of_birth_is_that_at_the_moment(opened, cells, born, group):
    lake = opened(
        person=[{"person_key": "p", "birth_month": born}],
        suspect_registration=[{"suspect_key": "s", "person_key": "p", "marked_on": "2025-03-01"}],
    )
    assert cells(measure("suspects_registered", lake, by=["age_group"], over=YEAR)) == {("2025", group): 1}


def test_a_level_is_the_first_part_of_a_code(opened, cells):
    crimes = [
        {"crime_key": f"c{i}", "registered_on": "2025-01-01", "offence_code": code}
        for i, code in enumerate(["1.1.1", "1.2.3", "1.1", "9", "2.2.1.1"])
    ]
    lake = opened(registered_crime=crimes)
    main = measure("registered_crimes", lake, by=["offence_group"], over=YEAR)
    assert cells(main) == {("2025", "1"): 3, ("2025", "9"): 1, ("2025", "2"): 1}
    second = measure("registered_crimes", lake, by=["offence_subgroup"], over=YEAR)
    assert cells(second) == {("2025", "1.1"): 2, ("2025", "1.2"): 1, ("2025", "9"): 1, ("2025", "2.2"): 1}


def test_a_path_of_two_steps_reaches_the_person_and_a_missing_link_is_unknown(opened, cells):
    lake = opened(
        person=[{"person_key": "p", "sex_code": "V"}],
        case=[{"case_key": "z", "registered_on": "2025-01-01", "person_key": "p"}],
        sanction=[
            {
                "sanction_key": f"s{i}",
                "imposed_by_code": "ZM",
                "case_key": of,
                "sanction_code": "BOE",
                "imposed_on": "2025-01-01",
            }
            for i, of in enumerate(["z", "gone"])
        ],
    )
    found = measure("sanctions", lake, by=["sex", "sanction_group"], over=YEAR)
    assert cells(found) == {("2025", "V", "FINE"): 1, ("2025", "O", "FINE"): 1}


def test_a_total_is_counted_on_its_own_at_every_margin(opened, cells):
    cases = [
        {"case_key": f"z{i}", "registered_on": "2025-01-01", "office_code": o, "stream_code": s}
        for i, (o, s) in enumerate([("AP_NN", "EENV"), ("AP_NN", "INT"), ("AP_ON", "INT")])
    ]
    lake = opened(case=cases)
    found = cells(measure("om_inflow", lake, by=["office", "stream"], over=YEAR, with_total=True))
    assert found["2025", "TOTAL", "TOTAL"] == 3
    assert found["2025", "AP_NN", "TOTAL"] == 2
    assert found["2025", "TOTAL", "INT"] == 2
    assert found["2025", "AP_ON", "EENV"] == 0 if ("2025", "AP_ON", "EENV") in found else True


def test_every_breakdown_gives_codes_of_its_domain_only(opened):
    lake, model = opened(), load_model()
    for indicator in (i for i in model.indicators.values() if i.kind != "rate"):
        for name in indicator.breakdowns:
            found = measure(indicator.id, lake, by=[name], over=YEAR).frame
            assert set(found[name]) <= set(domain(model.breakdowns[name])), (indicator.id, name)


@pytest.mark.parametrize(
    ("periods", "there", "gone"),
    [
        (["2025"], {"RBGEL", "RBDHA", "RBAMS"}, {"RBALK", "RBARN"}),
        (["2012"], {"RBALK", "RBARN", "RBAMS"}, {"RBGEL", "RBDHA"}),
        (["2012-Q4", "2013-Q1"], {"RBALK", "RBARN", "RBDHA"}, {"RBGEL"}),
        (["2013-04-01"], {"RBGEL"}, {"RBALK"}),
        ([], {"RBALK", "RBGEL"}, set()),
    ],
)
def test_a_code_that_was_valid_on_no_day_of_the_periods_is_not_among_those_asked(periods, there, gone):
    courts = load_model().breakdowns["court"]
    found = set(domain(courts, periods))
    assert there | {courts.unknown} <= found
    assert not gone & found


def test_every_code_of_a_group_has_one_place():
    for breakdown in load_model().breakdowns.values():
        codes = [code for group in breakdown.groups for code in group.codes]
        assert len(codes) == len(set(codes))
        assert len(domain(breakdown)) == len(set(domain(breakdown)))


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ("registered_crime", None),
        ("case", "person_key"),
        ("sanction", "case.person_key"),
        ("verdict", "court_case.case.person_key"),
    ],
)
def test_the_persons_behind_a_row_are_found_by_the_shortest_path(table, path):
    assert person_path(table) == path


def test_the_persons_behind_a_cell_are_counted_once(opened):
    suspects = [
        {"suspect_key": f"s{i}", "person_key": p, "marked_on": "2025-03-01"} for i, p in enumerate("aab")
    ]
    found = measure("suspects_registered", opened(suspect_registration=suspects), over=YEAR).frame
    assert found[["value", "n"]].to_numpy().tolist() == [[3, 2]]


def test_the_expression_is_plain_enough_for_another_engine(opened):
    import ibis

    lake, model = opened(), load_model()
    for indicator in (i for i in model.indicators.values() if i.kind in {"flow", "stock"}):
        asked = compile_indicator(
            indicator, lake, by=indicator.breakdowns[:3], over=das.months("2024-01", "2025-12")
        )
        assert ibis.to_sql(asked, dialect="pyspark").count("SELECT") >= 2
