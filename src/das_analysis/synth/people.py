"""The persons who come into contact with the chain: few persons, many registrations.

A pool grows by the year with those who are registered for the first time; the others were in it already.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betaln

from das_analysis.synth.calibration import Figures, calibration
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NEVER, Array, Frame, day, stack

MAN, WOMAN, NO_SEX = np.int8(0), np.int8(1), np.int8(-1)


class Pool:
    """Persons by row number: `birth` (day), `sex`, `entered` (year), `is_legal`."""

    def __init__(self) -> None:
        self.figures = calibration()["suspects"]
        self._parts: list[Frame] = []
        self._size = 0

    def frame(self) -> Frame:
        """All persons so far, one row each."""
        if len(self._parts) > 1:
            self._parts = [stack(self._parts)]
        return self._parts[0]

    def seed(self, draw: Draw, *, years: range, persons: float) -> None:
        """Add those whose first time lies before the first simulated year: offenders of the past."""
        for year in years:
            for group in self.figures["age_groups"]:
                expected = persons * group["share"] * group["first"]
                self._newcomers(draw, group, year=year, n=draw.whole(expected))
        if not self._parts:
            self._parts = [_persons(np.empty(0, np.int32), np.empty(0, np.int8), year=0)]

    def registrations(self, draw: Draw, year: int, *, n: int) -> Array:
        """Person of each of n registrations of natural persons in a year, in random order."""
        each = self.figures["registrations_per_person"]
        count = int(np.ceil(n / each["mean"] * 1.01)) + 1
        repeats = 1 + negative_binomial(draw.uniform(count), mean=each["mean"] - 1.0, size=each["dispersion"])
        shares = [group["share"] for group in self.figures["age_groups"]]
        of_group = draw.kinds(count, shares)
        persons = np.empty(count, dtype=np.int32)
        for number, group in enumerate(self.figures["age_groups"]):
            rows = np.flatnonzero(of_group == number)
            persons[rows] = self._of_group(draw, group, year=year, n=len(rows))
        chosen = np.repeat(persons, repeats)
        short = max(n - len(chosen), 0)
        chosen = np.concatenate([chosen, persons[draw.order(count)[:short]]]) if short else chosen
        return chosen[draw.order(len(chosen))[:n]]

    def legal(self, year: int, n: int) -> Array:
        """Legal persons, each once."""
        part = _persons(np.full(n, NEVER), np.full(n, NO_SEX), year=year)
        return self._add(part | {"is_legal": np.ones(n, dtype=bool)})

    def _of_group(self, draw: Draw, group: Figures, *, year: int, n: int) -> Array:
        known = self._known(draw, group, year=year, n=n - draw.whole(n * group["first"]))
        new = self._newcomers(draw, group, year=year, n=n - len(known))
        return np.concatenate([known, new])

    def _known(self, draw: Draw, group: Figures, *, year: int, n: int) -> Array:
        pool = self.frame()
        age = (day(year, 7) - pool["birth"]) / 365.25
        fits = (age >= group["from"]) & (age < group["until"]) & ~pool["is_legal"] & (pool["entered"] < year)
        fits &= pool["birth"] <= day(year - 12)
        weight = np.where(fits, self.figures["staying_active"] ** (year - pool["entered"]).astype(float), 0.0)
        return np.flatnonzero(draw.race(weight, max(n, 0))).astype(np.int32)

    def _newcomers(self, draw: Draw, group: Figures, *, year: int, n: int) -> Array:
        ages = np.arange(group["from"], group["until"])
        single = self.figures["ages"]
        weights = [float(single.get(str(age), 5000)) for age in ages]
        age = ages[draw.kinds(n, weights)] + draw.uniform(n)
        birth = np.minimum(day(year, 7) - age * 365.25, day(year - 12)).astype(np.int32)
        sex = np.where(draw.chance(n, self.figures["male"]), MAN, WOMAN)
        return self._add(_persons(birth, sex, year=year))

    def _add(self, part: Frame) -> Array:
        n = len(part["birth"])
        self._parts.append(part)
        self._size += n
        return np.arange(self._size - n, self._size, dtype=np.int32)


def _persons(birth: Array, sex: Array, *, year: int) -> Frame:
    n = len(birth)
    return {
        "birth": birth.astype(np.int32),
        "sex": sex.astype(np.int8),
        "entered": np.full(n, year, dtype=np.int16),
        "is_legal": np.zeros(n, dtype=bool),
    }


def negative_binomial(at: Array, *, mean: float, size: float, most: int = 200) -> Array:
    """Quantiles of the negative binomial with a mean and a dispersion (the smaller, the longer the tail)."""
    k = np.arange(most)
    log_mass = -betaln(size, k) - np.log(np.maximum(k, 1)) + size * np.log(size / (size + mean))
    log_mass += k * np.log(mean / (size + mean))
    log_mass[0] = size * np.log(size / (size + mean))
    return np.searchsorted(np.cumsum(np.exp(log_mass)), at).clip(0, most - 1)
