"""One writer at a time, and all it writes counts at once. The lock names its holder, and dies with it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from das_analysis.errors import TryAgain
from das_analysis.lake.whole import whole
from das_analysis.lake.zones import writable

if TYPE_CHECKING:
    from das_analysis.lake.store import Room


@contextmanager
def hold(room: Room, verb: str) -> Iterator[None]:
    """Hold the lake's write lock while `verb` runs; what it writes counts when it is done, or never.

    Raises TryAgain when the lock is taken, naming its holder, and when the lake cannot be written.
    """
    with _open(room.root) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise TryAgain(
                "the lake is being written", where=handle.read().strip(), todo="wait for it, then try again"
            ) from None
        handle.truncate(0)
        handle.write(f"{verb}, process {os.getpid()}")
        handle.flush()
        with whole(room.root, zones=writable(room.name)):
            yield


def _open(root: Path) -> TextIO:
    try:
        root.mkdir(parents=True, exist_ok=True)
        return (root / ".lock").open("a+")
    except OSError as error:
        raise TryAgain(
            f"the lake cannot be written: {type(error).__name__}",
            where=".lock",
            todo="get access to the lake, or make room, then try again",
        ) from None
