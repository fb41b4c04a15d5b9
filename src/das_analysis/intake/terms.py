"""What was agreed with a supplier: who it is, until when it may deliver, and over which periods."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from das_analysis.errors import BadDelivery, NoPermission, Refused
from das_analysis.model import Model, Standing, Supplier, closed_gates
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
    """Raise NoPermission unless the agreement, the permission and a purpose of the card hold today.

    At the host today is the day of receipt: what was sealed in time and comes in too late stays out.
    """
    closed = closed_gates(card, today())
    if not closed:
        return
    more = f" (and {len(closed) - 1} more)" if closed[1:] else ""
    gate = closed[0]
    raise NoPermission(
        f"{_fault(card, gate)}{more}",
        where=f"card {card.id!r} version {card.version}, {gate.term} {gate.reference}".rstrip(),
        todo=f"{_TODO[gate.term]}; without it nothing may be delivered or received",
    )


_TODO = {
    "agreement": "renew the agreement and its dates on the card",
    "permission": "renew the permission and its dates on the card",
    "purposes": "agree on a purpose of the closed list and write it on the card",
}


def _fault(card: Supplier, gate: Standing) -> str:
    if gate.term == "purposes":
        return f"there is no purpose for the data of {card.id!r}"
    if gate.state == "absent":
        return f"there is no {gate.term} with {card.id!r}"
    when = f"has ended on {gate.until}" if gate.state == "ended" else f"begins on {gate.since}"
    return f"the {gate.term} with {card.id!r} {when}"


def check_key(card: Supplier, key_id: str) -> None:
    """Raise BadDelivery when the card names the keys that may seal, and this is none of them."""
    allowed = card.dossier.keys if card.dossier else ()
    if allowed and key_id not in allowed:
        raise BadDelivery(
            "sealed with a key that is not on the card",
            where=f"card {card.id!r} version {card.version}, keys {', '.join(allowed)}",
            todo="seal with a key of the card, or have the new key's id put on it",
        )


def check_period(card: Supplier, period: str) -> None:
    """Raise BadDelivery unless `period` is written as the card says and has begun."""
    _, example = _WRITTEN[card.period]
    where = f"supplier {card.id!r}, one delivery a {card.period}"
    if not is_written(card, period):
        raise BadDelivery(
            "the period is not written as the card says", where=where, todo=f"write it as {example}"
        )
    if (_start(period) or date.max) > today():
        raise BadDelivery("the period has not begun yet", where=where, todo="check the period and the clock")


def is_written(card: Supplier, period: str) -> bool:
    """Whether a period is written as the card's cadence says."""
    return _WRITTEN[card.period][0].fullmatch(period) is not None and _start(period) is not None


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
            where="sequence",
            todo="use 1 for a delivery, 2 for its first correction",
        )
