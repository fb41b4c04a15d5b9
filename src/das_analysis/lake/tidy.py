"""What dead steps left, and what only versions hold that nobody opens any more: listed, and taken away.

A version of a table counts while a snapshot pins it, the last run of linkage names it, or it is the newest.
What no version names that counts is left over once it is old enough: until then a reader may have it open.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from das_analysis.disk import PARTIAL, take_away
from das_analysis.errors import Refused
from das_analysis.lake.access import Entry, record
from das_analysis.lake.lock import hold
from das_analysis.lake.snapshots import snapshots
from das_analysis.lake.store import Room, enter, files, table_version, text

DAY = 86_400  # seconds
RECEIVED, LINKED = "received", "linked"
HALF = (f"*/{PARTIAL}*", "*/.*.partial", "*/*.partial", "*/*/.*.partial", ".spill/*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A file or folder below the lake that nothing needs: its path there, and its size in bytes."""

    path: str
    size: int


def leftovers(lake: Path | str, *, days: int) -> list[Leftover]:
    """List what is left over and was not written to for `days` days. Changes nothing.

    Raises Refused for fewer than 0 days, and when a version that counts cannot be read: then nothing is known
    to be left over.
    """
    if days < 0:
        raise Refused("what is left over has an age of 0 days or more", todo="for example: --days 30")
    room = enter(lake, "lake")
    before = time.time() - days * DAY
    found = sorted({*_half_written(room), *_unnamed(room), *_never_kept(room)})
    sized = [(path, [p.stat() for p in (path, *path.rglob("*"))]) for path in found]
    return [
        Leftover(path=str(path.relative_to(room.root)), size=sum(s.st_size for s in all_))
        for path, all_ in sized
        if max(s.st_mtime for s in all_) <= before
    ]


def tidy(lake: Path | str, *, days: int) -> list[Leftover]:
    """Take away what `leftovers` lists, under the lake's lock, and return what is gone.

    Stopped anywhere, doing it again goes on. Raises what `leftovers` does, and TryAgain while the lake is
    being written.
    """
    room = enter(lake, "lake")
    with hold(room, "tidy"):
        found = leftovers(lake, days=days)
        gone = [one for one in found if take_away(room.root / one.path)]
    if gone:
        tables = sorted({str(Path(one.path).parent) for one in gone})
        record(lake, Entry(act="tidy", tables=tuple(tables)))
    return gone


def _half_written(room: Room) -> Iterator[Path]:
    for pattern in HALF:
        yield from room.root.glob(pattern)


def _unnamed(room: Room) -> Iterator[Path]:
    """Files of tables that no version names which counts. A folder without a log says nothing: it stays."""
    pinned = _pinned(room)
    for log in room.root.glob("*/*/_delta_log"):
        zone, table = log.parts[-3:-1]
        seen = table_version(room, zone, table=table)
        if seen is not None:
            counts = {seen, *(pinned.get(table, ()) if zone == LINKED else ())}
            named = {path for v in counts for path in _files(room, zone, table=table, version=v)}
            yield from (p for p in log.parent.glob("*.parquet") if str(p) not in named)


def _files(room: Room, zone: str, *, table: str, version: int) -> list[str]:
    from deltalake.exceptions import DeltaError

    try:
        return files(room, zone, table=table, version=version)
    except DeltaError as error:
        what = f"a version that counts cannot be read: {type(error).__name__}"
        todo = "bring the lake back from its backup; nothing was taken away"
        raise Refused(what, where=f"{zone}/{table}, version {version}", todo=todo) from None


def _pinned(room: Room) -> dict[str, set[int]]:
    """Versions by linked table that a snapshot or the last run of linkage names."""
    last = json.loads(text(room, LINKED, name="linked.json") or '{"tables": {}}')
    refs = [(name, ref.version) for s in snapshots(room.root) for name, ref in s.tables.items()]
    refs += [(name, ref["version"]) for name, ref in last["tables"].items()]
    refs += [("person_register", last["register"])] if "register" in last else []
    found: dict[str, set[int]] = {}
    for name, version in refs:
        found.setdefault(name, set()).add(version)
    return found


def _never_kept(room: Room) -> Iterator[Path]:
    """Folders of packages that got their name and were never listed; none where there is no list."""
    import pyarrow.dataset as ds

    listed = files(room, RECEIVED, table="delivery")
    if listed:
        known = {*ds.dataset(listed, format="parquet").to_table()["delivery_id"].to_pylist(), "delivery"}
        folders = (path for path in (room.root / RECEIVED).iterdir() if path.is_dir())
        yield from (path for path in folders if path.name not in known and path.name[0] != ".")
