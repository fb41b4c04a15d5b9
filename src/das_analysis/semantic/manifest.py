"""The manifest of an export: what it is of, which files are whole, with rows, triples and digests.

A file appears whole under its name or not at all, and the manifest after it. What the manifest names and
still has its digest is not written again, so an export that was stopped goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from das_analysis.errors import Refused, TryAgain

NAME = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file of an export."""

    name: str
    table: str
    rows: int
    triples: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an export holds. `of` is all that decides its content; `whole`: nothing is missing."""

    of: dict[str, Any]
    files: tuple[File, ...] = ()
    whole: bool = False

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(f.rows for f in self.files)

    @property
    def triples(self) -> int:
        """Triples in all files, those about the snapshot itself included."""
        return sum(f.triples for f in self.files)


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a folder; None where there is no export."""
    path = folder / NAME
    if not path.exists():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    return Manifest(of=found["of"], files=tuple(File(**f) for f in found["files"]), whole=found["whole"])


def begin(folder: Path, of: dict[str, Any]) -> Manifest:
    """Return what is done already of this export. Raises Refused for a folder that holds another."""
    found = read_manifest(folder)
    if found is None:
        if folder.exists() and any(not p.name.startswith(".") for p in folder.iterdir()):
            raise Refused("the folder holds something else", where=folder.name, todo="name another folder")
        return save(folder, Manifest(of=of))
    if found.of != of:
        other = ", ".join(sorted(k for k in {*of, *found.of} if of.get(k) != found.of.get(k)))
        raise Refused(
            "the folder holds another export", where=f"{folder.name}: {other}", todo="name another folder"
        )
    return found


def save(folder: Path, manifest: Manifest) -> Manifest:
    """Write the manifest in one step."""
    said = {"of": manifest.of, "whole": manifest.whole, "rows": manifest.rows, "triples": manifest.triples}
    text = json.dumps(said | {"files": [asdict(f) for f in manifest.files]}, indent=1, ensure_ascii=False)
    write_file(folder / NAME, [text.encode() + b"\n"])
    return manifest


def add(folder: Path, manifest: Manifest, *, file: File) -> Manifest:
    """Add a file that is whole; one of that name before it is forgotten."""
    others = (f for f in manifest.files if f.name != file.name)
    return save(folder, replace(manifest, files=(*others, file), whole=False))


def find_whole(folder: Path, manifest: Manifest, *, name: str) -> File | None:
    """Return what the manifest says of a file that is there with that digest."""
    known = next((f for f in manifest.files if f.name == name), None)
    path = folder / name
    return known if known and path.is_file() and _digest(path) == known.sha256 else None


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_file(path: Path, pieces: Iterable[bytes]) -> tuple[int, str]:
    """Write pieces to a file that appears when it is whole; return its bytes and digest. Raises TryAgain."""
    partial, digest, size = path.with_name(f".{path.name}.partial"), hashlib.sha256(), 0
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as target:
            for piece in pieces:
                target.write(piece)
                digest.update(piece)
                size += len(piece)
            target.flush()
            os.fsync(target.fileno())
        partial.replace(path)
    except OSError as error:
        raise TryAgain(
            f"a file could not be written: {type(error).__name__}",
            where=path.name,
            todo="free disk space, then do the same again: it goes on there",
        ) from None
    return size, digest.hexdigest()
