"""The whole country, one year, from files to a frozen snapshot: seconds and peak memory of every step.

    python benchmarks/national.py [--scale 1.0] [--work FOLDER]

Each step runs as a process of its own, as the command line does, so that its peak memory is its own.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

DAS = [sys.executable, "-m", "das_analysis.cli"]
YEAR = "2025"


class Cost(NamedTuple):
    """Seconds on the clock, seconds of all cores, and peak memory in MiB."""

    seconds: float
    cpu: float
    peak: float


def measure(command: list[str], folder: Path) -> Cost:
    """Run a command in a folder and return what it took."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command[3:6])}")
    cpu = usage.ru_utime + usage.ru_stime
    return Cost(time.perf_counter() - start, cpu, usage.ru_maxrss / 1024)


def steps(scale: float) -> dict[str, list[list[str]]]:
    """The commands of every step, in order; those of deliver are found when the files are there."""
    suppliers = ("politie", "om", "rechtspraak", "cjib", "dji")
    return {
        "synth": [[*DAS, "synth", "made-up", "--scale", str(scale), "--years", YEAR, "--seed", "1"]],
        "deliver": [[*DAS, "deliver", s, f"{s}/*", "--period", YEAR, "--with-findings"] for s in suppliers],
        "receive": [[*DAS, "receive", *(f"packages/{s}-{YEAR}-1" for s in suppliers)]],
        "validate": [[*DAS, "validate"]],
        "pseudonymise": [[*DAS, "pseudonymise"]],
        "link": [[*DAS, "link"]],
        "freeze": [[*DAS, "freeze", "national"]],
    }


def expand(command: list[str], folder: Path, *, year: str = YEAR) -> list[str]:
    """Put the files of a supplier in the place of `supplier/*`."""
    found = []
    for word in command:
        if word.endswith("/*"):
            found += sorted(str(p) for p in (folder / "made-up" / word[:-2] / year).glob("*.csv"))
        else:
            found.append(word)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    folder = options.work or Path(tempfile.mkdtemp(prefix="das-national-"))
    folder.mkdir(parents=True, exist_ok=True)
    measure([*DAS, "keys", "new"], folder)
    total, highest = 0.0, 0.0
    print(f"scale {options.scale}, year {YEAR}\n{'step':14}{'seconds':>9}{'peak MiB':>10}")
    for name, commands in steps(options.scale).items():
        runs = [measure(expand(c, folder), folder) for c in commands]
        seconds, peak = sum(r.seconds for r in runs), max(r.peak for r in runs)
        print(f"{name:14}{seconds:9.1f}{peak:10.0f}", flush=True)
        if name != "synth":
            total, highest = total + seconds, max(highest, peak)
    print(f"{'without synth':14}{total:9.1f}{highest:10.0f}")
    if options.work is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
