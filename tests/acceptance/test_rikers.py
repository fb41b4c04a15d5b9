"""A real detention supplier from file to snapshot: 168 days of New York's jails, through one card.

The files stay where they are; nothing of them is in this repository.
"""

import csv
import gzip
import random
import re
from types import SimpleNamespace

import pytest

from das_analysis.cli.keys import make_keys
from das_analysis.intake import deliver, findings, receive, validate
from das_analysis.lake import freeze, open_lake
from das_analysis.linkage import link
from das_analysis.vault import find_pseudonymised, pseudonymise

pytestmark = [pytest.mark.shared, pytest.mark.slow]

DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
LAYOUTS = ("20220501", "20220701", "20220912", "20220930")  # a day of each order and spelling of the columns


def day_of(path):
    return "-".join(DAY.search(path.name).groups())


@pytest.fixture(scope="module")
def files(shared):
    return sorted((shared / "data" / "rikers").glob("*.csv.gz"))


@pytest.fixture(scope="module")
def both_keys(tmp_path_factory):
    home = tmp_path_factory.mktemp("rikers-keys")
    make_keys(home)
    return home


@pytest.fixture(scope="module")
def packages(files, both_keys, tmp_path_factory):
    """A package a day."""
    target = tmp_path_factory.mktemp("rikers-packages")
    return {
        day_of(path): deliver("rikers", [path], period=day_of(path), keys=both_keys, target=target).path
        for path in files
    }


def walk(lake, rounds, keys):
    """Receive, validate and pseudonymise round after round, then link and freeze."""
    for paths in rounds:
        validated = validate(receive(paths, lake=lake, keys=keys))
        pseudonymise(validated, keys=keys)
    return freeze(link(find_pseudonymised(lake)), "rikers")


@pytest.fixture(scope="module")
def walked(packages, both_keys, tmp_path_factory):
    """All days at once, in order."""
    lake = tmp_path_factory.mktemp("rikers") / "lake"
    snapshot = walk(lake, [list(packages.values())], both_keys)
    return SimpleNamespace(lake=lake, snapshot=snapshot, tables=open_lake("rikers", lake=lake))


@pytest.fixture(scope="module")
def counted(files):
    """Persons a day, counted plainly over the raw files: lines, and distinct numbers."""
    found = {}
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            rows = csv.reader(text)
            column = [name.strip().lower() for name in next(rows)].index("inmateid")
            numbers = [row[column].strip() for row in rows]
        found[day_of(path)] = (len(numbers), len(set(numbers)))
    return found


def test_there_are_168_days(files):
    assert len(files) == 168


def test_the_stock_of_every_day_is_the_persons_of_its_file(walked, counted):
    spells = walked.tables.detention_spells.to_pandas()[["person_key", "started_on", "ended_on"]]
    started, ended = (spells[c].astype("datetime64[s]") for c in ("started_on", "ended_on"))
    for day, (_, persons) in counted.items():
        here = spells[(started <= day) & (ended.isna() | (ended > day))]
        assert (len(here), here["person_key"].nunique()) == (persons, persons), day


def test_every_row_is_validated_or_held_back(walked, counted):
    """The same person twice on a day: one row stays, the other is held back and named."""
    rows = sum(rows for rows, _ in counted.values())
    doubles = sum(rows - persons for rows, persons in counted.values())
    held = findings(walked.lake, supplier="rikers").query("severity == 'hard'")
    assert (rows, doubles) == (951_245, 26)
    assert list(held["rule_id"].unique()) == ["detention_day.unique"]
    assert len(held) == doubles
    assert walked.tables.detention_days.count().execute() == rows - doubles


def test_days_that_repeat_the_day_before_are_named(walked):
    stale = findings(walked.lake, supplier="rikers").query("rule_id == 'rikers.dagstand.stale'")
    days = {i.removeprefix("rikers-")[:10] for i in stale["delivery_id"]}
    assert len(days) == len(stale) > 30
    assert {"2022-07-02", "2022-07-03", "2022-07-04", "2022-07-06", "2022-10-15"} <= days
    assert "2022-07-01" not in days
    assert set(stale["severity"]) == {"soft"}


@pytest.mark.parametrize("day", LAYOUTS)
def test_every_layout_passes_through_one_card(packages, counted, both_keys, tmp_path, day):
    day = "-".join(DAY.search(day).groups())
    validated = validate(receive([packages[day]], lake=tmp_path / "lake", keys=both_keys))
    assert validated.rows_in == counted[day][0]
    assert validated.rows_in - validated.rows_validated == counted[day][0] - counted[day][1]


def test_random_order_and_repeats_give_the_same_snapshot(walked, packages, both_keys, tmp_path):
    """Six lorries on random days, each with some packages of the day before once more."""
    chance = random.Random(20_220_501)
    paths = chance.sample(list(packages.values()), len(packages))
    rounds = [paths[i : i + 28] + chance.sample(paths, 5) for i in range(0, len(paths), 28)]
    assert walk(tmp_path / "lake", rounds, both_keys).digest == walked.snapshot.digest


def test_what_the_days_say_of_a_person_is_kept(walked):
    tables = walked.tables
    assert tables.persons.count().execute() == 13_136
    spells = tables.detention_spells.to_pandas()
    assert set(spells["title_code"]) == {"VH", "GS", "HRVI"}
    assert spells["is_from_snapshots"].all()
    assert spells["age_at_start_years"].max() <= 99
    assert (
        spells["admitted_on"].astype("datetime64[s]") <= spells["started_on"].astype("datetime64[s]")
    ).all()
    assert spells["spell_key"].is_unique
    assert set(tables.persons.to_pandas()["sex_code"].dropna()) == {"M", "V"}
