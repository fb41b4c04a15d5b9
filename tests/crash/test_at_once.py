"""Several loaders at once, readers meanwhile, and deliveries in any order: the lake is the same."""

import itertools
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from das_analysis.cli.keys import make_keys
from das_analysis.errors import TryAgain
from das_analysis.intake import deliver, find_deliveries, receive, validate
from das_analysis.lake import enter, freeze, hold
from das_analysis.linkage import link
from das_analysis.synth import make_deliveries
from das_analysis.vault import find_pseudonymised, pseudonymise

CHAIN = {"scale": 0.0002, "years": [2024, 2025], "seed": 7}
COURT, JAIL = "rechtspraak", "dji"

LOADER = """
import sys, time
from pathlib import Path
from das_analysis.errors import TryAgain
from das_analysis.intake import receive
while True:
    try:
        receive(map(Path, sys.argv[3:]), lake=Path(sys.argv[1]), keys=Path(sys.argv[2]))
        break
    except TryAgain as refusal:
        assert refusal.where and refusal.where.startswith("receive, process "), refusal
        time.sleep(0.01)
"""
HOLDER = """
import sys, time
from das_analysis.lake import enter, hold
with hold(enter(sys.argv[1], "intake"), "validate"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A folder with keys, and packages of two suppliers: two periods, and a shorter correction of one."""
    root = tmp_path_factory.mktemp("sealed")
    make_deliveries(root / "made", faults=True, **CHAIN)
    make_keys(root / "keys")
    found = [seal(root, supplier, year) for supplier in (COURT, JAIL) for year in ("2024", "2025")]
    for path in (root / "made" / COURT / "2025").glob("*.csv"):
        path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    return root, [*found, seal(root, COURT, "2025", sequence=2)]


def seal(root, supplier, year, sequence=1):
    given, keys = sorted((root / "made" / supplier / year).glob("*.csv")), root / "keys"
    return deliver(supplier, given, period=year, sequence=sequence, keys=keys, target=root / "packages").path


def load(lake, packages, *, keys):
    return subprocess.Popen([sys.executable, "-c", LOADER, lake, keys, *packages])


def ids(lake):
    return sorted(d.delivery_id for d in find_deliveries(lake))


@pytest.mark.slow
@pytest.mark.parametrize("same", [True, False], ids=["the same deliveries", "different ones"])
def test_loaders_at_once_keep_each_delivery_once_and_a_reader_sees_it_whole(sealed, tmp_path, same):
    packages, lake = sealed[1][:4], tmp_path / "lake"
    parts = [packages] * 3 if same else [[p] for p in packages]
    running, seen = [load(lake, part, keys=sealed[0] / "keys") for part in parts], set()
    while any(p.poll() is None for p in running):
        seen.add(tuple(ids(lake)))
        time.sleep(0.01)
    assert [p.returncode for p in running] == [0] * len(parts)
    assert len(ids(lake)) == len(set(ids(lake))) == len(packages)
    steps = sorted(seen | {tuple(ids(lake))}, key=len)
    assert all(set(a) <= set(b) for a, b in itertools.pairwise(steps))
    assert not same or {len(s) for s in steps} <= {0, len(packages)}


def test_the_lock_names_its_holder_and_a_dead_holder_holds_nothing(tmp_path):
    room = enter(tmp_path / "lake", "intake")
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, room.root], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(TryAgain, match="being written") as refusal, hold(room, "receive"):
            pass
        named = rf"validate, process {holder.pid}, since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
        assert re.fullmatch(named, refusal.value.where)
        assert (room.root / ".undo.json").exists()
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    with hold(room, "receive"):
        pass
    assert not (room.root / ".undo.json").exists()


def digests(root, lake, packages, *, aged=False):
    """Take packages one by one as far as pseudonyms, link and freeze; return the digest of every table."""
    for package in packages:
        (delivery,) = receive([package], lake=lake, keys=root / "keys")
        pseudonymise(validate([delivery]), keys=root / "keys")
        if aged:
            for path in lake.rglob("*"):
                os.utime(path, (0, 0))
    linked = link(find_pseudonymised(lake))
    tables = {name: (ref.rows, ref.digest) for name, ref in linked.tables.items()}
    return tables | {"snapshot": freeze(linked, "a").digest}


@pytest.fixture(scope="module")
def in_order(sealed, tmp_path_factory):
    root, packages = sealed
    return digests(root, tmp_path_factory.mktemp("in-order") / "lake", packages)


@pytest.mark.slow
@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (4, 2, 0, 3, 1)])
def test_deliveries_in_any_order_give_the_same_digests(sealed, in_order, tmp_path, order):
    root, packages = sealed
    assert in_order["person"][0]
    assert digests(root, tmp_path / "lake", [packages[i] for i in order]) == in_order


@pytest.mark.slow
def test_no_age_of_a_file_and_no_clock_changes_a_digest(sealed, in_order, tmp_path, monkeypatch):
    class Back(datetime):
        @classmethod
        def now(cls, zone=UTC):
            return cls(1970, 1, 1, tzinfo=zone)

    monkeypatch.setattr("das_analysis.lake.provenance.datetime", Back)
    root, packages = sealed
    assert digests(root, tmp_path / "lake", packages, aged=True) == in_order
