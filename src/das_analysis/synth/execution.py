"""Orders to execute what was imposed, and how each of them ends: paid, done, served, failed, returned."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from das_analysis.synth import codes
from das_analysis.synth.calibration import Figures
from das_analysis.synth.courts import overturned
from das_analysis.synth.dates import final_day
from das_analysis.synth.decisions import PENAL_ORDER
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NEVER, Array, Frame, stack, take
from das_analysis.synth.inflow import ADULT
from das_analysis.synth.penalties import (
    BY_OFFICE,
    COMPENSATION,
    FINE,
    FIRST,
    HOSPITAL,
    HOSPITAL_CONDITIONAL,
    PERSISTENT,
    PRISON,
    SETTLED_SUM,
    SETTLED_WORK,
    TASK,
    YOUTH_CUSTODY,
    YOUTH_ORDER,
)
from das_analysis.synth.remand import net_days

MONEY = (FINE, COMPENSATION, SETTLED_SUM)
WORK = (TASK, SETTLED_WORK)
CUSTODY = (PRISON, YOUTH_CUSTODY, PERSISTENT, YOUTH_ORDER)
SHORT_ENOUGH = 400  # days that a person mostly may come to serve at a time of their own
HOSPITALS = (HOSPITAL, HOSPITAL_CONDITIONAL)
TO_DJI, TO_PROBATION, TO_CHILD_BOARD, TO_CJIB, TO_CLINIC = (
    np.int8(code) for code in range(len(codes.EXECUTORS))
)


class Way(IntEnum):
    """How an order goes."""

    PAID = 0
    SUBSTITUTE = 1
    UNCOLLECTABLE = 2
    RETURNED = 3
    DONE = 4
    SELF_REPORT = 5
    ARREST = 6
    NOT_FOUND = 7
    FROM_REMAND = 8
    SERVED_BEFORE = 9
    CLINIC = 10


def orders_of(draw: Draw, cases: Frame, *, sanctions: Frame) -> Frame:
    """One row an order, from sanctions that stand and have something unconditional to execute."""
    rows = np.flatnonzero(
        standing(cases, sanctions) & np.isin(sanctions["kind"], (*MONEY, *WORK, *CUSTODY, *HOSPITALS))
    )
    rows = rows[sanctions["hard"][rows] > 0]
    orders = _orders(draw, cases, sanctions=sanctions, rows=rows)
    _pay(draw, draw.figures["execution"], cases=cases, orders=orders)
    _work(draw, cases, orders=orders)
    _serve(draw, cases, orders=orders)
    breached = _breached(draw, cases, sanctions=sanctions, orders=orders)
    return stack([orders, breached])


def standing(cases: Frame, sanctions: Frame) -> Array:
    """A mask: not quashed in appeal."""
    fallen = overturned(cases)[sanctions["case"]] & (sanctions["stage"] == FIRST)
    kept: Array = ~fallen
    return kept


def _orders(draw: Draw, cases: Frame, *, sanctions: Frame, rows: Array) -> Frame:
    at = take(sanctions, rows)
    n, case, office = len(rows), at["case"], at["stage"] == BY_OFFICE
    final = np.where(
        office, cases["decided"][case] + np.where(cases["decision"][case] == PENAL_ORDER, 15, 1), 0
    )
    final = np.where(office, final, final_day(cases)[case])
    received = final + draw.days(
        final, draw.figures["leadtime_days"]["irrevocable_to_order"], most=60, least=1
    )
    kind = at["kind"]
    executor = np.select([np.isin(kind, MONEY), np.isin(kind, CUSTODY)], [TO_CJIB, TO_DJI], TO_PROBATION)
    young = (cases["age"][case] < ADULT) & ~cases["is_legal"][case]
    executor = np.where(np.isin(kind, WORK) & young, TO_CHILD_BOARD, executor)
    return {
        "case": case,
        "sanction": rows.astype(np.int32),
        "kind": kind,
        "executor": np.where(kind == HOSPITAL, TO_CLINIC, executor).astype(np.int8),
        "received": received.astype(np.int32),
        "begun": np.full(n, NEVER),
        "closed": np.full(n, NEVER),
        "way": np.full(n, np.int8(Way.CLINIC)),
        "quantity": at["hard"],
        "days": _days_to_serve(cases, at),
        "by_office": office,
        "is_breach": np.zeros(n, dtype=bool),
    }


def _days_to_serve(cases: Frame, sanctions: Frame) -> Array:
    """Sentences: what remand left of them; measures in full; fines and tasks: their substitute."""
    left = cases["days_left"][sanctions["case"]]
    kind = sanctions["kind"]
    substitute = np.maximum(sanctions["substitute"], 0)
    return np.select(
        [np.isin(kind, (PRISON, YOUTH_CUSTODY)), np.isin(kind, CUSTODY)],
        [left, sanctions["days"]],
        substitute,
    ).astype(np.int32)


def _pay(draw: Draw, of: Figures, *, cases: Frame, orders: Frame) -> None:
    money = np.isin(orders["kind"], MONEY)
    comes_back = cases["comes_back"][orders["case"]]
    returned = money & orders["by_office"] & (comes_back < NEVER)
    compensation = orders["kind"] == COMPENSATION
    groups = (
        (money & orders["by_office"] & ~returned, "penal_order", (Way.PAID, Way.UNCOLLECTABLE)),
        (money & ~orders["by_office"] & ~compensation, "fine", (Way.PAID, Way.SUBSTITUTE, Way.UNCOLLECTABLE)),
        (
            money & ~orders["by_office"] & compensation,
            "compensation",
            (Way.PAID, Way.SUBSTITUTE, Way.UNCOLLECTABLE),
        ),
    )
    for group, name, ways in groups:
        at = np.flatnonzero(group)
        shares = [share for outcome, share in of[name].items() if outcome != "returned"]
        way = np.array(ways, dtype=np.int8)[draw.kinds(len(at), shares)]
        no_substitute = (orders["days"][at] < 1) | (cases["age"][orders["case"][at]] < ADULT)
        orders["way"][at] = np.where((way == Way.SUBSTITUTE) & no_substitute, Way.UNCOLLECTABLE, way)
    at = np.flatnonzero(money)
    wait = draw.days(
        orders["received"][at], draw.figures["leadtime_days"]["order_to_payment"], most=900, least=5
    )
    wait = np.where(orders["way"][at] == Way.UNCOLLECTABLE, 400 + wait, wait)
    orders["closed"][at] = orders["received"][at] + wait
    back = np.flatnonzero(returned)
    orders["way"][back] = Way.RETURNED
    orders["closed"][back] = np.maximum(comes_back[back] - 3, orders["received"][back] + 1)


def _work(draw: Draw, cases: Frame, *, orders: Frame) -> None:
    at = np.flatnonzero(np.isin(orders["kind"], WORK))
    lead, case, n = draw.figures["leadtime_days"], orders["case"][at], len(at)
    failed = draw.chance(n, draw.figures["execution"]["task_failed"])
    can_be_held = ~orders["by_office"][at] & (cases["age"][case] >= ADULT) & (orders["days"][at] > 0)
    back = orders["by_office"][at] & (cases["comes_back"][case] < NEVER)
    way = np.where(failed & can_be_held, Way.SUBSTITUTE, Way.DONE)
    orders["way"][at] = np.where(back, Way.RETURNED, way)
    begun = orders["received"][at] + draw.days(
        orders["received"][at], lead["order_to_start_task"], most=500, least=5
    )
    closed = begun + draw.days(begun, lead["task_duration"], most=540, least=7)
    early = np.maximum(cases["comes_back"][case] - 3, orders["received"][at] + 1)
    orders["begun"][at] = np.where(back, NEVER, begun)
    orders["closed"][at] = np.where(back, early, closed)


def _serve(draw: Draw, cases: Frame, *, orders: Frame) -> None:
    """Sentences: on from remand, at the person's own time, after arrest, or not at all."""
    of, kind, case = draw.figures["execution"], orders["kind"], orders["case"]
    custody = np.isin(kind, CUSTODY)
    sentence = np.isin(kind, (PRISON, YOUTH_CUSTODY))
    on = custody & sentence & cases["stays_on"][case] & (cases["remand_until"][case] > orders["received"])
    before = custody & ~on & (orders["days"] == 0)
    free = custody & ~on & ~before
    way = np.select([on, before, free], [Way.FROM_REMAND, Way.SERVED_BEFORE, Way.ARREST], orders["way"])
    free_sentence = (free & (kind == PRISON)).astype(float)
    own_time = draw.race(
        free_sentence * np.where(orders["days"] <= SHORT_ENOUGH, 1.0, 0.2),
        draw.whole(of["self_report"] * draw.scale),
    )
    lost = draw.race(free_sentence * ~own_time, draw.whole(of["not_found"] * float(free_sentence.sum())))
    way[own_time], way[lost] = Way.SELF_REPORT, Way.NOT_FOUND
    orders["way"] = way.astype(np.int8)
    orders["closed"] = np.where(before, orders["received"] + 1, orders["closed"]).astype(np.int32)


