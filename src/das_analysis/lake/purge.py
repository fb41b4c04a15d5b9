"""Takes doomed rows out of every file of the store, in place: same name, same version, without them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from das_analysis.disk import take_away
from das_analysis.lake.blanked import BLANKED, blanked, noted
from das_analysis.lake.doomed import Store, any_doomed, received, received_sql, stores
from das_analysis.lake.sql import literal, quote

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Purged:
    """One file: rows taken out, cells blanked, its SHA-256 before and after."""

    file: str
    rows: int
    cells: int
    before: str
    after: str


HIS = "(delivery_id, source_table, row::BIGINT) IN (SELECT (delivery_id, source_table, row) FROM origin)"
TOLD = """len(list_intersect(map_values(content::JSON::MAP(VARCHAR, VARCHAR)),
    (SELECT list(value) FROM doomed))) > 0"""  # a row held back as text tells something doomed


def purge(con: duckdb.DuckDBPyConnection, root: Path) -> Iterator[Purged]:
    """Rewrite each file that holds something doomed; a file that holds nothing any more is left alone."""
    _sweep(root)
    for path in received(root):
        yield from _received(con, root, path=path)
    known = stores(con, root)
    for store in known:
        for file, query, found in clean_copies(con, store):
            yield _rewrite(con, root, path=Path(file), query=query, found=found)
    for store in (s for s in known if s.zone == "succession"):
        yield from _succession(
            con, root, store=store, pseudonymised=[s for s in known if s.zone == "pseudonymised"]
        )
    for name in ("held", "finding"):
        for path in sorted((root / "quarantine" / name).glob("*.parquet")):
            yield from _quarantine(con, root, path=path)
    values = [v for (v,) in con.execute("SELECT value FROM doomed").fetchall()]
    for log in sorted(root.glob("*/*/_delta_log")):
        _correct_log(log, values)


def _sweep(root: Path) -> None:
    """Take away what a stopped step left half written; only who freezes writes without the lake's lock."""
    for left in [*root.glob("*/.partial-*"), *root.glob("*/*/.*.partial")]:
        take_away(left)


def _received(con: duckdb.DuckDBPyConnection, root: Path, *, path: Path) -> Iterator[Purged]:
    """A row is blanked, not taken out: the numbers of the rows after it stay what the supplier knows."""
    rows, columns = received_sql(con, path)
    place = f"delivery_id = {literal(path.parent.name)} AND source_table = {literal(path.stem)}"
    numbers = [n for (n,) in con.execute(f"SELECT row FROM origin WHERE {place} ORDER BY row").fetchall()]
    if numbers:
        _note(path, "rows", of=path.stem, told=sorted({*blanked(path.parent).get(path.stem, []), *numbers}))
    held = f"row IN (SELECT row FROM origin WHERE {place})"
    full = " OR ".join(f"{quote(c)} IS NOT NULL" for c in columns) or "false"
    found = con.execute(
        f"SELECT count(*) FILTER ({held} AND ({full})), "
        f"count(*) FILTER (NOT {held} AND ({any_doomed(columns)})) FROM {rows}"
    ).fetchall()[0]
    if any(found):
        cells = ", ".join(
            f"CASE WHEN {held} OR {any_doomed([c])} THEN NULL ELSE {quote(c)} END AS {quote(c)}"
            for c in columns
        )
        yield _rewrite(con, root, path=path, query=f"SELECT {cells} FROM {rows} ORDER BY row", found=found)


def _note(path: Path, part: str, *, of: str, told: object) -> None:
    known = noted(path.parent)
    known[part] = {**known.get(part, {}), of: told}
    put(path.with_name(BLANKED), json.dumps(known, sort_keys=True).encode())


def clean_copies(con: duckdb.DuckDBPyConnection, store: Store) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Give each file of a table that holds something doomed, SQL for it without that, and (rows, cells) gone.

    His rows go; a reference of somebody else's row to what is his is cut.
    """
    gone = any_doomed(store.leads) + (f" OR coalesce({HIS}, false)" if store.has_place else "")
    kept = any_doomed(store.keys)
    every = (
        f"read_parquet([{', '.join(map(literal, store.paths))}], union_by_name = true, filename = 'das_file')"
    )
    found = con.execute(
        f"""SELECT das_file, count(*) FILTER (g), count(*) FILTER (NOT g AND k) FROM
            (SELECT das_file, ({gone}) AS g, ({kept}) AS k FROM {every}) WHERE g OR k GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    for path, rows, cells in found:
        source = f"read_parquet({literal(path)})"
        there = con.sql(f"SELECT * FROM {source} LIMIT 0").columns
        yield path, _without((store, gone), source, there=there), (rows, cells)


