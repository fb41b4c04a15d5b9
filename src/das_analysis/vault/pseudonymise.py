"""The verb: every key of every validated table becomes the host's own pseudonym, in one commit a table.

`delivery` is written last: what is there is pseudonymised to the end. Doing it again replaces its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import NoPermission, Refused
from das_analysis.flow import Pseudonymised, Validated
from das_analysis.lake import bury, connect, enter, files, hold, replace, write
from das_analysis.lake.provenance import here, now
from das_analysis.lake.sql import literal, quote, scan
from das_analysis.model import load_model
from das_analysis.vault.host_key import read_host_keys
from das_analysis.vault.rekey import Domain, Rekeying, pre_pseudonym
from das_analysis.vault.succession import note_succession
from das_analysis.vault.work import BATCH, Work, by_supplier, kinds_of

if TYPE_CHECKING:
    import pyarrow as pa

    from das_analysis.model import Kind, Table

Progress = Callable[[str, int, int], None]
NOTED = ("delivery_id", "supplier", "period", "sequence", "model_version", "validated_at")


def pseudonymise(validated: Validated, *, keys: Path, progress: Progress | None = None) -> Pseudonymised:
    """Give every key of the validated rows the host's pseudonym, made with the key in the folder `keys`.

    After a rotation of the host's key: what was pseudonymised under the version before gets a line in the
    succession table for each pseudonym, old and new, so that no link is lost.
    Raises Refused when a delivery is not validated to the end, when a key column holds something else than
    pre-pseudonyms of its kind, when the host's key is missing or its ratio for a supplier's key; NoPermission
    when a key is open to others or inside the lake.
    """
    if keys.resolve().is_relative_to(validated.lake.resolve()):
        raise NoPermission(
            "the keys lie inside the lake", todo="keep them apart from the data: --keys, or DAS_KEYS"
        )
    found, domain = read_host_keys(keys), Domain(keys)
    rekeying = Rekeying(found.alive[found.current], domain)
    earlier = tuple(Rekeying(key, domain) for v, key in found.alive.items() if v != found.current)
    bury(validated.lake)
    room = enter(validated.lake, "vault")
    ids = tuple(sorted(set(validated.delivery_ids)))
    with hold(room, "pseudonymise"), connect(room) as con:
        work = Work(con=con, room=room, ids=ids, rekeying=rekeying, earlier=earlier)
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
        _rekey_table(work, table, told=partial(_tell, progress, done=i, total=len(tables)))
    _tell(progress, "succession", done=len(tables), total=len(tables))
    note_succession(work)
    _finish(work, about)
    progress("pseudonymise: done", len(tables), len(tables))


def _tell(progress: Progress, what: str, *, done: int, total: int) -> None:
    progress(f"pseudonymise: {what}", done, total)


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


def _refuse_identities(work: Work, table: Table) -> None:
    rows = work.rows("validated", table.name)
    kinds = kinds_of(work, table, rows=rows) if rows else {}
    if not kinds:
        return
    wrong = [
        f"count_if(NOT regexp_full_match({quote(c)}, {literal(pre_pseudonym(kind))}))"
        for c, kind in kinds.items()
    ]
    counts = work.con.execute(f"SELECT {', '.join(wrong)} FROM {rows}").fetchall()[0]
    for column, count in zip(kinds, counts, strict=True):
        if count:
            raise Refused(
                "a key column holds something else than pre-pseudonyms",
                where=f"{table.name}.{column}, {count} rows",
                todo="tell the supplier: an identity may have come through; take the delivery away",
            )


def _rekey_table(work: Work, table: Table, *, told: Callable[[str], None]) -> None:
    rows = work.rows("validated", table.name)
    if not rows or not (_any(work, rows) or _any(work, work.rows("pseudonymised", table.name))):
        return
    kinds = kinds_of(work, table, rows=rows)
    reader: pa.RecordBatchReader = work.con.sql(f"SELECT * FROM {rows}").to_arrow_reader(BATCH)

    def rekeyed() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            told(f"{table.name}, {work.counted.total():,} rows so far")
            work.counted.update(_tally(batch))
            for supplier, part in by_supplier(batch):
                yield _rekey_batch(part, kinds, rekeying=work.rekeying, supplier=supplier)

    told(table.name)
    _replace(work, table.name, schema=reader.schema, batches=rekeyed())


def _any(work: Work, rows: str | None) -> bool:
    return rows is not None and work.con.execute(f"SELECT 1 FROM {rows} LIMIT 1").fetchall() != []


def _tally(batch: pa.RecordBatch) -> dict[str, int]:
    import pyarrow.compute as pc

    return {c["values"]: c["counts"] for c in pc.value_counts(batch.column("delivery_id")).to_pylist()}


def _rekey_batch(
    batch: pa.RecordBatch, kinds: dict[str, Kind], *, rekeying: Rekeying, supplier: str
) -> pa.RecordBatch:
    import pyarrow as pa

    pairs = zip(batch.schema.names, batch.columns, strict=True)
    columns = [
        rekeying.column(values, kinds[name], supplier=supplier) if name in kinds else values
        for name, values in pairs
    ]
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
