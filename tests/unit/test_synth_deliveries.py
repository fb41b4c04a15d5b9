"""Deliveries: the same seed, the same bytes; each is a closed book; nothing in it is from after its year."""

import hashlib

import pandas as pd
import pyarrow.parquet as pq
import pytest

from das_analysis.model import load_model
from das_analysis.synth import make_deliveries, simulate, write_deliveries

MODEL = load_model()
YEARS = [2023, 2024]


def digests(folder):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """Two years without faults."""
    target = tmp_path_factory.mktemp("clean")
    make_deliveries(target, scale=0.002, years=YEARS, seed=5, faults=False)
    return target


def read(folder, supplier, year, table):
    return pd.read_csv(
        folder / supplier / str(year) / f"{table}.csv", sep=";", dtype=str, keep_default_na=False
    )


def dates_of(supplier, table):
    source = MODEL.suppliers[supplier].tables[table]
    slots = [s for s in source.maps[0].slots.values() if s.date]
    return {source.package[s.column].parts[0].column: s.date for s in slots}


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_deliveries(tmp_path / name, scale=0.001, years=[2025], seed=seed)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a") != digests(tmp_path / "c")


@pytest.mark.parametrize("scale", [0.0002, 0.001, 0.004])
def test_any_scale_gives_every_file(tmp_path, scale):
    files = make_deliveries(tmp_path, scale=scale, years=[2025], seed=1)
    assert len(files) == sum(
        len(MODEL.suppliers[s].tables) for s in ("politie", "om", "rechtspraak", "cjib", "dji")
    )
    crimes = len((tmp_path / "politie/2025/misdrijven.csv").read_text(encoding="utf-8").splitlines())
    assert crimes >= 807_000 * scale


@pytest.mark.parametrize(("scale", "years"), [(0, [2025]), (-1, [2025]), (0.001, [])])
def test_what_cannot_be_simulated_is_refused(scale, years):
    with pytest.raises(ValueError, match="scale above zero"):
        simulate(scale=scale, years=years, seed=1)


def test_only_the_years_asked_for_are_written(tmp_path):
    make_deliveries(tmp_path, scale=0.0005, years=[2021, 2024], seed=1)
    assert sorted(p.name for p in (tmp_path / "om").iterdir()) == ["2021", "2024"]


def test_progress_is_told(tmp_path):
    told = []
    make_deliveries(tmp_path, scale=0.0005, years=[2025], seed=1, progress=lambda *step: told.append(step))
    assert told[0][0] == "simulate 2017"
    assert told[-1] == ("written", 5, 5)


def test_nothing_is_from_after_the_end_of_the_year(clean):
    for supplier in ("politie", "om", "rechtspraak", "cjib", "dji"):
        for table in MODEL.suppliers[supplier].tables:
            rows = read(clean, supplier, 2023, table)
            for column, format_ in dates_of(supplier, table).items():
                days = pd.to_datetime(rows[column][rows[column] != ""], format=format_)
                assert (days < pd.Timestamp(2024, 1, 1)).all(), (supplier, table, column)


@pytest.mark.parametrize("year", YEARS)
def test_references_resolve_within_the_delivery(clean, year):
    crimes, suspects, reports = (read(clean, "politie", year, t) for t in MODEL.suppliers["politie"].tables)
    assert set(suspects["REGISTRATIENR"]) <= set(crimes["REGISTRATIENR"])
    assert set(suspects["PV_NR"]) - {""} == set(reports["PV_NR"])
    cases = set(read(clean, "om", year, "zaken")["PARKETNR"])
    assert cases == set(read(clean, "om", year, "feiten")["PARKETNR"])
    for table in ("voorlopige_hechtenis", "beslissingen", "straffen"):
        assert set(read(clean, "om", year, table)["PARKETNR"]) <= cases
    trials = set(read(clean, "rechtspraak", year, "rechtszaken")["ROLNR"])
    for table in ("uitspraken", "sancties"):
        assert set(read(clean, "rechtspraak", year, table)["ROLNR"]) <= trials
    orders = set(read(clean, "cjib", year, "opdrachten")["CJIBNR"])
    assert set(read(clean, "cjib", year, "gebeurtenissen")["CJIBNR"]) == orders


def test_a_later_delivery_knows_more_of_a_case_and_forgets_nothing(clean):
    for table in ("feiten", "beslissingen", "voorlopige_hechtenis"):
        before, after = (read(clean, "om", year, table).groupby("PARKETNR").size() for year in YEARS)
        both = before.index.intersection(after.index)
        assert len(both) > 0
        assert (after[both] >= before[both]).all()


def test_a_case_is_in_every_year_in_which_something_happened(clean):
    decisions = read(clean, "om", 2024, "beslissingen")
    cases = read(clean, "om", 2024, "zaken")
    active = set(decisions["PARKETNR"][decisions["BESLISDATUM"] >= "20240101"])
    new = set(cases["PARKETNR"][cases["INSCHRIJFDATUM"] >= "20240101"])
    assert active | new <= set(cases["PARKETNR"])
    assert len(active) > 100


def test_without_faults_none_is_planted(clean):
    assert pq.read_table(clean / "truth" / "faults.parquet").num_rows == 0


def test_the_truth_lists_where_every_fault_is(tmp_path):
    make_deliveries(tmp_path, scale=0.002, years=[2025], seed=4)
    faults = pd.read_parquet(tmp_path / "truth" / "faults.parquet")
    assert not faults.duplicated(["supplier", "year", "file", "row"]).any()
    assert set(faults["rule"]) <= set(MODEL.rules)
    for (supplier, year, table), rows in faults.groupby(["supplier", "year", "file"])["row"]:
        assert rows.between(1, len(read(tmp_path, supplier, year, table))).all()
    planted = faults[~faults["is_collateral"]]
    assert planted.groupby("file")["kind"].nunique().min() >= 5
    bad = planted[(planted["kind"] == "impossible date") & (planted["file"] == "beslissingen")].iloc[0]
    assert read(tmp_path, "om", 2025, "beslissingen")["BESLISDATUM"].iloc[bad["row"] - 1] == "20030231"


def test_a_chain_is_written_as_it_is(tmp_path):
    chain = simulate(scale=0.0005, years=[2025], seed=2)
    write_deliveries(chain, tmp_path, faults=False)
    for name, table in chain.tables().items():
        assert pq.read_table(tmp_path / "truth" / f"{name}.parquet").num_rows == table.num_rows
