"""Surnames that look Dutch and belong to nobody in particular; a few are common, most are rare."""

from __future__ import annotations

from functools import cache

import numpy as np

from das_analysis.synth.calibration import read_data
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import Array

ORDER = 1  # the seed of which names are the common ones: the same in every chain


@cache
def surnames() -> tuple[Array, Array]:
    """Every surname, and the cumulative share of persons that bear it."""
    parts = read_data("names.yaml")
    composed = {stem + tail for tail in parts["tails"] for stem in parts["stems"]}
    names = sorted(composed | set(parts["as_they_stand"]))
    order = Draw(ORDER).order(len(names))
    shares = 1.0 / (np.arange(len(names)) + 12.0) ** 0.9
    return np.array(names, dtype=object)[order], np.cumsum(shares / shares.sum())


def draw_surnames(draw: Draw, n: int) -> Array:
    """Position in `surnames()` for n persons."""
    _, edges = surnames()
    rows: Array = np.minimum(np.searchsorted(edges, draw.uniform(n)), len(edges) - 1).astype(np.int32)
    return rows
