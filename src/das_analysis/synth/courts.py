"""The court: which cases reach a verdict, before which chamber, with which outcome; which are appealed."""

from __future__ import annotations

import numpy as np

from das_analysis.synth import codes
from das_analysis.synth.calibration import Figures
from das_analysis.synth.decisions import AFTER_OBJECTION, SUMMONS
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NO_CODE, Array, Frame, indices, length
from das_analysis.synth.inflow import YOUTH_LAW

SINGLE, PANEL, JUVENILE, ECONOMIC, JUVENILE_PANEL, APPEAL_PANEL, APPEAL_SINGLE = (
    np.int8(code) for code in range(len(codes.CHAMBERS))
)
GUILTY, NO_PENALTY, ACQUITTED, DISCHARGED, INADMISSIBLE, ACCUSED_INADMISSIBLE, NOT_COMPETENT = (
    np.int8(code) for code in range(len(codes.OUTCOMES))
)


def try_cases(draw: Draw, cases: Frame) -> None:
    """Add to each case whether it reaches a verdict, and that verdict."""
    summoned = np.isin(cases["decision"], (SUMMONS, AFTER_OBJECTION))
    cases["tried"] = draw.race(
        summoned.astype(float), draw.whole(draw.figures["court"]["verdicts"] * draw.scale)
    )
    at = np.flatnonzero(cases["tried"])
    cases["chamber"] = _filled(
        cases, at, values=_chambers(draw, draw.figures["court"]["chamber"], cases=cases, at=at)
    )
    cases["outcome"] = _filled(
        cases, at, values=_outcomes(draw, draw.figures["court"]["outcome"], cases=cases, at=at)
    )
    cases["in_absentia"] = np.zeros(length(cases), dtype=bool)
    absent = np.where(cases["chamber"][at] == SINGLE, 1.3, 0.6)
    cases["in_absentia"][at] = draw.race(absent, draw.whole(draw.figures["court"]["in_absentia"] * len(at)))
    cases["is_published"] = np.zeros(length(cases), dtype=bool)
    cases["is_published"][at] = draw.chance(len(at), draw.figures["court"]["published"])
    _appeal(draw, draw.figures["court"], cases=cases, at=at)


def _filled(cases: Frame, at: Array, *, values: Array) -> Array:
    column = np.full(length(cases), NO_CODE)
    column[at] = values
    return column


def _chambers(draw: Draw, shares: Figures, *, cases: Frame, at: Array) -> Array:
    n = len(at)
    young = cases["law"][at] == YOUTH_LAW
    chamber = np.full(n, SINGLE)
    chamber[young] = JUVENILE_PANEL
    chamber[draw.race(young.astype(float), draw.whole(min(shares["KR"] * n, 0.85 * int(young.sum()))))] = (
        JUVENILE
    )
    panels = draw.whole(shares["MK"] * n) - int((chamber == JUVENILE_PANEL).sum())
    grave = np.where(chamber == SINGLE, (cases["max_months"][at] / 48.0) ** 2, 0.0)
    chamber[draw.race(grave, max(panels, 0))] = PANEL
    economic = np.where(cases["scm"][at] == codes.SCM.index("9.2"), 1.0, 0.001) * (chamber == SINGLE)
    chamber[draw.race(economic, draw.whole(shares["EPR"] * n))] = ECONOMIC
    return chamber


def _outcomes(draw: Draw, shares: Figures, *, cases: Frame, at: Array) -> Array:
    n = len(at)
    outcome = np.full(n, NO_CODE)
    objection = np.where(cases["decision"][at] == AFTER_OBJECTION, 1.0, 0.0)
    wanted = draw.whole(shares["NO_VD"] / sum(shares.values()) * n)
    outcome[draw.race(objection, wanted)] = ACCUSED_INADMISSIBLE
    rest = np.flatnonzero(outcome == NO_CODE)
    others = [code for code in shares if code != "NO_VD"]
    outcome[rest] = indices(codes.OUTCOMES, others)[draw.kinds(len(rest), [shares[code] for code in others])]
    return outcome


def _appeal(draw: Draw, court: Figures, *, cases: Frame, at: Array) -> None:
    """Add the appeals; nobody appeals an acquittal here, though the prosecution service may."""
    n, outcome = len(at), cases["outcome"][at]
    open_to = np.isin(outcome, (GUILTY, NO_PENALTY, DISCHARGED, INADMISSIBLE))
    weight = open_to * np.where(cases["chamber"][at] == PANEL, 2.5, 1.0)
    appealed = at[draw.race(weight, draw.whole(court["appeal"] * n))]
    second = cases["outcome"][appealed].copy()
    merits = ~draw.chance(len(appealed), court["appeal_inadmissible"])
    second[merits & draw.chance(len(appealed), court["appeal_acquits"])] = ACQUITTED
    second[~merits] = ACCUSED_INADMISSIBLE
    new = (second == GUILTY) & draw.chance(len(appealed), court["appeal_other_sanction"])
    cases["appeal_outcome"] = _filled(cases, appealed, values=second)
    for name, rows in (("appealed", appealed), ("resentenced", appealed[new])):
        cases[name] = np.zeros(length(cases), dtype=bool)
        cases[name][rows] = True


def overturned(cases: Frame) -> Array:
    """A mask: the sanctions of the first instance fell in appeal."""
    lost = cases["appealed"] & ~np.isin(cases["appeal_outcome"], (GUILTY, ACCUSED_INADMISSIBLE))
    fallen: Array = lost | cases["resentenced"]
    return fallen
