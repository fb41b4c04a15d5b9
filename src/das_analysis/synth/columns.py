"""From numbers to Arrow: codes become text, days become dates, what is not there becomes null."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from das_analysis.synth.frame import NEVER, NO_ROW, Array


def coded(values: Array, codes: Sequence[str]) -> pa.DictionaryArray:
    """Positions in a code list as its codes; below zero is null."""
    missing = values < 0
    positions = pa.array(np.where(missing, 0, values).astype(np.int32), mask=missing)
    return pa.DictionaryArray.from_arrays(positions, pa.array(codes, pa.string()))


def dates(days: Array) -> pa.Array:
    """Days as dates; a day that never comes is null."""
    missing = days >= NEVER
    return pa.array(np.where(missing, 0, days).astype(np.int32), mask=missing).cast(pa.date32())


def whole(values: Array) -> pa.Array:
    """Whole numbers; below zero is null."""
    return pa.array(values.astype(np.int32), mask=values < 0)


def amount(values: Array) -> pa.Array:
    """Quantities with at most two decimals; not a number is null."""
    return pa.array(np.round(values, 2), mask=np.isnan(values))


def yes_no(values: Array) -> pa.Array:
    """Truth values."""
    return pa.array(values.astype(bool))


def at_row(values: pa.Array, rows: Array) -> pa.Array:
    """The value of each row's parent; no parent is null."""
    return values.take(pa.array(rows, mask=rows == NO_ROW))
