"""A year in the lake, and one month more: what each step costs for the year, for the month, and the ratio.

    python benchmarks/month.py [--scale 0.15] [--work FOLDER] [--once]

The month is a twelfth of the records of the next year, of the same chain: some are newer states of records of
the year, many are of persons who were there. Each step is a process of its own, as in national.py. At the end
a second lake takes the same deliveries in at once and links them from nothing (first the year, since keys
stay, then all), and the digests of its tables are compared with those of the first. `--once` leaves that out.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from national import DAS, Cost, expand, measure

from das_analysis.model import load_model

YEAR, NEXT = "2025", "2026"
RECORD = {  # the column that says which record a row belongs to
    "politie": "REGISTRATIENR",
    "om": "PARKETNR",
    "rechtspraak": "ROLNR",
    "cjib": "CJIBNR",
    "dji": "DETENTIENR",
}
REPORT, LINE = "PV_NR", ""  # a police report goes with its suspect; the text of a row
SCRATCH = """
from pathlib import Path
from das_analysis.intake import find_deliveries, find_validated, receive, validate
from das_analysis.linkage import link
from das_analysis.vault import find_pseudonymised, pseudonymise
lake, keys = Path("scratch"), Path("keys")
receive(sorted(Path("packages").iterdir(), reverse=True), lake=lake, keys=keys)
for supplier in {d.supplier for d in find_deliveries(lake)}:
    validate(find_deliveries(lake, supplier))
pseudonymise(find_validated(lake), keys=keys)
for period in ("2025", None):
    link(find_pseudonymised(lake, period=period))
"""


def together(costs: Iterable[Cost]) -> Cost:
    """Return what steps took one after the other."""
    seconds, cpu, peak = zip(*costs, strict=True)
    return Cost(sum(seconds), sum(cpu), max(peak))


def take_month(folder: Path, supplier: str) -> None:
    """Leave a twelfth of the records in the files of the next year."""
    delimiter = load_model().suppliers[supplier].delimiter
    reports: set[str] = set()
    for path in sorted((folder / "made-up" / supplier / NEXT).glob("*.csv"), reverse=True):
        header, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        names = header.strip().split(delimiter)
        rows = [
            dict(zip((*names, LINE), (*line.strip().split(delimiter), line), strict=False)) for line in lines
        ]
        if RECORD[supplier] in names:
            kept = [row for row in rows if zlib.crc32(row[RECORD[supplier]].encode()) % 12 == 0]
            reports |= {row.get(REPORT, "") for row in kept}
        else:
            kept = [row for row in rows if row[REPORT] in reports]
        path.write_text("".join([header, *(row[LINE] for row in kept)]), encoding="utf-8", newline="")


def steps(period: str, *, name: str) -> dict[str, list[list[str]]]:
    """The commands of every step, as whoever runs the host gives them each time."""
    return {
        "deliver": [[*DAS, "deliver", s, f"{s}/*", "--period", period, "--with-findings"] for s in RECORD],
        "receive": [[*DAS, "receive", *(f"packages/{s}-{period}-1" for s in RECORD)]],
        "validate": [[*DAS, "validate"]],
        "pseudonymise": [[*DAS, "pseudonymise"]],
        "link": [[*DAS, "link"]],
        "freeze": [[*DAS, "freeze", name]],
    }


def run(folder: Path, period: str, *, name: str) -> dict[str, Cost]:
    """Take all steps; return the cost of each."""
    found = {}
    for step, commands in steps(period, name=name).items():
        costs = [measure(expand(c, folder, year=period), folder) for c in commands]
        found[step] = together(costs)
    return found


def show(year: dict[str, Cost], month: dict[str, Cost]) -> None:
    """Print the table, with the sums of the host's steps below; the ratio is that of seconds of all cores."""
    heads = ("year s", "cpu s", "MiB", "month s", "cpu s", "MiB", "month / year")
    print(f"{'step':14}" + "".join(f"{head:>9}" for head in heads[:-1]) + f"{heads[-1]:>14}")
    for step, cost in year.items():
        show_step(step, cost, month[step])
    host = [s for s in year if s != "deliver"]
    show_step("at the host", together(year[s] for s in host), together(month[s] for s in host))


def show_step(step: str, year: Cost, month: Cost) -> None:
    """Print one line of the table."""
    cells = "".join(f"{c.seconds:9.1f}{c.cpu:9.1f}{c.peak:9.0f}" for c in (year, month))
    print(f"{step:14}{cells}{month.cpu / year.cpu:14.2f}", flush=True)


def digests(lake: Path) -> dict[str, str]:
    """Return the digest of each table that was linked last."""
    tables = json.loads((lake / "linked" / "linked.json").read_text(encoding="utf-8"))["tables"]
    return {name: ref["digest"] for name, ref in tables.items()}


def compare(folder: Path) -> None:
    """Build the second lake, and print which tables have another content than those of the first."""
    subprocess.run([sys.executable, "-c", SCRATCH], cwd=folder, check=True)
    one, two = digests(folder / "lake"), digests(folder / "scratch")
    differ = sorted(t for t in one.keys() | two.keys() if one.get(t) != two.get(t))
    same = len(one) - len(differ)
    print(f"from nothing: {same} of {len(one)} tables the same; others: {', '.join(differ) or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=0.15)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    folder = options.work or Path(tempfile.mkdtemp(prefix="das-month-"))
    folder.mkdir(parents=True, exist_ok=True)
    made = ["synth", "made-up", "--scale", str(options.scale), "--years", f"{YEAR}-{NEXT}", "--seed", "1"]
    for command in (["keys", "new"], made):
        measure([*DAS, *command], folder)
    with ProcessPoolExecutor(1) as apart:  # what this process holds would count as the peak of each step
        list(apart.map(take_month, [folder] * len(RECORD), RECORD))
    print(f"scale {options.scale}, year {YEAR}, and a month more", flush=True)
    year = run(folder, YEAR, name="year")
    show(year, run(folder, NEXT, name="month"))
    if not options.once:
        compare(folder)
    if options.work is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
