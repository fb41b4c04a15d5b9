"""The truth: what really happened, one Arrow table for each class of the model, with true persons and links.

Columns are named as the slots of the model. Keys are the issued numbers in their normalised form.
`person_id` is the true person, a number of the simulation and of nothing else. `skn_key`, `bsn_key`,
`surname`, `birth_on` and the like are what the register wrote down of that person on that row. A column that
begins with `true_` is in no register.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from das_analysis.synth import case_tables, police_tables, trial_tables
from das_analysis.synth.columns import coded, dates, yes_no
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import Array, Frame, length
from das_analysis.synth.names import surnames
from das_analysis.synth.numbers import bsn, digits, register_numbers, skn
from das_analysis.synth.simulate import REGISTERS, Progress, World, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A simulated chain. A table is named as the class that it fills; `person` lists the true persons."""

    years: tuple[int, ...]
    seed: int
    scale: float
    person: pa.Table
    registered_crime: pa.Table
    suspect_registration: pa.Table
    police_report: pa.Table
    case: pa.Table
    charge: pa.Table
    pre_trial_detention: pa.Table
    prosecution_decision: pa.Table
    court_case: pa.Table
    verdict: pa.Table
    sanction: pa.Table
    execution_order: pa.Table
    execution_event: pa.Table
    detention_spell: pa.Table

    def tables(self) -> dict[str, pa.Table]:
        """Every table by name."""
        return {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("years", "seed", "scale")
        }


def simulate(*, scale: float, years: Sequence[int], seed: int, progress: Progress | None = None) -> Chain:
    """Simulate the chain for one or more years, after years of warm-up that are left out.

    `scale` 1.0 is the whole country. The same arguments give the same tables. Raises ValueError for a scale
    that is not above zero, or for no years.
    """
    if scale <= 0 or not years:
        raise ValueError("a chain needs a scale above zero and at least one year")
    world = run(scale=scale, years=years, seed=seed, progress=progress)
    return to_tables(world, years=tuple(sorted(set(years))), seed=seed, scale=scale)


def to_tables(world: World, *, years: tuple[int, ...], seed: int, scale: float) -> Chain:
    """Write the simulated world down as registers would: with numbers, names and the noise in them."""
    draw = Draw(seed, REGISTERS, scale=scale)
    numbers = case_tables.number(world)
    police = police_tables.tables(draw, world, numbers=numbers)
    cases = case_tables.tables(draw, world, numbers=numbers)
    trials = trial_tables.tables(draw, world, numbers=numbers)
    return Chain(years=years, seed=seed, scale=scale, person=_persons(world), **police, **cases, **trials)


def _persons(world: World) -> pa.Table:
    """The persons who occur in any register, with every number they have."""
    of: Frame = world.people
    used = np.zeros(length(of), dtype=bool)
    for frame in (world.suspects, world.cases, world.stays):
        used[frame["person"]] = True
    rows = np.flatnonzero(used)
    part = {name: values[rows] for name, values in of.items()}
    natural = ~part["is_legal"]
    two = natural & (part["has_alias"] | (part["merged"] >= 0))
    return pa.table(
        {
            "person_id": pa.array(rows.astype(np.int32)),
            "skn": _only(natural, digits(skn(rows), 8)),
            "second_skn": _only(two, digits(skn(rows, alias=True), 8)),
            "bsn": _only(part["in_brp"], digits(bsn(rows), 9)),
            "register_number": register_numbers(rows),
            "surname": _only(natural, pa.array(surnames()[0], pa.string()).take(pa.array(part["surname"]))),
            "birth_on": dates(part["birth"]),
            "sex_code": coded(part["sex"], ("M", "V")),
            "is_legal_person": yes_no(part["is_legal"]),
            "is_in_population_register": yes_no(part["in_brp"]),
        }
    )


def _only(mask: Array, values: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.if_else(pa.array(mask), values, pa.scalar(None, values.type))
