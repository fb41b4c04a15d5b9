"""From a supplier's pre-pseudonym to the host's pseudonym, by way of the domain, which no disk ever sees.

Of a person: the supplier's point, multiplied by the host's ratio for that supplier, is the domain's, the
same from every supplier. Of a thing all suppliers have one pre-pseudonym already. Either is hashed under the
host's key: HMAC-SHA-256, a domain a kind, 128 bits in base32.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.keys.holder import read_ratio
from das_analysis.keys.keyed import THING, Keyed, base32, texts
from das_analysis.keys.points import PERSON, Once, multiply, point_of

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from das_analysis.model import Kind
    from das_analysis.vault.host_key import HostKey


def pre_pseudonym(kind: Kind) -> str:
    """Return the pattern of a kind's pre-pseudonyms."""
    return PERSON if kind.person else THING


class Domain:
    """Leads pre-pseudonyms of any supplier to the domain; each distinct one of a person is computed once."""

    def __init__(self, keys: Path) -> None:
        self._ratio = cache(partial(read_ratio, keys))
        self._points: dict[tuple[str, str], Once] = {}

    def of(self, values: pa.Array, kind: Kind, *, supplier: str) -> list[bytes]:
        """Return what is to be hashed of distinct pre-pseudonyms of a kind.

        Raises Refused when one is none: then it could be an identity, and hashing would hide it.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        fits = pc.all(pc.match_substring_regex(values, pre_pseudonym(kind)), min_count=0).as_py()
        if not fits:
            raise _no_pre_pseudonym(kind)
        found: list[bytes] = values.cast(pa.binary()).to_pylist()
        if not kind.person:
            return found
        once = self._points.setdefault((supplier, kind.name), Once(partial(self._lead, supplier)))
        try:
            return once.of(found)
        except ValueError:
            raise _no_pre_pseudonym(kind) from None

    def _lead(self, supplier: str, found: list[bytes]) -> list[bytes]:
        parts = [text.decode("ascii")[1:].split(".") for text in found]
        ratios = [self._ratio(supplier, version=int(version)) for version, _ in parts]
        return multiply(ratios, [point_of(letters) for _, letters in parts])


class Rekeying:
    """Makes the host's pseudonyms of one version of its key."""

    def __init__(self, key: HostKey, domain: Domain) -> None:
        self.version = key.version
        self._keyed, self._domain = Keyed(key.secret), domain

    def column(self, values: pa.Array, kind: Kind, *, supplier: str) -> pa.Array:
        """Return the host's pseudonyms of one supplier's: `h<version>.` and 26 letters; NULL stays NULL.

        Raises Refused when a value is no pre-pseudonym of this kind, or the host has no ratio for its key.
        """
        encoded = values.dictionary_encode()
        found = self._domain.of(encoded.dictionary, kind, supplier=supplier)
        digests = self._keyed.digests(f"das:host:{self.version}:{kind.name}:".encode(), found)
        return texts(f"h{self.version}.", base32(digests)).take(encoded.indices)


def _no_pre_pseudonym(kind: Kind) -> Refused:
    return Refused(
        "a key holds something else than pre-pseudonyms",
        where=f"kind {kind.name}",
        todo="tell the supplier: an identity may have come through",
    )
