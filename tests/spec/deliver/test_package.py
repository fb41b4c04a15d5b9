"""A package is whole or absent, the same files give the same bytes, and nothing of a person is in it."""

import stat
import sys
import tempfile

import pyarrow.parquet as pq
import pytest

from das_analysis.errors import BadDelivery, TryAgain
from das_analysis.intake import package as packaging


def test_the_manifest_says_what_is_in_it(desk, small):
    package = desk.deliver([small.person()], [small.case(), small.case(VOLGNR="2")])
    manifest = desk.manifest(package)
    told = [manifest[name] for name in ("supplier", "period", "sequence", "card", "model")]
    assert told == ["wijk", "2026-Q3", 1, "1.2", {"version": "1.4.0", "digest": "d" * 64}]
    assert [(f["table"], f["name"], f["rows"]) for f in manifest["files"]] == [
        ("personen", "personen.parquet", 1),
        ("zaken", "zaken.parquet", 2),
    ]
    for file in manifest["files"]:
        assert packaging.sha256_of(package.path / file["name"]) == file["sha256"]


def test_every_column_is_text(desk, small):
    package = desk.deliver([small.person()])
    schema = pq.read_schema(package.path / "personen.parquet")
    assert {str(field.type) for field in schema} == {"string"}


def test_the_same_files_give_the_same_bytes(desk, small):
    rows = [small.person(), small.person(ROL="getuige")]
    first, second = desk.deliver(rows, target=desk.home / "a"), desk.deliver(rows, target=desk.home / "b")
    for name in ("personen.parquet", "manifest.json", "manifest.sig"):
        assert (first.path / name).read_bytes() == (second.path / name).read_bytes()


def test_an_equal_package_is_left_as_it_is(desk, small):
    first = desk.deliver([small.person()])
    before = {p.name: p.stat().st_mtime_ns for p in first.path.iterdir()}
    assert desk.deliver([small.person()]) == first
    assert {p.name: p.stat().st_mtime_ns for p in first.path.iterdir()} == before


def test_another_content_under_the_same_name_is_refused(desk, small):
    desk.deliver([small.person()])
    before = desk.state()
    with pytest.raises(BadDelivery, match=r"another package .*\n  where: wijk-2026-Q3-1\n .*--sequence 2"):
        desk.deliver([small.person(ROL="getuige")])
    assert desk.state() == before


def test_a_correction_stands_beside_its_original(desk, small):
    first, second = desk.deliver([small.person()]), desk.deliver([small.person(ROL="getuige")], sequence=2)
    assert (first.path.name, second.path.name) == ("wijk-2026-Q3-1", "wijk-2026-Q3-2")


def test_a_refusal_halfway_leaves_nothing(desk, small):
    with pytest.raises(BadDelivery):
        desk.deliver([small.case()], small.text([small.person()]) + "1;2\n")
    assert list(desk.out.glob("*")) == list(desk.out.glob(".*")) == []


@pytest.mark.parametrize("step", ["rename", "sync"])
def test_a_disk_that_fails_leaves_nothing_and_says_try_again(desk, small, monkeypatch, step):
    def fail(*_):
        raise OSError(28, "No space left on device")

    if step == "rename":
        monkeypatch.setattr(packaging.Path, "rename", fail)
    else:
        monkeypatch.setattr(packaging, "sync", fail)
    with pytest.raises(TryAgain, match="No space left"):
        desk.deliver([small.person()])
    assert desk.state() == {}


@pytest.fixture
def at_sealing(monkeypatch):
    """Calls a function with the partial folder, just before it gets its name."""
    module = sys.modules["das_analysis.intake.deliver"]

    def before(look):
        def sealing(partial, manifest, **given):
            look(partial)
            return packaging.seal_folder(partial, manifest, **given)

        monkeypatch.setattr(module, "seal_folder", sealing)

    return before


def test_while_it_is_written_nobody_else_can_look_in(desk, small, at_sealing):
    modes = []
    at_sealing(lambda partial: modes.append(stat.S_IMODE(partial.stat().st_mode)))
    desk.deliver([small.person()])
    assert modes == [0o700]


def cells_of(folder):
    """Every cell of every table in a folder, and every other file as text."""
    tables = [pq.read_table(path) for path in folder.rglob("*.parquet")]
    texts = {p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.suffix == ".json"}
    return texts | {cell for t in tables for column in t.columns for cell in column.to_pylist() if cell}


def test_no_identity_is_written_anywhere_on_the_way(desk, small, at_sealing, monkeypatch):
    (desk.home / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(desk.home / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    found = []
    at_sealing(lambda partial: found.extend(cells_of(partial)))
    row = small.person(NAAM="van Zilverberg")
    found += cells_of(desk.deliver([row] * 500).path)
    secrets = [row[c] for c in ("BSN", "SKN", "GEBOREN")] + ["ilverberg", "ILVERBERG", "1990-02-01"]
    assert [cell for cell in found if any(secret in cell for secret in secrets)] == []
    assert list((desk.home / "tmp").iterdir()) == []
    assert {p.name for p in desk.home.iterdir()} == {"in", "keys", "out", "tmp"}
