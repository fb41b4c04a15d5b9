"""The simulation as a whole: years of warm-up, the delivered years, and one person in one place at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from das_analysis.synth.calibration import calibration
from das_analysis.synth.cohort import REFERENCES, Cohort, simulate_year
from das_analysis.synth.custody import keep_apart
from das_analysis.synth.draw import Draw
from das_analysis.synth.execution import MONEY, WORK, Way
from das_analysis.synth.frame import NEVER, NO_ROW, Array, Frame, day, length, stack, take
from das_analysis.synth.people import Pool
from das_analysis.synth.register import describe

Progress = Callable[[str, int, int], None]
PEOPLE, YEARS, REGISTERS = 0, 1, 2  # the streams of draws


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that was simulated, as columns of numbers; the truth before any register writes it down."""

    people: Frame
    crimes: Frame
    suspects: Frame
    cases: Frame
    sanctions: Frame
    orders: Frame
    stays: Frame
    dropped_stays: int


def run(*, scale: float, years: Sequence[int], seed: int, progress: Progress | None = None) -> World:
    """Simulate the years and those before them; keep what has an event in the delivered years or later."""
    first, last = min(years), max(years)
    warm = calibration()["warm_up"]
    begin = first - warm["years"]
    draw = Draw(seed, PEOPLE, scale=scale)
    pool = Pool()
    pool.seed(draw, years=range(begin - warm["entrants"], begin), persons=_persons_per_year(draw))
    cohorts = []
    for year in range(begin, last + 1):
        if progress:
            progress(f"simulate {year}", year - begin, last + 1 - begin)
        dice = Draw(seed, YEARS, year, scale=scale)
        cohort = simulate_year(dice, pool, year=year, all_crimes=year >= first)
        cohorts.append(_relevant(cohort, since=day(first), until=day(last + 1)))
    people = pool.frame()
    describe(draw, people)
    return _settle(_joined(cohorts), people)


def _persons_per_year(draw: Draw) -> float:
    """Persons who are registered in a year, each once."""
    figures, crime = draw.figures, draw.figures["crime"]
    cleared = sum(
        crime["per_year"] * share * crime["clearance"][main] for main, share in crime["scm1"].items()
    )
    each = sum(int(n) * share for n, share in crime["suspects_per_cleared"].items())
    registrations = cleared * each + sum(figures["case"]["sources"].values())
    return float(draw.scale * registrations / figures["suspects"]["registrations_per_person"]["mean"])


def _relevant(cohort: Cohort, *, since: int, until: int) -> Cohort:
    """Leave out whatever had its last event before the delivered years, and what came back after them."""
    frames = {field.name: getattr(cohort, field.name) for field in fields(cohort)}
    cases, suspects, crimes = frames["cases"], frames["suspects"], frames["crimes"]
    sent, known = suspects["case"] != NO_ROW, suspects["crime"] != NO_ROW
    case_kept = (_last_event(frames) >= since) & (~cases["is_reinflow"] | (cases["registered"] < until))
    registered = np.where(sent, cases["registered"][suspects["case"]], 0)
    live = (np.maximum(suspects["marked"], registered) >= since) | (sent & case_kept[suspects["case"]])
    crime_kept = crimes["registered"] >= since
    crime_kept[suspects["crime"][known & live]] = True
    suspect_kept = np.where(known, crime_kept[suspects["crime"]], live)
    case_kept[suspects["case"][suspect_kept & sent]] = True
    _with_relatives(cases, case_kept)
    sanction_kept = case_kept[frames["sanctions"]["case"]]
    order_kept = case_kept[frames["orders"]["case"]]
    masks = {
        "crimes": crime_kept,
        "suspects": suspect_kept,
        "cases": case_kept,
        "sanctions": sanction_kept,
        "orders": order_kept,
        "stays": case_kept[frames["stays"]["case"]],
    }
    return Cohort(**_renumbered(frames, masks))


