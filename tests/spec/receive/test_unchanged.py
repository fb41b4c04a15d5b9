"""What is read is what was received: damage to a kept file is found by its hash, and can be made good."""

import json

import pyarrow.parquet as pq
import pytest

from das_analysis.errors import BadDelivery
from das_analysis.intake import find_deliveries, receive, validate
from das_analysis.intake.deliver import deliver
from das_analysis.intake.unchanged import changed_files
from das_analysis.lake import connect, digest, enter, files
from das_analysis.lake.sql import scan
from das_analysis.synth import make_deliveries


@pytest.fixture(scope="module")
def package(tmp_path_factory, keys):
    """A package of the courts, sealed for the model that is compiled."""
    home = tmp_path_factory.mktemp("courts")
    make_deliveries(home / "made", scale=0.0005, years=[2025], seed=7)
    given = sorted((home / "made" / "rechtspraak" / "2025").glob("*.csv"))
    return deliver("rechtspraak", given, period="2025", keys=keys, target=home / "packages").path


@pytest.fixture
def lake(tmp_path, package, keys):
    receive([package], lake=tmp_path / "lake", keys=keys)
    return tmp_path / "lake"


def flip(home):
    path = home / "sancties.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(home):
    path = home / "sancties.parquet"
    path.write_bytes(path.read_bytes()[:-100])


def swap(home):
    """Two good files under each other's name: the digest of the package is still the same."""
    home.joinpath("sancties.parquet").rename(home / "x")
    home.joinpath("uitspraken.parquet").rename(home / "sancties.parquet")
    home.joinpath("x").rename(home / "uitspraken.parquet")


def rewrite(home):
    """The same rows, written by another program."""
    path = home / "sancties.parquet"
    pq.write_table(pq.read_table(path), path, compression="none")


def other_hash(home):
    path = home / "manifest.json"
    content = json.loads(path.read_text())
    content["files"][0]["sha256"] = "0" * 64
    path.write_text(json.dumps(content))


DAMAGE = {
    "a bit flipped": (flip, "sancties.parquet"),
    "a file cut off": (cut, "sancties.parquet"),
    "two files swapped": (swap, "sancties.parquet, uitspraken.parquet"),
    "the same rows written anew": (rewrite, "sancties.parquet"),
    "a file gone": (lambda home: (home / "sancties.parquet").unlink(), "sancties.parquet"),
    "a folder for a file": (lambda home: [(home / "x").mkdir()], "x"),
    "a file that never came": (lambda home: (home / "straffen.parquet").write_bytes(b""), "straffen.parquet"),
    "another hash in the manifest": (other_hash, "manifest.json"),
    "no manifest": (lambda home: (home / "manifest.json").unlink(), "manifest.json"),
    "a manifest that is none": (lambda home: (home / "manifest.json").write_bytes(b"[1]"), "manifest.json"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_named_before_it_is_read_and_nothing_is_lost(lake, package, keys, damage):
    act, named = DAMAGE[damage]
    deliveries = find_deliveries(lake)
    (delivery,) = deliveries
    act(lake / "received" / delivery.delivery_id)
    with pytest.raises(BadDelivery, match="its hash differs; nothing was read") as refusal:
        validate(deliveries)
    assert refusal.value.where == f"{delivery.delivery_id}: {named}"
    assert not (lake / "validated").exists()
    assert receive([package], lake=lake, keys=keys) == deliveries
    assert changed_files(lake / "received" / delivery.delivery_id, package_digest(delivery)) == []
    assert validate(deliveries).rows_in == delivery.rows


def package_digest(delivery):
    (found,) = delivery.provenance.inputs
    return found


def test_damage_after_a_validation_leaves_what_was_validated(lake):
    deliveries = find_deliveries(lake)
    validate(deliveries)
    before = verdicts(lake)
    flip(lake / "received" / deliveries[0].delivery_id)
    with pytest.raises(BadDelivery, match="its hash differs"):
        validate(deliveries)
    assert verdicts(lake) == before


def verdicts(lake):
    room = enter(lake, "intake")
    with connect(room) as con:
        rows = scan(files(room, "validated", table="verdict"))
        return digest(con, rows, columns=con.sql(f"FROM {rows}").columns)


def test_a_whole_package_received_again_is_not_written_again(lake, package, keys):
    (delivery,) = find_deliveries(lake)
    home = lake / "received" / delivery.delivery_id
    before = home.stat().st_mtime_ns, home.stat().st_ino
    receive([package], lake=lake, keys=keys)
    assert (home.stat().st_mtime_ns, home.stat().st_ino) == before
