"""How an indicator is computed, in words: its dates, and which rows it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from das_analysis.model import Column, Indicator, Model, Table
from das_analysis.words import t


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """Tells paths of one indicator in a language."""

    one: Indicator
    model: Model
    lang: str

    @property
    def values(self) -> dict[str, Any]:
        """What the page of an indicator is given."""
        one = self.one
        dates = {"moment": one.moment, "since": one.since, "ends": one.until, "counts": one.distinct}
        filters = [("site_only", one.where), ("site_not", one.where_not)]
        return {
            "one": one,
            "moments": [(f"site_{label}", self.dates(path)) for label, path in dates.items() if path],
            "filters": [
                (label, self.title(path), self.codes(path, values))
                for label, where in filters
                for path, values in where.items()
            ],
            "breakdowns": [self.model.breakdowns[by] for by in one.breakdowns],
        }

    def dates(self, paths: str) -> str:
        """Return dates apart by |, of which the earliest known counts, as a text."""
        return f" {t('site_write_or', self.lang)} ".join(self.title(path) for path in paths.split("|"))

    def title(self, path: str) -> str:
        """Return what a path leads to: its class where that is another one, and its column."""
        if path in self.one.events:
            event = self.one.events[path]
            table, column = (
                self.model.tables[event.table],
                self.model.tables[event.table].columns[event.column],
            )
        else:
            table, column = self._end(path)
        prefix = "" if table.name == self.one.table else f"{table.title[self.lang]}: "
        return prefix + column.title[self.lang]

    def codes(self, path: str, values: Sequence[str]) -> str:
        """Return the titles of codes of the column at the end of a path."""
        _, column = self._end(path)
        if not column.codes:
            yes_no = {"true": t("site_yes", self.lang), "false": t("site_no", self.lang)}
            return ", ".join(yes_no.get(value, value) for value in values)
        codes = self.model.code_lists[column.codes].codes
        return ", ".join(codes[value].title[self.lang] for value in values)

    def _end(self, path: str) -> tuple[Table, Column]:
        table = self.model.tables[self.one.table]
        *steps, name = path.split(".")
        for step in steps:
            table = self.model.tables[table.columns[f"{step}_key"].references or ""]
        return table, table.columns[name]
