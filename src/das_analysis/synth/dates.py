"""When it happens: days drawn forward along the chain, so that no event precedes the one before it."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from das_analysis.synth.calibration import Figures
from das_analysis.synth.courts import ACCUSED_INADMISSIBLE, JUVENILE, JUVENILE_PANEL, PANEL
from das_analysis.synth.decisions import AFTER_OBJECTION, PENAL_ORDER, SUMMONS
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NEVER, Array, Frame, length, take
from das_analysis.synth.inflow import age_groups
from das_analysis.synth.remand import CUSTODY_DAYS

LONGEST_STEP = 1000  # days of one step in the chain, at most
APPEAL_TERM = 14  # days to appeal (Sv 408)


def date_first_round(draw: Draw, cases: Frame) -> None:
    """Add registration and decision to cases that come in for the first time."""
    n, lead = length(cases), draw.figures["leadtime_days"]
    spread = ndtri(draw.uniform(n, within=_cell(cases), along=cases["marked"]))
    wait = _waits(spread, np.array([lead["suspect_to_om"]]), most=900)
    wait = np.where(cases["held"], draw.kinds(n, (1, 1, 1, 1)), wait)
    cases["registered"] = (cases["marked"] + wait).astype(np.int32)
    double = np.flatnonzero(cases["double_of"] >= 0)
    first = cases["registered"][cases["double_of"][double]]
    cases["registered"][double] = first + draw.kinds(len(double), [1.0] * 10)
    _decide_on(draw, cases)


def date_second_round(draw: Draw, again: Frame, *, cases: Frame) -> None:
    """Add registration and decision to cases that flow in again, some months after the earlier decision."""
    lead = draw.figures["leadtime_days"]
    wait = draw.days(cases["decided"][again["parent"]], lead["reinflow"], most=900, least=30)
    again["registered"] = (cases["decided"][again["parent"]] + wait).astype(np.int32)
    _decide_on(draw, again)


def _cell(cases: Frame) -> Array:
    """Decision and age group in one number: lengths of time are spread evenly within each."""
    return cases["decision"].astype(np.int16) * 16 + age_groups(cases)


def _waits(spread: Array, of: Array, *, most: int) -> Array:
    days: Array = np.clip(of[:, 0] * np.exp(of[:, 1] * spread), 1, most).astype(np.int32)
    return days


def _decide_on(draw: Draw, cases: Frame) -> None:
    n, decision, steps = length(cases), cases["decision"], draw.figures["leadtime_days"]["om_decision"]
    of = np.tile(np.array(steps["SEP"], dtype=float), (n, 1))
    of[decision == PENAL_ORDER] = steps["SB"]
    of[np.isin(decision, (SUMMONS, AFTER_OBJECTION))] = steps["DAG"]
    spread = draw.uniform(n, within=_cell(cases), along=cases["registered"])
    wait = _waits(ndtri(spread), of, most=LONGEST_STEP)
    quick = cases["held"]
    wait[quick] = draw.days(cases["registered"][quick], steps["held"], most=75, least=2)
    cases["decided"] = (cases["registered"] + wait).astype(np.int32)
    replaced = cases["replaced_summons"] & (wait > 1)
    cases["summoned_before"] = np.where(replaced, cases["registered"] + wait // 2, NEVER).astype(np.int32)


def date_trials(draw: Draw, cases: Frame) -> None:
    """Add hearing, verdict, appeal and the days on which judgments become irrevocable."""
    for name in ("hearing", "verdict", "irrevocable", "appealed_on", *_IN_APPEAL):
        cases[name] = np.full(length(cases), NEVER)
    at = np.flatnonzero(cases["tried"])
    tried = take(cases, at)
    lead, n = draw.figures["leadtime_days"], len(at)
    to_verdict = _days_to_verdict(draw, lead["dag_to_verdict"], tried=tried)
    whole = draw.chance(n, 0.75) & ~np.isin(tried["chamber"], (PANEL, JUVENILE_PANEL))
    share = np.where(whole, 1.0, 0.35 + 0.6 * draw.uniform(n))
    hearing = tried["decided"] + np.maximum((to_verdict * share).astype(np.int32), 1)
    latest = tried["marked"] + CUSTODY_DAYS + 100
    hearing = np.where(tried["held"], np.clip(hearing, tried["decided"] + 1, latest), hearing)
    verdict = np.maximum(tried["decided"] + to_verdict, hearing)
    cases["hearing"][at], cases["verdict"][at] = hearing, verdict
    _appeal(draw, lead, cases=cases)
    _become_final(draw, cases, at=at)


_IN_APPEAL = ("appeal_hearing", "appeal_verdict", "appeal_irrevocable")


def _days_to_verdict(draw: Draw, lead: Figures, *, tried: Frame) -> Array:
    chamber, days = tried["chamber"], np.zeros(length(tried), dtype=np.int32)
    panel, juvenile = np.isin(chamber, (PANEL, JUVENILE_PANEL)), chamber == JUVENILE
    for group, of in ((panel, lead["MK"]), (juvenile, lead["KR"]), (~panel & ~juvenile, lead["PR"])):
        days[group] = draw.days(tried["decided"][group], of, most=LONGEST_STEP + 200, least=2)
    quick = tried["held"]
    single = quick & ~panel
    days[single] = draw.days(tried["decided"][single], lead["PR_held"], most=90, least=2)
    held = lead["MK_held"]
    days[quick & panel] = draw.days(tried["decided"][quick & panel], held, most=500, least=20)
    return days


def _appeal(draw: Draw, lead: Figures, *, cases: Frame) -> None:
    at = np.flatnonzero(cases["appealed"])
    n, verdict = len(at), cases["verdict"][at]
    lodged = verdict + 1 + (draw.uniform(n) * APPEAL_TERM).astype(np.int32)
    wait = draw.days(verdict, lead["appeal_to_verdict"], most=1500, least=30)
    decided = lodged + wait
    cases["appealed_on"][at] = lodged
    cases["appeal_hearing"][at] = lodged + np.maximum(
        (wait * (0.6 + 0.4 * draw.uniform(n))).astype(np.int32), 1
    )
    cases["appeal_verdict"][at] = decided
    cases["appeal_irrevocable"][at] = decided + APPEAL_TERM + 1


def _become_final(draw: Draw, cases: Frame, *, at: Array) -> None:
    """Fifteen days after the verdict; later when the accused must still hear of it; or with the appeal."""
    service = draw.figures["leadtime_days"]["service_in_absentia"]
    served = np.where(
        cases["in_absentia"][at], draw.days(cases["verdict"][at], service, most=700, least=1), 0
    )
    final = cases["verdict"][at] + APPEAL_TERM + 1 + served
    appealed = cases["appealed"][at]
    upheld = cases["appeal_outcome"][at] == ACCUSED_INADMISSIBLE
    final = np.where(appealed, np.where(upheld, cases["appeal_irrevocable"][at], NEVER), final)
    cases["irrevocable"][at] = final


def final_day(cases: Frame) -> Array:
    """The day from which the sanctions of a court can be executed, first instance or appeal."""
    return np.minimum(cases["irrevocable"], cases["appeal_irrevocable"])
