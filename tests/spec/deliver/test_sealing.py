"""Identities are swapped for pre-pseudonyms; what cannot be used is marked, never sent."""

import base64
import hashlib
import hmac
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pyarrow as pa
import pytest

from das_analysis.errors import BadDelivery
from das_analysis.intake.sealing import Sealer
from das_analysis.keys.holder import read_supplier
from das_analysis.vault.rekey import Domain

SPEC = spec_from_file_location("ristretto_of_sealing", Path(__file__).with_name("ristretto.py"))
ristretto = module_from_spec(SPEC)
SPEC.loader.exec_module(ristretto)

NAME = "BirthSexName:GEBOREN+GESLACHT+NAAM"
THEIR_NAME = "BirthSexName:geboren+sekse+naam"


def seal_slowly(desk, kind, text, *, supplier="wijk", local=""):
    """The definition, written out with the standard library only."""
    key, kinds = read_supplier(desk.keys, supplier), desk.model.kinds
    domain = kind + (f":{local}" if local else "")
    if kinds[kind].person:
        found = ristretto.sealed(key.scalar, f"das:point:1:{domain}\0{text}".encode())
    else:
        secret = key.own if local else key.things
        found = hmac.new(secret, f"das:pre:1:{domain}\0{text}".encode(), hashlib.sha256).digest()[:16]
    return "p1." + base64.b32encode(found).decode().rstrip("=").lower()


def one(desk, row):
    (found,) = desk.rows(desk.deliver([row]))
    return found


def test_every_kind_has_its_own_domain(desk, small):
    found = one(desk, small.person())
    assert found["Bsn:BSN"] == seal_slowly(desk, "Bsn", small.BSN[0])
    assert found["Skn:SKN"] == seal_slowly(desk, "Skn", "12345678")
    assert found[NAME] == seal_slowly(desk, "BirthSexName", "1990-02-01|M|WIT")


def test_a_number_of_the_supplier_alone_has_the_supplier_in_its_domain(desk, small):
    (found,) = desk.rows(desk.deliver([small.hearing()], supplier="hof"), "zittingen")
    assert found["RegisterNumber:nr"] == seal_slowly(desk, "RegisterNumber", "7", supplier="hof", local="hof")


def test_a_number_of_a_thing_that_means_nothing_elsewhere_is_under_the_suppliers_own_secret(desk, small):
    sealer = Sealer(small.HOF, kinds=desk.model.kinds, key=read_supplier(desk.keys, "hof"))
    found = sealer.pseudonyms(pa.array(["2025-0001"]), desk.model.kinds["StayNumber"]).to_pylist()
    assert found == [seal_slowly(desk, "StayNumber", "2025-0001", supplier="hof", local="hof")]


def test_a_case_meets_from_two_layouts_and_a_person_only_where_the_host_leads_both(desk, small):
    (theirs,) = desk.rows(desk.deliver([small.hearing()], supplier="hof"), "zittingen")
    package = desk.deliver([small.person()], [small.case()])
    (person,), (case,) = desk.rows(package), desk.rows(package, "zaken")
    assert theirs["CaseNumber:zaak"] == case["CaseNumber:PARKETNR"]
    for kind, one, other in (("Bsn", "Bsn:bsn", "Bsn:BSN"), ("BirthSexName", THEIR_NAME, NAME)):
        assert theirs[one] != person[other]
        domain = Domain(desk.keys)
        led = [
            domain.of(pa.array([value]), desk.model.kinds[kind], supplier=supplier)
            for value, supplier in ((theirs[one], "hof"), (person[other], "wijk"))
        ]
        assert led[0] == led[1]


@pytest.mark.parametrize(
    "written", ["05/780109-15", "05-780109-15", "05.780109.15", "05-780109/15", "0578010915"]
)
def test_a_case_number_is_one_however_it_is_written(desk, small, written):
    (found,) = desk.rows(desk.deliver([small.case(PARKETNR=written)]), "zaken")
    assert found["CaseNumber:PARKETNR"] == seal_slowly(desk, "CaseNumber", "0578010915")
    assert found["ChargeNumber:PARKETNR+VOLGNR"] == seal_slowly(desk, "ChargeNumber", "0578010915/1")


@pytest.mark.parametrize("sequence", ["1", "01", "001"])
def test_a_sequence_number_loses_its_zeros(desk, small, sequence):
    (found,) = desk.rows(desk.deliver([small.case(VOLGNR=sequence)]), "zaken")
    assert found["ChargeNumber:PARKETNR+VOLGNR"] == seal_slowly(desk, "ChargeNumber", "0578010915/1")


@pytest.mark.parametrize("written", ["010000008", "10000008", "0100.00.008", "010 000 008"])
def test_a_citizens_number_gets_its_lost_zero_back(desk, small, written):
    assert one(desk, small.person(BSN=written))["Bsn:BSN"] == seal_slowly(desk, "Bsn", "010000008")


