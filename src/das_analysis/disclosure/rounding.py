"""One figure at a time: what of it may be printed. Deterministic, so that a rerun gives the same figure."""

from __future__ import annotations

import math
from typing import NamedTuple

from das_analysis.disclosure.policy import Policy

LOW, HIDDEN = "low", "hidden"
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # of a share, in tenths of a percentage point


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


def protect_share(of: Cell, to: Cell, *, policy: Policy) -> Cell:
    """Return a percentage of two counts that are not printed themselves, in tenths or in wider steps.

    A step is never less than one of rounding is of the whole: so every size of the whole fits what is
    printed, and a share says nothing of the counts that it was made of. Hidden when protect_rate hides it.
    """
    if protect_rate(of, to, policy=policy).value is None or of.value is None or to.value is None:
        return Cell(None, HIDDEN)
    step = next((step for step in STEPS if step * to.value >= 1000 * policy.base), STEPS[-1])
    return Cell(round_to(1000 * of.value / to.value, step) / 10)
