"""What an outsider can work out of the margins: the interval of each figure under ten, by linear programming.

A table with totals is a system of equations: each total is the sum of its parts, and each printed figure
says in which interval the true one lies. Where all parts are near the top of their intervals at once, a
figure under ten can be pinned down although it is printed as `<10`. Such a table is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from das_analysis.disclosure.figures import Codes, Figures
from das_analysis.disclosure.policy import Policy
from das_analysis.disclosure.rounding import HIDDEN, LOW, Cell
from das_analysis.model import load_model
from das_analysis.query import TOTAL, domain

if TYPE_CHECKING:
    import numpy as np

MOST_QUESTIONS = 4000
ROUNDING = 1e-6  # of the solver
Bounds = tuple[float, float | None]


@dataclass(frozen=True, slots=True)
class System:
    """The figures of one period and one column: an interval for each, and which is the sum of which.

    Everybody knows that nothing has a code that was not valid in the period. Where no table fits that,
    `wider` has every code of the model.
    """

    bounds: Mapping[Codes, Bounds]
    sums: Sequence[tuple[Codes, Sequence[Codes]]]
    low: Sequence[Codes]
    wider: System | None = None


def systems(by: Codes, figures: Figures, *, policy: Policy) -> Iterator[System]:
    """Give the system of each period and column of counts; none for a table without totals."""
    at = by.index("period") if "period" in by else None
    names = [name for name in by if name != "period"]
    if not any(TOTAL in codes for codes in figures.cells):
        return
    tables: dict[tuple[str, str], dict[Codes, Cell]] = {}
    for codes, cells in figures.cells.items():
        rest = tuple(code for i, code in enumerate(codes) if i != at)
        for measure in (m for m in figures.measures if m.blank.status == LOW):
            period = codes[at] if at is not None else ""
            tables.setdefault((period, measure.name), {})[rest] = cells[measure.name]
    everything = _axes(names)
    for (period, _), table in tables.items():
        axes = _axes(names, [period] if period else [])
        wider = _system(everything, table, policy=policy) if axes != everything else None
        yield replace(_system(axes, table, policy=policy), wider=wider)


def _axes(names: Sequence[str], periods: Sequence[str] = ()) -> list[tuple[str, ...]]:
    return [(TOTAL, *domain(load_model().breakdowns[name], periods)) for name in names]


def _system(axes: Sequence[Sequence[str]], table: Mapping[Codes, Cell], *, policy: Policy) -> System:
    """What is not in the table is under ten: so says the release."""
    seen = [dict.fromkeys([*axis, *(codes[i] for codes in table)]) for i, axis in enumerate(axes)]
    grid = list(product(*seen))
    blank = Cell(None, LOW)
    sums = [
        (codes, [(*codes[:i], part, *codes[i + 1 :]) for part in axis if part != TOTAL])
        for codes in grid
        for i, axis in enumerate(seen)
        if codes[i] == TOTAL
    ]
    bounds = {codes: _bounds(table.get(codes, blank), policy) for codes in grid}
    return System(bounds, sums, [codes for codes in grid if table.get(codes, blank).status == LOW])


def _bounds(cell: Cell, policy: Policy) -> Bounds:
    if cell.status == LOW:
        return 0, policy.smallest_count - 1
    if cell.status == HIDDEN or cell.value is None:
        return policy.smallest_count, None
    half = policy.base // 2
    return max(cell.value - half, policy.smallest_count), cell.value + half - 1


def count_narrow(systems: Sequence[System], policy: Policy) -> int:
    """Count the figures under ten that have fewer possible values than the policy asks."""
    return sum(_count(system, policy.narrowest) for system in systems)


def _count(system: System, narrowest: int) -> int:
    """Ask for the least and largest value of each low figure, unless an earlier answer shows that it is wide.

    An answer is a whole table that fits what is printed, so each tells something of every figure.
    """
    import numpy as np

    place = {codes: i for i, codes in enumerate(system.bounds)}
    sums = _matrix(system, place)
    least, most = np.full(len(place), math.inf), np.full(len(place), -math.inf)
    narrow = 0
    for at in (place[codes] for codes in system.low):
        if _whole(least[at], most[at]) >= narrowest:
            continue
        for sign in (1, -1):
            table = _fit(system, sums, at=at, sign=sign)
            if table is None:
                return _count(system.wider, narrowest) if system.wider else 0
            least, most = np.minimum(least, table), np.maximum(most, table)
        narrow += _whole(least[at], most[at]) < narrowest
    return narrow


def _whole(least: float, most: float) -> int:
    """Return how many whole numbers lie between two ends; none before anything was asked."""
    return 0 if most < least else math.floor(most + ROUNDING) - math.ceil(least - ROUNDING) + 1


def _matrix(system: System, place: Mapping[Codes, int]) -> np.ndarray:
    import numpy as np

    sums = np.zeros((len(system.sums), len(place)))
    for row, (total, parts) in enumerate(system.sums):
        sums[row, place[total]] = 1
        sums[row, [place[part] for part in parts]] = -1
    return sums


def _fit(system: System, sums: np.ndarray, *, at: int, sign: int) -> np.ndarray | None:
    """Return a table with the least (sign 1) or largest (sign -1) value at a place; None when none fits."""
    import numpy as np
    from scipy.optimize import linprog

    cost = np.zeros(len(system.bounds))
    cost[at] = sign
    bounds = list(system.bounds.values())
    found = linprog(cost, A_eq=sums, b_eq=np.zeros(len(sums)), bounds=bounds, method="highs")
    return np.asarray(found.x) if found.success else None
