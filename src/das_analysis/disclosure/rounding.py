"""One figure at a time: what of it may be printed. Deterministic, so that a rerun gives the same figure."""

from __future__ import annotations

import math
from typing import NamedTuple

from das_analysis.disclosure.policy import Policy

LOW, HIDDEN = "low", "hidden"


class Cell(NamedTuple):
    """A figure as it may be printed: a value, or none and why (low: under ten; hidden: not told)."""

    value: float | None
    status: str = ""


def round_to(value: float, base: int) -> int:
    """Round to the nearest multiple of `base`; halfway goes up."""
    return math.floor(value / base + 0.5) * base


def protect_count(value: float, n: int, *, policy: Policy) -> Cell:
    """Round a count; nought to nine are one band. A larger count of fewer than ten persons is hidden."""
    if value < policy.smallest_count:
        return Cell(None, LOW)
    if n < policy.smallest_persons:
        return Cell(None, HIDDEN)
    return Cell(round_to(value, policy.base))


def protect_days(statistic: str, days: float, *, n: int, policy: Policy) -> Cell:
    """Print a statistic of days in whole days, if enough persons are behind it."""
    smallest = {"mean": policy.mean_from, "median": policy.median_from, "p90": policy.p90_from}[statistic]
    if math.isnan(days) or n < smallest:
        return Cell(None, HIDDEN)
    return Cell(round_to(days, 1))


def protect_rate(of: Cell, to: Cell, *, policy: Policy) -> Cell:
    """Return a percentage of two printed counts; hidden when a part is not printed or the whole is small."""
    if of.value is None or to.value is None or to.value < policy.smallest_denominator:
        return Cell(None, HIDDEN)
    return Cell(round_to(1000 * of.value / to.value, 1) / 10)
