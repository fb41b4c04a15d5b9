"""The verb: every key of every validated table becomes the host's own pseudonym, in one commit a table.

`delivery` is written last: what is there is pseudonymised to the end. Doing it again replaces its rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import NoPermission, Refused
from das_analysis.flow import Pseudonymised, Validated
from das_analysis.lake import Room, bury, connect, enter, files, hold, replace, write
from das_analysis.lake.provenance import here, now
from das_analysis.lake.sql import literal, quote, scan
from das_analysis.model import load_model
from das_analysis.vault.host_key import read_host_key
from das_analysis.vault.rekey import PRE_PSEUDONYM, Rekeying

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from das_analysis.model import Table

Progress = Callable[[str, int, int], None]
BATCH = 100_000  # rows at a time
NOTED = ("delivery_id", "supplier", "period", "sequence", "model_version", "validated_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one run works with: an engine, the lake as the vault may use it, the deliveries, the key."""

    con: duckdb.DuckDBPyConnection
    room: Room
    ids: tuple[str, ...]
    rekeying: Rekeying
    counted: Counter[str] = field(default_factory=Counter)

    def rows(self, zone: str, table: str) -> str | None:
        """SQL for the rows of the deliveries in a table of a zone; None when there is no such table."""
        paths = files(self.room, zone, table=table)
        listed = ", ".join(map(literal, self.ids))
        return f"(SELECT * FROM {scan(paths)} WHERE delivery_id IN ({listed}))" if paths else None


def pseudonymise(validated: Validated, *, keys: Path, progress: Progress | None = None) -> Pseudonymised:
    """Give every key of the validated rows the host's pseudonym, made with the key in the folder `keys`.

    Raises Refused when a delivery is not validated to the end, when a key column holds something else than
    pre-pseudonyms or when the key is missing; NoPermission when the key is open to others or inside the lake.
    """
    if keys.resolve().is_relative_to(validated.lake.resolve()):
        raise NoPermission(
            "the keys lie inside the lake", todo="keep them apart from the data: --keys, or DAS_KEYS"
        )
    rekeying = Rekeying(read_host_key(keys))
    bury(validated.lake)
    room = enter(validated.lake, "vault")
    ids = tuple(sorted(set(validated.delivery_ids)))
    with hold(room, "pseudonymise"), connect(room) as con:
        work = Work(con=con, room=room, ids=ids, rekeying=rekeying)
        _rekey(work, progress or (lambda *_: None))
    return Pseudonymised(
        lake=validated.lake,
        delivery_ids=validated.delivery_ids,
        rows=work.counted.total(),
        key_version=rekeying.version,
        provenance=here(validated.delivery_ids),
    )


def find_pseudonymised(
    lake: Path, *, supplier: str | None = None, period: str | None = None
) -> list[Pseudonymised]:
    """Return what was pseudonymised, one value a delivery, oldest period first."""
    room = enter(lake, "vault")
    paths = files(room, "pseudonymised", table="delivery")
    if not paths:
        return []
    with connect(room) as con:
        query = f"""SELECT delivery_id, rows, key_version FROM {scan(paths)}
            WHERE coalesce(supplier = $1, true) AND coalesce(period = $2, true)
            ORDER BY supplier, period, sequence, delivery_id"""
        found = con.execute(query, [supplier, period]).fetchall()
    return [
        Pseudonymised(lake=Path(lake), delivery_ids=(i,), rows=n, key_version=v, provenance=here((i,)))
        for i, n, v in found
    ]


def _rekey(work: Work, progress: Progress) -> None:
    about = _about(work)
    tables = [t for t in load_model().tables.values() if t.name != "delivery"]
    for table in tables:
        _refuse_identities(work, table)
    for i, table in enumerate(tables):
        progress(f"pseudonymise: {table.name}", i, len(tables))
        _rekey_table(work, table)
    _finish(work, about)
    progress("pseudonymise: done", len(tables), len(tables))


