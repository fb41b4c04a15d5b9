"""What readers see while a restriction stands: files without the restricted rows, in place of the whole ones.

The files themselves stay. Beside them, in a zone of its own, lies a copy without the restricted rows of each
file that holds some, and `view.json`, which names for every file of the linked tables its copy, if any. Who
reads a table asks here for its files. One that was not looked at under the orders of today is not read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from das_analysis.errors import TryAgain
from das_analysis.flow import TableRef
from das_analysis.lake.orders import standing
from das_analysis.lake.store import Room, enter, files, folder

KIND = "restrict"
ZONE = "restricted"
VIEW = "view.json"


@dataclass(frozen=True, slots=True)
class View:
    """What was looked at: under which orders, each file's copy ("": none is needed), what tables hold."""

    orders: str
    copies: Mapping[str, str]
    refs: Mapping[str, Mapping[str, TableRef]]


def under(root: Path | str) -> str:
    """Return a digest of the restrictions that stand today; empty where none does."""
    marks = sorted(standing(root, KIND))
    return hashlib.sha256(" ".join(marks).encode()).hexdigest() if marks else ""


def last_view(room: Room) -> View | None:
    """Return what was looked at last, under whatever orders; None where nothing was."""
    path = folder(room, ZONE) / VIEW
    if not path.exists():
        return None
    said = json.loads(path.read_text(encoding="utf-8"))
    refs = {t: {v: TableRef(**ref) for v, ref in held.items()} for t, held in said["refs"].items()}
    return View(said["orders"], said["copies"], refs)


def view(room: Room) -> View | None:
    """Return what may be seen under the restrictions that stand; None where none does.

    Raises TryAgain when the restrictions of today have not been carried out to the end.
    """
    orders = under(room.root)
    if not orders:
        return None
    found = last_view(room)
    if found is None or found.orders != orders:
        raise _not_done()
    return found


def pinned_files(room: Room, table: str, *, version: int | None) -> list[str]:
    """Return the files of a linked table at a version, as may be read today. Raises TryAgain as `view`."""
    paths, seen = files(room, "linked", table=table, version=version), view(room)
    return paths if seen is None else [readable(room.root, path, copies=seen.copies) for path in paths]


def readable(root: Path, path: str, *, copies: Mapping[str, str]) -> str:
    """Return the copy of a file, or itself where none is needed. Raises TryAgain if not looked at."""
    name = name_of(root, path)
    if name not in copies:
        raise _not_done()
    return str(root / ZONE / copies[name]) if copies[name] else path


def name_of(root: Path, path: str) -> str:
    """Return the name of a file in the view: its table and its own name."""
    return str(Path(path).relative_to(root / "linked"))


def seen_tables(root: Path | str, tables: Mapping[str, TableRef]) -> dict[str, TableRef]:
    """Return what pinned tables hold for who reads them today. Raises TryAgain as `view`."""
    seen = view(enter(root, "lake"))
    if seen is None:
        return dict(tables)
    return {name: seen.refs.get(name, {}).get(str(ref.version), ref) for name, ref in tables.items()}


def _not_done() -> TryAgain:
    todo = "run das restrict --apply, then try again"
    return TryAgain("a restriction was ordered and not yet carried out here", where=ZONE, todo=todo)
