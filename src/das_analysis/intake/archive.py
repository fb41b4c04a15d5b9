"""Looks at a zip before anything in it is opened: which names, how many, how large, how much it swells."""

from __future__ import annotations

import contextlib
import re
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from das_analysis.errors import BadDelivery
from das_analysis.intake.blocks import FREE_OF_RATIO, MAX_RATIO, Stream
from das_analysis.intake.shown import shown
from das_analysis.intake.source import refuse

MAX_MEMBERS, MAX_UNPACKED = 200, 64 << 30
_PLAIN = re.compile(r"[^/\\:\x00-\x1f]+")  # a name of a file in no folder
_LINK = 0o120000
DAMAGED = (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zlib.error)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def checked_members(path: Path, *, folders: bool, unpacked: int = MAX_UNPACKED) -> list[zipfile.ZipInfo]:
    """Return the members of a zip. Raises BadDelivery for one that could do harm.

    `folders`: names may lie in folders below, as those of a workbook do. `unpacked`: bytes of all together.
    """
    name, found = shown(path.name), None
    with contextlib.suppress(*DAMAGED), zipfile.ZipFile(path) as archive:
        found = archive.infolist()
    if found is None:
        refuse("not a zip file, or a damaged one", name, todo="copy it again")
    if not found or len(found) > MAX_MEMBERS:
        refuse(f"a zip of no file, or of more than {MAX_MEMBERS}", name, todo="deliver the files unpacked")
    for number, member in enumerate(found, 1):
        if fault := _fault(member, folders=folders):
            refuse(f"{fault} in a zip", f"{name}, file {number}", todo="pack plain files, in no folder")
    if len({member.filename.casefold() for member in found}) < len(found):
        refuse("a name is there twice in a zip", name, todo="pack each file once")
    size = sum(member.file_size for member in found)
    if size > unpacked or (size > FREE_OF_RATIO and size > MAX_RATIO * path.stat().st_size):
        refuse(f"a zip that swells to {size >> 20:,} MiB", name, todo="deliver the files unpacked")
    return found


def _fault(member: zipfile.ZipInfo, *, folders: bool) -> str | None:
    name = member.filename.removesuffix("/")
    if name != member.filename and not folders:
        return "a folder"
    parts = name.split("/") if folders else [name]
    if not all(_PLAIN.fullmatch(part) and part != ".." for part in parts):
        return "a path instead of a name"
    if (member.external_attr >> 16) & 0o170000 == _LINK:
        return "a link"
    if member.flag_bits & 1:
        return "a file under a password"
    return None if member.compress_type in _METHODS else "an unusual way of packing"


def members(path: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, Stream]]:
    """Yield the text files of a zip: their names in lower case, and their bytes. Raises BadDelivery."""
    for number, member in enumerate(checked_members(path, folders=False), 1):
        name = f"{shown(path.name)}, file {number}"
        if not member.filename.lower().endswith(suffixes):
            todo = f"pack only {', '.join(suffixes)}; deliver the rest beside it"
            refuse("a zip with something else than text files", name, todo=todo)
        yield member.filename.lower(), Stream(name, member.file_size, partial(_opened, path, member))


def _opened(path: Path, member: zipfile.ZipInfo) -> IO[bytes]:
    """Open one member: what it holds more than it says is never read, and its checksum must fit."""
    with contextlib.suppress(*DAMAGED), zipfile.ZipFile(path) as archive:
        return archive.open(member)  # it stays open until it is closed itself
    raise BadDelivery("a damaged file in a zip", where=shown(path.name), todo="copy it again")
