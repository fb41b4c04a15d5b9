"""What validation costs: one fused scan, beside a scan for each check, beside the limit of reading at all.

    python benchmarks/validation.py [--rows 1000000]

Input: the package of the police's file `misdrijven` (12 columns of text, Parquet), made up, 0.1 % of it at
fault. Every way reads the same file; the ways take turns, and the median of three counts. `limit` reads every
column and hashes it: no validator can be faster. See docs/decisions/0004-one-scan.md.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import duckdb

from das_analysis.flow import Delivery, Provenance
from das_analysis.intake.staging import Work, find_faults, stage
from das_analysis.lake.sql import literal, quote
from das_analysis.model import load_model
from das_analysis.rules import row_checks
from das_analysis.rules.rows import stage_sql

SOURCE, TABLE, DELIVERY = "misdrijven", "registered_crime", "politie-2025-1-000000000000"
WAYS = ("limit", "cast and map only", "one fused scan", "a scan a check", "fused, with unique")
MODEL = load_model()
CARD = MODEL.suppliers["politie"]
ROW_MAP = CARD.tables[SOURCE].maps[0]


def make_file(con, path, rows):
    """Write a package file of likely texts; one row in a thousand has one of ten faults."""
    codes = {n: list(MODEL.code_lists[n].codes) for n in ("Scm2010", "PoliceUnit", "PoliceOffence")}

    def pick(name, salt):
        listed = ", ".join(map(literal, codes[name]))
        return f"list_extract([{listed}], 1 + ((i * {salt}) % {len(codes[name])})::INTEGER)"

    def day(offset):
        return f"strftime(DATE '2025-01-01' + ((i * 7 + {offset}) % 300)::INTEGER, '%d-%m-%Y')"

    def spoil(column, text, fault):
        return f"CASE WHEN i % 10000 = {fault} THEN {text} ELSE {column} END"

    registered = "strftime(DATE '2025-01-03' + ((i * 7) % 300)::INTEGER, '%d-%m-%Y')"
    number = "'p1.' || translate(substr(md5(i::VARCHAR), 1, 26), '0189', 'wxyz')"
    columns = {
        "CrimeNumber:REGISTRATIENR": spoil(number, "'!format'", 17),
        "DELICTCODE": spoil(pick("PoliceOffence", 13), "'0.0.0'", 1017),
        "SCM": spoil(pick("Scm2010", 11), "'8'", 2017),
        "PLEEGDATUM_VAN": spoil(day(0), "'31-02-2025'", 3017),
        "PLEEGDATUM_TOT": spoil(day(0), "'2025-02-01'", 4017),
        "DATUM_REGISTRATIE": spoil(registered, "NULL", 5017),
        "GEMEENTE": spoil("lpad((i % 2000)::VARCHAR, 4, '0')", "'363'", 6017),
        "EENHEID": spoil(pick("PoliceUnit", 5), "'XX'", 7017),
        "OPGEHELDERD": spoil("CASE WHEN i % 4 = 0 THEN 'J' ELSE 'N' END", "'ja'", 8017),
        "DATUM_OPGEHELDERD": f"CASE WHEN i % 4 = 0 THEN {registered} ELSE '' END",
        "CYBER": "CASE WHEN i % 20 = 0 THEN 'J' ELSE 'N' END",
        "AANTAL_SLACHTOFFERS": spoil("(i % 3)::VARCHAR", "'1.7'", 9017),
    }
    assert set(columns) == set(CARD.tables[SOURCE].package), "the card of the police has changed"
    listed = ", ".join(f"({columns[c]})::VARCHAR AS {quote(c)}" for c in CARD.tables[SOURCE].package)
    con.execute(f"COPY (SELECT {listed} FROM range({rows}) AS r(i)) TO {literal(str(path))} (FORMAT parquet)")


def limit(work):
    columns = ", ".join(map(quote, CARD.tables[SOURCE].package))
    work.con.execute(f"SELECT bit_xor(hash({columns})) {work.package(SOURCE)}").fetchall()


def cast_only(work):
    """The same casts and the same table, with no check at all."""
    query = staged(work)
    start = (
        query.index("CASE WHEN coalesce(") if "CASE WHEN coalesce(" in query else query.index("CASE WHEN (")
    )
    end = query.rindex(" AS faults")
    work.con.execute(f"CREATE TABLE plain AS {query[:start]} NULL::VARCHAR[]{query[end:]}")


def staged(work):
    return stage_sql(ROW_MAP, CARD, model=work.model)


def fused(work):
    work.con.execute(f"CREATE TABLE {TABLE} AS {staged(work)}")
    work.con.execute(f"SELECT row, unnest(faults) FROM {TABLE} WHERE faults IS NOT NULL").fetchall()


def scan_a_check(work):
    """Cast and map once into a table that keeps the texts too; then one narrow scan for each check."""
    query = staged(work)
    inner = query[query.index("(SELECT *, ") :]
    work.con.execute(f"CREATE TABLE wide AS SELECT * FROM {inner}")
    for rule, broken in row_checks(ROW_MAP, work.model):
        work.con.execute(f"SELECT row, {literal(rule.id)} FROM wide WHERE {broken}").fetchall()


def with_unique(work):
    stage(work)
    find_faults(work)


RUN = dict(zip(WAYS, (limit, cast_only, fused, scan_a_check, with_unique), strict=True))


def measure(home, rows, way):
    made = Provenance(actor="", at="", code="", model="")
    delivery = Delivery(
        lake=home,
        delivery_id=DELIVERY,
        supplier="politie",
        period="2025",
        sequence=1,
        rows=rows,
        provenance=made,
    )
    with duckdb.connect() as con:
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET memory_limit = '2GB'")
        work = Work(con=con, received=home, deliveries=[delivery], supplier=CARD, model=MODEL)
        if way != "fused, with unique":
            view(work)
        wall, processor = time.perf_counter(), time.process_time()
        RUN[way](work)
        return time.perf_counter() - wall, time.process_time() - processor


def view(work):
    from das_analysis.intake.staging import PLACE
    from das_analysis.rules import package_column

    given = ", ".join(f"{quote(c)} AS {package_column(c)}" for c in CARD.tables[SOURCE].package)
    work.con.execute(
        f"""CREATE TEMP VIEW raw AS SELECT *, 'politie' AS supplier, '2025' AS period, 1 AS sequence,
            DATE '2025-01-01' AS period_start, {literal(SOURCE)} AS source_table
            FROM (SELECT {given}, {PLACE} {work.package(SOURCE)})"""
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    checks = row_checks(ROW_MAP, MODEL)
    columns = len(CARD.tables[SOURCE].package)
    print(f"{rows:,} rows x {columns} columns, {len(checks)} row checks, DuckDB {duckdb.__version__}")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / DELIVERY
        home.mkdir()
        with duckdb.connect() as con:
            make_file(con, home / f"{SOURCE}.parquet", rows)
        seconds = {way: [] for way in WAYS}
        for _ in range(3):
            for way in WAYS:
                seconds[way].append(measure(Path(folder), rows, way))
    report(rows, seconds)


def report(rows, seconds):
    """Wall time is what a user waits; processor time of all threads can be compared on a busy machine."""
    print(f"{'way':20} {'wall s':>7} {'cpu s':>7} {'M rows/s':>9} {'cpu to the limit':>17}")
    medians = {w: [statistics.median(x) for x in zip(*taken, strict=True)] for w, taken in seconds.items()}
    for way, (wall, processor) in medians.items():
        share = medians["limit"][1] / processor
        print(f"{way:20} {wall:7.2f} {processor:7.2f} {rows / wall / 1e6:9.2f} {share:17.3f}")


if __name__ == "__main__":
    main()
