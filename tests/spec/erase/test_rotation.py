"""The host's key is rotated, before an erasure or after it: nothing of him is left, and he stays away."""

import shutil

import pyarrow.parquet as pq
import pytest

from das_analysis.intake import find_deliveries, find_validated, validate
from das_analysis.lake import bury, erase
from das_analysis.linkage import link
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
