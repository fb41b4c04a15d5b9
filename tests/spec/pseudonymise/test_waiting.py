"""What waits for pseudonyms: what has none of today's key, or was validated again since."""

import json

import pyarrow as pa

from das_analysis.lake import enter, write
from das_analysis.vault import find_waiting, pseudonymise

ONE = {"om-2025-1-000000000000": [("z1", "s1")]}
TWO = ONE | {"om-2026-1-111111111111": [("z2", "s2")]}


def test_all_wait_at_first_and_none_when_it_is_done(small, keys):
    validated = small.validate(TWO)
    assert find_waiting(validated, keys=keys) == tuple(TWO)
    pseudonymise(validated, keys=keys)
    assert find_waiting(validated, keys=keys) == ()


def test_a_new_delivery_waits_alone(small, keys):
    pseudonymise(small.validate(ONE), keys=keys)
    assert find_waiting(small.validate(TWO), keys=keys) == ("om-2026-1-111111111111",)


def test_what_was_validated_again_waits_again(small, keys):
    pseudonymise(small.validate(ONE), keys=keys)
    assert find_waiting(small.validate(ONE, at="2026-01-01T00:00:01Z"), keys=keys) == tuple(ONE)


def test_all_wait_when_the_hosts_key_is_another(small, keys):
    validated = small.validate(ONE)
    pseudonymise(validated, keys=keys)
    content = json.loads((keys / "host.key").read_text())
    content["keys"]["2"], content["current"] = content["keys"]["1"], 2
    (keys / "host.key").write_text(json.dumps(content))
    assert find_waiting(validated, keys=keys) == tuple(ONE)


def test_a_lake_that_did_not_note_the_validation_waits_whole_once(small, keys):
    validated = small.validate(ONE)
    pseudonymise(validated, keys=keys)
    without = [
        {k: v for k, v in row.items() if k not in ("validated_at", "model_version")}
        for row in small.rows("delivery")
    ]
    write(enter(small.root, "vault"), "pseudonymised", table="delivery", rows=pa.Table.from_pylist(without))
    assert find_waiting(validated, keys=keys) == tuple(ONE)
    pseudonymise(validated, keys=keys)
    assert find_waiting(validated, keys=keys) == ()
