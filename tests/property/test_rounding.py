"""What rounding promises, for any figure."""

import math

from hypothesis import assume, given
from hypothesis import strategies as st

from das_analysis.disclosure import load_policy
from das_analysis.disclosure.rounding import (
    HIDDEN,
    LOW,
    STEPS,
    Cell,
    protect_count,
    protect_days,
    protect_rate,
    protect_share,
    round_to,
)

POLICY = load_policy()
counts = st.integers(0, 5000) | st.integers(0, 10**7)


def count(value, n=None):
    return protect_count(float(value), value if n is None else n, policy=POLICY)


@given(counts)
def test_a_printed_count_is_a_multiple_of_ten_at_most_five_away(value):
    cell = count(value)
    assert (cell.value is None) == (value < 10) == (cell.status == LOW)
    if cell.value is not None:
        assert cell.value % 10 == 0
        assert cell.value >= 10
        assert abs(cell.value - value) <= 5


@given(counts)
def test_the_same_count_always_prints_the_same(value):
    assert count(value) == count(value)


@given(counts, counts)
def test_more_never_prints_as_less(a, b):
    low, high = sorted((a, b))
    assert (count(low).value or 0) <= (count(high).value or 0)


@given(counts)
def test_one_person_more_shows_only_over_an_edge_of_rounding(value):
    changed = count(value) != count(value + 1)
    assert changed == (value == 9 or (value > 9 and value % 10 == 4))


@given(st.integers(0, 9), st.integers(0, 9))
def test_nought_to_nine_cannot_be_told_apart(a, b):
    assert count(a) == count(b) == Cell(None, LOW)


@given(st.integers(10, 10**6), st.integers(0, 10**6))
def test_a_count_of_fewer_than_ten_persons_is_never_printed(value, n):
    assume(n <= value)
    assert (count(value, n).status == HIDDEN) == (n < 10)


@given(counts, counts)
def test_a_rate_depends_on_printed_parts_only(of, to):
    printed = protect_rate(count(of), count(to), policy=POLICY)
    if printed.value is None:
        assert printed.status == HIDDEN
        assert of < 10 or to < 45
    else:
        assert printed.value == round_to(1000 * round_to(of, 10) / round_to(to, 10), 1) / 10
        assert to >= 45


def step(to):
    """The step of a share of a printed whole, in tenths of a percentage point."""
    return next(s for s in STEPS if s * to >= 10_000)


@given(counts, st.integers(45, 10**6), st.integers(45, 10**6))
def test_a_share_fits_every_whole_of_the_same_step(of, to, other):
    """From 97.3 % of 370 the whole could be worked out, and from two of them what came between."""
    of = min(of, to)
    printed = protect_share(count(of), count(to), policy=POLICY)
    assume(printed.value is not None and step(round_to(to, 10)) == step(round_to(other, 10)))
    assert (
        abs(printed.value - 100 * round_to(of, 10) / round_to(to, 10)) <= step(round_to(to, 10)) / 20 + 1e-9
    )
    fitting = min(round_to(printed.value * round_to(other, 10) / 100, 10), round_to(other, 10))
    assume(fitting >= 10)
    assert protect_share(Cell(fitting), Cell(round_to(other, 10)), policy=POLICY) == printed


@given(st.floats(-1e4, 1e5), st.integers(0, 300), st.sampled_from(["mean", "median", "p90"]))
def test_days_are_whole_and_near(days, n, statistic):
    cell = protect_days(statistic, days, n=n, policy=POLICY)
    if cell.value is not None:
        assert float(cell.value).is_integer()
        assert abs(cell.value - days) <= 0.5
        assert n >= 10
    assert protect_days(statistic, math.nan, n=n, policy=POLICY) == Cell(None, HIDDEN)
