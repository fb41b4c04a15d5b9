"""Typed rows checked by our rules, beside LinkML's validators, beside the limit of reading at all.

    python benchmarks/validators.py [--rows 1000000] [--turns 3] [--no-peers]

Input: rows of the class Charge (12 columns, Parquet, zstd), made up, 0.1 % of them at fault in ten ways, and
the cases they refer to, half as many. Each way is a process of its own, so that its peak memory is its own;
ways take turns, and the median counts. `limit` reads every column and hashes it: no validator can be faster.
Peers get fewer rows where they are slow, already as Python objects but for `pydantic_file` and
`pydantic_whole`: these start from the file as ours do, the second with the patterns. They run by
.peers/bin/python (tools/peers.sh).
See docs/decisions/0006-narrow-scans.md.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE.parent / ".peers" / "bin" / "python"
OURS = {
    "limit": "scan and hash of all columns",
    "slots": "slots and rules of one row: narrow scans",
    "slots fused": "the same: one fused scan",
    "slots each": "the same: a scan for each check",
    "all": "narrow scans, with unique, reference, rules on the case",
}
PEER_ROWS = {
    "sqlvalidation": None,
    "pandera": 1_000_000,
    "pydantic": 50_000,
    "pydantic_file": 50_000,
    "pydantic_whole": 50_000,
    "linkml": 2_000,
    "pyshacl": 100,
}
FAULTS = 10_000  # of so many rows, each of ten faults stands in one


def make_files(home, rows):
    """Write charge.parquet and case.parquet."""
    import duckdb

    from das_analysis.model import load_model

    lists = load_model().code_lists
    codes = {  # those that hold on every day: a code out of its time is none of the ten faults
        n: [code for code, told in lists[n].codes.items() if not (told.valid_from or told.valid_until)]
        for n in ("ChargeAlternative", "LawArticle", "Scm2010")
    }

    def pick(name, step):
        listed = ", ".join(f"'{code}'" for code in codes[name])
        return f"list_extract([{listed}], (1 + (i * {step}) % {len(codes[name])})::INTEGER)"

    def key(text):
        return f"'p1.' || translate(substr(md5({text}), 1, 26), '0189', 'wxyz')"

    def spoil(column, value, fault):
        return f"CASE WHEN i % {FAULTS} = {fault} THEN {value} ELSE {column} END"

    columns = {
        "charge_key": spoil(key("i::VARCHAR"), key("(i - 1)::VARCHAR"), 17),
        "case_key": spoil(key("'c' || (i // 2)"), key("'none' || i"), 1017),
        "charge_number": f"({spoil('1 + i % 2', '1000', 2017)})::INTEGER",
        "alternative_code": spoil(
            f"CASE WHEN i % 3 > 0 THEN {pick('ChargeAlternative', 1)} END", "'X'", 3017
        ),
        "law_article_code": spoil(pick("LawArticle", 7), "'X'", 4017),
        "offence_code": spoil(pick("Scm2010", 11), "'8'", 5017),
        "offence_text": spoil("'feit ' || (i % 500)", "'a' || chr(7)", 6017),
        "degree_code": spoil("list_extract(['F1', 'F2', 'M1', '(M)'], (1 + i % 4)::INTEGER)", "'f9'", 7017),
        "committed_from_on": "DATE '2020-01-01' + ((i * 7) % 1500)::INTEGER",
        "committed_until_on": spoil(
            "CASE WHEN i % 5 > 0 THEN DATE '2020-01-03' + ((i * 7) % 1500)::INTEGER END",
            "DATE '2019-01-01'",
            8017,
        ),
        "is_attempt": "i % 20 = 0",
        "max_penalty_months": f"({spoil('6 * (i % 50)', '400', 9017)})::INTEGER",
    }
    case = {
        "case_key": key("'c' || i"),
        "registered_on": "DATE '2025-01-01' + (i % 300)::INTEGER",
        "birth_month": "'19' || (50 + i % 49) || '-05'",
    }
    with duckdb.connect() as con:
        for name, made, number in (("charge", columns, rows), ("case", case, rows // 2 + 1)):
            listed = ", ".join(f"{sql} AS {column}" for column, sql in made.items())
            target = f"'{home / name}.parquet' (FORMAT parquet, COMPRESSION zstd)"
            con.execute(f"COPY (SELECT {listed} FROM range({number}) AS r(i)) TO {target}")


def limit(home):
    import duckdb

    with duckdb.connect() as con:
        columns = [name for name, *_ in con.execute(f"DESCRIBE FROM '{home}/charge.parquet'").fetchall()]
        con.execute(f"SELECT bit_xor(hash({', '.join(columns)})) FROM '{home}/charge.parquet'").fetchall()


def ours(home, way):
    """Check the charges; the cases are there to be referred to, and not checked themselves."""
    from das_analysis.model import load_model
    from das_analysis.rules import check_files, forms

    if way in ("slots fused", "slots each"):
        forms.narrow = {"slots fused": one_scan, "slots each": scan_a_check}[way]
    model = load_model()
    rules = {name: rule for name, rule in model.rules.items() if rule.table == "charge"}
    if way != "all":
        rules = {n: r for n, r in rules.items() if r.check not in ("unique", "reference") and not r.reads}
    names = ("charge", "case") if way == "all" else ("charge",)
    found = check_files({n: [home / f"{n}.parquet"] for n in names}, replace(model, rules=rules))
    return found.num_rows


def one_scan(checks, *, relation, found):
    from das_analysis.rules.forms import fused

    yield fused(list(checks), relation=relation, found=found)


def scan_a_check(checks, *, relation, found):
    from das_analysis.rules.forms import fused

    yield from (fused([check], relation=relation, found=found) for check in checks)


def run_way(home, way):
    """In a process of its own: warm up on nothing, measure, print as JSON."""
    import duckdb  # noqa: F401 - imports are not what is measured
    import pyarrow.parquet  # noqa: F401 - nor this one

    from das_analysis.model import load_model
    from das_analysis.rules import check_files  # noqa: F401 - nor this one

    load_model()
    wall, processor = time.perf_counter(), time.process_time()
    found = limit(home) if way == "limit" else ours(home, way)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": processor, "peak": peak, "found": found}))


def measured(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1][:70] if done.stderr else "stopped"}
    return json.loads(done.stdout.splitlines()[-1])


def median(runs):
    if any("error" in run for run in runs):
        return next(run for run in runs if "error" in run)
    return {k: statistics.median(r[k] for r in runs) for k in ("wall", "cpu", "peak")} | {
        "found": runs[0]["found"]
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--way")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    if options.way:
        run_way(options.home, options.way)
        return
    with tempfile.TemporaryDirectory() as folder:
        make_files(Path(folder), options.rows)
        me = [sys.executable, __file__, "--home", folder, "--way"]
        runs = {way: [] for way in OURS}
        for _ in range(options.turns):
            for way in OURS:
                runs[way].append(measured([*me, way]))
        results = {OURS[way]: (options.rows, median(r)) for way, r in runs.items()}
        for way, most in {} if options.no_peers else PEER_ROWS.items():
            rows = min(options.rows, most or options.rows)
            command = [str(PEERS), str(HERE / "validators_peers.py"), way, folder, str(rows)]
            results[way] = (rows, measured(command))
    report(results, options.rows)


def report(results, rows):
    """Rows per second of processor time of all threads: it hardly moves when the machine is busy."""
    print(f"{rows:,} rows x 12 columns\n")
    print("| way | rows | wall s | cpu s | M rows/cpu s | to the limit | peak MiB | findings |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    best = results[OURS["limit"]][1]
    for way, (number, r) in results.items():
        if "error" in r:
            print(f"| {way} | {number:,} | {r['error']} | | | | | |")
            continue
        speed, top = number / r["cpu"] / 1e6, rows / best["cpu"] / 1e6
        times = f"{r['wall']:.2f} | {r['cpu']:.2f} | {speed:.4g} | {speed / top:.4f}"
        print(f"| {way} | {number:,} | {times} | {r['peak']:.0f} | {r['found'] or 0:,} |")


if __name__ == "__main__":
    main()
