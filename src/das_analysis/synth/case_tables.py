"""The tables of the prosecution service: cases, charges, pre-trial detention, decisions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.synth import codes
from das_analysis.synth.calibration import calibration
from das_analysis.synth.columns import amount, at_row, coded, dates, whole, yes_no
from das_analysis.synth.decisions import CONDITIONAL, SUMMONS
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NEVER, NO_CODE, NO_ROW, Array, Frame, day, length, number_within, take
from das_analysis.synth.inflow import LAW_ARTICLE, LAW_MONTHS, LAW_SCM, LAW_WORDS
from das_analysis.synth.numbers import case_numbers, dated_numbers, digits, joined
from das_analysis.synth.penalties import BY_OFFICE, FINE, SETTLED_SUM, SETTLED_WORK, TASK
from das_analysis.synth.register import record
from das_analysis.synth.remand import phases
from das_analysis.synth.simulate import World

SECOND = 2
NEW_SEX_LAW = day(2024, 7)  # articles before it are no longer used for offences after it (Stb. 2024, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Case numbers by row of the cases, report numbers by row of the suspects (null where there is none)."""

    cases: pa.Array
    reports: pa.Array
    decisions: pa.Array


def number(world: World) -> Numbers:
    """Issue the numbers that more than one register uses."""
    cases, suspects = world.cases, world.suspects
    keys = digits(case_numbers(cases["registered"], cases["prefix"]), 10)
    prefixes = [unit["police"] for unit in calibration()["units"].values()]
    police = joined(
        "PL",
        coded(suspects["unit"], prefixes).cast(pa.string()),
        "-",
        dated_numbers(suspects["marked"], width=7),
    )
    of_police = (suspects["case"] != NO_ROW) & (suspects["source"] == 0)
    reports = pc.if_else(pa.array(of_police), police, pa.scalar(None, pa.string()))
    last = np.where(cases["summoned_before"] < NEVER, 2, 1)
    return Numbers(cases=keys, reports=reports, decisions=pa.array(last.astype(np.int32)))


def tables(draw: Draw, world: World, *, numbers: Numbers) -> dict[str, pa.Table]:
    """The four tables of the prosecution service; its sanctions stand with those of the courts."""
    return {
        "case": _cases(draw, world, numbers=numbers),
        "charge": _charges(draw, world.cases, keys=numbers.cases),
        "pre_trial_detention": _pre_trial(world.cases, numbers.cases),
        "prosecution_decision": _decisions(draw, world, keys=numbers.cases),
    }


def _cases(draw: Draw, world: World, *, numbers: Numbers) -> pa.Table:
    cases, person = world.cases, world.cases["person"]
    share = draw.figures["noise"]["skn_missing_elsewhere"]
    registered = record(draw, world.people, person=person, when=cases["registered"], no_skn=share)
    del registered["register_key"]
    return pa.table(
        {
            "case_key": numbers.cases,
            "pv_key": at_row(numbers.reports, cases["suspect"]),
            "person_id": pa.array(person),
            **registered,
            "office_code": coded(cases["office"], codes.OFFICES),
            "registered_on": dates(cases["registered"]),
            "source_code": coded(cases["source"], codes.SOURCES),
            "stream_code": coded(cases["stream"], codes.STREAMS),
            "is_zsm": yes_no(cases["is_zsm"]),
            "offence_code": coded(cases["scm"], codes.SCM),
            "law_code": coded(cases["law"], codes.LAWS),
            "is_reinflow": yes_no(cases["is_reinflow"]),
            "reinflow_of_key": at_row(numbers.cases, cases["parent"]),
            "person_kind_code": coded(cases["is_legal"].astype(np.int8), codes.PERSON_KINDS),
            "sex_code": coded(world.people["sex"][person], codes.SEXES),
            "true_age_at_offence": whole(cases["age"]),
            "true_double_of_key": at_row(numbers.cases, cases["double_of"]),
        }
    )


