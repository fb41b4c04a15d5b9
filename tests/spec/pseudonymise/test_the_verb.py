"""pseudonymise: every key, in every table, whole deliveries only, as often as you like."""

import pytest

from das_analysis.errors import NoPermission, Refused
from das_analysis.lake import enter, write
from das_analysis.vault import find_pseudonymised, pseudonymise

ROWS = {"om-2025-1-000000000000": [("z1", "s1"), ("z2", "s1"), ("z3", None)]}


def test_every_key_becomes_the_hosts_own_and_nothing_else_changes(small, keys):
    pseudonymise(small.validate(ROWS), keys=keys)
    before = small.rows("case", "validated")
    after = small.rows("case")
    assert len(after) == 3
    for old, new in zip(*(sorted(rows, key=lambda r: r["row"]) for rows in (before, after)), strict=True):
        assert new["case_key"].startswith("h1.")
        assert (new["skn_key"] is None) == (old["skn_key"] is None)
        unchanged = set(old) - {"case_key", "skn_key"}
        assert {k: new[k] for k in unchanged} == {k: old[k] for k in unchanged}


def test_the_same_person_keeps_one_pseudonym_over_rows(small, keys):
    pseudonymise(small.validate(ROWS), keys=keys)
    skns = [row["skn_key"] for row in sorted(small.rows("case"), key=lambda r: r["row"])]
    assert skns[0] == skns[1]


def test_no_pre_pseudonym_comes_through(small, keys):
    pseudonymise(small.validate(ROWS), keys=keys)
    assert not any(str(value).startswith("p1.") for row in small.rows("case") for value in row.values())


def test_doing_it_again_changes_nothing(small, keys):
    validated = small.validate(ROWS)
    first = pseudonymise(validated, keys=keys)
    once = small.rows("case")
    again = pseudonymise(validated, keys=keys)
    assert (again.rows, again.key_version) == (first.rows, first.key_version) == (3, 1)
    assert sorted(small.rows("case"), key=str) == sorted(once, key=str)
    assert len(small.rows("delivery")) == 1


def test_another_delivery_is_added(small, keys):
    more = ROWS | {"om-2025-2-111111111111": [("z9", "s9")]}
    small.validate(more)
    pseudonymise(small.validated("om-2025-1-000000000000"), keys=keys)
    pseudonymise(small.validated("om-2025-2-111111111111"), keys=keys)
    assert len(small.rows("case")) == 4
    assert [p.delivery_ids for p in find_pseudonymised(small.root)] == [(i,) for i in more]
    assert [p.rows for p in find_pseudonymised(small.root, supplier="om", period="2025")] == [3, 1]
    assert find_pseudonymised(small.root, supplier="dji") == []


def test_nothing_is_found_in_a_new_lake(small):
    assert find_pseudonymised(small.root) == []


def test_a_delivery_that_was_not_validated_to_the_end_is_refused(small, keys):
    small.validate(ROWS)
    with pytest.raises(Refused, match="1 of 2 deliveries are not validated"):
        pseudonymise(small.validated(*ROWS, "om-2026-1-222222222222"), keys=keys)
    assert small.rows("case") == []


def test_no_deliveries_at_all_are_refused(small, keys):
    with pytest.raises(Refused):
        pseudonymise(small.validated(), keys=keys)


def test_a_raw_identity_stops_everything_and_is_not_repeated(small, keys):
    import pyarrow as pa

    validated = small.validate(ROWS)
    rows = small.rows("case", "validated")
    rows[0]["skn_key"] = "12345678"
    write(enter(small.root, "intake"), "validated", table="case", rows=pa.Table.from_pylist(rows))
    with pytest.raises(Refused, match=r"case\.skn_key, 1 rows") as error:
        pseudonymise(validated, keys=keys)
    assert "12345678" not in str(error.value)
    assert small.rows("case") == small.rows("delivery") == []


def test_keys_inside_the_lake_are_refused(small):
    validated = small.validate(ROWS)
    with pytest.raises(NoPermission, match="inside the lake"):
        pseudonymise(validated, keys=small.root / "keys")


def test_without_a_key_nothing_happens(small, tmp_path):
    with pytest.raises(Refused, match="no host key"):
        pseudonymise(small.validate(ROWS), keys=tmp_path / "nowhere")
    assert small.rows("case") == []


def test_progress_is_told_to_the_end(small, keys):
    told = []
    pseudonymise(small.validate(ROWS), keys=keys, progress=lambda *step: told.append(step))
    assert told[-1][1] == told[-1][2]
