"""The ledger of releases: one line a release, append-only, each line with the hash of the one before."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from das_analysis.errors import Refused
from das_analysis.flow import Release
from das_analysis.lake import enter, folder
from das_analysis.lake.provenance import actor, now

FILE = "ledger.jsonl"
START = "0" * 64


def digest_of(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a content's canonical JSON: keys sorted, no blanks, UTF-8."""
    return hashlib.sha256(_canonical(content)).hexdigest()


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def enter_release(release: Release, lake: Path) -> None:
    """Keep what was released, and add a line about it to the ledger.

    Lines never change; one cut short by a crash is no line, and content without a line is no release.
    """
    line = {
        "digest": release.digest,
        "title": release.title,
        "indicators": [one["id"] for one in release.content["indicators"]],
        "by": [c["name"] for c in release.content["columns"] if c["role"] == "by"],
        "snapshot": release.snapshot,
        "policy": release.content["policy"],
        "when": now(),
        "who": actor(),
    }
    home = folder(enter(lake, "disclosure"), "releases", write=True)
    with (home / FILE).open("a+b") as ledger:
        fcntl.flock(ledger, fcntl.LOCK_EX)
        _keep(release, home)
        line["previous"] = _seal(_last_line(ledger))
        ledger.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        ledger.flush()
        os.fsync(ledger.fileno())


def _keep(release: Release, home: Path) -> None:
    """Write the content under its digest, in one step."""
    partial = home / f".{release.digest}.partial"
    with partial.open("wb") as target:
        target.write(_canonical(release.content))
        target.flush()
        os.fsync(target.fileno())
    partial.replace(home / f"{release.digest}.json")


def find_releases(lake: Path | str) -> list[tuple[Release, str]]:
    """Return each release once, the oldest first, and when it was entered; each as its digest proves it.

    Raises Refused for content that is not what was entered.
    """
    home = folder(enter(lake, "disclosure"), "releases")
    found: dict[str, tuple[Release, str]] = {}
    for line in read_ledger(lake):
        path = home / f"{line['digest']}.json"
        if line["digest"] in found or not path.is_file():  # entered before contents were kept
            continue
        content = json.loads(path.read_text(encoding="utf-8"))
        if digest_of(content) != line["digest"]:
            raise Refused("what was released was changed", where=path.name, todo="restore it")
        release = Release(
            title=content["title"], content=content, digest=line["digest"], snapshot=content["snapshot"]
        )
        found[line["digest"]] = (release, line["when"])
    return list(found.values())


def _last_line(ledger: BinaryIO) -> bytes:
    """Return the last whole line; what a crash left behind it is cut off."""
    ledger.seek(0)
    content = ledger.read()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        ledger.truncate(len(whole))
    return whole.splitlines()[-1] if whole else b""


def _seal(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest() if line else START


def in_ledger(digest: str, lake: Path | str) -> bool:
    """Whether a release with this digest was made in this lake."""
    return any(line["digest"] == digest for line in read_ledger(lake))


def read_ledger(lake: Path | str) -> Iterator[dict[str, Any]]:
    """Give the lines of the ledger, oldest first. Raises Refused where the chain of hashes is broken."""
    path = folder(enter(lake, "disclosure"), "releases") / FILE
    if not path.exists():
        return
    previous = START
    with path.open("rb") as ledger:
        fcntl.flock(ledger, fcntl.LOCK_SH)
        lines = [line for line in ledger.read().splitlines(keepends=True) if line.endswith(b"\n")]
    for number, raw in enumerate(lines, start=1):
        line = json.loads(raw)
        if line["previous"] != previous:
            raise Refused("the ledger of releases was changed", where=f"line {number}", todo="restore it")
        previous = _seal(raw.rstrip(b"\n"))
        yield line
