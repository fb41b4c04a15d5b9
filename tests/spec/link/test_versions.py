"""A figure over several versions of the links: how much of it hangs on pairs that may be one person."""

import random

import pytest
from hypothesis import given as drawn_from
from hypothesis import strategies as st

from das_analysis.lake import connect, enter, files, read_log
from das_analysis.lake.sql import scan
from das_analysis.linkage import link, measure_versions
from das_analysis.linkage.chances import Chance
from das_analysis.linkage.versions import draw_version

PAIRS = 20


@pytest.fixture
def doubtful(given):
    """Twenty persons with an SKN and a case, and as many cases without a number that resemble one of them.

    A pair weighs 3.9 bits, just too little to be linked: it is one person with a chance of 0.94.
    """
    for n in range(PAIRS):
        name = f"n{n % 5}"
        keys = {"surname_key": name, "surname_sound_key": name, "surname_letters_key": name}
        keys |= {"birth_key": f"d{n}", "birth_day_key": f"dd{n}", "place_key": f"p{n}"}
        about = keys | {"sex_code": "M", "birth_month": "1980-01", "registered_on": "2025-03-01"}
        one = about | {"case_key": f"a{n}", "skn_key": f"s{n}"}
        other = about | {"case_key": f"b{n}", "sex_code": "V"}
        given.delivery("om", period=f"20{n + 10}", case=[one, other])
    return given.write()


def rows_of(pseudonymised, table):
    """What `link` makes of it."""
    room, version = enter(pseudonymised.lake, "lake"), link([pseudonymised]).tables[table].version
    with connect(room) as con:
        paths = files(room, "linked", table=table, version=version)
        return con.sql(f"SELECT * FROM {scan(paths)}").to_arrow_table().to_pylist()


def persons_with_two_cases(con):
    """The figure of the example: who came back."""
    return con.execute(
        """SELECT count(*) FROM (SELECT person_key FROM "case" GROUP BY person_key HAVING count(*) > 1)"""
    ).fetchone()[0]


def cases(con):
    return con.execute('SELECT count(*) FROM "case"').fetchone()[0]


def test_a_figure_that_follows_persons_is_told_with_what_doubt_does_to_it(doubtful):
    """By the links that are made nobody came back; by the chances nineteen did, give or take one."""
    rows = rows_of(doubtful, "case")
    assert len({row["person_key"] for row in rows}) == len(rows) == 2 * PAIRS
    found = measure_versions([doubtful], persons_with_two_cases, versions=40)
    chance = 2**3.893545 / (1 + 2**3.893545)
    assert found.mean == pytest.approx(PAIRS * chance, abs=0.5)  # 18.7; seen: 18.8
    assert found.deviation == pytest.approx(
        (PAIRS * chance * (1 - chance)) ** 0.5, abs=0.3
    )  # 1.09; seen: 1.03
    assert max(found.figures) <= PAIRS


def test_a_figure_that_follows_nobody_does_not_vary(doubtful):
    found = measure_versions([doubtful], cases, versions=5)
    assert (set(found.figures), found.deviation) == ({2 * PAIRS}, 0)


def test_the_same_seed_gives_the_same_versions(doubtful):
    one, again, other = (
        measure_versions([doubtful], persons_with_two_cases, versions=12, seed=seed).figures
        for seed in (1, 1, 2)
    )
    assert one == again
    assert one != other
    assert [line["act"] for line in read_log(doubtful.lake)] == ["versions"] * 3


PARTS = tuple("abcdefghijklm")
COMPARED = st.lists(
    st.tuples(st.sampled_from(PARTS), st.sampled_from(PARTS), st.sampled_from([0.0, 0.3, 0.9, 1.0])).filter(
        lambda pair: pair[0] < pair[1]
    ),
    unique_by=lambda pair: pair[:2],
)


def reach(start, edges):
    """Everybody who hangs together with one, by walking."""
    seen, left = {start}, [start]
    while left:
        here = left.pop()
        found = {b if a == here else a for a, b in edges if here in (a, b)} - seen
        seen |= found
        left += found
    return seen


@drawn_from(COMPARED, st.dictionaries(st.sampled_from(PARTS), st.integers(0, 7)), st.integers(0, 99))
def test_a_version_joins_only_what_was_compared_and_what_numbers_allow(compared, numbers, seed):
    pairs = [Chance(chance, a, b, 0.0) for a, b, chance in compared]
    version = draw_version(pairs, numbers, chance=random.Random(seed))
    possible = [(a, b) for a, b, chance in compared if chance]
    for lead in set(version.values()):
        cluster = {part for part in version if version[part] == lead}
        assert lead == min(cluster)
        assert 1 < len(cluster) <= 10
        assert cluster <= reach(lead, possible)
        masks = [numbers.get(part, 0) for part in cluster]
        assert sum(masks) == sum({1 << bit for bit in range(3) for mask in masks if mask >> bit & 1})
    for a, b, chance in compared:
        if chance == 1.0 and not any(numbers.values()) and len(reach(a, possible)) <= 10:
            assert version[a] == version[b]
