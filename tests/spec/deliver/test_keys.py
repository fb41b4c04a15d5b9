"""The supplier-side key is made on purpose, readable by its owner only, and never shown."""

import json
import stat

import pytest

from das_analysis.errors import Refused
from das_analysis.intake import new_key
from das_analysis.intake.keys import read_key


def test_without_a_key_nothing_is_delivered_and_the_next_step_is_told(tmp_path, small):
    desk = small.Desk(tmp_path, small.make_model(), key=False)
    with pytest.raises(Refused, match=r"no supplier key here(.|\n)*next: .*new_key"):
        desk.deliver([small.person()])
    assert not desk.keys.exists()
    assert desk.state() == {}


def test_a_new_key_is_readable_by_its_owner_only(tmp_path):
    name = new_key(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys" / "supplier.key").stat().st_mode) == 0o600
    assert read_key(tmp_path / "keys").key_id == name


def test_two_new_keys_differ(tmp_path):
    assert new_key(tmp_path / "a") != new_key(tmp_path / "b")


def test_a_key_is_never_overwritten(tmp_path):
    new_key(tmp_path)
    before = (tmp_path / "supplier.key").read_bytes()
    with pytest.raises(Refused, match="there is a supplier key already"):
        new_key(tmp_path)
    assert (tmp_path / "supplier.key").read_bytes() == before


def test_a_key_that_others_can_read_is_refused(tmp_path):
    new_key(tmp_path)
    (tmp_path / "supplier.key").chmod(0o640)
    with pytest.raises(Refused, match="others can read"):
        read_key(tmp_path)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"key_id": 1, "key": "AA=="}', '{"key_id": "s1-0", "key": "é"}']
)
def test_a_damaged_key_is_refused(tmp_path, content):
    new_key(tmp_path)
    (tmp_path / "supplier.key").write_text(content, encoding="utf-8")
    with pytest.raises(Refused, match="damaged"):
        read_key(tmp_path)


def test_a_key_under_another_id_is_refused(tmp_path):
    new_key(tmp_path / "a")
    new_key(tmp_path / "b")
    mine, other = (json.loads((tmp_path / n / "supplier.key").read_text()) for n in "ab")
    (tmp_path / "a" / "supplier.key").write_text(json.dumps({**mine, "key": other["key"]}))
    with pytest.raises(Refused, match="its id does not fit"):
        read_key(tmp_path / "a")


def test_a_key_does_not_show_itself(tmp_path):
    new_key(tmp_path)
    secret = json.loads((tmp_path / "supplier.key").read_text())["key"]
    key = read_key(tmp_path)
    assert secret not in repr(key) + str(key)
    assert repr(key.secret) not in repr(key)


def test_another_key_gives_other_pseudonyms(desk, small):
    first = desk.deliver([small.person()])
    small.new_keys(desk.home / "other")
    second = desk.deliver([small.person()], keys=desk.home / "other", target=desk.home / "b")
    mine, theirs = desk.rows(first)[0], desk.rows(second)[0]
    assert not {mine[c] for c in mine if ":" in c and c[0] != "m"} & set(theirs.values())
