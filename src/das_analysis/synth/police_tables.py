"""The tables of the police: crimes, suspects, reports."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from das_analysis.synth import codes
from das_analysis.synth.calibration import calibration
from das_analysis.synth.case_tables import Numbers
from das_analysis.synth.columns import at_row, coded, dates, whole, yes_no
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NEVER, NO_ROW, Array, Frame, number_within, take
from das_analysis.synth.numbers import dated_numbers, digits, joined
from das_analysis.synth.police import POL, REPORT
from das_analysis.synth.register import record
from das_analysis.synth.simulate import World


@dataclass(frozen=True, slots=True)
class Keys:
    """Issued numbers: of crimes and cases by row, of reports by row of the suspects."""

    crimes: pa.Array
    reports: pa.Array
    cases: pa.Array


def tables(draw: Draw, world: World, *, numbers: Numbers) -> dict[str, pa.Table]:
    """The three tables of the police, and nothing of suspects whom other services brought in."""
    crime_keys = dated_numbers(world.crimes["registered"], width=7)
    rows = np.flatnonzero(world.suspects["source"] == POL)
    suspects = take(world.suspects, rows)
    reports = numbers.reports.take(pa.array(rows))
    return {
        "registered_crime": _crimes(world.crimes, crime_keys),
        "suspect_registration": _suspects(
            draw, world, suspects=suspects, keys=Keys(crime_keys, reports, numbers.cases)
        ),
        "police_report": _reports(world, suspects, crime_keys=crime_keys, keys=reports),
    }


def _crimes(crimes: Frame, keys: pa.Array) -> pa.Table:
    to_police = calibration()["crime"]["police_code"]
    known = [codes.POLICE_OFFENCES.index(to_police[scm]) if scm in to_police else -1 for scm in codes.SCM]
    return pa.table(
        {
            "crime_key": keys,
            "police_offence_code": coded(
                np.array(known, dtype=np.int8)[crimes["scm"]], codes.POLICE_OFFENCES
            ),
            "offence_code": coded(crimes["scm"], codes.SCM),
            "committed_from_on": dates(crimes["from"]),
            "committed_until_on": dates(crimes["until"]),
            "registered_on": dates(crimes["registered"]),
            "municipality_code": coded(crimes["municipality"], codes.MUNICIPALITIES),
            "police_unit_code": coded(crimes["unit"], codes.UNITS),
            "is_cleared": yes_no(crimes["cleared"] < NEVER),
            "cleared_on": dates(crimes["cleared"]),
            "is_cyber": yes_no(crimes["is_cyber"]),
            "victims": whole(crimes["victims"]),
        }
    )


def _suspects(draw: Draw, world: World, *, suspects: Frame, keys: Keys) -> pa.Table:
    person, marked = suspects["person"], suspects["marked"]
    crime = at_row(keys.crimes, suspects["crime"])
    share = draw.figures["noise"]["skn_missing_police"]
    registered = record(draw, world.people, person=person, when=marked, no_skn=share)
    del registered["register_key"]
    return pa.table(
        {
            "suspect_key": joined(crime, "/", digits(_within(suspects["crime"]), 1)),
            "crime_key": crime,
            "pv_key": keys.reports,
            "person_id": pa.array(person),
            **registered,
            "person_kind_code": coded(suspects["is_legal"].astype(np.int8), codes.PERSON_KINDS),
            "sex_code": coded(world.people["sex"][person], codes.SEXES),
            "role_code": coded(suspects["role"], codes.ROLES),
            "marked_on": dates(marked),
            "is_arrested": yes_no(suspects["is_arrested"]),
            "is_in_police_custody": yes_no(suspects["in_custody"]),
            "police_disposal_code": coded(suspects["disposal"], codes.DISPOSALS),
            "true_disposed_on": dates(_closed(world, suspects)),
            "true_case_key": at_row(keys.cases, suspects["case"]),
        }
    )


def _within(groups: Array) -> Array:
    order = np.argsort(groups, kind="stable")
    numbers = np.empty(len(groups), dtype=np.int32)
    numbers[order] = number_within(groups[order])
    return numbers


def _closed(world: World, suspects: Frame) -> Array:
    """The day on which the police were done: the report closed, or some weeks later."""
    sent = suspects["disposal"] == REPORT
    case = np.where(sent & (suspects["case"] != NO_ROW), suspects["case"], 0)
    waited = np.where(sent, (world.cases["registered"][case] - suspects["marked"]) * 6 // 10, 30)
    return (suspects["marked"] + waited).astype(np.int32)


def _reports(world: World, suspects: Frame, *, crime_keys: pa.Array, keys: pa.Array) -> pa.Table:
    rows = np.flatnonzero(suspects["case"] != NO_ROW)
    of = take(suspects, rows)
    registered = world.cases["registered"][of["case"]]
    sent = of["marked"] + (registered - of["marked"]) * 9 // 10
    return pa.table(
        {
            "pv_key": keys.take(pa.array(rows)),
            "police_unit_code": coded(of["unit"], codes.UNITS),
            "closed_on": dates(_closed(world, of)),
            "sent_on": dates(sent.astype(np.int32)),
            "true_crime_key": at_row(crime_keys, of["crime"]),
        }
    )
