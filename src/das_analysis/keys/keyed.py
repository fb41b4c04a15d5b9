"""Keyed hashes and their letters: HMAC-SHA-256 (RFC 2104), 128 bits kept, in small base32 (RFC 4648)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

KEPT = 16  # bytes of a digest
THING = r"\Ap1[.][a-z2-7]{25}[aeimquy4]\z"  # a thing's pre-pseudonym: two bits of the last letter are zero
_BLOCK = 64  # bytes in a block of SHA-256
_BYTE, _FIVE = 8, 5  # bits of a byte and of a letter


class Keyed:
    """HMAC-SHA-256 under one key, which is in no text of it."""

    def __init__(self, secret: bytes) -> None:
        padded = secret.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded))
        self._outer = hashlib.sha256(bytes(b ^ 0x5C for b in padded))

    def digests(self, domain: bytes, messages: Iterable[bytes]) -> bytes:
        """Return the first 16 bytes of the HMAC of `domain` and each message, one behind the other."""
        begun = self._inner.copy()
        begun.update(domain)
        found = []
        for message in messages:
            inner, outer = begun.copy(), self._outer.copy()
            inner.update(message)
            outer.update(inner.digest())
            found.append(outer.digest()[:KEPT])
        return b"".join(found)


def base32(raw: bytes, width: int = KEPT) -> NDArray[np.uint8]:
    """Return each `width` bytes in small base32 without filling: an array of letters, one row each."""
    import numpy as np

    alphabet = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
    wide = np.zeros((len(raw) // width, width + 1), np.uint16)  # a byte of zeros behind the last one
    wide[:, :width] = np.frombuffer(raw, np.uint8).reshape(-1, width)
    letters = np.empty((len(wide), -(-width * _BYTE // _FIVE)), np.uint8)
    for place in range(letters.shape[1]):
        byte, bit = divmod(_FIVE * place, _BYTE)
        letters[:, place] = alphabet[((wide[:, byte] << 8) | wide[:, byte + 1]) >> (11 - bit) & 31]
    return letters


def texts(head: str, letters: NDArray[np.uint8]) -> pa.Array:
    """Put one head before each row of letters and make them an Arrow column of texts."""
    import numpy as np
    import pyarrow as pa

    heads = np.tile(np.frombuffer(head.encode(), np.uint8), (len(letters), 1))
    rows = np.hstack([heads, letters])
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1]
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(rows))]
    return pa.Array.from_buffers(pa.string(), len(rows), buffers)
