"""Identities: eleven-test, normal forms and pseudonyms over any input, against slow and plain definitions."""

import base64
import hmac
import re
import unicodedata
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from das_analysis.intake.eleven import passes_eleven_test
from das_analysis.intake.identity import faults, iso_date, normal_surname, normalise
from das_analysis.intake.plain import fault_of_plain
from das_analysis.intake.sealing import Sealer
from das_analysis.keys.holder import SupplierKey
from das_analysis.keys.keyed import THING
from das_analysis.keys.points import PERSON, over
from das_analysis.vault.rekey import Domain


def load(name):
    path = Path(__file__).parents[1] / "spec" / "deliver" / f"{name}.py"
    spec = spec_from_file_location(f"{name}_of_identities", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


small, ristretto = load("desk"), load("ristretto")

MODEL = small.make_model()
KINDS = MODEL.kinds
HALF = bytes(range(31)) + b"\0"  # a number under the group's order
KEY = SupplierKey("wijk", 7, HALF, own=bytes(range(32)), things=bytes(range(32, 64)))
UNUSABLE = "\x00"
nine = st.integers(0, 10**9 - 1).map("{:09}".format)
texts = st.text(max_size=20)
many = settings(max_examples=100, deadline=None)


def strings(*values):
    return pa.array(values, pa.string())


def passes_slowly(text):
    """Besluit BSN: nine digits; 9, 8, ... 2 times the first eight minus the last is a multiple of eleven."""
    if not re.fullmatch("[0-9]{9}", text) or text == "000000000":
        return False
    return (sum((9 - i) * int(d) for i, d in enumerate(text[:8])) - int(text[8])) % 11 == 0


def number_from(start):
    """The first number from `start` on, eight digits, that has a check digit."""
    while (check := sum((9 - i) * int(d) for i, d in enumerate(f"{start:08}")) % 11) > 9:
        start += 1
    return f"{start:08}{check}"


numbers = st.integers(1, 10**8 - 10).map(number_from)


@many
@given(st.lists(st.one_of(nine, texts, st.none()), max_size=30))
def test_the_eleven_test_is_the_slow_one(values):
    expected = [None if v is None else passes_slowly(v) for v in values]
    assert passes_eleven_test(strings(*values)).to_pylist() == expected


@many
@given(st.lists(st.one_of(nine, texts), min_size=2, max_size=20), st.data())
def test_the_eleven_test_does_not_mind_a_slice(values, data):
    start = data.draw(st.integers(0, len(values) - 1))
    expected = [passes_slowly(v) for v in values[start:]]
    assert passes_eleven_test(strings(*values)[start:]).to_pylist() == expected


@many
@given(numbers)
def test_one_wrong_digit_never_passes(number):
    assert passes_eleven_test(strings(number)).to_pylist() == [True]
    others = [number[:i] + d + number[i + 1 :] for i in range(9) for d in "0123456789" if d != number[i]]
    assert not any(passes_eleven_test(strings(*others)).to_pylist())


@many
@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(st.one_of(texts, nine, st.text("0123456789/.-", min_size=8, max_size=14)), min_size=1),
)
def test_a_normal_form_is_its_own_normal_form(kind, values):
    once = normalise(strings(*values), KINDS[kind])
    assert normalise(once, KINDS[kind]).to_pylist() == once.to_pylist()


@many
@given(texts)
@example("van der Berg")
@example("'s-Gravesande")
@example("van den")
@example("İnan")
@example("ĳsselstein")
def test_a_normal_surname_is_its_own_normal_form(name):
    once = normal_surname(name)
    assert re.fullmatch("[A-Z]+", once) or once == UNUSABLE
    assert normal_surname(once) == once


