"""What a pseudonym is: a keyed hash, one domain a kind, the version in front."""

import base64
import hashlib
import hmac
import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_analysis.errors import NoPermission, Refused
from das_analysis.keys import new_holder, new_supplier
from das_analysis.keys.files import written
from das_analysis.keys.holder import read_ratio
from das_analysis.keys.keyed import base32
from das_analysis.keys.points import hashed, multiply
from das_analysis.model import Kind
from das_analysis.vault.host_key import HostKey
from das_analysis.vault.rekey import Domain, Rekeying

KEY = HostKey(1, bytes(range(32)))
KINDS = {n: Kind(name=n, title=None, definition=None, sealed_pattern="^.*$") for n in ("CaseNumber", "Order")}
KINDS["Skn"] = Kind(name="Skn", title=None, definition=None, sealed_pattern="^.*$", person=True)
PRE = st.from_regex(r"p1\.[a-z2-7]{25}[aeimquy4]", fullmatch=True).filter(str.isascii)


def letters(raw):
    return base64.b32encode(raw).decode().lower().rstrip("=")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Keys of an alliance with two suppliers, one of which has had a key before."""
    keys = tmp_path_factory.mktemp("keys")
    new_holder(keys)
    new_supplier(keys, "om")
    new_supplier(keys, "om", rotate=True)
    new_supplier(keys, "dji")
    return keys


def rekey(values, kind="CaseNumber", key=KEY, home=None, supplier="om"):
    domain = Domain(home or Path())
    return (
        Rekeying(key, domain)
        .column(pa.array(values, pa.string()), KINDS[kind], supplier=supplier)
        .to_pylist()
    )


@given(st.lists(PRE, max_size=8), st.sampled_from(["Order", "CaseNumber"]), st.integers(1, 12))
def test_it_is_hmac_sha256_with_a_domain_in_base32(values, kind, version):
    expected = []
    for value in values:
        digest = hmac.digest(KEY.secret, f"das:host:{version}:{kind}:{value}".encode(), "sha256")[:16]
        expected.append(f"h{version}." + base64.b32encode(digest).decode().lower().rstrip("="))
    assert rekey(values, kind, HostKey(version, KEY.secret)) == expected


@given(st.sampled_from([16, 32]), st.data())
def test_base32_is_that_of_the_standard(width, data):
    digests = data.draw(st.lists(st.binary(min_size=width, max_size=width), max_size=5))
    assert [bytes(row).decode() for row in base32(b"".join(digests), width)] == [letters(d) for d in digests]


def test_the_same_number_of_two_kinds_gives_two_pseudonyms():
    value = "p1." + "a" * 26
    assert rekey([value], "Order") != rekey([value], "CaseNumber")


def test_another_key_gives_other_pseudonyms():
    value = "p1." + "a" * 26
    assert rekey([value]) != rekey([value], key=HostKey(1, hashlib.sha256(b"other").digest()))


def test_blank_stays_blank_and_order_stays_order():
    a, b = "p1." + "a" * 26, "p1." + "e" * 26
    first, none, second, again = rekey([a, None, b, a])
    assert none is None
    assert first == again != second
    assert rekey([]) == []


NO_PRE_PSEUDONYM = {
    "a number": "123456782",
    "too short": "p1." + "a" * 25,
    "too long": "p1." + "a" * 27,
    "already the host's": "h1." + "a" * 26,
    "a fault": "!format",
    "empty": "",
    "capitals": "p1." + "A" * 26,
    "of more bits": "p1." + "b" * 26,
    "a line more": "p1." + "a" * 26 + "\n",
    "a person's": "p1." + letters(hashed(b"x")),
}


@pytest.mark.parametrize("value", NO_PRE_PSEUDONYM.values(), ids=NO_PRE_PSEUDONYM.keys())
def test_anything_else_than_a_pre_pseudonym_is_refused_and_not_shown(value):
    with pytest.raises(Refused, match="else than pre-pseudonyms") as error:
        rekey(["p1." + "e" * 26, value])
    assert len(value) < 3 or value not in str(error.value)


def test_a_person_is_led_to_the_domain_first(home):
    point = hashed(b"somebody")
    for version in (1, 2):
        led = multiply([read_ratio(home, "om", version=version)], [point])[0]
        digest = hmac.digest(KEY.secret, b"das:host:1:Skn:" + led, "sha256")[:16]
        assert rekey([f"p{version}.{letters(point)}"], "Skn", home=home) == ["h1." + letters(digest)]


NO_POINT = {
    "the identity": letters(bytes(32)),
    "no point of the curve": letters(b"\xff" * 31 + b"\x7f"),
    "not in its one form": letters(b"\xed" + b"\xff" * 30 + b"\x7f"),
    "an odd number": letters(b"\x01" + bytes(31)),
}


@pytest.mark.parametrize("text", NO_POINT.values(), ids=NO_POINT.keys())
def test_what_is_no_point_is_refused_and_not_shown(home, text):
    good = letters(hashed(b"somebody"))
    with pytest.raises(Refused, match=r"else than pre-pseudonyms(.|\n)*kind Skn") as error:
        rekey([f"p1.{good}", f"p1.{text}"], "Skn", home=home)
    assert text not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__


@pytest.mark.parametrize(
    "value", ["p1." + "a" * 26, "p1." + "a" * 51 + "b", "p1." + "a" * 53, "12345678", "!check"]
)
def test_where_a_person_is_asked_only_a_point_will_do(home, value):
    with pytest.raises(Refused, match="else than pre-pseudonyms") as error:
        rekey([value], "Skn", home=home)
    assert value not in str(error.value)


def test_a_key_for_which_the_host_has_no_ratio_is_named(home):
    with pytest.raises(Refused, match="no ratio for version 3 of the key of 'om'"):
        rekey(["p3." + letters(hashed(b"x"))], "Skn", home=home)
    with pytest.raises(Refused, match="no ratio for version 1 of the key of 'cjib'"):
        rekey(["p1." + letters(hashed(b"x"))], "Skn", home=home, supplier="cjib")


def test_a_ratio_that_others_may_touch_or_that_is_anothers_is_refused(home, tmp_path):
    value = ["p1." + letters(hashed(b"x"))]
    (tmp_path / "ratios").mkdir()
    path = tmp_path / "ratios" / "om-1.key"
    path.write_bytes((home / "ratios" / "dji-1.key").read_bytes())
    path.chmod(0o604)
    with pytest.raises(NoPermission, match="others than its owner"):
        rekey(value, "Skn", home=tmp_path)
    path.chmod(0o600)
    with pytest.raises(Refused, match="the ratio of another key"):
        rekey(value, "Skn", home=tmp_path)
    for broken in ("", "{}", '{"ratio": "AAAA"}', json.dumps({"ratio": written(bytes(32))})):
        path.write_text(broken)
        with pytest.raises(Refused, match="cannot be read"):
            rekey(value, "Skn", home=tmp_path)
