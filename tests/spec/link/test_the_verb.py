"""link: what it takes, what it gives, and that it can be done again."""

from dataclasses import replace

import pytest

from das_analysis.errors import Refused
from das_analysis.lake import freeze
from das_analysis.linkage import find_linked, link

CASES = [{"case_key": f"z{i}", "registered_on": "2025-03-01", "skn_key": f"s{i % 3}"} for i in range(6)]
ORDERS = [
    {
        "order_key": "o1",
        "case_key": "z1",
        "sanction_code": "GB",
        "executor_code": "CJIB",
        "received_on": "2025-09-01",
    }
]


def test_nothing_to_link_is_refused():
    with pytest.raises(Refused, match="one lake"):
        link([])


def test_two_lakes_are_refused(new_given):
    lakes = [new_given().delivery("om", case=CASES).write() for _ in range(2)]
    with pytest.raises(Refused, match="one lake"):
        link(lakes)


def test_pseudonyms_of_two_versions_of_the_key_are_refused(given):
    old = given.delivery("om", case=CASES).write()
    with pytest.raises(Refused, match="several versions"):
        link([old, replace(old, key_version=2)])


def test_linking_again_changes_no_digest(given):
    first = given.delivery("om", case=CASES).link()
    assert first.digests == given.link().digests


def test_the_order_of_deliveries_and_their_names_change_no_digest(new_given):
    one = new_given().delivery("om", case=CASES).delivery("cjib", execution_order=ORDERS).link()
    two = new_given().delivery("cjib", execution_order=ORDERS).delivery("om", case=CASES[::-1]).link()
    assert one.digests == two.digests
    assert freeze(one.linked, "one").digest == freeze(two.linked, "two").digest


def test_a_correction_that_came_twice_changes_no_digest(new_given):
    once = new_given().delivery("om", case=CASES).link()
    twice = new_given().delivery("om", case=CASES).delivery("om", sequence=2, case=CASES).link()
    assert once.digests == twice.digests


def test_other_content_is_another_digest(new_given):
    other = [CASES[0] | {"is_zsm": True}, *CASES[1:]]
    assert (
        new_given().delivery("om", case=CASES).link().digests
        != new_given().delivery("om", case=other).link().digests
    )


def test_progress_is_told_to_the_end(given):
    told = []
    link([given.delivery("om", case=CASES).write()], progress=lambda *step: told.append(step))
    assert told[0][1] == 0
    assert told[-1][1] == told[-1][2]


def test_what_was_linked_last_is_found_again(given):
    linked = given.delivery("om", case=CASES).link().linked
    assert find_linked(given.root) == linked


def test_where_nothing_was_linked_nothing_is_found(given):
    with pytest.raises(Refused, match="nothing was linked"):
        find_linked(given.root)
