"""What belongs to a person who is to be erased: his pseudonyms, and the rows of files that are his.

Over every file of the store, of any version: a table's history is no less about him than its newest version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.lake.sql import literal, quote, scan
from das_analysis.model import Table, load_model

if TYPE_CHECKING:
    import duckdb

APART = ("received", "quarantine", "projects")  # zones whose rows are looked at in another way
SHARED = "name_key"  # sealed from birth date, sex and name: not issued to one person
PLACE = "delivery_id, source_table, row"
PSEUDONYM = "^[a-z][0-9]*[.][a-z2-7]{20,60}$"


@dataclass(frozen=True)
class Store:
    """One table of one zone, every version of it at once, as a view of the engine."""

    zone: str
    name: str
    columns: tuple[str, ...]
    paths: tuple[str, ...]

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

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Key columns that it has: those of the model, and by their name those of a table without a class."""
        if self.table is None:
            return tuple(c for c in self.columns if c.endswith("_key"))
        return tuple(
            c.name for c in self.table.columns.values() if c.type == "key" and c.name in self.columns
        )

    @cached_property
    def identities(self) -> tuple[str, ...]:
        """Key columns that say which person a row is about: all, in a table without a class."""
        if self.table is None:
            return self.keys
        known = self.table.columns
        return tuple(k for k in self.keys if known[k].stage != "delivered" or known[k].references == "person")

    @cached_property
    def delivered(self) -> tuple[str, ...]:
        """Key columns as the supplier gave them: one cell is one thing, in whatever zone or version."""
        columns = self.table.columns if self.table else {}
        return tuple(k for k in self.keys if k in columns and columns[k].stage == "delivered")

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The column that names the row itself, where there is one."""
        key = self.table.key if self.table else None
        return (key,) if key in self.keys else ()

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """References by which a row belongs to another: the first to each table, none to its own."""
        if self.table is None or "person_key" in self.table.columns:
            return ()
        first: dict[str, str] = {}
        for key in self.keys:
            parent = self.table.columns[key].references
            if parent and parent != self.name:
                first.setdefault(parent, key)
        return tuple(first.values())

    @property
    def leads(self) -> tuple[str, ...]:
        """Key columns that make a row his when one of his values stands there."""
        return (*self.identities, *self.owners, *self.own)


def stores(con: duckdb.DuckDBPyConnection, root: Path) -> list[Store]:
    """Make a view for every table with files, in whatever zone that keeps tables, and return them."""
    found = []
    for log in sorted(root.glob("*/*/_delta_log")):
        home = log.parent
        paths = tuple(str(p) for p in sorted(home.glob("*.parquet")))
        if paths and home.parent.name not in APART:
            store = Store(home.parent.name, home.name, columns=(), paths=paths)
            con.execute(f"CREATE OR REPLACE TEMP VIEW {store.view} AS SELECT * FROM {scan(paths)}")
            columns = tuple(con.sql(f"SELECT * FROM {store.view} LIMIT 0").columns)
            found.append(replace(store, columns=columns))
    return found


def find(con: duckdb.DuckDBPyConnection, root: Path, *, values: Iterable[str]) -> None:
    """Fill the tables `doomed` (pseudonyms) and `origin` (rows of files), starting from some pseudonyms.

    A number that rows of another person carry too, by mistake, leads nowhere and stays on those rows.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE doomed (value VARCHAR PRIMARY KEY)")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE origin (delivery_id VARCHAR, source_table VARCHAR, row BIGINT, "
        "PRIMARY KEY (delivery_id, source_table, row))"
    )
    con.execute("INSERT OR IGNORE INTO doomed SELECT unnest($1::VARCHAR[])", [list(values)])
    placed = [s for s in stores(con, root) if s.has_place]
    pairs = [s for s in stores(con, root) if s.zone == "succession"]
    steps = [*_steps(placed), *_of_files(con, root, placed=placed), *map(_both_of, pairs)]
    before = (-1, -1)
    while before != (before := _size(con)):
        for statement in steps:
            con.execute(statement)


def _both_of(store: Store) -> str:
    """Of pseudonyms of two versions of the host's key, which are one thing: the other one."""
    both = _texts(map(quote, store.keys))
    return f"""INSERT OR IGNORE INTO doomed SELECT DISTINCT unnest({both}) FROM {store.view}
        WHERE {any_doomed(store.keys)}"""


