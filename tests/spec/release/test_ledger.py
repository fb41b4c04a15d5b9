"""The ledger of releases: append-only, chained, whole after a crash."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from das_analysis.disclosure import in_ledger, read_ledger
from das_analysis.disclosure.ledger import enter_release
from das_analysis.errors import Refused


def ledger_of(lake):
    return lake.snapshot.lake / "releases" / "ledger.jsonl"


def test_a_release_is_found_by_its_digest(measured, lake):
    made = measured([{"value": 100}]).release(title="t")
    assert in_ledger(made.digest, lake.snapshot.lake)
    assert not in_ledger("0" * 64, lake.snapshot.lake)
    (line,) = read_ledger(lake.snapshot.lake)
    assert (line["title"], line["indicators"], line["snapshot"]) == ("t", ["om_inflow"], "0001-test")
    assert line["who"]
    assert line["when"].endswith("Z")


def test_an_empty_lake_has_no_releases(lake):
    assert not in_ledger("0" * 64, lake.snapshot.lake)


def test_lines_are_added_and_never_changed(measured, lake):
    measured([{"value": 100}]).release(title="t")
    before = ledger_of(lake).read_bytes()
    measured([{"value": 100}]).release(title="t")
    after = ledger_of(lake).read_bytes()
    assert after.startswith(before)
    assert len(list(read_ledger(lake.snapshot.lake))) == 2


@pytest.mark.parametrize("change", [lambda t: t.replace(b'"a"', b'"b"', 1), lambda t: t.split(b"\n", 1)[1]])
def test_a_changed_or_missing_line_is_seen(measured, lake, change):
    for title in ("a", "c", "d"):
        measured([{"value": 100}]).release(title=title)
    path = ledger_of(lake)
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(Refused, match="was changed"):
        list(read_ledger(lake.snapshot.lake))


def test_a_line_cut_short_by_a_crash_is_no_release_and_does_not_break_the_chain(measured, lake):
    first = measured([{"value": 100}]).release(title="a")
    path = ledger_of(lake)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    assert in_ledger(first.digest, lake.snapshot.lake)
    second = measured([{"value": 200}]).release(title="b")
    assert [line["digest"] for line in read_ledger(lake.snapshot.lake)] == [first.digest, second.digest]
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


def test_many_writers_at_once_each_get_their_line(measured, lake):
    made = measured([{"value": 100}]).release(title="t")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: enter_release(made, lake.snapshot.lake), range(40)))
    assert len(list(read_ledger(lake.snapshot.lake))) == 41
