"""What registers hold of a person: numbers and names, and what is wrong with them. Noise, not faults."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa

from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NEVER, Array, Frame, length
from das_analysis.synth.names import draw_surnames, surnames
from das_analysis.synth.numbers import bsn, digits, register_numbers, skn

SHORT_NAME, LAST_MONTH = 3, 12
FIRST_YEARS_SAFE = 19  # a swapped date must not make anybody too young to be prosecuted


def describe(draw: Draw, pool: Frame) -> None:
    """Add to each person a surname and the state of its numbers."""
    n, noise = length(pool), draw.figures["noise"]
    natural = (~pool["is_legal"]).astype(float)
    in_brp = 1.0 - draw.figures["suspects"]["not_in_brp"]
    pool["surname"] = draw_surnames(draw, n)
    pool["in_brp"] = draw.race(natural, draw.whole(in_brp * float(natural.sum())))
    pool["has_alias"] = draw.chance(n, noise["alias_split"]) & ~pool["is_legal"]
    late = draw.chance(n, noise["late_merge"]) & ~pool["is_legal"] & ~pool["has_alias"]
    year_start = (pool["entered"].astype(np.int64) - 1970) * 365.2425
    pool["merged"] = np.where(late, year_start + 365 + draw.uniform(n) * 1500, -1).astype(np.int32)


@cache
def spellings() -> tuple[pa.Array, int]:
    """Every surname in four spellings, list by list: right, without accents, in capitals, misspelt."""
    right = [str(name) for name in surnames()[0]]
    plain = [
        "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
        for name in right
    ]
    wrong = [name[:-2] + name[-1] + name[-2] if len(name) > SHORT_NAME else name + "e" for name in right]
    return pa.array(right + plain + [name.upper() for name in right] + wrong), len(right)


def record(draw: Draw, pool: Frame, *, person: Array, when: Array, no_skn: float) -> dict[str, pa.Array]:
    """The identifying columns of rows about persons, as one register wrote them down on a day."""
    noise, n = draw.figures["noise"], len(person)
    of = {name: pool[name][person] for name in pool}
    natural = ~of["is_legal"]
    other = of["has_alias"] & draw.chance(n, 0.5) | (when < of["merged"])
    number = np.where(other, skn(person, alias=True), skn(person))
    has_bsn = of["in_brp"] & ~draw.chance(n, noise["bsn_missing"])
    names, count = spellings()
    wrong = (noise["name_accents_lost"], noise["name_upper_case"], noise["name_misspelt"])
    spelling = draw.kinds(n, (1.0 - sum(wrong), *wrong)).astype(np.int64)
    birth = _swapped(draw, noise["date_swap"], birth=of["birth"], when=when)
    return {
        "skn_key": _where(natural & ~draw.chance(n, no_skn), digits(number, 8)),
        "bsn_key": _where(has_bsn & natural, digits(bsn(person), 9)),
        "surname": _where(natural, names.take(pa.array(of["surname"] + count * spelling))),
        "birth_on": pa.array(np.where(natural, birth, 0).astype(np.int32), mask=~natural).cast(pa.date32()),
        "sex_code": pa.array(np.where(natural, of["sex"], 0).astype(np.int8), mask=~natural),
        "person_kind_code": pa.array(of["is_legal"].astype(np.int8)),
        "is_in_population_register": pa.array(of["in_brp"], mask=~natural),
        "register_key": register_numbers(person),
    }


def _where(mask: Array, values: pa.Array) -> pa.Array:
    import pyarrow.compute as pc

    return pc.if_else(pa.array(mask), values, pa.scalar(None, values.type))


def _swapped(draw: Draw, share: float, *, birth: Array, when: Array) -> Array:
    """Day and month exchanged, for a few whose day can be a month and whom it does not make too young."""
    known = np.where(birth == NEVER, 0, birth)
    dates = known.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    day_of_month = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    years = dates.astype("datetime64[Y]")
    month = (months - years.astype("datetime64[M]")).astype(np.int64) + 1
    old_enough = (when - known) > FIRST_YEARS_SAFE * 366
    swap = draw.chance(len(birth), share / 0.4) & (day_of_month <= LAST_MONTH) & old_enough & (birth != NEVER)
    exchanged = (years.astype("datetime64[M]") + (day_of_month - 1)).astype("datetime64[D]") + (month - 1)
    return np.where(swap, exchanged.astype(np.int64), known).astype(np.int32)
