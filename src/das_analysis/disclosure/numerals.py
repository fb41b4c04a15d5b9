"""How a released value is written in Dutch and English: one way for notebooks, charts, tables and texts."""

from __future__ import annotations

LOW, HIDDEN = "low", "hidden"
_MARKS = {LOW: "<{base}", HIDDEN: "."}


def write_value(value: float | None, *, lang: str, status: str = "", base: int = 10) -> str:
    """Write a value: 1.234,5 in Dutch, 1,234.5 in English; `<10` when low, `.` when hidden, else nothing."""
    if status in _MARKS:
        return _MARKS[status].format(base=base)
    if value is None:
        return ""
    written = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return written.translate(str.maketrans(",.", ".,")) if lang == "nl" else written