def _with_relatives(cases: Frame, kept: Array) -> None:
    """A case that came back, or was entered twice, keeps the case that it refers to."""
    for name in ("parent", "double_of"):
        others = cases[name][kept & (cases[name] != NO_ROW)]
        kept[others] = True


def _last_event(frames: dict[str, Frame]) -> Array:
    cases = frames["cases"]
    last = np.zeros(length(cases), dtype=np.int64)
    days = (
        "registered",
        "decided",
        "hearing",
        "verdict",
        "appealed_on",
        "irrevocable",
        "appeal_hearing",
        "appeal_verdict",
        "appeal_irrevocable",
        "remand_until",
    )
    for name in days:
        last = np.maximum(last, np.where(cases[name] < NEVER, cases[name], 0))
    for frame, name in (("orders", "received"), ("orders", "closed"), ("stays", "until")):
        rows = frames[frame]
        np.maximum.at(last, rows["case"], np.where(rows[name] < NEVER, rows[name] + 400, 0))
    return last


def _renumbered(frames: dict[str, Frame], masks: dict[str, Array]) -> dict[str, Frame]:
    new_rows = {
        name: np.where(mask, np.cumsum(mask) - 1, NO_ROW).astype(np.int32) for name, mask in masks.items()
    }
    result = {}
    for name, frame in frames.items():
        kept = take(frame, np.flatnonzero(masks[name]))
        for column, target in REFERENCES.get(name, {}).items():
            rows = kept[column]
            kept[column] = np.where(rows == NO_ROW, NO_ROW, new_rows[target][rows]).astype(np.int32)
        result[name] = kept
    return result


def _joined(cohorts: list[Cohort]) -> dict[str, Frame]:
    """All cohorts in one, row numbers shifted."""
    shifts = {
        field.name: np.cumsum([0] + [length(getattr(c, field.name)) for c in cohorts])
        for field in fields(Cohort)
    }
    frames: dict[str, Frame] = {}
    for field in fields(Cohort):
        parts = []
        for number, cohort in enumerate(cohorts):
            part = dict(getattr(cohort, field.name))
            for column, target in REFERENCES.get(field.name, {}).items():
                rows = part[column]
                part[column] = np.where(rows == NO_ROW, NO_ROW, rows + shifts[target][number]).astype(
                    np.int32
                )
            parts.append(part)
        frames[field.name] = stack(parts)
    return frames


def _settle(frames: dict[str, Frame], people: Frame) -> World:
    """Put the stays of a person one after the other and close the orders with them."""
    stays, dropped = keep_apart(frames["stays"])
    orders = frames["orders"]
    orders["is_money"] = np.isin(orders["kind"], MONEY)
    orders["is_work"] = np.isin(orders["kind"], WORK)
    orders["started"] = np.where(orders["is_work"], orders["begun"], NEVER).astype(np.int32)
    orders["failed"] = np.where(orders["is_work"], orders["closed"], NEVER).astype(np.int32)
    held = np.isin(orders["way"], (Way.SUBSTITUTE, Way.SELF_REPORT, Way.ARREST, Way.FROM_REMAND))
    begun, closed = np.full(length(orders), NEVER), np.full(length(orders), NEVER)
    at = np.flatnonzero(stays["order"] != NO_ROW)
    row = stays["order"][at]
    begun[row] = np.maximum(stays["from"][at], orders["received"][row])
    closed[row] = stays["until"][at]
    lost = held & (begun == NEVER)
    orders["way"] = np.where(lost, np.int8(Way.NOT_FOUND), orders["way"]).astype(np.int8)
    orders["begun"] = np.where(held, begun, NEVER).astype(np.int32)
    orders["closed"] = np.where(held, closed, orders["closed"]).astype(np.int32)
    return World(
        people=people, stays=stays, dropped_stays=dropped, **{k: v for k, v in frames.items() if k != "stays"}
    )
