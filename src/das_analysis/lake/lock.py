"""One writer at a time, and all it writes counts at once. The lock names its holder, and dies with it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from das_analysis.errors import TryAgain
from das_analysis.lake.provenance import now
from das_analysis.lake.whole import whole, written
from das_analysis.lake.zones import writable
from das_analysis.shortage import told

if TYPE_CHECKING:
    from das_analysis.lake.store import Room

FILE = ".lock"


@contextmanager
def hold(room: Room, verb: str, *, texts: Collection[str] = ()) -> Iterator[None]:
    """Hold the lake's write lock while `verb` runs; what it writes counts when it is done, or never.

    `texts`: paths below the lake of small files that count with the tables. Raises TryAgain when the lock is
    taken, naming its holder (step, process, since), and when the lake cannot be written.
    """
    with written(FILE):
        room.root.mkdir(parents=True, exist_ok=True)
        handle = os.open(room.root / FILE, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _take(handle, f"{verb}, process {os.getpid()}, since {now()}")
        with told(verb), whole(room.root, zones=writable(room.name), texts=texts):
            yield
    finally:
        os.close(handle)


def _take(handle: int, holder: str) -> None:
    """Take the lock, and write who holds it in one go: whoever is refused reads a whole name."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        named = os.pread(handle, 1000, 0).decode().strip()
        todo = "wait for it, then try again"
        raise TryAgain("the lake is being written", where=named, todo=todo) from None
    with written(FILE):
        os.pwrite(handle, holder.encode(), 0)
        os.ftruncate(handle, len(holder.encode()))
