"""One year of crimes and all that comes of them, however much later: drawn together, so that totals hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from das_analysis.synth.courts import overturned, try_cases
from das_analysis.synth.custody import stays_of
from das_analysis.synth.dates import date_first_round, date_second_round, date_trials
from das_analysis.synth.decisions import come_back, decide, replaced_summons
from das_analysis.synth.draw import Draw
from das_analysis.synth.execution import orders_of
from das_analysis.synth.frame import NEVER, NO_ROW, Array, Frame, age_at, length, stack, take
from das_analysis.synth.inflow import ADULT, open_cases
from das_analysis.synth.penalties import APPEAL, FIRST, PRISON, YOUTH_CUSTODY, of_courts, of_office
from das_analysis.synth.people import Pool
from das_analysis.synth.police import (
    POL,
    clear,
    cleared_crimes,
    other_crimes,
    settle_those_left,
    suspects_of,
    suspects_of_others,
)
from das_analysis.synth.quantities import anew_in_appeal, express, measure
from das_analysis.synth.remand import hold, release

LEGAL_KINDS = ("1.2.1", "1.2.3", "1.3.3", "1.7", "1.8", "2.2.6", "9.2")
TWELVE_YEARS = 144  # months


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The frames of one year; columns that name a row of another frame are listed in REFERENCES."""

    crimes: Frame
    suspects: Frame
    cases: Frame
    sanctions: Frame
    orders: Frame
    stays: Frame


REFERENCES = {
    "suspects": {"crime": "crimes", "case": "cases"},
    "cases": {"suspect": "suspects", "parent": "cases", "double_of": "cases"},
    "sanctions": {"case": "cases"},
    "orders": {"case": "cases", "sanction": "sanctions"},
    "stays": {"case": "cases", "order": "orders"},
}


def simulate_year(draw: Draw, pool: Pool, *, year: int, all_crimes: bool) -> Cohort:
    """Draw the crimes of a year and follow them to the end; `all_crimes`: those without a suspect, too."""
    crimes = cleared_crimes(draw, year)
    of_police = suspects_of(draw, crimes)
    of_police = take(of_police, np.argsort(of_police["marked"], kind="stable"))
    suspects = stack([of_police, suspects_of_others(draw, year)])
    _name(draw, pool, suspects=suspects, year=year)
    _old_enough(crimes, suspects)
    suspects["age"] = np.where(suspects["is_legal"], -1, age_at(suspects["birth"], suspects["from"])).astype(
        np.int16
    )
    clear(crimes, suspects)
    cases, sanctions = _prosecute(draw, suspects)
    suspects["disposal"] = settle_those_left(draw, suspects, is_minor=suspects["age"] < ADULT)
    orders = orders_of(draw, cases, sanctions=sanctions)
    stays = stays_of(draw, cases, orders=orders)
    if all_crimes:
        others = other_crimes(draw, year)
        crimes = stack([crimes, others | {"cleared": np.full(length(others), NEVER)}])
    return Cohort(
        crimes=crimes, suspects=suspects, cases=cases, sanctions=sanctions, orders=orders, stays=stays
    )


def _name(draw: Draw, pool: Pool, *, suspects: Frame, year: int) -> None:
    """Give each suspect a person: companies where companies commit crimes, nobody twice in one crime."""
    of, n = draw.figures["suspects"], length(suspects)
    police = suspects["source"] == POL
    kinds = _is_kind(suspects["scm"], LEGAL_KINDS)
    legal = draw.race((police & kinds).astype(float), draw.whole(of["legal_persons"] * float(police.sum())))
    legal |= draw.race(
        (_of_special_service(suspects)).astype(float),
        draw.whole(draw.figures["case"]["legal_at_bod"] * draw.scale),
    )
    person = np.empty(n, dtype=np.int32)
    for group in (police & ~legal, ~police & ~legal):
        person[group] = pool.registrations(draw, year, n=int(group.sum()))
    person[legal] = pool.legal(year, int(legal.sum()))
    suspects["person"] = _apart(person, suspects["crime"], legal=legal)
    suspects["is_legal"] = legal
    for name in ("is_arrested", "in_custody"):
        suspects[name] &= ~legal
    known = pool.frame()
    suspects["birth"] = known["birth"][suspects["person"]]


