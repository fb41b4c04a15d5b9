"""Another partner's case number in a file: taken in, linked to that partner's case, and counted."""

import duckdb
import pytest

from das_analysis.lake import enter, files
from das_analysis.lake.sql import scan

SEAM = "court_case.case_key"  # the courts write the number that the prosecution service gave


@pytest.fixture(scope="module")
def ask(demo_lake):
    """SQL over tables of the demo, each named {zone/table}."""
    room = enter(demo_lake, "lake")
    zones = {"validated": ["court_case"], "pseudonymised": ["court_case"], "quarantine": ["finding"]}
    zones["linked"] = ["court_case", "case", "link_quality"]
    named = {f"{z}/{t}": scan(files(room, z, table=t)) for z, tables in zones.items() for t in tables}

    def make(query):
        for name, relation in named.items():
            query = query.replace(f"{{{name}}}", relation)
        return duckdb.sql(query).fetchall()

    return make


def test_it_is_received_as_foreign_no_row_is_held_back_for_a_case_that_is_elsewhere(ask):
    assert ask(f"SELECT count(*) FROM {{quarantine/finding}} WHERE rule_id = '{SEAM}.reference'") == [(0,)]
    ((rows, named),) = ask("SELECT count(*), count(case_key) FROM {validated/court_case}")
    assert 0 < named <= rows


def test_it_leads_to_a_case_of_the_other_partner_or_to_none(ask):
    found = ask(
        """SELECT count(*), count(DISTINCT c.supplier), min(c.supplier)
        FROM {linked/court_case} AS r JOIN {linked/case} AS c USING (case_key)"""
    )
    ((linked,),) = ask(f"SELECT linked FROM {{linked/link_quality}} WHERE seam = '{SEAM}'")
    assert found == [(linked, 1, "om")]
    assert ask("SELECT count(case_key) FROM {linked/court_case}") == [(linked,)]


def test_every_number_that_was_given_is_counted_as_linked_or_as_cut(ask):
    """What was given: the references of the same rows before they were linked."""
    ((given,),) = ask(
        """SELECT count(p.case_key) FROM {pseudonymised/court_case} AS p
        SEMI JOIN {linked/court_case} AS r USING (delivery_id, source_table, row)"""
    )
    ((total, linked, cut),) = ask(
        f"SELECT total, linked, cut FROM {{linked/link_quality}} WHERE seam = '{SEAM}'"
    )
    assert total == given == linked + cut
    assert linked > 0
    assert cut > 0
