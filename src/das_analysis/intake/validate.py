"""The verb: received text becomes typed rows of the model; rows that break a hard rule are held back.

The order of the commits makes the step safe to repeat: the tables first, `delivery` last. A delivery counts
as validated when it is in `delivery`; doing it again replaces its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from das_analysis.errors import Refused
from das_analysis.flow import Delivery, Validated
from das_analysis.intake.drift import find_drift
from das_analysis.intake.staging import FOUND, Work, find_faults, hold_back, keep_text, stage
from das_analysis.intake.stale import find_stale
from das_analysis.intake.unchanged import check_unchanged
from das_analysis.intake.waiting import edition
from das_analysis.lake import Room, bury, connect, enter, files, folder, hold, replace
from das_analysis.lake.provenance import here, now
from das_analysis.lake.sql import literal, quote, scan
from das_analysis.model import load_model

Progress = Callable[[str, int, int], None]


def validate(deliveries: Sequence[Delivery], *, progress: Progress | None = None) -> Validated:
    """Validate deliveries of one supplier: cast, apply the rules, map to the model, hold rows back.

    Rows in = rows validated + rows held back, for each delivery. Raises Refused for none, several suppliers
    or one without a card; BadDelivery when a file is not the one that was received, or the files hold
    another number of rows than the delivery says.
    """
    model = load_model()
    if len({(d.lake, d.supplier) for d in deliveries}) != 1 or deliveries[0].supplier not in model.suppliers:
        raise Refused("validate takes deliveries of one supplier in one lake", todo="see das status")
    bury(deliveries[0].lake)
    room = enter(deliveries[0].lake, "intake")
    with hold(room, "validate"), connect(room) as con:
        work = Work(
            con=con,
            received=folder(room, "received"),
            deliveries=tuple({d.delivery_id: d for d in deliveries}.values()),
            supplier=model.suppliers[deliveries[0].supplier],
            model=model,
        )
        for delivery in work.deliveries:
            check_unchanged(work.received, delivery)
        steps = [("cast", stage), ("check", find_faults), ("hold back", hold_back), ("keep", keep_text)]
        for i, (name, step) in enumerate(steps):
            if progress:
                progress(f"validate {work.supplier.id}: {name}", i, len(steps) + 1)
            step(work)
        find_stale(work, room)
        find_drift(work, room)
        _save(work, room)
        if progress:
            progress(f"validate {work.supplier.id}: saved", len(steps) + 1, len(steps) + 1)
        return _sum(work.ids, _tallies(work), lake=deliveries[0].lake)


def find_validated(lake: Path, *, supplier: str | None = None, period: str | None = None) -> Validated:
    """Return what was validated, of one supplier or period or of all. Raises Refused when that is nothing."""
    room = enter(lake, "intake")
    paths = files(room, "validated", table="delivery")
    rows: list[tuple[Any, ...]] = []
    if paths:
        with connect(room) as con:
            query = f"""SELECT delivery_id, rows_in, rows_validated, rows_held, findings FROM {scan(paths)}
                WHERE coalesce(supplier = $1, true) AND coalesce(period = $2, true)
                ORDER BY supplier, period, sequence"""
            rows = con.execute(query, [supplier, period]).fetchall()
    if not rows:
        raise Refused("no such delivery was validated", todo="run das validate, see das status")
    return _sum(tuple(row[0] for row in rows), [row[1:] for row in rows], lake=lake)


def _save(work: Work, room: Room) -> None:
    for table in work.tables:
        rows = f"SELECT * EXCLUDE (faults) FROM {quote(table.name)} ANTI JOIN held USING ({FOUND})"
        _put(work, room, zone="validated", table=table.name, query=rows)
    found = f'SELECT {FOUND}, rule_id, severity, "table", "column" FROM finding JOIN rule USING (rule_id)'
    _put(work, room, zone="quarantine", table="finding", query=found)
    _put(work, room, zone="quarantine", table="held", query="SELECT * FROM kept")
    _put(work, room, zone="validated", table="delivery", query=_tally_sql(work))


def _put(work: Work, room: Room, *, zone: str, table: str, query: str) -> None:
    rows = work.con.sql(query).to_arrow_reader()
    replace(room, zone, table=table, rows=rows, deliveries=work.ids)


def _tally_sql(work: Work) -> str:
    rows_in = ", ".join(f"({literal(d.delivery_id)}, {work.rows_in(d)})" for d in work.deliveries)
    return f"""SELECT delivery_id, supplier, period, sequence, rows_in::BIGINT AS rows_in,
               (rows_in - coalesce(h.n, 0))::BIGINT AS rows_validated, coalesce(h.n, 0)::BIGINT AS rows_held,
               coalesce(f.n, 0)::BIGINT AS findings, {literal(edition(work.model))} AS model_version,
               {literal(now())} AS validated_at
        FROM delivered JOIN (VALUES {rows_in}) AS came(delivery_id, rows_in) USING (delivery_id)
        LEFT JOIN (SELECT delivery_id, count(*) AS n FROM kept GROUP BY ALL) AS h USING (delivery_id)
        LEFT JOIN (SELECT delivery_id, count(*) AS n FROM finding GROUP BY ALL) AS f USING (delivery_id)"""


def _tallies(work: Work) -> list[tuple[int, ...]]:
    tallies = "rows_in, rows_validated, rows_held, findings"
    return work.con.execute(f"SELECT {tallies} FROM ({_tally_sql(work)})").fetchall()


def _sum(ids: tuple[str, ...], tallies: Sequence[tuple[int, ...]], *, lake: Path) -> Validated:
    rows_in, rows_validated, rows_held, findings = (int(sum(column)) for column in zip(*tallies, strict=True))
    return Validated(
        lake=lake,
        delivery_ids=ids,
        rows_in=rows_in,
        rows_validated=rows_validated,
        rows_held=rows_held,
        findings=findings,
        provenance=here(ids),
    )
