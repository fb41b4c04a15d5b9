"""Hostile and broken input: each is refused by name or its rows are marked; nothing half-loaded or shown.

The list is that of design/privacy.md ("Hostile and broken input"), as far as it reaches the supplier's desk
and the host's gate; what a value means (an integer, an order in time) is for `validate` to judge.
"""

import gzip
import io
import traceback
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_analysis.errors import DasError, Refused
from das_analysis.intake import blocks

SPEC = spec_from_file_location("desk_of_attacks", Path(__file__).parents[1] / "spec" / "deliver" / "desk.py")
small = module_from_spec(SPEC)
SPEC.loader.exec_module(small)

NAME, NUMBER, NOTE = "Zilverberg", "123456782", "gezien bij de Zwarte Brug"
PLANTED = (
    "ilverberg",
    "ILVERBERG",
    NUMBER,
    "87654321",
    "13-10-1987",
    "1987-10-13",
    "Zwarte Brug",
    "05/780109",
)


def planted(**changed):
    row = {"BSN": NUMBER, "SKN": "87654321", "NAAM": NAME, "GEBOREN": "13-10-1987", "OPMERKING": NOTE}
    return small.person(**{**row, **changed})


ROWS = [planted(), planted(GESLACHT="V"), planted(ROL="getuige")]
CSV = small.text(ROWS)
HEADER, FIRST, *REST = CSV.splitlines(keepends=True)


@pytest.fixture
def desk(tmp_path):
    return small.Desk(tmp_path, small.make_model())


def chain(error):
    """All that hangs on an error: texts, arguments, causes and contexts."""
    while error is not None:
        yield str(error) + repr(error) + repr(getattr(error, "object", ""))
        error = error.__cause__ or error.__context__


def assert_nothing_shown(error):
    told = "".join(chain(error)) + "".join(traceback.format_exception_only(error))
    assert [value for value in PLANTED if value in told] == []


def swapped(first, second):
    names = {first: second, second: first}
    return small.text([{names.get(name, name): cell for name, cell in row.items()} for row in ROWS])


def parquet(content=None):
    out = io.BytesIO()
    pq.write_table(pa.table(content or {name: [row[name] for row in ROWS] for name in ROWS[0]}), out)
    return out.getvalue()


def spreadsheet():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", CSV)
    return out.getvalue()


LONG = HEADER + FIRST.replace(NOTE, "x" * (1 << 20)) + "".join(REST)
UTF8_BOM = b"\xef\xbb\xbf"

