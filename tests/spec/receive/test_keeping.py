"""`receive` keeps packages whole, once, and in one commit."""

import shutil
import subprocess
import sys

import pytest

from das_analysis.errors import BadDelivery, TryAgain
from das_analysis.intake import find_deliveries
from das_analysis.lake import enter, table_version

GATE = sys.modules["das_analysis.intake.receive"]


def test_a_package_is_kept_as_it_came(desk, small):
    package = desk.deliver([small.person()], [small.case()])
    (delivery,) = desk.receive(package)
    kept = desk.lake / "received" / delivery.delivery_id
    assert sorted(p.name for p in kept.iterdir()) == ["manifest.json", "personen.parquet", "zaken.parquet"]
    for path in kept.iterdir():
        assert path.read_bytes() == (package.path / path.name).read_bytes()


def test_a_delivery_says_where_it_comes_from(desk, small):
    package = desk.deliver([small.person()])
    (delivery,) = desk.receive(package)
    assert delivery.delivery_id == f"wijk-2026-Q3-1-{package.digest[:12]}"
    assert (delivery.supplier, delivery.period, delivery.sequence, delivery.rows) == ("wijk", "2026-Q3", 1, 1)
    assert delivery.provenance.inputs == (package.digest,)
    assert delivery.provenance.model == "1.4.0+dddddddddddd"
    assert desk.received() == [delivery]


def test_deliveries_are_found_by_supplier_and_period(desk, small):
    desk.receive(
        desk.deliver([small.hearing()], supplier="hof", period="2026-09-30"),
        desk.deliver([small.hearing()], supplier="hof", period="2026-09-29"),
        desk.deliver([small.person()]),
    )
    assert [d.period for d in find_deliveries(desk.lake, "hof")] == ["2026-09-29", "2026-09-30"]
    assert [d.supplier for d in find_deliveries(desk.lake, period="2026-Q3")] == ["wijk"]
    assert find_deliveries(desk.lake, "elders") == find_deliveries(desk.home / "nowhere") == []


def test_the_same_package_again_changes_nothing(desk, small):
    package = desk.deliver([small.person()])
    first = desk.receive(package)
    before = desk.state()
    assert desk.receive(package, package) == first
    assert desk.state() == before


def test_the_same_content_from_another_folder_is_the_same_delivery(desk, small):
    package = desk.deliver([small.person()])
    first = desk.receive(package)
    copy = shutil.copytree(package.path, desk.home / "usb-stick")
    assert desk.receive(copy) == first
    assert desk.receive(copy, package) == first


def test_a_correction_may_come_before_its_original(desk, small):
    first, second = desk.deliver([small.person()]), desk.deliver([small.person(ROL="getuige")], sequence=2)
    desk.receive(second)
    desk.receive(first)
    assert [d.sequence for d in desk.received()] == [1, 2]


def test_packages_in_any_order_give_the_same_deliveries(tmp_path, small):
    def walk(name, order):
        desk = small.Desk(tmp_path / name, small.make_model(), key=False)
        desk.keys = tmp_path / "keys"
        if not desk.keys.exists():
            small.new_keys(desk.keys)
        packages = [
            desk.deliver([small.hearing(nr=str(day))], supplier="hof", period=f"2026-09-{day}")
            for day in (10, 11, 12)
        ]
        for i in order:
            desk.receive(packages[i])
        return [(d.delivery_id, d.rows) for d in desk.received()]

    assert walk("a", (0, 1, 2)) == walk("b", (2, 0, 2, 1, 0))


def test_all_packages_are_one_commit(desk, small):
    packages = [
        desk.deliver([small.hearing(nr=str(day))], supplier="hof", period=f"2026-09-{day}")
        for day in (10, 11, 12)
    ]
    desk.receive(*packages)
    assert table_version(enter(desk.lake, "intake"), "received", table="delivery") == 0


def test_one_package_that_is_refused_refuses_all(desk, small):
    good, bad = desk.deliver([small.person()]), desk.deliver([small.hearing()], supplier="hof")
    (bad.path / "zittingen.parquet").write_bytes(b"PAR1")
    with pytest.raises(BadDelivery, match="hash differs; nothing was kept"):
        desk.receive(good, bad)
    assert not desk.lake.exists()


