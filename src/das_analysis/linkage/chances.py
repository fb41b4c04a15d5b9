"""How likely a pair is one person: the odds of its weight, shared with all that either could be instead.

A person with an SKN cannot be another person with an SKN. So who resembles two of them is at most one of the
two, and their chances together are at most one: odds / (1 + odds of this pair and of all its rivals).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from das_analysis.linkage.components import Pair

DIGITS = 6  # so that sums are exact decimals: the same in every order
MOST_BITS = 60.0


class Chance(NamedTuple):
    """Two that may be one person, the probability that they are, and the weight (bits) it comes from."""

    probability: float
    one: str
    other: str
    weight: float


def chances(pairs: Iterable[Pair], numbers: Mapping[str, int]) -> list[Chance]:
    """Return the probability of each pair of which no kind of number says that it is two persons.

    `numbers`: for each one a bit for each kind of number that it has, as in `guarded`.
    """
    able = [p for p in pairs if not numbers.get(p.one, 0) & numbers.get(p.other, 0)]
    odds_of: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for weight, one, other in able:
        odds_of[one][numbers.get(other, 0)] += _odds(weight)
        odds_of[other][numbers.get(one, 0)] += _odds(weight)

    def rivals(member: str, partner: str) -> float:
        """Odds of all partners that cannot be one with this one, who is among them if he has a number."""
        mine = numbers.get(partner, 0)
        return sum(odds for mask, odds in odds_of[member].items() if mask & mine)

    return [
        Chance(
            round(_share(_odds(weight), rivals(one, other), rivals(other, one)), DIGITS), one, other, weight
        )
        for weight, one, other in able
    ]


def _odds(weight: float) -> float:
    return float(2 ** min(weight, MOST_BITS))


def _share(odds: float, *rivals: float) -> float:
    return odds / (1 + odds + sum(max(0.0, sum_ - odds) for sum_ in rivals))
