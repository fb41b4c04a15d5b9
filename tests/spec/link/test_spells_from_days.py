"""Daily counts become spells, and a spell counts what the days counted."""

import datetime as dt
import random
import sys
from dataclasses import replace

import pytest

from das_analysis.errors import BadModel
from das_analysis.model import load_model


def day(on, person="r1", admitted="2025-01-01", title="VH", **columns):
    return {"register_key": person, "present_on": on, "admitted_on": admitted, "title_code": title} | columns


def deliver(given, days):
    """Days: mapping of a day to its rows; every day is a delivery."""
    for on, rows in days.items():
        given.delivery(
            "rikers",
            on,
            detention_day=[day(on, *row) if isinstance(row, tuple) else day(on, row) for row in rows],
        )
    return given.link()


def spells(found):
    rows = sorted(
        found.rows("detention_spell"), key=lambda r: (r["started_on"], r["title_code"], r["spell_key"])
    )
    return [(str(r["started_on"]), r["ended_on"] and str(r["ended_on"])) for r in rows]


def stock(found, on):
    return {
        r["person_key"]
        for r in found.rows("detention_spell")
        if r["started_on"] <= on and (r["ended_on"] is None or r["ended_on"] > on)
    }


def test_a_spell_starts_on_the_first_day_and_ends_on_the_first_day_without(given):
    found = deliver(given, {"2025-01-02": ["r1"], "2025-01-03": ["r1"], "2025-01-04": ["r2"]})
    assert spells(found) == [("2025-01-02", "2025-01-04"), ("2025-01-04", None)]


def test_who_is_there_on_the_last_day_has_no_end_yet(given):
    (row,) = deliver(given, {"2025-01-02": ["r1"]}).rows("detention_spell")
    assert row["ended_on"] is None
    assert row["is_from_snapshots"] is True
    assert str(row["admitted_on"]) == "2025-01-01"


def test_a_day_that_was_never_delivered_does_not_end_a_spell(given):
    found = deliver(given, {"2025-01-02": ["r1", "r2"], "2025-01-05": ["r1"], "2025-01-06": ["r1", "r2"]})
    assert spells(found) == [
        ("2025-01-02", None),
        ("2025-01-02", "2025-01-05"),
        ("2025-01-06", None),
    ] or spells(found) == [
        ("2025-01-02", "2025-01-05"),
        ("2025-01-02", None),
        ("2025-01-06", None),
    ]


def test_another_title_is_another_spell_of_the_same_stay(given):
    found = deliver(given, {"2025-01-02": ["r1"], "2025-01-03": [("r1", "2025-01-01", "GS")]})
    assert spells(found) == [("2025-01-02", "2025-01-03"), ("2025-01-03", None)]
    assert len({r["stay_key"] for r in found.rows("detention_spell")}) == 1
    assert len({r["spell_key"] for r in found.rows("detention_spell")}) == 2


def test_another_day_of_admission_is_another_stay(given):
    found = deliver(given, {"2025-01-02": ["r1"], "2025-01-03": [("r1", "2025-01-03")]})
    assert len({r["stay_key"] for r in found.rows("detention_spell")}) == 2


def test_the_age_at_the_start_is_that_of_the_first_day(given):
    given.delivery("rikers", "2025-01-02", detention_day=[day("2025-01-02", age_years=29)])
    given.delivery("rikers", "2025-01-03", detention_day=[day("2025-01-03", age_years=30)])
    assert [r["age_at_start_years"] for r in given.link().rows("detention_spell")] == [29]


@pytest.mark.parametrize("seed", range(3))
def test_the_stock_of_every_day_is_who_was_counted_that_day(given, seed):
    chance = random.Random(seed)
    days = sorted(chance.sample([f"2025-01-{d:02d}" for d in range(1, 29)], 15))
    people = [f"r{i}" for i in range(12)]
    present = {
        on: [(p, "2025-01-01", chance.choice(["VH", "GS"])) for p in people if chance.random() < 0.6]
        for on in days
    }
    found = deliver(given, present)
    for on, rows in present.items():
        assert len(stock(found, dt.date.fromisoformat(on))) == len(rows)


def test_a_card_that_asks_for_an_unknown_derivation_is_refused(monkeypatch, given):
    model = load_model()
    card = replace(model.suppliers["rikers"], derives={"detention_spell": "spells_from_dreams"})
    other = replace(model, suppliers={**model.suppliers, "rikers": card})
    monkeypatch.setattr(sys.modules["das_analysis.linkage.link"], "load_model", lambda: other)
    with pytest.raises(BadModel, match="spells_from_dreams"):
        given.delivery("rikers", "2025-01-02", detention_day=[day("2025-01-02")]).link()