@many
@given(st.text(st.characters(categories=["Lu", "Ll", "Lt", "Mn", "Zs", "Pd"]), max_size=15))
def test_composed_and_decomposed_names_are_one(name):
    forms = {normal_surname(unicodedata.normalize(form, name)) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert len(forms) == 1


WRITTEN = [
    "{p}{n}",
    "van {p}{n}",
    "VAN DER {P}{N}",
    "  de {n}",
    "’t {n}",
    "'t {N}",
    "{N}",
    "el-{n}",
    "Ten  {n}",
]


@pytest.mark.parametrize("written", WRITTEN)
def test_one_surname_however_it_is_written(written):
    found = {
        normal_surname(written.format(p="", P="", n=n, N=n.upper()))
        for n in ("Böhmer", "Bohmer", "bo\u0308hmer")
    }
    assert found == {"BOHMER"}


FORMATS = ["%d-%m-%Y", "%Y%m%d", "%d/%m/%Y", "%Y-%m-%d"]


@many
@given(st.dates(date(1850, 1, 1), date(2099, 12, 31)), st.sampled_from(FORMATS))
def test_a_date_comes_back_from_every_format(day, written):
    text = day.strftime(written)
    assert iso_date(f"{written}|%Y-%m-%d %H:%M:%S", text) == day.isoformat()


@many
@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 9999))
def test_a_day_that_is_none_has_no_date(day, month, year):
    found = iso_date("%d-%m-%Y", f"{day:02}-{month:02}-{year:04}")
    try:
        expected = date(year, month, day).isoformat() if year >= 1000 else UNUSABLE
    except ValueError:
        expected = UNUSABLE
    assert found == expected


@many
@given(st.text(st.sampled_from("0123456789-/ T:.\n"), max_size=12))
def test_only_the_format_itself_is_a_date(text):
    if iso_date("%d-%m-%Y", text) != UNUSABLE:
        assert re.fullmatch("[0-9]{2}-[0-9]{2}-[0-9]{4}", text)


def letters(found):
    return base64.b32encode(found).decode().rstrip("=").lower()


def seal_slowly(kind, text, supplier=""):
    local = f":{supplier}" if KINDS[kind].local else ""
    if KINDS[kind].person:
        return "p7." + letters(ristretto.sealed(KEY.scalar, f"das:point:1:{kind}{local}\0{text}".encode()))
    secret = KEY.own if local else KEY.things
    return "p1." + letters(hmac.digest(secret, f"das:pre:1:{kind}{local}\0{text}".encode(), "sha256")[:16])


@settings(max_examples=25, deadline=None)
@given(st.lists(texts, max_size=6))
def test_pseudonyms_are_those_of_a_slow_and_plain_definition(values):
    for kind in KINDS:
        sealer = Sealer(small.HOF, kinds=KINDS, key=KEY)
        found = sealer.pseudonyms(strings(*values), KINDS[kind]).to_pylist()
        assert found == [seal_slowly(kind, v, "hof") for v in values]
        form = PERSON if KINDS[kind].person else THING
        assert all(re.fullmatch(form.replace(r"\z", r"\Z"), p) for p in found)
        assert sealer.pseudonyms(strings(*values), KINDS[kind]).to_pylist() == found


@settings(max_examples=25, deadline=None)
@given(texts, st.binary(min_size=31, max_size=31), st.binary(min_size=31, max_size=31))
def test_every_supplier_leads_to_the_one_point_of_the_domain(text, one, other):
    """h / k times k times P is h times P, and no supplier's letters are another's."""
    assume(one != other and any(one) and any(other))
    seen, arrived = set(), set()
    for scalar in (one + b"\0", other + b"\0"):
        sealer = Sealer(small.WIJK, kinds=KINDS, key=SupplierKey("wijk", 1, scalar, KEY.own, KEY.things))
        sealed = sealer.pseudonyms(strings(text), KINDS["Bsn"])
        domain = Domain(Path())
        domain._ratio = lambda *_, scalar=scalar, **_version: over(HALF, scalar)
        seen.add(sealed[0].as_py())
        arrived.update(domain.of(sealed, KINDS["Bsn"], supplier="wijk"))
    assert len(seen) == 2
    assert arrived == {ristretto.sealed(HALF, f"das:point:1:Bsn\0{text}".encode())}


names = st.sampled_from(
    [
        "Jansen",
        "de Wit",
        "van der Berg",
        "Y\N{LATIN SMALL LETTER DOTLESS I}lmaz",
        "Ødegård",
        "’t Hart",
        "El Amrani",
        "Müller",
    ]
)
persons = st.tuples(numbers, names, st.dates(date(1930, 1, 1), date(2015, 1, 1)), st.sampled_from("MV"))
cases = st.integers(0, 10**10 - 1).map("{:010}".format)


