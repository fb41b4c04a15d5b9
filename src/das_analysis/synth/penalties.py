"""Which sanctions a conviction, a penal order or a settlement brings: kinds and combinations."""

from __future__ import annotations

import numpy as np

from das_analysis.synth import codes
from das_analysis.synth.calibration import Figures
from das_analysis.synth.courts import GUILTY, JUVENILE, JUVENILE_PANEL, PANEL
from das_analysis.synth.decisions import PENAL_ORDER, SETTLEMENT
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import Array, Frame, stack
from das_analysis.synth.inflow import ADOLESCENT_LAW, YOUTH_LAW

(
    PRISON,
    YOUTH_CUSTODY,
    TASK,
    TRAINING,
    FINE,
    DRIVING_BAN,
    COMPENSATION,
    WITHDRAWAL,
    FORFEITURE,
    INSTRUCTION,
    SETTLED_SUM,
    SETTLED_WORK,
    PERSISTENT,
    HOSPITAL,
    HOSPITAL_CONDITIONAL,
    YOUTH_ORDER,
) = (np.int8(code) for code in range(len(codes.SANCTIONS)))
SERIOUS = 48  # months: statutory maximum from which a treatment order is possible (Sr 77s)
BY_OFFICE, FIRST, APPEAL = np.int8(0), np.int8(1), np.int8(2)
_MAIN = np.array([code[0] for code in codes.SCM])
TRAFFIC = _MAIN == "5"
WITH_VICTIM = np.isin(_MAIN, ("1", "2", "3"))
GOODS = np.isin(_MAIN, ("6", "7"))


def of_courts(draw: Draw, cases: Frame) -> Frame:
    """Sanctions of first-instance convictions: one row a sanction; `with_task` tells what goes with it."""
    of = draw.figures["sanction"]
    at = np.flatnonzero(cases["tried"] & (cases["outcome"] == GUILTY))
    young = np.isin(cases["law"][at], (YOUTH_LAW,)) & ~cases["is_legal"][at]
    legal = cases["is_legal"][at]
    wanted = {name: float(n) * draw.scale for name, n in of["per_year"].items()}
    mine = {name: share * int(young.sum()) for name, share in of["per_juvenile"].items()}
    rest = {name: wanted[name] - mine[name] - (int(legal.sum()) if name == "fine" else 0) for name in wanted}
    custody, task, fine = (np.zeros(len(at), dtype=bool) for _ in range(3))
    fine[legal] = True
    for group, counts in ((young, mine), (~young & ~legal, rest)):
        rows = np.flatnonzero(group)
        main = _main_penalties(draw, of, gravity=_gravity(cases, at[rows]), wanted=counts)
        for mask, values in zip((custody, task, fine), main, strict=True):
            mask[rows] = values
    extras = _extras(draw, of, cases=cases, at=at, bare=~(custody | task | fine))
    measures = _measures(draw, of, cases=cases, at=at, custody=custody)
    juvenile = young | (cases["law"][at] == ADOLESCENT_LAW)
    kinds = [(custody & juvenile, YOUTH_CUSTODY), (custody & ~juvenile, PRISON), (task, TASK), (fine, FINE)]
    imposed = _rows(at, [*kinds, *extras, *measures], stage=FIRST)
    return imposed | {"with_task": task[np.searchsorted(at, imposed["case"])]}


def _gravity(cases: Frame, rows: Array) -> Array:
    panel = np.isin(cases["chamber"][rows], (PANEL, JUVENILE_PANEL))
    weight: Array = (1.0 + cases["max_months"][rows] / 24.0) * np.where(panel, 4.0, 1.0)
    return weight


def _main_penalties(
    draw: Draw, of: Figures, *, gravity: Array, wanted: dict[str, float]
) -> tuple[Array, Array, Array]:
    """Masks of custody, task and fine; as many combinations as the totals ask for."""
    n = len(gravity)
    custody_n, task_n, fine_n = (draw.whole(max(wanted[name], 0.0)) for name in ("custody", "task", "fine"))
    overlap = max(custody_n + task_n + fine_n + draw.whole(of["none_of_these"] * n) - n, 0)
    both, with_fine = (round(of["overlap"][name] * overlap) for name in ("custody_task", "custody_fine"))
    third = overlap - both - with_fine
    custody = draw.race(gravity, custody_n)
    light = custody / gravity
    combined = draw.race(light, both)
    fined = draw.race(light * ~combined, with_fine)
    free = np.where(custody, 0.0, 1.0)
    task_and_fine = draw.race(free, third)
    task_only = draw.race(free * ~task_and_fine, task_n - both - third)
    fine_only = draw.race(free * ~task_and_fine * ~task_only, fine_n - with_fine - third)
    return custody, combined | task_and_fine | task_only, fined | task_and_fine | fine_only


