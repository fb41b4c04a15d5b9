"""What holds in every simulated chain, whatever the seed and the scale."""

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from das_analysis.synth import simulate

SEEDS = st.integers(0, 2**32 - 1)
SCALES = st.sampled_from([0.0005, 0.001, 0.002])
CALM = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def frames(seed, scale):
    return {
        name: t.to_pandas() for name, t in simulate(scale=scale, years=[2024], seed=seed).tables().items()
    }


def in_order(frame, *columns):
    """Days of a row that are known stand in this order."""
    for i, first in enumerate(columns):
        for second in columns[i + 1 :]:
            both = frame[[first, second]].dropna()
            assert (both[first] <= both[second]).all(), (first, second)


def beside(child, parent, key):
    return child.merge(parent, on=key, suffixes=("", "_p"))


@CALM
@given(seed=SEEDS, scale=SCALES)
def test_events_follow_each_other(seed, scale):
    t = frames(seed, scale)
    in_order(t["registered_crime"], "committed_from_on", "committed_until_on", "registered_on", "cleared_on")
    suspects = beside(t["suspect_registration"], t["registered_crime"], "crime_key")
    in_order(suspects, "committed_until_on", "registered_on", "marked_on")
    in_order(t["police_report"], "closed_on", "sent_on")
    cases = beside(t["case"], t["police_report"], "pv_key")
    in_order(cases, "closed_on", "sent_on", "registered_on")
    in_order(
        beside(t["charge"], t["case"], "case_key"), "committed_from_on", "committed_until_on", "registered_on"
    )
    in_order(beside(t["prosecution_decision"], t["case"], "case_key"), "registered_on", "decided_on")
    first = t["court_case"][t["court_case"]["instance_code"] == "EA"]
    decided = t["prosecution_decision"].groupby("case_key", as_index=False)["decided_on"].max()
    in_order(
        beside(first, decided, "case_key"), "decided_on", "first_hearing_on", "verdict_on", "appealed_on"
    )
    in_order(t["court_case"], "first_hearing_on", "verdict_on", "irrevocable_on")
    orders = beside(t["execution_order"], t["sanction"], "sanction_key")
    in_order(orders, "imposed_on", "received_on", "handed_over_on", "closed_on")
    in_order(beside(t["execution_event"], t["execution_order"], "order_key"), "received_on", "occurred_on")
    in_order(t["detention_spell"], "admitted_on", "started_on", "ended_on")


@CALM
@given(seed=SEEDS, scale=SCALES)
def test_keys_are_unique_and_lead_somewhere(seed, scale):
    t = frames(seed, scale)
    keys = {
        "registered_crime": "crime_key",
        "suspect_registration": "suspect_key",
        "police_report": "pv_key",
        "case": "case_key",
        "charge": "charge_key",
        "prosecution_decision": "decision_key",
        "court_case": "court_case_key",
        "verdict": "verdict_key",
        "sanction": "sanction_key",
        "execution_order": "order_key",
        "execution_event": "event_key",
        "detention_spell": "spell_key",
    }
    for name, key in keys.items():
        assert t[name][key].is_unique, name
    assert set(t["suspect_registration"]["crime_key"]) <= set(t["registered_crime"]["crime_key"])
    for name in (
        "charge",
        "prosecution_decision",
        "pre_trial_detention",
        "sanction",
        "execution_order",
        "court_case",
    ):
        assert set(t[name]["case_key"]) <= set(t["case"]["case_key"]), name
    assert set(t["case"]["case_key"]) == set(t["charge"]["case_key"])
    assert set(t["execution_order"]["sanction_key"]) <= set(t["sanction"]["sanction_key"])
    assert set(t["detention_spell"]["order_key"].dropna()) <= set(t["execution_order"]["order_key"])


@CALM
@given(seed=SEEDS, scale=SCALES)
def test_a_case_has_the_person_of_its_suspect(seed, scale):
    t = frames(seed, scale)
    suspects = t["suspect_registration"].dropna(subset=["true_case_key"])
    both = suspects.merge(t["case"], left_on="true_case_key", right_on="case_key", suffixes=("", "_case"))
    assert len(both) > 0
    assert (both["person_id"] == both["person_id_case"]).all()
    assert (both["pv_key"] == both["pv_key_case"]).all()
    twice = t["suspect_registration"].duplicated(["crime_key", "person_id"])
    assert not twice.any()


@CALM
@given(seed=SEEDS, scale=SCALES)
def test_the_law_is_kept(seed, scale):
    t = frames(seed, scale)
    natural = t["case"][t["case"]["person_kind_code"] == "N"]
    assert natural["true_age_at_offence"].min() >= 12
    sanctions = beside(t["sanction"], t["case"][["case_key", "person_kind_code"]], "case_key")
    legal = sanctions[sanctions["person_kind_code"] == "R"]
    assert set(legal["sanction_code"]) <= {"BOE", "SVM", "ONTT", "VBV", "TRA_G"}
    parts = sanctions.dropna(subset=["total_quantity"])
    assert (
        (parts["unconditional_quantity"] + parts["conditional_quantity"] - parts["total_quantity"]).abs()
        < 0.005
    ).all()
    assert parts.loc[parts["sanction_code"] == "TAAK_W", "total_quantity"].max() <= 240
    decisions = t["prosecution_decision"]
    dismissed = decisions["decision_code"].str.startswith("SEP")
    assert (decisions["ground_code"].notna() == dismissed).all()
    assert (decisions["has_conditions"] == (decisions["decision_code"] == "SEP_V")).all()
    gravest = t["charge"].groupby("case_key")["max_penalty_months"].max()
    orders = decisions[decisions["decision_code"] == "SB"]
    assert (gravest.loc[orders["case_key"]] <= 72).all()


@CALM
@given(seed=SEEDS, scale=SCALES)
def test_a_person_is_in_one_place_at_a_time(seed, scale):
    t = frames(seed, scale)
    spells = t["detention_spell"].sort_values(["person_id", "started_on", "ended_on"])
    later = spells["person_id"].eq(spells["person_id"].shift())
    ended = pd.to_datetime(spells["ended_on"]).shift()
    assert (pd.to_datetime(spells["started_on"])[later] >= ended[later]).all()
