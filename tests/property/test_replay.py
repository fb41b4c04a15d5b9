"""Deliveries replayed in any order give the same validated tables: what orders them is their number."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from das_analysis.intake import deliver, find_deliveries, receive, validate
from das_analysis.lake import connect, digest, enter, files
from das_analysis.lake.sql import scan
from das_analysis.synth import make_deliveries

MOMENTS = {"validated_at"}


@pytest.fixture(scope="module")
def packages(tmp_path_factory, keys):
    """An original, its correction, a correction of that, a deletion of all rows, and an older period."""
    home = tmp_path_factory.mktemp("replay")
    make_deliveries(home / "made", scale=0.0005, years=[2024, 2025], seed=7, faults=True)
    told = {"keys": keys, "target": home / "packages"}
    sealed = []
    for period, sequence, rows in (
        ("2025", 1, 40),
        ("2025", 2, 39),
        ("2025", 3, 41),
        ("2025", 4, 0),
        ("2024", 2, 5),
    ):
        folder = home / f"{period}-{sequence}"
        folder.mkdir()
        for path in sorted((home / "made" / "cjib" / period).glob("*.csv")):
            lines = path.read_bytes().splitlines(keepends=True)
            (folder / path.name).write_bytes(b"".join(lines[: rows + 1]))
        given_files = sorted(folder.glob("*.csv"))
        sealed.append(deliver("cjib", given_files, period=period, sequence=sequence, **told).path)
    return sealed


def content(lake):
    """The digest of every table in the validated and quarantine zones, without moments."""
    room, found = enter(lake, "intake"), {}
    with connect(room) as con:
        for zone in ("validated", "quarantine"):
            for table in sorted(p.name for p in (lake / zone).iterdir() if p.is_dir()):
                paths = files(room, zone, table=table)
                if paths:
                    rows = scan(paths)
                    columns = [c for c in con.sql(f"FROM {rows}").columns if c not in MOMENTS]
                    found[zone, table] = digest(con, rows, columns=columns)
    return found


@pytest.fixture(scope="module")
def together(packages, tmp_path_factory, keys):
    """What is there when all come at once."""
    lake = tmp_path_factory.mktemp("together") / "lake"
    receive(packages, lake=lake, keys=keys)
    validate(find_deliveries(lake))
    return content(lake)


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(order=st.permutations(range(5)), again=st.integers(0, 4))
def test_any_order_one_by_one_gives_the_same_tables(packages, together, tmp_path_factory, keys, order, again):
    """One of them comes a second time at the end, and changes nothing."""
    lake = tmp_path_factory.mktemp("order") / "lake"
    for number in (*order, again):
        validate(receive([packages[number]], lake=lake, keys=keys))
    assert content(lake) == together
    assert len(together) > 3
