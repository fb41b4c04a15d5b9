"""Clusters with a guard, against a slow and obvious way."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_analysis.linkage.chances import chances
from das_analysis.linkage.components import Guard, Pair, guarded

NAMES = [f"p{n}" for n in range(7)]
GUARD = Guard(least=5.0, margin=3.0, most=4)
WEIGHTS = st.dictionaries(
    st.sampled_from(list(combinations(NAMES, 2))), st.integers(0, 20).map(float), max_size=14
)
NUMBERS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([0, 1, 2, 3, 4]))


def obvious(weights, numbers, guard):
    """The same rules over sets, as plainly as can be."""
    heavy = {pair: w for pair, w in weights.items() if w >= guard.least}
    doubtful = set()
    for name in NAMES:
        mine = {next(p for p in pair if p != name): w for pair, w in heavy.items() if name in pair}
        near = [p for p, w in mine.items() if max(mine.values()) - w < guard.margin]
        if any(numbers.get(a, 0) & numbers.get(b, 0) for a, b in combinations(near, 2)):
            doubtful.add(name)
    clusters = [{name} for name in NAMES]
    for (one, other), _ in sorted(heavy.items(), key=lambda item: (-item[1], item[0])):
        a, b = (next(c for c in clusters if name in c) for name in (one, other))
        clash = any(numbers.get(x, 0) & numbers.get(y, 0) for x in a for y in b)
        if a is not b and not clash and len(a) + len(b) <= guard.most and not {one, other} & doubtful:
            clusters.remove(b)
            a |= b
    return {frozenset(c) for c in clusters if len(c) > 1}


def partition(lead):
    return {frozenset(m for m in lead if lead[m] == first) for first in lead.values()}


@given(WEIGHTS, NUMBERS)
@settings(max_examples=300, deadline=None)
def test_they_are_those_of_the_obvious_way(weights, numbers):
    found = guarded([Pair(w, *pair) for pair, w in weights.items()], numbers, guard=GUARD)
    assert partition(found) == obvious(weights, numbers, GUARD)
    assert all(lead == min(m for m in found if found[m] == lead) for lead in found.values())


@given(WEIGHTS, NUMBERS, st.randoms())
@settings(max_examples=100, deadline=None)
def test_the_order_of_pairs_changes_nothing(weights, numbers, chance):
    pairs = [Pair(w, *pair) for pair, w in weights.items()]
    assert guarded(pairs, numbers, guard=GUARD) == guarded(
        chance.sample(pairs, len(pairs)), numbers, guard=GUARD
    )


@given(WEIGHTS, NUMBERS)
@settings(max_examples=100, deadline=None)
def test_no_cluster_holds_two_numbers_of_a_kind_or_more_than_may_be(weights, numbers):
    found = guarded([Pair(w, *pair) for pair, w in weights.items()], numbers, guard=GUARD)
    for cluster in partition(found):
        assert len(cluster) <= GUARD.most
        assert not any(numbers.get(a, 0) & numbers.get(b, 0) for a, b in combinations(cluster, 2))


def test_a_chain_of_common_values_stops_where_it_grows_too_long():
    pairs = [Pair(20.0, a, b) for a, b in combinations(NAMES, 2)]
    assert {len(c) for c in partition(guarded(pairs, {}, guard=GUARD))} == {4, 3}


@given(WEIGHTS, NUMBERS)
@settings(max_examples=200, deadline=None)
def test_chances_are_those_of_the_obvious_way(weights, numbers):
    """Each pair against every other pair of either, one by one; who cannot be one has no chance."""

    def clash(one, other):
        return bool(numbers.get(one, 0) & numbers.get(other, 0))

    able = {pair: 2.0**w for pair, w in weights.items() if not clash(*pair)}
    found = {
        (c.one, c.other): c.probability for c in chances([Pair(w, *p) for p, w in weights.items()], numbers)
    }
    assert found.keys() == able.keys()
    for (one, other), odds in able.items():
        rivals = 0.0
        for pair, others in able.items():
            for member, partner in ((one, other), (other, one)):
                if pair != (one, other) and member in pair:
                    (rival,) = set(pair) - {member}
                    rivals += others * clash(rival, partner)
        assert found[one, other] == pytest.approx(odds / (1 + odds + rivals), abs=1e-6)


@given(WEIGHTS, NUMBERS)
@settings(max_examples=100, deadline=None)
def test_somebody_is_at_most_one_of_those_that_exclude_each_other(weights, numbers):
    found = chances([Pair(w, *p) for p, w in weights.items()], numbers)
    for name in NAMES:
        mine = {c.other if c.one == name else c.one: c.probability for c in found if name in c[1:]}
        with_one = {p: v for p, v in mine.items() if numbers.get(p, 0) & 1}
        assert sum(with_one.values()) <= 1 + 1e-5
