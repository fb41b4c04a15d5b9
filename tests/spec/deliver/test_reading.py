"""`deliver` reads CSV, CSV.gz and Parquet as text, and guesses nothing."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from das_analysis.errors import BadDelivery
from das_analysis.intake import blocks

PLAIN = ("GESLACHT", "ROL", "OPMERKING")


def cells(desk, package, column="OPMERKING"):
    return [row[column] for row in desk.rows(package)]


@pytest.mark.parametrize(
    "kept", ["", " ", "NULL", "NA", "nan", "007", "1e3", "1.70", "1,5", "=1+1", "é", "e\u0301"]
)
def test_text_stays_as_it_is(desk, small, kept):
    assert cells(desk, desk.deliver([small.person(OPMERKING=kept)])) == [kept]


@pytest.mark.parametrize("kept", ["a;b", 'zei "nee"', "twee\nregels", "twee\r\nregels", "tab\there", '"'])
def test_quoted_text_stays_as_it_is(desk, small, kept):
    package = desk.deliver([small.person(OPMERKING=kept), small.person(OPMERKING="na")])
    assert cells(desk, package) == [kept, "na"]


def test_rows_keep_their_order(desk, small, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 4096)  # many blocks
    rows = [small.person(OPMERKING=f"regel {i}") for i in range(2000)]
    assert cells(desk, desk.deliver(rows)) == [row["OPMERKING"] for row in rows]


def test_a_quoted_line_end_on_the_edge_of_a_block_splits_nothing(desk, small, monkeypatch):
    rows = [small.person(OPMERKING=f'"{i}";\n' + "x" * (i % 37)) for i in range(200)]
    for block in (61, 64, 1000):
        monkeypatch.setattr(blocks, "BLOCK", block)
        package = desk.deliver(rows, target=desk.home / str(block))
        assert cells(desk, package) == [row["OPMERKING"] for row in rows]


@pytest.mark.parametrize("block", [64, 100, 8 << 20])
def test_mixed_line_ends_are_read(desk, small, monkeypatch, block):
    monkeypatch.setattr(blocks, "BLOCK", block)
    lines = small.text([small.person(OPMERKING=str(i)) for i in range(4)]).splitlines()
    mixed = "".join(line + end for line, end in zip(lines, ("\r\n", "\n", "\r", "\r\n", ""), strict=True))
    assert cells(desk, desk.deliver(desk.file("mixed.csv", mixed))) == ["0", "1", "2", "3"]


def test_a_byte_order_mark_is_no_part_of_the_first_name(desk, small):
    marked = b"\xef\xbb\xbf" + small.text([small.person()]).encode()
    assert len(desk.rows(desk.deliver(desk.file("bom.csv", marked)))) == 1


def test_blank_lines_at_the_end_are_no_rows(desk, small):
    assert desk.deliver(small.text([small.person()]) + "\n\r\n\n").rows == 1


def test_a_header_alone_is_a_table_without_rows(desk, small):
    header = small.text([small.person()]).splitlines()[0]
    assert [desk.deliver(header, target=desk.home / "a").rows, desk.deliver(header + "\n").rows] == [0, 0]


def test_a_gzip_gives_the_same_package(desk, small):
    whole = small.text([small.person(), small.person(ROL="getuige")])
    packed = desk.file("packed.csv.gz", gzip.compress(whole.encode()))
    assert desk.deliver(packed, target=desk.home / "other").digest == desk.deliver(whole).digest


def test_two_gzips_after_each_other_are_one_file(desk, small):
    first, second = small.text([small.person()]), small.text([small.person()]).split("\n", 1)[1]
    packed = gzip.compress(first.encode()) + gzip.compress(second.encode())
    assert desk.deliver(desk.file("twice.csv.gz", packed)).rows == 2


def parquet(desk, **columns):
    path = desk.home / "in" / "rows.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_gives_the_same_package(desk, small):
    rows = [small.person(), small.person(ROL="getuige")]
    path = parquet(desk, **{name: [row[name] for row in rows] for name in rows[0]})
    assert desk.deliver(path, target=desk.home / "other").digest == desk.deliver(rows).digest


def test_parquet_may_hold_whole_numbers_dictionaries_and_nulls(desk, small):
    row = {name: pa.array([cell, cell]) for name, cell in small.person().items()}
    row["SKN"] = pa.array([12345678, None])
    row["ROL"] = row["ROL"].dictionary_encode()
    row["OPMERKING"] = pa.nulls(2)
    first, second = desk.rows(desk.deliver(parquet(desk, **row)))
    assert first["Skn:SKN"] == desk.rows(desk.deliver([small.person()], target=desk.home / "b"))[0]["Skn:SKN"]
    assert (second["Skn:SKN"], second["ROL"], second["OPMERKING"]) == (None, "dader", None)


@pytest.mark.parametrize("kind", [pa.float64(), pa.date32(), pa.bool_(), pa.binary(), pa.list_(pa.string())])
def test_parquet_with_another_type_is_refused_by_column(desk, small, kind):
    row = {name: pa.array([cell]) for name, cell in small.person().items()}
    row["SKN"] = pa.nulls(1, kind)
    with pytest.raises(BadDelivery, match=r"not text\n  where: rows.parquet, column 2"):
        desk.deliver(parquet(desk, **row))


def test_progress_counts_towards_the_size_of_the_file(desk, small):
    told = []
    path = desk.file("p.csv", [small.person()])
    desk.deliver(path, progress=lambda *step: told.append(step))
    assert told[-1] == ("personen", path.stat().st_size, path.stat().st_size)
