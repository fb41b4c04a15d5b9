"""After a walk no planted identity is anywhere: lake, packages, reports, notebooks, temporary folders.

A number is searched for as its digits alone, so that 13/000075-24 is found as 1300007524 too. Parquet is
read, since its bytes are compressed.
"""

import gzip
import re
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

NUMBER = re.compile(r"[0-9][0-9./-]{6,}[0-9]")
KINDS = {
    "person": ("skn", "second_skn", "bsn", "register_number"),
    "case": ("case_key", "pv_key"),
    "registered_crime": ("crime_key",),
    "execution_order": ("order_key",),
}


def digits(text):
    return re.sub(r"[^0-9]", "", text)


@pytest.fixture(scope="module")
def numbers(deliveries):
    """Every issued number of the made-up chain, as digits; eight or more, so that a date or count is none."""
    found = set()
    for table, columns in KINDS.items():
        frame = pd.read_parquet(deliveries / "truth" / f"{table}.parquet")
        for column in columns:
            found |= {digits(str(v)) for v in frame[column].dropna()}
    return {n for n in found if len(n) >= 8}


@pytest.fixture(scope="module")
def surnames(deliveries):
    frame = pd.read_parquet(deliveries / "truth" / "person.parquet")
    return {s.casefold() for s in frame["surname"].dropna() if len(s) > 4}


def cells(path):
    """The distinct texts of a Parquet file."""
    table = pq.read_table(path)
    for name in table.column_names:
        column = table[name]
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            yield from (v for v in column.unique().to_pylist() if v)


def texts(path):
    """The texts of any file: cells of Parquet, lines of the rest."""
    if path.suffix == ".parquet":
        yield from cells(path)
        return
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from raw.decode("utf-8", errors="replace").splitlines()


def found_in(folder, numbers, surnames):
    """Files below a folder that hold an identity, with how many."""
    hits = {}
    for path in (p for p in Path(folder).rglob("*") if p.is_file()):
        for text in texts(path):
            told = {digits(n) for n in NUMBER.findall(text)} & numbers
            told |= {text.casefold()} & surnames
            if told:
                hits[str(path.relative_to(folder))] = hits.get(str(path.relative_to(folder)), 0) + len(told)
    return hits


def test_the_search_finds_what_is_there(deliveries, numbers, surnames):
    assert found_in(deliveries / "om", numbers, surnames)
    assert found_in(deliveries / "truth", numbers, surnames)


def test_lake_and_packages_hold_no_identity(demo_lake, numbers, surnames):
    assert found_in(demo_lake, numbers, surnames) == {}
    assert found_in(demo_lake.parent / "packages", numbers, surnames) == {}


def test_a_published_report_and_its_leftovers_hold_no_identity(
    demo_lake, root, tmp_path, numbers, surnames, monkeypatch
):
    from das_analysis.report import run_monitor

    temporary, reports = tmp_path / "temporary", tmp_path / "reports"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    report = run_monitor(
        "chain", period="2025", lake=demo_lake, reports=reports, notebooks=root / "notebooks"
    )
    assert len([p for p in report.files if p.suffix == ".html"]) == 2
    for folder in (reports, temporary, demo_lake):
        assert found_in(folder, numbers, surnames) == {}
