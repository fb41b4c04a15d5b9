"""How well a snapshot is linked, released for the foot of every report: no notebook can forget it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from das_analysis import query
from das_analysis.disclosure.measured import Measured
from das_analysis.disclosure.shown import Shown
from das_analysis.errors import Refused
from das_analysis.flow import Result
from das_analysis.lake import Lake, open_lake
from das_analysis.words import t


def linkage_block(lake: Path, snapshot: str, *, lang: str) -> list[dict[str, Any]]:
    """Return the contents, each with its `digest`, that tell how well a snapshot is linked.

    Empty for a snapshot of before this was counted: the page says so itself.
    """
    opened = open_lake(snapshot, lake=lake, purpose="monitor")
    asked = (("persons", query.person_quality), ("cases", query.case_quality))
    made = [told for name, ask in asked if (told := _told(opened, name, ask=ask, lang=lang))]
    return [{**told.content, "digest": told.digest} for told in made]


def _told(lake: Lake, name: str, *, ask: Callable[[Lake], Result], lang: str) -> Shown | None:
    """One table of the block; none for a snapshot of which it was not counted."""
    try:
        result = ask(lake)
    except Refused:
        return None
    lake.note("measure", asked=ask.__name__, rows=len(result.frame))
    return Measured(result, lake).release(
        title=t(f"quality_{name}_title", lang),
        lang=lang,
        section=t("quality_section", lang),
        notes=tuple(t(key, lang) for key in _notes(name, result)),
    )


def _notes(name: str, result: Result) -> tuple[str, ...]:
    if name == "cases":
        return ("quality_note_cases", "quality_note_lost")
    found = set(result.frame["quality_method"])
    methods = (m for m in ("truth", "clerical", "estimate") if m in found)
    return ("quality_why", "quality_note_shares", *(f"quality_note_{m}" for m in methods))
