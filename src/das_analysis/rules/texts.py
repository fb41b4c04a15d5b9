"""Texts of one form judged by their bytes, many rows at once.

`^[a-z][0-9]+[.][a-z2-7]{26}$` says of a text of a known length between which bounds each byte lies. A text
whose bytes all lie there is well formed; only the others are handed to the pattern itself, so a finding is
always the pattern's own. A pattern that says more than that is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

BATCH = 16_384  # rows: few enough that their bytes stay in the processor's cache
_PIECE = 1 << 20  # bytes of a file read at once
_ONE = r"(?:\[(?P<set>(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[._/:()])+-?)\]|(?P<byte>[A-Za-z0-9_/: -]))"
_TIMES = r"(?:\{(?P<least>[0-9]+)(?P<to>,(?P<most>[0-9]*))?\}|(?P<sign>[+*?]))?"
_ITEM = re.compile(_ONE + _TIMES)
_FORM = re.compile(r"\^(?:" + re.sub(r"\?P<[a-z]+>", "?:", _ITEM.pattern) + r")*\$")
_SIGNS = {"+": (1, None), "*": (0, None), "?": (0, 1)}

Bounds = tuple[tuple[int, int], ...]  # of a byte, both included; one of them holds


class Item(NamedTuple):
    """So many bytes within the same bounds; without an end where `most` is None."""

    bounds: Bounds
    least: int
    most: int | None


@lru_cache
def items_of(pattern: str) -> tuple[Item, ...] | None:
    """Return what a pattern says of each byte; None where it says more, or the length tells too little."""
    if not _FORM.fullmatch(pattern):
        return None
    items = tuple(_item(found) for found in _ITEM.finditer(pattern[1:-1]))
    return items if sum(item.least != item.most for item in items) <= 1 else None


def _item(found: re.Match[str]) -> Item:
    sign, least, to, most = found["sign"], found["least"], found["to"], found["most"]
    if sign:
        return Item(_bounds(found), *_SIGNS[sign])
    fewest = int(least or 1)
    return Item(_bounds(found), fewest, (int(most) if most else None) if to else fewest)


def _bounds(found: re.Match[str]) -> Bounds:
    pairs = re.findall(r"(.)-(.)|(.)", found["set"] or found["byte"])
    return tuple((ord(low or one), ord(high or one)) for low, high, one in pairs)


def bytes_of(items: tuple[Item, ...], length: int) -> list[Bounds] | None:
    """Return the bounds of each byte of a text of this length; None when no such text is well formed."""
    left = length - sum(item.least for item in items)
    told: list[Bounds] = []
    for item in items:
        more = left if item.least != item.most else 0
        if more < 0 or (item.most is not None and item.least + more > item.most):
            return None
        told += [item.bounds] * (item.least + more)
    return told if len(told) == length else None


def texts_in_files(paths: Iterable[Path], column: str) -> Iterator[pa.RecordBatch]:
    """Yield one column of Parquet files as `value`, and as `row` its number from 1 on through the files.

    The engine would have to make texts of its own before it hands them over: half as dear again.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    start = 1
    for path in paths:
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=_PIECE) as file:
            for batch in file.iter_batches(BATCH, columns=[column], use_threads=False):
                texts, numbers = batch.column(0), pa.py_buffer(np.arange(start, start + batch.num_rows))
                rows = pa.Array.from_buffers(pa.int64(), len(texts), [None, numbers])  # pa.array loads pandas
                plain = texts if texts.type == pa.string() else texts.cast(pa.string())
                yield pa.record_batch([plain, rows], ["value", "row"])
                start += batch.num_rows


def ill_rows(batches: Iterable[pa.RecordBatch], pattern: str) -> Iterator[pa.Array]:
    """Yield the numbers of the rows whose text does not match; a batch has the columns `value` and `row`."""
    for batch in batches:
        known = batch.drop_null() if batch.column("value").null_count else batch
        doubtful = _is_doubtful(known.column("value"), pattern)
        if doubtful.any():
            yield _unmatched(known, doubtful, pattern=pattern)


def _unmatched(batch: pa.RecordBatch, doubtful: np.ndarray, *, pattern: str) -> pa.Array:
    """Return the rows, among the doubtful, that do not match; the import of what asks takes a while."""
    import pyarrow as pa
    import pyarrow.compute as pc

    asked = batch.filter(pa.array(doubtful))
    matches = pc.match_substring_regex(asked.column("value"), f"^(?:{pattern})$")
    return asked.filter(pc.invert(matches)).column("row")


def _is_doubtful(texts: pa.Array, pattern: str) -> np.ndarray:
    """Tell for each text whether a byte lies elsewhere; for all when their lengths differ."""
    import numpy as np
    import pyarrow as pa

    _, bounds, content = texts.buffers()
    ends = np.frombuffer(bounds, np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    ends = ends[texts.offset : texts.offset + len(texts) + 1]
    length = int(ends[1] - ends[0]) if len(texts) else 0
    told = _tiled(pattern, length)
    if told is None or content is None or (np.diff(ends) != length).any():
        return np.ones(len(texts), bool)
    lows, spans = (bound[:, : len(texts) * length] for bound in told)
    given = np.frombuffer(content, np.uint8)[ends[0] : ends[-1]]
    fits = given - lows[0] <= spans[0]
    for low, span in zip(lows[1:], spans[1:], strict=True):
        fits |= given - low <= span
    return ~fits.reshape(-1, length).all(axis=1) if not fits.all() else np.zeros(len(texts), bool)


@lru_cache(maxsize=4)
def _tiled(pattern: str, length: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the least value and the span of each byte, for a whole batch, once for each pair of bounds."""
    import numpy as np

    told = bytes_of(items_of(pattern) or (), length)
    if not told:
        return None
    widest = max(map(len, told))
    pairs = np.array([(b * widest)[:widest] for b in told], np.uint8).transpose(1, 2, 0)
    return np.tile(pairs[:, 0], BATCH), np.tile(pairs[:, 1] - pairs[:, 0], BATCH)