def _charges(draw: Draw, cases: Frame, *, keys: pa.Array) -> pa.Table:
    """The gravest charge first; the others carry no higher maximum."""
    row = np.repeat(np.arange(length(cases), dtype=np.int32), cases["charges"])
    number_in_case = number_within(row)
    first = number_in_case == 1
    law = np.where(first, cases["law_row"][row], _lighter(draw, cases, row=row))
    attempt = cases["is_attempt"][row] & (law == cases["law_row"][row])
    months = LAW_MONTHS[law]
    until = cases["until"][row]
    same = ~first & (law == cases["law_row"][row])
    old_law = np.isin(LAW_SCM[law], _sex_kinds()) & (cases["from"][row] >= NEW_SEX_LAW)
    case = keys.take(pa.array(row))
    return pa.table(
        {
            "charge_key": joined(case, "/", digits(number_in_case, 1)),
            "case_key": case,
            "charge_number": whole(number_in_case),
            "alternative_code": coded(np.where(same & (number_in_case == SECOND), 1, 0), codes.ALTERNATIVES),
            "law_article_code": coded(np.where(old_law, NO_CODE, LAW_ARTICLE[law]), codes.ARTICLES),
            "offence_code": coded(np.where(first, cases["scm"][row], LAW_SCM[law]), codes.SCM),
            "offence_text": coded(LAW_WORDS[law], codes.WORDS),
            "committed_from_on": dates(cases["from"][row]),
            "committed_until_on": dates(until),
            "is_attempt": yes_no(attempt),
            "max_penalty_months": whole(np.where(attempt, months * 2 // 3, months)),
        }
    )


def _sex_kinds() -> list[int]:
    return [position for position, scm in enumerate(codes.SCM) if scm.startswith("3.3")]


def _lighter(draw: Draw, cases: Frame, *, row: Array) -> Array:
    """Articles of further charges: the first one's again, or one that is often charged beside it."""
    beside = [
        i
        for i, law in enumerate(codes.LAW)
        if law[1] in ("Sr 350", "Sr 300", "Sr 285", "Sr 184", "Sr 310", "Sr 266")
    ]
    other = np.array(beside, dtype=np.int16)[draw.kinds(len(row), [1.0] * len(beside))]
    first = cases["law_row"][row]
    fits = (LAW_MONTHS[other] <= cases["max_months"][row]) & draw.chance(len(row), 0.6)
    return np.where(fits, other, first)


def _pre_trial(cases: Frame, keys: pa.Array) -> pa.Table:
    rows = phases(cases)
    case = keys.take(pa.array(rows["case"]))
    return pa.table(
        {
            "pre_trial_key": joined(case, "/", digits(number_within(rows["case"]), 1)),
            "case_key": case,
            "phase_code": coded(rows["phase"], codes.PHASES),
            "started_on": dates(rows["from"]),
            "ended_on": dates(rows["until"]),
            "is_suspended": yes_no(rows["is_suspended"]),
        }
    )


def _decisions(draw: Draw, world: World, *, keys: pa.Array) -> pa.Table:
    """One decision a case, two where a summons was replaced."""
    cases = world.cases
    before = np.flatnonzero(cases["summoned_before"] < NEVER)
    row = np.concatenate([before, np.arange(length(cases))]).astype(np.int32)
    is_last = np.arange(len(row)) >= len(before)
    order = np.lexsort((is_last, row))
    row, is_last = row[order], is_last[order]
    of = take(cases, row)
    decision = np.where(is_last, of["decision"], SUMMONS)
    conditional = decision == CONDITIONAL
    euros, hours = _content(world, (FINE, SETTLED_SUM)), _content(world, (TASK, SETTLED_WORK))
    case, sequence = keys.take(pa.array(row)), number_within(row)
    months = np.where(draw.chance(len(row), 0.7), 24, 12)
    return pa.table(
        {
            "decision_key": joined(case, "/", digits(sequence, 1)),
            "case_key": case,
            "decision_number": whole(sequence),
            "decided_on": dates(np.where(is_last, of["decided"], of["summoned_before"])),
            "decision_code": coded(decision, codes.DECISIONS),
            "ground_code": coded(np.where(is_last, of["ground"], NO_CODE), codes.GROUNDS),
            "second_ground_code": coded(np.where(is_last, of["second_ground"], NO_CODE), codes.GROUNDS),
            "has_conditions": yes_no(conditional),
            "probation_months": whole(np.where(conditional, months, -1)),
            "amount_eur": amount(np.where(is_last, euros[row], np.nan)),
            "task_hours": whole(np.where(is_last, np.nan_to_num(hours[row], nan=-1), -1)),
        }
    )


def _content(world: World, kinds: tuple[np.int8, ...]) -> Array:
    """Money or hours in each case's penal order or settlement."""
    of = world.sanctions
    at = np.flatnonzero((of["stage"] == BY_OFFICE) & np.isin(of["kind"], kinds))
    content = np.full(length(world.cases), np.nan)
    content[of["case"][at]] = of["total"][at]
    return content
