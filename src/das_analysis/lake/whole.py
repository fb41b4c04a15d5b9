"""All or nothing, over every table that a step writes.

Before a step writes, it notes which version each table of its zones has. While the note lies there readers see
those versions; taking it away is the step's one commit. A note that a dead process left is undone by the next
step that holds the lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from das_analysis.errors import DasError, TryAgain

FILE = ".undo.json"
_LOG = "_delta_log"  # of a folder that is a table


@contextlib.contextmanager
def whole(root: Path, *, zones: Iterable[str]) -> Iterator[None]:
    """Let what is written in these zones of the lake count at its end, all at once, or never.

    The lake's lock must be held. Raises TryAgain when the note cannot be written or undone.
    """
    with _told():
        _undo(root)
        _note(root, zones)
    try:
        yield
    except BaseException:
        with contextlib.suppress(DasError, OSError):  # then the next step undoes it
            _undo(root)
        raise
    with _told():
        _forget(root)


def newest(path: Path) -> int | None:
    """Return the newest version of the table in a folder, committed or not; None where there is no table."""
    from deltalake import DeltaTable

    return DeltaTable(str(path)).version() if DeltaTable.is_deltatable(str(path)) else None


def shown(root: Path, zone: str, *, table: str) -> int | None:
    """Return the version of a table that readers see; None where they see no table."""
    found = newest(root / zone / table)  # before the note is read: whoever writes has noted first
    note = _read(root)
    before = None if note is None else note.get(zone)
    return found if before is None else before.get(table)


def _read(root: Path) -> dict[str, dict[str, int]] | None:
    """Return what was noted: by zone and table the version before; None where no step is under way."""
    try:
        text = (root / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    note: dict[str, dict[str, int]] = json.loads(text)
    return note


def _tables(root: Path, zone: str) -> dict[str, int | None]:
    """The tables in a zone's folder, with their newest version; None for one that was never committed."""
    return {log.parent.name: newest(log.parent) for log in (root / zone).glob(f"*/{_LOG}")}


def _note(root: Path, zones: Iterable[str]) -> None:
    note = {z: {t: version for t, version in _tables(root, z).items() if version is not None} for z in zones}
    partial = (root / FILE).with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as handle:
        json.dump(note, handle)
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(root / FILE)


def _undo(root: Path) -> None:
    """Bring every table back to the version that was noted: what is new goes, history only grows."""
    from deltalake import DeltaTable

    for zone, before in (_read(root) or {}).items():
        for table, version in _tables(root, zone).items():
            path = root / zone / table
            if table not in before:
                shutil.rmtree(path)
            elif version != before[table]:
                DeltaTable(str(path)).restore(before[table])
    _forget(root)


def _forget(root: Path) -> None:
    (root / FILE).unlink(missing_ok=True)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    from deltalake.exceptions import DeltaError

    try:
        yield
    except (OSError, DeltaError) as error:
        raise TryAgain(
            f"the lake cannot be written: {type(error).__name__}",
            where=FILE,
            todo="make room or get access, then do the step again",
        ) from None
