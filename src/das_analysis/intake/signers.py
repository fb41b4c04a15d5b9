"""Whose signature the host believes: public keys of suppliers, enrolled, dated, revoked by the host's word.

They are in `signers.json` in the host's folder of keys, never in a lake: whoever may write the lake lets
nobody in.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from das_analysis.errors import BadDelivery, NoPermission, Refused
from das_analysis.intake.signing import DOMAIN, MOST, bytes_of, fingerprint, key_of, read_plain
from das_analysis.keys.files import KeyFile, change

FILE = "signers.json"
Standing = Literal["trusted", "not yet", "ended", "revoked"]
_ASK = "have the supplier deliver again, signed with a key that the host trusts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """A public key that the host took as a supplier's; the days are in UTC, the last one counts."""

    signer: str
    supplier: str
    public: str
    valid_from: str
    valid_until: str
    revoked_on: str = ""

    def standing(self, day: date) -> Standing:
        """Return how it stands on a day; revoked counts at once, whenever a package was signed."""
        if self.revoked_on:
            return "revoked"
        if day < date.fromisoformat(self.valid_from):
            return "not yet"
        return "ended" if day > date.fromisoformat(self.valid_until) else "trusted"


def trust(keys: Path, told: Path, *, name: str, since: date, until: date) -> Trusted:
    """Enrol the public key in the file `told`; the supplier said its fingerprint `name` on another road.

    Said again, it gets other days. Raises Refused when the file is no public key, when the fingerprint is not
    its own, when the days are out of order, and for a key that was revoked or is another supplier's.
    """
    with told.open("rb") as file:
        content = read_plain(file.read(MOST + 1), {"supplier", "signer", "public"})
    public = key_of(content.get("public", ""))
    if public is None:
        raise Refused("not a public key", todo="give the .pub file that das keys signer made")
    if name != fingerprint(public):
        todo = "trust nothing; ask the supplier again, by telephone, what das keys signer printed"
        raise Refused("the fingerprint is not that of this key", todo=todo)
    if since > until:
        raise Refused("the last day lies before the first", todo="exchange or correct the two days")
    known = {t.signer: t for t in trusted(keys)}
    if name in known and (known[name].revoked_on or known[name].supplier != content["supplier"]):
        raise Refused(
            "this key was revoked, or is another supplier's", where=name, todo="have a new one made"
        )
    entry = Trusted(
        signer=name,
        supplier=content["supplier"],
        public=content["public"],
        valid_from=since.isoformat(),
        valid_until=until.isoformat(),
    )
    _write(keys, {**known, name: entry})
    return entry


def revoke(keys: Path, name: str, *, on: date) -> Trusted:
    """Believe a key no more, from this moment. Raises Refused for a fingerprint that was never trusted."""
    known = {t.signer: t for t in trusted(keys)}
    if name not in known:
        raise Refused("no such fingerprint was ever trusted", todo="see das partner signers")
    entry = replace(known[name], revoked_on=known[name].revoked_on or on.isoformat())
    _write(keys, {**known, name: entry})
    return entry


def trusted(keys: Path) -> list[Trusted]:
    """Return every public key that was ever enrolled, none where there is no file yet.

    Raises NoPermission when others than its owner can change the list, Refused when it is damaged.
    """
    path = keys / FILE
    if not path.is_file():
        return []
    for place in (path, keys):
        if stat.S_IMODE(place.stat().st_mode) & 0o022:
            todo = "chmod go-w it, and look with das partner signers whether every fingerprint is known"
            raise NoPermission("others can change whose signature is believed", where=place.name, todo=todo)
    try:
        found = [Trusted(**entry) for entry in json.loads(path.read_text(encoding="ascii"))["signers"]]
        whole = all(_is_whole(entry) for entry in found)
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        todo = "restore it from its backup, or enrol the suppliers' keys again"
        raise Refused("the list of trusted signers is damaged", where=FILE, todo=todo)
    return found


def check_signature(manifest: bytes, signature: bytes, *, known: Iterable[Trusted], on: date) -> str:
    """Return whose signature is under a manifest: the id of a supplier.

    Raises BadDelivery when it is none or does not fit, NoPermission when the host does not believe its signer
    on that day. Nothing of the manifest was read before.
    """
    told = read_plain(signature, {"signer", "signature"})
    raw = bytes_of(told["signature"]) if told else None
    if raw is None:
        raise BadDelivery("the signature is not one of das deliver", where="manifest.sig", todo=_ASK)
    entry = next((t for t in known if t.signer == told["signer"]), None)
    if entry is None:
        todo = "ask the supplier for its fingerprint, then das partner trust; or let it be"
        raise NoPermission("signed by a key that the host does not know", todo=todo)
    standing = entry.standing(on)
    if standing != "trusted":
        where = f"supplier {entry.supplier!r}, {entry.signer}, {_WHEN[standing].format(**asdict(entry))}"
        raise NoPermission("signed by a key that the host does not trust today", where=where, todo=_ASK)
    if not _fits(entry, raw, manifest=manifest):
        what = "the signature does not fit: the manifest is not the one that was signed"
        raise BadDelivery(what, where="manifest.sig", todo="copy the package again")
    return entry.supplier


_WHEN: Mapping[Standing, str] = {
    "not yet": "from {valid_from}",
    "ended": "until {valid_until}",
    "revoked": "revoked on {revoked_on}",
}


def _fits(entry: Trusted, signature: bytes, *, manifest: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key_of(entry.public) or b"").verify(signature, DOMAIN + manifest)
    except InvalidSignature:
        return False
    return True


def _is_whole(entry: Trusted) -> bool:
    """Whether an entry names its own key, and its days are days."""
    days = [entry.valid_from, entry.valid_until, *filter(None, [entry.revoked_on])]
    return fingerprint(key_of(entry.public) or b"") == entry.signer and all(map(date.fromisoformat, days))


def _write(keys: Path, known: Mapping[str, Trusted]) -> None:
    ordered = sorted(known.values(), key=lambda t: (t.supplier, t.valid_from, t.signer))
    file = KeyFile(keys / FILE, "list of trusted signers", missing="")
    change(file, {"signers": [asdict(entry) for entry in ordered]})
