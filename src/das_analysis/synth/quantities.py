"""How much of each sanction: days, hours, euros; conditional or not; within the limits of the law."""

from __future__ import annotations

import numpy as np

from das_analysis.synth import codes
from das_analysis.synth.calibration import Figures
from das_analysis.synth.courts import PANEL
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import Array, Frame, length, stack, take
from das_analysis.synth.inflow import ADULT, NEARLY_ADULT
from das_analysis.synth.penalties import (
    APPEAL,
    BY_OFFICE,
    COMPENSATION,
    DRIVING_BAN,
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

UNCONDITIONAL, PARTLY, CONDITIONAL = (np.int8(code) for code in range(len(codes.MODES)))
DAYS, MONTHS, YEARS, HOURS, EURO, NO_UNIT = (np.int8(code) for code in range(len(codes.MEASURES)))
FEW_HOURS, FEW_EUROS = 8, 100  # too little to be suspended in part
ONE_YEAR, TWO_YEARS, MONTH = 365, 730, 30
SINGLE_JUDGE = (
    345  # days with a suspended part from a single judge: whole months of it stay within the year (Sv 369)
)
LONG = 180  # days from which custody is counted in months


def measure(draw: Draw, cases: Frame, *, sanctions: Frame) -> None:
    """Add to each sanction its mode, its unconditional and its conditional part, in days, hours or euros."""
    n = length(sanctions)
    sanctions |= {
        "mode": np.full(n, UNCONDITIONAL),
        "hard": np.full(n, np.nan),
        "soft": np.full(n, np.nan),
        "probation": np.full(n, -1, dtype=np.int16),
        "substitute": np.full(n, -1, dtype=np.int16),
    }
    _custody(draw, draw.figures["sanction"], cases=cases, sanctions=sanctions)
    _work(draw, cases, sanctions=sanctions)
    _money(draw, cases, sanctions=sanctions)
    _fixed(draw, sanctions)
    known = ~np.isnan(sanctions["hard"])
    sanctions["soft"][known & np.isnan(sanctions["soft"])] = 0.0
    for mode in (PARTLY, CONDITIONAL):
        at = np.flatnonzero(sanctions["mode"] == mode)
        sanctions["probation"][at] = np.where(draw.chance(len(at), 0.8), 24, 36)


def _of(sanctions: Frame, *kinds: np.int8) -> Array:
    return np.flatnonzero(np.isin(sanctions["kind"], kinds))


def _custody(draw: Draw, of: Figures, *, cases: Frame, sanctions: Frame) -> None:
    at = _of(sanctions, PRISON, YOUTH_CUSTODY)
    case, n = sanctions["case"][at], len(at)
    panel = cases["chamber"][case] == PANEL
    weight = np.where(sanctions["with_task"][at], 1000.0, 1.0) * np.where(panel, 0.3, 1.0)
    conditional = draw.race(weight, draw.whole(of["custody_mode"]["VW"] * n))
    hard = np.zeros(n)
    limit = _longest(cases, case, youth=sanctions["kind"][at] == YOUTH_CUSTODY, most=of["custody_max_days"])
    hard[~conditional] = _unconditional_days(draw, of, panel=panel[~conditional])
    hard = np.minimum(hard, limit)
    fits = hard <= 0.5 * np.minimum(limit, np.where(panel, 2 * TWO_YEARS, SINGLE_JUDGE))
    partly = draw.race(~conditional & fits, draw.whole(of["custody_mode"]["GV"] * n))
    soft = np.zeros(n)
    soft[conditional] = np.clip(draw.lognormal(int(conditional.sum()), of["conditional_days"]), 7, TWO_YEARS)
    soft[partly] = np.clip(hard[partly] * (0.3 + 1.2 * draw.uniform(int(partly.sum()))), 7, TWO_YEARS)
    room = np.minimum(limit, np.where(panel, limit, SINGLE_JUDGE)) - hard
    sanctions["hard"][at], sanctions["soft"][at] = np.floor(hard), np.floor(np.minimum(soft, room))
    sanctions["mode"][at] = np.where(conditional, CONDITIONAL, np.where(partly, PARTLY, UNCONDITIONAL))


def _longest(cases: Frame, case: Array, *, youth: Array, most: int) -> Array:
    """Youth custody: 12 months if under 16 at the offence, else 24 (Sr 77i); prison: 30 years (Sr 10)."""
    for_youth = np.where(cases["age"][case] < NEARLY_ADULT, 12 * MONTH, 24 * MONTH)
    return np.where(youth, for_youth, min(most, 360 * MONTH)).astype(float)


def _unconditional_days(draw: Draw, of: Figures, *, panel: Array) -> Array:
    """Spread the days so that sentences over a year come from panels (Sv 369), and longer ones mostly."""
    n = len(panel)
    days = np.sort(np.clip(draw.lognormal(n, of["custody_days"]), 1, of["custody_max_days"]))
    long = min(int((days > ONE_YEAR).sum()), int(panel.sum()))
    result = np.empty(n)
    heavy = draw.race(panel.astype(float), long)
    result[heavy] = days[n - long :][draw.order(long)]
    rest = np.flatnonzero(~heavy)
    rank = np.argsort(draw.uniform(len(rest)) + 0.4 * panel[rest])
    result[rest[rank]] = np.minimum(days[: n - long], ONE_YEAR)
    return result


def _work(draw: Draw, cases: Frame, *, sanctions: Frame) -> None:
    at = _of(sanctions, TASK, SETTLED_WORK)
    case, n = sanctions["case"][at], len(at)
    office = sanctions["stage"][at] == BY_OFFICE
    young = (cases["age"][case] < ADULT) & ~cases["is_legal"][case]
    hours = np.where(
        office,
        draw.lognormal(n, draw.figures["case"]["small_task_hours"]),
        draw.lognormal(n, draw.figures["sanction"]["task_hours"]),
    )
    limit = np.where(office, np.where(young, 60, 120), np.where(young, 200, 240))
    hours = np.maximum(np.floor(np.minimum(hours, limit) / 2) * 2, 2)
    mode = np.where(office, UNCONDITIONAL, draw.kinds(n, draw.figures["sanction"]["modes"]["task"]))
    mode = np.where((mode == PARTLY) & (hours < FEW_HOURS), UNCONDITIONAL, mode)
    _split(sanctions, at, total=hours, mode=mode, step=2)
    court = at[~office]
    sanctions["substitute"][court] = np.clip(hours[~office] / 2, 1, 120).astype(np.int16)


def _money(draw: Draw, cases: Frame, *, sanctions: Frame) -> None:
    for kind, stage, of in (
        (FINE, FIRST, draw.figures["sanction"]["fine_eur"]),
        (FINE, BY_OFFICE, draw.figures["case"]["small_fine_eur"]),
        (SETTLED_SUM, BY_OFFICE, draw.figures["case"]["settlement_eur"]),
        (COMPENSATION, FIRST, draw.figures["sanction"]["compensation_eur"]),
        (COMPENSATION, BY_OFFICE, draw.figures["sanction"]["compensation_eur"]),
    ):
        at = np.flatnonzero((sanctions["kind"] == kind) & (sanctions["stage"] == stage))
        case, n = sanctions["case"][at], len(at)
        euros = draw.lognormal(n, of)
        young = (cases["age"][case] < ADULT) & ~cases["is_legal"][case]
        euros = np.minimum(euros, np.where(young, 4000, 80000))
        exact = kind == COMPENSATION
        euros = np.round(euros, 2) if exact else np.maximum(np.round(euros / 10) * 10, 10)
        in_parts = kind == FINE and stage == FIRST
        mode = (
            draw.kinds(n, draw.figures["sanction"]["modes"]["fine"])
            if in_parts
            else np.full(n, UNCONDITIONAL)
        )
        mode = np.where((mode == PARTLY) & (euros < FEW_EUROS), UNCONDITIONAL, mode)
        _split(sanctions, at, total=np.maximum(euros, 3), mode=mode, step=10)
        if stage == FIRST:
            natural = ~cases["is_legal"][case]
            days = np.clip(euros // 25, 1, 365).astype(np.int16)
            sanctions["substitute"][at] = np.where(natural, days, -1)


def _split(sanctions: Frame, at: Array, *, total: Array, mode: Array, step: int) -> None:
    half = np.maximum(np.floor(total / 2 / step) * step, step)
    soft = np.where(mode == CONDITIONAL, total, np.where(mode == PARTLY, half, 0.0))
    sanctions["mode"][at] = mode
    sanctions["soft"][at], sanctions["hard"][at] = soft, total - soft


def _fixed(draw: Draw, sanctions: Frame) -> None:
    """Driving bans in months, measures in their statutory terms; what has no quantity stays without."""
    at = _of(sanctions, DRIVING_BAN)
    office = sanctions["stage"][at] == BY_OFFICE
    months = np.clip(
        np.round(draw.lognormal(len(at), draw.figures["sanction"]["driving_ban_months"])),
        1,
        np.where(office, 6, 24),
    )
    mode = np.where(
        office, UNCONDITIONAL, draw.kinds(len(at), draw.figures["sanction"]["modes"]["driving_ban"])
    )
    _split(
        sanctions,
        at,
        total=months,
        mode=np.where((mode == PARTLY) & (months <= 1), UNCONDITIONAL, mode),
        step=1,
    )
    for kind, term in ((PERSISTENT, 24), (HOSPITAL, 2), (HOSPITAL_CONDITIONAL, 2), (YOUTH_ORDER, 3)):
        sanctions["hard"][_of(sanctions, kind)] = term


def anew_in_appeal(draw: Draw, cases: Frame, *, sanctions: Frame) -> Frame:
    """The sanctions that the court of appeal imposes instead: the same kinds, up to half as much."""
    rows = np.flatnonzero((sanctions["stage"] == FIRST) & cases["resentenced"][sanctions["case"]])
    again = take(sanctions, rows)
    milder = 0.5 + 0.5 * draw.uniform(len(rows))
    shrinks = np.isin(again["kind"], (PRISON, YOUTH_CUSTODY, TASK, FINE))
    for part in ("hard", "soft"):
        step = np.select([again["kind"] == TASK, again["kind"] == FINE], [2, 10], 1)
        less = np.maximum(np.floor(again[part] * milder / step) * step, step)
        again[part] = np.where(shrinks & (again[part] > 0), less, again[part])
    total = again["hard"] + again["soft"]
    hours, euros = np.clip(total / 2, 1, 120), np.clip(total // 25, 1, 365)
    fewer = np.select([again["kind"] == TASK, again["kind"] == FINE], [hours, euros], again["substitute"])
    again["substitute"] = np.where(again["substitute"] > 0, fewer, again["substitute"]).astype(np.int16)
    again["stage"] = np.full(len(rows), APPEAL)
    return stack([sanctions, again])


def express(sanctions: Frame) -> None:
    """Add unit and quantities as they are pronounced, and `days`: the custody that they come to."""
    kind, hard, soft = sanctions["kind"], sanctions["hard"], sanctions["soft"]
    custody = np.isin(kind, (PRISON, YOUTH_CUSTODY))
    in_months = custody & (hard + soft > LONG)
    for part in ("hard", "soft"):
        months = np.maximum(np.round(sanctions[part] / MONTH), 1)
        sanctions[part] = np.where(in_months & (sanctions[part] > 0), months, sanctions[part])
    units = (
        (custody & ~in_months, DAYS),
        (in_months | np.isin(kind, (DRIVING_BAN, PERSISTENT)), MONTHS),
        (np.isin(kind, (HOSPITAL, HOSPITAL_CONDITIONAL, YOUTH_ORDER)), YEARS),
        (np.isin(kind, (TASK, SETTLED_WORK)), HOURS),
        (np.isin(kind, (FINE, COMPENSATION, SETTLED_SUM)), EURO),
    )
    sanctions["unit"] = np.select([mask for mask, _ in units], [code for _, code in units], NO_UNIT).astype(
        np.int8
    )
    sanctions["total"] = np.round(sanctions["hard"] + sanctions["soft"], 2)
    per = np.select([sanctions["unit"] == MONTHS, sanctions["unit"] == YEARS], [MONTH, ONE_YEAR], 1)
    held = custody | np.isin(kind, (PERSISTENT, YOUTH_ORDER))
    sanctions["days"] = np.where(held, np.nan_to_num(sanctions["hard"]) * per, 0).astype(np.int32)
