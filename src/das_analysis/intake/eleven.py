"""The eleven-test of the citizen service number (BSN), over a whole column at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

DIGITS = 9
_WEIGHTS = np.array([9, 8, 7, 6, 5, 4, 3, 2, -1], np.int32)  # Besluit BSN: the last digit counts negatively


def passes_eleven_test(values: pa.Array) -> pa.Array:
    """Return, for an array of strings, which are nine digits whose weighted sum is a multiple of eleven.

    Nine zeros have that property and are nobody's number: false. Null gives null.
    """
    nine = pc.match_substring_regex(values, rf"\A[0-9]{{{DIGITS}}}\z")
    candidates = pc.filter(values, nine)
    digits = _digits(candidates)
    passed = pa.array(((digits @ _WEIGHTS) % 11 == 0) & digits.any(axis=1))
    return pc.replace_with_mask(nine, pc.fill_null(nine, fill_value=False), passed)


def _digits(values: pa.Array) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Return the digits of strings of nine as a matrix, one row a string."""
    if len(values) == 0:
        return np.zeros((0, DIGITS), np.int32)
    joined = "".join(values.to_numpy(zero_copy_only=False)).encode("ascii")
    return (np.frombuffer(joined, np.uint8).reshape(-1, DIGITS) - ord("0")).astype(np.int32)
