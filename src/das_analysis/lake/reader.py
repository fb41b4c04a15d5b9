"""A frozen snapshot, opened for reading: each table an Ibis table, each with the model's text."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from das_analysis.errors import Refused
from das_analysis.lake.access import Entry, query_hash, record
from das_analysis.lake.engine import DuckTables
from das_analysis.lake.snapshots import find_snapshot, label
from das_analysis.lake.store import Room, enter, table_schema
from das_analysis.lake.withheld import pinned_files
from das_analysis.model import load_model

if TYPE_CHECKING:
    import ibis
    import pandas as pd

    from das_analysis.flow import Snapshot
    from das_analysis.lake.spark import SparkTables

Engine = Literal["duckdb", "spark"]


@dataclass(frozen=True, slots=True)
class Lake:
    """A read-only snapshot. `lake.cases` and its sisters are Ibis tables.

    `lake.explain("cases")` tells what their columns mean; `lake.sparql(...)` answers a question.
    """

    snapshot: Snapshot
    purpose: str
    tables: Mapping[str, ibis.Table]
    logged: bool = False
    project: str = ""

    def note(
        self, act: str, *, asked: object = None, tables: Sequence[str] = (), rows: int | None = None
    ) -> None:
        """Log an act on this snapshot: what was asked as a hash, which tables, how many rows came out.

        A lake that was not opened with `open_lake` (made by hand) logs nothing. Raises as `check_current`.
        """
        self.check_current()
        if self.logged:
            record(self.snapshot.lake, _entry(self, act, asked=asked, tables=tables, rows=rows))

    def check_current(self) -> None:
        """Raise Refused when an erasure or a restriction changed the snapshot since it was opened here."""
        name = label(self.snapshot)
        if self.logged and find_snapshot(self.snapshot.lake, name).digest != self.snapshot.digest:
            what = "the population of this snapshot changed since it was opened"
            raise Refused(what, where=name, todo="open it again, and measure again")

    def __getattr__(self, plural: str) -> ibis.Table:
        if plural.startswith("_"):
            raise AttributeError(plural)
        try:
            return self.tables[plural]
        except KeyError:
            raise Refused(
                f"the lake has no table {plural!r}", todo=f"use one of {', '.join(self.tables)}"
            ) from None

    def __dir__(self) -> list[str]:
        return [
            "check_current",
            "explain",
            "logged",
            "note",
            "project",
            "purpose",
            "snapshot",
            "sparql",
            "tables",
            *self.tables,
        ]

    def explain(self, plural: str, lang: str = "nl") -> pd.DataFrame:
        """Return the model's text on a table, a row a column: title, definition, type, unit and privacy."""
        import pandas as pd

        table = next((t for t in load_model().tables.values() if t.plural == plural), None)
        if table is None:
            raise Refused(f"the model has no table {plural!r}", todo=f"use one of {', '.join(self.tables)}")
        rows = [
            (c.name, c.title[lang], c.definition[lang], c.type, c.unit, c.privacy) for c in table.at("linked")
        ]
        return pd.DataFrame(
            rows, columns=["column", "title", "definition", "type", "unit", "privacy"]
        ).set_index("column")

    def sparql(
        self, query: str, *, iris: bool = False, limit: int = 100_000, seconds: float = 60
    ) -> pd.DataFrame:
        """Return the answer to a SPARQL query about this snapshot: `das_analysis.sparql`, which says more."""
        face = import_module("das_analysis")  # by name: this room must not know the rooms above it
        answer: pd.DataFrame = face.sparql(self, query, iris=iris, limit=limit, seconds=seconds)
        return answer


def open_lake(
    snapshot: str = "latest",
    *,
    lake: Path | str | None = None,
    purpose: str = "statistiek",
    engine: Engine = "duckdb",
) -> Lake:
    """Open a frozen snapshot for reading; what happens to the lake afterwards is never seen.

    `lake` defaults to the folder in DAS_LAKE, else ./lake. `purpose` is one of the closed list of purposes;
    who opened what, when and for which purpose is logged. `engine` runs what is asked: DuckDB in this
    process, or Spark beside it, with the same answers. Raises Refused for an unknown snapshot, purpose or
    engine, and where Spark or its Java is missing.
    """
    root, found = _found(snapshot, lake, purpose=purpose)
    backend = _backend(engine, root.resolve() / ".spill")
    plurals = {t.name: t.plural for t in load_model().tables.values()}
    room = enter(root, "lake")
    tables = {
        plurals.get(name, name): _open(
            backend, room, table=name, version=ref.version, plural=plurals.get(name, name)
        )
        for name, ref in found.tables.items()
    }
    opened = Lake(found, purpose, tables, logged=True)
    opened.note("open", tables=sorted(tables))
    return opened


def snapshot_files(
    snapshot: str = "latest", *, lake: Path | str | None = None, purpose: str = "statistiek"
) -> dict[str, list[Path]]:
    """Return the Parquet files of a frozen snapshot by table of the model; logged and refused as `open_lake`.

    A table without rows has none.
    """
    root, found = _found(snapshot, lake, purpose=purpose)
    room, known = enter(root, "lake"), load_model().tables
    held = {
        name: pinned_files(room, name, version=ref.version)
        for name, ref in found.tables.items()
        if name in known
    }
    Lake(found, purpose, {}, logged=True).note("check", tables=sorted(known[name].plural for name in held))
    return {name: list(map(Path, paths)) for name, paths in held.items() if paths}


def check_purpose(purpose: str) -> None:
    """Raise Refused for what is not on the model's closed list of purposes."""
    known = load_model().code_lists["Purpose"].codes
    if purpose not in known:
        raise Refused("the purpose is not on the closed list", todo=f"use one of {', '.join(known)}")


def _found(snapshot: str, lake: Path | str | None, *, purpose: str) -> tuple[Path, Snapshot]:
    """The lake and a snapshot in it."""
    check_purpose(purpose)
    root = Path(lake or os.environ.get("DAS_LAKE", "lake"))
    return root, find_snapshot(root, snapshot)


def _backend(engine: str, spill: Path) -> DuckTables | SparkTables:
    if engine == "duckdb":
        return DuckTables(spill)
    if engine == "spark":
        from das_analysis.lake.spark import SparkTables

        return SparkTables(spill)
    raise Refused("there is no such engine", todo="use duckdb or spark")


def _open(
    backend: DuckTables | SparkTables, room: Room, *, table: str, version: int, plural: str
) -> ibis.Table:
    """A table without rows has no file: its columns come from the store's log."""
    paths = pinned_files(room, table, version=version)
    if paths:
        return backend.open(plural, paths=paths)
    return backend.empty(plural, columns=table_schema(room, "linked", table=table, version=version))


def _entry(lake: Lake, act: str, *, asked: object, tables: Sequence[str], rows: int | None) -> Entry:
    snapshot = lake.snapshot
    return Entry(
        act=act,
        purpose=lake.purpose,
        project=lake.project,
        snapshot=label(snapshot),
        digest=snapshot.digest,
        tables=tuple(tables),
        query="" if asked is None else query_hash(asked),
        rows=rows,
    )
