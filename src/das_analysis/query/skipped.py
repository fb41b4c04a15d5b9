"""Which suppliers of a figure skipped a part of its periods: then the figure says so."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from das_analysis.lake.gaps import delivered, gaps, say_gaps
from das_analysis.model import Indicator, Supplier, load_model
from das_analysis.query.periods import Periods, period

if TYPE_CHECKING:
    from das_analysis.lake import Lake


def skipped(indicators: Collection[Indicator], lake: Lake, *, over: Periods) -> tuple[tuple[str, str], ...]:
    """Return (supplier, its gaps in these periods) for each supplier of the tables that indicators count."""
    return tuple(_skipped({i.table for i in indicators}, lake, over=over))


def _skipped(tables: Collection[str], lake: Lake, *, over: Periods) -> Iterator[tuple[str, str]]:
    suppliers, (first, last) = load_model().suppliers, (over.items[0].start, over.items[-1].end)
    for name, periods in sorted(delivered(lake.snapshot.provenance.inputs).items()):
        if name in suppliers and _fills(suppliers[name]) & set(tables):
            found = [
                (start, end)
                for start, end in gaps(periods)
                if period(start).items[0].start <= last and period(end).items[0].end >= first
            ]
            if found:
                yield name, say_gaps(found)


def _fills(card: Supplier) -> set[str]:
    """The tables that a supplier's rows become, those that are derived of them too."""
    return {m.table for t in card.tables.values() for m in t.maps} | set(card.derives)