# name -> (file name, content, what the refusal says, where)
REFUSED = {
    "two kinds of number swapped in the header": (
        "a.csv",
        swapped("BSN", "SKN"),
        "cannot be used as",
        "BSN|SKN",
    ),
    "a number swapped with a role": ("a.csv", swapped("BSN", "ROL"), "citizen service number", "column ROL"),
    "a name swapped with a date": ("a.csv", swapped("NAAM", "GEBOREN"), "cannot be used as", "GEBOREN"),
    "NUL": ("a.csv", CSV.replace(NOTE, "x\0y"), "a NUL byte", "line 2"),
    "a control character": ("a.csv", CSV.replace("getuige", "\x1b[2J"), "a control character", "line 4"),
    "a C1 control character": ("a.csv", CSV.replace("getuige", "\x85"), "a control character", "line 4"),
    "UTF-16": ("a.csv", CSV.encode("utf-16"), "UTF-16", "line 1"),
    "UTF-16 without a mark": ("a.csv", CSV.encode("utf-16-le"), "NUL", "line 1"),
    "Windows-1252": ("a.csv", CSV.replace("getuige", "café").encode("cp1252"), "not UTF-8", "line 4"),
    "UTF-8 cut in a character": ("a.csv", CSV.encode() + b"\xc3", "not UTF-8", "line 5"),
    "a mark in the middle": ("a.csv", UTF8_BOM + CSV.encode() + UTF8_BOM + CSV.encode(), "control", "line 5"),
    "a row too short": ("a.csv", CSV + "1;2\n", "a row of 2 values where the header has 7", "line 5"),
    "a row too long": ("a.csv", CSV.replace("getuige", "ge;tuige"), "a row of 8 values", "line 4"),
    "a row with a delimiter at its end": (
        "a.csv",
        CSV.replace("dader;", "dader;;", 1),
        "a row of 8 values",
        "line 2",
    ),
    "a quote never closed": ("a.csv", CSV.replace("getuige", '"getuige'), "never closed", "line 4"),
    "a quote closed far below": (
        *("a.csv", HEADER + FIRST.replace(NOTE, '"' + NOTE) + "".join(REST).replace("getuige", '"x"')),
        *("a quote in the middle", "line 4"),
    ),
    "a quote in the middle": ("a.csv", CSV.replace("getuige", 'ge"tuige'), "a quote in the middle", "line 4"),
    "text after a quote": ("a.csv", CSV.replace("getuige", '"ge"tuige'), "a quote in the middle", "line 4"),
    "a blank before a quote": (
        "a.csv",
        CSV.replace("getuige", ' "getuige"'),
        "a quote in the middle",
        "line 4",
    ),
    "a blank line between rows": ("a.csv", CSV + "\n" + FIRST, "a blank line between rows", "line 5"),
    "a row of more than a mebibyte": ("a.csv", LONG, "more than 1 MiB", "line 2"),
    "no line ends": ("a.csv", "x" * (3 << 20), "longer than 1 MiB", "a.csv"),
    "an empty file": ("a.csv", "", "the file is empty", "a.csv"),
    "a file of blanks": ("a.csv", " \n\r\n ", "the file is empty", "a.csv"),
    "no header": ("a.csv", CSV.split("\n", 1)[1], "not the header", "line 1"),
    "another delimiter": ("a.csv", CSV.replace(";", ","), "one column only", "line 1"),
    "a column twice": ("a.csv", CSV.replace("ROL", "BSN", 1), "a column is there twice: BSN", "line 1"),
    "a column missing": ("a.csv", CSV.replace("ROL", "RANG", 1), "missing: ROL; unknown: column 6", "line 1"),
    "a person's name in the place of a column's": (
        *("a.csv", CSV.replace("ROL", NAME, 1)),
        *("missing: ROL; unknown: column 6", "line 1"),
    ),
    "an archive of folders": ("a.zip", spreadsheet(), "a path instead of a name", "a.zip, file 1"),
    "a spreadsheet under the name of a CSV": ("a.csv", spreadsheet(), "an archive or a spreadsheet", "a.csv"),
    "a gzip under the name of a CSV": ("a.csv", gzip.compress(CSV.encode()), "an archive", "a.csv"),
    "a CSV under the name of a gzip": ("a.csv.gz", CSV, "not a packed file", "a.csv.gz"),
    "a gzip cut off": ("a.csv.gz", gzip.compress(CSV.encode())[:-9], "cut off", "a.csv.gz"),
    "a gzip damaged": ("a.csv.gz", gzip.compress(CSV.encode())[:-8] + b"x" * 8, "damaged", "a.csv.gz"),
    "a gzip with something behind it": (
        "a.csv.gz",
        gzip.compress(CSV.encode()) + CSV.encode(),
        "damaged",
        "gz",
    ),
    "a CSV under the name of a Parquet file": ("a.parquet", CSV, "not a Parquet file", "a.parquet"),
    "a Parquet file cut off": ("a.parquet", parquet()[:-20], "not a Parquet file", "a.parquet"),
    "a Parquet file damaged": (
        *("a.parquet", parquet()[:4] + b"\0" * 60 + parquet()[64:]),
        *("damaged", "a.parquet"),
    ),
    "a column's name that is not UTF-8 in a Parquet file": (
        *("a.parquet", parquet().replace(b"ROL", b"R\xc4L")),
        *("not a Parquet file", "a.parquet"),
    ),
    "numbers as decimals in a Parquet file": (
        *("a.parquet", parquet({**{n: [c] for n, c in ROWS[0].items()}, "BSN": [1.0]})),
        *("not text", "column 1"),
    ),
    "a control character in a Parquet file": (
        *("a.parquet", parquet({n: ["x", c + "\0"] for n, c in ROWS[0].items()})),
        *("a control character", "column 1, row 2"),
    ),
    "numbers mangled by a spreadsheet": (
        "a.csv",
        CSV.replace(NUMBER, "1,23457E+08"),
        "cannot be used as Bsn",
        "BSN",
    ),
    "a case number in the place of a person's": (
        *("a.csv", CSV.replace(NUMBER, "05/780109-15")),
        *("cannot be used as Bsn", "column BSN"),
    ),
    "an identity in a note": (
        "a.csv",
        CSV.replace("Zwarte Brug", NUMBER),
        "citizen service",
        "column OPMERKING",
    ),
    "a case number in a note": (
        "a.csv",
        CSV.replace("Zwarte Brug", "05/780109-15"),
        "of a case",
        "OPMERKING",
    ),
    "an endless note": ("a.csv", CSV.replace(NOTE, "x" * 10_001), "more than 10000 characters", "OPMERKING"),
    "steering characters in a file's name": ("a\x1b[2J\nx.csv", "", "the file is empty", "a?[2J?x.csv"),
}


