"""Stays in custody: one row an unbroken stay; a person is in one place at a time."""

from __future__ import annotations

import numpy as np

from das_analysis.synth import codes
from das_analysis.synth.calibration import Figures, calibration
from das_analysis.synth.draw import Draw
from das_analysis.synth.execution import CUSTODY, Way
from das_analysis.synth.frame import NEVER, NO_ROW, Array, Frame, age_at, length, number_within, stack, take
from das_analysis.synth.inflow import YOUTH_LAW
from das_analysis.synth.penalties import FINE, PERSISTENT, TASK, YOUTH_CUSTODY, YOUTH_ORDER

(
    REMAND,
    SENTENCE,
    YOUTH_REMAND,
    YOUTH_SENTENCE,
    FOR_TASK,
    FOR_FINE,
    COERCIVE,
    PERSISTENT_TITLE,
    YOUTH_TITLE,
) = (np.int8(code) for code in range(len(codes.TITLES)))
REMAND_PRISON, PRISON_HOUSE, PERSISTENT_HOUSE, YOUTH_HOUSE = (
    np.int8(code) for code in range(len(codes.FACILITY_TYPES))
)
HELD_BEFORE_TRIAL, ARRESTED, SELF_REPORTED, TRANSFERRED = (
    np.int8(code) for code in range(len(codes.INFLOWS))
)
RELEASED, CONDITIONALLY, LIFTED, MOVED_ON = (np.int8(code) for code in range(len(codes.OUTFLOWS)))
NORMAL, EXTENDED, EXTRA = (np.int8(code) for code in range(len(codes.SECURITY)))
ROUNDS = 12
YEAR = 365  # days: no conditional release from a sentence that is not longer


def stays_of(draw: Draw, cases: Frame, *, orders: Frame) -> Frame:
    """The stays that a year's cases lead to; those in remand have a fixed place in time."""
    return stack(
        [_remands(cases, orders), _terms(draw, draw.figures["leadtime_days"], cases=cases, orders=orders)]
    )


def _remands(cases: Frame, orders: Frame) -> Frame:
    at = np.flatnonzero(cases["held"])
    follow_on = np.full(length(cases), NO_ROW)
    on = np.flatnonzero(orders["way"] == Way.FROM_REMAND)
    follow_on[orders["case"][on]] = on
    youth = cases["law"][at] == YOUTH_LAW
    n = len(at)
    return {
        "case": at.astype(np.int32),
        "order": follow_on[at],
        "person": cases["person"][at],
        "title": np.where(youth, YOUTH_REMAND, REMAND).astype(np.int8),
        "from": cases["remand_from"][at],
        "until": cases["remand_until"][at],
        "inflow": np.full(n, HELD_BEFORE_TRIAL),
        "is_fixed": np.ones(n, dtype=bool),
    }


def _terms(draw: Draw, lead: Figures, *, cases: Frame, orders: Frame) -> Frame:
    """Stays to serve a sentence, a measure or a substitute, for persons who are at liberty."""
    at = np.flatnonzero(np.isin(orders["way"], (Way.SELF_REPORT, Way.ARREST, Way.SUBSTITUTE)))
    rows, n = take(orders, at), len(at)
    own_time = rows["way"] == Way.SELF_REPORT
    substitute = rows["way"] == Way.SUBSTITUTE
    arrest = draw.days(rows["received"], lead["order_to_start_custody"]["arrest"], most=1400, least=3)
    called = draw.days(rows["received"], lead["order_to_start_custody"]["self"], most=700, least=14)
    instead = draw.days(rows["received"], lead["order_to_substitute"], most=1400, least=60)
    asked = np.where(rows["kind"] == TASK, rows["closed"] + arrest, rows["received"] + instead)
    start = np.where(substitute, asked, rows["received"] + np.where(own_time, called, arrest))
    kinds = (YOUTH_CUSTODY, PERSISTENT, YOUTH_ORDER, TASK, FINE)
    titles = (YOUTH_SENTENCE, PERSISTENT_TITLE, YOUTH_TITLE, FOR_TASK, FOR_FINE)
    others = np.where(np.isin(rows["kind"], CUSTODY), SENTENCE, COERCIVE)
    title = np.select([rows["kind"] == kind for kind in kinds], list(titles), others).astype(np.int8)
    return {
        "case": rows["case"],
        "order": at.astype(np.int32),
        "person": cases["person"][rows["case"]],
        "title": title,
        "from": start.astype(np.int32),
        "until": (start + np.maximum(rows["days"], 1)).astype(np.int32),
        "inflow": np.where(own_time, SELF_REPORTED, ARRESTED).astype(np.int8),
        "is_fixed": np.zeros(n, dtype=bool),
    }


