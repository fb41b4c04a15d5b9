"""FEBRL 1-3 through the pseudonymised path, at several limits, and each set judged by a limit of the others.

    python benchmarks/febrl.py FOLDER [--limits -4 -2 0 2 4 6 8]

FOLDER holds dataset1.csv, dataset2.csv and dataset3.csv. Each is delivered, received, validated,
pseudonymised and linked, without any number of a person; the model is trained on its own rows, without the
truth. The limit is `least` of linkage/compare.yaml, in bits. Precision and recall are of pairs of records. In
the second table the limit of a set is the one that does best on the two others: the highest recall at a
precision of 0.99 or more.
"""

import argparse
import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pandas as pd

from das_analysis.cli.keys import make_keys
from das_analysis.intake import deliver, receive, validate
from das_analysis.lake import freeze, open_lake
from das_analysis.linkage import link, residue
from das_analysis.linkage.compare import read_guard
from das_analysis.vault import pseudonymise

ASKED = 0.99  # precision
SETS = (1, 2, 3)


def pairs(groups):
    return sum(n * (n - 1) // 2 for n in Counter(groups).values())


def judged(file, limits, home):
    """Precision and recall of one set, by limit."""
    keys = home / "keys"
    make_keys(keys)
    package = deliver("febrl", [file], period="2008", keys=keys, target=home / "packages")
    made = pseudonymise(validate(receive([package.path], lake=home / "lake", keys=keys)), keys=keys)
    truth = pd.read_csv(file, skipinitialspace=True, dtype=str)["rec_id"].str.split("-").str[1].to_list()
    found = {}
    for limit in limits:
        lake = shutil.copytree(home / "lake", home / f"lake-{limit}")
        guard = replace(read_guard(), least=limit)
        with patch.object(residue, "read_guard", lambda guard=guard: guard):
            freeze(link([replace(made, lake=lake)], train=True), "febrl")
        rows = open_lake("febrl", lake=lake).risk_assessments.to_pandas().sort_values("row")
        together = pairs(zip(rows["person_key"], truth, strict=True))
        found[limit] = together / pairs(rows["person_key"]), together / pairs(truth)
    return found


def best_of(scores, others, limits):
    """The limit that does best on other sets: of those precise enough on all, the one that finds most."""
    precise = [n for n in limits if all(scores[s][n][0] >= ASKED for s in others)]
    return max(precise or limits, key=lambda n: sum(scores[s][n][1] for s in others))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limits", type=float, nargs="+", default=[-4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0])
    asked = parser.parse_args()
    scores = {}
    for number in SETS:
        with tempfile.TemporaryDirectory() as home:
            scores[number] = judged(asked.folder / f"dataset{number}.csv", asked.limits, Path(home))
    print("set  " + "  ".join(f"at {n:g} bits     " for n in asked.limits))
    for number, by_limit in scores.items():
        print(f"{number:>3}  " + "  ".join(f"{p:.4f} {r:.4f}" for p, r in by_limit.values()))
    print("\nset  limit of the two others  precision  recall")
    for number in SETS:
        limit = best_of(scores, [s for s in SETS if s != number], asked.limits)
        precision, recall = scores[number][limit]
        print(f"{number:>3}  {limit:>23g}  {precision:>9.4f}  {recall:.4f}")


if __name__ == "__main__":
    main()
