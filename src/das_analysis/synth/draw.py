"""Draws with little chance in them: shares come out exactly, at every scale, and quantiles are spread evenly.

A draw of n values puts one value in each of n equal parts of the distribution. They are handed out in an
order that is random, but so that every stretch of BLOCK rows gets values from all over the distribution. Rows
stand in order of time, so that a year's flow differs little from that of the next year.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from das_analysis.synth.calibration import Figures, calibration
from das_analysis.synth.frame import Array

BLOCK = 64


class Draw:
    """One stream of draws; the same seed and path give the same stream.

    It carries what every step of the simulation needs: the `figures` that it is tuned to, and the `scale`.
    """

    def __init__(self, seed: int, *path: int, scale: float = 1.0) -> None:
        self.figures: Figures = calibration()
        self.scale = scale
        self._rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=path)))

    def order(self, n: int) -> Array:
        """A random order of 0 .. n-1; each block of it holds one number out of every BLOCK-th part."""
        blocks = -(-n // BLOCK)
        parts = self._rng.permuted(np.arange(blocks * BLOCK).reshape(BLOCK, blocks), axis=1)
        mixed: Array = self._rng.permuted(parts.T, axis=1).ravel()
        return mixed[mixed < n]

    def uniform(self, n: int, *, within: Array | None = None, along: Array | None = None) -> Array:
        """Values between 0 and 1, one in each n-th part.

        They are spread evenly over each group of `within`, and over each stretch of the days in `along`.
        """
        values: Array = (self.order(n) + self._rng.random(n)) / max(n, 1)
        keys = [key for key in (along, within) if key is not None]
        if not keys:
            return values
        spread = np.empty(n)
        spread[np.lexsort(keys)] = values
        return spread

    def whole(self, expected: float) -> int:
        """A whole number with this mean, at most one away from it."""
        return math.floor(expected + float(self._rng.random()))

    def kinds(self, n: int, shares: Sequence[float]) -> Array:
        """Positions in `shares`; each kind occurs n times its share, at most one more or less."""
        edges = np.cumsum(np.asarray(shares, dtype=float))
        at = (self.order(n) + self._rng.random()) / max(n, 1)
        kinds: Array = np.searchsorted(edges / edges[-1], at, side="right").astype(np.int8)
        return np.minimum(kinds, np.int8(len(shares) - 1))

    def chance(self, n: int, share: float) -> Array:
        """A mask that is true for this share of n."""
        chosen: Array = self.kinds(n, (share, 1.0 - share)) == 0
        return chosen

    def lognormal(self, n: int, of: Sequence[float]) -> Array:
        """Values of the lognormal with `of` = median, sigma."""
        values: Array = of[0] * np.exp(of[1] * ndtri(self.uniform(n)))
        return values

    def days(self, since: Array, of: Sequence[float], *, most: int, least: int = 0) -> Array:
        """Days to wait from each day of `since`: lognormal, cut off at both ends, evenly spread over time."""
        values = of[0] * np.exp(of[1] * ndtri(self.uniform(len(since), along=since)))
        waits: Array = np.clip(values, least, most).astype(np.int32)
        return waits

    def race(self, weights: Array, n: int) -> Array:
        """A mask with exactly n true, fewer if fewer weigh anything; a double weight, double the chance.

        The chosen are spread evenly over the rows.
        """
        runners = np.flatnonzero(weights > 0)
        chosen = np.zeros(len(weights), dtype=bool)
        if n >= len(runners):
            chosen[runners] = True
        elif n > 0:
            runners = runners[self._nearby(len(runners))]
            passed = np.cumsum(inclusion(weights[runners], n))
            marks = np.floor(passed * (n / passed[-1]) + 0.01 + 0.98 * self._rng.random())
            chosen[runners[np.diff(marks, prepend=0.0) > 0]] = True
        return chosen

    def _nearby(self, n: int) -> Array:
        """An order in which every number stays in its block."""
        blocks = -(-n // BLOCK)
        mixed: Array = self._rng.permuted(np.arange(blocks * BLOCK).reshape(blocks, BLOCK), axis=1).ravel()
        return mixed[mixed < n]


def inclusion(weights: Array, n: int) -> Array:
    """Chances in proportion to weights, none above one, that add up to n."""
    chance = weights * (n / weights.sum())
    certain = np.zeros(len(weights), dtype=bool)
    while (chance[~certain] > 1.0).any():
        certain |= chance >= 1.0
        rest = weights * ~certain
        chance = np.where(certain, 1.0, rest * ((n - certain.sum()) / rest.sum()))
    result: Array = chance
    return result
