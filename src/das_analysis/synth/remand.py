"""Pre-trial detention: who is held, from when, until when, and what of the sentence is then left."""

from __future__ import annotations

import numpy as np

from das_analysis.synth.courts import PANEL
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NEVER, Array, Frame, day, length
from das_analysis.synth.inflow import YOUTH_LAW

CUSTODY_DAYS = 3  # police custody (Sv 58)
REMAND_DAYS = 14  # first stage (Sv 64)
UNTIL_HEARING = 104  # first stage and 90 days of further remand (Sv 66)
AFTER_VERDICT = 60  # further remand runs on for so long (Sv 66)
YEAR, TWO_YEARS = 365, 730
GRAVE_ENOUGH = 24  # months: remand is for graver offences (Sv 67, simplified)
CAPPED_SINCE = day(2021, 7)  # conditional release is two years at most (Wet straffen en beschermen)


def hold(draw: Draw, cases: Frame) -> None:
    """Add `held`: cases in which the suspect is remanded. `days` is the unconditional custody of a case."""
    of, n = draw.figures["remand"], length(cases)
    natural = (
        ~cases["is_legal"]
        & ~cases["is_reinflow"]
        & (cases["double_of"] < 0)
        & (cases["max_months"] >= GRAVE_ENOUGH)
    )
    youth = cases["law"] == YOUTH_LAW
    panel = cases["tried"] & (cases["chamber"] == PANEL)
    sentenced = 1.0 + 4.0 * (cases["days"] > 0)
    held = np.zeros(n, dtype=bool)
    adults = of["adult"] / (1.0 - of["held_already"])
    dismissed = of["of_others_dismissed"] * adults
    from_panels = min(of["of_panel"] * int((panel & ~youth).sum()), 0.7 * adults * draw.scale)
    queue = (
        (natural & youth & cases["tried"], of["juvenile"] * draw.scale),
        (natural & ~youth & panel, from_panels),
        (natural & ~youth & ~cases["tried"], dismissed * draw.scale),
        (natural & ~youth & cases["tried"] & ~panel, (adults - dismissed) * draw.scale - from_panels),
    )
    for group, wanted in queue:
        held |= draw.race(group * ~held * sentenced, draw.whole(max(wanted, 0.0)))
    cases["held"] = held


def net_days(days: Array, decided: Array) -> Array:
    """Days to serve of a sentence: conditional release (Sr 15), since 1 July 2021 for two years at most."""
    capped = np.where(decided >= CAPPED_SINCE, days - TWO_YEARS, 0)
    medium = YEAR + (days - YEAR) // 3
    long = np.maximum(days * 2 // 3, capped)
    return np.select([days <= YEAR, days <= TWO_YEARS], [days, medium], long).astype(np.int32)


def release(draw: Draw, cases: Frame) -> None:
    """Add `remand_from`, `remand_until`, whether the sentence follows on, and what is left of it."""
    n, of = length(cases), draw.figures["remand"]
    held, start = cases["held"], cases["marked"] + CUSTODY_DAYS
    verdict = np.where(cases["tried"], cases["verdict"], NEVER)
    net = net_days(cases["days"], np.where(cases["tried"], cases["verdict"], 0))
    to_verdict = np.clip(verdict - start, 1, 100_000)
    short = np.clip(draw.lognormal(n, of["no_sentence_days"]), 2, np.minimum(UNTIL_HEARING, to_verdict))
    early = np.clip(draw.lognormal(n, of["suspended_after_days"]), 5, np.minimum(UNTIL_HEARING, to_verdict))
    beyond = held & (net > to_verdict)
    stays_on = beyond & draw.chance(n, of["stays_on"])
    within = np.clip(net, 3, None)
    stay = np.select([~held, net == 0, stays_on, beyond], [0, short, net, early], within).astype(np.int32)
    cases["stays_on"] = stays_on
    cases["suspended"] = beyond & ~stays_on
    cases["remand_from"] = np.where(held, start, NEVER).astype(np.int32)
    cases["remand_until"] = np.where(held, start + np.maximum(stay, 1), NEVER).astype(np.int32)
    cases["days_left"] = np.where(held, np.maximum(net - stay, 0), net).astype(np.int32)
    cases["days_left"][stays_on] = 0


def phases(cases: Frame) -> Frame:
    """Police custody, first stage and further remand of every case: one row a phase, in order of time."""
    at = np.flatnonzero(cases["held"])
    start, until = cases["remand_from"][at], cases["remand_until"][at]
    ordered = np.where(cases["tried"][at], cases["verdict"][at] + AFTER_VERDICT, NEVER)
    until = np.minimum(until, np.maximum(ordered, start + 1))
    parts = [_phase(at, 0, start=start - CUSTODY_DAYS, until=start)]
    parts.append(_phase(at, 1, start=start, until=np.minimum(start + REMAND_DAYS, until)))
    at_phase, begin = at, start + REMAND_DAYS
    while len(at_phase):
        more = until > begin
        at_phase, begin, until = at_phase[more], begin[more], until[more]
        parts.append(_phase(at_phase, 2, start=begin, until=np.minimum(begin + 90, until)))
        begin = begin + 90
    rows = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((rows["from"], rows["case"]))
    rows = {name: values[order] for name, values in rows.items()}
    last = np.append(rows["case"][1:] != rows["case"][:-1], True)[: len(order)]
    rows["is_suspended"] = last & cases["suspended"][rows["case"]]
    return rows


def _phase(at: Array, phase: int, *, start: Array, until: Array) -> Frame:
    return {
        "case": at.astype(np.int32),
        "phase": np.full(len(at), phase, dtype=np.int8),
        "from": start.astype(np.int32),
        "until": until.astype(np.int32),
    }
