"""The host's key: a versioned file outside the lake, its owner's only, made on purpose."""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path

from das_analysis.errors import NoPermission, Refused

FILE = "host.key"
LENGTH = 32


@dataclass(frozen=True, slots=True)
class HostKey:
    """The key in use and its version. The secret is left out of its text, so that no message can show it."""

    version: int
    secret: bytes = field(repr=False)


def new_host_key(keys: Path) -> int:
    """Make the host's first key in the folder `keys` (mode 0600) and return its version.

    Raises Refused when there is a key already: without it no pseudonym could ever be made again.
    """
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = {"current": 1, "keys": {"1": base64.b64encode(secrets.token_bytes(LENGTH)).decode()}}
    try:
        handle = os.open(keys / FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(
            "there is a host key already", where=FILE, todo="use it, or name another folder with --keys"
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        json.dump(content, file)
    return 1


def read_host_key(keys: Path) -> HostKey:
    """Return the key in use from the folder `keys`.

    Raises Refused when it is missing or no key file, NoPermission when others than its owner may touch it.
    """
    path = keys / FILE
    if not path.is_file():
        raise Refused(
            "there is no host key",
            where=FILE,
            todo="name its folder with --keys or DAS_KEYS, or make one: das keys host",
        )
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise NoPermission(
            "others than its owner may touch the host key",
            where=FILE,
            todo=f"chmod 600 {FILE}, and think of a new key",
        )
    try:
        content = json.loads(path.read_text(encoding="ascii"))
        version = int(content["current"])
        secret = base64.b64decode(content["keys"][str(version)], validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise _broken() from None
    if len(secret) != LENGTH or version < 1:
        raise _broken()
    return HostKey(version, secret)


def _broken() -> Refused:
    return Refused(
        "the host key cannot be read",
        where=FILE,
        todo="restore it from its backup; a new key loses every link",
    )
