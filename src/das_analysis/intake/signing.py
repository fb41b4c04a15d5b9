"""The signature under a package: Ed25519 (RFC 8032), with a private key that only its supplier holds.

`signers/<supplier>.key` stays with the supplier; `signers/<supplier>.pub` goes to the host, its fingerprint
by another road. The private key has no passphrase in this edition: whoever may read the file may sign.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from das_analysis.errors import Refused
from das_analysis.keys.files import LENGTH, KeyFile, change, make, new_secret, read, written

DOMAIN = (
    b"das:package:1\0"  # before what is signed, so that a signature under a package is one under nothing else
)
MOST = 4096  # bytes of a public key file, or of a signature


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
    file = _file(keys, supplier)
    if rotate and not file.path.exists():
        todo = "make the first one without --rotate"
        raise Refused("there is no signing key yet", where=file.path.name, todo=todo)
    public, secret = _pair()
    told = {"supplier": supplier, "signer": fingerprint(public), "public": written(public)}
    (change if rotate else make)(file, told | {"secret": written(secret)})
    change(KeyFile(file.path.with_suffix(".pub"), "public key", missing=""), told)
    return told["signer"]


def read_signer(keys: Path, supplier: str) -> Signer:
    """Read a supplier's key. Raises Refused: absent, damaged or another's; NoPermission: open to others."""
    file = _file(keys, supplier)
    content = _texts(read(file), {"supplier", "signer", "public", "secret"})
    public, secret = (key_of(content.get(name, "")) for name in ("public", "secret"))
    if public is None or secret is None or _public(secret) != public:
        raise file.refuse()
    if content["supplier"] != supplier:
        raise Refused("this signing key is another supplier's", where=file.path.name, todo=file.missing)
    return Signer(supplier, public, secret)


def signer_file(keys: Path, supplier: str) -> Path:
    """Return where a supplier's signing key is."""
    return keys / "signers" / f"{supplier}.key"


def _file(keys: Path, supplier: str) -> KeyFile:
    missing = f"make one: das keys signer {supplier}; then have the host trust it"
    damaged = "restore it from its backup, or make another with --rotate"
    return KeyFile(signer_file(keys, supplier), "signing key", missing, damaged)


def read_plain(raw: bytes, names: set[str]) -> dict[str, str]:
    """Return a small JSON object that has exactly these names, with texts; an empty one for anything else."""
    content: object = None
    with contextlib.suppress(ValueError, RecursionError):
        content = json.loads(raw[:MOST].decode("ascii"))
    return _texts(content, names)


def _texts(content: object, names: set[str]) -> dict[str, str]:
    """Return what has exactly these names, with texts; an empty one for anything else."""
    if (
        isinstance(content, dict)
        and content.keys() == names
        and all(isinstance(v, str) for v in content.values())
    ):
        return content
    return {}


def bytes_of(text: str) -> bytes | None:
    """Return the bytes that a text stands for; None where it is not written as `written` does."""
    with contextlib.suppress(ValueError):
        raw = base64.b64decode(text, validate=True)
        return raw if written(raw) == text else None
    return None


def key_of(text: str) -> bytes | None:
    """Return the key that a text stands for; None for anything else."""
    raw = bytes_of(text)
    return raw if raw is not None and len(raw) == LENGTH else None


def _pair() -> tuple[bytes, bytes]:
    secret = new_secret()  # RFC 8032, 5.1.5: a private key is 32 random octets
    return _public(secret), secret


def _public(secret: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
