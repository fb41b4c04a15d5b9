"""How far each delivery has come: read from what each step writes last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.lake.engine import connect
from das_analysis.lake.gaps import gaps, say_gaps
from das_analysis.lake.snapshots import snapshots
from das_analysis.lake.sql import scan
from das_analysis.lake.store import Room, enter, files, text

if TYPE_CHECKING:
    import pandas as pd

    from das_analysis.flow import Snapshot

STEPS = ("validated", "pseudonymised", "linked")
CHANGED = "population changed by "
COLUMNS = ("supplier", "received", *STEPS, "rows_in", "rows_held", "open_returns", "gaps")


def status(lake: Path) -> pd.DataFrame:
    """Return one row a supplier: how many deliveries came through each step, rows in and rows held back.

    `open_returns`: periods whose newest delivery has rows held back, for das return. `gaps`: periods that the
    supplier skipped.
    """
    import pandas as pd

    room = enter(lake, "lake")
    found = _deliveries(room, "received")
    if found is None:
        return pd.DataFrame(columns=list(COLUMNS))
    validated = _deliveries(room, "validated")
    pseudonymised = _deliveries(room, "pseudonymised")
    done = {
        "validated": set() if validated is None else set(validated["delivery_id"]),
        "pseudonymised": set() if pseudonymised is None else set(pseudonymised["delivery_id"]),
        "linked": _linked(room),
    }
    for step in STEPS:
        found[step] = found["delivery_id"].isin(done[step])
    held = pd.Series(dtype="int64") if validated is None else validated.set_index("delivery_id")["rows_held"]
    found["rows_held"] = found["delivery_id"].map(held).fillna(0).astype("int64")
    found["received"] = True
    found["open_returns"] = _newest(found) & (found["rows_held"] > 0)
    sums = found.groupby("supplier")[["received", *STEPS, "rows", "rows_held", "open_returns"]].sum()
    sums["gaps"] = found.groupby("supplier")["period"].agg(lambda periods: say_gaps(gaps(periods)))
    return sums.rename(columns={"rows": "rows_in"}).reset_index()


def _newest(found: pd.DataFrame) -> pd.Series:
    """Whether a delivery is the newest of its period: a newer one closes the return of the one before."""
    return found["sequence"] == found.groupby(["supplier", "period"])["sequence"].transform("max")


def _deliveries(room: Room, zone: str) -> pd.DataFrame | None:
    paths = files(room, zone, table="delivery")
    if not paths:
        return None
    with connect(room) as con:
        return con.execute(f"SELECT * FROM {scan(paths)}").df()


def _linked(room: Room) -> set[str]:
    found = text(room, "linked", name="linked.json")
    return set() if found is None else set(json.loads(found)["provenance"]["inputs"])


def frozen(lake: Path) -> pd.DataFrame:
    """Return one row a snapshot: number, name, when it was made, rows, first digits of its digest.

    `note` says so where an erasure or a restriction changed its population.
    """
    import pandas as pd

    rows = [
        (
            s.number,
            s.name,
            s.provenance.at,
            sum(t.rows for t in s.tables.values()),
            s.digest[:12],
            _note(s),
        )
        for s in snapshots(lake)
    ]
    return pd.DataFrame(rows, columns=["number", "name", "made_at", "rows", "digest", "note"])


def _note(snapshot: Snapshot) -> str:
    why = [w for w, so in (("erasure", snapshot.erased), ("restriction", snapshot.is_restricted)) if so]
    return CHANGED + " and ".join(why) if why else ""
