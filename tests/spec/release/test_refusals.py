"""What is refused as a whole, with a reason and never a value."""

from dataclasses import replace

import pytest

from das_analysis.disclosure import Measured, read_ledger
from das_analysis.errors import DisclosureRefused, Refused

SEXES = [{"sex": "M", "value": 4321}, {"sex": "V", "value": 87}]


def refuse(measured, rule, **wish):
    with pytest.raises(DisclosureRefused, match=f"rule: {rule}") as caught:
        measured.release(**{"title": "t"} | wish)
    assert "4321" not in str(caught.value)
    return str(caught.value)


def with_frame(measured, change):
    return Measured(replace(measured.result, frame=change(measured.frame)), measured.lake)


def test_a_result_without_the_persons_behind_it(measured):
    refuse(with_frame(measured(SEXES, ("period", "sex")), lambda f: f.drop(columns="n")), "underlying")


def test_a_column_that_nobody_asked_for(measured):
    refuse(with_frame(measured(SEXES, ("period", "sex")), lambda f: f.assign(person_key="h1.a")), "columns")


def test_a_breakdown_that_is_not_in_the_model(measured):
    rows = [{"person_key": "h1.abc", "value": 4321}]
    refuse(measured(rows, ("period", "person_key")), "columns")


def test_codes_that_are_no_codes(measured):
    text = refuse(measured([{"sex": "h1.abc", "value": 4321}], ("period", "sex")), "codes")
    assert "h1.abc" not in text


@pytest.mark.parametrize("privacy", ["identifying", "pseudonymous", "sensitive"])
def test_a_column_whose_privacy_forbids_it(measured, monkeypatch, privacy):
    from das_analysis.disclosure import checks
    from das_analysis.model import load_model

    model = load_model()
    person = model.tables["person"]
    columns = {**person.columns, "sex_code": replace(person.columns["sex_code"], privacy=privacy)}
    tables = {**model.tables, "person": replace(person, columns=columns)}
    monkeypatch.setattr(checks, "load_model", lambda: replace(model, tables=tables))
    refuse(measured(SEXES, ("period", "sex")), "privacy")


def test_two_figures_in_one_cell(measured):
    refuse(measured([*SEXES, SEXES[0]], ("period", "sex")), "cells")


@pytest.mark.parametrize(
    "row",
    [
        {"value": 4321, "n": 4322},
        {"value": 4321, "n": -1},
        {"value": 4321.5, "n": 1},
        {"value": -4321, "n": 0},
        {"value": float("nan"), "n": 0},
        {"value": float("inf"), "n": 0},
    ],
)
def test_figures_that_no_rows_can_be_behind(measured, row):
    refuse(measured([row]), "underlying")


def test_an_indicator_that_is_not_in_the_model(measured):
    refuse(measured([{"indicator": "my_own", "value": 4321}]), "columns")


def test_a_period_that_is_no_period(measured):
    refuse(measured([{"period": "h1.abc", "value": 4321}]), "codes")


@pytest.mark.parametrize(
    "wish",
    [
        {"title": "4321 zaken"},
        {"title": "4.321 zaken"},
        {"title": "4,321 cases"},
        {"title": "t", "notes": ["4 321 zaken"]},
        {"title": "t", "section": "4321"},
        {"title": "t", "notes": ["87 vrouwen"]},
        {"title": "t", "chart": {"kind": "bar", "x": "sex", "values": ["om_inflow"], "label": "4321"}},
    ],
)
def test_an_exact_figure_in_the_words(measured, wish):
    refuse(measured(SEXES, ("period", "sex")), "wording", **wish)


@pytest.mark.parametrize("title", ["4.320 zaken in 2025", "de top 3 van 2024", "artikel 310 Sr"])
def test_other_numbers_in_the_words_are_fine(measured, title):
    assert measured(SEXES, ("period", "sex")).release(title=title).title == title


def test_a_blank_title(measured):
    refuse(measured(SEXES, ("period", "sex")), "title", title="  ")


@pytest.mark.parametrize(
    "chart",
    [
        {"kind": "pie", "x": "sex", "values": ["om_inflow"]},
        {"kind": "bar", "x": "age", "values": ["om_inflow"]},
        {"kind": "bar", "x": "sex", "values": ["om_stock"]},
        {"kind": "bar", "x": "sex"},
        {"kind": "line", "values": ["om_inflow"]},
        {"x": "sex"},
    ],
)
def test_a_chart_of_another_table(measured, chart):
    refuse(measured(SEXES, ("period", "sex")), "chart", chart=chart)


def test_a_result_of_another_snapshot(measured):
    found = measured(SEXES, ("period", "sex"))
    other = replace(found.lake, snapshot=replace(found.lake.snapshot, digest="another"))
    with pytest.raises(Refused, match="another snapshot"):
        Measured(found.result, other).release(title="t")


def test_nothing_refused_is_in_the_ledger(measured):
    found = measured([*SEXES, SEXES[0]], ("period", "sex"))
    refuse(found, "cells")
    assert list(read_ledger(found.lake.snapshot.lake)) == []


def test_the_checks_tell_beforehand_what_will_be_banded_hidden_or_refused(measured):
    rows = [{"sex": "M", "value": 3}, {"sex": "V", "value": 50, "n": 5}]
    seen = measured(rows, ("period", "sex")).checks()
    assert dict(zip(seen["rule"], seen["cells"], strict=True)) == {"hidden": 1}
    assert not seen["refused"].any()
    assert measured([*SEXES, SEXES[0]], ("period", "sex")).checks()["refused"].all()


def test_a_table_with_totals_that_is_too_large_to_audit(measured, monkeypatch):
    from das_analysis.disclosure import checks

    rows = [{"sex": "M", "value": 400}, {"sex": "V", "value": 3}, {"sex": "TOTAL", "value": 403}]
    assert measured(rows, ("period", "sex")).release(title="t")
    monkeypatch.setattr(checks, "MOST_QUESTIONS", 1)
    refuse(measured(rows, ("period", "sex")), "margins")


def test_totals_that_are_no_sums_because_persons_are_in_two_groups(measured):
    rows = [
        {"indicator": "suspects_unique", "offence_group": group, "value": value}
        for group, value in (("1", 300), ("2", 300), ("3", 4), ("TOTAL", 350))
    ]
    assert measured(rows, ("period", "offence_group")).release(title="t")
