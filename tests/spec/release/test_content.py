"""What is in a release: labels, order, completeness, notes."""

import json

import pytest

from das_analysis.disclosure import digest_of
from das_analysis.model import load_model

BY_SEX = ("period", "sex")


def written(made, name="om_inflow"):
    by = [c["name"] for c in made.content["columns"] if c["role"] == "by"]
    return [(*(row[b] for b in by), row[name] or row[f"{name}_status"]) for row in made.content["rows"]]


def test_rows_have_labels_in_the_order_of_the_model_total_first(measured):
    rows = [{"sex": s, "value": 100} for s in ("O", "V", "TOTAL", "M")]
    assert written(measured(rows, BY_SEX).release(title="t", lang="nl")) == [
        ("2025", "totaal", 100),
        ("2025", "man", 100),
        ("2025", "vrouw", 100),
        ("2025", "onbekend", 100),
    ]
    english = measured(rows, BY_SEX).release(title="t", lang="en")
    assert [row["sex"] for row in english.content["rows"]] == ["total", "man", "woman", "unknown"]


def test_what_is_low_in_every_period_is_left_out_and_the_rest_is_complete(measured):
    rows = [
        {"sex": "M", "period": "2024", "value": 100},
        {"sex": "V", "period": "2024", "value": 9},
        {"sex": "V", "period": "2025", "value": 1},
    ]
    made = measured(rows, BY_SEX).release(title="t")
    assert written(made) == [("2024", "man", 100), ("2025", "man", "low")]
    assert any("onder de tien" in note for note in made.content["notes"])


def test_a_row_of_noughts_and_no_row_look_the_same(measured):
    base = [{"sex": "M", "value": 100}]
    with_noughts = [*base, {"sex": "V", "value": 0}]
    with_nine = [*base, {"sex": "V", "value": 9}]
    digests = {measured(rows, BY_SEX).release(title="t").digest for rows in (base, with_noughts, with_nine)}
    assert len(digests) == 1


def test_when_all_is_low_every_code_is_shown_so_that_none_stands_out(measured):
    one = measured([{"sex": "V", "value": 1}], BY_SEX).release(title="t")
    other = measured([{"sex": "M", "value": 7}], BY_SEX).release(title="t")
    assert one.digest == other.digest
    assert [row[1:] for row in written(one)] == [("man", "low"), ("vrouw", "low"), ("onbekend", "low")]


def test_a_table_of_nothing_but_low_cells_that_is_too_large_is_refused(measured):
    from das_analysis.errors import DisclosureRefused

    by = ("period", "sanction_kind", "court", "age_group")
    rows = [
        {"indicator": "sanctions", "sanction_kind": "BOE", "court": "RBAMS", "age_group": "ONB", "value": 1}
    ]
    with pytest.raises(DisclosureRefused, match="rule: size"):
        measured(rows, by).release(title="t")


def test_a_release_says_what_its_figures_are(measured):
    content = measured([{"value": 100}]).release(title="Instroom", lang="en", section="OM").content
    (told,) = content["indicators"]
    indicator = load_model().indicators["om_inflow"]
    assert told == {
        "id": "om_inflow",
        "title": indicator.title.en,
        "definition": indicator.definition.en,
        "counting_unit": indicator.counting_unit.en,
        "counting_moment": indicator.counting_moment.en,
        "owner": indicator.owner,
        "unit": "count",
    }
    assert content["columns"] == [
        {"name": "period", "title": "period", "role": "by", "unit": ""},
        {"name": "om_inflow", "title": indicator.title.en, "role": "value", "unit": ""},
    ]
    assert (content["title"], content["section"], content["lang"]) == ("Instroom", "OM", "en")
    assert (content["snapshot"], content["snapshot_digest"], content["rounding"]) == ("0001-test", "d", 10)


def test_every_indicator_and_breakdown_can_be_told_in_both_languages(measured):
    for indicator in load_model().indicators.values():
        if indicator.kind not in {"flow", "stock"}:
            continue
        for name in indicator.breakdowns:
            for lang in ("nl", "en"):
                breakdown = load_model().breakdowns[name]
                rows = [{"indicator": indicator.id, name: breakdown.unknown, "value": 100}]
                content = measured(rows, ("period", name)).release(title="t", lang=lang).content
                assert all(content["columns"][i]["title"] for i in range(3))
                assert content["rows"][0][name]


def test_the_content_survives_json_and_the_same_content_has_the_same_digest(measured):
    rows = [{"value": 100, "period": p} for p in ("2024", "2025")]
    first, again = (measured(r).release(title="t") for r in (rows, rows[::-1]))
    assert first.digest == again.digest == digest_of(json.loads(json.dumps(first.content)))
    assert measured(rows).release(title="u").digest != first.digest


def test_links_between_stages_have_one_column_of_figures_and_say_that_they_are_no_cohort(measured):
    rows = [
        {"indicator": "registered_crimes", "source": "", "target": "registered_crimes", "value": 100},
        {"indicator": "om_inflow", "source": "suspects_registered", "target": "om_inflow", "value": 54},
    ]
    made = measured(rows, ("period", "source", "target")).release(
        title="t", lang="en", chart={"kind": "flow", "x": "source", "series": "target", "values": ["value"]}
    )
    assert [(row["source"], row["value"]) for row in made.content["rows"]] == [
        ("", 100),
        ("registrations of suspects", 50),
    ]
    assert "No cohort" in made.content["notes"][-1]
    assert "<svg" in made._repr_mimebundle_()["text/html"]


def test_a_seam_shows_its_rate(measured):
    rows = [
        {"indicator": "linkage_total", "seam": "case.pv_key", "value": 1004},
        {"indicator": "linkage_linked", "seam": "case.pv_key", "value": 905},
    ]
    names = ("linkage_total", "linkage_linked", "linkage_rate")
    (row,) = measured(rows, ("seam",), names).release(title="t").content["rows"]
    assert (row["linkage_total"], row["linkage_linked"], row["linkage_rate"]) == (1000, 910, 91.0)