@pytest.mark.parametrize("attack", REFUSED)
def test_it_is_refused_by_name_and_nothing_is_written(desk, attack):
    name, content, reason, where = REFUSED[attack]
    good = desk.file("zaken.csv", [small.case()])
    with pytest.raises(Refused) as refusal:
        desk.deliver(good, desk.file(name, content))
    assert reason in refusal.value.what
    assert any(part in refusal.value.where for part in (where.split("|") if "|" in where else [where]))
    assert refusal.value.todo
    assert_nothing_shown(refusal.value)
    assert desk.state() == {}
    assert not list(desk.out.glob(".*"))


# name -> (changes to a row, column of the package, what must stand there)
NAME_KEY, MONTH = "BirthSexName:GEBOREN+GESLACHT+NAAM", "month:GEBOREN"
MARKED = {
    "a day that does not exist": ({"GEBOREN": "31-02-1990"}, MONTH, "!format"),
    "day and month swapped": ({"GEBOREN": "10-13-1987"}, MONTH, "!format"),
    "a date as a number of a spreadsheet": ({"GEBOREN": "32063"}, MONTH, "!format"),
    "a number that fails the eleven-test": ({"BSN": "123456783"}, "Bsn:BSN", "!check"),
    "nine zeros": ({"BSN": "000000000"}, "Bsn:BSN", "!check"),
    "digits of another script": ({"BSN": "١٢٣٤٥٦٧٨٢"}, "Bsn:BSN", "!format"),
    "a number with a line end": ({"SKN": "87654321\n"}, "Skn:SKN", "!format"),
    "a name without letters": ({"NAAM": "1=1; --"}, NAME_KEY, "!format"),
    "a header pasted between rows": ({n: n for n in small.person()}, "Bsn:BSN", "!format"),
    "1.7 for an integer": ({"ROL": "1.7"}, "ROL", "1.7"),
    "a blank before a number": ({"ROL": " 2"}, "ROL", " 2"),
    "an exponent": ({"ROL": "1e3"}, "ROL", "1e3"),
    "a leading zero": ({"ROL": "007"}, "ROL", "007"),
    "a word for nothing": ({"ROL": "NULL"}, "ROL", "NULL"),
    "a formula": ({"OPMERKING": "=1+1"}, "OPMERKING", "=1+1"),
    "HTML and SQL": ({"ROL": "<b>'; DROP TABLE x; --"}, "ROL", "<b>'; DROP TABLE x; --"),
    "text that is not composed": ({"ROL": "e\u0301"}, "ROL", "e\u0301"),
}


@pytest.mark.parametrize("attack", MARKED)
def test_its_row_is_marked_or_comes_unchanged_and_the_others_with_it(desk, attack):
    changes, column, kept = MARKED[attack]
    rows = [planted(), {**planted(), **changes}, planted()]
    package = desk.deliver(rows)
    found = desk.rows(package)
    assert found[1][column] == kept
    assert found[0] == found[2] == desk.rows(desk.deliver([planted()], target=desk.home / "alone"))[0]
    (delivery,) = desk.receive(package)
    assert delivery.rows == 3


def test_a_swelling_gzip_is_refused(desk, monkeypatch):
    monkeypatch.setattr(blocks, "FREE_OF_RATIO", 1 << 20)
    monkeypatch.setattr(blocks, "BLOCK", 1 << 16)
    bomb = gzip.compress((HEADER + FIRST * 60_000).encode(), 9)
    with pytest.raises(Refused, match="swells") as refusal:
        desk.deliver(desk.file("bomb.csv.gz", bomb))
    assert_nothing_shown(refusal.value)
    assert desk.state() == {}


@pytest.mark.parametrize("block", [256, 1000, 4096])
def test_a_fault_far_into_a_file_is_refused_with_its_own_line(desk, monkeypatch, block):
    monkeypatch.setattr(blocks, "BLOCK", block)
    quoted = '"twee\nregels"'
    rows = FIRST.replace(NOTE, quoted) * 100  # two lines each: line 2 to 201
    with pytest.raises(Refused, match="line 202"):
        desk.deliver(HEADER + rows + "1;2\n" + FIRST * 50)


# ---------------------------------------------------------------- between desk and gate


def cut_rows(desk, package):
    path = package.path / "personen.parquet"
    pq.write_table(pq.read_table(path).slice(0, 2), path)


def cut_rows_and_mend_the_hash(desk, package):
    cut_rows(desk, package)
    desk.refit(package)