def test_every_refused_package_is_named(desk, small):
    packages = [
        desk.deliver([small.hearing()], supplier="hof", period=f"2026-{month:02}-{day:02}")
        for month in (8, 9)
        for day in range(1, 16)
    ]
    for package in packages[:25]:
        (package.path / "manifest.json").unlink()
    with pytest.raises(BadDelivery) as refusal:
        desk.receive(*packages)
    lines = str(refusal.value).splitlines()
    assert lines[0] == "25 of 30 packages are refused; nothing was kept"
    assert lines[1] == "  hof-2026-08-01-1: the package has no manifest"
    assert lines[21] == "  and 5 more"


def test_nothing_to_receive_is_refused(desk):
    with pytest.raises(BadDelivery, match="no packages to receive"):
        desk.receive()


def test_while_another_writes_the_lake_nothing_is_kept(desk, small):
    package = desk.deliver([small.person()])
    desk.lake.mkdir()
    script = (
        "import sys; from das_analysis.lake import enter, hold\n"
        "with hold(enter(sys.argv[1], 'intake'), 'validate'):\n    print('held', flush=True); input()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(desk.lake)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(TryAgain, match=r"being written(.|\n)*validate"):
            desk.receive(package)
        holder.communicate("\n")
    assert desk.received() == []
    assert len(desk.receive(package)) == 1


def test_a_file_that_changes_after_its_check_is_not_kept(desk, small, monkeypatch):
    package = desk.deliver([small.person()])
    check = GATE._check_conflicts

    def swap(*args):
        check(*args)
        (package.path / "personen.parquet").write_bytes(b"something else")

    monkeypatch.setattr(GATE, "_check_conflicts", swap)
    with pytest.raises(BadDelivery, match="a file changed while it was received"):
        desk.receive(package)
    assert desk.state().keys() == {
        f"out/{package.path.name}/{n}" for n in ("manifest.json", "personen.parquet")
    }


def test_a_full_disk_keeps_nothing_and_says_try_again(desk, small, monkeypatch):
    package = desk.deliver([small.person()])

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(GATE, "copy_hashed", full)
        with pytest.raises(TryAgain, match="No space left"):
            desk.receive(package)
    assert desk.received() == []
    assert [p.name for p in (desk.lake / "received").iterdir()] == []
    assert len(desk.receive(package)) == 1


KILL = """
import os, sys
from pathlib import Path
import das_analysis.intake.receive
from das_analysis.intake import package
from das_analysis.lake import store
gate = sys.modules["das_analysis.intake.receive"]
spot, count = sys.argv[1], int(sys.argv[2])
def die(function):
    def dying(*args, **more):
        global count
        count -= 1
        if count < 0:
            os._exit(9)
        return function(*args, **more)
    return dying
if spot == "copy": gate.copy_hashed = die(gate.copy_hashed)
if spot == "sync": gate.sync = die(gate.sync)
if spot == "rename": Path.rename = die(Path.rename)
if spot == "commit": gate.replace = die(gate.replace)
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("desk", sys.argv[3])
small = module_from_spec(spec)
spec.loader.exec_module(small)
desk = small.Desk(Path(sys.argv[4]), small.make_model())
desk.receive(*sorted(desk.out.iterdir()))
"""


@pytest.mark.parametrize(
    ("spot", "count"),
    [("copy", 0), ("copy", 1), ("sync", 0), ("sync", 3), ("rename", 0), ("rename", 1), ("commit", 0)],
)
def test_killed_anywhere_the_lake_is_as_before_and_a_rerun_finishes(desk, small, spot, count):
    desk.deliver([small.person()])
    desk.deliver([small.hearing()], supplier="hof")
    command = [sys.executable, "-c", KILL, spot, str(count), small.__file__, str(desk.home)]
    assert subprocess.run(command, check=False).returncode == 9
    assert desk.received() == []
    desk.receive(*sorted(desk.out.iterdir()))
    assert [d.supplier for d in desk.received()] == ["hof", "wijk"]
    kept = {p.name for p in (desk.lake / "received").iterdir()}
    assert kept == {"delivery", *(d.delivery_id for d in desk.received())}
