"""Does every step of the way of the data where something is short: room, access, open files.

Each time the step must say so (TryAgain, with what and what to do) and leave the state before it; done again
when there is enough, it must reach the one after. Prints a JSON object a step and shortage.
"""

import contextlib
import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kills
import walk

from das_analysis.errors import DasError, TryAgain
from das_analysis.model import load_model

CAPABILITIES = 0x20080522  # version 3 of the kernel's call
DAC_OVERRIDE = 1 << 1
SHARES = (0.0, 0.4, 0.8)  # of the room that a step needs
BYTES = (100, 3000)  # that a file may have
OPEN = (1, 12)  # files more than are open already


def mounted(*given):
    return subprocess.run(["mount", *given], capture_output=True, text=True, check=False)


def unmount(path):
    subprocess.run(["umount", str(path)], check=True)


@contextlib.contextmanager
def full(home, step, *, share):
    """The folders on a disk of their own, with room for a share of what the step adds."""
    used, grown = size(step.folders), size(step.grown)
    kib = (used + int(share * max(grown - used, 0))) // 1024
    mounted("-o", f"remount,size={kib}k", str(home.root))
    try:
        yield lambda: None
    finally:
        mounted("-o", "remount,size=1g", str(home.root))


def size(root):
    """Bytes that a folder takes on a disk of pages."""
    return sum(-(-p.stat().st_size // 4096) * 4096 for p in Path(root).rglob("*") if p.is_file())


@contextlib.contextmanager
def short_files(home, step, *, most):
    """No file may have more bytes than `most`: it needs no rights of the machine."""
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


@contextlib.contextmanager
def read_only(home, step):
    """The folders on a disk that takes nothing."""
    mounted("-o", "remount,ro", str(home.root))
    try:
        yield lambda: None
    finally:
        mounted("-o", "remount,rw", str(home.root))


@contextlib.contextmanager
def no_access(home, step):
    """The folders of somebody who may not write in them."""
    paths = [home.root, *home.root.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        yield bound_by_modes
    finally:
        for path in paths:
            path.chmod(path.stat().st_mode | 0o200)


def bound_by_modes():
    """Give up the right to write anywhere, which the machine's owner has: capset(2)."""
    libc = ctypes.CDLL(None, use_errno=True)
    head, rights = (ctypes.c_uint32 * 2)(CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
    assert libc.capget(head, rights) == 0
    rights[0] &= ~DAC_OVERRIDE  # of what is in effect
    assert libc.capset(head, rights) == 0


@contextlib.contextmanager
def few_open(home, step, *, more):
    """Few files may be open at once."""

    def limit():
        now = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - the names alone are counted
        resource.setrlimit(resource.RLIMIT_NOFILE, (now + more, now + more))

    yield limit


SHORTAGES = {
    **{f"full {share}": (full, {"share": share}) for share in SHARES},
    **{f"files of {most} bytes": (short_files, {"most": most}) for most in BYTES},
    "read-only": (read_only, {}),
    "no access": (no_access, {}),
    **{f"{more} open files more": (few_open, {"more": more}) for more in OPEN},
}
MOUNTING = (full, read_only)


def do(home, step, *, limit):
    """Do the step under the limit; return the error's class, what it says, and whether it is a good one."""
    limit()
    try:
        step.act(home)
    except DasError as error:
        return type(error).__name__, str(error), isinstance(error, TryAgain) and bool(error.todo)
    except BaseException as error:  # noqa: BLE001 - told as a fault
        return type(error).__name__, repr(error)[:300], False
    return "", "", True


def try_out(step, name):
    """Return what a step did where something is short, and what was wrong with it."""
    shortage, given = SHORTAGES[name]
    home = step.copy()
    with shortage(home, step, **given) as limit:
        kind, said, good = walk.apart(lambda: do(home, step, limit=limit))
        seen = walk.apart(lambda: walk.look(home)) if shortage is not few_open else None
    seen = seen or walk.apart(lambda: walk.look(home))
    again = walk.apart(lambda: (step.act(home), walk.look(home))[1])
    faults = [] if good else [f"no TryAgain: {kind}"]
    if seen != (step.before if kind else step.after):
        faults.append(f"then: {kills.differences(seen, step.before, step.after)}")
    if again != step.after:
        faults.append(f"again: {kills.differences(again, step.after, step.after)}")
    return {"step": step.name, "shortage": name, "error": kind, "said": said, "faults": faults}


def reports(root, chosen):
    """Yield a report a step and shortage; where this process may not mount, without those that need it."""
    work = root / "work"
    work.mkdir()
    refused = mounted("-t", "tmpfs", "-o", "size=1g", "tmpfs", str(work)).stderr.strip()
    try:
        folders = kills.folders_before(root)
        for name in chosen:
            step = kills.Step(name, folders[name], work)
            step.grown = shutil.copytree(work, root / f"{name} done")
            for shortage, (kind, _) in SHORTAGES.items():
                if refused and kind in MOUNTING:
                    yield {"step": name, "shortage": shortage, "skipped": refused, "faults": []}
                else:
                    yield try_out(step, shortage)
    finally:
        if not refused:
            unmount(work)


def main():
    """Print the reports."""
    load_model()
    chosen = sys.argv[1].split(",") if len(sys.argv) > 1 else list(walk.STEPS)
    with tempfile.TemporaryDirectory(dir=kills.memory()) as root:
        for report in reports(Path(root), chosen):
            sys.stdout.write(json.dumps(report) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
