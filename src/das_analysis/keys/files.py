"""Key files: whole or not at all, never over another, their owner's only.

A key stands in a file and in memory: never in an argument, the environment, a notebook or a message. What is
wrong with a file is told without a word of it.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from das_analysis.disk import sync
from das_analysis.errors import NoPermission, Refused, TryAgain

LENGTH = 32  # bytes in every key
_AT_WORK = 60  # seconds that writing a key file takes at the most


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Where a key is kept, `what` it is, and what to do where it is `missing` or `damaged`."""

    path: Path
    what: str
    missing: str
    damaged: str = "bring back its copy; another key loses every link"

    def refuse(self) -> Refused:
        """Say that it cannot be read, and nothing of what stands in it."""
        return Refused(f"the {self.what} cannot be read", where=self.path.name, todo=self.damaged)


def new_secret() -> bytes:
    """Return 32 bytes that nobody can guess."""
    return secrets.token_bytes(LENGTH)


def written(secret: bytes) -> str:
    """Return a key as a key file holds it."""
    return base64.b64encode(secret).decode("ascii")


def secret_of(text: object) -> bytes:
    """Return a key out of a key file. Raises ValueError, without the text, for what is none."""
    try:
        found = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except binascii.Error:
        found = b""
    if len(found) != LENGTH:
        raise ValueError
    return found


def make(file: KeyFile, content: Mapping[str, Any]) -> None:
    """Write a key file that is not there yet (mode 0600). Raises Refused where it is; TryAgain."""
    with _beside(file, content) as partial:
        try:
            os.link(partial, file.path)
        except FileExistsError:
            todo = "use it, or name another folder with --keys"
            raise Refused(f"there is a {file.what} already", where=file.path.name, todo=todo) from None


def change(file: KeyFile, content: Mapping[str, Any]) -> None:
    """Put other content in the place of a key file, in one rename. Raises TryAgain without room."""
    with _beside(file, content) as partial:
        partial.replace(file.path)


def read(file: KeyFile) -> dict[str, Any]:
    """Return what a key file holds.

    Raises Refused when it is missing or no key file, NoPermission when others than its owner may touch it or
    it is another account's, TryAgain when the machine cannot read it.
    """
    content: object = None
    with contextlib.suppress(ValueError, RecursionError):
        content = json.loads(_bytes(file).decode("ascii"))
    if not isinstance(content, dict):
        raise file.refuse()
    return content


def _sweep(file: KeyFile) -> None:
    """Take away what a process left that was killed while it wrote; what is fresh is another's, at work."""
    for left in file.path.parent.glob(f".{file.path.name}-*"):
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - _AT_WORK:
                left.unlink()


def _bytes(file: KeyFile) -> bytes:
    where = file.path.name
    try:
        mode = file.path.stat().st_mode
        if stat.S_ISREG(mode) and not stat.S_IMODE(mode) & 0o077:
            return file.path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        mode = 0
    except PermissionError:
        todo = "read it as the account that owns it, or name another folder with --keys"
        raise NoPermission(f"this account may not read the {file.what}", where=where, todo=todo) from None
    except OSError as error:
        what = f"the {file.what} could not be read: {type(error).__name__}"
        raise TryAgain(what, where=where, todo="see to the disk, then try again") from None
    if not stat.S_ISREG(mode):
        raise Refused(f"there is no {file.what}", where=where, todo=file.missing)
    todo = f"chmod 600 {where}, and think of a new key"
    raise NoPermission(f"others than its owner may touch the {file.what}", where=where, todo=todo)


@contextlib.contextmanager
def _beside(file: KeyFile, content: Mapping[str, Any]) -> Iterator[Path]:
    """Give a file with the content, on the disk, beside the place of a key file; afterwards it is gone.

    What was done with it in between is on the disk then, too.
    """
    partial = file.path.with_name(f".{file.path.name}-{secrets.token_hex(8)}")
    try:
        file.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(file)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            json.dump(content, opened, indent=1)
            opened.flush()
            os.fsync(opened.fileno())
        yield partial
    except OSError as error:
        what = f"the {file.what} could not be written: {type(error).__name__}"
        raise TryAgain(what, where=file.path.name, todo="make room or get access, then try again") from None
    finally:
        if partial.parent.is_dir():
            partial.unlink(missing_ok=True)
            sync(partial.parent)
