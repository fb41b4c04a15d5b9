"""The tables of the courts, of CJIB and of the custodial institutions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.synth import codes
from das_analysis.synth.case_tables import Numbers
from das_analysis.synth.columns import amount, at_row, coded, dates, whole
from das_analysis.synth.courts import ACQUITTED, APPEAL_PANEL, APPEAL_SINGLE, GUILTY
from das_analysis.synth.custody import add_age, spells_of
from das_analysis.synth.draw import Draw
from das_analysis.synth.events import events_of
from das_analysis.synth.execution import TO_CJIB
from das_analysis.synth.frame import NEVER, NO_ROW, Array, Frame, length, number_within, stack, take
from das_analysis.synth.numbers import dated_numbers, digits, joined, sequence
from das_analysis.synth.penalties import APPEAL, BY_OFFICE, COMPENSATION, FINE, SETTLED_SUM
from das_analysis.synth.register import record
from das_analysis.synth.simulate import World

FIRST_CHARGE = 2  # the verdict on the case comes before it
FIRST_INSTANCE, IN_APPEAL = np.int8(0), np.int8(1)


def tables(draw: Draw, world: World, *, numbers: Numbers) -> dict[str, pa.Table]:
    """Court cases, verdicts, sanctions; orders, events; spells."""
    trials = _trials(draw, world.cases)
    courts = coded(trials["court"], codes.COURTS).cast(pa.string())
    years, within = sequence(trials["hearing"], trials["court"])
    trial_keys = joined(courts, "-", digits(years, 4), "-", digits(within, 1))
    sanctions, sanction_keys = _sanctions(world, numbers, trials=trials, trial_keys=trial_keys)
    orders, order_keys = _orders(world, numbers, sanction_keys=sanction_keys)
    return {
        "court_case": _court_cases(trials, numbers.cases, keys=trial_keys),
        "verdict": _verdicts(draw, world.cases, trials=trials, keys=trial_keys),
        "sanction": sanctions,
        "execution_order": orders,
        "execution_event": _events(world.orders, order_keys),
        "detention_spell": _spells(draw, world, cases=numbers.cases, orders=order_keys),
    }


def _trials(draw: Draw, cases: Frame) -> Frame:
    """One row a court case: first instance, and appeal where there was one."""
    first, second = np.flatnonzero(cases["tried"]), np.flatnonzero(cases["appealed"])
    appeal_of = {
        codes.COURTS.index(low): codes.COURTS.index(high)
        for low, high in draw.figures["appeal_courts"].items()
    }
    to_appeal = np.array([appeal_of.get(i, 0) for i in range(len(codes.COURTS))], dtype=np.int8)
    own: Frame = {
        "case": first,
        "instance": np.full(len(first), FIRST_INSTANCE),
        "court": cases["court"][first],
        "absent": cases["in_absentia"][first],
        "published": cases["is_published"][first],
        "appealed_on": cases["appealed_on"][first],
    }
    own |= {name: cases[name][first] for name in ("chamber", "outcome", "hearing", "verdict", "irrevocable")}
    appeal: Frame = {
        "case": second,
        "instance": np.full(len(second), IN_APPEAL),
        "court": to_appeal[cases["court"][second]],
        "absent": draw.chance(len(second), draw.figures["court"]["appeal_in_absentia"]),
        "published": draw.chance(len(second), draw.figures["court"]["appeal_published"]),
        "appealed_on": np.full(len(second), NEVER),
        "chamber": np.where(
            draw.chance(len(second), draw.figures["court"]["appeal_panel"]), APPEAL_PANEL, APPEAL_SINGLE
        ),
    }
    appeal |= {
        name: cases[f"appeal_{name}"][second] for name in ("outcome", "hearing", "verdict", "irrevocable")
    }
    return stack([own, appeal])


def _court_cases(trials: Frame, cases: pa.Array, *, keys: pa.Array) -> pa.Table:
    courts = coded(trials["court"], codes.COURTS).cast(pa.string())
    years, within = sequence(trials["verdict"], trials["court"])
    eclis = joined("ECLI:NL:", courts, ":", digits(years, 4), ":", digits(within, 1))
    return pa.table(
        {
            "court_case_key": keys,
            "case_key": cases.take(pa.array(trials["case"])),
            "instance_code": coded(trials["instance"], codes.INSTANCES),
            "court_code": coded(trials["court"], codes.COURTS),
            "chamber_code": coded(trials["chamber"], codes.CHAMBERS),
            "first_hearing_on": dates(trials["hearing"]),
            "verdict_on": dates(trials["verdict"]),
            "presence_code": coded(trials["absent"].astype(np.int8), codes.PRESENCES),
            "ecli": pc.if_else(pa.array(trials["published"]), eclis, pa.scalar(None, pa.string())),
            "appealed_on": dates(trials["appealed_on"]),
            "irrevocable_on": dates(trials["irrevocable"]),
        }
    )


def _verdicts(draw: Draw, cases: Frame, *, trials: Frame, keys: pa.Array) -> pa.Table:
    """One verdict on the case as a whole; with several charges, one on each of them as well."""
    charges = cases["charges"][trials["case"]].astype(np.int32)
    each = 1 + np.where(charges > 1, charges, 0)
    row = np.repeat(np.arange(length(trials), dtype=np.int32), each)
    number = number_within(row)
    outcome = trials["outcome"][row]
    further = (
        (number > FIRST_CHARGE)
        & (outcome == GUILTY)
        & draw.chance(len(row), draw.figures["court"]["charge_acquitted"])
    )
    trial = keys.take(pa.array(row))
    return pa.table(
        {
            "verdict_key": joined(trial, "/", digits(number, 1)),
            "court_case_key": trial,
            "charge_number": whole(np.where(number == 1, -1, number - 1)),
            "outcome_code": coded(np.where(further, ACQUITTED, outcome), codes.OUTCOMES),
            "pronounced_on": dates(trials["verdict"][row]),
        }
    )


def _sanctions(
    world: World, numbers: Numbers, *, trials: Frame, trial_keys: pa.Array
) -> tuple[pa.Table, pa.Array]:
    """All sanctions in the order of the simulation, and their numbers."""
    of = world.sanctions
    by_court = of["stage"] != BY_OFFICE
    order = np.lexsort((of["kind"], of["stage"], of["case"], by_court))
    number = np.empty(length(of), dtype=np.int32)
    number[order] = number_within((of["case"] * 2 + by_court)[order])
    case = numbers.cases.take(pa.array(of["case"]))
    source = coded(by_court.astype(np.int8), codes.SANCTION_SOURCES)
    keys = joined(case, "/", source.cast(pa.string()), "/", digits(number, 1))
    trial = _trial_of(world.cases, trials, sanctions=of)
    decision = joined(case, "/", digits(numbers.decisions.to_numpy()[of["case"]], 1))
    table = pa.table(
        {
            "sanction_key": keys,
            "imposed_by_code": source,
            "case_key": case,
            "court_case_key": at_row(trial_keys, trial),
            "decision_key": pc.if_else(pa.array(by_court), pa.scalar(None, pa.string()), decision),
            "sanction_code": coded(of["kind"], codes.SANCTIONS),
            "mode_code": coded(of["mode"], codes.MODES),
            "unit_code": coded(of["unit"], codes.MEASURES),
            "total_quantity": amount(of["total"]),
            "unconditional_quantity": amount(of["hard"]),
            "conditional_quantity": amount(of["soft"]),
            "probation_months": whole(of["probation"]),
            "substitute_days": whole(of["substitute"]),
            "imposed_on": dates(of["imposed"]),
        }
    )
    return table, keys


def _trial_of(cases: Frame, trials: Frame, *, sanctions: Frame) -> Array:
    """Row of the court case of each sanction; none for those of the prosecution service."""
    rows = np.full((2, length(cases)), NO_ROW)
    rows[trials["instance"], trials["case"]] = np.arange(length(trials), dtype=np.int32)
    instance = np.where(sanctions["stage"] == APPEAL, IN_APPEAL, FIRST_INSTANCE)
    found: Array = np.where(sanctions["stage"] == BY_OFFICE, NO_ROW, rows[instance, sanctions["case"]])
    return found


def _orders(world: World, numbers: Numbers, *, sanction_keys: pa.Array) -> tuple[pa.Table, pa.Array]:
    of = world.orders
    keys = joined("5", dated_numbers(of["received"], width=8))
    to_others = of["executor"] != TO_CJIB
    is_amount = np.isin(of["kind"], (FINE, COMPENSATION, SETTLED_SUM))
    table = pa.table(
        {
            "order_key": keys,
            "sanction_key": sanction_keys.take(pa.array(of["sanction"])),
            "case_key": numbers.cases.take(pa.array(of["case"])),
            "sanction_code": coded(of["kind"], codes.SANCTIONS),
            "executor_code": coded(of["executor"], codes.EXECUTORS),
            "received_on": dates(of["received"]),
            "handed_over_on": dates(np.where(to_others, of["received"] + 1, NEVER)),
            "closed_on": dates(of["closed"]),
            "amount_eur": amount(np.where(is_amount, of["quantity"], np.nan)),
        }
    )
    return table, keys


def _events(orders: Frame, keys: pa.Array) -> pa.Table:
    rows = events_of(orders)
    order = keys.take(pa.array(rows["order"]))
    no_unit = codes.MEASURES.index("GEEN")
    return pa.table(
        {
            "event_key": joined(order, "/", digits(rows["number"], 1)),
            "order_key": order,
            "event_code": coded(rows["event"], codes.EVENTS),
            "occurred_on": dates(rows["day"]),
            "quantity": amount(rows["quantity"]),
            "unit_code": coded(np.where(rows["unit"] == no_unit, -1, rows["unit"]), codes.MEASURES),
        }
    )


def _spells(draw: Draw, world: World, *, cases: pa.Array, orders: pa.Array) -> pa.Table:
    order = np.argsort(world.stays["from"], kind="stable")
    stays = take(world.stays, order)
    received = np.where(stays["order"] == NO_ROW, NEVER, world.orders["received"][stays["order"]])
    spells = spells_of(draw, stays, received=received, cases_days=world.cases["days"][stays["case"]])
    stay = take(stays, spells["stay"])
    add_age(spells, world.people["birth"][stay["person"]])
    keys = dated_numbers(stays["from"], width=7).take(pa.array(spells["stay"]))
    share = draw.figures["noise"]["skn_missing_elsewhere"]
    registered = record(draw, world.people, person=stay["person"], when=stay["from"], no_skn=share)
    return pa.table(
        {
            "spell_key": joined(keys, "/", digits(spells["number"], 1)),
            "stay_key": keys,
            "order_key": at_row(orders, spells["order"]),
            "case_key": cases.take(pa.array(stay["case"])),
            "person_id": pa.array(stay["person"]),
            **registered,
            "person_kind_code": coded(np.zeros(length(spells), dtype=np.int8), codes.PERSON_KINDS),
            "sex_code": coded(world.people["sex"][stay["person"]], codes.SEXES),
            "facility_code": coded(spells["facility"], codes.FACILITIES),
            "facility_type_code": coded(spells["type"], codes.FACILITY_TYPES),
            "title_code": coded(spells["title"], codes.TITLES),
            "security_level_code": coded(spells["security"], codes.SECURITY),
            "admitted_on": dates(stay["from"]),
            "started_on": dates(spells["from"]),
            "ended_on": dates(spells["until"]),
            "inflow_code": coded(spells["inflow"], codes.INFLOWS),
            "outflow_code": coded(spells["outflow"], codes.OUTFLOWS),
            "age_at_start_years": whole(spells["age"]),
        }
    )
