"""A release's rows as a table people read: one series of the chart a column, the other breakdowns a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from das_analysis.disclosure.numerals import write_value
from das_analysis.disclosure.picture import unit_of

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as it is written, and why it has no value if it has none."""

    written: str
    status: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Column heads (breakdowns first), and rows of row heads and figures."""

    sides: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[Cell, ...]], ...]
    unit: str


def columns_of(content: Content, role: str) -> list[Mapping[str, str]]:
    """Return the columns of a release with a role: `by` (a breakdown) or `value`."""
    return [column for column in content["columns"] if column["role"] == role]


def make_grid(content: Content) -> Grid:
    """Return the table of a release. A breakdown drawn as series stands in columns when rows stay unique."""
    chart, values = content.get("chart", {}), columns_of(content, "value")
    by = columns_of(content, "by")
    split = chart.get("series") if chart.get("kind") in {"line", "bar"} and len(by) > 1 else None
    one = {
        c["name"]
        for c in by
        if c["name"] == "period" and len({row["period"] for row in content["rows"]}) == 1
    }
    sides = [c for c in by if c["name"] not in {split, *(one if len(by) > 1 else ())}]
    parts = list(dict.fromkeys(str(row[split]) for row in content["rows"])) if split else [""]
    found: dict[tuple[str, ...], dict[tuple[str, str], Cell]] = {}
    for row in content["rows"]:
        side = tuple(str(row[column["name"]] or "") for column in sides)
        part = str(row[split]) if split else ""
        found.setdefault(side, {}).update(
            {(part, v["name"]): _cell(content, row, name=v["name"]) for v in values}
        )
    order = [(part, v["name"]) for part in parts for v in values]
    rows = tuple(
        (side, tuple(cells.get(key, Cell("", "")) for key in order)) for side, cells in found.items()
    )
    heads = tuple(_head(part, v, many=len(values) > 1) for part in parts for v in values)
    return Grid(tuple(capital(c["title"]) for c in sides), heads, rows, _one_unit(content, values))


def _cell(content: Content, row: Mapping[str, Any], *, name: str) -> Cell:
    status = row.get(f"{name}_status", "")
    return Cell(write_value(row[name], lang=content["lang"], status=status, base=content["rounding"]), status)


def _head(part: str, value: Mapping[str, str], *, many: bool) -> str:
    unit = f" ({value['unit']})" if value.get("unit") else ""
    title = f"{value['title']}{unit}"
    return capital(title if not part else f"{part}: {title}" if many else part)


def _one_unit(content: Content, values: Sequence[Mapping[str, str]]) -> str:
    units = {unit_of(content, value["name"]) for value in values}
    return units.pop() if len(units) == 1 else ""


def capital(text: str) -> str:
    """Return a text with a capital, as it stands at the head of a line."""
    return text[:1].upper() + text[1:]
