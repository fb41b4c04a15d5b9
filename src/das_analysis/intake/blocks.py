"""The bytes of a text file, block by block: plain, packed as gzip, or a member of an archive."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from das_analysis.errors import BadDelivery
from das_analysis.intake.shown import shown
from das_analysis.intake.source import Moved, refuse

BLOCK = 8 << 20  # bytes that are checked and parsed at a time
MAX_RATIO, FREE_OF_RATIO = 250, 256 << 20  # what swells more than this is a bomb, unless it stays small
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes that can be read from their start as often as needed. `name` is fit for a message."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    packed: bool = False


def stream_of(path: Path) -> Stream:
    """Return the bytes of a file; of a gzip what is in it."""
    packed = path.name.lower().endswith(".gz")
    return Stream(shown(path.name), path.stat().st_size, lambda: path.open("rb"), packed)


def blocks(stream: Stream, moved: Moved) -> Generator[bytes, None, None]:
    """Yield the bytes, unpacked, without byte order mark. Raises BadDelivery when they are no text."""
    with stream.open() as raw:
        unpacker = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if stream.packed else raw
        unpacked = 0
        while block := _read(unpacker, stream.name):
            unpacked += len(block)
            if stream.packed and unpacked > FREE_OF_RATIO and unpacked > MAX_RATIO * raw.tell():
                what = f"the file swells more than {MAX_RATIO} times"
                refuse(what, stream.name, todo="deliver it unpacked")
            moved(raw.tell())
            yield _first(block, stream.name) if unpacked == len(block) else block


def _read(stream: IO[bytes], name: str) -> bytes:
    try:
        return stream.read(BLOCK)
    except EOFError:
        what = "the packed file is cut off"
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error):  # a zip's message quotes a name
        what = "not a packed file, or a damaged one"
    raise BadDelivery(what, where=name, todo="copy it again")


def _first(block: bytes, name: str) -> bytes:
    """Check that the file begins as text does, and take off the byte order mark of UTF-8."""
    if block.startswith(_UTF16):
        refuse("the file is UTF-16", f"{name}, line 1", todo="write it as UTF-8")
    if block.startswith(_PACKED):
        refuse("an archive or a spreadsheet under the name of a text file", name, todo="deliver plain text")
    return block.removeprefix(b"\xef\xbb\xbf")
