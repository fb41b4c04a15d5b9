"""What the prosecution service decides: the national mix by age, each decision where the law allows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from das_analysis.synth import codes
from das_analysis.synth.calibration import Figures
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NO_CODE, Array, Frame, indices, length, stack, take
from das_analysis.synth.inflow import age_groups, register_twice
from das_analysis.synth.police import CJIB

(
    SUMMONS,
    AFTER_OBJECTION,
    TECHNICAL,
    POLICY,
    CONDITIONAL,
    SETTLEMENT,
    PENAL_ORDER,
    FOR_INFORMATION,
    FOR_TRIAL,
    TRANSFER,
    DOUBLE,
    ORDER_ENDED,
) = (np.int8(code) for code in range(len(codes.DECISIONS)))
PENAL_ORDER_LIMIT = 72  # months: statutory maximum up to which a penal order or settlement is allowed
UNDECIDED = np.int8(-1)


def decide(draw: Draw, cases: Frame) -> Frame:
    """The cases, with double registrations added, and for each a decision and its grounds."""
    again = register_twice(draw, cases)
    groups = age_groups(cases)
    mixes = [group["mix"] for group in draw.figures["case"]["om_mix_by_age"]] + [
        draw.figures["case"]["om_mix_legal"]
    ]
    decision = np.full(length(cases), UNDECIDED)
    for number, mix in enumerate(mixes):
        at = np.flatnonzero(groups == number)
        doubles = int((groups[again] == number).sum())
        decision[at] = _decide_group(
            draw, draw.figures["case"], cases=take(cases, at), mix=mix, doubles=doubles
        )
    cases["decision"] = decision
    doubles_of = take(cases, again) | {
        "double_of": again.astype(np.int32),
        "decision": np.full(len(again), DOUBLE),
    }
    both = stack([cases, doubles_of])
    add_grounds(draw, draw.figures["case"], cases=both)
    return both


def _decide_group(draw: Draw, case: Figures, *, cases: Frame, mix: Sequence[float], doubles: int) -> Array:
    """Hand the decisions of one age group to its cases, the choosiest first; what is left is dismissed."""
    total = length(cases) + doubles
    decision = np.full(length(cases), UNDECIDED)
    wanted = [draw.whole(total * share / sum(mix)) for share in mix]
    mild = (cases["max_months"] <= PENAL_ORDER_LIMIT).astype(float)
    objection = np.where(cases["source"] == CJIB, 1000.0, 1.0) * mild
    grave = 1.0 + cases["max_months"] / 36.0
    plain = np.ones(length(cases))
    queue = (
        (AFTER_OBJECTION, objection, wanted[1]),
        (PENAL_ORDER, mild, wanted[5]),
        (SETTLEMENT, mild, wanted[4]),
        (SUMMONS, grave, wanted[0]),
        (CONDITIONAL, plain, wanted[3]),
        (FOR_INFORMATION, plain, max(wanted[6] - doubles, 0)),
    )
    for code, weight, n in queue:
        decision[draw.race(weight * (decision == UNDECIDED), n)] = code
    _spread(draw, decision, of=FOR_INFORMATION, over=case["other"])
    technical = {"SEP_T": case["technical"], "SEP_B": 1.0 - case["technical"]}
    _spread(draw, decision, of=UNDECIDED, over=technical)
    return decision


def _spread(draw: Draw, decision: Array, *, of: np.int8, over: Mapping[str, float]) -> None:
    at = np.flatnonzero(decision == of)
    decision[at] = indices(codes.DECISIONS, over)[draw.kinds(len(at), list(over.values()))]


def add_grounds(draw: Draw, case: Figures, *, cases: Frame) -> None:
    """Add the first and second ground of dismissals; ground 01 stands alone, the two groups do not mix."""
    n, decision = length(cases), cases["decision"]
    first, second = np.full(n, NO_CODE), np.full(n, NO_CODE)
    lists = (
        ((TECHNICAL,), case["grounds_technical"]),
        ((POLICY, CONDITIONAL), case["grounds_policy"]),
        ((ORDER_ENDED,), case["grounds_end_of_order"]),
    )
    for kinds, grounds in lists:
        at = np.flatnonzero(np.isin(decision, kinds))
        known = indices(codes.GROUNDS, grounds)
        chosen = draw.kinds(len(at), list(grounds.values()))
        first[at] = known[chosen]
        other = known[(chosen + 1 + draw.kinds(len(at), [1.0] * (len(known) - 1))) % len(known)]
        alone = codes.GROUNDS.index("01")
        more = draw.chance(len(at), case["second_ground"]) & (first[at] != alone) & (other != alone)
        second[at[more]] = other[more]
    first[decision == DOUBLE] = codes.GROUNDS.index("99")
    cases["ground"], cases["second_ground"] = first, second


def come_back(draw: Draw, cases: Frame) -> Frame:
    """Cases that flow in again under a new number: penal orders that failed, conditions that were broken."""
    of = draw.figures["case"]["reinflow"]
    weight = np.where(
        cases["decision"] == PENAL_ORDER, 1.0, np.where(cases["decision"] == CONDITIONAL, 0.6, 0.0)
    )
    rows = np.flatnonzero(
        draw.race(weight, draw.whole(of["of_inflow"] * draw.figures["case"]["inflow"] * draw.scale))
    )
    again = take(cases, rows)
    n = len(rows)
    orders = again["decision"] == PENAL_ORDER
    ended = draw.race(orders.astype(float), draw.whole((1.0 - of["summons"]) * n))
    again["decision"] = np.where(ended, ORDER_ENDED, SUMMONS)
    again["source"] = np.where(orders, CJIB, again["source"]).astype(np.int8)
    again["office"] = np.where(orders, codes.OFFICES.index("CVOM"), again["office"]).astype(np.int8)
    again["prefix"] = np.where(orders, 96, again["prefix"]).astype(np.int8)
    again["parent"] = rows.astype(np.int32)
    again["is_reinflow"] = np.ones(n, dtype=bool)
    again["is_zsm"] = np.zeros(n, dtype=bool)
    add_grounds(draw, draw.figures["case"], cases=again)
    return again


def replaced_summons(draw: Draw, cases: Frame) -> Array:
    """A mask: before this decision the suspect had been summoned."""
    later = np.isin(cases["decision"], (TECHNICAL, POLICY, CONDITIONAL, PENAL_ORDER))
    return draw.race(
        later.astype(float), draw.whole(draw.figures["case"]["summons_replaced"] * int(later.sum()))
    )
