"""Rates out of judged pairs, and a draw, against what they must be."""

import math

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_analysis.linkage.clerical import band_of, band_sql, bands, spread, wilson
from das_analysis.linkage.sample import Pair, draw

JUDGED = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
RATES = st.dictionaries(st.integers(0, 4), JUDGED.map(lambda j: wilson(*j)), min_size=1)


@given(JUDGED)
def test_the_ends_of_wilson_are_where_the_share_lies_just_in_its_own_error(judged):
    yes, n = judged
    value, low, high = wilson(yes, n)
    assert 0 <= low <= value <= high <= 1
    for end in {low, high} - {0.0, 1.0}:
        assert abs(value - end) == pytest.approx(1.959963984540054 * math.sqrt(end * (1 - end) / n), rel=1e-6)


@given(RATES, st.lists(st.floats(0, 9), min_size=5, max_size=5))
def test_a_weighted_mean_has_the_interval_of_added_squares(rates, weights):
    whole = sum(weights[b] for b in rates) or 1
    share = {b: weights[b] / whole for b in rates}
    found = spread(lambda chance: sum(share[b] * chance[b] for b in rates), rates)
    down = math.sqrt(sum((share[b] * (r.value - r.low)) ** 2 for b, r in rates.items()))
    up = math.sqrt(sum((share[b] * (r.high - r.value)) ** 2 for b, r in rates.items()))
    assert found.low == pytest.approx(max(0, found.value - down), abs=1e-9)
    assert found.high == pytest.approx(min(1, found.value + up), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 900).map(lambda n: n / 10), min_size=1))
def test_a_band_is_the_same_in_the_engine(weights):
    con = duckdb.connect()
    rows = ", ".join(f"({w!r}::DOUBLE)" for w in [*weights, *bands()])
    found = con.execute(f"SELECT weight, {band_sql()} FROM (VALUES {rows}) AS t(weight)").fetchall()
    assert [band for _, band in found] == [band_of(weight) for weight, _ in found]


@given(st.dictionaries(st.integers(0, 200), st.integers(0, 4)), st.integers(1, 150), st.integers(0, 9))
def test_a_draw_takes_as_many_from_each_band_as_there_are(bands_of, size, seed):
    found = {Pair(n, n + 1, "om"): band for n, band in bands_of.items()}
    drawn = draw(found, size, seed=seed)
    assert len(drawn) == len(set(drawn)) <= size
    taken = [sum(found[p] == b for p in drawn) for b in range(5)]
    held = [sum(band == b for band in found.values()) for b in range(5)]
    short = [b for b in range(5) if taken[b] < held[b]]
    assert all(taken[b] + 1 >= max(taken) for b in short)  # only a band that is used up has fewer
