"""The real model and its cards: every check that they imply runs, and knows its own rule."""

import pytest

from das_analysis.model import load_model
from das_analysis.rules import row_checks

SUPPLIERS = sorted(load_model().suppliers)
POLICE_CASE = {
    "CrimeNumber:REGISTRATIENR": "p1." + "a" * 26,
    "SCM": "1.1.2",
    "EENHEID": "01",
    "GEMEENTE": "0363",
    "OPGEHELDERD": "N",
    "CYBER": "N",
    "PLEEGDATUM_VAN": "01-02-2025",
    "PLEEGDATUM_TOT": "01-02-2025",
    "DATUM_REGISTRATIE": "03-02-2025",
    "AANTAL_SLACHTOFFERS": "1",
}
FAULTS = {
    "AANTAL_SLACHTOFFERS": ("1.7", "victims.type"),
    "DATUM_REGISTRATIE": ("31-02-2025", "registered_on.type"),
    "SCM": ("1.1.2.", "offence_code.code"),
    "OPGEHELDERD": ("ja", "is_cleared.type"),
    "GEMEENTE": ("363", "municipality_code.type"),
    "CrimeNumber:REGISTRATIENR": ("!format", "crime_key.identity"),
}


@pytest.mark.parametrize("supplier", SUPPLIERS)
def test_a_delivery_of_blanks_is_held_back_whole(real_bench, supplier):
    model = real_bench.model
    card = model.suppliers[supplier]
    period = {"year": "2025", "quarter": "2025-Q1", "month": "2025-01", "day": "2025-01-01"}[card.period]
    done = real_bench.validate(
        real_bench.put(supplier, period=period, **{name: [{}, {}] for name in card.tables})
    )
    assert done.rows_in == 2 * len(card.tables)
    unconditional = [t for t in card.tables.values() if any(m.when_not_blank is None for m in t.maps)]
    assert done.rows_held == 2 * len(unconditional)


def test_each_fault_of_a_crime_is_found_by_the_rule_meant_for_it(real_bench):
    codes = real_bench.model.code_lists["PoliceUnit"].codes
    right = {**POLICE_CASE, "EENHEID": next(iter(codes))}
    wrong = [{**right, column: text} for column, (text, _) in FAULTS.items()]
    done = real_bench.validate(real_bench.put("politie", period="2025", misdrijven=[right, *wrong]))
    hard = [(row, rule) for _, row, rule in real_bench.faults("politie") if rule.startswith("!")]
    wanted = [(i, f"!registered_crime.{rule}") for i, (_, rule) in enumerate(FAULTS.values(), start=2)]
    assert [found for found in hard if found[1] != "!registered_crime.unique"] == wanted
    assert (done.rows_in, done.rows_validated) == (7, 1)


@pytest.mark.parametrize("supplier", SUPPLIERS)
def test_every_row_check_belongs_to_a_rule_of_its_table(supplier):
    model = load_model()
    for source in model.suppliers[supplier].tables.values():
        for row_map in source.maps:
            rules = [rule for rule, _ in row_checks(row_map, model)]
            assert {rule.table for rule in rules} <= {row_map.table}
            assert all(model.rules[rule.id] is rule for rule in rules)
