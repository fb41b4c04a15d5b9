"""Numbered snapshots: a small file that pins the version and digest of every table."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from das_analysis.disk import half_written, sync
from das_analysis.errors import DasError, Refused
from das_analysis.flow import Linked, Provenance, Snapshot, TableRef
from das_analysis.lake.access import Entry, record
from das_analysis.lake.store import enter, folder
from das_analysis.lake.withheld import seen_tables
from das_analysis.shortage import told

LATEST = "latest"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")

COUNTED = {  # the house's own tables: sorted by, and counted in their digest
    "link_quality": ("seam", "parent", "child", "total", "linked", "cut"),
    "case_quality": (
        *("seam", "parent", "child", "supplier", "year", "rows", "given", "found"),
        *("persons_rows", "persons_given", "persons_found", "persons_lost"),
    ),
    "person_log": ("run", "event", "person_key", "other_key", "reason"),
    "person_quality": (
        *("method", "breakdown", "value", "rows"),
        *("pairs_linked", "pairs_true", "pairs_both"),
        *("persons_linked", "persons_true", "persons_both"),
    ),
    "finding": ("supplier", "source_table", "rule_id", "table", "column", "severity"),
}


def freeze(linked: Linked, name: str) -> Snapshot:
    """Make a numbered snapshot that pins what `link` wrote. Raises Refused for a name that cannot be one."""
    if not _NAME.fullmatch(name) or name == LATEST:
        raise Refused(
            f"a snapshot's name has small letters, digits and dashes only, and is not {LATEST!r}",
            todo="for example: das freeze 2026-09",
        )
    snapshot = Snapshot(
        lake=linked.lake,
        number=1 + max((s.number for s in kept_snapshots(linked.lake)), default=0),
        name=name,
        digest=content_digest(linked.tables),
        tables=linked.tables,
        provenance=linked.provenance,
    )
    with told("snapshots", "the snapshot could not be written"):
        saved = _save(snapshot)
    _log(saved)
    return saved


def _log(saved: Snapshot) -> None:
    """Write down that there is a snapshot; where that cannot be, there is none."""
    label = f"{saved.number:04d}-{saved.name}"
    tables = tuple(sorted(saved.tables))
    try:
        record(saved.lake, Entry(act="freeze", snapshot=label, digest=saved.digest, tables=tables))
    except DasError:
        home = folder(enter(saved.lake, "lake"), "snapshots", write=True)
        (home / f"{saved.number:04d}.json").unlink()
        raise


def content_digest(tables: Mapping[str, TableRef]) -> str:
    """Return the digest of a snapshot with these tables: it depends on their content only."""
    content = "".join(f"{t}={ref.digest};" for t, ref in sorted(tables.items()))
    return hashlib.sha256(content.encode()).hexdigest()


def rewrite(snapshot: Snapshot) -> None:
    """Put another content under the number of a snapshot: only an erasure may."""
    home = folder(enter(snapshot.lake, "lake"), "snapshots", write=True)
    partial = home / f".{snapshot.number:04d}.partial"
    with partial.open("w", encoding="utf-8") as target:
        json.dump(_content(snapshot), target, indent=1)
        target.flush()
        os.fsync(target.fileno())
    partial.replace(home / f"{snapshot.number:04d}.json")


def _save(snapshot: Snapshot) -> Snapshot:
    """Write the snapshot's file under its number, or the next free one: two at once both get their own."""
    home = folder(enter(snapshot.lake, "lake"), "snapshots", write=True)
    with half_written(home, folder=False) as partial:
        partial.write_text(json.dumps(_content(snapshot), indent=1), encoding="utf-8")
        sync(partial)
        try:
            os.link(partial, home / f"{snapshot.number:04d}.json")  # a rename would silently overwrite
        except FileExistsError:
            return _save(replace(snapshot, number=snapshot.number + 1))
    sync(home)
    return snapshot


def _content(snapshot: Snapshot) -> dict[str, object]:
    return {
        "number": snapshot.number,
        "name": snapshot.name,
        "digest": snapshot.digest,
        "tables": {name: asdict(ref) for name, ref in sorted(snapshot.tables.items())},
        "provenance": asdict(snapshot.provenance),
        **({"erased": list(snapshot.erased)} if snapshot.erased else {}),
    }


def _load(lake: Path, path: Path) -> Snapshot:
    content = json.loads(path.read_text(encoding="utf-8"))
    provenance = content["provenance"]
    return Snapshot(
        lake=lake,
        number=content["number"],
        name=content["name"],
        digest=content["digest"],
        tables={name: TableRef(**ref) for name, ref in content["tables"].items()},
        provenance=Provenance(**{**provenance, "inputs": tuple(provenance["inputs"])}),
        erased=tuple(content.get("erased", ())),
    )


def snapshots(lake: Path | str) -> list[Snapshot]:
    """Return every snapshot of a lake as it may be read today, oldest first.

    Raises TryAgain where a restriction was ordered and not yet carried out.
    """
    return [_as_seen(s) for s in kept_snapshots(lake)]


def _as_seen(snapshot: Snapshot) -> Snapshot:
    tables = seen_tables(snapshot.lake, snapshot.tables)
    if tables == dict(snapshot.tables):
        return snapshot
    return replace(snapshot, tables=tables, digest=content_digest(tables), is_restricted=True)


def label(snapshot: Snapshot) -> str:
    """Return the full name of a snapshot: its number and its name."""
    return f"{snapshot.number:04d}-{snapshot.name}"


def kept_snapshots(lake: Path | str) -> list[Snapshot]:
    """Return every snapshot of a lake as it was frozen, oldest first: restrictions change nothing in it."""
    home = folder(enter(lake, "lake"), "snapshots")
    found = [_load(Path(lake), path) for path in home.glob("[0-9]*.json")]
    return sorted(found, key=lambda s: s.number)


def find_snapshot(lake: Path | str, reference: str) -> Snapshot:
    """Return a snapshot by number ("3", "0003-2026-09"), by name (the newest of it) or as "latest".

    Raises Refused for one that does not exist, with those that do.
    """
    found = snapshots(lake)
    numbered = [s for s in found if reference in {str(s.number), f"{s.number:04d}-{s.name}"}]
    wanted = numbered or [s for s in found if reference in {LATEST, s.name}]
    if not wanted:
        known = ", ".join(f"{s.number:04d}-{s.name}" for s in found) or "none yet"
        todo = "make one with das freeze, or run das demo"
        raise Refused(f"no snapshot {reference!r}", where=f"known: {known}", todo=todo)
    return wanted[-1]
