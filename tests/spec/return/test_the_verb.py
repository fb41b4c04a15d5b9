"""`das return`: the rows to mend go back by number, without a value; a resubmission closes it."""

import csv

import pytest
from click.testing import CliRunner

from das_analysis.cli.look import return_
from das_analysis.errors import Refused
from das_analysis.intake import deliver, receive, returned, validate
from das_analysis.lake import status
from das_analysis.model import load_model

ROW = {
    "REGISTRATIENR": "R77",
    "DETENTIENR": "D77777-1",
    "VERBLIJFNR": "1",
    "INRICHTING": "ZILVERBERG",
    "SOORT_INRICHTING": "HVB",
    "TITEL": "01",
    "DATUM_BINNENKOMST": "03/02/2025",
    "GESLACHT": "man",
    "DATUM_AANVANG": "03/02/2025",
    "DATUM_EINDE": "09/02/2025",
    "LEEFTIJD": "33",
    "BRP": "J",
}


@pytest.fixture
def send(tmp_path, keys):
    """Delivers a row, receives and validates it; gives the lake."""

    def sent(sequence, **changed):
        columns = list(load_model().suppliers["dji"].tables["verblijven"].columns)
        path = tmp_path / f"{sequence}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.DictWriter(file, columns, restval="", delimiter=";")
            out.writeheader()
            out.writerow({**ROW, **changed})
        made = deliver("dji", [path], period="2025", keys=keys, target=tmp_path / "out", sequence=sequence)
        validate(receive([made.path], lake=tmp_path / "lake", keys=keys))
        return tmp_path / "lake"

    return sent


def test_a_held_back_row_goes_back_by_number_without_a_value(send, tmp_path):
    lake = send(1, DATUM_AANVANG="31/02/2025")
    target = tmp_path / "back.csv"
    done = CliRunner().invoke(return_, ["dji", "2025", "--lake", str(lake), "--to", str(target)])
    assert done.exit_code == 0, done.output
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [(r["bestand"], r["rij"], r["kolom"]) for r in rows if r["regel"].endswith(".type")] == [
        ("verblijven", "1", "started_on")
    ]
    assert all(r["melding"] == load_model().rules[r["regel"]].message.nl for r in rows)
    assert not any(value in target.read_text(encoding="utf-8") for value in ("31/02", "R77", "ZILVERBERG"))
    assert list(status(lake)["open_returns"]) == [1]


def test_a_resubmission_closes_it(send):
    send(1, DATUM_AANVANG="31/02/2025")
    lake = send(2)
    assert returned(lake, "dji", period="2025").empty
    assert list(status(lake)["open_returns"]) == [0]


def test_a_resubmission_that_is_not_validated_is_refused_by_name(send, monkeypatch):
    lake = send(1)
    monkeypatch.setitem(send.__globals__, "validate", lambda _: None)
    send(2, DATUM_AANVANG="31/02/2025")
    with pytest.raises(Refused, match="newest delivery of the period is not validated"):
        returned(lake, "dji", period="2025")


def test_a_period_that_was_not_received_is_refused(send):
    lake = send(1)
    with pytest.raises(Refused, match="no such delivery was received"):
        returned(lake, "dji", period="2024")
