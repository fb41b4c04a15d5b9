"""A real supplier from file to snapshot: 7,214 assessed persons of Broward County, Florida.

The file stays where it is; nothing of it is in this repository. notebooks/studies/broward is the study that
reproduces the published figures.
"""

from types import SimpleNamespace

import pandas as pd
import pytest

from das_analysis.cli.keys import make_keys
from das_analysis.intake import deliver, findings, receive, validate
from das_analysis.lake import freeze, open_lake
from das_analysis.linkage import link
from das_analysis.vault import pseudonymise

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def source(shared):
    return shared / "data" / "broward" / "compas-scores-two-years.csv"


@pytest.fixture(scope="module")
def raw(source):
    return pd.read_csv(source, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def walked(source, tmp_path_factory):
    home = tmp_path_factory.mktemp("broward")
    make_keys(home / "keys")
    package = deliver("broward", [source], period="2016", keys=home / "keys", target=home / "packages")
    validated = validate(receive([package.path], lake=home / "lake", keys=home / "keys"))
    freeze(link([pseudonymise(validated, keys=home / "keys")]), "broward")
    return SimpleNamespace(
        lake=home / "lake", validated=validated, tables=open_lake("broward", lake=home / "lake")
    )


@pytest.fixture(scope="module")
def assessments(walked):
    return walked.tables.risk_assessments.to_pandas()


def test_every_row_comes_through(walked):
    assert (walked.validated.rows_in, walked.validated.rows_validated, walked.validated.rows_held) == (
        7214,
        7214,
        0,
    )
    assert findings(walked.lake, supplier="broward").query("severity == 'hard'").empty


def test_a_row_is_a_person(walked, assessments):
    assert walked.tables.persons.count().execute() == 7214
    assert len(assessments) == assessments["person_key"].nunique() == 7214


def test_jail_stays_are_spells(walked, raw):
    spells = walked.tables.detention_spells.to_pandas()
    assert len(spells) == (raw["c_jail_in"] != "").sum() + (raw["r_jail_in"] != "").sum() == 9223
    assert spells["spell_key"].is_unique
    lasted = spells["ended_on"].astype("datetime64[s]") - spells["started_on"].astype("datetime64[s]")
    first = pd.to_datetime(raw["c_jail_out"].str[:10]) - pd.to_datetime(raw["c_jail_in"].str[:10])
    again = pd.to_datetime(raw["r_jail_out"]) - pd.to_datetime(raw["r_jail_in"])
    assert lasted.dt.days.sum() == first.dt.days.sum() + again.dt.days.sum()


def test_arrests_and_re_arrests_are_cases_with_a_charge_each(walked, raw):
    numbered = (raw["c_case_number"] != "").sum() + (raw["r_case_number"] != "").sum()
    charges = walked.tables.charges.to_pandas()
    cases = walked.tables.cases.to_pandas()
    assert len(cases) == len(charges) == numbered == 10_663
    assert set(charges["case_key"]) == set(cases["case_key"])
    assert set(cases["person_key"]) <= set(walked.tables.persons.to_pandas()["person_key"])
    words = (raw["c_charge_desc"] != "").sum() + (raw["r_charge_desc"] != "").sum()
    assert charges["offence_text"].notna().sum() == words


def test_spells_that_overlap_are_warned_of(walked):
    found = walked.tables.finding.to_pandas()
    assert set(found["rule_id"]) == {"detention_spell.person_key.overlap"}
    assert set(found["severity"]) == {"soft"}
    assert len(found) > 100


def test_the_assessments_say_what_the_file_says(assessments, raw):
    def counts(values):
        return values.value_counts().to_dict()

    assert counts(assessments["score_decile"].astype(str)) == counts(raw["decile_score"])
    assert counts(assessments["age_group_text"]) == counts(raw["age_cat"])
    assert counts(assessments["origin_text"]) == counts(raw["race"])
    assert counts(assessments["charge_degree_code"]) == counts(raw["c_charge_degree"])
    assert counts(assessments["score_level_code"].str.title()) == counts(raw["score_text"])
    assert assessments["prior_offences"].sum() == raw["priors_count"].astype(int).sum()
    assert (
        assessments["has_reoffended_within_two_years"].sum() == (raw["two_year_recid"] == "1").sum() == 3251
    )
    assert assessments["days_from_arrest"].isna().sum() == (raw["days_b_screening_arrest"] == "").sum()


def test_the_filter_of_the_publication_leaves_6172(assessments):
    left = assessments[
        assessments["days_from_arrest"].abs().le(30)
        & assessments["has_reoffended"].notna()
        & assessments["charge_degree_code"].ne("O")
        & assessments["score_level_code"].notna()
    ]
    assert len(left) == 6172


def test_all_7214_give_the_published_table_of_errors(assessments):
    high = assessments["score_level_code"].isin(["MEDIUM", "HIGH"])
    again = assessments["has_reoffended_within_two_years"].astype(bool)
    assert [(~high & ~again).sum(), (high & ~again).sum(), (~high & again).sum(), (high & again).sum()] == [
        2681,
        1282,
        1216,
        2035,
    ]


def test_the_published_model_is_reproduced(assessments, walked):
    """Logit of a medium or high score; figures of ProPublica's analysis of 2016."""
    import statsmodels.formula.api as smf

    sex = walked.tables.persons.to_pandas().set_index("person_key")["sex_code"]
    frame = assessments.assign(
        sex=assessments["person_key"].map(sex),
        high=assessments["score_level_code"].isin(["MEDIUM", "HIGH"]).astype(int),
        again=assessments["has_reoffended_within_two_years"].astype(int),
        days=assessments["days_from_arrest"].abs(),
    ).query("days <= 30")
    frame["prior_offences"] = frame["prior_offences"].astype(float)
    factors = {"sex": "M", "age_group_text": "25 - 45", "origin_text": "Caucasian", "charge_degree_code": "F"}
    terms = [f'C({column}, Treatment("{base}"))' for column, base in factors.items()]
    terms += ["prior_offences", "again"]
    fitted = smf.logit(f"high ~ {' + '.join(terms)}", frame).fit(disp=0)
    found = {name.split("[T.")[-1].rstrip("]"): round(value, 5) for name, value in fitted.params.items()}
    assert found["Intercept"] == -1.52554
    assert found["African-American"] == 0.47721
    assert found["Less than 25"] == 1.30839
    assert found["again"] == 0.68586
    assert round(fitted.aic, 1) == 6192.4
