"""How well the persons behind a page are linked, in one line: out of the block that closes its releases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from das_analysis.disclosure.numerals import write_value
from das_analysis.words import t


@dataclass(frozen=True, slots=True)
class Linkage:
    """The line at the head of a page, and the section that it leads to; none where nothing is known."""

    said: str
    section: str | None


def find_linkage(contents: Sequence[Mapping[str, Any]], lang: str) -> Linkage:
    """Return the whole by the best method, as it was released: the first row of the block."""
    for content in contents:
        if "link_precision" in {one["id"] for one in content["indicators"]}:
            row = content["rows"][0]
            written = {
                name: write_value(row[f"link_{name}"], lang=lang, status=row[f"link_{name}_status"])
                for name in ("precision", "recall")
            }
            return Linkage(
                t("quality_fact_value", lang, **written, method=row["quality_method"]), content["section"]
            )
    return Linkage(t("quality_fact_unknown", lang), None)
