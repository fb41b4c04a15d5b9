"""The gate believes nothing that a package says of itself, and lets no identity in."""

import json
import os
from datetime import date

import pyarrow as pa
import pytest

from das_analysis.errors import BadDelivery, NoPermission
from das_analysis.intake import terms

GOOD = "p1." + "a" * 52


@pytest.fixture
def package(desk, small):
    return desk.deliver([small.person(), small.person()], [small.case()])


@pytest.fixture
def refused(desk):
    """Expects a package to be refused for a reason, and the lake to stay absent."""

    def expect(package, reason, kind=BadDelivery):
        with pytest.raises(kind, match=reason) as refusal:
            desk.receive(package)
        assert f"package {package.path.name}" in str(refusal.value)
        assert not desk.lake.exists()

    return expect


# ---------------------------------------------------------------- the folder


def test_a_package_without_a_manifest(package, refused):
    (package.path / "manifest.json").unlink()
    refused(package, "no manifest")


@pytest.mark.parametrize("make", ["file", "absent", "link"])
def test_what_is_no_folder(desk, package, refused, make):
    moved = package.path.rename(desk.home / "moved")
    if make == "file":
        package.path.write_text("x")
    if make == "link":
        package.path.symlink_to(moved)
    refused(package, "not a folder")


def test_a_file_too_many(desk, small, refused):
    package = desk.deliver([small.person()])
    (package.path / "notes.txt").write_text("hello")
    refused(package, r"files in the package that the manifest does not list \(1\)")


def test_a_hundred_thousand_files_are_not_even_listed(package, refused):
    for i in range(300):
        (package.path / f"{i:06}").touch()
    refused(package, "more files in the package than any supplier has tables")


def test_a_file_missing(package, refused):
    (package.path / "zaken.parquet").unlink()
    refused(package, r"not in the package: zaken.parquet")


@pytest.mark.parametrize("make", ["link", "folder", "pipe"])
def test_a_link_a_folder_or_a_pipe_in_the_package(desk, package, refused, make):
    path = package.path / "zaken.parquet"
    kept = path.rename(desk.home / "kept")
    {"link": lambda: path.symlink_to(kept), "folder": path.mkdir, "pipe": lambda: os.mkfifo(path)}[make]()
    refused(package, "a link, a folder or a device in the package")


# ---------------------------------------------------------------- the manifest


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"\xff\xfe{}", b"null", b'{"supplier": "a", "supplier": "b"}', b"[" * 100_000),
        b'{"sequence": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_manifest_that_is_not_json(desk, package, refused, content):
    refused(desk.signed(package, content), "the manifest is not JSON")


def test_a_manifest_of_another_shape(desk, package, refused):
    refused(desk.signed(package, b"[1]"), "not built as a manifest")


def test_a_manifest_that_is_too_large(package, refused):
    (package.path / "manifest.json").write_bytes(b" " * (1 << 20) + b"{}")
    refused(package, "larger than 1024 KiB")


def test_a_manifest_that_misses_a_field(desk, package, refused):
    content = desk.manifest(package)
    del content["key_id"]
    refused(desk.signed(package, json.dumps(content).encode()), "the manifest misses key_id")


def test_a_manifest_with_unknown_fields(desk, package, refused):
    refused(desk.forge(package, extra="Zilverberg"), r"unknown fields \(1\)")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sequence", "1"),
        ("sequence", True),
        ("sequence", 1.0),
        ("supplier", 7),
        ("files", {}),
        ("period", None),
    ],
)
def test_a_field_of_another_type(desk, package, refused, name, value):
    refused(desk.forge(package, **{name: value}), f"the manifest's {name} is not of the right type")


@pytest.mark.parametrize(
    "field", [{"card": "1.0\x1b[2J"}, {"key_id": "a b\nc"}, {"model": {"version": "", "digest": "d"}}]
)
def test_a_version_or_key_that_is_no_word(desk, package, refused, field):
    refused(desk.forge(package, **field), "no word")


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../zaken.parquet", "sub/zaken.parquet", "..\\zaken.parquet", ".."]
)
def test_a_path_instead_of_a_name(desk, package, refused, name):
    files = desk.manifest(package)["files"]
    files[0]["name"] = name
    refused(desk.forge(package, files=files), "names a path instead of a file")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"table": "elders"}, "no table of the card"),
        ({"name": "personen.PARQUET"}, "no table of the card"),
        ({"sha256": "0" * 63}, "cannot be one"),
        ({"rows": -1}, "cannot be one"),
        ({"source_columns": ["SECRET"]}, "columns that the card does not have"),
        ({"source_columns": [["BSN"]]}, "columns that the card does not have"),
        ({"sha256": "0" * 64}, "its hash differs"),
        ({"rows": 3}, "number of rows is not that of the manifest"),
    ],
)
def test_an_entry_that_does_not_fit(desk, package, refused, change, reason):
    files = desk.manifest(package)["files"]
    files[0].update(change)
    refused(desk.forge(package, files=files), reason)


