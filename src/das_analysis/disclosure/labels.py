"""Names for codes: what a released table calls its rows, columns and figures, in its language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from das_analysis.model import Indicator, Text, load_model
from das_analysis.query import (
    CHAIN,
    METHODS,
    OWN,
    TOTAL,
    YEARS,
    domain,
    group_title,
    linked_groups,
    method_title,
    seam_title,
    stage_title,
    stages,
    years_title,
)
from das_analysis.words import t


class Listed(NamedTuple):
    """The codes of a column of the house's own, in order, and how one is named in a language."""

    codes: Callable[[], tuple[str, ...]]
    title: Callable[[str, str], str]


LISTED: Mapping[str, Listed] = {
    "source": Listed(stages, stage_title),
    "target": Listed(stages, stage_title),
    "linked_group": Listed(linked_groups, group_title),
    "quality_method": Listed(lambda: METHODS, method_title),
    "chain_link": Listed(lambda: CHAIN, seam_title),
    "link_years": Listed(lambda: YEARS, years_title),
}
# What occurs in these is what was linked: nothing is filled in.
OF_LINKAGE = ("seam", "linked_group", "quality_method", "chain_link", "link_years")
SPECIAL = ("period", "seam", *LISTED)
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
    if name in LISTED:
        return LISTED[name].title(code, lang)
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
    order = _order(name)
    known = order.index(code) if code in order else len(order)
    return (int(code != TOTAL), known, code)


def _order(name: str) -> tuple[str, ...]:
    if name in LISTED:
        return LISTED[name].codes()
    return () if name in SPECIAL else tuple(domain(load_model().breakdowns[name]))


def is_known(name: str, code: str) -> bool:
    """Whether a code can stand in a column that divides: it is in the model, so it is nobody's own value."""
    if name == "seam":
        table, _, column = code.partition(".")
        return table in load_model().tables and column in load_model().tables[table].columns
    if name in LISTED:
        return code in LISTED[name].codes()
    return code in {TOTAL, load_model().breakdowns[name].unknown, *_titles(name)}


def definition_of(name: str, lang: str) -> dict[str, Any]:
    """Return what a figure is, as a release tells it."""
    if own := OWN.get(name):
        texts = {key: t(f"disclosure_{name}_{key}", lang) for key in ("title", "definition")}
        texts["counting_unit"] = t(f"disclosure_unit_{own.unit}", lang)
        texts["counting_moment"] = t("disclosure_linkage_counting_moment", lang)
        return {"id": name, **texts, "owner": "DAS", "unit": "percent" if own.rate else "count"}
    found: Indicator = load_model().indicators[name]
    return {
        "id": name,
        **{key: getattr(found, key)[lang] for key in TEXTS},
        "owner": found.owner,
        "unit": found.unit,
    }
