"""From an expression of text to compressed pieces of a file, streaming, on whichever engine holds the rows.

A gzip member or a zstd frame can follow another, so every batch is packed on its own: by several threads
beside DuckDB, or by the workers of Spark, each with one batch in memory.
"""

from __future__ import annotations

import gzip
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from das_analysis.errors import Refused, TryAgain

if TYPE_CHECKING:
    import duckdb
    import ibis
    import pyarrow as pa

ENDINGS = {"zstd": ".zst", "gzip": ".gz", "none": ""}
SETTINGS = {"memory_limit": "512MB", "threads": "1"}  # one thread makes the text faster than two pack it
BATCH = 2048  # rows: what the engine makes at a time, some megabytes of text
THREADS = 2
FAST = 1  # level of compression: text as regular as this becomes hardly smaller at higher ones

Pack = Callable[[bytes | memoryview], bytes]


def packer(compress: str) -> Pack:
    """Return what packs one piece of a file. Raises Refused for a way that is not among ENDINGS."""
    import pyarrow as pa

    if compress == "none":
        return bytes
    if compress == "gzip":
        return lambda piece: gzip.compress(piece, compresslevel=FAST, mtime=0)
    if compress == "zstd":
        codec = pa.Codec("zstd", compression_level=FAST)
        return lambda piece: bytes(codec.compress(piece, asbytes=True))
    raise Refused(f"no compression {compress!r}", todo=f"use one of {', '.join(ENDINGS)}")


def pieces(texts: ibis.Table, compress: str) -> Iterator[bytes]:
    """Give the packed pieces of a table with one column of text, in order.

    Raises TryAgain, without a value, when the engine stops.
    """
    backend = texts.get_backend()
    sql = str(backend.compile(texts))
    if backend.name == "pyspark":
        yield from _spark_pieces(backend, sql, compress=compress)
    else:
        yield from _packed(_duckdb_batches(backend, sql), packer(compress))


def _duckdb_batches(backend: Any, sql: str) -> Iterator[pa.RecordBatch]:  # noqa: ANN401 - Ibis has no types
    import duckdb

    con = backend.con
    before = {name: con.sql(f"SELECT current_setting('{name}')").fetchall()[0][0] for name in SETTINGS}
    try:
        _set(con, SETTINGS)
        yield from con.sql(sql).to_arrow_reader(BATCH)
    except duckdb.Error as error:
        kind = type(error).__name__
        raise TryAgain(f"the engine stopped: {kind}", todo="do the same again: it goes on there") from None
    finally:
        _set(con, before)


def _set(con: duckdb.DuckDBPyConnection, settings: Mapping[str, object]) -> None:
    for name, value in settings.items():
        con.execute(f"SET {name} = '{value}'")


def _packed(batches: Iterable[pa.RecordBatch], pack: Pack) -> Iterator[bytes]:
    waiting: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(THREADS) as threads:
        for batch in batches:
            waiting.append(threads.submit(pack, _bytes(batch)))
            if len(waiting) > 2 * THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _bytes(batch: pa.RecordBatch) -> memoryview:
    """Return the texts of a batch: they stand side by side in one buffer, which is the file's text."""
    import pyarrow as pa

    column = batch.column(0).cast(pa.large_string())
    _, ends, text = column.buffers()
    if not len(column) or text is None:
        return memoryview(b"")
    bounds = memoryview(ends).cast("q")
    return memoryview(text)[bounds[column.offset] : bounds[column.offset + len(column)]]


def _spark_pieces(backend: Any, sql: str, *, compress: str) -> Iterator[bytes]:  # noqa: ANN401 - Ibis has no types
    """Pack on the workers, and fetch one partition after another."""

    def pack_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        pack = packer(compress)
        for batch in batches:
            packed = pa.array([pack(_bytes(batch))], pa.binary())
            yield pa.RecordBatch.from_arrays([packed], ["piece"])

    frame = backend._session.sql(sql).mapInArrow(pack_batches, "piece binary")  # noqa: SLF001 - the only way
    for row in frame.toLocalIterator():
        yield bytes(row.piece)
