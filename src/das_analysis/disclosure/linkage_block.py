"""How well a snapshot is linked, released for the foot of every report: no notebook can forget it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from das_analysis import query
from das_analysis.disclosure.measured import Measured
from das_analysis.disclosure.shown import Shown
from das_analysis.errors import Refused
from das_analysis.lake import Lake, open_lake
from das_analysis.words import t


def linkage_block(lake: Path, snapshot: str, *, lang: str) -> list[dict[str, Any]]:
    """Return the contents, each with its `digest`, that tell how well a snapshot is linked.

    Empty for a snapshot of before this was counted: the page says so itself.
    """
    opened = open_lake(snapshot, lake=lake, purpose="monitor")
    return [
        {**made.content, "digest": made.digest} for made in (*_persons(opened, lang), *_cases(opened, lang))
    ]


def _persons(lake: Lake, lang: str) -> list[Shown]:
    """Precision and recall by group; nothing for a snapshot of which they were not counted."""
    try:
        result = query.person_quality(lake)
    except Refused:
        return []
    lake.note("measure", asked="person_quality", rows=len(result.frame))
    methods = [m for m in ("truth", "clerical", "estimate") if m in set(result.frame["quality_method"])]
    said = ("quality_why", "quality_note_shares", *(f"quality_note_{method}" for method in methods))
    return [
        Measured(result, lake).release(
            title=t("quality_persons_title", lang),
            lang=lang,
            section=t("quality_section", lang),
            notes=tuple(t(key, lang) for key in said),
        )
    ]


def _cases(lake: Lake, lang: str) -> list[Shown]:
    """Shares of rows that find what they belong to; nothing for a snapshot without links of cases."""
    try:
        result = query.case_quality(lake)
    except Refused:
        return []
    lake.note("measure", asked="case_quality", rows=len(result.frame))
    return [
        Measured(result, lake).release(
            title=t("quality_cases_title", lang),
            lang=lang,
            section=t("quality_section", lang),
            notes=(t("quality_note_cases", lang), t("quality_note_lost", lang)),
        )
    ]
