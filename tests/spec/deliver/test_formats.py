"""JSON lines, sheets and zips: the same rows give the same package; what is not sure is refused."""

import datetime as dt
import gzip
import io
import json
import re
import warnings
import zipfile

import openpyxl
import pytest

from das_analysis.errors import BadDelivery
from das_analysis.intake import archive, sheets


def lines(*rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def workbook(*tables, state="visible", format_=None):
    """Sheets of rows that are dictionaries, or of lists of cells; `state` is that of the last one."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(tables):
        sheet = book.create_sheet(f"Zilverberg {number}")
        content = [list(rows[0]), *(list(r.values()) for r in rows)] if isinstance(rows[0], dict) else rows
        for row in content:
            sheet.append(row)
        for cell in sheet[sheet.max_row] if format_ else ():
            cell.number_format = format_
    book.worksheets[-1].sheet_state = state
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(way=zipfile.ZIP_DEFLATED, mode=0o644, **files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", way) as packed, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in files.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            packed.writestr(member, data, way)
    return out.getvalue()


@pytest.fixture
def people(small):
    return [small.person(), small.person(ROL="getuige", OPMERKING='zei "é; nee"', SKN=""), small.person()]


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "xlsx", "zip", "zip of lines"])
def test_the_same_rows_give_the_same_package(desk, small, people, kind):
    content = {
        "jsonl": lines(*people),
        "jsonl.gz": gzip.compress(lines(*people)),
        "xlsx": workbook(people),
        "zip": zipped(**{"a.csv": small.text(people)}),
        "zip of lines": zipped(**{"a.jsonl": lines(*people)}),
    }[kind]
    suffix = "zip" if "zip" in kind and "." not in kind else kind
    package = desk.deliver(desk.file(f"a.{suffix}", content), target=desk.home / "other")
    assert package.digest == desk.deliver(people).digest


@pytest.mark.parametrize("kind", ["xlsx", "zip"])
def test_tables_together_give_the_package_of_tables_apart(desk, small, people, kind):
    cases = [small.case(), small.case(VOLGNR="2")]
    content = {
        "xlsx": workbook(people, [["toelichting"], ["geen"]], cases),
        "zip": zipped(**{"a.csv": small.text(people), "b.jsonl": lines(*cases)}),
    }[kind]
    package = desk.deliver(desk.file(f"a.{kind}", content), target=desk.home / "other")
    assert package.digest == desk.deliver(people, cases).digest


def refused(desk, name, content, reason):
    with pytest.raises(BadDelivery, match=reason) as refusal:
        desk.deliver(desk.file(name, content))
    assert refusal.value.where.startswith(name)
    assert refusal.value.todo
    assert not re.search("Zilverberg|de Wit|12345678", f"{refusal.value}{refusal.value.__context__}")
    assert not desk.out.exists() or not list(desk.out.iterdir())


# ---------------------------------------------------------------- JSON lines

BROKEN = {
    "nothing": ("", "the file is empty"),
    "no object": ('["de Wit"]', "no object\n  where: a.jsonl, line 1"),
    "no JSON": ("{'NAAM': 'de Wit'}", "not JSON"),
    "two objects on a line": ("{} {}", "not JSON"),
    "a name twice": ('{"BSN": "1", "BSN": "2"}', "twice in one object"),
    "an object in an object": ('{"BSN": {"de Wit": 1}}', "an object or a list in an object"),
    "a list in an object": ('{"BSN": ["de Wit"]}', "an object or a list in an object"),
    "not a number": ('{"BSN": NaN}', "NaN or an infinite"),
    "an infinite number": ('{"BSN": -Infinity}', "NaN or an infinite"),
    "half a character": ('{"BSN": "\\ud800"}', "half a character"),
    "UTF-16": ('{"BSN": "1"}'.encode("utf-16"), "UTF-16"),
    "Windows-1252": ('{"NAAM": "é"}'.encode("cp1252"), "not JSON in UTF-8"),
    "a thousand deep": ('{"a":' * 100_000, "not JSON"),
    "a line without end": ('{"a": "' + "x" * (2 << 20), "more than 1 MiB"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_json_lines_are_refused_by_line(desk, fault):
    content, reason = BROKEN[fault]
    refused(desk, "a.jsonl", content, reason)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda row: {**row, "more": "1"}, "other names than the first\n  where: a.jsonl, line 2"),
        (lambda row: {k: v for k, v in row.items() if k != "ROL"}, "other names than the first"),
        (lambda row: {**row, "ROL": "a\0"}, "a control character(.|\n)*name 6, line 2"),
    ],
)
def test_a_line_unlike_the_first_is_refused(desk, small, change, reason):
    refused(desk, "a.jsonl", lines(small.person(), change(small.person())), reason)


def test_a_blank_line_between_objects_is_refused_and_at_the_end_is_none(desk, small):
    row = lines(small.person())
    refused(desk, "a.jsonl", row + b"\n" + row, "a blank line between rows\n  where: a.jsonl, line 2")
    assert desk.deliver(desk.file("b.jsonl", row + b"\n\r\n")).rows == 1


def test_numbers_of_json_are_their_text_and_null_is_blank(desk, small):
    row = json.dumps({**small.person(ROL=7), "OPMERKING": None}).replace(": 7", ": 1.70e+08")
    (found,) = desk.rows(desk.deliver(desk.file("a.jsonl", row)))
    assert (found["ROL"], found["OPMERKING"]) == ("1.70e+08", "")


# ---------------------------------------------------------------- sheets


@pytest.mark.parametrize(
    ("column", "cell", "kept"),
    [
        ("ROL", 7, "7"),
        ("ROL", 1.5, "1.5"),
        ("ROL", None, ""),
        ("ROL", "007", "007"),
        ("ROL", " 2", " 2"),
        ("OPMERKING", "a\nb", "a\nb"),
    ],
)
def test_a_cell_is_the_text_that_is_seen(desk, small, column, cell, kept):
    row = {**small.person(), column: cell}
    package = desk.deliver(desk.file("a.xlsx", workbook([row, small.person()])))
    assert desk.rows(package)[0][column] == kept


def test_a_number_with_shown_zeros_keeps_them(desk, small):
    content = workbook([small.person(ROL=7)], format_="000")
    assert desk.rows(desk.deliver(desk.file("a.xlsx", content)))[0]["ROL"] == "007"


@pytest.mark.parametrize("born", [dt.date(1990, 2, 1), dt.datetime(1990, 2, 1)])  # noqa: DTZ001 - as a sheet has it
def test_a_day_is_written_as_the_card_says(desk, small, born):
    package = desk.deliver(desk.file("a.xlsx", workbook([small.person(GEBOREN=born)])))
    assert package.digest == desk.deliver([small.person()], target=desk.home / "b").digest


UNSURE = {
    "an identity as a number": (
        "SKN",
        12345678,
        "a number in a column that holds identities(.|\n)*leading zeros",
    ),
    "an identity as a day": ("SKN", dt.date(2025, 2, 1), "a day or a moment in a column where the card"),
    "a moment where the card writes a day": ("GEBOREN", dt.datetime(1990, 2, 1, 3, 4), "a day or a moment"),  # noqa: DTZ001 - as a sheet has it
    "a time of the day": ("ROL", dt.time(3, 4), "a day or a moment"),
    "a number in a text column cut short": ("ROL", "1,23457E+08", "cut short"),
    "a long number": ("ROL", 123_456_789_012, "digits or zeros may be lost"),
    "a tiny number": ("ROL", 1.5e-9, "digits or zeros may be lost"),
    "yes or no": ("ROL", True, "yes or no"),
    "a formula": ("ROL", "=1+1", "a formula"),
    "an error": ("ROL", "#REF!", "an error value"),
}


@pytest.mark.parametrize("fault", UNSURE)
def test_a_cell_that_is_not_sure_is_refused_by_place(desk, small, fault):
    column, cell, reason = UNSURE[fault]
    place = list(small.person()).index(column) + 1
    rows = [small.person(), {**small.person(), column: cell}]
    refused(
        desk, "a.xlsx", workbook(rows), rf"{reason}(.|\n)*where: a.xlsx, sheet 1, row 3, column {place}\n"
    )


@pytest.mark.parametrize("format_", ["0.00E+00", "0.00", "#,##0", "0%"])
def test_a_number_shown_in_another_way_than_it_is_kept_is_refused(desk, small, format_):
    refused(desk, "a.xlsx", workbook([small.person(ROL=1234567)], format_=format_), "may be lost")


def test_rows_and_sheets_that_are_no_table_are_refused(desk, small):
    header, row = list(small.person()), list(small.person().values())
    refused(desk, "a.xlsx", workbook([header, [*row, "x"]]), "a row of 8 values where the header has 7")
    refused(
        desk,
        "b.xlsx",
        workbook([header, row, [], row]),
        "a blank row between rows\n  where: b.xlsx, sheet 1, row 3",
    )
    refused(desk, "c.xlsx", workbook([header, row], [header, row], state="hidden"), "a hidden sheet")
    refused(desk, "d.xlsx", workbook([header, row], [header, row]), "two files of table 'personen'")
    refused(desk, "e.xlsx", workbook([["x", "y"]], [["x", "z"]]), "not the header of a table")
    refused(desk, "f.xlsx", workbook([[]]), "the file is empty")
    refused(
        desk, "g.xlsx", workbook([header, [*row[:-1], "a\tb"]]).replace(b"PK", b"PQ", 1), "not a workbook"
    )


def rewritten(content, part, change):
    """A workbook with one part of it changed; the zip around it is sound."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


SECOND = b'<row r="2"'
PARTS = {
    "a hidden row": (lambda b: b.replace(SECOND, SECOND + b' hidden="1"'), "hidden rows or columns"),
    "a row of a filter, hidden in other words": (
        lambda b: b.replace(SECOND, SECOND + b' spans="1:7" s="1"\n hidden = \'true\''),
        "hidden rows or columns",
    ),
    "a row without height": (lambda b: b.replace(SECOND, SECOND + b' ht="0"'), "hidden rows or columns"),
    "a hidden column": (
        lambda b: b.replace(
            b"<sheetData>", b'<cols><col min="3" max="3" width="9" hidden="1"/></cols><sheetData>'
        ),
        "hidden rows or columns(.|\n)*show what is hidden",
    ),
    "a column without width": (
        lambda b: b.replace(b"<sheetData>", b'<cols><col min="3" max="3" width="0"/></cols><sheetData>'),
        "hidden rows or columns",
    ),
    "merged cells": (
        lambda b: b.replace(
            b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells>'
        ),
        "merged cells",
    ),
    "a document type": (lambda b: b'<!DOCTYPE a [<!ENTITY e "x">]>' + b, "a document type"),
    "UTF-16": (lambda b: b.decode().encode("utf-16"), "a document type or a NUL"),
    "a row far away": (lambda b: b.replace(b'<row r="2"', b'<row r="99999999999"'), "a damaged sheet"),
    "no sheet at all": (lambda b: b"", "damaged|empty"),
    "a text that is not there": (
        lambda b: re.sub(rb't="inlineStr"><is><t>ROL</t></is>', b't="s"><v>999</v>', b),
        "damaged",
    ),
}


def test_what_is_shown_as_it_was_saved_is_no_fault(desk, small):
    """Widths, heights and words that look like hiding, of what is there to be seen."""
    shown = b'<cols><col min="1" max="7" width="0.5" hidden="0"/></cols><sheetData>'

    def change(part):
        return part.replace(b"<sheetData>", shown).replace(SECOND, SECOND + b' ht="15" hidden="false"')

    content = rewritten(workbook([small.person(OPMERKING='hidden="1"')]), "xl/worksheets/sheet1.xml", change)
    assert desk.rows(desk.deliver(desk.file("a.xlsx", content)))


def test_hidden_rows_as_a_spreadsheet_saves_them_are_refused(desk, small):
    for hide in (
        lambda sheet: setattr(sheet.row_dimensions[2], "hidden", True),
        lambda sheet: setattr(sheet.column_dimensions["B"], "hidden", True),
        lambda sheet: sheet.row_dimensions.group(2, 2, hidden=True),
    ):
        book = openpyxl.load_workbook(io.BytesIO(workbook([small.person(), small.person()])))
        hide(book.active)
        out = io.BytesIO()
        book.save(out)
        refused(desk, "a.xlsx", out.getvalue(), "hidden rows or columns")


def test_a_workbook_that_never_ends_a_tag_is_judged_in_time():
    assert not sheets._UNSEEN.search(b"<row " * 200_000 + b"<row" + b" a" * 500_000)


@pytest.mark.parametrize("fault", PARTS)
def test_a_workbook_with_a_bad_part_is_refused(desk, small, fault):
    change, reason = PARTS[fault]
    content = rewritten(workbook([small.person()]), "xl/worksheets/sheet1.xml", change)
    refused(desk, "a.xlsx", content, reason)


# ---------------------------------------------------------------- zips


@pytest.mark.parametrize(
    "name", ["../a.csv", "/a.csv", "a/b.csv", "C:\\a.csv", "a\\b.csv", "..", "", "a\x1b.csv"]
)
def test_a_zip_with_a_path_is_refused(desk, small, name):
    refused(
        desk, "a.zip", zipped(**{name: small.text([small.person()])}), "a path instead of a name in a zip"
    )


@pytest.mark.parametrize("name", ["b.zip", "b.csv.gz", "b.xlsx", "b.parquet", "b", "Zilverberg.exe"])
def test_a_zip_with_something_else_is_refused(desk, small, name):
    content = zipped(**{"a.csv": small.text([small.person()]), name: b"x"})
    refused(desk, "a.zip", content, "something else than text files\n  where: a.zip, file 2")


def test_a_zip_that_could_do_harm_is_refused(desk, small, monkeypatch):
    row = small.text([small.person()])
    refused(desk, "a.zip", zipped(mode=0o120777, **{"a.csv": "/etc/passwd"}), "a link in a zip")
    refused(desk, "b.zip", zipped(**{"dir/": b""}), "a folder in a zip")
    refused(desk, "c.zip", zipped(way=zipfile.ZIP_LZMA, **{"a.csv": row}), "an unusual way of packing")
    refused(desk, "d.zip", zipped(), "of no file")
    refused(desk, "e.zip", zipped(**{f"{i}.csv": row for i in range(201)}), "more than 200")
    refused(desk, "f.zip", zipped(**{"a.csv": row, "A.CSV": row}), "a name is there twice")
    refused(desk, "g.zip", zipped(**{"a.csv": row})[:-5], "not a zip file")
    packed = zipped(way=zipfile.ZIP_STORED, **{"a.csv": row})
    refused(desk, "h.zip", packed.replace(b"de Wit", b"de Wut"), "damaged")
    monkeypatch.setattr(archive, "FREE_OF_RATIO", 1 << 20)
    refused(desk, "i.zip", zipped(**{"a.csv": row + "x" * (4 << 20)}), "swells to 4 MiB")
    monkeypatch.setattr(sheets, "MAX_UNPACKED", 1000)
    refused(desk, "j.xlsx", workbook([small.person()]), "swells")
