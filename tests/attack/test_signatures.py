"""Nobody but a supplier whom the host trusts today brings a package in, and nobody changes one on its way."""

import base64
import json
import random
import shutil
from datetime import date
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from das_analysis.errors import BadDelivery, NoPermission, Refused
from das_analysis.intake import terms
from das_analysis.intake.signers import FILE, revoke, trust, trusted
from das_analysis.intake.signing import DOMAIN, fingerprint, new_signer, read_signer, signer_file

SPEC = spec_from_file_location("desk", Path(__file__).parents[1] / "spec" / "deliver" / "desk.py")
SMALL = module_from_spec(SPEC)
SPEC.loader.exec_module(SMALL)


@pytest.fixture
def desk(tmp_path):
    return SMALL.Desk(tmp_path, SMALL.make_model())


@pytest.fixture
def package(desk):
    return desk.deliver([SMALL.person()], [SMALL.case()])


def refused(desk, package, reason, kind=Refused):
    with pytest.raises(kind, match=reason) as refusal:
        desk.receive(package)
    assert not desk.lake.exists()
    return str(refusal.value)


def signature_of(package):
    return json.loads((package.path / "manifest.sig").read_text())


def put(package, **changed):
    (package.path / "manifest.sig").write_text(json.dumps({**signature_of(package), **changed}))


# ---------------------------------------------------------------- on its way


def test_what_was_signed_comes_in_and_its_signature_is_kept(desk, package):
    (delivery,) = desk.receive(package)
    kept = desk.lake / "received" / delivery.delivery_id / "manifest.sig"
    assert kept.read_bytes() == (package.path / "manifest.sig").read_bytes()


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sig", "personen.parquet", "zaken.parquet"])
def test_a_bit_flipped_anywhere(desk, package, name):
    path = package.path / name
    whole, chance = path.read_bytes(), random.Random(7)
    places = range(len(whole)) if len(whole) < 300 else chance.sample(range(len(whole)), 60)
    for place in places:
        spoilt = bytearray(whole)
        spoilt[place] ^= 1 << chance.randrange(8)
        path.write_bytes(spoilt)
        if json_equal(name, whole, spoilt):
            continue  # another blank between the words of the signature's file: nothing was changed
        refused(desk, package, "signature|signed by a key|its hash differs")
    path.write_bytes(whole)
    assert len(desk.receive(package)) == 1


def json_equal(name, one, other):
    try:
        return name == "manifest.sig" and json.loads(one) == json.loads(other)
    except ValueError:
        return False


def test_an_unsigned_package(desk, package):
    (package.path / "manifest.sig").unlink()
    refused(desk, package, "the package has no signature", BadDelivery)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}", b"[]", b"null", b"\xff", b"[" * 4000, b'{"signer": 1, "signature": ""}'),
        *(b'{"signer": "e1", "signature": "%"}', b'{"signer": ["e1"], "signature": "AA=="}'),
    ],
)
def test_a_signature_that_is_none(desk, package, content):
    (package.path / "manifest.sig").write_bytes(content)
    refused(desk, package, "not one of das deliver", BadDelivery)


def test_a_signature_too_large_to_be_one(desk, package):
    (package.path / "manifest.sig").write_bytes(b" " * 5000)
    refused(desk, package, "the signature is larger than 4 KiB", BadDelivery)


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length(desk, package, length):
    put(package, signature=base64.b64encode(bytes(length)).decode())
    refused(desk, package, "does not fit", BadDelivery)


def test_an_older_package_under_another_sequence_or_period(desk, package):
    path = package.path / "manifest.json"
    for old, new in (('"sequence": 1', '"sequence": 2'), ("2026-Q3", "2026-Q2")):
        whole = path.read_text()
        path.write_text(whole.replace(old, new))
        assert path.read_text() != whole
        refused(desk, package, "does not fit", BadDelivery)
        path.write_text(whole)