def keep_apart(stays: Frame) -> tuple[Frame, int]:
    """Move stays of one person that overlap one after the other; drop, and count, those that will not fit."""
    stays = dict(stays)
    kept = np.ones(length(stays), dtype=bool)
    for turn in range(ROUNDS):
        rows = np.flatnonzero(kept)
        order = rows[np.lexsort((stays["until"][rows], stays["from"][rows], stays["person"][rows]))]
        first, second = order[:-1], order[1:]
        clash = (stays["person"][first] == stays["person"][second]) & (
            stays["from"][second] <= stays["until"][first]
        )
        first, second = first[clash], second[clash]
        if not len(first):
            break
        move_second = ~stays["is_fixed"][second]
        _after(stays, second[move_second], others=first[move_second])
        move_first = ~move_second & ~stays["is_fixed"][first]
        _after(stays, first[move_first], others=second[move_first])
        stuck = ~move_second & ~move_first
        kept[second[stuck] if turn < ROUNDS - 1 else second] = False
    return take(stays, np.flatnonzero(kept)), int((~kept).sum())


def _after(stays: Frame, rows: Array, *, others: Array) -> None:
    shift = stays["until"][others] + 1 - stays["from"][rows]
    stays["from"][rows] += shift
    stays["until"][rows] += shift


def spells_of(draw: Draw, stays: Frame, *, received: Array, cases_days: Array) -> Frame:
    """The parts of each stay: under one title in one facility. `received`: the day of each stay's order."""
    rows = np.arange(length(stays), dtype=np.int32)
    cut = _cut(stays, received)
    two = cut < NEVER
    first = _part(rows, begin=stays["from"], end=np.where(two, cut, stays["until"]))
    second = _part(rows[two], begin=cut[two], end=stays["until"][two])
    fixed = stays["is_fixed"]
    first["title"] = stays["title"]
    after_remand = np.where(stays["title"] == YOUTH_REMAND, YOUTH_SENTENCE, SENTENCE)
    second["title"] = np.where(fixed, after_remand, stays["title"])[two].astype(np.int8)
    first["order"] = np.where(fixed, NO_ROW, stays["order"])
    second["order"] = stays["order"][two]
    first["inflow"], second["inflow"] = stays["inflow"], np.full(int(two.sum()), TRANSFERRED)
    out = np.where(
        fixed & (stays["order"] == NO_ROW), LIFTED, np.where(cases_days > YEAR, CONDITIONALLY, RELEASED)
    )
    first["outflow"] = np.where(two, MOVED_ON, out).astype(np.int8)
    second["outflow"] = out[two].astype(np.int8)
    first["type"] = _facility_type(first["title"], second_part=False)
    second["type"] = _facility_type(second["title"], second_part=True)
    both = stack([first, second])
    spells = take(both, np.lexsort((both["from"], both["stay"])))
    spells["number"] = number_within(spells["stay"])
    _place(draw, spells)
    return spells


def _cut(stays: Frame, received: Array) -> Array:
    """The day on which the second part begins: a sentence after remand, a prison after the remand prison."""
    span = stays["until"] - stays["from"]
    to_prison = (stays["title"] == SENTENCE) & (span > 2 * calibration()["execution"]["placement_days"])
    after = stays["from"] + calibration()["execution"]["placement_days"]
    follow_on = stays["is_fixed"] & (received > stays["from"]) & (received < stays["until"])
    cut: Array = np.select([follow_on, to_prison], [received, after], NEVER).astype(np.int32)
    return cut


def _part(rows: Array, *, begin: Array, end: Array) -> Frame:
    return {"stay": rows, "from": begin.astype(np.int32), "until": end.astype(np.int32)}


def _facility_type(title: Array, *, second_part: bool) -> Array:
    youth = np.isin(title, (YOUTH_REMAND, YOUTH_SENTENCE, YOUTH_TITLE))
    usual = PRISON_HOUSE if second_part else REMAND_PRISON
    return np.select([youth, title == PERSISTENT_TITLE], [YOUTH_HOUSE, PERSISTENT_HOUSE], usual).astype(
        np.int8
    )


def _place(draw: Draw, spells: Frame) -> None:
    facility = np.zeros(length(spells), dtype=np.int8)
    for number, places in enumerate(draw.figures["facilities"].values()):
        at = np.flatnonzero(spells["type"] == number)
        known = np.array([codes.FACILITIES.index(place) for place in places], dtype=np.int8)
        facility[at] = known[draw.kinds(len(at), [1.0] * len(places))]
    spells["facility"] = facility
    spells["security"] = draw.kinds(length(spells), draw.figures["execution"]["security"])


def add_age(spells: Frame, birth: Array) -> None:
    """Add completed years at the start of each spell."""
    spells["age"] = age_at(birth, spells["from"]).astype(np.int16)
