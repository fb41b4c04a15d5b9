"""Draws: shares come out exactly, at every size, and the same seed gives the same stream."""

import numpy as np
import pytest

from das_analysis.synth.draw import BLOCK, Draw, inclusion
from das_analysis.synth.people import negative_binomial


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 1000])
def test_an_order_is_a_permutation(n):
    assert sorted(Draw(1).order(n)) == list(range(n))


@pytest.mark.parametrize("n", [1, 7, 100, 9999])
def test_kinds_occur_as_often_as_their_share(n):
    shares = (0.5, 0.3, 0.15, 0.05)
    counts = np.bincount(Draw(2).kinds(n, shares), minlength=4)
    assert counts.sum() == n
    assert all(abs(count - n * share) <= 1 for count, share in zip(counts, shares, strict=True))


def test_every_stretch_of_rows_gets_its_share():
    chosen = Draw(3).chance(100 * BLOCK, 0.25).reshape(100, BLOCK).sum(axis=1)
    assert chosen.min() >= BLOCK // 4 - 1
    assert chosen.max() <= BLOCK // 4 + 1


def test_values_are_spread_evenly_within_groups():
    groups = np.repeat([2, 0, 1], [640, 1280, 320])
    values = Draw(4).uniform(len(groups), within=groups)
    for group in range(3):
        assert values[groups == group].mean() == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("n", [0, 1, 17, 80, 100, 250])
def test_a_race_has_exactly_as_many_winners_as_asked(n):
    weights = np.concatenate([np.zeros(50), np.full(90, 1.0), np.full(10, 30.0)])
    chosen = Draw(5).race(weights, n)
    assert chosen.sum() == min(n, 100)
    assert not chosen[:50].any()


def test_a_race_keeps_to_the_weights():
    weights = np.tile([1.0, 3.0], 500)
    chosen = Draw(6).race(weights, 200)
    assert chosen[1::2].sum() == pytest.approx(150, abs=8)


def test_chances_add_up_and_none_is_above_one():
    chance = inclusion(np.array([100.0, 50.0, 1.0, 1.0, 1.0]), 3)
    assert chance.sum() == pytest.approx(3)
    assert chance.max() == pytest.approx(1)
    assert chance[2] == pytest.approx(1 / 3)


def test_days_keep_to_both_ends():
    since = np.arange(500)
    waits = Draw(7).days(since, (40, 1.2), most=300, least=2)
    assert (waits.min(), waits.max()) == (2, 300)
    assert np.median(waits) == pytest.approx(40, abs=1)


def test_the_same_seed_and_path_give_the_same_stream():
    assert (Draw(1, 2, 3).uniform(50) == Draw(1, 2, 3).uniform(50)).all()
    assert (Draw(1, 2, 3).uniform(50) != Draw(1, 2, 4).uniform(50)).any()


def test_the_negative_binomial_has_its_mean():
    at = (np.arange(100_000) + 0.5) / 100_000
    counts = negative_binomial(at, mean=0.5, size=0.45)
    assert counts.mean() == pytest.approx(0.5, abs=0.005)
    assert counts.var() == pytest.approx(0.5 + 0.5**2 / 0.45, rel=0.02)
