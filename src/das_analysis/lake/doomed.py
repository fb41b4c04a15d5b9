"""What belongs to a person who is to be erased: his pseudonyms, and the rows of files that are his.

Over every file of the store, of any version: a table's history is no less about him than its newest version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.lake.sql import literal, quote, scan
from das_analysis.model import Table, load_model

if TYPE_CHECKING:
    import duckdb

STORES = ("validated", "pseudonymised", "linked")
PLACE = "delivery_id, source_table, row"
PSEUDONYM = "^[a-z][0-9]*[.][a-z2-7]{20,40}$"


@dataclass(frozen=True)
class Store:
    """One table of one zone, every version of it at once, as a view of the engine."""

    zone: str
    name: str
    columns: tuple[str, ...]

    @property
    def view(self) -> str:
        """Its name in the engine, quoted."""
        return quote(f"{self.zone}/{self.name}")

    @cached_property
    def table(self) -> Table | None:
        """Its class in the model; the house's own tables have none."""
        return load_model().tables.get(self.name)

    @property
    def has_place(self) -> bool:
        """Whether its rows say which row of a file they came from."""
        return {"delivery_id", "source_table", "row"} <= set(self.columns)

    @property
    def keys(self) -> tuple[str, ...]:
        """Key columns that it has; of a table of the house's own those are known by their name."""
        if self.table is None:
            return tuple(c for c in self.columns if c.endswith("_key"))
        known = self.table.columns.values()
        return tuple(c.name for c in known if c.type == "key" and c.name in self.columns)

    @property
    def identities(self) -> tuple[str, ...]:
        """Key columns that say which person a row is about."""
        if self.table is None:
            return tuple(k for k in self.keys if k == "person_key")
        columns = self.table.columns
        return tuple(k for k in self.keys if columns[k].stage != "delivered" or columns[k].references == "person")

    @property
    def own(self) -> str | None:
        """The column that names the row itself."""
        key = self.table.key if self.table else None
        return key if key in self.keys else None

    @property
    def owners(self) -> tuple[str, ...]:
        """References by which a row belongs to what it points to: the first to each table, none to its own."""
        if self.table is None or "person_key" in self.table.columns:
            return ()
        first: dict[str, str] = {}
        for key in self.keys:
            parent = self.table.columns[key].references
            if parent and parent != self.name:
                first.setdefault(parent, key)
        return tuple(first.values())


def stores(con: duckdb.DuckDBPyConnection, root: Path) -> list[Store]:
    """Make a view for every table with files, and return them."""
    found = []
    for zone in STORES:
        for home in sorted(p for p in (root / zone).glob("*") if p.is_dir()):
            paths = [str(p) for p in sorted(home.glob("*.parquet"))]
            if paths:
                view = quote(f"{zone}/{home.name}")
                con.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT * FROM {scan(paths)}")
                found.append(Store(zone, home.name, tuple(con.sql(f"SELECT * FROM {view} LIMIT 0").columns)))
    return found


