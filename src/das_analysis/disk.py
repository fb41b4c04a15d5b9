"""The disk: what must be on it before something counts, and what a dead process left half written."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

PARTIAL = ".partial-"


def sync(path: Path) -> None:
    """See to it that a file, or the list of names in a folder, is on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def half_written(parent: Path, *, folder: bool) -> Iterator[Path]:
    """Give a private folder, or file, in `parent` to write in; what still has that name afterwards is gone.

    What a process left that died while it wrote is taken away first. Raises OSError.
    """
    with taken(parent):  # between its making and its lock nobody takes it for a dead one's
        for left in parent.glob(f"{PARTIAL}*"):
            take_away(left)
        made = Path(_make(parent, folder=folder))
        handle = os.open(made, os.O_RDONLY)
        _lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield made
    finally:
        os.close(handle)
        with contextlib.suppress(OSError):  # renamed, as a rule
            _remove(made)


def take_away(path: Path) -> bool:
    """Remove a file or folder unless somebody is writing it, who holds a lock; return whether it is gone."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            if _lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB):
                _remove(path)
        finally:
            os.close(handle)
    return not path.exists()


@contextlib.contextmanager
def taken(folder: Path) -> Iterator[None]:
    """Be the only one who does this in a folder, on a disk that knows locks; others wait. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, how: int) -> bool:
    """Take a lock; a disk that knows none, or whose lock another holds, gives none."""
    try:
        fcntl.flock(handle, how)
    except OSError:
        return False
    return True


def _make(parent: Path, *, folder: bool) -> str:
    if folder:
        return tempfile.mkdtemp(prefix=PARTIAL, dir=parent)
    handle, name = tempfile.mkstemp(prefix=PARTIAL, dir=parent)
    os.close(handle)
    return name


def _remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()
