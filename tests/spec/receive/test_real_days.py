"""168 real days in four layouts of the header, through one card and one gate, in any order, some twice."""

import gzip
import random
import time

import pyarrow.parquet as pq
import pytest

from das_analysis.cli.keys import make_keys
from das_analysis.intake import deliver, find_deliveries, receive

pytestmark = pytest.mark.shared
SECONDS = 15  # for receiving all days; a fast machine takes two


@pytest.fixture(scope="module")
def days(tmp_path_factory, shared):
    """(day, raw file, package) of every day."""
    home = tmp_path_factory.mktemp("days")
    make_keys(home / "keys")
    found = []
    for path in sorted((shared / "data" / "rikers").glob("*.csv.gz")):
        stamp = path.name.removesuffix(".csv.gz")[-8:]
        day = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:]}"
        given = {"period": day, "keys": home / "keys", "target": home / "packages"}
        found.append((day, path, deliver("rikers", [path], **given)))
    return found


def test_every_row_of_every_day_is_in_its_package_in_its_order(days):
    for _, path, package in days[::24]:
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
        place = lines[0].replace('"', "").casefold().split(",").index("gender")
        genders = [line.replace('"', "").split(",")[place].strip() for line in lines[1:]]
        assert pq.read_table(package.path / "dagstand.parquet")["GENDER"].to_pylist() == genders


def test_all_days_are_received_once_in_any_order_and_quickly(tmp_path, days):
    packages = [package.path for _, _, package in days]
    order = packages + packages[:20]
    random.Random(7).shuffle(order)
    start = time.perf_counter()
    given = {"lake": tmp_path / "lake", "keys": packages[0].parents[1] / "keys"}
    receive(order, **given)
    assert time.perf_counter() - start < SECONDS
    receive(reversed(order[:30]), **given)
    found = find_deliveries(tmp_path / "lake", "rikers")
    assert [d.period for d in found] == [day for day, _, _ in days]
    assert sum(d.rows for d in found) == sum(package.rows for _, _, package in days)


def test_one_person_has_one_pseudonym_in_all_layouts(days):
    layouts = {}
    for _, path, package in days:
        header = gzip.decompress(path.read_bytes()).split(b"\n", 1)[0]
        layouts.setdefault(header, package.path)
    held = [
        set(pq.read_table(p / "dagstand.parquet")["RegisterNumber:INMATEID"].to_pylist())
        for p in layouts.values()
    ]
    assert len(held) == 4
    assert all(len(first & second) > 1000 for first in held for second in held)