def find(con: duckdb.DuckDBPyConnection, root: Path, *, values: Iterable[str]) -> None:
    """Fill the tables `doomed` (pseudonyms) and `origin` (rows of files), starting from some pseudonyms.

    A number that rows of another person carry too, by mistake, leads nowhere and stays on those rows.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE doomed (value VARCHAR PRIMARY KEY)")
    con.execute("CREATE OR REPLACE TEMP TABLE origin (delivery_id VARCHAR, source_table VARCHAR, row BIGINT, "
                "PRIMARY KEY (delivery_id, source_table, row))")  # fmt: skip
    con.executemany("INSERT OR IGNORE INTO doomed VALUES (?)", [[v] for v in values])
    held = stores(con, root)
    before = (-1, -1)
    while before != (before := _size(con)):
        for statement in _steps(con, root, held=held):
            con.execute(statement)


def _size(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    return con.execute("SELECT (SELECT count(*) FROM doomed), (SELECT count(*) FROM origin)").fetchall()[0]


def _steps(con: duckdb.DuckDBPyConnection, root: Path, *, held: list[Store]) -> Iterator[str]:
    placed = [s for s in held if s.has_place]
    for store in placed:
        leads = [*store.identities, *store.owners, *([store.own] if store.own else [])]
        if leads:
            yield f"INSERT OR IGNORE INTO origin SELECT {PLACE} FROM {store.view} WHERE {any_doomed(leads)}"
    yield from _of_files(con, root, held=held)
    for store in placed:
        if store.own:
            yield f"""INSERT OR IGNORE INTO doomed SELECT DISTINCT {quote(store.own)} FROM {store.view}
                SEMI JOIN origin USING ({PLACE}) WHERE {quote(store.own)} IS NOT NULL"""
    yield from _uncontested(placed)
    yield from _other_forms(placed)


def any_doomed(columns: Iterable[str]) -> str:
    """SQL that holds for a row with a doomed value in one of these columns."""
    return " OR ".join(f"{quote(c)} IN (SELECT value FROM doomed)" for c in columns) or "false"


def _uncontested(placed: list[Store]) -> Iterator[str]:
    """Values of an identity on his rows that no row of another person has, where persons are known."""
    linked = _linked(placed)
    for zone, key in dict.fromkeys((s.zone, k) for s in placed for k in s.identities):
        cell = f"{quote(key)} AS value, {PLACE}"
        every = [s.view for s in placed if s.zone == zone and key in s.identities]
        mine = " UNION ALL ".join(f"SELECT {cell} FROM {view} SEMI JOIN origin USING ({PLACE})" for view in every)
        hits = " UNION ALL ".join(
            f"SELECT {cell} FROM {view} WHERE {quote(key)} IN (SELECT value FROM mine)" for view in every
        )
        known = "" if zone == "linked" else f" SEMI JOIN ({linked}) USING ({PLACE})"
        yield f"""INSERT OR IGNORE INTO doomed
            WITH mine AS MATERIALIZED (SELECT DISTINCT value FROM ({mine}) WHERE value IS NOT NULL)
            SELECT value FROM mine
            ANTI JOIN (SELECT value FROM ({hits}) ANTI JOIN origin USING ({PLACE}){known}) USING (value)"""


def _linked(placed: list[Store]) -> str:
    parts = [f"SELECT {PLACE} FROM {s.view}" for s in placed if s.zone == "linked" and s.identities]
    return " UNION ALL ".join(parts) or "SELECT delivery_id, source_table, row FROM origin WHERE false"


def _other_forms(placed: list[Store]) -> Iterator[str]:
    """A pre-pseudonym and the host's pseudonym made of it stand in the same cell of two zones."""
    by_name = {(s.zone, s.name): s for s in placed}
    for (zone, name), pre in by_name.items():
        host = by_name.get(("pseudonymised", name))
        if zone != "validated" or host is None:
            continue
        for key in set(pre.keys) & set(host.keys):
            pair = f"FROM {pre.view} AS a JOIN {host.view} AS b USING ({PLACE}) WHERE"
            one, two = f"a.{quote(key)}", f"b.{quote(key)}"
            for new, old in ((one, two), (two, one)):
                yield f"""INSERT OR IGNORE INTO doomed SELECT DISTINCT {new} {pair}
                    {old} IN (SELECT value FROM doomed) AND {new} IS NOT NULL"""


def received(root: Path) -> list[Path]:
    """Return the received files, a folder a delivery."""
    return sorted((root / "received").glob("*/*.parquet"))


def received_sql(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, tuple[str, ...]]:
    """Return SQL for a received file with the place of each row, and its own columns."""
    columns = tuple(con.sql(f"SELECT * FROM read_parquet({literal(str(path))}) LIMIT 0").columns)
    return (
        f"""(SELECT *, {literal(path.parent.name)} AS delivery_id, {literal(path.stem)} AS source_table,
            (file_row_number + 1)::BIGINT AS row
            FROM read_parquet({literal(str(path))}, file_row_number = true))""",
        columns,
    )


def _of_files(con: duckdb.DuckDBPyConnection, root: Path, *, held: list[Store]) -> Iterator[str]:
    """Rows that were held back, or not looked at yet: no table knows whose they are, their cells do."""
    seen = [f"SELECT {PLACE} FROM {s.view}" for s in held if s.zone == "validated" and s.has_place]
    unseen = f"ANTI JOIN ({' UNION ALL '.join(seen)}) USING ({PLACE})" if seen else ""
    for path in received(root):
        if path.parent.name == "delivery":
            continue
        rows, columns = received_sql(con, path)
        yield f"INSERT OR IGNORE INTO origin SELECT {PLACE} FROM {rows} AS r {unseen} WHERE {any_doomed(columns)}"
