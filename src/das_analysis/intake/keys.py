"""The supplier-side key: in a file that only its owner can read, made by an explicit call only."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from das_analysis.errors import Refused

FILE = "supplier.key"
_BYTES = 32
_MAKE = "ask the alliance for its supplier key, or make one with new_key(folder) when there is none yet"


@dataclass(frozen=True, slots=True)
class SupplierKey:
    """The key that suppliers share and the host lacks. `key_id` names it and gives nothing of it away."""

    key_id: str
    secret: bytes = field(repr=False)


def _key_id(secret: bytes) -> str:
    return "s1-" + hmac.new(secret, b"das:key-id:1", hashlib.sha256).hexdigest()[:16]


def new_key(keys: Path) -> str:
    """Make the file `supplier.key` in the folder `keys` and return the id of the new key.

    The file can be read by its owner only (mode 0600). Raises Refused when there is one already: whoever
    replaces a key cuts every later delivery off from the earlier ones.
    """
    secret = secrets.token_bytes(_BYTES)
    content = {"key_id": _key_id(secret), "key": base64.b64encode(secret).decode("ascii")}
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(keys / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(
            "there is a supplier key already", where=FILE, todo="use it, or name another folder"
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(json.dumps(content) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return content["key_id"]


def read_key(keys: Path) -> SupplierKey:
    """Read `supplier.key` in the folder `keys`. Raises Refused: it is absent, damaged or open to others."""
    path = keys / FILE
    if not path.is_file():
        raise Refused("there is no supplier key here", where=FILE, todo=_MAKE)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise Refused("others can read the supplier key", where=FILE, todo=f"chmod 600 {FILE}")
    found = _parse(path)
    if found is None:
        raise Refused(
            "the supplier key is damaged: its id does not fit it", where=FILE, todo="bring back its copy"
        )
    return found


def _parse(path: Path) -> SupplierKey | None:
    try:
        content = json.loads(path.read_text(encoding="ascii"))
        secret = base64.b64decode(content["key"], validate=True)
        fits = len(secret) == _BYTES and hmac.compare_digest(content["key_id"], _key_id(secret))
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None
    return SupplierKey(content["key_id"], secret) if fits else None
