"""A file far from its supplier's own history is not let in, until a card says why it is right."""

from dataclasses import replace

import pytest

from das_analysis.errors import BadDelivery
from das_analysis.model import Dossier, Volume
from das_analysis.model.dossier import VolumeExemption

QUARTERS = ("2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4")
PERSONS = {"personen": Volume(rows=9999, tolerance=0.2)}


@pytest.fixture
def send(desk, small):
    """Deliver and receive persons of a period; `on_card` are fields of the dossier."""

    def sent(period, rows, sequence=1, **on_card):
        card = replace(small.WIJK, dossier=small.dossier(**{"volume": PERSONS, **on_card}))
        desk.model = small.make_model(card, small.HOF)
        people = [small.person(ROL=f"rol {n}") for n in range(rows)]
        package = desk.deliver(people, period=period, sequence=sequence)
        return desk.receive(package)

    return sent


@pytest.fixture
def history(send):
    """Three quarters of 100, 104 and 300 rows: their median is 104."""
    for period, rows in zip(QUARTERS, (100, 104, 300), strict=False):
        if rows == 300:
            send(period, rows, exemptions=(exempt("2025-09-30"),))
        else:
            send(period, rows)


def exempt(until, table="personen"):
    from das_analysis.model import Text

    return VolumeExemption(table=table, until=until, reason=Text("inhaalslag", "backlog"))


@pytest.mark.parametrize("rows", [84, 104, 124])
def test_what_lies_within_the_margin_of_the_median_comes_in(history, send, rows):
    assert send("2025-Q4", rows)[0].rows == rows


@pytest.mark.parametrize(("rows", "how"), [(83, "21 fewer"), (125, "21 more"), (1, "103 fewer")])
def test_what_lies_outside_is_refused_with_figures_and_what_to_do(history, send, desk, rows, how):
    before = desk.received()
    with pytest.raises(BadDelivery, match=f"{rows} rows, {how} than the 104 of 3 earlier") as refused:
        send("2025-Q4", rows)
    assert "put an exemption on the card" in refused.value.todo
    assert "period 2025-Q4" in refused.value.where
    assert desk.received() == before


def test_an_exemption_lets_it_in_until_its_last_day(history, send):
    """A period counts by its first day."""
    assert send("2025-Q4", 500, exemptions=(exempt("2025-10-01"),))


def test_an_exemption_that_has_ended_or_is_of_another_table_does_not(history, send):
    for exemption in (exempt("2025-09-30"), exempt("2026-12-31", table="zaken")):
        with pytest.raises(BadDelivery, match="500 rows"):
            send("2025-Q4", 500, exemptions=(exemption,))


def test_fewer_than_three_earlier_periods_are_no_history(send):
    for period, rows in zip(QUARTERS, (100, 400, 10), strict=False):
        assert send(period, rows)


def test_later_periods_and_other_tables_are_no_history(send, desk, small):
    for period in QUARTERS[1:]:
        send(period, 100)
    assert send("2025-Q1", 400)
    assert desk.receive(desk.deliver([small.case()], period="2026-Q1"))


def test_small_files_differ_by_chance(send):
    for period, rows in zip(QUARTERS, (2, 2, 2, 12), strict=True):
        assert send(period, rows)
    with pytest.raises(BadDelivery, match="13 rows, 11 more"):
        send("2026-Q1", 13)


def test_of_a_period_the_newest_correction_counts(send):
    for period in QUARTERS[:3]:
        send(period, 100)
    send("2025-Q3", 118, sequence=2)
    send("2025-Q2", 118, sequence=2)
    assert send("2025-Q4", 141)


def test_packages_received_together_are_each_others_history(desk, small, send):
    send("2025-Q1", 100)
    sizes = {"2025-Q2": 100, "2025-Q3": 100, "2025-Q4": 10}
    packages = [
        desk.deliver([small.person(ROL=f"rol {n}") for n in range(rows)], period=period)
        for period, rows in sizes.items()
    ]
    with pytest.raises(BadDelivery, match="10 rows, 90 fewer"):
        desk.receive(*packages)
    assert len(desk.received()) == 1
    assert len(desk.receive(*packages[:2])) == 2


def test_a_card_without_a_dossier_or_a_volume_asks_nothing(desk, small):
    for period in QUARTERS:
        rows = 400 if period == "2025-Q4" else 100
        people = [small.person(ROL=f"rol {n}") for n in range(rows)]
        assert desk.receive(desk.deliver(people, period=period))
    assert isinstance(small.dossier(), Dossier)
