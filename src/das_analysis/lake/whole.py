"""All or nothing, over every table and small file that a step writes (docs/decisions/0012-the-undo-note.md).

Before a step writes, it notes which version each table of its zones has, and what its small files say. While
the note lies there readers see that; taking it away is the step's one commit. A note that a dead process left
is undone by the next step that holds the lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from das_analysis.disk import sync
from das_analysis.errors import DasError, TryAgain
from das_analysis.shortage import TODO

FILE = ".undo.json"
_LOG = "_delta_log"  # of a folder that is a table
_HINT = "_last_checkpoint"  # in a log; readers of it do without


@dataclass(frozen=True, slots=True)
class _Note:
    """What stood before a step: versions by zone and table, texts by path below the lake (None: no file)."""

    tables: dict[str, dict[str, int]]
    texts: dict[str, str | None]


@contextlib.contextmanager
def whole(root: Path, *, zones: Collection[str], texts: Collection[str] = ()) -> Iterator[None]:
    """Let what is written in these zones of the lake count at its end, all at once, or never.

    `texts`: paths below the lake of small files that count with the tables. The lake's lock must be held.
    What counts is on the disk: all of it before the commit, and the commit before this ends.
    Raises TryAgain when the note cannot be written or undone, or the disk does not take all.
    """
    with written(FILE):
        _undo(root)
        before = _paths(root, zones)
        _note(root, zones, texts=texts)
    try:
        yield
    except BaseException:
        with contextlib.suppress(DasError, OSError):  # then the next step undoes it
            _undo(root)
        raise
    with written(FILE):
        _settle(root, (_paths(root, zones) - before) | {root / name for name in texts}, zones=zones)
        _forget(root)


def newest(path: Path) -> int | None:
    """Return the newest version of the table in a folder, committed or not; None where there is no table."""
    return max((n for p in (path / _LOG).glob("*.json") if (n := _version(p.name)) is not None), default=None)


def shown(root: Path, zone: str, *, table: str) -> int | None:
    """Return the version of a table that readers see; None where they see no table."""
    while True:
        found, note = newest(root / zone / table), _read(root)
        if note is not None and zone in note.tables:
            return note.tables[zone].get(table)
        if newest(root / zone / table) == found:  # so it was when there was no note: no step came between
            return found


def shown_text(root: Path, name: str) -> str | None:
    """Return what a small file says to readers; None where they see no file."""
    while True:
        found, note = _text(root / name), _read(root)
        if note is not None and name in note.texts:
            return note.texts[name]
        if _text(root / name) == found:
            return found


@contextlib.contextmanager
def written(where: str) -> Iterator[None]:
    """Raise TryAgain, saying why, when a file of the lake's own cannot be written."""
    try:
        yield
    except OSError as error:
        fault = os.strerror(error.errno) if error.errno else type(error).__name__
        raise TryAgain(f"the lake cannot be written: {fault}", where=where, todo=TODO) from None


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _read(root: Path) -> _Note | None:
    """Return what was noted; None where no step is under way."""
    found = _text(root / FILE)
    return None if found is None else _Note(**json.loads(found))


def _version(name: str) -> int | None:
    """The version that a file of a log belongs to; None for what no commit left there."""
    number = name.split(".", maxsplit=1)[0]
    return int(number) if number.isdigit() else None


def _logs(root: Path, zone: str) -> list[Path]:
    return sorted((root / zone).glob(f"*/{_LOG}"))


def _paths(root: Path, zones: Iterable[str]) -> set[Path]:
    return {path for zone in zones for path in (root / zone).rglob("*")}


def _note(root: Path, zones: Iterable[str], *, texts: Iterable[str]) -> None:
    versions = {zone: {log.parent.name: newest(log.parent) for log in _logs(root, zone)} for zone in zones}
    tables = {z: {t: v for t, v in found.items() if v is not None} for z, found in versions.items()}
    _put(root / FILE, json.dumps(asdict(_Note(tables, {name: _text(root / name) for name in texts}))))


def _undo(root: Path) -> None:
    """Bring back what was noted. It takes no room but for texts, and reads nothing that the step wrote."""
    note = _read(root)
    if note is None:
        return
    for zone, before in note.tables.items():
        for log in _logs(root, zone):
            if log.parent.name in before:
                _cut(log, before[log.parent.name])
            else:
                shutil.rmtree(log.parent)
    for name, text in note.texts.items():
        if text is None:
            (root / name).unlink(missing_ok=True)
        elif text != _text(root / name):
            _put(root / name, text)
    _settle(root, {root / name for name in note.texts}, zones=note.tables)
    _forget(root)


def _cut(log: Path, version: int) -> None:
    """Take what came after a version out of a log, newest first: killed halfway it still has no hole."""
    later = [path for path in log.iterdir() if (_version(path.name) or 0) > version]
    if later:
        (log / _HINT).unlink(missing_ok=True)
        for path in sorted(later, reverse=True):
            path.unlink()
        sync(log)


def _settle(root: Path, paths: Iterable[Path], *, zones: Iterable[str]) -> None:
    """See to it that these files, and the names in their folders, stay when the power fails: files first."""
    there = {path for path in paths if path.exists()}
    named = {parent for path in there for parent in path.parents if parent.is_relative_to(root)}
    folders = named | {root / zone for zone in zones if (root / zone).is_dir()}
    for path in (*sorted(there - folders), *sorted(folders, reverse=True)):
        sync(path)


def _put(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(path)
    sync(path.parent)


def _forget(root: Path) -> None:
    (root / FILE).unlink(missing_ok=True)
    sync(root)
