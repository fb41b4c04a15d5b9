"""What goes wrong with a supplier's file: each function takes a source of chance, gives a changed copy."""

import datetime as dt
import decimal
import gzip
import io
import json
import re
import warnings
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from fuzzing.sources import read_rows, write_rows

PIECES = [
    *(b"", b'"', b'""', b";", b",", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\n\n", b";;", b"\0", b"\x1b[2J"),
    *(b"\xff", b"\xc3", b"\xc3\xa9", b"\xe9", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\xc2\x85"),
    *(b"\xe2\x80\xa8", b"\xf4\x90\x80\x80", b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"<", b">", b"&", b"]]>"),
    *(b"\x1a", b"\x0c", b"x" * 70, b" " * 9),
]
CELLS = [
    *("", " ", "NULL", "null", "None", "NaN", "N/A", "-", "?", "0", "00", "-0", "-1", "+1", "1,5", "1.5"),
    *("1e3", "1,23457E+08", "1.23E+08", "0x10", "1_000", "9" * 30, "007", " 2", "2 ", "\u0661\u0662\u0663"),
    *("31-02-2025", "20250231", "2025-02-31", "20251399", "00000000", "99991231", "01/02/2025", "45000"),
    *("2025-03-30T02:30:00", "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "'; DROP TABLE zaken; --"),
    *("<b>x</b>", "<script>alert(1)</script>", "&amp;", "{{7*7}}", "${x}", "%s%n", "../../etc/passwd"),
    *("a\nb", "a\r\nb", "a\rb", 'say "no"', "a;b", "a,b", "a\tb", "e\u0301", "\u00e9", "\u202eabc", "\u200b"),
    *(
        "\u2028",
        "\ufeff",
        "\ufffd",
        "\U0001f600",
        "\x00",
        "\x1b[31m",
        "\x85",
        "\x7f",
        "x" * 10_001,
        "y" * 300,
    ),
    *("true", "TRUE", "ja", "!format", "!check", "p1." + "a" * 26, "123456782", "05/780109-15"),
]
JSON_VALUES = [
    *(
        None,
        True,
        1,
        -0.5,
        1e300,
        10**30,
        float("nan"),
        float("-inf"),
        [],
        {},
        ["a"],
        {"a": 1},
        "\ud800",
        "\x00",
    ),
]
JSON_LINES = [
    *(
        "",
        "null",
        "1",
        "[]",
        '"x"',
        "{",
        '{"a": 1, "a": 2}',
        "[" * 50_000,
        '{"a":' * 9000,
        "{'a': 1}",
        "9" * 9999,
    ),
    *("\ufeff{}", "{} {}", '{"a": 1e}', '{"a": "\t"}', "// x", "NaN"),
]
SHEET_VALUES = [
    *(
        1,
        1.5,
        1e300,
        123456782,
        10**12,
        True,
        False,
        dt.date(2025, 2, 1),
        dt.datetime(2025, 2, 1, 3, 4, 5),  # noqa: DTZ001 - as a sheet has it
    ),
    *(
        dt.time(1, 2),
        dt.timedelta(days=2),
        "=1+1",
        "=A1",
        "#REF!",
        "1,23E+08",
        "1.23457E+08",
        None,
        "_x0000_",
    ),
]
ZIP_NAMES = [
    "../a.csv",
    "/a.csv",
    "a/b.csv",
    "C:\\a.csv",
    "a.zip",
    "a.csv.gz",
    "a.exe",
    "dir/",
    "",
    "x" * 300 + ".csv",
]
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp437", "utf-7"]


def of_bytes(chance, data):
    """Change, cut, add or move bytes, once or a few times."""
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        data = chance.choice(BYTE_WAYS)(chance, data)
    return data


def _place(chance, data):
    return chance.randint(0, len(data))


def _flip(chance, data):
    at = _place(chance, data)
    return data[:at] + bytes(b ^ (1 << chance.randrange(8)) for b in data[at : at + 1]) + data[at + 1 :]


def _insert(chance, data):
    at = _place(chance, data)
    return data[:at] + chance.choice(PIECES) + data[at + chance.randrange(3) :]


def _double(chance, data):
    start, stop = sorted((_place(chance, data), _place(chance, data)))
    return data[:stop] + data[start:stop] + data[stop:]


def _blank(chance, data):
    start, size = _place(chance, data), chance.choice((1, 4, 60))
    return data[:start] + chance.choice((b"\0", b" ", b"\xff")) * size + data[start + size :]


BYTE_WAYS = [
    *(_flip, _flip, _insert, _insert, _insert, _double, _blank),
    lambda chance, data: data[: _place(chance, data)],
    lambda chance, data: data[_place(chance, data) :],
    lambda chance, data: data[: len(data) - chance.randrange(20)],
    lambda chance, data: data + data,
    lambda chance, data: data + chance.choice(PIECES) * chance.choice((1, 3, 5000)),
    lambda _, __: b"",
]


# ---------------------------------------------------------------- rows and columns


def of_rows(chance, rows):
    """Change cells, rows or columns. Returns other rows, which need not all be of one length."""
    rows = [list(row) for row in rows]
    for _ in range(chance.choice((1, 1, 2, 4))):
        chance.choice(ROW_WAYS)(chance, rows)
    return rows


def _any(chance, rows, first=0):
    return chance.randrange(min(first, len(rows) - 1), len(rows))


def _cell(chance, rows):
    row = rows[_any(chance, rows, 1)]
    if row:
        row[chance.randrange(len(row))] = chance.choice(CELLS)


def _whole_column(chance, rows):
    column, cell = chance.randrange(len(rows[0]) or 1), chance.choice(CELLS)
    for row in rows[1:]:
        row[column : column + 1] = [cell]


def _swap_columns(chance, rows):
    """Change places of two columns, in the header only or below it too."""
    one, two = (chance.randrange(len(rows[0]) or 1) for _ in range(2))
    for row in rows[: chance.choice((1, len(rows)))]:
        if max(one, two) < len(row):
            row[one], row[two] = row[two], row[one]


def _lose_column(chance, rows):
    column = chance.randrange(len(rows[0]) or 1)
    for row in rows:
        del row[column : column + 1]


def _add_column(chance, rows):
    column, name = chance.randrange(len(rows[0]) + 1), chance.choice((*CELLS, *rows[0]))
    for row in rows:
        row.insert(column, name)


def _rename(chance, rows):
    if rows[0]:
        at = chance.randrange(len(rows[0]))
        name = rows[0][at]
        changed = (name.lower(), f" {name}", name + "\u200b", name[:-1], f"{name}.1", *rows[-1], *CELLS)
        rows[0][at] = chance.choice(changed)


def _ragged(chance, rows):
    row = rows[_any(chance, rows)]
    row[len(row) - chance.randrange(2) :] = chance.choice(([], [""], ["", "x"]))


def _move(chance, rows):
    rows.insert(_any(chance, rows), rows.pop(_any(chance, rows)))


def _grow(chance, rows):
    rows.extend([list(chance.choice(rows[-3:])) for _ in range(chance.choice((10, 300)))])


ROW_WAYS = [
    *(_cell, _cell, _cell, _whole_column, _swap_columns, _lose_column, _add_column, _rename, _ragged, _move),
    _grow,
    lambda chance, rows: chance.shuffle(rows),
    lambda chance, rows: rows.insert(_any(chance, rows, 1), list(rows[_any(chance, rows)])),
    lambda chance, rows: rows.insert(_any(chance, rows, 1), []),
    lambda chance, rows: len(rows) > 1 and rows.pop(_any(chance, rows)),
    lambda chance, rows: rows.__delitem__(slice(1, None)),
]


# ---------------------------------------------------------------- ways to write rows


def as_csv(chance, rows, delimiter):
    """Write rows as some program would: another delimiter, line end, quoting, encoding or packing."""
    text = write_rows(rows, chance.choice((*delimiter * 8, ";", ",", "\t", "|"))).decode(errors="replace")
    if chance.random() < 0.2:
        text = re.sub("\n", lambda _: chance.choice(("\n", "\r\n", "\r")), text)
    if chance.random() < 0.1:
        text = text.rstrip("\n") + chance.choice(("", "\n\n\n", "\r\n \r\n", "\x1a"))
    if chance.random() < 0.05:
        text = re.sub(r"\b([0-9]+)[.]([0-9]+)\b", r"\1,\2", text)
    encoding = chance.choice(ENCODINGS) if chance.random() < 0.15 else "utf-8"
    return text.encode(encoding, errors="replace")


def as_gzip(chance, data):
    """Pack bytes as gzip, rightly or not."""
    good = gzip.compress(data, 1, mtime=0)
    return chance.choice(
        (
            *(good, good, good, good + good, good + b"x", good + b"\0" * 9, data, gzip.compress(good)),
            *(good[: _place(chance, good)], of_bytes(chance, good), good[:3] + b"\xff" + good[4:], b""),
        )
    )


PARQUET_TYPES = {
    "text": lambda cells: pa.array(cells, pa.string()),
    "wide text": lambda cells: pa.array(cells, pa.large_string()),
    "text view": lambda cells: pa.array(cells, pa.string_view()),
    "dictionary": lambda cells: pa.array(cells, pa.string()).dictionary_encode(),
    "nothing": lambda cells: pa.nulls(len(cells)),
    "no text": lambda cells: pa.array([c or None for c in cells], pa.string()),
    "bytes": lambda cells: pa.array([c.encode() for c in cells], pa.binary()),
    "short bytes": lambda cells: pa.array([c.encode().ljust(9)[:9] for c in cells], pa.binary(9)),
    "whole": lambda cells: pa.array(range(len(cells)), pa.int64()),
    "small": lambda cells: pa.array([-1] * len(cells), pa.int8()),
    "huge": lambda cells: pa.array([2**64 - 1] * len(cells), pa.uint64()),
    "float": lambda cells: pa.array([float("nan")] * len(cells)),
    "decimal": lambda cells: pa.array([decimal.Decimal("1.50")] * len(cells)),
    "yes or no": lambda cells: pa.array([True] * len(cells)),
    "day": lambda cells: pa.array([dt.date(2025, 2, 1)] * len(cells)),
    "moment": lambda cells: pa.array([dt.datetime(2025, 2, 1, tzinfo=dt.UTC)] * len(cells)),
    "list": lambda cells: pa.array([[c] for c in cells]),
    "record": lambda cells: pa.array([{"a": c} for c in cells]),
    "map": lambda cells: pa.array([[(c, c)] for c in cells], pa.map_(pa.string(), pa.string())),
}


def as_parquet(chance, rows):
    """Write rows of one length as Parquet, some columns of another type; other rows are cut or filled."""
    width = len(rows[0])
    full = [(row + [""] * width)[:width] for row in rows[1:]]
    cells = list(zip(*full, strict=True)) if full else [()] * width
    odd = chance.random() < 0.3
    kinds = [chance.choice(list(PARQUET_TYPES)) if odd and chance.random() < 0.2 else "text" for _ in cells]
    made = [PARQUET_TYPES[kind](list(column)) for kind, column in zip(kinds, cells, strict=True)]
    given = {
        "compression": chance.choice(("none", "snappy", "zstd", "gzip", "brotli")),
        "row_group_size": chance.choice((1, 3, 1000)),
        "version": chance.choice(("1.0", "2.6")),
        "use_dictionary": chance.random() < 0.5,
        "write_statistics": chance.random() < 0.5,
    }
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(made, names=rows[0]), out, **given)
    return out.getvalue()


def as_lines(chance, rows):
    """Write rows as JSON lines, some values of another type, some objects with other names."""
    lines = []
    for row in rows[1:]:
        content = dict(zip(rows[0], row, strict=False))
        if chance.random() < 0.05:
            content[chance.choice((*rows[0], "more"))] = chance.choice(JSON_VALUES)
        lines.append(json.dumps(content, ensure_ascii=chance.random() < 0.5))
    if lines and chance.random() < 0.1:
        lines.insert(chance.randrange(len(lines)), chance.choice(JSON_LINES))
    return "\n".join(lines).encode(errors="surrogatepass") + chance.choice((b"", b"\n", b"\r\n"))


def as_zip(chance, files):
    """Pack files as a zip, some under a name or in a way that is not allowed."""
    out = io.BytesIO()
    way = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(out, "w", way) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a name that is there twice
        for name, data in files.items():
            member = zipfile.ZipInfo(chance.choice((name, name, name, name, *ZIP_NAMES)))
            member.external_attr = chance.choice((0o644, 0o644, 0o644, 0o120777)) << 16
            archive.writestr(member, data, way)
    return out.getvalue()


def as_workbook(chance, rows):
    """Write rows as XLSX, some cells of another type, some sheets more."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        cells = [chance.choice(SHEET_VALUES) if chance.random() < 0.002 else cell for cell in row]
        sheet.append([ILLEGAL.sub("", cell) if isinstance(cell, str) else cell for cell in cells])
    if chance.random() < 0.2:
        more = book.create_sheet("Zilverberg")
        more.append(["toelichting"] if chance.random() < 0.5 else [ILLEGAL.sub("", c) for c in rows[0]])
        more.sheet_state = chance.choice(("visible", "visible", "hidden", "veryHidden"))
    if chance.random() < 0.05:
        sheet.merge_cells("A2:B3")
    if chance.random() < 0.1:
        sheet.cell(row=chance.choice((1, 2, 40)), column=chance.choice((1, 3, 60))).number_format = "0.00E+00"
    out = io.BytesIO()
    book.save(out)
    return _repacked(chance, out.getvalue()) if chance.random() < 0.3 else out.getvalue()


def _repacked(chance, data):
    """Damage the text of one part of a workbook; the zip around it is sound."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        hurt = chance.choice(old.namelist())
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, _part(chance, content) if name == hurt else content)
    return out.getvalue()


def _part(chance, content):
    if chance.random() < 0.5:
        return of_bytes(chance, content)
    text = content.decode()
    number = chance.choice(("0", "-1", "1048577", "99999999999999999999", "1e9", "x", "NaN"))
    return chance.choice(
        (
            lambda: of_markup(chance, text),
            lambda: re.sub(r'r="[0-9]+"', f'r="{number}"', text, count=chance.choice((1, 5))),
            lambda: re.sub(r'r="[A-Z]+([0-9]+)"', r'r="ZZZ\1"', text, count=1),
            lambda: re.sub(r' (t|s)="[^"]*"', rf' \1="{number}"', text, count=chance.choice((1, 5))),
            lambda: re.sub("<v>[^<]*</v>", f"<v>{number}</v>", text, count=chance.choice((1, 5))),
        )
    )().encode(errors="replace")


# ---------------------------------------------------------------- XML

ELEMENT = re.compile(r"<([a-z]+:)?[a-zA-Z]+[^<>]*>")
INSERTS = [
    *('<!DOCTYPE a [<!ENTITY e "x">]>', "<!ENTITY e 'x'>", "&e;", "&#0;", "&#x1b;", "&#233;", "&lt;", "]]>"),
    *(
        "<![CDATA[<a>]]>",
        "<!-- no -->",
        "<!-- -- -->",
        "<?php x ?>",
        "<a>",
        "</a>",
        "<a/>",
        "<a b='1' b='2'/>",
    ),
    *(
        "<x:y/>",
        "<a xmlns:q='urn:q'/>",
        "\x00",
        "\x1b",
        "\ufffe",
        "\u200b",
        "\u00e9",
        "x" * 10_001,
        "\n" * 99,
    ),
    *("<a>" * 120, "<a>" * 120 + "</a>" * 120, "<a/>" * 3000, "<xi:include href='/etc/passwd'/>"),
    *("<dcterms:date>2025-02-31</dcterms:date>", "<psi:zaaknummer>10/740193-24</psi:zaaknummer>"),
]
HEADS = [
    *(
        '<?xml version="1.1"?>',
        '<?xml version="1.0" encoding="utf-16"?>',
        '<?xml version="1.0" standalone="no"?>',
    ),
    *(
        '<?xml version="1.0" encoding="latin-1"?>',
        '<?xml version="1.0" encoding="no such"?>',
        "",
        "\n<?xml?>",
    ),
]


def of_markup(chance, text):
    """Change the elements, the head or the text of an XML file."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        text = chance.choice(MARKUP_WAYS)(chance, text)
    return text


def _element(chance, text):
    found = list(ELEMENT.finditer(text))
    return chance.choice(found).span() if found else (0, 0)


def _insert_markup(chance, text):
    at = chance.choice((*_element(chance, text), _place(chance, text)))
    return text[:at] + chance.choice(INSERTS) + text[at:]


def _lose_element(chance, text):
    start, stop = _element(chance, text)
    return text[:start] + text[stop:]


def _double_element(chance, text):
    start, stop = _element(chance, text)
    close = text.find(">", text.find("</", stop)) + 1
    end = chance.choice((stop, max(stop, close)))
    return text[:end] + text[start:end] * chance.choice((1, 30)) + text[end:]


MARKUP_WAYS = [
    *(_insert_markup, _insert_markup, _lose_element, _double_element),
    lambda chance, text: chance.choice(HEADS) + text.partition("?>")[2],
    lambda chance, text: re.sub("urn:|http:", lambda m: chance.choice((m[0], "urn:")), text),
    lambda chance, text: text.replace(
        "dcterms:", chance.choice(("dc:", "DCTERMS:", "")), chance.randrange(9)
    ),
    lambda chance, text: text.replace(">", chance.choice((" >", "/>", " a='1'>")), chance.randrange(20)),
    lambda chance, text: text.replace("Rotterdam", chance.choice(CELLS)),
    lambda chance, text: text[: _place(chance, text)],
]


# ---------------------------------------------------------------- files

KINDS = ("csv", "csv", "csv", "csv.gz", "parquet", "jsonl", "zip", "xlsx")
WRITERS = {"parquet": as_parquet, "jsonl": as_lines, "xlsx": as_workbook}
PACKED_TOO = [{}, {}, {}, {"b.csv": b""}, {"b.xlsx": b""}, {f"{i}.csv": b"x" for i in range(300)}]

NAMES = [
    *(
        "{}",
        "{}",
        "{}",
        "{}",
        "{}",
        "a b {}",
        "Zaken é {}",
        "\u202e{}",
        "a\n{}",
        "\x1b[2J{}",
        "-x {}",
        "{}.bak",
    ),
    *("." + "{}", "{}" * 2, "x" * 120 + "{}", "con.{}", "{}.CSV"),
]


def written(chance, clean, name):
    """One file of a clean delivery, damaged: its name and content; and its rows, where they must arrive."""
    data, stem = clean.files[name], name.rpartition(".")[0]
    if name.endswith(".xml"):
        text = of_markup(chance, data.decode()) if chance.random() < 0.7 else data.decode()
        data = text.encode(chance.choice(("utf-8", "utf-8", "utf-8", *ENCODINGS)), errors="replace")
        return _named(chance, f"{stem}.xml"), of_bytes(chance, data) if chance.random() < 0.4 else data
    rows = read_rows(data, clean.delimiter)
    rows = of_rows(chance, rows) if chance.random() < 0.6 else rows
    kind = chance.choice(KINDS)
    if kind in WRITERS:
        data = WRITERS[kind](chance, rows)
    elif kind == "zip":
        packed = {f"{stem}.csv": as_csv(chance, rows, clean.delimiter)}
        data = as_zip(chance, {**packed, **dict(chance.choice(PACKED_TOO))})
    else:
        data = as_csv(chance, rows, clean.delimiter)
        data = of_bytes(chance, data) if kind == "csv.gz" and chance.random() < 0.2 else data
        data = as_gzip(chance, data) if kind == "csv.gz" else data
    return _named(chance, f"{stem}.{kind}"), of_bytes(chance, data) if chance.random() < 0.2 else data


def _named(chance, name):
    return chance.choice(NAMES).format(*[name] * 2) if chance.random() < 0.2 else name
