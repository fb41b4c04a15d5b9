"""A figure says which of its periods a supplier skipped."""

import das_analysis as das
from das_analysis.query import attrition, measure

CAME = [f"{name}-1-{'a' * 12}" for name in ("om-2025-01", "om-2025-04", "dji-2025-01", "dji-2025-02")]
GAP = (("om", "2025-02..2025-03"),)


def test_a_figure_of_the_gap_says_so_and_one_beside_it_does_not(opened):
    lake = opened(inputs=CAME)
    assert measure("om_inflow", lake, over=das.period("2025-02")).gaps == GAP
    assert measure("om_inflow", lake, over=das.period("2025")).gaps == GAP
    assert measure("om_inflow", lake, over=das.period("2025-01")).gaps == ()
    assert measure("om_inflow", lake, over=das.period("2025-Q2")).gaps == ()


def test_only_suppliers_of_what_is_counted_are_named(opened):
    lake = opened(inputs=CAME)
    assert measure("prison_inflow", lake, over=das.period("2025-02")).gaps == ()
    assert attrition(lake, over=das.period("2025-02")).gaps == GAP


def test_the_gap_is_printed_with_the_figure_in_both_languages(opened):
    cases = [{"case_key": f"z{i}", "registered_on": "2025-01-05"} for i in range(40)]
    lake = opened(inputs=CAME, case=cases)
    for lang, words in (("nl", "Niet geleverd door"), ("en", "Not delivered by")):
        found = das.measure("om_inflow", lake, over=das.months("2025-01", "2025-02"))
        notes = found.release(title="t", lang=lang).content["notes"]
        assert [note for note in notes if words in note and "2025-02..2025-03" in note]