def test_the_signature_of_another_package_of_the_same_supplier(desk, package):
    other = desk.deliver([SMALL.person(ROL="getuige")], sequence=2)
    shutil.copy(other.path / "manifest.sig", package.path)
    refused(desk, package, "does not fit", BadDelivery)


def test_a_signature_over_the_manifest_without_the_domain(desk, package):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    secret = Ed25519PrivateKey.from_private_bytes(read_signer(desk.keys, "wijk").secret)
    manifest = (package.path / "manifest.json").read_bytes()
    put(package, signature=base64.b64encode(secret.sign(manifest)).decode())
    refused(desk, package, "does not fit", BadDelivery)
    put(package, signature=base64.b64encode(secret.sign(DOMAIN + manifest)).decode())
    assert len(desk.receive(package)) == 1


# ---------------------------------------------------------------- who signs


def test_another_suppliers_signature(desk, package):
    signature = read_signer(desk.keys, "hof").sign((package.path / "manifest.json").read_bytes())
    (package.path / "manifest.sig").write_text(signature)
    refused(desk, package, "of supplier 'wijk' is signed by supplier 'hof'", NoPermission)


def test_another_name_over_the_same_signature(desk, package):
    put(package, signer=fingerprint(read_signer(desk.keys, "hof").public))
    refused(desk, package, "does not fit", BadDelivery)


def test_a_key_that_nobody_trusted(desk, package):
    new_signer(desk.home / "stranger", "wijk")
    signature = read_signer(desk.home / "stranger", "wijk").sign(
        (package.path / "manifest.json").read_bytes()
    )
    (package.path / "manifest.sig").write_text(signature)
    told = refused(desk, package, "a key that the host does not know", NoPermission)
    assert signature_of(package)["signer"] not in told  # nothing out of a package that is not believed


def test_a_host_that_trusts_nobody_lets_nothing_in(desk, package):
    (desk.keys / FILE).unlink()
    refused(desk, package, "a key that the host does not know", NoPermission)


def test_a_key_swapped_in_the_hosts_list_is_seen(desk, package):
    path = desk.keys / FILE
    content = json.loads(path.read_text())
    one, other = content["signers"]
    one["public"], other["public"] = other["public"], one["public"]
    path.write_text(json.dumps(content))
    refused(desk, package, "the list of trusted signers is damaged")


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"signers": 1}', '{"signers": [{}]}', '{"signers": ["x"]}']
)
def test_a_damaged_list_lets_nothing_in(desk, package, content):
    (desk.keys / FILE).write_text(content)
    refused(desk, package, "the list of trusted signers is damaged")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_list_that_others_can_change_is_not_believed(desk, package, mode):
    (desk.keys / FILE).chmod(mode)
    refused(desk, package, "others can change whose signature is believed", NoPermission)


def test_a_list_in_a_folder_that_others_can_change_is_not_believed(desk, package):
    desk.keys.chmod(0o770)
    refused(desk, package, "others can change whose signature is believed", NoPermission)


# ---------------------------------------------------------------- the host's word


@pytest.mark.parametrize(
    ("day", "comes_in"),
    [("2026-02-28", False), ("2026-03-01", True), ("2026-04-30", True), ("2026-05-01", False)],
)
def test_a_key_counts_from_its_first_to_its_last_day(desk, monkeypatch, day, comes_in):
    package = desk.deliver([SMALL.person()], period="2026-Q1")
    name = signature_of(package)["signer"]
    SMALL.trusted(desk.keys, "wijk", name, date(2026, 3, 1), date(2026, 4, 30))
    monkeypatch.setattr(terms, "today", lambda: date.fromisoformat(day))
    if comes_in:
        assert len(desk.receive(package)) == 1
    else:
        told = refused(desk, package, "the host does not trust today", NoPermission)
        assert "from 2026-03-01" in told or "until 2026-04-30" in told


