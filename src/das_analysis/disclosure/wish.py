"""What a release should look like: its words and its picture, never its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from das_analysis.words import check_language

CHARTS = ("line", "bar", "flow", "none")
NO_CHART: Mapping[str, Any] = {"kind": "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Title, language, section of the report, notes and chart of a release."""

    title: str
    lang: str
    section: str
    notes: tuple[str, ...]
    chart: Mapping[str, Any]

    def texts(self) -> Iterator[str]:
        """Give every text a writer chose: they may hold no figure of the result."""
        yield from (self.title, self.section, *self.notes)
        yield from (str(value) for value in self.chart.values() if not isinstance(value, bool))


def make_wish(
    *, title: str, lang: str, section: str, notes: Sequence[str], chart: Mapping[str, Any] | None
) -> Wish:
    """Return the wish as plain values."""
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in (chart or NO_CHART).items()}
    return Wish(title=title, lang=check_language(lang), section=section, notes=tuple(notes), chart=plain)
