"""The signature under a package: Ed25519 (RFC 8032), with a private key that only its supplier holds.

`signers/<supplier>.key` stays with the supplier; `signers/<supplier>.pub` goes to the host, its fingerprint
by another road. The private key has no passphrase in this edition: whoever may read the file may sign.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from das_analysis.errors import NoPermission, Refused, TryAgain

DOMAIN = (
    b"das:package:1\0"  # before what is signed, so that a signature under a package is one under nothing else
)
MOST = 4096  # bytes of a public key file, or of a signature
_SIZE = 32  # bytes of a key, public or private


@dataclass(frozen=True, slots=True)
class Signer:
    """A supplier's key to sign with. The secret is left out of its text, so that no message can show it."""

    supplier: str
    public: bytes
    secret: bytes = field(repr=False)

    def sign(self, manifest: bytes) -> str:
        """Return the content of `manifest.sig`: who signs, and the signature; the same for the same."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        signature = Ed25519PrivateKey.from_private_bytes(self.secret).sign(DOMAIN + manifest)
        told = {"signer": fingerprint(self.public), "signature": written(signature)}
        return json.dumps(told, indent=1, sort_keys=True) + "\n"


def fingerprint(public: bytes) -> str:
    """Return the name of a public key: 128 bits of its SHA-256, to be told on another road than the key."""
    return "e1-" + hashlib.sha256(b"das:signer:1\0" + public).hexdigest()[:32]


def new_signer(keys: Path, supplier: str, *, rotate: bool = False) -> str:
    """Make a supplier's key pair in the folder `keys/signers` and return its fingerprint.

    With `rotate` it takes the place of the one that is there, which can then sign no more. Raises Refused
    when there is one already, or with `rotate` none; TryAgain when the disk did not take it.
    """
    path = signer_file(keys, supplier)
    if path.exists() != rotate:
        todo = "make the first one without --rotate" if rotate else "use it, or replace it with --rotate"
        what = f"there is {'no signing key yet' if rotate else 'a signing key already'}"
        raise Refused(what, where=path.name, todo=todo)
    public, secret = _pair()
    told = {"supplier": supplier, "signer": fingerprint(public), "public": written(public)}
    write_owned(path, told | {"secret": written(secret)}, new=not rotate)
    write_owned(path.with_suffix(".pub"), told)
    return told["signer"]


def read_signer(keys: Path, supplier: str) -> Signer:
    """Read a supplier's key. Raises Refused: absent, damaged or another's; NoPermission: open to others."""
    path = signer_file(keys, supplier)
    if not path.is_file():
        todo = f"make one: das keys signer {supplier}; then have the host trust it"
        raise Refused("there is no key to sign with", where=path.name, todo=todo)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        todo = f"chmod 600 {path.name}, and think of a new key"
        raise NoPermission("others than its owner may touch the signing key", where=path.name, todo=todo)
    content = read_plain(path.read_bytes(), {"supplier", "signer", "public", "secret"})
    public, secret = (key_of(content.get(name, "")) for name in ("public", "secret"))
    if content.get("supplier") != supplier or public is None or secret is None or _public(secret) != public:
        todo = "restore it from its backup, or make another with --rotate"
        raise Refused("the signing key is damaged, or another supplier's", where=path.name, todo=todo)
    return Signer(supplier, public, secret)


def signer_file(keys: Path, supplier: str) -> Path:
    """Return where a supplier's signing key is."""
    return keys / "signers" / f"{supplier}.key"


def read_plain(raw: bytes, names: set[str]) -> dict[str, str]:
    """Return a small JSON object that has exactly these names, with texts; an empty one for anything else."""
    content: object = None
    with contextlib.suppress(ValueError, RecursionError):
        content = json.loads(raw[:MOST].decode("ascii"))
    whole = isinstance(content, dict) and content.keys() == names
    return content if whole and isinstance(content, dict) and all(map(_is_text, content.values())) else {}


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def written(raw: bytes) -> str:
    """Return bytes as they stand in a file: base64."""
    return base64.b64encode(raw).decode("ascii")


def bytes_of(text: str) -> bytes | None:
    """Return the bytes that a text stands for; None where it is not written as `written` does."""
    with contextlib.suppress(ValueError):
        raw = base64.b64decode(text, validate=True)
        return raw if written(raw) == text else None
    return None


def key_of(text: str) -> bytes | None:
    """Return the key that a text stands for; None for anything else."""
    raw = bytes_of(text)
    return raw if raw is not None and len(raw) == _SIZE else None


def write_owned(path: Path, content: Mapping[str, Any], *, new: bool = False) -> None:
    """Put a file in its place, whole, its owner's only (mode 0600); `new`: only where there is none.

    Raises Refused when it is there, TryAgain when the disk did not take it.
    """
    partial = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(json.dumps(content, indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path) if new else partial.replace(path)
    except FileExistsError:
        raise Refused(
            "there is one already", where=path.name, todo="use it, or name another folder"
        ) from None
    except OSError as error:
        what = f"the disk did not take it: {type(error).__name__}"
        raise TryAgain(what, where=path.name, todo="make room or get access, then try again") from None
    finally:
        partial.unlink(missing_ok=True)


def _pair() -> tuple[bytes, bytes]:
    secret = secrets.token_bytes(_SIZE)  # RFC 8032, 5.1.5: a private key is 32 random octets
    return _public(secret), secret


def _public(secret: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
