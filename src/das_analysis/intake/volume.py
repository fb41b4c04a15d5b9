"""How many rows a delivery holds, beside the supplier's own history: far from it, and it is not let in.

The gate refuses it whole, as everything that a person must look at first: half a file and two years in one
look like that. Whoever looked and finds it right puts an exemption on the card, with the reason and its last
day; then the same package comes in. So the decision is written where the terms are, and lapses by itself.

History is the newest delivery of each earlier period, written as the card says (another cadence does not
count), received before or together with it; from `LEAST_PERIODS` of them on their median counts. A later
period says nothing of an earlier one: what comes in order is always judged alike, and what was let in stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from das_analysis.errors import BadDelivery
from das_analysis.intake.package import Manifest
from das_analysis.intake.terms import is_written
from das_analysis.model import Supplier
from das_analysis.rules import period_start

LEAST_PERIODS = 3  # fewer are no history
CHANCE = 10  # rows by which small files differ anyway


def check_volume(card: Supplier, manifest: Manifest, *, others: Iterable[Manifest]) -> None:
    """Raise BadDelivery when a file's rows are further from their history than the card tolerates.

    `others` are manifests of any supplier and period; which of them are history is found here.
    """
    history = _history(card, manifest, others=others)
    volumes = card.dossier.volume if card.dossier else {}
    for file in manifest.files:
        rows = [f.rows for past in history for f in past.files if f.table == file.table]
        if file.table not in volumes or len(rows) < LEAST_PERIODS:
            continue
        usual, tolerance = median(rows), volumes[file.table].tolerance
        differs = abs(file.rows - usual)
        if differs <= max(CHANCE, tolerance * usual) or _is_exempt(card, manifest, table=file.table):
            continue
        more = "more" if file.rows > usual else "fewer"
        raise BadDelivery(
            f"table {file.table!r} holds {file.rows} rows, {differs:.0f} {more} than the {usual:.0f} of"
            f" {len(rows)} earlier periods (median); the card tolerates {tolerance:.0%}",
            where=f"supplier {card.id!r}, period {manifest.period}",
            todo="deliver the whole period and nothing else; or, if it is right, put an exemption on the card"
            " (dossier, exemptions: table, until, reason)",
        )


def _history(card: Supplier, manifest: Manifest, *, others: Iterable[Manifest]) -> list[Manifest]:
    """The newest delivery of each earlier period of the same supplier and cadence."""
    newest: dict[str, Manifest] = {}
    for other in others:
        is_past = other.supplier == card.id and is_written(card, other.period)
        if is_past and period_start(other.period) < period_start(manifest.period):
            held = newest.setdefault(other.period, other)
            if other.sequence > held.sequence:
                newest[other.period] = other
    return list(newest.values())


def _is_exempt(card: Supplier, manifest: Manifest, *, table: str) -> bool:
    """Whether the period begins on or before the last day of an exemption of the table."""
    first = period_start(manifest.period).isoformat()
    exemptions = card.dossier.exemptions if card.dossier else ()
    return any(e.table == table and first <= e.until for e in exemptions)
