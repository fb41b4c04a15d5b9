"""What a supplier makes of names, dates and addresses so that they can be compared once they are sealed."""

import csv

import pyarrow.parquet as pq
import pytest

from das_analysis.cli.keys import make_keys
from das_analysis.errors import BadModel
from das_analysis.intake import deliver
from das_analysis.intake.derived import DERIVED
from das_analysis.intake.identity import normal_surname
from das_analysis.model import load_model
from das_analysis.model.build.cards import read_card
from das_analysis.model.schema import DERIVE

ALIKE = [
    "Dijk Dyk",
    "Vries Fries",
    "Bakker Backer",
    "Smit Smid",
    "Smidt Smit",
    "Schaap Sgaap",
    "Cuypers Kuipers",
    "Meijer Meyer",
    "Maier Meijer",
    "Philips Filips",
    "Thijssen Tijsen",
    "Zwart Swart",
    "Quist Kwist",
    "Hendrix Hendriks",
    "Jansen Janssen",
    "Cees Sees",
    "Huijgens Huygens",
]
APART = ["Bakker Baker-Smit", "Jansen Hansen", "Dijk Wijk", "Bos Bom", "Visser Wisser"]


@pytest.mark.parametrize("pair", ALIKE)
def test_names_that_sound_alike_have_one_key(pair):
    one, other = (DERIVED["sound"](normal_surname(name)) for name in pair.split())
    assert one == other != ""


@pytest.mark.parametrize("pair", APART)
def test_names_that_sound_different_have_two(pair):
    one, other = (DERIVED["sound"](normal_surname(name)) for name in pair.split())
    assert one != other


@pytest.mark.parametrize(
    ("word", "text", "made"),
    [
        ("given", "José-Maria Pieter", "JOSE"),
        ("given", " 12 ", ""),
        ("letters", "JANSEN", "AEJNNS"),
        ("initial", "JOSE", "J"),
        ("swapped", "1990-02-11", "1990-11-02"),
        ("swapped", "1990-02-13", ""),
        ("swapped", "1990-02-12", "1990-12-02"),
        ("swapped", "1990-02-02", ""),
        ("birthday", "1990-02-11", "--02-11"),
        ("plain", "6 Tullaroo St. é", "6TULLAROOSTE"),
    ],
)
def test_each_word_of_a_card_makes_one_thing(word, text, made):
    assert DERIVED[word](text) == made


@pytest.mark.parametrize("word", DERIVED)
def test_what_is_no_value_gives_nothing(word):
    assert DERIVED[word]("\x00") == ""


def test_the_model_knows_the_same_words():
    assert tuple(DERIVED) == DERIVE


def test_a_card_with_another_word_is_refused():
    slots = {"surname_key": {"seal": "Name", "parts": [{"from": "a", "derive": "noise"}]}}
    maps = [{"class": "Case", "slots": slots}]
    columns = {"a": {"about": "a", "about_nl": "a"}}
    table = {"title": "t", "title_nl": "t", "columns": columns, "maps": maps}
    card = {"id": "x", "partner": "OM", "legal_gate": "OVERIG", "tables": {"t": table}}
    model = load_model()
    with pytest.raises(BadModel, match="`derive` is one or more of"):
        read_card(card, "x.yaml", tables=model.tables, code_lists=model.code_lists, kinds=model.kinds)


@pytest.fixture
def sealed(tmp_path):
    """Rows of a prison, sealed."""

    def seal(*rows):
        columns = load_model().suppliers["dji"].tables["verblijven"].columns
        path = tmp_path / "verblijven.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(columns), delimiter=";", restval="")
            writer.writeheader()
            usual = {"REGISTRATIENR": "1", "DETENTIENR": "2025000001", "VERBLIJFNR": "1"}
            writer.writerows([usual | row for row in rows])
        make_keys(tmp_path / "keys")
        package = deliver("dji", [path], period="2025", keys=tmp_path / "keys", target=tmp_path / "out")
        return pq.read_table(package.path / "verblijven.parquet")

    return seal


def test_a_date_meets_the_one_with_day_and_month_exchanged(sealed):
    found = sealed({"GEBOORTEDATUM": "02/11/1990"}, {"GEBOORTEDATUM": "11/02/1990"})
    assert found["BirthDate:GEBOORTEDATUM"][0] == found["BirthDate:GEBOORTEDATUM:swapped"][1]
    assert found["BirthDate:GEBOORTEDATUM"][1] == found["BirthDate:GEBOORTEDATUM:swapped"][0]
    assert found["BirthDay:GEBOORTEDATUM:birthday"][0] != found["BirthDay:GEBOORTEDATUM:birthday"][1]


def test_what_is_missing_or_unusable_gives_no_key_and_no_fault(sealed):
    fine = {"GEBOORTEDATUM": "02/11/1990", "ACHTERNAAM": "Jansen", "GESLACHT": "man"}
    found = sealed({}, {"GEBOORTEDATUM": "31/02/1990", "ACHTERNAAM": "..."}, *[fine] * 40)
    compared = [
        c.name for c in load_model().suppliers["dji"].tables["verblijven"].package.values() if c.compared
    ]
    assert len(compared) == 6
    for name in compared:
        assert found[name].slice(0, 2).to_pylist() == [None, None]
        assert found[name].slice(2).null_count == 0


def test_no_key_shows_what_it_was_made_of(sealed):
    found = sealed({"GEBOORTEDATUM": "02/11/1990", "ACHTERNAAM": "Jansen", "GESLACHT": "man"})
    text = str(found.to_pylist())
    assert not any(part in text for part in ("ansen", "ANSEN", "JNSN", "AEJNNS", "-02", "11-02"))
