"""The host's key is rotated, before an erasure or after it: nothing of him is left, and he stays away."""

import shutil

import pyarrow.parquet as pq
import pytest

from das_analysis.intake import find_deliveries, find_validated, validate
from das_analysis.lake import bury, erase
from das_analysis.lake.orders import Order, give, marks_of, orders_path
from das_analysis.linkage import link, measure_versions
from das_analysis.vault import destroy_host_key, find_pseudonymised, pseudonymise, rotate_host_key


@pytest.fixture
def own_keys(keys, tmp_path):
    """A copy of the keys that may be rotated."""
    return shutil.copytree(keys, tmp_path / "keys")


def successors(lake):
    home = lake / "succession" / "succession"
    tables = [pq.read_table(path) for path in home.glob("*.parquet")]
    return {row["old_key"]: row["new_key"] for table in tables for row in table.to_pylist()}


@pytest.mark.slow
def test_an_erasure_between_two_keys_takes_both_pseudonyms(lake, marked, leaks, own_keys):
    rotate_host_key(own_keys)
    pseudonymise(find_validated(lake), keys=own_keys)
    marks = marked.marks | {new for old, new in successors(lake).items() if old in marked.marks}
    assert len(marks) > len(marked.marks)
    erase(lake, [marked.key], ground="Wjsg 22, a decision")
    assert leaks(lake, marks) == []
    link(find_pseudonymised(lake))
    destroy_host_key(lake, 1, keys=own_keys)
    assert bury(lake) == 0


@pytest.mark.slow
def test_whoever_comes_from_a_supplier_that_had_not_sent_him_is_known_while_both_keys_live(
    copied, demo_lake, erased, marked, leaks, own_keys, tmp_path
):
    """The order knows nothing but pseudonyms of the key before, as if its supplier had never sent him."""
    lake = copied(erased[0], tmp_path / "lake", orders=erased[0])
    known = marks_of(m for m in marked.marks if m.startswith("h1."))
    path = orders_path(lake)
    path.write_text("")
    give(lake, Order(kind="erase", reason="Wjsg 22, a decision", marks=known))
    rotate_host_key(own_keys)
    for home in (demo_lake / "received").glob("om-*"):
        shutil.rmtree(lake / "received" / home.name)
        shutil.copytree(home, lake / "received" / home.name)
    validate(find_deliveries(lake, supplier="om"))
    assert leaks(lake, marked.marks)
    pseudonymise(find_validated(lake), keys=own_keys)
    link(find_pseudonymised(lake))
    assert leaks(lake, marked.marks) == []


def test_a_question_about_links_finds_nobody_who_came_back_with_a_backup(
    copied, demo_lake, erased, marked, leaks, tmp_path
):
    lake = copied(demo_lake, tmp_path / "lake", orders=erased[0])
    assert leaks(lake, marked.marks)
    query = 'SELECT count(*) FROM "case"'
    measure_versions(find_pseudonymised(lake), lambda con: con.execute(query).fetchall()[0][0], versions=2)
    assert leaks(lake, marked.marks) == []


@pytest.mark.slow
def test_whoever_was_erased_under_the_key_before_does_not_come_back_under_the_next(
    copied, demo_lake, erased, marked, leaks, own_keys, tmp_path
):
    """The order knows him by the suppliers' pre-pseudonyms too, and the host's key makes none of those."""
    lake = copied(erased[0], tmp_path / "lake", orders=erased[0])
    rotate_host_key(own_keys)
    pseudonymise(find_validated(lake), keys=own_keys)
    link(find_pseudonymised(lake))
    destroy_host_key(lake, 1, keys=own_keys)
    for home in (demo_lake / "received").glob("om-*"):
        shutil.rmtree(lake / "received" / home.name)
        shutil.copytree(home, lake / "received" / home.name)
    assert leaks(lake, marked.marks)
    validate(find_deliveries(lake, supplier="om"))
    pseudonymise(find_validated(lake, supplier="om"), keys=own_keys)
    link(find_pseudonymised(lake))
    assert leaks(lake, marked.marks) == []
