"""The access log: who did what with which snapshot, for which purpose. One line an act, never a value.

Each line carries its number and the hash of the line before; the head (number and hash of the last line) is
kept apart from the lake, so that a tail cut off is seen too (docs/decisions/0011-history-and-law.md).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from das_analysis.errors import Refused, TryAgain
from das_analysis.lake.provenance import actor, now
from das_analysis.lake.store import enter, folder
from das_analysis.shortage import lack

FILE = "log.jsonl"
START = "0" * 64
TAIL = 1 << 16  # bytes from the end of the log that an entry looks at
ANEW = "the head began anew"
RESTORE = "keep both files as they are, restore them from the backup, and find out who wrote here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act: what was done for whom, on which snapshot and tables; `query` is a SHA-256, `rows` a count."""

    act: str
    purpose: str = ""
    project: str = ""
    snapshot: str = ""
    digest: str = ""
    tables: tuple[str, ...] = ()
    query: str = ""
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Number and hash of the last line."""

    line: int
    digest: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A log whose chain holds up to `head`; `anew` counts how often its head was missing and began again."""

    head: Head
    anew: int


def query_hash(*parts: object) -> str:
    """Return the SHA-256 of what was asked: it tells two questions apart and repeats neither."""
    return hashlib.sha256(json.dumps(parts, default=str, ensure_ascii=False).encode()).hexdigest()


def head_path(root: Path | str) -> Path:
    """Return where the head of a lake's log is: beside the lake, or in the folder that DAS_HEAD names."""
    lake = Path(root).resolve()
    apart = os.environ.get("DAS_HEAD")
    if apart:
        return Path(apart) / f"{lake.name}-{hashlib.sha256(str(lake).encode()).hexdigest()[:12]}.head"
    return lake.with_name(f"{lake.name}.head")


def record(root: Path | str, entry: Entry) -> None:
    """Add a line to the log of the lake at `root`, on the disk before this returns.

    Raises Refused when the log does not go on where its head says: then lines are missing, and nothing that
    must be logged may happen. Raises TryAgain when it cannot be written.
    """
    try:
        with _log(root, write=True).open("a+b") as log:
            fcntl.flock(log, fcntl.LOCK_EX)
            last = _last(log, head := _read_head(root))
            about = {"note": ANEW} if head is None and last.line else {}
            line = {"line": last.line + 1, "previous": last.digest, "at": now(), "who": actor()}
            raw = json.dumps(line | _said(entry) | about, ensure_ascii=False).encode()
            log.write(raw + b"\n")
            log.flush()
            os.fsync(log.fileno())
            _write_head(root, Head(last.line + 1, _seal(raw)))
    except OSError as error:
        todo = "make room, or name a folder for the log's head with DAS_HEAD, then try again"
        said = lack(error) or type(error).__name__
        raise TryAgain(f"access cannot be logged: {said}", where=FILE, todo=todo) from None


def read_log(root: Path | str) -> Iterator[dict[str, Any]]:
    """Give the lines of the log, oldest first. Raises Refused at the first that is not what was written."""
    for _, line in _chain(root):
        yield line


def verify_log(root: Path | str) -> Verified:
    """Follow the chain of the log to its head.

    Finds a line that was edited, deleted, put in, or moved, and a tail that was cut. Does not find: a log and
    head rewritten together from some line on, unless `head` of before was written down elsewhere (compare it
    with `head_at`); lines put after the head by who may write the log. Raises Refused, naming the line.
    """
    last, anew, head, met = Head(0, START), 0, _read_head(root), False
    for last, line in _chain(root):
        anew += line.get("note") == ANEW
        met = met or last == head
    if head is None and last.line:
        raise Refused("the log has no head", where=head_path(root).name, todo=RESTORE)
    if head is not None and not met:
        cut = head.line > last.line
        what = "the tail of the log is missing" if cut else "the log was changed"
        raise Refused(what, where=f"line {last.line + 1 if cut else head.line}", todo=RESTORE)
    return Verified(last, anew)


def head_at(root: Path | str, number: int) -> Head:
    """Return number and hash of a line, to compare with those written down. Raises Refused for none."""
    for head, _ in _chain(root):
        if head.line == number:
            return head
    raise Refused("the log has no such line", where=f"line {number}", todo=RESTORE)


def _said(entry: Entry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if value not in ("", (), None)}


def _log(root: Path | str, *, write: bool = False) -> Path:
    return folder(enter(root, "lake"), "access", write=write) / FILE


def _seal(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _last(log: BinaryIO, head: Head | None) -> Head:
    """Return the last whole line; what a crash left is cut off. Refuses when the head is not there."""
    end = log.seek(0, os.SEEK_END)
    log.seek(max(0, end - TAIL))
    block = log.read()
    whole = block[: block.rfind(b"\n") + 1]
    if len(whole) < len(block):
        log.truncate(end - len(block) + len(whole))
    lines = whole.splitlines()[1 if end > TAIL else 0 :]
    last = _head_of(lines[-1]) if lines else Head(0, START)
    if head is not None and head not in [last, *map(_head_of, reversed(lines))]:
        raise Refused("the log does not go on where its head says", where=FILE, todo="run das audit verify")
    return last


def _head_of(raw: bytes) -> Head:
    try:
        return Head(int(json.loads(raw)["line"]), _seal(raw))
    except (ValueError, KeyError, TypeError):
        raise Refused("the log holds a line that is none", where=FILE, todo="run das audit verify") from None


def _chain(root: Path | str) -> Iterator[tuple[Head, dict[str, Any]]]:
    """Give each whole line with its number and hash. A last line cut short by a crash is no line."""
    path = _log(root)
    if not path.exists():
        return
    before = Head(0, START)
    with path.open("rb") as log:
        fcntl.flock(log, fcntl.LOCK_SH)
        for raw in log:
            if raw.endswith(b"\n"):
                before, line = _follow(before, raw[:-1])
                yield before, line


def _follow(before: Head, raw: bytes) -> tuple[Head, dict[str, Any]]:
    number = before.line + 1
    try:
        line = json.loads(raw)
        kept = (line["line"], line["previous"]) == (number, before.digest)
    except (ValueError, KeyError, TypeError):
        kept = False
    if not kept:
        where = f"line {number}" if number == 1 else f"line {before.line} or {number}"
        raise Refused("the log was changed", where=where, todo=RESTORE)
    return Head(number, _seal(raw)), line


def _read_head(root: Path | str) -> Head | None:
    path = head_path(root)
    try:
        content = json.loads(path.read_text(encoding="ascii"))
        return Head(int(content["line"]), str(content["digest"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise Refused("the head of the log cannot be read", where=path.name, todo=RESTORE) from None


def _write_head(root: Path | str, head: Head) -> None:
    path = head_path(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=".", suffix=".head", delete=False) as partial:
        json.dump(asdict(head), partial)
        partial.flush()
        os.fsync(partial.fileno())
    Path(partial.name).replace(path)
