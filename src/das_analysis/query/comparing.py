"""The verb: what differs between two snapshots: rows, persons, links and indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from das_analysis.errors import Refused
from das_analysis.lake import changes
from das_analysis.model import load_model
from das_analysis.query.measuring import measure
from das_analysis.query.periods import years

if TYPE_CHECKING:
    import pandas as pd

    from das_analysis.lake import Lake
    from das_analysis.query.periods import Periods

MOVED = ("indicator", "period", "statistic", "before", "after", "n_before", "n_after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What differs. Exact counts, for the host's side only: a difference of one can be one person.

    Frames: `rows` (table, rows_before, rows_after, added, removed, changed), `links` (table, column, added,
    removed, changed) and `indicators` (columns MOVED), each a figure that moved, `n` the persons or rows
    behind it. `unmeasured` names indicators that need a table or column which one of the two does not have.
    """

    before: str
    after: str
    rows: pd.DataFrame
    links: pd.DataFrame
    indicators: pd.DataFrame
    unmeasured: tuple[str, ...] = ()


def diff(before: Lake, after: Lake, *, over: Periods | None = None) -> Diff:
    """Compare two snapshots of one lake: rows by their key, links by their end, indicators by period.

    `over` defaults to the years that either snapshot's deliveries are about. Raises Refused for snapshots of
    two lakes.
    """
    if before.snapshot.lake.resolve() != after.snapshot.lake.resolve():
        raise Refused("these are snapshots of two lakes", todo="compare two of one lake: see das status")
    found = changes(before.snapshot, after.snapshot)
    same = before.snapshot.digest == after.snapshot.digest
    names = () if same else tuple(i.id for i in load_model().indicators.values() if i.kind != "rate")
    moved, unmeasured = _moved(before, after, names=names, over=over)
    for lake in (before, after):
        lake.note("diff", asked=[before.snapshot.digest, after.snapshot.digest], rows=len(moved))
    labels = [f"{lake.snapshot.number:04d}-{lake.snapshot.name}" for lake in (before, after)]
    return Diff(
        before=labels[0],
        after=labels[1],
        rows=found.rows,
        links=found.links,
        indicators=moved,
        unmeasured=unmeasured,
    )


def _covered(*lakes: Lake) -> Periods:
    """The years that the rows' deliveries are about, from the first to the last."""
    labels: list[str] = []
    for table in (t for lake in lakes for t in lake.tables.values() if "period" in t.columns):
        ends = table.aggregate(first=table["period"].min(), last=table["period"].max()).to_pandas()
        labels += [str(v)[:4] for v in ends.iloc[0] if isinstance(v, str)]
    if not labels:
        raise Refused("no row says which period it is of", todo="name the years: --years 2024-2025")
    return years(int(min(labels)), int(max(labels)))


def _moved(
    before: Lake, after: Lake, *, names: Sequence[str], over: Periods | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    import pandas as pd
    from ibis.common.exceptions import IbisError

    found, unmeasured = [pd.DataFrame(columns=list(MOVED))], []
    if names:
        over = over or _covered(before, after)
    for name in names:
        try:
            old, new = (measure(name, lake, over=cast("Periods", over)).frame for lake in (before, after))
        except (
            Refused,
            IbisError,
            AttributeError,
        ):  # of an older model: without the table, or a column of it
            unmeasured.append(name)
            continue
        found.append(_unequal(old, new))
    return pd.concat([f for f in found if len(f)] or found[:1], ignore_index=True), tuple(unmeasured)


def _unequal(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    on = ["indicator", "period", "statistic"]
    both = old.merge(new, how="outer", on=on, suffixes=("_before", "_after"))
    both = both.rename(columns={"value_before": "before", "value_after": "after"})
    stays = (both["before"] == both["after"]) | (both["before"].isna() & both["after"].isna())
    return both[~stays][list(MOVED)]