def change_manifest(**changed):
    return lambda desk, package: desk.forge(package, **changed)


def change_entry(**changed):
    def change(desk, package):
        (entry,) = desk.manifest(package)["files"]
        desk.forge(package, files=[{**entry, **changed}])

    return change


def raw_cells(column, cell):
    return lambda desk, package: desk.forge_table(package, **{column: [cell] * 3})


def link_out(desk, package):
    path = package.path / "personen.parquet"
    path.symlink_to(path.rename(desk.home / "elsewhere.parquet"))


def dictionary(desk, package):
    roles = pa.array(["dader"] * 3).dictionary_encode()
    desk.forge_table(package, ROL=roles)


def name_that_is_no_text(desk, package):
    path = package.path / "personen.parquet"
    path.write_bytes(path.read_bytes().replace(b"ROL", b"R\xc4L"))
    desk.refit(package)


FORGED = {
    "a file cut at a row": (cut_rows, "its hash differs"),
    "a file cut at a row, hash mended": (cut_rows_and_mend_the_hash, "number of rows"),
    "a wrong hash": (change_entry(sha256="0" * 64), "its hash differs"),
    "../ in the manifest": (change_entry(name="../personen.parquet"), "a path instead of a file"),
    "an absolute path in the manifest": (change_entry(name="/personen.parquet"), "a path instead of a file"),
    "a link in the package": (link_out, "a link"),
    "a table that is none of the card": (
        change_entry(table="lopers", name="lopers.parquet"),
        "no table of the card",
    ),
    "another supplier's name": (change_manifest(supplier="hof"), "'hof' is signed by supplier 'wijk'"),
    "a supplier that nobody knows": (change_manifest(supplier=NAME), "does not know"),
    "an identity as a field": (change_manifest(**{NAME: NUMBER}), "unknown fields"),
    "an identity as a key": (change_manifest(key_id=NUMBER + "\n" + NAME), "no word"),
    "an identity as a period": (change_manifest(period=NUMBER), "the period"),
    "a period in the future": (change_manifest(period="2199-Q1"), "has not begun"),
    "another edition of the model": (
        change_manifest(model={"version": "9", "digest": "d"}),
        "another edition",
    ),
    "a raw number": (raw_cells("Bsn:BSN", NUMBER), "a raw identity"),
    "a raw name": (raw_cells(NAME_KEY, f"1987-10-13|M|{NAME.upper()}"), "a raw identity"),
    "a raw name behind a mark": (raw_cells(NAME_KEY, f"!format {NAME}"), "a raw identity"),
    "a whole birth date": (raw_cells(MONTH, "1987-10-13"), "not made a month"),
    "a number in a column as it is": (raw_cells("ROL", NUMBER), "citizen service number"),
    "a case number in a column as it is": (raw_cells("ROL", "05/780109-15"), "number of a case"),
    "text as a dictionary, which validation would refuse": (dictionary, "not every column is text"),
    "a column's name that is not UTF-8": (name_that_is_no_text, "not a Parquet file"),
    "a column more": (raw_cells("BSN", NUMBER), "columns are not those of the card"),
}


@pytest.mark.parametrize("attack", FORGED)
def test_a_forged_package_is_refused_by_name_with_all_that_came_beside_it(desk, attack):
    forge, reason = FORGED[attack]
    package = desk.deliver(ROWS)
    good = desk.deliver([small.hearing()], supplier="hof")
    forge(desk, package)
    before = desk.state()
    with pytest.raises(Refused, match=reason) as refusal:
        desk.receive(good, package)
    assert package.path.name in refusal.value.where
    assert_nothing_shown(refusal.value)
    assert desk.state() == before
    assert not desk.lake.exists()


# ---------------------------------------------------------------- any bytes at all


PIECES = [
    b"",
    b'"',
    b";",
    b"\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xc3",
    b"x",
    b'""',
    b"\n\n",
    b";;",
    b"\xef\xbb\xbf",
]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_bytes_change_it_is_refused_without_a_value_or_its_package_is_good(tmp_path_factory, data):
    content = bytearray(CSV.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.sampled_from(PIECES))
    desk = small.Desk(tmp_path_factory.mktemp("fuzz"), small.make_model())
    try:
        package = desk.deliver(desk.file("fuzz.csv", bytes(content)))
    except DasError as error:
        assert_nothing_shown(error)
        assert desk.state() == {}
    else:
        (delivery,) = desk.receive(package)  # the gate finds pseudonyms, marks and months where they belong
        assert delivery.rows == package.rows <= bytes(content).count(b"\n") + content.count(b"\r")
