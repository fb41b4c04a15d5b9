"""The ceremony: the key holder makes what suppliers and host need, and neither sees the other's.

`holder.key` stays with the holder: the domain's scalar h, and the secret for numbers of things. A supplier
gets `suppliers/<id>.key`: its own scalar k, a secret of its own and that for numbers of things. The host gets
`ratios/<id>-<version>.key`: h / k, out of which neither h nor k can be made.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from das_analysis.errors import Refused
from das_analysis.keys.files import KeyFile, change, make, new_secret, read, secret_of, written
from das_analysis.keys.points import hashed, multiply, new_scalar, over

_GIVEN = "have the key holder make it: das keys supplier"


@dataclass(frozen=True, slots=True)
class SupplierKey:
    """What one supplier seals with. `key_id` names it and gives nothing of it away.

    `scalar` is for persons, `own` for numbers that mean nothing outside the supplier, `things` for numbers of
    things that two suppliers have in common.
    """

    supplier: str
    version: int
    scalar: bytes = field(repr=False)
    own: bytes = field(repr=False)
    things: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        """Which supplier's key it is, and of which alliance: two words of 16 hexadecimals."""
        return f"s2-{_named(self.scalar)}-{_named(self.things)}"


def alliance_of(key_id: str) -> str:
    """Return the part of a key's id that all suppliers of one alliance have in common."""
    return key_id.rpartition("-")[2]


def new_holder(keys: Path) -> None:
    """Make `holder.key` in the folder `keys`. Raises Refused when there is one: another loses every link."""
    made = {"domain": written(new_scalar()), "things": written(new_secret()), "issued": {}}
    make(_holder(keys), made | {"made_on": _today()})


def new_supplier(keys: Path, supplier: str, *, rotate: bool = False) -> int:
    """Make a supplier's key and the host's ratio for it, in two files, and return the key's version.

    With `rotate` the next version: what the host makes of it is the same as before. Raises Refused without
    `holder.key`, for a supplier that has a key already, or, with `rotate`, for one that has none.
    """
    file = _holder(keys)
    content = read(file)
    domain, things = _of_holder(file, content)
    last = int(content["issued"].get(supplier, 0))
    if bool(last) != rotate:
        what = "has a key already" if last else "has no key yet"
        todo = "give it the next version with --rotate" if last else "make its first one without --rotate"
        raise Refused(f"the supplier {what}", where=supplier, todo=todo)
    version, scalar = last + 1, new_scalar()
    head = {"supplier": supplier, "version": version, "made_on": _today()}
    own = hmac.digest(domain, f"das:own:1:{supplier}".encode(), "sha256")  # the same over its versions
    sealed = {"scalar": written(scalar), "own": written(own), "things": written(things)}
    change(file, content | {"issued": content["issued"] | {supplier: version}})  # first: no version twice
    make(ratio_file(keys, supplier, version=version), head | {"ratio": written(over(domain, scalar))})
    (change if last else make)(supplier_file(keys, supplier), head | sealed)
    return version


def issued(keys: Path) -> dict[str, int]:
    """Return the version of each supplier's newest key. Raises Refused without `holder.key`."""
    file = _holder(keys)
    content = read(file)
    _of_holder(file, content)
    return {str(supplier): int(version) for supplier, version in content["issued"].items()}


def read_supplier(keys: Path, supplier: str) -> SupplierKey:
    """Read a supplier's key. Raises Refused: absent, damaged or another's; NoPermission: open to others."""
    file = supplier_file(keys, supplier)
    content = read(file)
    try:
        found = [secret_of(content[name]) for name in ("scalar", "own", "things")]
        key = SupplierKey(str(content["supplier"]), int(content["version"]), *found)
        multiply([key.scalar], [hashed(b"das:base:1")])
    except (ValueError, KeyError, TypeError):
        raise file.refuse() from None
    if key.supplier != supplier:
        raise Refused("this is the key of another supplier", where=file.path.name, todo=_GIVEN)
    return key


def read_ratio(keys: Path, supplier: str, *, version: int) -> bytes:
    """Return the scalar that leads from a supplier's points to the domain's. Raises Refused, NoPermission."""
    file = ratio_file(keys, supplier, version=version)
    content = read(file)
    try:
        ratio = secret_of(content["ratio"])
        multiply([ratio], [hashed(b"das:base:1")])
    except (ValueError, KeyError, TypeError):
        raise file.refuse() from None
    if (content.get("supplier"), content.get("version")) != (supplier, version):
        raise Refused("this is the ratio of another key", where=file.path.name, todo=_GIVEN)
    return ratio


def supplier_file(keys: Path, supplier: str) -> KeyFile:
    """Return where a supplier's key is."""
    return KeyFile(keys / "suppliers" / f"{supplier}.key", f"key of supplier {supplier!r}", _GIVEN)


def ratio_file(keys: Path, supplier: str, *, version: int) -> KeyFile:
    """Return where the host keeps what leads from a supplier's key to the domain."""
    what = f"ratio for version {version} of the key of {supplier!r}"
    return KeyFile(keys / "ratios" / f"{supplier}-{version}.key", what, _GIVEN)


def _holder(keys: Path) -> KeyFile:
    return KeyFile(keys / "holder.key", "holder's key", "make it once for the alliance: das keys holder")


def _of_holder(file: KeyFile, content: dict[str, Any]) -> tuple[bytes, bytes]:
    try:
        content["issued"].items()
        return secret_of(content["domain"]), secret_of(content["things"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise file.refuse() from None


def _named(secret: bytes) -> str:
    return hmac.new(secret, b"das:key-id:1", hashlib.sha256).hexdigest()[:16]


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
