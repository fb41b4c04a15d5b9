"""The host's key: made on purpose, its owner's only, never shown."""

import base64
import json
import stat

import pytest

from das_analysis.errors import NoPermission, Refused
from das_analysis.vault import new_host_key
from das_analysis.vault.host_key import read_host_keys


def current(keys):
    found = read_host_keys(keys)
    return found.alive[found.current]


def test_a_new_key_is_readable_by_its_owner_only(tmp_path):
    assert new_host_key(tmp_path / "keys") == 1
    assert stat.S_IMODE((tmp_path / "keys" / "host.key").stat().st_mode) == 0o600


def test_two_new_keys_differ(tmp_path):
    new_host_key(tmp_path / "a")
    new_host_key(tmp_path / "b")
    assert current(tmp_path / "a").secret != current(tmp_path / "b").secret


def test_a_key_is_never_overwritten(keys):
    before = (keys / "host.key").read_bytes()
    with pytest.raises(Refused, match="already"):
        new_host_key(keys)
    assert (keys / "host.key").read_bytes() == before


def test_a_missing_key_is_named_and_not_made(tmp_path):
    with pytest.raises(Refused, match="no host key"):
        read_host_keys(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_key_that_others_may_touch_is_refused(keys, mode):
    (keys / "host.key").chmod(mode)
    with pytest.raises(NoPermission, match="others than its owner"):
        read_host_keys(keys)


DAMAGED = {
    "empty": "",
    "no versions": "{}",
    "a list": "[]",
    "nothing": "null",
    "no keys": '{"current": 1}',
    "another version": '{"current": 2, "keys": {"1": "AAAA"}}',
    "too short": '{"current": 1, "keys": {"1": "AAAA"}}',
    "not base64": '{"current": 1, "keys": {"1": "AAAA!"}}',
    "no number": '{"current": "x", "keys": {}}',
    "no text": '{"current": 1, "keys": {"1": 5}}',
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_key_is_refused_without_a_word_of_it(keys, content):
    (keys / "host.key").write_text(content)
    with pytest.raises(Refused, match="cannot be read") as error:
        read_host_keys(keys)
    assert "AAAA" not in str(error.value)
    assert error.value.__cause__ is None


def test_a_key_never_shows_in_a_text(keys):
    secret = json.loads((keys / "host.key").read_text())["keys"]["1"]
    key = current(keys)
    assert secret not in repr(key)
    assert str(key.secret) not in repr(key)


def test_the_current_version_is_the_one_in_use(keys):
    content = json.loads((keys / "host.key").read_text())
    second = base64.b64encode(bytes(range(32))).decode()
    content = {"current": 2, "keys": content["keys"] | {"2": second}}
    (keys / "host.key").write_text(json.dumps(content))
    found = current(keys)
    assert (found.version, found.secret) == (2, bytes(range(32)))