def _succession(
    con: duckdb.DuckDBPyConnection, root: Path, *, store: Store, pseudonymised: Sequence[Store]
) -> Iterator[Purged]:
    """A pair of pseudonyms knows no row: it goes when neither stands on a row of any version any more."""
    cells = [f"SELECT {quote(k)} AS value FROM {s.view}" for s in pseudonymised for k in s.keys]
    kept = " OR ".join(f"{quote(k)} IN (SELECT value FROM standing)" for k in store.keys)
    con.execute(f"CREATE OR REPLACE TEMP TABLE standing AS {' UNION '.join(cells)}")
    for path in store.paths:
        source = f"read_parquet({literal(path)})"
        ((gone,),) = con.execute(
            f"SELECT count(*) FROM {source} WHERE NOT coalesce({kept}, false)"
        ).fetchall()
        if gone:
            query = f"SELECT * FROM {source} WHERE coalesce({kept}, false)"
            yield _rewrite(con, root, path=Path(path), query=query, found=(gone, 0))


def _without(what: tuple[Store, str], source: str, *, there: Sequence[str]) -> str:
    """SQL for a file of a table without what is gone. An older file may lack a column of the table."""
    store, gone = what
    lacking = "".join(f", NULL::VARCHAR AS {quote(c)}" for c in store.columns if c not in there)
    cells = ", ".join(
        f"CASE WHEN {any_doomed([c])} THEN NULL ELSE {quote(c)} END AS {quote(c)}"
        if c in store.keys
        else quote(c)
        for c in there
    )
    return f"SELECT {cells} FROM (SELECT *{lacking} FROM {source}) WHERE NOT ({gone})"


def _quarantine(con: duckdb.DuckDBPyConnection, root: Path, *, path: Path) -> Iterator[Purged]:
    there = con.sql(f"SELECT * FROM read_parquet({literal(str(path))}) LIMIT 0").columns
    gone = f"{HIS} OR {TOLD}" if "content" in there else HIS
    source = f"read_parquet({literal(str(path))})"
    found = (*con.execute(f"SELECT count(*) FROM {source} WHERE {gone}").fetchall()[0], 0)
    if any(found):
        yield _rewrite(con, root, path=path, query=f"SELECT * FROM {source} WHERE NOT ({gone})", found=found)


def _rewrite(
    con: duckdb.DuckDBPyConnection, root: Path, *, path: Path, query: str, found: tuple[int, ...]
) -> Purged:
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    partial = path.with_name(f".{path.name}.partial")
    con.execute("SET preserve_insertion_order = true")
    con.execute(f"COPY ({query}) TO {literal(str(partial))} (FORMAT parquet)")
    with partial.open("rb") as written:
        os.fsync(written.fileno())
    after = hashlib.sha256(partial.read_bytes()).hexdigest()
    if path.is_relative_to(root / "received"):
        _note(path, "sha256", of=path.name, told=after)  # first: a stop in between is ended by the next step
    partial.replace(path)
    return Purged(str(path.relative_to(root)), found[0], found[1], before, after)


def _correct_log(log: Path, values: list[str]) -> None:
    """The store's log repeats the least and greatest value of each column, and the size of each file."""
    for path in sorted(log.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        lines = [
            json.dumps(_corrected(json.loads(line), log.parent, values=values)) for line in text.splitlines()
        ]
        if [json.loads(line) for line in lines] != [json.loads(line) for line in text.splitlines()]:
            put(path, ("\n".join(lines) + "\n").encode())
    for path in sorted(log.glob("*.checkpoint.parquet")):
        _correct_checkpoint(path, values)


def _corrected(line: dict[str, Any], home: Path, *, values: list[str]) -> dict[str, Any]:
    for said in (line[kind] for kind in ("add", "remove") if line.get(kind)):
        file = home / said["path"]
        changed = file.exists() and said.get("size") not in (None, file.stat().st_size)
        if changed:
            said["size"] = file.stat().st_size
        stats = said.get("stats") or ""
        if changed or any(value in stats for value in values):
            said["stats"] = _rows_only(file) if file.exists() else None
    return line


def _rows_only(file: Path) -> str:
    import pyarrow.parquet as pq

    return json.dumps({"numRecords": pq.read_metadata(file).num_rows})


def _correct_checkpoint(path: Path, values: list[str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    rows = [_corrected(row, path.parent.parent, values=values) for row in table.to_pylist()]
    fixed = pa.Table.from_pylist(rows, schema=table.schema)
    if not fixed.equals(table):
        partial = path.with_name(f".{path.name}.partial")
        pq.write_table(fixed, partial)
        partial.replace(path)


def put(path: Path, content: bytes) -> None:
    """Write a small file whole: on the disk, under its name in one rename."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("wb") as target:
        target.write(content)
        target.flush()
        os.fsync(target.fileno())
    partial.replace(path)
