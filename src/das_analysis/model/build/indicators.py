"""Indicators and the ways to divide them: one definition a file, checked against the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from das_analysis.errors import BadModel
from das_analysis.model.codes import CodeList
from das_analysis.model.load import make
from das_analysis.model.schema import Breakdown, Indicator, Table

TEXTS = ("title", "definition", "counting_unit", "counting_moment")
BREAKDOWNS = "breakdowns.yaml"
NEVER = ("identifying", "pseudonymous", "sensitive")


def read_breakdowns(
    files: list[tuple[Path, Any]], tables: Mapping[str, Table], *, code_lists: Mapping[str, CodeList]
) -> dict[str, Breakdown]:
    """Read the breakdowns. Raises BadModel for a column or code that is not there or may not divide."""
    entries: dict[str, Any] = next((content for path, content in files if path.name == BREAKDOWNS), {})
    found: dict[str, Breakdown] = {}
    for name, entry in entries.items():
        groups = [{**g, "title": {"nl": g["title_nl"], "en": g["title"]}} for g in entry.get("groups", ())]
        title = {"nl": entry["title_nl"], "en": entry["title"]}
        breakdown: Breakdown = make(Breakdown, {**entry, "id": name, "title": title, "groups": groups})
        _check_breakdown(breakdown, tables, code_lists=code_lists)
        found[name] = breakdown
    return found


def _check_breakdown(
    breakdown: Breakdown, tables: Mapping[str, Table], *, code_lists: Mapping[str, CodeList]
) -> None:
    where = f"model/indicators/{BREAKDOWNS}, {breakdown.id}"
    if breakdown.codes is not None and breakdown.codes not in code_lists:
        raise BadModel(f"{breakdown.codes} is not a code list of the model", where=where)
    grouped = [code for group in breakdown.groups for code in group.codes]
    known = set(code_lists[breakdown.codes].codes) if breakdown.codes else set(grouped)
    if len(grouped) != len(set(grouped)) or (grouped and set(grouped) != known):
        raise BadModel("groups must hold each code of the list once", where=where, todo="see model/codes/")
    for table, path in breakdown.columns.items():
        privacy = _privacy(path, table, tables=tables)
        if privacy is None or privacy in NEVER:
            raise BadModel(f"{table}: {path} is no column that may divide a figure", where=where)


def _privacy(path: str, table: str, *, tables: Mapping[str, Table]) -> str | None:
    """Return the privacy subset of the column a path leads to, None when it leads nowhere."""
    step, _, rest = path.partition(".")
    if table not in tables:
        return None
    if not rest:
        column = tables[table].columns.get(step)
        return column.privacy if column else None
    key = tables[table].columns.get(f"{step}_key")
    return _privacy(rest, (key and key.references) or step, tables=tables)


def read_indicators(
    files: list[tuple[Path, Any]], tables: Mapping[str, Table], *, breakdowns: Mapping[str, Breakdown]
) -> dict[str, Indicator]:
    """Read every indicator. Raises BadModel for a table, column, breakdown or part that is not there."""
    found: dict[str, Indicator] = {}
    for path, entry in files:
        if path.name == BREAKDOWNS:
            continue
        values = {k: v for k, v in entry.items() if not k.endswith("_nl")}
        values |= {key: {"nl": entry[f"{key}_nl"], "en": entry[key]} for key in TEXTS}
        values["synonyms"] = _synonyms(entry)
        indicator: Indicator = make(Indicator, values)
        _check(indicator, path.name, tables=tables)
        _check_breakdowns(indicator, path.name, breakdowns=breakdowns)
        found[indicator.id] = indicator
    for indicator in found.values():
        _check_rate(indicator, found)
    return found


def _synonyms(entry: Mapping[str, Any]) -> dict[str, list[str]]:
    found = {"nl": entry.get("aliases_nl", []), "en": entry.get("aliases", [])}
    return {lang: words for lang, words in found.items() if words}


def _check(indicator: Indicator, file: str, *, tables: Mapping[str, Table]) -> None:
    where = f"model/indicators/{file}"
    if indicator.table not in tables or file != f"{indicator.id}.yaml":
        raise BadModel(
            "an indicator names a table that is not in the model, or its file has another name", where=where
        )
    for path in _paths(indicator):
        if path not in indicator.events and _privacy(path, indicator.table, tables=tables) is None:
            raise BadModel(f"{indicator.table}: {path} leads nowhere", where=where, todo="see model/")
    for event in indicator.events.values():
        if _privacy(event.column, event.table, tables=tables) is None:
            raise BadModel(f"{event.table}: {event.column} leads nowhere", where=where, todo="see model/")


def _paths(indicator: Indicator) -> Iterator[str]:
    for date in (indicator.moment, indicator.until, indicator.since):
        yield from (date or "").split("|") if date else ()
    keep = indicator.keep
    yield from (p for p in (indicator.distinct, keep and keep.per, keep and keep.order) if p)
    yield from (*indicator.where, *indicator.where_not)


def _check_breakdowns(indicator: Indicator, file: str, *, breakdowns: Mapping[str, Breakdown]) -> None:
    for name in indicator.breakdowns:
        if name not in breakdowns or indicator.table not in breakdowns[name].columns:
            raise BadModel(
                f"{name} does not divide the table {indicator.table}",
                where=f"model/indicators/{file}",
                todo=f"add the table to model/indicators/{BREAKDOWNS}",
            )


def _check_rate(indicator: Indicator, found: Mapping[str, Indicator]) -> None:
    rate = indicator.rate
    if (indicator.kind == "rate") != (rate is not None):
        raise BadModel("a rate, and nothing else, names its two parts", where=f"indicator {indicator.id}")
    for part in (rate.of, rate.to) if rate else ():
        if part not in found or set(indicator.breakdowns) - set(found[part].breakdowns):
            raise BadModel(
                f"{part} is no indicator, or it cannot be divided as the rate can",
                where=f"indicator {indicator.id}",
            )
