"""Names for codes: what a released table calls its rows, columns and figures, in its language."""

from __future__ import annotations

from typing import Any

from das_analysis.model import Indicator, Text, load_model
from das_analysis.query import LINKAGE, TOTAL, domain, seam_title, stage_title, stages
from das_analysis.words import t

SPECIAL = ("period", "source", "target", "seam")
TEXTS = ("title", "definition", "counting_unit", "counting_moment")


def column_title(name: str, lang: str) -> str:
    """Return the title of a column that divides: a breakdown, the period, a stage or a seam."""
    return t(f"disclosure_{name}", lang) if name in SPECIAL else load_model().breakdowns[name].title[lang]


def code_title(name: str, code: str, *, lang: str) -> str:
    """Return the label of a code in a column that divides."""
    if code == TOTAL:
        return t("disclosure_total", lang)
    if name == "period":
        return code
    if name == "seam":
        return seam_title(code, lang)
    if name in SPECIAL:
        return stage_title(code, lang)
    named = _titles(name)
    return named[code][lang] if code in named else t("disclosure_unknown", lang)


def _titles(name: str) -> dict[str, Text]:
    """Return the titles of the codes of a breakdown: its groups, or those of its code list."""
    model = load_model()
    breakdown = model.breakdowns[name]
    if breakdown.groups:
        return {g.code: g.title for g in breakdown.groups}
    return {c.code: c.title for c in model.code_lists[breakdown.codes or ""].codes.values()}


def place(name: str, code: str) -> tuple[int, int, str]:
    """Return where a code stands among the others: the total first, then the order of the model."""
    order = stages() if name in SPECIAL else domain(load_model().breakdowns[name])
    known = order.index(code) if code in order else len(order)
    return (int(code != TOTAL), known, code)


def is_known(name: str, code: str) -> bool:
    """Whether a code can stand in a column that divides: it is in the model, so it is nobody's own value."""
    if name == "seam":
        table, _, column = code.partition(".")
        return table in load_model().tables and column in load_model().tables[table].columns
    if name in SPECIAL:
        return code in stages()
    return code in {TOTAL, load_model().breakdowns[name].unknown, *_titles(name)}


def definition_of(name: str, lang: str) -> dict[str, Any]:
    """Return what a figure is, as a release tells it."""
    if name in LINKAGE:
        texts = {key: t(f"disclosure_{name}_{key}", lang) for key in ("title", "definition")}
        texts |= {key: t(f"disclosure_linkage_{key}", lang) for key in ("counting_unit", "counting_moment")}
        return {"id": name, **texts, "owner": "DAS", "unit": "percent" if name == LINKAGE[-1] else "count"}
    found: Indicator = load_model().indicators[name]
    return {
        "id": name,
        **{key: getattr(found, key)[lang] for key in TEXTS},
        "owner": found.owner,
        "unit": found.unit,
    }