def _about(work: Work) -> pa.Table:
    """The deliveries and which validation of each; refuses when one is not validated to the end."""
    rows = work.rows("validated", "delivery")
    query = f"SELECT DISTINCT {', '.join(NOTED)} FROM {rows} ORDER BY delivery_id"
    about = work.con.sql(query).to_arrow_table() if rows and work.ids else None
    if about is None or about.num_rows != len(work.ids):
        missing = len(work.ids) - (about.num_rows if about else 0)
        raise Refused(
            f"{missing} of {len(work.ids)} deliveries are not validated to the end",
            todo="run das validate first",
        )
    return about


def _kinds(work: Work, table: Table, *, rows: str) -> dict[str, str]:
    """The kind of each key column that the validated rows have."""
    there = work.con.sql(f"SELECT * FROM {rows} LIMIT 0").columns
    return {c.name: c.kind or "" for c in table.at("delivered") if c.type == "key" and c.name in there}


def _refuse_identities(work: Work, table: Table) -> None:
    rows = work.rows("validated", table.name)
    columns = list(_kinds(work, table, rows=rows)) if rows else []
    if not columns:
        return
    wrong = [f"count_if(NOT regexp_full_match({quote(c)}, {literal(PRE_PSEUDONYM)}))" for c in columns]
    counts = work.con.execute(f"SELECT {', '.join(wrong)} FROM {rows}").fetchall()[0]
    for column, count in zip(columns, counts, strict=True):
        if count:
            raise Refused(
                "a key column holds something else than pre-pseudonyms",
                where=f"{table.name}.{column}, {count} rows",
                todo="tell the supplier: an identity may have come through; take the delivery away",
            )


def _rekey_table(work: Work, table: Table) -> None:
    rows = work.rows("validated", table.name)
    if not rows or not (_any(work, rows) or _any(work, work.rows("pseudonymised", table.name))):
        return
    kinds = _kinds(work, table, rows=rows)
    reader: pa.RecordBatchReader = work.con.sql(f"SELECT * FROM {rows}").to_arrow_reader(BATCH)

    def rekeyed() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            work.counted.update(_tally(batch))
            yield _rekey_batch(batch, kinds, rekeying=work.rekeying)

    _replace(work, table.name, schema=reader.schema, batches=rekeyed())


def _any(work: Work, rows: str | None) -> bool:
    return rows is not None and work.con.execute(f"SELECT 1 FROM {rows} LIMIT 1").fetchall() != []


def _tally(batch: pa.RecordBatch) -> dict[str, int]:
    import pyarrow.compute as pc

    return {c["values"]: c["counts"] for c in pc.value_counts(batch.column("delivery_id")).to_pylist()}


def _rekey_batch(batch: pa.RecordBatch, kinds: dict[str, str], *, rekeying: Rekeying) -> pa.RecordBatch:
    import pyarrow as pa

    pairs = zip(batch.schema.names, batch.columns, strict=True)
    columns = [rekeying.column(values, kinds[name]) if name in kinds else values for name, values in pairs]
    return pa.record_batch(columns, schema=batch.schema)


def _replace(work: Work, table: str, *, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
    import pyarrow as pa

    rows = pa.RecordBatchReader.from_batches(schema, batches)
    replace(work.room, "pseudonymised", table=table, rows=rows, deliveries=work.ids)


def _finish(work: Work, about: pa.Table) -> None:
    import pyarrow as pa

    columns = {
        "rows": pa.array([work.counted[i] for i in work.ids], pa.int64()),
        "key_version": pa.array([work.rekeying.version] * len(work.ids), pa.int32()),
        "pseudonymised_at": pa.array([now()] * len(work.ids), pa.string()),
    }
    for name, column in columns.items():
        about = about.append_column(name, column)
    work.con.register("about", about)
    known = files(work.room, "pseudonymised", table="delivery")
    others = (
        f"UNION ALL BY NAME SELECT * FROM {scan(known)} ANTI JOIN about USING (delivery_id)" if known else ""
    )
    rows = work.con.sql(f"SELECT * FROM about {others}").to_arrow_reader()
    write(work.room, "pseudonymised", table="delivery", rows=rows)  # whole: an older one may lack a column
