"""Columns of equal length, and days as whole numbers: what the simulation computes on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Frame = dict[str, Array]

NEVER = np.int32(10_000_000)  # a day that does not come; later than every real day
NO_CODE = np.int8(-1)
NO_ROW = np.int32(-1)


def day(year: int, month: int = 1) -> int:
    """The first day of a month, in days since 1970-01-01."""
    return int(np.datetime64(f"{year:04d}-{month:02d}-01", "D").astype(np.int64))


def year_of(days: Array) -> Array:
    """Calendar year of each day."""
    years: Array = days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int32) + 1970
    return years


def age_at(birth: Array, when: Array) -> Array:
    """Completed years between two days; a 29 February birthday counts on 1 March."""
    b, w = birth.astype("datetime64[D]"), when.astype("datetime64[D]")
    by, wy = b.astype("datetime64[Y]"), w.astype("datetime64[Y]")
    years: Array = (wy - by).astype(np.int32)
    return years - (_month_and_day(w) < _month_and_day(b))


def _month_and_day(days: Array) -> Array:
    months = days.astype("datetime64[M]")
    of_year: Array = (months - days.astype("datetime64[Y]").astype("datetime64[M]")).astype(np.int32)
    of_month: Array = (days - months.astype("datetime64[D]")).astype(np.int32)
    return of_year * 31 + of_month


def length(frame: Frame) -> int:
    """Number of rows."""
    return len(next(iter(frame.values()))) if frame else 0


def take(frame: Frame, rows: Array) -> Frame:
    """The rows given by number or by mask."""
    return {name: values[rows] for name, values in frame.items()}


def stack(frames: Sequence[Frame]) -> Frame:
    """Frames with the same columns, one under the other."""
    return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0]}


def indices(codes: Sequence[str], wanted: Iterable[str]) -> Array:
    """Position of each wanted code in a code list."""
    return np.array([codes.index(code) for code in wanted], dtype=np.int8)


def starts(groups: Array) -> Array:
    """True where a new group begins; `groups` is sorted."""
    first = np.ones(len(groups), dtype=bool)
    first[1:] = groups[1:] != groups[:-1]
    return first


def number_within(groups: Array) -> Array:
    """1, 2, 3 ... within each group; `groups` is sorted."""
    at = np.arange(len(groups))
    return (at - np.maximum.accumulate(np.where(starts(groups), at, 0)) + 1).astype(np.int32)
