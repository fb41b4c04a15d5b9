"""What every step of linkage is handed: the engine with the rows, the model, and who delivers what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from das_analysis.lake.sql import literal
from das_analysis.model import Column, Model, Table

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from das_analysis.linkage.unchanged import Saved

OWN_TABLES = ("delivery", "person")  # made by the house itself, delivered by nobody
ORIGIN = ("delivery_id", "supplier", "period", "sequence", "source_table", "row")
COMPARED = (  # sealed keys that are compared one by one where no number says who it is
    "surname_key",
    "surname_sound_key",
    "surname_letters_key",
    "given_name_key",
    "given_name_sound_key",
    "initial_key",
    "birth_key",
    "birth_swapped_key",
    "birth_day_key",
    "postcode_key",
    "address_key",
    "place_key",
)
FINDING = """delivery_id VARCHAR, supplier VARCHAR, source_table VARCHAR, "row" INTEGER, rule_id VARCHAR,
    "table" VARCHAR, "column" VARCHAR, severity VARCHAR"""
SEAM = "seam VARCHAR, parent VARCHAR, child VARCHAR, total BIGINT, linked BIGINT, cut BIGINT"


Answers = Mapping[int, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Before:
    """SQL for what the last whole run left: who was who, and the log of persons; and under which host key."""

    register: str
    log: str
    key_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One run: the engine holds a table for each table of the model, `finding` and `link_quality`."""

    con: duckdb.DuckDBPyConnection
    model: Model
    before: Before | None = None
    saved: Mapping[str, Saved] = field(default_factory=dict)  # tables of the last whole run
    inputs: str = ""  # which deliveries, in short: for the log of persons
    trained: Path | None = None  # where this lake keeps a model of its own for comparing persons
    train: bool = False  # make it anew in this run
    truth: Path | None = None  # whose each row is, where that is known
    judged: Answers = field(default_factory=dict)  # by band of weights: pairs judged yes, no, unknown by hand

    @property
    def tables(self) -> tuple[Table, ...]:
        """Tables that suppliers deliver or that are derived from them."""
        return tuple(t for t in self.model.tables.values() if t.name not in OWN_TABLES)

    @property
    def about_persons(self) -> tuple[Table, ...]:
        """Tables whose rows are about one person each."""
        return tuple(t for t in self.tables if "person_key" in t.columns)

    def delivers(self, supplier: str) -> frozenset[str]:
        """Names of the tables that a supplier's card fills."""
        card = self.model.suppliers.get(supplier)
        maps = (m for t in card.tables.values() for m in t.maps) if card else ()
        return frozenset(m.table for m in maps)

    def foreign_to(self, table: Table, reference: Column) -> tuple[str, ...]:
        """Suppliers of a table that do not deliver what its reference points to: somebody else does."""
        return tuple(
            s
            for s in sorted(self.model.suppliers)
            if table.name in self.delivers(s) and reference.references not in self.delivers(s)
        )


def references(table: Table) -> tuple[Column, ...]:
    """Columns that point to a table of a supplier."""
    return tuple(c for c in table.at("delivered") if c.references and c.stage == "delivered")


def listed(texts: Collection[str]) -> str:
    """Quote texts for SQL's IN; an empty list matches nothing."""
    return ", ".join(map(literal, texts)) or "NULL"


def hashed(text: str) -> str:
    """Return SQL for a pseudonym of the host out of a text: `k1.` and 26 letters, 104 bits of SHA-256."""
    letters = f"translate(sha256({text}), '0123456789abcdef', 'abcdefghijklmnop')"
    return f"'k1.' || substr({letters}, 1, 26)"