def test_a_revoked_key_lets_nothing_in_and_cannot_be_trusted_again(desk, package):
    name = signature_of(package)["signer"]
    revoke(desk.keys, name, on=date(2026, 10, 1))
    assert "revoked on 2026-10-01" in refused(desk, package, "does not trust today", NoPermission)
    revoke(desk.keys, name, on=date(2027, 1, 1))
    assert {t.revoked_on for t in trusted(desk.keys)} == {"2026-10-01", ""}
    with pytest.raises(Refused, match="was revoked"):
        SMALL.trusted(desk.keys, "wijk", name)
    with pytest.raises(Refused, match="ever trusted"):
        revoke(desk.keys, "e1-0", on=date(2027, 1, 1))


def test_keys_are_rotated_by_the_hosts_word(desk, package):
    old = signature_of(package)["signer"]
    new = new_signer(desk.keys, "wijk", rotate=True)
    second = desk.deliver([SMALL.person(ROL="getuige")], sequence=2)
    refused(desk, second, "a key that the host does not know", NoPermission)
    SMALL.trusted(desk.keys, "wijk", new)
    assert len(desk.receive(package, second)) == 2  # both count, until the old one is revoked
    revoke(desk.keys, old, on=date(2026, 10, 1))
    with pytest.raises(NoPermission, match="does not trust today"):
        desk.receive(package)
    assert len(desk.receive(second)) == 1


def test_a_fingerprint_that_is_not_that_of_the_file_is_not_trusted(desk):
    path = signer_file(desk.keys, "wijk").with_suffix(".pub")
    days = {"since": date(2026, 1, 1), "until": date(2026, 12, 31)}
    with pytest.raises(Refused, match="fingerprint is not that of this key"):
        trust(desk.keys, path, name=fingerprint(read_signer(desk.keys, "hof").public), **days)
    name = fingerprint(read_signer(desk.keys, "wijk").public)
    with pytest.raises(Refused, match="last day lies before the first"):
        trust(desk.keys, path, name=name, since=days["until"], until=days["since"])
    path.write_text("no key")
    with pytest.raises(Refused, match="not a public key"):
        trust(desk.keys, path, name="e1-0", **days)


def test_one_key_is_never_that_of_two_suppliers(desk):
    path = signer_file(desk.keys, "wijk").with_suffix(".pub")
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "supplier": "hof"}))
    with pytest.raises(Refused, match="is another supplier's"):
        SMALL.trusted(desk.keys, "wijk", content["signer"])


# ---------------------------------------------------------------- at the supplier


def test_without_a_key_to_sign_with_nothing_is_delivered(desk):
    signer_file(desk.keys, "wijk").unlink()
    with pytest.raises(Refused, match=r"no signing key(.|\n)*das keys signer wijk"):
        desk.deliver([SMALL.person()])
    assert desk.state() == {}


def test_a_signing_key_is_its_owners_only_and_never_shown(desk):
    path = signer_file(desk.keys, "wijk")
    assert path.stat().st_mode & 0o777 == 0o600
    secret = json.loads(path.read_text())["secret"]
    signer = read_signer(desk.keys, "wijk")
    assert secret not in path.with_suffix(".pub").read_text()
    assert secret not in repr(signer)
    assert repr(signer.secret) not in repr(signer)
    path.chmod(0o640)
    with pytest.raises(NoPermission, match="others than its owner"):
        desk.deliver([SMALL.person()])


def test_a_signing_key_is_replaced_on_purpose_only(desk):
    before = signer_file(desk.keys, "wijk").read_bytes()
    with pytest.raises(Refused, match="a signing key already"):
        new_signer(desk.keys, "wijk")
    with pytest.raises(Refused, match="no signing key yet"):
        new_signer(desk.home / "empty", "wijk", rotate=True)
    assert signer_file(desk.keys, "wijk").read_bytes() == before


@pytest.mark.parametrize("change", [{"supplier": "hof"}, {"public": ""}, {"secret": "AA=="}, {"more": "x"}])
def test_a_signing_key_that_is_damaged_or_anothers(desk, change):
    path = signer_file(desk.keys, "wijk")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(Refused, match=r"signing key (cannot be read|is another supplier's)"):
        desk.deliver([SMALL.person()])
