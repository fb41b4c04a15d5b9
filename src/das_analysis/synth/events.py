"""What CJIB writes down while an order is executed: one row an event, none before the order was received."""

from __future__ import annotations

import numpy as np

from das_analysis.synth import codes
from das_analysis.synth.execution import Way
from das_analysis.synth.frame import NEVER, Array, Frame, length, number_within, take
from das_analysis.synth.quantities import DAYS, EURO, HOURS, NO_UNIT

(
    RECEIVED,
    HANDED_OVER,
    NOTICE,
    FIRST_REMINDER,
    SECOND_REMINDER,
    PAID,
    UNCOLLECTABLE,
    SUBSTITUTE,
    RETURNED,
    CALL,
    REPORTED,
    WANTED,
    ARREST,
    PLACED,
    NOT_FOUND,
    TASK_STARTED,
    TASK_DONE,
    TASK_FAILED,
    CONVERTED,
) = (np.int8(code) for code in range(len(codes.EVENTS)))
HANDED_OVER_AFTER, NOTICE_AFTER, CALL_AFTER, SEARCH_DAYS = 1, 3, 7, 365
REMINDERS = ((FIRST_REMINDER, 40), (SECOND_REMINDER, 70))


def events_of(orders: Frame) -> Frame:
    """All events, in the order of the orders and of time."""
    way, received, closed, begun = (orders[name] for name in ("way", "received", "closed", "begun"))
    is_money, is_work = orders["is_money"], orders["is_work"]
    everything = np.ones(length(orders), dtype=bool)
    served = np.isin(way, (Way.SELF_REPORT, Way.ARREST, Way.FROM_REMAND))
    substituted = (way == Way.SUBSTITUTE) & (begun < NEVER)
    failed = np.where(is_work & (way == Way.SUBSTITUTE), orders["failed"], NEVER)
    parts = [
        _events(orders, everything, event=RECEIVED, days=received),
        _events(orders, ~is_money, event=HANDED_OVER, days=received + HANDED_OVER_AFTER),
        _events(orders, is_money, event=NOTICE, days=received + NOTICE_AFTER),
        *(
            _events(orders, is_money & (closed > received + wait + 5), event=code, days=received + wait)
            for code, wait in REMINDERS
        ),
        _events(orders, is_money & (way == Way.PAID), event=PAID, days=closed, unit=EURO),
        _events(orders, is_money & (way == Way.UNCOLLECTABLE), event=UNCOLLECTABLE, days=closed),
        _events(orders, is_money & substituted, event=SUBSTITUTE, days=begun, unit=DAYS),
        _events(orders, way == Way.RETURNED, event=RETURNED, days=closed),
        _events(orders, way == Way.SELF_REPORT, event=CALL, days=received + CALL_AFTER),
        _events(orders, way == Way.SELF_REPORT, event=REPORTED, days=begun),
        _events(orders, np.isin(way, (Way.ARREST, Way.NOT_FOUND)), event=WANTED, days=received + 1),
        _events(orders, way == Way.ARREST, event=ARREST, days=begun),
        _events(orders, served, event=PLACED, days=begun),
        _events(orders, way == Way.NOT_FOUND, event=NOT_FOUND, days=received + SEARCH_DAYS),
        _events(orders, is_work & (orders["started"] < NEVER), event=TASK_STARTED, days=orders["started"]),
        _events(orders, is_work & (way == Way.DONE), event=TASK_DONE, days=closed, unit=HOURS),
        _events(orders, failed < NEVER, event=TASK_FAILED, days=failed),
        _events(orders, (failed < NEVER) & substituted, event=CONVERTED, days=begun, unit=DAYS),
    ]
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    rows = take(rows, np.flatnonzero(rows["day"] < NEVER))
    rows = take(rows, np.lexsort((rows["event"], rows["day"], rows["order"])))
    rows["number"] = number_within(rows["order"])
    return rows


def _events(orders: Frame, mask: Array, *, event: np.int8, days: Array, unit: np.int8 = NO_UNIT) -> Frame:
    at = np.flatnonzero(mask)
    quantity = orders["days"][at] if unit == DAYS else orders["quantity"][at]
    return {
        "order": at.astype(np.int32),
        "event": np.full(len(at), event),
        "day": days[at].astype(np.int32),
        "quantity": quantity.astype(float) if unit != NO_UNIT else np.full(len(at), np.nan),
        "unit": np.full(len(at), unit),
    }
