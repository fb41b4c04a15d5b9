"""Swaps normalised identities for pre-pseudonyms: each kind in its own domain, under the key that fits it.

Of a person (docs/decisions/0013-a-key-per-supplier.md): the text is hashed to a point of ristretto255, domain
`das:point:1:<Kind>`, and multiplied by the supplier's scalar. Numbers of things: HMAC-SHA-256, domain
`das:pre:1:<Kind>`, under the secret that suppliers share. A kind that means nothing outside its supplier has
the supplier's name behind the domain, and if it is a thing's, the supplier's own secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.intake.identity import faults, month, normalise, plain_text
from das_analysis.keys.holder import SupplierKey
from das_analysis.keys.keyed import Keyed, base32, texts
from das_analysis.keys.points import SIZE, Once, hashed, multiply
from das_analysis.model import Kind, PackageColumn, Supplier


@dataclass(slots=True)
class Tally:
    """How many values of a sealed column were there, and how many of them could not be used."""

    filled: int = 0
    unusable: int = 0


class Sealer:
    """Makes a supplier's package columns. `tallies` counts, by sealed column, what could not be used."""

    def __init__(self, card: Supplier, *, kinds: Mapping[str, Kind], key: SupplierKey) -> None:
        self.card, self.kinds = card, kinds
        self.tallies: dict[str, Tally] = {}
        self._key, self._things, self._own = key, Keyed(key.things), Keyed(key.own)
        self._points: dict[str, Once] = {}

    def column(self, table: pa.Table, column: PackageColumn) -> pa.Array | pa.ChunkedArray:
        """Return one package column, all text, for the rows of `table` (columns named as on the card)."""
        if column.how == "seal":
            return self._sealed(table, column)
        if column.how == "generalise":
            return month(table, column, card=self.card)
        source = column.parts[0].column
        return table[source] if source in table.column_names else pa.nulls(table.num_rows, pa.string())

    def _sealed(self, table: pa.Table, column: PackageColumn) -> pa.Array:
        kind = self.kinds[column.kind or ""]
        encoded = plain_text(table, column, card=self.card).dictionary_encode()
        values = normalise(encoded.dictionary, kind)
        marks = faults(values, kind)
        if column.compared:
            values = pc.if_else(pc.is_null(marks), values, pa.scalar(None, pa.string()))
            marks = pa.nulls(len(marks), pa.string())
        self._count(column.name, encoded, marks=marks.take(encoded.indices))
        good = pc.and_(pc.is_null(marks), pc.is_valid(values))
        sealed = pc.replace_with_mask(marks, good, self.pseudonyms(pc.filter(values, good), kind))
        return sealed.take(encoded.indices)

    def _count(self, name: str, encoded: pa.DictionaryArray, *, marks: pa.Array) -> None:
        tally = self.tallies.setdefault(name, Tally())
        tally.filled += len(encoded) - encoded.null_count
        tally.unusable += len(marks) - marks.null_count

    def pseudonyms(self, values: pa.Array, kind: Kind) -> pa.Array:
        """Return the pre-pseudonyms of normalised, usable texts of a kind.

        Of a person's `p<version of the key>.` and 52 letters of base32, each distinct one computed once in a
        delivery; of a thing's `p1.` and 26.
        """
        found: list[bytes] = (
            values.cast(pa.binary()).to_numpy(zero_copy_only=False).tolist()
        )  # the fastest way
        local = f":{self.card.id}" if kind.local else ""
        if not kind.person:
            keyed = self._own if kind.local else self._things
            return texts("p1.", base32(keyed.digests(f"das:pre:1:{kind.name}{local}\0".encode(), found)))
        domain = f"das:point:1:{kind.name}{local}\0".encode()
        once = self._points.setdefault(kind.name, Once(lambda fresh: self._sealed_points(domain, fresh)))
        return texts(f"p{self._key.version}.", base32(b"".join(once.of(found)), SIZE))

    def _sealed_points(self, domain: bytes, found: list[bytes]) -> list[bytes]:
        return multiply([self._key.scalar] * len(found), [hashed(domain + text) for text in found])
