"""The succession table: which pseudonym of the host follows which, while two versions of its key are alive.

A row a delivery and pseudonym: kind, old and new, both versions, and since when. Linkage reads it, so that
everybody keeps his person key; no other room does. It is gone when the old version is destroyed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from das_analysis.lake import replace
from das_analysis.lake.provenance import now
from das_analysis.lake.sql import quote
from das_analysis.model import load_model
from das_analysis.vault.work import BATCH, Work, by_supplier, kinds_of

if TYPE_CHECKING:
    import pyarrow as pa

    from das_analysis.vault.rekey import Rekeying

TABLE = "succession"  # in the zone of that name
TEXTS = ("delivery_id", "supplier", "kind", "old_key", "new_key", "valid_from")
VERSIONS = ("from_version", "to_version")


def note_succession(work: Work) -> None:
    """Note old and new pseudonym of whatever these deliveries hold, for each earlier version that is alive.

    Also of a delivery that comes first after the rotation: an order about a person knows him by the old ones.
    """
    import pyarrow as pa

    schema = pa.schema([*((n, pa.string()) for n in TEXTS), *((n, pa.int32()) for n in VERSIONS)])
    for before in work.earlier:
        queries = _queries(work)  # now: while rows are written no other table can be opened
        rows = pa.RecordBatchReader.from_batches(schema, _pairs(work, before, queries=queries, schema=schema))
        replace(work.room, TABLE, table=TABLE, rows=rows, deliveries=work.ids)


def _pairs(
    work: Work, before: Rekeying, *, queries: dict[str, str], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Both pseudonyms of each distinct pre-pseudonym of each delivery, a kind at a time."""
    import pyarrow as pa

    kinds, since = load_model().kinds, now()
    for name, query in queries.items():
        for batch in work.con.sql(query).to_arrow_reader(BATCH):
            for supplier, part in by_supplier(batch):
                made = {
                    "kind": [name] * part.num_rows,
                    "valid_from": [since] * part.num_rows,
                    "from_version": [before.version] * part.num_rows,
                    "to_version": [work.rekeying.version] * part.num_rows,
                    "old_key": before.column(part["pre"], kinds[name], supplier=supplier),
                    "new_key": work.rekeying.column(part["pre"], kinds[name], supplier=supplier),
                }
                columns = [made.get(n, part[n] if n in part.schema.names else None) for n in schema.names]
                yield pa.record_batch(columns, schema=schema)


def _queries(work: Work) -> dict[str, str]:
    """By kind the query for its distinct pre-pseudonyms, in whatever column."""
    found = defaultdict(list)
    for table in load_model().tables.values():
        rows = work.rows("validated", table.name)
        for column, kind in kinds_of(work, table, rows=rows).items() if rows else ():
            found[kind.name].append(
                f"""SELECT delivery_id, supplier, {quote(column)} AS pre FROM {rows}
                    WHERE {quote(column)} IS NOT NULL"""
            )
    return {kind: " UNION ".join(columns) for kind, columns in sorted(found.items())}
