"""The content of a release: plain values, labelled, rounded, in one language. Nothing else leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from das_analysis.disclosure.figures import Codes, Figures, Measure
from das_analysis.disclosure.labels import code_title, column_title, definition_of, place
from das_analysis.disclosure.policy import Policy
from das_analysis.disclosure.rounding import Cell
from das_analysis.disclosure.wish import Wish
from das_analysis.flow import Result, Snapshot
from das_analysis.model import load_model
from das_analysis.words import t

PERCENT = "%"


def build(
    result: Result, figures: Figures, *, wish: Wish, snapshot: Snapshot, policy: Policy
) -> dict[str, Any]:
    """Return the content of a release as JSON-able values; the same result and wish give the same content."""
    lang = wish.lang
    return {
        "title": wish.title,
        "lang": lang,
        "section": wish.section,
        "indicators": [definition_of(name, lang) for name in result.indicators],
        "columns": [
            *({"name": n, "title": column_title(n, lang), "role": "by", "unit": ""} for n in result.by),
            *(_value_column(m, lang) for m in figures.measures),
        ],
        "rows": [_row(key, cells, result=result, lang=lang) for key, cells in _in_order(result, figures)],
        "rounding": policy.base,
        "notes": [*wish.notes, *_own_notes(result, figures, lang=lang)],
        "chart": dict(wish.chart),
        "snapshot": result.snapshot,
        "snapshot_digest": snapshot.digest,
        "model": result.provenance.model,
        "policy": policy.version,
        "period": _period(result),
    }


def _value_column(measure: Measure, lang: str) -> dict[str, str]:
    if measure.indicator == "value":
        return {"name": "value", "title": t("disclosure_value", lang), "role": "value", "unit": ""}
    found = definition_of(measure.indicator, lang)
    title, unit = found["title"], {"percent": PERCENT}.get(found["unit"], "")
    if measure.statistic:
        title = f"{title}, {t(f'disclosure_statistic_{measure.statistic}', lang)}"
        unit = "" if measure.statistic == "count" else t("disclosure_days", lang)
    return {"name": measure.name, "title": title, "role": "value", "unit": unit}


def _in_order(result: Result, figures: Figures) -> list[tuple[Codes, Mapping[str, Cell]]]:
    """Sort by the codes in the order of the model, and by period within them."""

    def order(item: tuple[Codes, Mapping[str, Cell]]) -> tuple[Any, str]:
        named = dict(zip(result.by, item[0], strict=True))
        return [place(name, code) for name, code in named.items() if name != "period"], named.get(
            "period", ""
        )

    return sorted(figures.cells.items(), key=order)


def _row(key: Codes, cells: Mapping[str, Cell], *, result: Result, lang: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: code_title(name, code, lang=lang) for name, code in zip(result.by, key, strict=True)
    }
    for name, cell in cells.items():
        row[name], row[f"{name}_status"] = cell.value, cell.status
    return row


def _own_notes(result: Result, figures: Figures, *, lang: str) -> list[str]:
    notes = [] if figures.is_whole else [t("disclosure_left_out", lang)]
    if "source" in result.by:
        units = dict.fromkeys(definition_of(name, lang)["counting_unit"] for name in result.indicators)
        notes.append(t("disclosure_no_cohort", lang, units="; ".join(units)))
    return notes + [_gap(supplier, periods, lang=lang) for supplier, periods in result.gaps]


def _gap(supplier: str, periods: str, *, lang: str) -> str:
    return t("disclosure_gap", lang, supplier=load_model().suppliers[supplier].title[lang], periods=periods)


def _period(result: Result) -> str:
    if "period" not in result.by:
        return ""
    labels = sorted(set(map(str, result.frame["period"])))
    return labels[0] if len(labels) == 1 else f"{labels[0]} – {labels[-1]}"