@pytest.mark.parametrize("files", ["none", "twice"])
def test_no_file_or_one_twice(desk, package, refused, files):
    held = desk.manifest(package)["files"]
    refused(desk.forge(package, files=[] if files == "none" else [*held, held[0]]), "no file, or one twice")


def test_an_unknown_supplier_is_not_repeated(desk, package, refused):
    with pytest.raises(BadDelivery) as refusal:
        desk.receive(desk.forge(package, supplier="Zilverberg"))
    assert "does not know" in str(refusal.value)
    assert "Zilverberg" not in str(refusal.value)


@pytest.mark.parametrize("period", ["2026", "2026-Q9", "2031-Q1", "../x", "2026-Q3\n"])
def test_a_period_that_is_none_or_lies_ahead(desk, package, refused, period):
    refused(desk.forge(package, period=period), "the period (is not written|has not begun)")


@pytest.mark.parametrize("sequence", [0, -1, 1000])
def test_a_sequence_number_that_is_none(desk, package, refused, sequence):
    refused(desk.forge(package, sequence=sequence), "sequence number")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"model": {"version": "2.0.0", "digest": "d" * 64}}, "model"),
        ({"card": "3.0"}, "card"),
        ({"card": "x"}, "card"),
    ],
)
def test_another_edition_of_the_model_or_the_card(desk, package, refused, change, what):
    refused(desk.forge(package, **change), f"another edition of the {what}")


@pytest.mark.parametrize("change", [{"card": "1.9"}, {"model": {"version": "1.99.0", "digest": "e" * 64}}])
def test_a_smaller_difference_of_edition_is_kept(desk, package, change):
    assert len(desk.receive(desk.forge(package, **change))) == 1


def test_an_agreement_that_ended_since(desk, package, refused, monkeypatch):
    monkeypatch.setattr(terms, "today", lambda: date(2100, 1, 1))
    refused(package, "the agreement with 'wijk' has ended", NoPermission)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"agreement": {}}, "there is no agreement with 'wijk'"),
        ({"permission": {}}, "there is no permission with 'wijk'"),
        ({"purposes": ()}, "there is no purpose for the data of 'wijk'"),
    ],
)
def test_what_the_card_lost_after_sealing_keeps_a_package_out(desk, small, package, refused, changed, fault):
    desk.model = small.make_model(small.supplier("wijk", small.WIJK.tables.values(), **changed))
    refused(package, fault, NoPermission)


@pytest.mark.parametrize("name", ["agreement", "permission"])
@pytest.mark.parametrize(
    ("day", "comes_in"),
    [("2025-12-31", False), ("2026-01-01", True), ("2026-12-31", True), ("2027-01-01", False)],
)
def test_the_day_that_counts_is_the_day_of_receipt(desk, small, refused, monkeypatch, name, day, comes_in):
    package = desk.deliver([small.person()], [small.case()], period="2025-Q4")
    dates = {"reference": "A-1", "valid_from": "2026-01-01", "valid_until": "2026-12-31"}
    wide = {**small.TERMS, "valid_from": "2020-01-01"}
    gates = {"agreement": wide, "permission": wide, name: dates}
    desk.model = small.make_model(small.supplier("wijk", small.WIJK.tables.values(), **gates))
    monkeypatch.setattr(terms, "today", lambda: date.fromisoformat(day))
    if comes_in:
        assert len(desk.receive(package)) == 1
    else:
        refused(package, f"the {name} with 'wijk' (has ended|begins)", NoPermission)


def test_a_package_sealed_with_a_key_that_is_not_on_the_card(desk, small, package, refused):
    dossier = small.dossier(keys=("s1-0123456789abcdef",))
    desk.model = small.make_model(small.supplier("wijk", small.WIJK.tables.values(), dossier=dossier))
    refused(package, "a key that is not on the card")


# ---------------------------------------------------------------- the content