def _breached(draw: Draw, cases: Frame, *, sanctions: Frame, orders: Frame) -> Frame:
    """Suspended sentences that are executed after all: as many as the national figure of arrests asks."""
    arrests = (orders["way"] == Way.ARREST) & np.isin(orders["kind"], (PRISON, PERSISTENT))
    substitutes = orders["way"] == Way.SUBSTITUTE
    wanted = draw.figures["execution"]["arrested"] * draw.scale - int(arrests.sum()) - int(substitutes.sum())
    weight = standing(cases, sanctions) & (sanctions["kind"] == PRISON) & (sanctions["soft"] > 0)
    rows = np.flatnonzero(draw.race(weight.astype(float), draw.whole(max(wanted, 0.0))))
    breached = _orders(draw, cases, sanctions=sanctions, rows=rows)
    n = len(rows)
    wait = draw.days(breached["received"], draw.figures["leadtime_days"]["breach"], most=700, least=30)
    breached["received"] = (breached["received"] + wait).astype(np.int32)
    in_months = sanctions["unit"][rows] == codes.MEASURES.index("MAAND")
    days = (sanctions["soft"][rows] * np.where(in_months, 30, 1)).astype(np.int32)
    breached |= {"days": net_days(days, breached["received"]), "quantity": sanctions["soft"][rows]}
    breached |= {"way": np.full(n, np.int8(Way.ARREST)), "is_breach": np.ones(n, dtype=bool)}
    return breached
