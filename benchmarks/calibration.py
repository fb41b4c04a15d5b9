"""A simulated year beside the national figures: the dossier's figure, the simulated one, their ratio.

    python benchmarks/calibration.py [--scale 1.0] [--year 2025] [--seed 1]

Counts are brought to national scale. A cross marks a figure further off than it may be.
"""

import argparse
import resource
import time

from das_analysis.synth.chain import simulate
from das_analysis.synth.comparison import compare


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--year", type=int, default=2025)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.perf_counter()
    chain = simulate(scale=options.scale, years=[options.year], seed=options.seed)
    seconds = time.perf_counter() - start
    title = f"scale {options.scale}, year {options.year}, seed {options.seed}"
    print(f"| figure, {title} | dossier | simulated | ratio | |")
    print("|---|--:|--:|--:|---|")
    figures = compare(chain, options.year)
    for figure in figures:
        digits = 4 if figure.is_share else 0
        mark = "told" if figure.within is None else "ok" if figure.holds else "x"
        numbers = f"{figure.national:,.{digits}f} | {figure.simulated:,.{digits}f} | {figure.ratio:.3f}"
        print(f"| {figure.name} | {numbers} | {mark} |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{sum(f.holds for f in figures)} of {len(figures)} hold; {seconds:.1f} s, {peak:.0f} MiB")


if __name__ == "__main__":
    main()
