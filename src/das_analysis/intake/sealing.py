"""Swaps normalised identities for pre-pseudonyms: HMAC-SHA-256, supplier-side key, a domain in every one.

`das:pre:1:<Kind>`, and the supplier's name behind it for numbers that mean nothing outside that supplier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.intake.identity import faults, month, normalise, plain_text
from das_analysis.intake.keys import SupplierKey
from das_analysis.model import Kind, PackageColumn, Supplier

PRE = "p1."
PSEUDONYM = r"\Ap1[.][a-z2-7]{25}[aeimquy4]\z"  # 128 bits leave two of the last five free: they are zero
LOCAL_KINDS = frozenset({"RegisterNumber", "StayNumber", "SpellNumber", "AssessmentNumber"})
_BLOCK, _KEPT, _LETTERS = 64, 16, 26
_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)


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
        padded = key.secret.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded))
        self._outer = hashlib.sha256(bytes(b ^ 0x5C for b in padded))

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
        """Return the pre-pseudonyms of normalised, usable texts of a kind: `p1.` and 26 letters of base32."""
        inner = self._inner.copy()
        local = f":{self.card.id}" if kind.name in LOCAL_KINDS else ""
        inner.update(f"das:pre:1:{kind.name}{local}\0".encode())
        outer, digests = self._outer, []
        for text in values.cast(pa.binary()).to_numpy(zero_copy_only=False).tolist():  # faster than to_pylist
            first = inner.copy()
            first.update(text)
            second = outer.copy()
            second.update(first.digest())
            digests.append(second.digest())
        return _texts(_base32(b"".join(digests), len(digests)))


def _base32(digests: bytes, count: int) -> npt.NDArray[np.uint8]:
    """Return the first 128 bits of each digest in lower-case base32, one row a digest."""
    wide = np.zeros((count, _KEPT + 1), np.uint16)  # a byte of zeros behind the last one
    wide[:, :_KEPT] = np.frombuffer(digests, np.uint8).reshape(count, hashlib.sha256().digest_size)[:, :_KEPT]
    letters = np.empty((count, _LETTERS), np.uint8)
    for place in range(_LETTERS):
        byte, bit = divmod(5 * place, 8)
        five = ((wide[:, byte] << 8) | wide[:, byte + 1]) >> (11 - bit) & 31
        letters[:, place] = _ALPHABET[five]
    return letters


def _texts(letters: npt.NDArray[np.uint8]) -> pa.Array:
    """Return rows of letters as an Arrow array of strings, `p1.` put before each."""
    count, width = len(letters), len(PRE) + _LETTERS
    whole = np.empty((count, width), np.uint8)
    whole[:, : len(PRE)] = np.frombuffer(PRE.encode(), np.uint8)
    whole[:, len(PRE) :] = letters
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(whole.tobytes()))
