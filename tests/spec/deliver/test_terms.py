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


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"agreement": {}}, "there is no agreement with 'wijk'"),
        ({"permission": {}}, "there is no permission with 'wijk'"),
        ({"purposes": ()}, "there is no purpose for the data of 'wijk'"),
        ({"purposes": (), "agreement": {}}, r"there is no agreement with 'wijk' \(and 1 more\)"),
    ],
)
def test_without_agreement_permission_or_purpose_nothing_is_delivered(tmp_path, small, changed, fault):
    card = small.supplier("wijk", small.WIJK.tables.values(), **changed)
    desk = small.Desk(tmp_path, small.make_model(card))
    with pytest.raises(NoPermission, match=fault) as refusal:
        desk.deliver([small.person()])
    assert "next: " in str(refusal.value)
    assert desk.state() == {}


@pytest.mark.parametrize(("permission_by", "comes_in"), [(None, True), ("Minister", False)])
def test_a_gate_that_asks_no_permission_needs_none(tmp_path, small, permission_by, comes_in):
    dossier = small.dossier(permission_by=permission_by)
    card = small.supplier("wijk", small.WIJK.tables.values(), permission={}, dossier=dossier)
    desk = small.Desk(tmp_path, small.make_model(card))
    if comes_in:
        assert desk.deliver([small.person()]).rows == 1
        return
    with pytest.raises(NoPermission, match="there is no permission"):
        desk.deliver([small.person()])


def test_a_key_that_is_not_on_the_card_does_not_seal(tmp_path, small):
    card = small.supplier(
        "wijk", small.WIJK.tables.values(), dossier=small.dossier(keys=("s1-0123456789abcdef",))
    )
    desk = small.Desk(tmp_path, small.make_model(card))
    with pytest.raises(BadDelivery, match=r"a key that is not on the card\n  where: .*s1-0123456789abcdef"):
        desk.deliver([small.person()])
    assert desk.state() == {}