def sealed(supplier, name, **columns):
    """The package columns of one row."""
    sealer = Sealer(supplier, kinds=KINDS, key=KEY)
    row = pa.table({column: strings(cell) for column, cell in columns.items()})
    package = supplier.tables[name].package.values()
    return {c.kind: sealer.column(row, c).to_pylist()[0] for c in package if c.how == "seal"}


@settings(max_examples=100, deadline=None)
@given(persons, cases, st.sampled_from("/-."), st.booleans())
def test_one_person_and_one_case_meet_over_suppliers_with_different_layouts(person, number, sign, zero_lost):
    bsn, name, born, sex = person
    written = f"{number[:2]}{sign}{number[2:8]}-{number[8:]}"
    shown = bsn[1:] if zero_lost and bsn[0] == "0" else bsn
    about = {"SKN": "12345678", "NAAM": name, "GEBOREN": born.strftime("%d-%m-%Y"), "GESLACHT": sex}
    wijk = sealed(small.WIJK, "personen", BSN=shown, **about)
    wijk |= sealed(small.WIJK, "zaken", PARKETNR=written, VOLGNR="1", DATUM="")
    about = {"geboren": born.strftime("%Y%m%d"), "sekse": {"M": "man", "V": "vrouw"}[sex]}
    loud = unicodedata.normalize("NFD", name.upper())
    hof = sealed(small.HOF, "zittingen", nr="7", bsn=bsn, zaak=number, naam=loud, **about)
    for kind in ("Bsn", "BirthSexName", "CaseNumber"):
        assert wijk[kind] == hof[kind]
        assert wijk[kind].startswith("p7." if KINDS[kind].person else "p1.")


@many
@given(nine, nine)
def test_two_numbers_never_share_a_pseudonym_and_one_never_shares_it_over_kinds(one, other):
    assume(one != other)
    sealer = Sealer(small.WIJK, kinds=KINDS, key=KEY)
    found = [*sealer.pseudonyms(strings(one, other), KINDS["Bsn"]).to_pylist()]
    found += sealer.pseudonyms(strings(one), KINDS["Skn"]).to_pylist()
    assert len(set(found)) == 3


@many
@given(st.sampled_from(sorted(KINDS)), st.lists(st.one_of(texts, nine, st.none()), min_size=1, max_size=20))
def test_what_is_sealed_is_a_pseudonym_a_mark_or_nothing(kind, values):
    card = small.supplier("los", [small.table("t", "!c", [small.seal(kind, small.Part(column="c"))])])
    (column,) = card.tables["t"].package.values()
    sealer = Sealer(card, kinds=KINDS, key=KEY)
    found = sealer.column(pa.table({"c": strings(*values)}), column).to_pylist()
    blank = [v is None or v == "" for v in values]
    assert [f is None for f in found] == blank
    assert all(
        f in {None, "!format", "!check"} or re.fullmatch(r"p1\.[a-z2-7]{26}|p7\.[a-z2-7]{52}", f)
        for f in found
    )
    marks = faults(normalise(strings(*values), KINDS[kind]), KINDS[kind]).to_pylist()
    assert sealer.tallies[column.name].unusable == sum(
        m is not None and not b for m, b in zip(marks, blank, strict=True)
    )


@many
@given(
    numbers,
    st.sampled_from(["{}", " {} ", "bsn {}", "{}.", "({})", "x, {}, y", "{}\n", "nr:{}"]),
)
def test_a_citizens_number_is_seen_in_any_text(number, around):
    assert (
        fault_of_plain(strings("dader", around.format(number))) == "what looks like a citizen service number"
    )


@many
@given(nine.filter(lambda n: not passes_slowly(n)), st.sampled_from(["{}", "bsn {}", "{}."]))
def test_nine_digits_that_fail_the_eleven_test_are_nobodys(number, around):
    assert fault_of_plain(strings(around.format(number))) is None