def _is_kind(scm: Array, kinds: tuple[str, ...]) -> Array:
    from das_analysis.synth.codes import SCM

    wanted: Array = np.isin(scm, [SCM.index(kind) for kind in kinds])
    return wanted


def _of_special_service(suspects: Frame) -> Array:
    from das_analysis.synth.police import BOD

    special: Array = suspects["source"] == BOD
    return special


def _apart(person: Array, crime: Array, *, legal: Array) -> Array:
    """Exchange persons so that nobody is suspect twice in one crime."""
    person = person.copy()
    others = np.flatnonzero(~legal)
    for step in range(1, 9):
        order = np.lexsort((person, crime))
        first, second = order[:-1], order[1:]
        same = (crime[first] == crime[second]) & (person[first] == person[second]) & (crime[first] != NO_ROW)
        at = second[same]
        if not len(at):
            break
        swap = others[(at * 7919 + step * 104_729) % len(others)]
        for row, other in zip(at, swap, strict=True):  # a handful
            person[row], person[other] = person[other], person[row]
    return person


def _old_enough(crimes: Frame, suspects: Frame) -> None:
    """Move offences before the twelfth birthday up to that day: nobody is prosecuted for them."""
    birth = np.where(suspects["is_legal"], 0, suspects["birth"]).astype("datetime64[D]")
    months = birth.astype("datetime64[M]")
    twelfth = (
        (months + TWELVE_YEARS).astype("datetime64[D]") + (birth - months.astype("datetime64[D]"))
    ).astype(np.int64)
    known = suspects["crime"] != NO_ROW
    for name in ("from", "until"):
        np.maximum.at(crimes[name], suspects["crime"][known], twelfth[known].astype(np.int32))
        moved = np.maximum(suspects[name], twelfth).astype(np.int32)
        suspects[name] = np.where(known, crimes[name][suspects["crime"]], moved).astype(np.int32)


def _prosecute(draw: Draw, suspects: Frame) -> tuple[Frame, Frame]:
    """Cases with all that is decided in them and when, and the sanctions imposed."""
    first = decide(draw, open_cases(draw, suspects))
    suspects["case"] = np.full(length(suspects), NO_ROW)
    once = np.flatnonzero(first["double_of"] == NO_ROW)
    suspects["case"][first["suspect"][once]] = once
    again = come_back(draw, first)
    cases = stack([first, again])
    cases["replaced_summons"] = replaced_summons(draw, cases)
    try_cases(draw, cases)
    sanctions = stack([of_office(draw, cases), of_courts(draw, cases)])
    measure(draw, cases, sanctions=sanctions)
    sanctions = anew_in_appeal(draw, cases, sanctions=sanctions)
    express(sanctions)
    cases["days"] = _custody_days(cases, sanctions)
    hold(draw, cases)
    cases = _date(draw, cases, first=length(first))
    release(draw, cases)
    sanctions["imposed"] = _imposed(cases, sanctions)
    return cases, sanctions


def _custody_days(cases: Frame, sanctions: Frame) -> Array:
    """Unconditional days of custody that stand at the end, by case."""
    days = np.zeros(length(cases), dtype=np.int64)
    stands = ~(overturned(cases)[sanctions["case"]] & (sanctions["stage"] == FIRST))
    at = np.flatnonzero(stands & np.isin(sanctions["kind"], (PRISON, YOUTH_CUSTODY)))
    np.add.at(days, sanctions["case"][at], sanctions["days"][at])
    return days.astype(np.int32)


def _date(draw: Draw, cases: Frame, *, first: int) -> Frame:
    rows = np.arange(length(cases))
    once, again = take(cases, rows[:first]), take(cases, rows[first:])
    date_first_round(draw, once)
    date_second_round(draw, again, cases=once)
    both = stack([once, again])
    date_trials(draw, both)
    both["comes_back"] = np.full(length(both), NEVER)
    both["comes_back"][again["parent"]] = again["registered"]
    return both


def _imposed(cases: Frame, sanctions: Frame) -> Array:
    case, stage = sanctions["case"], sanctions["stage"]
    by_court = np.where(stage == APPEAL, cases["appeal_verdict"][case], cases["verdict"][case])
    return np.where(np.isin(stage, (FIRST, APPEAL)), by_court, cases["decided"][case]).astype(np.int32)
