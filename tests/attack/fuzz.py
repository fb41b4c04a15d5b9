"""Damages deliveries and packages by chance, and looks whether each is accepted whole or refused well.

`python tests/attack/fuzz.py --count 100000 --jobs 2 --seed 1 --into DIR` tries so many, in chunks,
each in a process of its own. The folder DIR holds what is done: the same command goes on from there. Prints a
JSON object a chunk, and the sum. `--only 1234` tries one again. Leaves with 1 when there were faults.
"""

import argparse
import faulthandler
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fuzzing import judging, sources

SIZE = 2500  # deliveries of a chunk
PATIENCE = 60  # seconds for one delivery: what takes longer hangs


def try_some(home, numbers, *, seed):
    """Try some numbers in this process; what takes too long ends it, with the place where it hung."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(dir=home) as work:
        bench = judging.Bench(home, Path(work) / "bench", seed=seed)
        for number in numbers:
            (home / f"at-{numbers[0]}").write_text(str(number), encoding="utf-8")
            faulthandler.dump_traceback_later(PATIENCE, exit=True)
            bench.attempt(number)
        faulthandler.dump_traceback_later(10 * PATIENCE, exit=True)
        bench.finish()
        faulthandler.cancel_dump_traceback_later()
    seconds = round(time.monotonic() - started, 1)
    return {
        "tried": len(numbers),
        "outcomes": dict(bench.outcomes),
        "seconds": seconds,
        "faults": bench.faults,
    }


def apart(given, chunk):
    """Try a chunk in a process of its own and keep its report."""
    numbers = range(chunk * SIZE, min((chunk + 1) * SIZE, given.count))
    kept = given.into / f"{given.seed}-{numbers.start}-{numbers.stop}.json"
    if not kept.exists():
        span = f"{numbers.start}:{numbers.stop}"
        command = [sys.executable, __file__, "--seed", str(given.seed), "--into", given.into, "--only", span]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        report = json.loads(done.stdout) if done.stdout.startswith("{") else died(given, numbers, done)
        kept.write_text(json.dumps(report), encoding="utf-8")
    return json.loads(kept.read_text(encoding="utf-8"))


def died(given, numbers, done):
    """The report of a chunk whose process did not end as it should."""
    place = given.into / f"at-{numbers.start}"
    number = place.read_text(encoding="utf-8") if place.exists() else "?"
    last = " | ".join(done.stderr.splitlines()[-30:])
    fault = f"{number}: hung or died ({done.returncode}): {last}"
    return {"tried": 0, "outcomes": {}, "seconds": 0, "faults": [fault]}


def run(given):
    """Try them all; yield a report a chunk, and the sum."""
    chunks = range(-(-given.count // SIZE))
    total, outcomes, faults = 0, Counter(), []
    with ThreadPoolExecutor(given.jobs) as pool:
        for report in pool.map(lambda chunk: apart(given, chunk), chunks):
            total, faults = total + report["tried"], faults + report["faults"]
            outcomes += Counter(report["outcomes"])
            yield {**report, "so far": total}
    yield {"tried": total, "outcomes": dict(outcomes), "faults": faults}


def main():
    """Print the reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--into", type=Path, required=True, help="Folder for what is made and found.")
    parser.add_argument("--only", help="One number, or a span of them such as 1000:2000.")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    sources.prepare(given.into)
    if given.only:
        first, _, last = given.only.partition(":")
        numbers = range(int(first), int(last or int(first) + 1))
        reports = [try_some(given.into, numbers, seed=given.seed)]
    else:
        reports = run(given)
    for report in reports:
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()
    sys.exit(1 if report["faults"] else 0)


if __name__ == "__main__":
    main()
