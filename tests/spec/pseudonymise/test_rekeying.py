"""What a pseudonym is: a keyed hash, one domain a kind, the version in front."""

import base64
import hashlib
import hmac

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_analysis.errors import Refused
from das_analysis.vault.host_key import HostKey
from das_analysis.vault.rekey import Rekeying, base32

KEY = HostKey(1, bytes(range(32)))
PRE = st.from_regex(r"p[0-9]{1,2}\.[a-z2-7]{26}", fullmatch=True).filter(str.isascii)


def rekey(values, kind="Skn", key=KEY):
    return Rekeying(key).column(pa.array(values, pa.string()), kind).to_pylist()


@given(st.lists(PRE, max_size=8), st.sampled_from(["Skn", "CaseNumber"]), st.integers(1, 12))
def test_it_is_hmac_sha256_with_a_domain_in_base32(values, kind, version):
    expected = []
    for value in values:
        digest = hmac.digest(KEY.secret, f"das:host:{version}:{kind}:{value}".encode(), "sha256")[:16]
        expected.append(f"h{version}." + base64.b32encode(digest).decode().lower().rstrip("="))
    assert rekey(values, kind, HostKey(version, KEY.secret)) == expected


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=5))
def test_base32_is_that_of_the_standard(digests):
    expected = [base64.b32encode(d).decode().lower().rstrip("=") for d in digests]
    assert [bytes(row).decode() for row in base32(b"".join(digests))] == expected


def test_the_same_number_of_two_kinds_gives_two_pseudonyms():
    value = "p1." + "a" * 26
    assert rekey([value], "Skn") != rekey([value], "Bsn")


def test_another_key_gives_other_pseudonyms():
    value = "p1." + "a" * 26
    assert rekey([value]) != rekey([value], key=HostKey(1, hashlib.sha256(b"other").digest()))


def test_blank_stays_blank_and_order_stays_order():
    a, b = "p1." + "a" * 26, "p1." + "b" * 26
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
    "a line more": "p1." + "a" * 26 + "\n",
}


@pytest.mark.parametrize("value", NO_PRE_PSEUDONYM.values(), ids=NO_PRE_PSEUDONYM.keys())
def test_anything_else_than_a_pre_pseudonym_is_refused_and_not_shown(value):
    with pytest.raises(Refused, match="else than pre-pseudonyms") as error:
        rekey(["p1." + "b" * 26, value])
    assert len(value) < 3 or value not in str(error.value)
