"""Points of ristretto255 (RFC 9496), computed by libsodium: hashed to, multiplied, written as letters.

What is multiplied by one supplier's scalar and then by the host's over the supplier's is where every supplier
arrives: the host sees no identity, and no supplier's key opens what another one sent.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import ModuleType

from das_analysis.errors import TryAgain

SIZE = 32  # bytes of a point and of a scalar
PERSON = r"\Ap[1-9][0-9]{0,3}[.][a-z2-7]{51}[aq]\z"  # a person's: four bits of the last letter are zero
MOST = 1 << 19  # distinct values that one Once remembers: some 100 MB
_TOGETHER = 1024  # multiplications handed to a thread at once: some 40 ms


def hashed(message: bytes) -> bytes:
    """Return the point that a message is hashed to (SHA-512, then the map of RFC 9496)."""
    return bytes(_sodium().crypto_core_ristretto255_from_hash(hashlib.sha512(message).digest()))


def multiply(scalars: Sequence[bytes], points: Sequence[bytes]) -> list[bytes]:
    """Return each point multiplied by its scalar; on all processors, for libsodium lets other threads work.

    Raises ValueError, without any of them, where one is no point, is the identity, or becomes it.
    """
    both = list(zip(scalars, points, strict=True))
    parts = [both[i : i + _TOGETHER] for i in range(0, len(both), _TOGETHER)]
    _sodium()  # loaded once, before there are threads
    if len(parts) <= 1:
        return _multiply(both)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [point for part in pool.map(_multiply, parts) for point in part]


def _multiply(pairs: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    product = _sodium().crypto_scalarmult_ristretto255
    try:
        return [product(scalar, point) for scalar, point in pairs]
    except (RuntimeError, TypeError, ValueError):
        raise ValueError from None


def new_scalar() -> bytes:
    """Return a random scalar; never zero."""
    return bytes(_sodium().crypto_core_ristretto255_scalar_random())


def over(one: bytes, other: bytes) -> bytes:
    """Return the scalar `one` divided by `other`."""
    sodium = _sodium()
    return bytes(
        sodium.crypto_core_ristretto255_scalar_mul(one, sodium.crypto_core_ristretto255_scalar_invert(other))
    )


def point_of(letters: str) -> bytes:
    """Return the point that 52 letters of small base32 stand for."""
    return base64.b32decode(letters.upper() + "====")


class Once:
    """Computes each distinct value once, in whatever batch it comes; it remembers no more than MOST."""

    def __init__(self, compute: Callable[[list[bytes]], list[bytes]]) -> None:
        self._compute = compute
        self._found: dict[bytes, bytes] = {}

    def of(self, values: Sequence[bytes]) -> list[bytes]:
        """Return what is computed of each value, in their order."""
        fresh = [v for v in dict.fromkeys(values) if v not in self._found]
        if len(self._found) + len(fresh) > MOST:
            self._found.clear()
            fresh = list(dict.fromkeys(values))
        self._found.update(zip(fresh, self._compute(fresh), strict=True))
        return [self._found[v] for v in values]


@cache
def _sodium() -> ModuleType:
    """Load libsodium as rbcl bundles it, and take away the copy that it leaves among the temporary files."""
    try:
        import rbcl
    except OSError as error:
        what = f"libsodium could not be unpacked: {os.strerror(error.errno or 0)}"
        todo = "make room for 3 MB there, or name another with TMPDIR"
        raise TryAgain(what, where="the folder of temporary files", todo=todo) from None

    with contextlib.suppress(OSError):  # not ours to remove
        Path(
            sys.modules["rbcl._sodium"].lib_path
        ).unlink()  # as an attribute rbcl has the library itself there
    module: ModuleType = rbcl
    return module
