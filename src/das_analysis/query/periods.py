"""Periods to count over: years, quarters, months or days, one after another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from das_analysis.errors import Refused

Grain = Literal["year", "quarter", "month", "day"]
MONTHS: dict[Grain, int] = {"year": 12, "quarter": 3, "month": 1}
_LABEL = re.compile(r"^((?:19|20|21)[0-9]{2})(?:-Q([1-4])|-([0-9]{2})(?:-([0-9]{2}))?)?$")


@dataclass(frozen=True, slots=True)
class Period:
    """A period with its first and last day. The last day is the reference date of a stock."""

    label: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Periods:
    """Periods of one grain without gaps, oldest first."""

    grain: Grain
    items: tuple[Period, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the periods: 2025, 2025-Q3, 2025-09 or 2025-09-30."""
        return tuple(p.label for p in self.items)


def period(label: str) -> Periods:
    """Return one period: "2025", "2025-Q3", "2025-09" or a day, "2022-07-01". Raises Refused for others."""
    return _between(label, label)


def years(first: int, last: int) -> Periods:
    """Return the years from `first` up to and including `last`."""
    return _between(f"{first:04d}", f"{last:04d}")


def quarters(first: str, last: str) -> Periods:
    """Return the quarters from `first` ("2024-Q1") up to and including `last`."""
    return _of_grain("quarter", first=first, last=last)


def months(first: str, last: str) -> Periods:
    """Return the months from `first` ("2024-01") up to and including `last`."""
    return _of_grain("month", first=first, last=last)


def days(first: str, last: str) -> Periods:
    """Return the days from `first` ("2022-05-01") up to and including `last`: reference dates of a stock."""
    return _of_grain("day", first=first, last=last)


def _of_grain(grain: Grain, *, first: str, last: str) -> Periods:
    found = _between(first, last)
    if found.grain != grain:
        raise Refused(f"these are no {grain}s", todo='write 2024-Q1, "2024-01" or "2024-01-31"')
    return found


def _between(first: str, last: str) -> Periods:
    grain, start = _parse(first)
    other, end = _parse(last)
    if grain != other or end < start:
        raise Refused("the first and last period are no pair", todo="give two of one kind, the oldest first")
    items = [_make(grain, start)]
    while items[-1].start < end:
        items.append(_make(grain, items[-1].end + timedelta(days=1)))
    return Periods(grain, tuple(items))


def _parse(label: str) -> tuple[Grain, date]:
    found = _LABEL.match(label)
    if found is None:
        raise Refused("no such period", todo='write "2025", "2025-Q3", "2025-09" or "2025-09-30"')
    year, quarter, month, day = found.groups()
    grain: Grain = "quarter" if quarter else "day" if day else "month" if month else "year"
    first_month = 3 * int(quarter) - 2 if quarter else int(month or 1)
    try:
        return grain, date(int(year), first_month, int(day or 1))
    except ValueError:
        raise Refused("no such day or month", todo='write "2025-09" or "2025-09-30"') from None


def _make(grain: Grain, start: date) -> Period:
    if grain == "day":
        return Period(start.isoformat(), start, start)
    index = start.year * 12 + start.month - 1 + MONTHS[grain]
    end = date(index // 12, index % 12 + 1, 1) - timedelta(days=1)
    labels: dict[Grain, str] = {
        "year": f"{start.year:04d}",
        "quarter": f"{start.year:04d}-Q{(start.month + 2) // 3}",
        "month": f"{start.year:04d}-{start.month:02d}",
    }
    return Period(labels[grain], start, end)