def _size(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    return con.execute("SELECT (SELECT count(*) FROM doomed), (SELECT count(*) FROM origin)").fetchall()[0]


def cells_of(placed: Iterable[Store], columns: Callable[[Store], Sequence[str]]) -> str:
    """SQL for some cells of every table, one a row: place, table, column, value. Of no table: no row."""
    parts = [
        f"""SELECT delivery_id, source_table, row::BIGINT AS row, {literal(s.name)} AS store,
            unnest({_texts(map(literal, wanted))}) AS "column", unnest({_texts(map(quote, wanted))}) AS value
            FROM {s.view}"""
        for s in placed
        if (wanted := columns(s))
    ]
    nothing = 'SELECT *, NULL AS store, NULL AS "column", NULL::VARCHAR AS value FROM origin WHERE false'
    return f"({' UNION ALL '.join(parts) or nothing})"


def _texts(expressions: Iterable[str]) -> str:
    return f"[{', '.join(f'{e}::VARCHAR' for e in expressions)}]"


def _steps(placed: list[Store]) -> Iterator[str]:
    """Rows that carry what is his; what those rows name; his numbers on them; other forms of all that."""
    doom, his = "INSERT OR IGNORE INTO doomed SELECT DISTINCT value FROM", f"SEMI JOIN origin USING ({PLACE})"
    leads, who = cells_of(placed, attrgetter("leads")), cells_of(placed, attrgetter("identities"))
    yield f"""INSERT OR IGNORE INTO origin SELECT DISTINCT {PLACE} FROM {leads}
        SEMI JOIN doomed USING (value) WHERE row IS NOT NULL"""
    yield f"{doom} {cells_of(placed, attrgetter('own'))} {his} WHERE value IS NOT NULL"
    yield f"""CREATE OR REPLACE TEMP TABLE candidate AS
        SELECT DISTINCT value FROM {who} {his} ANTI JOIN doomed USING (value)"""
    linked = cells_of([s for s in placed if s.zone == "linked"], attrgetter("identities"))
    yield f"""{doom} candidate ANTI JOIN (SELECT value FROM {who} SEMI JOIN candidate USING (value)
        ANTI JOIN origin USING ({PLACE}) SEMI JOIN {linked} AS known USING ({PLACE})) USING (value)
        WHERE value IS NOT NULL"""
    same, given = f'{PLACE}, store, "column"', cells_of(placed, attrgetter("delivered"))
    yield f"""{doom} {given} SEMI JOIN (SELECT {same} FROM {given} SEMI JOIN doomed USING (value)) AS form
        USING ({same}) WHERE value IS NOT NULL"""


def any_doomed(columns: Iterable[str]) -> str:
    """SQL that holds for a row with a doomed value in one of these columns."""
    return (
        " OR ".join(f"coalesce({quote(c)} IN (SELECT value FROM doomed), false)" for c in columns) or "false"
    )


def received(root: Path) -> list[Path]:
    """Return the received files, a folder a delivery."""
    return [p for p in sorted((root / "received").glob("*/*.parquet")) if p.parent.name != "delivery"]


def received_sql(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, tuple[str, ...]]:
    """Return SQL for a received file with the place of each row, and its own columns."""
    columns = tuple(con.sql(f"SELECT * FROM read_parquet({literal(str(path))}) LIMIT 0").columns)
    return (
        f"""(SELECT *, {literal(path.parent.name)} AS delivery_id, {literal(path.stem)} AS source_table,
            (file_row_number + 1)::BIGINT AS row
            FROM read_parquet({literal(str(path))}, file_row_number = true))""",
        columns,
    )


def _of_files(con: duckdb.DuckDBPyConnection, root: Path, *, placed: list[Store]) -> Iterator[str]:
    """Rows that were held back, or not looked at yet: no table knows whose they are, their cells do."""
    seen = [f"SELECT {PLACE} FROM {s.view}" for s in placed if s.zone == "validated"]
    unseen = f"ANTI JOIN ({' UNION ALL '.join(seen)}) AS seen USING ({PLACE})" if seen else ""
    files = [received_sql(con, path) for path in received(root)]
    cells = [
        f"SELECT {PLACE}, unnest({_texts(map(quote, columns))}) AS value FROM {rows}"
        for rows, columns in files
    ]
    if cells:
        yield f"""INSERT OR IGNORE INTO origin SELECT DISTINCT {PLACE} FROM ({" UNION ALL ".join(cells)})
            SEMI JOIN doomed USING (value) {unseen}"""


def doomed_values(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the pseudonyms that were found, sorted."""
    return [v for (v,) in con.execute("SELECT value FROM doomed ORDER BY value").fetchall()]


def records(con: duckdb.DuckDBPyConnection, root: Path) -> set[str]:
    """Return those of the found pseudonyms that name a row, not a person."""
    own = cells_of([s for s in stores(con, root) if s.has_place], attrgetter("own"))
    return _among(con, own)


def persons(con: duckdb.DuckDBPyConnection, root: Path) -> set[str]:
    """Return the found pseudonyms without those that a namesake can have: he is not meant."""
    sources = [s for s in stores(con, root) if SHARED in s.keys]
    parts = " UNION ALL ".join(f"SELECT {quote(SHARED)} AS value FROM {s.view}" for s in sources)
    return set(doomed_values(con)) - (_among(con, f"({parts})") if parts else set())


def _among(con: duckdb.DuckDBPyConnection, cells: str) -> set[str]:
    query = f"SELECT DISTINCT value FROM {cells} SEMI JOIN doomed USING (value)"
    return {v for (v,) in con.execute(query).fetchall()}
