"""Pairs judged by hand: how often a pair of about this weight is one person, and how sure that is.

A band is a range of weights (`compare.yaml`). Its rate is the share of yes among yes and no, with the
interval of Wilson (1927). Where a figure depends on several rates, each is moved to both ends of its interval
while the others stay, and the squares of what that changes are added (Zou and Donner 2008, Statistics in
Medicine 27).
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

from das_analysis.lake import Room, text
from das_analysis.linkage.work import Answers

JUDGED = "judged.json"  # in the zone, beside the tables
NORMAL = 1.959963984540054  # of a two-sided interval of 95 %
ANSWERS = ("yes", "no", "unknown")


class Rate(NamedTuple):
    """A share, and its interval of 95 %."""

    value: float
    low: float
    high: float


Rates = Mapping[int, Rate]


@cache
def bands() -> tuple[float, ...]:
    """Return the lowest weight (bits) of each band, the lightest first."""
    import yaml

    limits = yaml.safe_load(
        resources.files("das_analysis.linkage").joinpath("compare.yaml").read_text("utf-8")
    )
    return tuple(map(float, limits["bands"]["value"]))


def band_of(weight: float) -> int:
    """Return the number of the band that a weight lies in, from 0; lighter ones count with the lightest."""
    return max(0, bisect_right(bands(), weight) - 1)


def wilson(yes: int, judged: int) -> Rate:
    """Return the share of yes with its interval; at least one must be judged."""
    share, square = yes / judged, NORMAL**2
    middle = (share + square / (2 * judged)) / (1 + square / judged)
    half = NORMAL * math.sqrt(share * (1 - share) / judged + square / (4 * judged**2)) / (1 + square / judged)
    return Rate(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def band_sql() -> str:
    """Return SQL for `band_of(weight)`."""
    cases = " ".join(f"WHEN weight >= {least} THEN {band}" for band, least in reversed([*enumerate(bands())]))
    return f"CASE {cases} ELSE 0 END"


def rate_sql(rates: Rates) -> str:
    """Return SQL for the rate of `band`; where nothing was judged it is the pair's own `probability`."""
    cases = " ".join(f"WHEN {band} THEN {rate.value:.6f}" for band, rate in rates.items())
    return f"CASE band {cases} ELSE probability END"


def rates_of(answers: Answers) -> Rates:
    """Return the rate of each band of which a pair was judged yes or no; unknown counts as not judged."""
    judged = {band: (n.get("yes", 0), n.get("yes", 0) + n.get("no", 0)) for band, n in answers.items()}
    return {band: wilson(yes, both) for band, (yes, both) in judged.items() if both}


def spread(figure: Callable[[Mapping[int, float]], float], rates: Rates) -> Rate:
    """Return a figure that depends on the rates of bands, with its interval of 95 %."""
    middle = {band: rate.value for band, rate in rates.items()}
    value, down, up = figure(middle), 0.0, 0.0
    for band, rate in rates.items():
        moved = [figure(middle | {band: end}) - value for end in (rate.low, rate.high)]
        down += min(0.0, *moved) ** 2
        up += max(0.0, *moved) ** 2
    return Rate(value, max(0.0, value - math.sqrt(down)), min(1.0, value + math.sqrt(up)))


def read_judged(room: Room) -> dict[int, dict[str, int]]:
    """Return how many pairs of each band were judged yes, no and unknown; empty where none were."""
    found = text(room, "linked", name=JUDGED)
    return {} if found is None else count_answers(json.loads(found)["pairs"].values())


def count_answers(judged: Iterable[tuple[int, str]]) -> dict[int, dict[str, int]]:
    """Return the numbers of each answer by band, for every band there is."""
    counted = {band: dict.fromkeys(ANSWERS, 0) for band in range(len(bands()))}
    for band, answer in judged:
        counted[band][answer] += 1
    return counted