@pytest.mark.parametrize(
    ("column", "text", "mark"),
    [
        ("BSN", "111222334", "!check"),
        ("BSN", "000000000", "!check"),
        ("BSN", "99999999", "!check"),
        ("BSN", "1112223", "!format"),
        ("BSN", "111222333.0", "!format"),
        ("BSN", "1.11222E+08", "!format"),
        ("BSN", " 111222333", "!format"),
        ("BSN", "١١١٢٢٢٣٣٣", "!format"),
        ("BSN", "onbekend", "!format"),
        ("SKN", "1234567", "!format"),
        ("SKN", "12345678\n", "!format"),
    ],
)
def test_an_unusable_number_is_marked_and_its_row_goes_on(desk, small, column, text, mark):
    kind = {"BSN": "Bsn", "SKN": "Skn"}[column]
    assert one(desk, small.person(**{column: text}))[f"{kind}:{column}"] == mark


@pytest.mark.parametrize("column", ["BSN", "SKN"])
def test_a_blank_number_stays_blank(desk, small, column):
    kind = {"BSN": "Bsn", "SKN": "Skn"}[column]
    assert one(desk, small.person(**{column: ""}))[f"{kind}:{column}"] is None


@pytest.mark.parametrize("column", ["GEBOREN", "GESLACHT", "NAAM"])
def test_a_combination_with_a_blank_part_is_blank(desk, small, column):
    assert one(desk, small.person(**{column: ""}))[NAME] is None


def test_a_charge_without_its_case_is_blank(desk, small):
    (found,) = desk.rows(desk.deliver([small.case(PARKETNR="")]), "zaken")
    assert (found["CaseNumber:PARKETNR"], found["ChargeNumber:PARKETNR+VOLGNR"]) == (None, None)


@pytest.mark.parametrize(
    "day", ["31-02-1990", "1-2-1990", "1990-02-01", "01-13-1990", "01-02-90", "00-00-1990"]
)
def test_a_birth_date_that_is_none_is_marked(desk, small, day):
    found = one(desk, small.person(GEBOREN=day))
    assert (found[NAME], found["month:GEBOREN"]) == ("!format", "!format")


def test_a_birth_date_leaves_as_a_month(desk, small):
    assert one(desk, small.person(GEBOREN="29-02-2004"))["month:GEBOREN"] == "2004-02"
    assert desk.rows(desk.deliver([small.person(GEBOREN="")], sequence=2))[0]["month:GEBOREN"] is None


def test_a_date_may_have_more_than_one_format(desk, small):
    rows = [small.hearing(), small.hearing(geboren="1990-02-01T00:00:00")]
    first, second = desk.rows(desk.deliver(rows, supplier="hof"), "zittingen")
    assert first == second


def test_a_value_that_the_card_does_not_map_is_marked_and_one_mapped_to_nothing_is_blank(desk, small):
    rows = [small.hearing(), small.hearing(sekse="M"), small.hearing(sekse="onbekend")]
    found = desk.rows(desk.deliver(rows, supplier="hof"), "zittingen")
    assert [row["BirthSexName:geboren+sekse+naam"] for row in found][1:] == ["!format", None]


def test_blanks_are_trimmed_only_where_the_card_says_so(desk, small):
    rows = [small.hearing(), {name: f"  {cell}\t" for name, cell in small.hearing().items()}]
    first, second = desk.rows(desk.deliver(rows, supplier="hof"), "zittingen")
    assert first == second


def test_the_cards_own_word_for_blank_is_blank(desk, small):
    rows = [small.hearing(bsn="NULL", zaak="NULL")]
    (found,) = desk.rows(desk.deliver(rows, supplier="hof"), "zittingen")
    assert (found["Bsn:bsn"], found["CaseNumber:zaak"]) == (None, None)


def test_too_many_unusable_numbers_refuse_the_file_and_name_the_column(desk, small):
    rows = [small.person(BSN=b) for b in ("111222333", "", "123456789", "7")]
    with pytest.raises(BadDelivery, match=r"2 of 3 values cannot be used as Bsn\n  where: 0.csv, column BSN"):
        desk.deliver(rows)


def test_one_typing_error_refuses_no_file_however_small(desk, small):
    assert one(desk, small.person(BSN="123456789"))["Bsn:BSN"] == "!check"


@pytest.mark.parametrize(
    "text",
    [
        *("111222333", " 111222333 ", "1112.22.333", "zie 111222333.", "bsn:111222333, man"),
        *("05/780109-15", "zaak 05.780109.15/1", "0578010915", "PL0900-2023123456", "pl 0900 2023123456"),
    ],
)
def test_an_identity_in_a_column_that_travels_as_it_is_refuses_the_file(desk, small, text):
    with pytest.raises(BadDelivery, match="number") as refusal:
        desk.deliver([small.person(), small.person(OPMERKING=text)])
    assert "column OPMERKING" in str(refusal.value)
    assert desk.state() == {}


@pytest.mark.parametrize(
    "text",
    [
        *("111222334", "0,111222333", "111222333,50", "a111222333f", "2026-07-03 12:00:00", "110-125.27"),
        *("ECLI:NL:RBDHA:2014:8504", "20260703", "1234567", "12345678901", "GM0363"),
    ],
)
def test_another_number_travels_as_it_is(desk, small, text):
    assert one(desk, small.person(OPMERKING=text))["OPMERKING"] == text
