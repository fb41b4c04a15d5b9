"""Periods that a supplier skipped: between the first and the last that it delivered, and never delivered.

Years, quarters, months and days are looked at apart: a supplier that changes its cadence leaves no gap there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

Gap = tuple[str, str]  # its first and last period
SHOWN = 5  # gaps that are named one by one

_PERIOD = re.compile(r"([0-9]{4})(?:-Q([1-4])|-([0-9]{2})(?:-([0-9]{2}))?)?")
_DELIVERY = re.compile(r"(.+?)-([0-9]{4}(?:-Q[1-4]|-[0-9]{2}(?:-[0-9]{2})?)?)-[0-9]+-[0-9a-f]{12}")


def gaps(periods: Iterable[str]) -> list[Gap]:
    """Return the gaps between periods (2025, 2025-Q3, 2025-09, 2025-09-30), oldest first."""
    numbers: dict[str, set[int]] = {}
    for grain, number in map(_number, periods):
        numbers.setdefault(grain, set()).add(number)
    found = [(grain, pair) for grain, some in numbers.items() for pair in pairwise(sorted(some))]
    holes = [(_text(grain, a + 1), _text(grain, b - 1)) for grain, (a, b) in found if b - a > 1]
    return sorted(holes)


def delivered(ids: Iterable[str]) -> dict[str, set[str]]:
    """Return the periods of deliveries by supplier, out of their ids; what is no such id says nothing."""
    periods: dict[str, set[str]] = {}
    for found in filter(None, map(_DELIVERY.fullmatch, ids)):
        periods.setdefault(found[1], set()).add(found[2])
    return periods


def say_gaps(found: list[Gap]) -> str:
    """Return gaps as a text, `2025-02, 2025-04..2025-06`; of many only the first few, and how many more."""
    said = [first if first == last else f"{first}..{last}" for first, last in found[:SHOWN]]
    return ", ".join([*said, *_more(found)])


def _more(found: list[Gap]) -> Iterator[str]:
    if len(found) > SHOWN:
        yield f"+{len(found) - SHOWN}"


def _number(period: str) -> tuple[str, int]:
    found = _PERIOD.fullmatch(period)
    if found is None:
        raise ValueError("a period is written as 2026, 2026-Q3, 2026-09 or 2026-09-30")
    year, quarter, month, day = (int(part or 0) for part in found.groups())
    if quarter:
        return "quarter", year * 4 + quarter - 1
    if day:
        return "day", date(year, month, day).toordinal()
    return ("month", year * 12 + month - 1) if month else ("year", year)


def _text(grain: str, number: int) -> str:
    match grain:
        case "quarter":
            return f"{number // 4:04d}-Q{number % 4 + 1}"
        case "month":
            return f"{number // 12:04d}-{number % 12 + 1:02d}"
        case "day":
            return date.fromordinal(number).isoformat()
    return f"{number:04d}"