def test_a_changed_byte(package, refused):
    path = package.path / "zaken.parquet"
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)
    refused(package, r"its hash differs\; nothing was kept\n  where: package wijk-2026-Q3-1: zaken.parquet")


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"x" * 100 + b"PAR1", b"a;b\n1;2\n"])
def test_a_file_that_is_no_parquet(desk, package, refused, content):
    (package.path / "zaken.parquet").write_bytes(content)
    refused(desk.refit(package), "not a Parquet file")


def test_a_parquet_file_that_is_damaged_inside(desk, package, refused):
    path = package.path / "personen.parquet"
    content = bytearray(path.read_bytes())
    content[4:200] = b"\x00" * 196
    path.write_bytes(content)
    refused(desk.refit(package), "damaged|number of rows|a raw identity|in a package")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"BSN": ["x", "y"]}, "the columns are not those of the card"),
        ({"ROL": pa.array([1, 2])}, "not every column is text"),
        ({"ROL": pa.array([["a"], ["b"]])}, "not every column is text"),
        ({"Skn:SKN": pa.array([1.5, 2.5])}, "not every column is text"),
    ],
)
def test_other_columns_or_types(desk, package, refused, columns, reason):
    refused(desk.forge_table(package, **columns), reason)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "111222333",
            "12345678",
            "1990-02-01|M|WIT",
            "",
            "!Zilverberg",
            "!",
            "p1.",
            GOOD.upper(),
            GOOD + "a",
        ),
        *(GOOD[:-1], GOOD[:-1] + "1", GOOD[:-1] + "b", "p2." + "a" * 26, GOOD + "\n", " " + GOOD),
    ],
)
def test_a_raw_identity_in_a_sealed_column(desk, package, refused, cell):
    refused(desk.forge_table(package, **{"Skn:SKN": [GOOD, cell]}), "a raw identity in a package")


@pytest.mark.parametrize("cell", [GOOD, "!format", "!check", None])
def test_a_pseudonym_a_mark_or_nothing_is_what_a_sealed_column_holds(desk, package, cell):
    assert len(desk.receive(desk.forge_table(package, **{"Skn:SKN": [GOOD, cell]}))) == 1


@pytest.mark.parametrize("cell", ["1990-02-01", "1990", "1990-13", "01-02-1990", "!check", ""])
def test_a_birth_date_that_was_not_made_a_month(desk, package, refused, cell):
    refused(
        desk.forge_table(package, **{"month:GEBOREN": ["1990-02", cell]}), "not made a month in a package"
    )


@pytest.mark.parametrize(
    "cell",
    ["111222333", "0578010915", "05/780109-15", "PL0900-2023123456", "x\x00y", "\x1b[2J", "x" * 10_001],
)
def test_an_identity_or_a_control_character_in_a_column_as_it_is(desk, package, refused, cell):
    refused(desk.forge_table(package, ROL=["dader", cell]), r"in a package(.|\n)*column ROL")


# ---------------------------------------------------------------- beside what is there


def test_other_content_under_the_same_name(desk, small, package):
    desk.receive(package)
    before = desk.state()
    again = desk.deliver([small.person(ROL="getuige")], target=desk.home / "again")
    with pytest.raises(
        BadDelivery, match=r"other content was received under this supplier(.|\n)*--sequence 2"
    ):
        desk.receive(again)
    assert desk.state() == before


def test_two_contents_under_one_name_at_once(desk, small, package):
    again = desk.deliver([small.person(ROL="getuige")], target=desk.home / "again")
    with pytest.raises(BadDelivery, match="other content"):
        desk.receive(package, again)
    assert desk.received() == []


def test_a_package_with_two_faults_is_refused_once(desk, small, package):
    desk.receive(package)
    small.new_keys(desk.home / "other", signers=desk.keys)
    keys, target = desk.home / "other", desk.home / "again"
    again = desk.deliver([small.person(ROL="getuige")], keys=keys, target=target)
    with pytest.raises(BadDelivery, match=rf"^other content(.|\n)*where: package {package.path.name}"):
        desk.receive(again)


@pytest.mark.parametrize("together", [True, False])
def test_a_package_sealed_with_a_key_of_another_alliance(desk, small, package, together):
    small.new_keys(desk.home / "other", signers=desk.keys)
    foreign = desk.deliver([small.hearing()], supplier="hof", keys=desk.home / "other")
    if not together:
        desk.receive(package)
    with pytest.raises(BadDelivery, match="a key of another alliance"):
        desk.receive(*([package] if together else []), foreign)
    assert [d.supplier for d in desk.received()] == ([] if together else ["wijk"])
