"""How a release shows itself in a notebook: a table, a chart, and the stamp that a report looks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from das_analysis.disclosure.numerals import write_value
from das_analysis.disclosure.picture import draw
from das_analysis.flow import Release
from das_analysis.words import t

STAMP = "application/vnd.das.release+json"
MOST_ACROSS = 12

Content = Mapping[str, Any]
Cells = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown(Release):
    """A release that a notebook can show. Everything it shows is in its content."""

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {
            "text/html": to_html(self.content),
            "text/plain": to_text(self.content),
            STAMP: {"content": dict(self.content), "digest": self.digest},
        }

    def __repr__(self) -> str:
        return to_text(self.content)


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as it is read: heads of the sides and of the figures, then rows of both."""

    sides: Cells
    heads: Cells
    rows: Sequence[tuple[Cells, Cells]]


def lay_out(content: Content) -> Layout:
    """Return the table of a release: periods across when there is one figure a period and room for them."""
    by = [c for c in content["columns"] if c["role"] == "by"]
    values = [c for c in content["columns"] if c["role"] == "value"]
    periods = list(dict.fromkeys(str(row["period"]) for row in content["rows"] if "period" in row))
    if len(by) > 1 and len(values) == 1 and 1 <= len(periods) <= MOST_ACROSS:
        return _across(content, by, value=values[0]["name"], periods=sorted(periods))
    rows = [
        ([str(row[c["name"]]) for c in by], [_write(content, row, name=c["name"]) for c in values])
        for row in content["rows"]
    ]
    return Layout([c["title"] for c in by], [_head(c) for c in values], rows)


def _across(
    content: Content, by: Sequence[Mapping[str, Any]], *, value: str, periods: Sequence[str]
) -> Layout:
    sides = [c for c in by if c["name"] != "period"]
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for row in content["rows"]:
        side = tuple(str(row[c["name"]]) for c in sides)
        found.setdefault(side, {})[str(row["period"])] = _write(content, row, name=value)
    rows = [(side, [cells.get(period, "") for period in periods]) for side, cells in found.items()]
    return Layout([c["title"] for c in sides], periods, rows)


def _head(column: Mapping[str, Any]) -> str:
    return f"{column['title']} ({column['unit']})" if column["unit"] else str(column["title"])


def _write(content: Content, row: Mapping[str, Any], *, name: str) -> str:
    status = str(row[f"{name}_status"])
    return write_value(row[name], lang=content["lang"], status=status, base=content["rounding"])


def to_html(content: Content) -> str:
    """Return the chart and the table of a release as HTML that a screen reader can follow."""
    layout, lang = lay_out(content), content["lang"]
    heads = "".join(f'<th scope="col">{escape(h)}</th>' for h in (*layout.sides, *layout.heads))
    rows = "".join(
        "<tr>"
        + "".join(f'<th scope="row">{escape(text)}</th>' for text in sides)
        + "".join(f'<td style="text-align:right">{escape(text)}</td>' for text in cells)
        + "</tr>"
        for sides, cells in layout.rows
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in (*content["notes"], *_reading(content)))
    return (
        f'<div lang="{lang}">{draw(content)}<table><caption>{escape(content["title"])}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table><ul>{notes}</ul></div>"
    )


def to_text(content: Content) -> str:
    """Return the table of a release as plain text."""
    layout = lay_out(content)
    table = [(*layout.sides, *layout.heads), *((*sides, *cells) for sides, cells in layout.rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = ["  ".join(text.ljust(w) for text, w in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([content["title"], *lines, *content["notes"], *_reading(content)])


def _reading(content: Content) -> list[str]:
    """Return how the figures must be read: rounded, and what `<10` and `.` mean where they stand."""
    lang, base = content["lang"], content["rounding"]
    held = {value for row in content["rows"] for name, value in row.items() if name.endswith("_status")}
    keys = ["disclosure_rounded", *(f"disclosure_{s}" for s in ("low", "hidden") if s in held)]
    return [*(t(key, lang, base=base) for key in keys), f"DAS, {content['snapshot']}"]
