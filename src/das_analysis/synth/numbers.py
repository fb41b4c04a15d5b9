"""Numbers that registers issue, in their normalised form: each unique, none says anything of a person."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.synth.frame import Array, number_within, year_of

# A prime below the room there is: multiplying by anything else runs through all of it before it repeats.
SKN_PRIME, BSN_PRIME, REGISTER_PRIME = 89_999_999, 8_999_993, 8_999_993
NO_DIGIT = 10  # a remainder for which no last digit exists
LAST_CASE = 999_999
ALIASES = 40_000_000  # where the second numbers of persons begin


def digits(numbers: Array, width: int) -> pa.Array:
    """Whole numbers as text, with zeros before them."""
    return pc.utf8_lpad(pa.array(numbers).cast(pa.int64()).cast(pa.string()), width, "0")


def joined(*parts: pa.Array | str) -> pa.Array:
    """Texts put one behind the other; null where a part is null."""
    return pc.binary_join_element_wise(
        *(pa.scalar(p) if isinstance(p, str) else p for p in parts), "", null_handling="emit_null"
    )


def skn(persons: Array, *, alias: bool = False) -> Array:
    """Criminal-justice numbers of eight digits."""
    seeds = persons.astype(np.int64) + (ALIASES if alias else 0)
    return 10_000_000 + (seeds * 48_271_733 + 7_919) % SKN_PRIME


def bsn(persons: Array) -> Array:
    """Citizen service numbers: nine digits that pass the eleven-test, seven of them a person's own."""
    seven = 1_000_000 + (persons.astype(np.int64) * 3_571_429 + 104_729) % BSN_PRIME
    powers = 10 ** np.arange(6, -1, -1)
    own = (seven[:, None] // powers) % 10
    weighted = own @ np.arange(9, 2, -1)
    eighth = persons.astype(np.int64) % 9
    rest = (weighted + 2 * eighth) % 11
    eighth = np.where(rest == NO_DIGIT, eighth + 1, eighth)
    return seven * 100 + eighth * 10 + (weighted + 2 * eighth) % 11


def register_numbers(persons: Array) -> pa.Array:
    """Registration numbers of detainees: seven digits."""
    return digits(1_000_000 + (persons.astype(np.int64) * 2_654_435 + 611_953) % REGISTER_PRIME, 7)


def sequence(days: Array, groups: Array) -> tuple[Array, Array]:
    """Year of each day, and 1, 2, 3 ... within the year and the group, in order of days."""
    years = year_of(days)
    order = np.lexsort((days, groups, years))
    key = years.astype(np.int64) * 1000 + groups
    numbers = np.empty(len(days), dtype=np.int64)
    numbers[order] = number_within(key[order])
    return years, numbers


def case_numbers(registered: Array, prefix: Array) -> Array:
    """Case numbers as whole numbers of ten digits: office, sequence, year."""
    years, numbers = sequence(registered, prefix)
    if len(numbers) and numbers.max() > LAST_CASE:
        raise ValueError("more than 999,999 cases of one office in a year do not fit in a case number")
    keys: Array = prefix.astype(np.int64) * 10**8 + numbers * 100 + years % 100
    return keys


def dated_numbers(days: Array, *, width: int) -> pa.Array:
    """Year and sequence, as police, clinics and agencies number."""
    years, numbers = sequence(days, np.zeros(len(days), dtype=np.int8))
    return joined(digits(years, 4), digits(numbers, width))
