"""The host's keys: versions in a file outside the lake, its owner's only, each made on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from das_analysis.errors import Refused
from das_analysis.keys.files import KeyFile, change, make, new_secret, read, secret_of, written


@dataclass(frozen=True, slots=True)
class HostKey:
    """One version of the host's key. The secret is left out of its text, so that no message can show it."""

    version: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HostKeys:
    """Every version that is alive, by number, and the day each was made: one, or two between two releases."""

    current: int
    alive: Mapping[int, HostKey]
    made_on: Mapping[int, str]

    def text(self, without: int | None = None) -> dict[str, object]:
        """Return what the key file holds of them."""
        kept = {str(v): k for v, k in self.alive.items() if v != without}
        keys = {v: written(k.secret) for v, k in kept.items()}
        days = {str(v): day for v, day in self.made_on.items() if str(v) in kept}
        return {"current": self.current, "keys": keys, "made_on": days}


def new_host_key(keys: Path) -> int:
    """Make the host's first key in the folder `keys` (mode 0600) and return its version.

    Raises Refused when there is a key already: without it no pseudonym could ever be made again.
    """
    first = HostKeys(1, {1: HostKey(1, new_secret())}, {1: _today()})
    make(_file(keys), first.text())
    return 1


def read_host_keys(keys: Path) -> HostKeys:
    """Return the versions of the host's key in the folder `keys`.

    Raises Refused when they are missing or no key file, NoPermission when others than its owner may touch it.
    """
    file = _file(keys)
    content = read(file)
    try:
        found = {int(v): secret_of(text) for v, text in content["keys"].items()}
        days = {int(v): str(day) for v, day in content.get("made_on", {}).items()}
        current = int(content["current"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise file.refuse() from None
    if current not in found or min(found) < 1:
        raise file.refuse()
    return HostKeys(current, {v: HostKey(v, secret) for v, secret in sorted(found.items())}, days)


def rotate_host_key(keys: Path) -> int:
    """Make the next version of the host's key, the one in use from now on, and return its number.

    The version before stays until it is destroyed. Raises Refused while there are two.
    """
    found = read_host_keys(keys)
    if len(found.alive) > 1:
        old, todo = (
            min(found.alive),
            "finish that rotation first: das pseudonymise, das link, das keys destroy",
        )
        raise Refused("the version before the one in use is still alive", where=f"version {old}", todo=todo)
    new = found.current + 1
    alive = {**found.alive, new: HostKey(new, new_secret())}
    change(_file(keys), HostKeys(new, alive, {**found.made_on, new: _today()}).text())
    return new


def forget_host_key(keys: Path, version: int) -> bool:
    """Take a version out of the key file; whether it was there. Raises Refused for the one in use."""
    found = read_host_keys(keys)
    if version == found.current:
        todo = "make the next version first: das keys rotate"
        raise Refused("this version of the host's key is in use", where=f"version {version}", todo=todo)
    if version in found.alive:
        change(_file(keys), found.text(without=version))
    return version in found.alive


def _file(keys: Path) -> KeyFile:
    missing = "name its folder with --keys or DAS_KEYS, or make one: das keys host"
    damaged = "restore it from its backup; a new key loses every link"
    return KeyFile(keys / "host.key", "host key", missing, damaged)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