def _extras(draw: Draw, of: Figures, *, cases: Frame, at: Array, bare: Array) -> list[tuple[Array, np.int8]]:
    """Further sanctions; whoever has no main penalty gets one of these."""
    n, scm, legal = len(at), cases["scm"][at], cases["is_legal"][at]
    share = of["extra"]
    ban = TRAFFIC[scm] & ~legal & (draw.chance(n, share["driving_ban"]) | bare)
    pay = WITH_VICTIM[scm] & draw.chance(n, share["compensation"]) | (bare & ~ban)
    take_away = GOODS[scm] & draw.chance(n, share["withdrawal"])
    forfeit = draw.chance(n, share["forfeiture"])
    return [(ban, DRIVING_BAN), (pay, COMPENSATION), (take_away, WITHDRAWAL), (forfeit, FORFEITURE)]


def _measures(
    draw: Draw, of: Figures, *, cases: Frame, at: Array, custody: Array
) -> list[tuple[Array, np.int8]]:
    """The rare measures. None goes with a sentence for the same facts but the hospital order."""
    adult = ~cases["is_legal"][at] & ~np.isin(cases["law"][at], (YOUTH_LAW, ADOLESCENT_LAW))
    violent = _MAIN[cases["scm"][at]] == "3"
    property_crime = _MAIN[cases["scm"][at]] == "1"
    panel = cases["chamber"][at] == PANEL
    juvenile = np.isin(cases["chamber"][at], (JUVENILE, JUVENILE_PANEL))
    rows: list[tuple[Array, np.int8]] = []
    for code, fits in (
        (PERSISTENT, adult & property_crime & ~custody),
        (HOSPITAL, adult & violent & panel & custody),
        (HOSPITAL_CONDITIONAL, adult & violent & panel),
        (YOUTH_ORDER, juvenile & ~custody & (cases["max_months"][at] >= SERIOUS)),
    ):
        free = fits & ~np.logical_or.reduce([chosen for chosen, _ in rows] or [np.zeros(len(at), dtype=bool)])
        n = draw.whole(of["measures"][codes.SANCTIONS[code]] * draw.scale)
        rows.append((draw.race(free.astype(float), n), code))
    return rows


def of_office(draw: Draw, cases: Frame) -> Frame:
    """Sanctions in penal orders and settlements."""
    share = draw.figures["case"]["penal_order"]
    at = np.flatnonzero(cases["decision"] == PENAL_ORDER)
    n, scm, legal = len(at), cases["scm"][at], cases["is_legal"][at]
    task = draw.race((~legal).astype(float), draw.whole(share["task"] * n))
    instruction = draw.race((~legal & ~task).astype(float), draw.whole(share["instruction"] * n))
    ban = TRAFFIC[scm] & ~legal & draw.chance(n, share["driving_ban"])
    pay = WITH_VICTIM[scm] & draw.chance(n, share["compensation"])
    fine = ~task & ~instruction
    orders = [(task, TASK), (fine, FINE), (instruction, INSTRUCTION), (ban, DRIVING_BAN), (pay, COMPENSATION)]
    settled = np.flatnonzero(cases["decision"] == SETTLEMENT)
    money = cases["is_legal"][settled] | draw.chance(len(settled), draw.figures["case"]["settlement_money"])
    settlements = [(money, SETTLED_SUM), (~money, SETTLED_WORK)]
    rows = stack([_rows(at, orders, stage=BY_OFFICE), _rows(settled, settlements, stage=BY_OFFICE)])
    return rows | {"with_task": np.zeros(len(rows["case"]), dtype=bool)}


def _rows(at: Array, kinds: list[tuple[Array, np.int8]], *, stage: np.int8) -> Frame:
    """One row for each case and kind, in the order of the cases."""
    case = np.concatenate([at[chosen] for chosen, _ in kinds]).astype(np.int32)
    kind = np.concatenate([np.full(int(chosen.sum()), code) for chosen, code in kinds]).astype(np.int8)
    order = np.argsort(case, kind="stable")
    return {"case": case[order], "kind": kind[order], "stage": np.full(len(case), stage)}
