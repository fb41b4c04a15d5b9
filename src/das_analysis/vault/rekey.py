"""A keyed hash over key columns: HMAC-SHA-256 (RFC 2104), a domain a kind, 128 bits in base32 (RFC 4648)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from das_analysis.errors import Refused

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from das_analysis.vault.host_key import HostKey

PRE_PSEUDONYM = "^p[0-9]+[.][a-z2-7]{26}$"
BLOCK = 64  # bytes in a block of SHA-256
BYTES = 16  # of the digest, kept
LETTERS = 26  # base32 characters for 128 bits


class Rekeying:
    """Makes the host's pseudonyms of one version of its key."""

    def __init__(self, key: HostKey) -> None:
        self.version = key.version
        padded = key.secret.ljust(BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded))
        self._outer = hashlib.sha256(bytes(b ^ 0x5C for b in padded))

    def column(self, values: pa.Array, kind: str) -> pa.Array:
        """Return the host's pseudonyms of pre-pseudonyms: `h<version>.` and 26 letters; NULL stays NULL.

        Each distinct value is hashed once. Raises Refused when a value is no pre-pseudonym: then it could be
        an identity, and hashing would hide it.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        encoded = values.dictionary_encode()
        distinct = encoded.dictionary
        if not pc.all(pc.match_substring_regex(distinct, PRE_PSEUDONYM), min_count=0).as_py():
            raise Refused(
                "a key holds something else than pre-pseudonyms",
                where=f"kind {kind}",
                todo="tell the supplier: an identity may have come through",
            )
        digests = self._digests(distinct.cast(pa.binary()).to_pylist(), kind)
        return texts(f"h{self.version}.", base32(digests)).take(encoded.indices)

    def _digests(self, values: Iterable[bytes], kind: str) -> bytes:
        domain = self._inner.copy()
        domain.update(f"das:host:{self.version}:{kind}:".encode())
        found = []
        for value in values:
            inner, outer = domain.copy(), self._outer.copy()
            inner.update(value)
            outer.update(inner.digest())
            found.append(outer.digest()[:BYTES])
        return b"".join(found)


def base32(digests: bytes) -> NDArray[np.uint8]:
    """Return each 16 bytes as 26 small letters and digits: an array of letters (uint8), one row a digest."""
    import numpy as np

    padded = np.zeros((len(digests) // BYTES, 20), np.uint8)
    padded[:, :BYTES] = np.frombuffer(digests, np.uint8).reshape(-1, BYTES)
    groups = padded.reshape(-1, 5).astype(np.uint64)  # 5 bytes are 8 letters of 5 bits
    numbers = (groups << np.array([32, 24, 16, 8, 0], np.uint64)).sum(axis=1, dtype=np.uint64)
    alphabet = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
    places = np.arange(35, -1, -5).astype(np.uint64)
    letters: NDArray[np.uint8] = alphabet[(numbers[:, None] >> places) & np.uint64(31)]
    return letters.reshape(-1, 32)[:, :LETTERS]


def texts(head: str, letters: NDArray[np.uint8]) -> pa.Array:
    """Put one head before each row of letters and make them an Arrow column of texts."""
    import numpy as np
    import pyarrow as pa

    heads = np.tile(np.frombuffer(head.encode(), np.uint8), (len(letters), 1))
    rows = np.hstack([heads, letters])
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1]
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(rows))]
    return pa.Array.from_buffers(pa.string(), len(rows), buffers)
