"""What was agreed with a supplier: who it is, until when it may deliver, and over which periods."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from das_analysis.errors import BadDelivery, NoPermission, Refused
from das_analysis.model import Model, Supplier
from das_analysis.rules import period_start

_WRITTEN = {
    "year": (re.compile(r"[12][0-9]{3}"), "2026"),
    "quarter": (re.compile(r"[12][0-9]{3}-Q[1-4]"), "2026-Q3"),
    "month": (re.compile(r"[12][0-9]{3}-(?:0[1-9]|1[0-2])"), "2026-09"),
    "day": (re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"), "2026-09-30"),
}
LAST_SEQUENCE = 999  # as the model says of Delivery.sequence


def today() -> date:
    """Return today's date in UTC: agreements and periods are judged on it."""
    return datetime.now(UTC).date()


def find_card(model: Model, supplier_id: str) -> Supplier:
    """Return a supplier's card. Raises Refused for a supplier that the model does not know."""
    if supplier_id not in model.suppliers:
        raise Refused("no supplier of this name", todo=f"use one of {', '.join(sorted(model.suppliers))}")
    return model.suppliers[supplier_id]


def check_in_force(card: Supplier) -> None:
    """Raise NoPermission unless the agreement and the permission of the card are in force today."""
    for name, terms in (("agreement", card.agreement), ("permission", card.permission)):
        _check_dates(card, name, terms=terms)


def _check_dates(card: Supplier, name: str, *, terms: Mapping[str, str]) -> None:
    start, end = date.fromisoformat(terms["valid_from"]), date.fromisoformat(terms["valid_until"])
    if start <= today() <= end:
        return
    fault = f"has ended on {end}" if today() > end else f"begins on {start}"
    raise NoPermission(
        f"the {name} with {card.id!r} {fault}",
        where=f"card {card.id!r} version {card.version}, {name} {terms.get('reference', '')}".rstrip(),
        todo=f"renew the {name} and its dates on the card; without it nothing may be delivered or received",
    )


def check_period(card: Supplier, period: str) -> None:
    """Raise BadDelivery unless `period` is written as the card says and has begun."""
    pattern, example = _WRITTEN[card.period]
    where = f"supplier {card.id!r}, one delivery a {card.period}"
    if not pattern.fullmatch(period) or _start(period) is None:
        raise BadDelivery(
            "the period is not written as the card says", where=where, todo=f"write it as {example}"
        )
    if (_start(period) or date.max) > today():
        raise BadDelivery("the period has not begun yet", where=where, todo="check the period and the clock")


def _start(period: str) -> date | None:
    try:
        return period_start(period)
    except ValueError:
        return None


def check_sequence(sequence: object) -> None:
    """Raise BadDelivery unless `sequence` is a whole number from 1."""
    if isinstance(sequence, bool) or not isinstance(sequence, int) or not 1 <= sequence <= LAST_SEQUENCE:
        raise BadDelivery(
            f"the sequence number is not a whole number from 1 to {LAST_SEQUENCE}",
            todo="use 1 for a delivery, 2 for its first correction",
        )
