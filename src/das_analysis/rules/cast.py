"""Text to types, as SQL: the supplier's text of a slot, and the model's value of it.

A value is made only when the text matches the model's own pattern in full; what does not, becomes
NULL and a fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from das_analysis.lake.sql import literal, quote
from das_analysis.model import Column, Model, SlotMap, Supplier

ISO = "%Y-%m-%d"
UNKNOWN = "!unknown"  # a text that a card's value map does not know: matches no pattern and no code
SQL_TYPES = {"integer": "INTEGER", "decimal": "DECIMAL(18,2)", "boolean": "BOOLEAN", "date": "DATE"}
_TWO_DIGITS = ("%d", "%m", "%y", "%H", "%M", "%S")
_DIRECTIVES = {
    **dict.fromkeys(_TWO_DIGITS, "[0-9]{2}"),
    **dict.fromkeys(("%-d", "%-m"), "[0-9]{1,2}"),
    "%Y": "[1-9][0-9]{3}",
    "%f": "[0-9]{1,6}",
}
_PERIOD = re.compile(r"([0-9]{4})(?:-Q([1-4])|-([0-9]{2})(?:-([0-9]{2}))?)?")


def period_start(period: str) -> date:
    """Return the first day of a period: 2026, 2026-Q3, 2026-09 or 2026-09-30. Raises ValueError else."""
    found = _PERIOD.fullmatch(period)
    if not found:
        raise ValueError("a period is written as 2026, 2026-Q3, 2026-09 or 2026-09-30")
    year, quarter, month, day = found.groups()
    first_month = 3 * int(quarter) - 2 if quarter else int(month or 1)
    return date(int(year), first_month, int(day or 1))


def package_column(name: str) -> str:
    """Return the name, quoted, of a package's column in the view `raw`, apart from our own."""
    return quote(f"package {name}")


def date_pattern(format_: str) -> str:
    """Return the pattern that a text in this strptime format matches in full; strptime is too lenient."""
    parts = re.split(r"(%-?[a-zA-Z])", format_)
    return "^" + "".join(_DIRECTIVES[p] if p.startswith("%") else re.escape(p) for p in parts) + "$"


def date_sql(text: str, formats: str) -> str:
    """Return SQL for a DATE out of a text in one of several formats (apart by |); NULL when it is none."""
    tries = [_one_date_sql(text, f) for f in formats.split("|")]
    return f"coalesce({', '.join(tries)})" if len(tries) > 1 else tries[0]


def _one_date_sql(text: str, format_: str) -> str:
    lenient = format_.replace("%-", "%")
    matches = f"regexp_full_match({text}, {literal(date_pattern(format_))})"
    return f"CASE WHEN {matches} THEN try_strptime({text}, {literal(lenient)})::DATE END"


def text_sql(slot: SlotMap, supplier: Supplier) -> str:
    """Return SQL for the text of a slot: blank is NULL, values mapped, prefix before, point for comma."""
    if slot.constant is not None:
        return literal(slot.constant)
    if slot.period:
        return "period_start"
    text = given_sql(slot.column or "", supplier)
    if slot.strip_zero_decimals:
        text = f"regexp_replace({text}, '[.]0+$', '')"
    if slot.decimal_comma:
        text = f"CASE WHEN contains({text}, '.') THEN {literal(UNKNOWN)} ELSE replace({text}, ',', '.') END"
    if slot.values is not None:
        text = _values_sql(text, slot.values)
    return f"{literal(slot.prefix)} || {text}" if slot.prefix else text


def given_sql(column: str, supplier: Supplier) -> str:
    """Return SQL for a package column's text: trimmed where the card says so, NULL when blank."""
    text = f"trim({package_column(column)})" if supplier.trim else package_column(column)
    if not supplier.blank:
        return text
    return f"CASE WHEN {text} NOT IN ({', '.join(map(literal, supplier.blank))}) THEN {text} END"


def _values_sql(text: str, values: Mapping[str, str]) -> str:
    whens = [f"WHEN {text} = {literal(theirs)} THEN {_target(ours)}" for theirs, ours in values.items()]
    return f"CASE WHEN {text} IS NULL THEN NULL {' '.join(whens)} ELSE {literal(UNKNOWN)} END"


def _target(ours: str) -> str:
    return literal(ours) if ours else "NULL"


def typed_sql(column: Column, slot: SlotMap, *, text: str, model: Model) -> str:
    """Return SQL for the model's value of a slot out of its text, NULL when the text is not one."""
    if slot.period:
        return text
    if column.type == "date":
        return date_sql(text, slot.date or ISO)
    if column.type == "code":
        codes = ", ".join(map(literal, model.code_lists[column.codes or ""].codes))
        return f"CASE WHEN {text} IN ({codes}) THEN {text} END"
    value = f"TRY_CAST({text} AS {SQL_TYPES[column.type]})" if column.type in SQL_TYPES else text
    return f"CASE WHEN regexp_full_match({text}, {literal(column.pattern or '')}) THEN {value} END"
