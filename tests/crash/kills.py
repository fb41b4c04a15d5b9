"""Kills every step of the way of the data at its renames, links, creations, removals and syncs.

After each kill a reader must see the state before the step or the one after it, and doing the step again must
reach the one after. `python tests/crash/kills.py` kills at every call; `--most 12` at 12 of each step, spread
evenly; `--kills 1000` begins again until there were as many. Prints a JSON object a step and round, with the
new files and folders that the step did not sync before it counted (`loose`).
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import deltalake
import duckdb
import pandas as pd
import pyarrow.dataset
import tracing
import walk

import das_analysis.intake.markup
import das_analysis.intake.sealing
import das_analysis.intake.trust  # noqa: F401 - loaded before the forks, so that each child need not
from das_analysis.model import load_model
from das_analysis.report.provenance import commit

USED = (deltalake, duckdb, pd, pyarrow.dataset)


def places_of(calls, most):
    """Call numbers to kill at, spread evenly, the first and the last among them."""
    if not most or most >= calls:
        return list(range(1, calls + 1))
    return sorted({1 + round(i * (calls - 1) / (most - 1)) for i in range(most)})


class Step:
    """One step, the folders before it, and what a reader sees before and after it."""

    def __init__(self, name, before, work):
        self.name, self.folders, self.work = name, before, work
        self.act = walk.STEPS[name][1]
        self.before = walk.apart(lambda: walk.look(walk.Home(before)))
        home = self.copy()
        known, stays = names_in(home), set()
        status, self.calls = tracing.killed(
            lambda: self.act(home), watch=lambda task: keep(home, task, stays)
        )
        assert status == 0, f"{name} ended with {status}"
        self.loose = loose(home, known, stays)
        self.after = walk.apart(lambda: walk.look(home))
        assert self.before != self.after, f"{name} changes nothing"

    def copy(self):
        shutil.rmtree(self.work, ignore_errors=True)  # it is not there yet, or a disk of its own
        shutil.copytree(self.folders, self.work, dirs_exist_ok=True)
        return walk.Home(self.work)

    def kill(self, place):
        """Kill at one place; return what was wrong and where a reader then was: before or after."""
        home = self.copy()
        status, _ = tracing.killed(lambda: self.act(home), at=place)
        seen, again = walk.apart(lambda: (walk.look(home), self._again(home)))
        where = "before" if seen == self.before else "after" if seen == self.after else "between"
        faults = []
        if where == "between":
            faults.append(f"{self.name} {place}: {differences(seen, self.before, self.after)}")
        if again != self.after:
            faults.append(f"{self.name} {place}: again: {differences(again, self.after, self.after)}")
        return where if status else "done", faults

    def _again(self, home):
        self.act(home)
        return walk.look(home)


def names_in(home):
    """Files and folders that count: not those in the hidden ones, nor what only lives as long as a step."""
    paths = [path.relative_to(home.root) for path in home.root.rglob("*")]
    return {path for path in paths if not any(part.startswith(".") for part in path.parts)}


def keep(home, task, stays):
    """Remember what is synced, and whether the step's note still lies there."""
    noted = (home.lake / ".undo.json").exists()
    if (found := tracing.synced(task)) is not None:
        stays.add((*found, noted))


def loose(home, known, stays):
    """The new files, and the folders with new names, that were not synced in time."""
    new = names_in(home) - known
    wanted = new | {path.parent for path in new}
    noted = any(in_time for *_, in_time in stays)
    synced = {found[:2] for found in stays if found[2] or not noted}
    return sorted(
        str(p) for p in wanted if (s := (home.root / p).stat()) and (s.st_dev, s.st_ino) not in synced
    )


def differences(seen, before, after):
    """The names that tell a state from both others, with what they are."""
    known = {*seen, *before, *after}
    names = {n for n in known if before.get(n) != after.get(n) or seen.get(n) != after.get(n)}
    states = {"before": before, "after": after}
    sides = {n: [s for s, state in states.items() if seen.get(n) == state.get(n)] for n in sorted(names)}
    return "; ".join(f"{name}: {side or 'other'}" for name, side in sides.items())


def folders_before(root):
    """Make the folders as they are before each step."""
    home = walk.Home(root / "now")
    walk.apart(lambda: walk.prepare(home))
    walk.apart(lambda: walk.grow(home))
    for name, (before, act) in walk.STEPS.items():
        walk.apart(lambda before=before: before(home) and None)
        shutil.copytree(home.root, root / name)
        if name == "deliver":
            walk.apart(lambda act=act: act(home) and None)
    return {name: root / name for name in walk.STEPS}


def run(steps, *, most, kills):
    """Kill and count; yield a report a step and round."""
    places = {name: places_of(step.calls, most) for name, step in steps.items()}
    for number in range(max(1, -(-kills // sum(map(len, places.values()))))):
        for name, step in steps.items():
            yield {"round": number + 1, "step": name, "calls": step.calls, **kill_all(step, places[name])}


def kill_all(step, places):
    started, counts, faults = time.monotonic(), {"before": 0, "after": 0, "between": 0, "done": 0}, []
    for place in places:
        where, found = step.kill(place)
        counts[where] += 1
        faults += found
    return {**counts, "seconds": round(time.monotonic() - started, 1), "loose": step.loose, "faults": faults}


def memory():
    """Where folders are copied that need not stay: many small ones; a disk would only be slower."""
    found = Path("/dev/shm")  # noqa: S108 - the folder that is made there has a name of its own
    return found if found.is_dir() else None


def main():
    """Print the reports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=0)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--steps", default=",".join(walk.STEPS))
    given = parser.parse_args()
    if reason := tracing.missing():
        sys.stderr.write(reason)
        sys.exit(77)
    load_model()
    commit()  # remembered, so that a page says the same one however long this takes
    with tempfile.TemporaryDirectory(dir=memory()) as root:
        folders = folders_before(Path(root))
        steps = {n: Step(n, folders[n], Path(root) / "work") for n in given.steps.split(",")}
        for report in run(steps, most=given.most, kills=given.kills):
            sys.stdout.write(json.dumps(report) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
