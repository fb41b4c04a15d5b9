"""No agreement, no delivery; and a period is written as the card says."""

from datetime import date

import pytest

from das_analysis.errors import BadDelivery, NoPermission, Refused
from das_analysis.intake import terms


@pytest.fixture
def on(monkeypatch):
    """Sets today's date."""
    return lambda day: monkeypatch.setattr(terms, "today", lambda: date.fromisoformat(day))


@pytest.mark.parametrize("name", ["agreement", "permission"])
@pytest.mark.parametrize(
    ("dates", "fault"),
    [
        ({"valid_from": "2026-01-01", "valid_until": "2026-06-30"}, "has ended on 2026-06-30"),
        ({"valid_from": "2027-01-01", "valid_until": "2028-12-31"}, "begins on 2027-01-01"),
    ],
)
def test_outside_its_dates_nothing_is_delivered(tmp_path, small, on, name, dates, fault):
    on("2026-10-01")
    card = small.supplier("wijk", small.WIJK.tables.values(), **{name: {"reference": "A-1", **dates}})
    desk = small.Desk(tmp_path, small.make_model(card))
    with pytest.raises(NoPermission, match=f"the {name} with 'wijk' {fault}"):
        desk.deliver([small.person()])
    assert desk.state() == {}


@pytest.mark.parametrize("day", ["2026-01-01", "2026-12-31"])
def test_the_first_and_the_last_day_count(tmp_path, small, on, day):
    on(day)
    dates = {"reference": "A-1", "valid_from": "2026-01-01", "valid_until": "2026-12-31"}
    card = small.supplier("wijk", small.WIJK.tables.values(), agreement=dates, permission=dates)
    assert small.Desk(tmp_path, small.make_model(card)).deliver([small.person()], period="2026-Q1").rows == 1


@pytest.mark.parametrize(
    ("cadence", "good", "bad"),
    [
        ("year", "2025", ["2025-Q1", "25", "2025-01", "two", "", "2025\n", "../2025", "٢٠٢٥"]),
        ("quarter", "2025-Q4", ["2025", "2025-Q5", "2025-q1", "2025-Q0", "2025-01"]),
        ("month", "2025-09", ["2025", "2025-9", "2025-13", "2025-00", "2025-09-01"]),
        ("day", "2024-02-29", ["2025", "2025-02-29", "2025-9-30", "30-09-2025", "2025-09"]),
    ],
)
def test_a_period_is_written_as_the_card_says(tmp_path, small, cadence, good, bad):
    card = small.supplier("wijk", small.WIJK.tables.values(), period=cadence)
    desk = small.Desk(tmp_path, small.make_model(card))
    assert desk.deliver([small.person()], period=good).period == good
    for period in bad:
        with pytest.raises(BadDelivery, match="the period is not written as the card says"):
            desk.deliver([small.person()], period=period)


@pytest.mark.parametrize(("day", "accepted"), [("2026-06-30", False), ("2026-07-01", True)])
def test_a_period_that_has_not_begun_is_refused(desk, small, on, day, accepted):
    on(day)
    if accepted:
        assert desk.deliver([small.person()], period="2026-Q3")
        return
    with pytest.raises(BadDelivery, match="has not begun"):
        desk.deliver([small.person()], period="2026-Q3")


@pytest.mark.parametrize("sequence", [0, -1, 1000, True, "1", 1.0])
def test_a_sequence_number_is_a_whole_number_from_1(desk, small, sequence):
    with pytest.raises(BadDelivery, match="sequence number"):
        desk.deliver([small.person()], sequence=sequence)


def test_an_unknown_supplier_is_refused_with_those_that_are_known(desk, small):
    with pytest.raises(Refused, match="use one of hof, wijk"):
        desk.deliver([small.person()], supplier="elders", period="2026")


def test_a_card_that_lets_an_identity_travel_is_refused(tmp_path, small):
    leak = small.table("zaken", "!PARKETNR VOLGNR DATUM", [small.plain("PARKETNR")])
    desk = small.Desk(tmp_path, small.make_model(small.supplier("wijk", [leak])))
    with pytest.raises(Refused, match=r"identifying column would travel as it is\n  where: zaken: PARKETNR"):
        desk.deliver([small.case()])
