"""A supplier seals with its own key: made for it by the key holder, its owner's only, and never shown."""

import contextlib
import json
import os
import subprocess
import sys

import pytest

from das_analysis.errors import NoPermission, Refused, TryAgain
from das_analysis.keys.holder import new_holder, new_supplier, read_supplier


def test_without_a_key_nothing_is_delivered_and_the_next_step_is_told(tmp_path, small):
    desk = small.Desk(tmp_path, small.make_model(), key=False)
    with pytest.raises(Refused, match=r"no key of supplier 'wijk'(.|\n)*next: .*das keys supplier"):
        desk.deliver([small.person()])
    assert not desk.keys.exists()
    assert desk.state() == {}


def test_what_a_killed_process_left_of_a_key_goes_with_the_next_one(tmp_path):
    """Half of a key file holds a secret as a whole one does; a fresh one is another's, at work."""
    new_holder(tmp_path)
    old, fresh = (tmp_path / f".holder.key-{name}" for name in ("0123", "4567"))
    for path in (old, fresh):
        path.write_text("a secret")
    os.utime(old, (0, 0))
    new_supplier(tmp_path, "wijk")
    assert not old.exists()
    assert fresh.exists()


def test_sealing_leaves_no_copy_of_the_library_behind(tmp_path):
    """It unpacks itself for every process: 3 MB each."""
    code = "from das_analysis.keys.points import new_scalar; new_scalar()"
    told = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=told)
    assert list(tmp_path.iterdir()) == []


def test_the_key_of_another_supplier_is_no_key(desk, small):
    (desk.keys / "suppliers" / "hof.key").replace(desk.keys / "suppliers" / "wijk.key")
    with pytest.raises(Refused, match="the key of another supplier"):
        desk.deliver([small.person()])
    assert desk.state() == {}


def test_a_key_that_others_can_read_is_refused(desk, small):
    (desk.keys / "suppliers" / "wijk.key").chmod(0o640)
    with pytest.raises(NoPermission, match="others than its owner"):
        desk.deliver([small.person()])
    assert desk.state() == {}


@contextlib.contextmanager
def no_access(path):
    """Take every right on a file or folder away, also from a process of the superuser, for a while."""
    was, mode = os.geteuid(), path.stat().st_mode
    path.chmod(0)
    try:
        if was == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(was)
        path.chmod(mode)


@pytest.mark.parametrize("shut", ["suppliers/wijk.key", "suppliers", "."])
def test_a_key_of_another_account_is_refused_without_its_path(desk, shut):
    with (
        no_access(desk.keys / shut),
        pytest.raises(NoPermission, match="this account may not read the key of supplier 'wijk'") as refusal,
    ):
        read_supplier(desk.keys, "wijk")
    assert str(desk.keys) not in str(refusal.value)
    assert read_supplier(desk.keys, "wijk").version == 1


def test_what_the_machine_cannot_read_can_be_tried_again(desk):
    path = desk.keys / "suppliers" / "wijk.key"
    path.unlink()
    path.symlink_to(path.name)  # leads to itself
    with pytest.raises(TryAgain, match="could not be read: OSError") as refusal:
        read_supplier(desk.keys, "wijk")
    assert str(desk.keys) not in str(refusal.value)


def test_a_supplier_needs_no_other_file_than_its_own(desk, small):
    for path in desk.keys.rglob("*.key"):
        if path.name != "wijk.key":
            path.unlink()
    assert desk.deliver([small.person()]).rows == 1


def test_the_package_names_the_key_and_gives_nothing_of_it_away(desk, small):
    package = desk.deliver([small.person()])
    key = read_supplier(desk.keys, "wijk")
    told = desk.manifest(package)["key_id"]
    assert told == key.key_id
    content = json.loads((desk.keys / "suppliers" / "wijk.key").read_text())
    assert not any(content[name] in told for name in ("scalar", "own", "things"))
    assert not any(getattr(key, name).hex() in told for name in ("scalar", "own", "things"))


def test_keys_of_one_alliance_have_half_a_name_in_common(desk, small, tmp_path):
    small.new_keys(tmp_path / "other")
    mine, colleague = (read_supplier(desk.keys, s).key_id.split("-") for s in ("wijk", "hof"))
    foreign = read_supplier(tmp_path / "other", "hof").key_id.split("-")
    assert mine[1] != colleague[1]
    assert mine[2] == colleague[2] != foreign[2]


def test_another_key_gives_other_pseudonyms(desk, small):
    first = desk.deliver([small.person()])
    small.new_keys(desk.home / "other")
    second = desk.deliver([small.person()], keys=desk.home / "other", target=desk.home / "b")
    mine, theirs = desk.rows(first)[0], desk.rows(second)[0]
    assert not {mine[c] for c in mine if ":" in c and c[0] != "m"} & set(theirs.values())


def test_after_a_rotation_persons_are_under_the_next_version_and_things_stay(desk, small):
    before = desk.deliver([small.person()], [small.case()])
    new_supplier(desk.keys, "wijk", rotate=True)
    after = desk.deliver([small.person()], [small.case()], sequence=2)
    old, new = desk.rows(before)[0], desk.rows(after)[0]
    assert (old["Bsn:BSN"][:3], new["Bsn:BSN"][:3]) == ("p1.", "p2.")
    assert old["Bsn:BSN"][3:] != new["Bsn:BSN"][3:]
    assert desk.rows(before, "zaken") == desk.rows(after, "zaken")
    desk.receive(before, after)
