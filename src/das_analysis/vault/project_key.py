"""A project's key and its pseudonyms: made of the host's, so that no two projects have one in common."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import NoPermission, Refused
from das_analysis.vault.rekey import BYTES, base32, texts

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "projects"
LENGTH = 32
HEAD = "j1."


class ProjectPseudonyms:
    """Makes the pseudonyms of one project; its secret is in no text of it."""

    def __init__(self, secret: bytes, project: str) -> None:
        self._keyed = hmac.new(secret, f"das:project:{project}:".encode(), hashlib.sha256)

    def column(self, values: pa.Array) -> pa.Array:
        """Return the project's pseudonyms of the host's: `j1.` and 26 letters; NULL stays NULL."""
        encoded = values.dictionary_encode()
        digests = []
        for value in encoded.dictionary.to_pylist():
            keyed = self._keyed.copy()
            keyed.update(value.encode())
            digests.append(keyed.digest()[:BYTES])
        return texts(HEAD, base32(b"".join(digests))).take(encoded.indices)


def project_key(keys: Path, project: str) -> bytes:
    """Return the project's key out of the folder `keys`, made (mode 0600) the first time it is asked for.

    Raises Refused for a file that is no key, NoPermission when others than its owner may touch it.
    """
    path = keys / FOLDER / f"{project}.key"
    if not path.exists():
        _make(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        todo = "chmod 600 the file, close the project, and open it under another name"
        raise NoPermission("others than its owner may touch the project's key", where=path.name, todo=todo)
    try:
        secret = base64.b64decode(json.loads(path.read_text(encoding="ascii"))["key"], validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error):
        secret = b""
    if len(secret) != LENGTH:
        todo = "restore it, or close the project and open it anew: with other pseudonyms"
        raise Refused("the project's key cannot be read", where=path.name, todo=todo)
    return secret


def destroy_key(keys: Path, project: str) -> bool:
    """Remove the project's key, so that its pseudonyms can never be made again; whether there was one."""
    path = keys / FOLDER / f"{project}.key"
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def _make(path: Path) -> None:
    """Write the key beside its place and link it there: whole or not at all, and never over another."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    content = {"version": 1, "key": base64.b64encode(secrets.token_bytes(LENGTH)).decode()}
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its key counts
            os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)
