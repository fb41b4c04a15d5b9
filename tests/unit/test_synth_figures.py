"""Figures: five simulated years at a twentieth of the country keep to the national figures."""

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pytest

from das_analysis.intake.eleven import passes_eleven_test
from das_analysis.synth import simulate
from das_analysis.synth.comparison import Figure, compare

YEARS = range(2021, 2026)
FEW = 5_000  # national cases behind a figure: fewer, and chance has more of a say at this scale


@pytest.fixture(scope="module")
def chain():
    return simulate(scale=0.05, years=YEARS, seed=1)


@pytest.fixture(scope="module")
def figures(chain):
    """Every figure, the mean of five years."""
    years = [compare(chain, year) for year in YEARS]
    means = [np.mean([f.simulated for f in same]) for same in zip(*years, strict=True)]
    return [
        Figure(name=f.name, national=f.national, simulated=mean, within=f.within, is_share=f.is_share)
        for f, mean in zip(years[0], means, strict=True)
    ]


def test_totals_keep_to_the_national_figures(figures):
    asked = [f for f in figures if f.within is not None and not f.is_share]
    assert len(asked) >= 14
    off = {f.name: f.ratio for f in asked if abs(f.ratio - 1) > (0.03 if f.national > FEW else 0.06)}
    assert off == {}


def test_shares_keep_to_the_national_figures(figures):
    asked = [f for f in figures if f.within is not None and f.is_share]
    assert len(asked) >= 40
    off = {f.name: f.simulated for f in asked if abs(f.simulated - f.national) > 0.02}
    assert off == {}
    large = [f for f in asked if f.national > 0.2 and "under 200" not in f.name]
    assert {f.name: f.ratio for f in large if abs(f.ratio - 1) > 0.03} == {}


def test_a_figure_tells_whether_it_holds():
    assert Figure(name="n", national=1000, simulated=1029, within=0.03).holds
    assert not Figure(name="n", national=1000, simulated=1031, within=0.03).holds
    assert Figure(name="share", national=0.003, simulated=0.0039, within=0.03, is_share=True).holds
    assert Figure(name="told", national=10, simulated=99).holds


def test_noise_has_its_rates(chain):
    suspects = chain.suspect_registration.filter(
        pc.equal(chain.suspect_registration["person_kind_code"], "N")
    )
    assert pc.mean(pc.is_null(suspects["skn_key"]).cast("float")).as_py() == pytest.approx(0.06, abs=0.003)
    in_register = chain.person.filter(pc.invert(chain.person["is_legal_person"]))["is_in_population_register"]
    assert pc.mean(in_register.cast("float")).as_py() == pytest.approx(0.83, abs=0.01)
    doubles = pc.mean(pc.is_valid(chain.case["true_double_of_key"]).cast("float")).as_py()
    assert doubles == pytest.approx(0.003, abs=0.001)
    eclis = chain.court_case.filter(pc.equal(chain.court_case["instance_code"], "EA"))["ecli"]
    assert pc.mean(pc.is_null(eclis).cast("float")).as_py() == pytest.approx(0.96, abs=0.005)


def test_two_of_three_suspects_were_registered_before(chain):
    rows = chain.suspect_registration.select(["person_id", "marked_on"]).to_pandas()
    year = pd.to_datetime(rows["marked_on"]).dt.year
    known = set(rows["person_id"][year < 2025])
    persons = rows["person_id"][year == 2025].unique()
    share = np.mean([person in known for person in persons])
    assert 0.4 < share < 0.66  # those known from before the delivered years do not show here


def test_numbers_are_well_formed_and_belong_to_one_person(chain):
    persons = chain.person.to_pandas()
    assert bool(pc.all(passes_eleven_test(pc.drop_null(chain.person["bsn"]).combine_chunks())).as_py())
    numbers = pd.concat([persons["skn"], persons["second_skn"]]).dropna()
    assert numbers.str.fullmatch("[0-9]{8}").all()
    for column in (numbers, persons["bsn"].dropna(), persons["register_number"]):
        assert column.is_unique
    legal = persons[persons["is_legal_person"]]
    assert len(legal) > 0
    assert legal[["skn", "bsn", "surname", "birth_on", "sex_code"]].isna().all(axis=None)


def test_a_delivered_identity_leads_to_its_person(chain):
    persons = chain.person.to_pandas().set_index("person_id")
    for table in (chain.suspect_registration, chain.case, chain.detention_spell):
        rows = table.select(["person_id", "skn_key", "bsn_key"]).to_pandas()
        own = persons.loc[rows["person_id"]]
        skn = rows["skn_key"].to_numpy()
        known = (skn == own["skn"].to_numpy()) | (skn == own["second_skn"].to_numpy())
        assert known[~rows["skn_key"].isna()].all()
        assert (rows["bsn_key"].isna() | (rows["bsn_key"].to_numpy() == own["bsn"].to_numpy())).all()
