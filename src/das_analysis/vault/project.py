"""The verbs: a workspace for one project, with the columns it needs under its own pseudonyms; and its end."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from das_analysis.errors import NoPermission, Refused
from das_analysis.lake import Entry, Room, connect, enter, find_snapshot, folder, hold, pinned_files, record
from das_analysis.lake.provenance import actor, now
from das_analysis.lake.reader import check_purpose
from das_analysis.lake.sql import literal, quote, scan
from das_analysis.lake.store import table_schema
from das_analysis.model import load_model
from das_analysis.vault.project_key import ProjectPseudonyms, destroy_key, project_key

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from das_analysis.flow import Snapshot
    from das_analysis.model import Model, Supplier, Table

MANIFEST = "project.json"
BATCH = 100_000  # rows at a time
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a project asks for: `columns` by plural of the table, a purpose, and its last day."""

    project: str
    purpose: str
    until: date
    columns: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What a project was given: rows by plural of the table."""

    project: str
    snapshot: str
    until: date
    rows: Mapping[str, int]


def open_project(
    lake: Path, wanted: Wanted, *, keys: Path, snapshot: str = "latest", today: date | None = None
) -> Workspace:
    """Write a project's workspace: only the columns asked for, keys under the project's own pseudonyms.

    Rows are sorted by what the project sees, so that their order says nothing. Doing it again for what is
    open already gives the same bytes. Raises Refused for a name, table or column that cannot be given, or
    for a project that is open with other content; NoPermission for a purpose or a last day beyond what
    the suppliers of these tables allow, and for keys inside the lake.
    """
    model, found = load_model(), find_snapshot(lake, snapshot)
    _check_request(wanted, keys, lake=lake)
    _check_columns(wanted, model, snapshot=found)
    _check_permissions(wanted, model, snapshot=found, today=today or datetime.now(UTC).date())
    room = enter(lake, "vault")
    with hold(room, f"project open {wanted.project}"), connect(room) as con:
        done = _find(room, wanted, snapshot=found)
        made = done or _write(con, room, wanted=wanted, pseudonyms=_pseudonyms(wanted, keys), found=found)
    record(lake, _entry(wanted, made))
    return Workspace(project=wanted.project, snapshot=made["snapshot"], until=wanted.until, rows=made["rows"])


def close_project(lake: Path, project: str, *, keys: Path) -> None:
    """Take a project's workspace away and destroy its key. Raises Refused for one that does not exist."""
    _check_name(project)
    room = enter(lake, "vault")
    with hold(room, f"project close {project}"):
        home = folder(room, "projects", write=True) / project
        there = home.exists()
        if there:
            gone = home.with_name(f".closed-{project}")
            shutil.rmtree(gone, ignore_errors=True)  # as a rule it is not there
            home.rename(gone)
        for rest in home.parent.glob(f".*-{project}"):  # also of a close that was stopped
            there = True
            shutil.rmtree(rest)
        if not (destroy_key(keys, project) or there):
            raise Refused(
                "there is no such project", where=project, todo="see the folder projects of the lake"
            )
    record(lake, Entry(act="project close", project=project))


def _entry(wanted: Wanted, made: Mapping[str, Any]) -> Entry:
    return Entry(
        act="project open",
        project=wanted.project,
        purpose=wanted.purpose,
        snapshot=made["snapshot"],
        digest=made["digest"],
        tables=tuple(f"{t}.{c}" for t, names in made["columns"].items() for c in names),
        rows=sum(made["rows"].values()),
    )


def _check_name(project: str) -> None:
    if not _NAME.fullmatch(project):
        todo = "use small letters, digits and dashes, two at least: lead-times-2026"
        raise Refused("this cannot be the name of a project", todo=todo)


def _check_request(wanted: Wanted, keys: Path, *, lake: Path) -> None:
    _check_name(wanted.project)
    check_purpose(wanted.purpose)
    if not wanted.columns or not all(wanted.columns.values()):
        raise Refused("a project names the columns it needs", todo="--tables cases:case_key,registered_on")
    if keys.resolve().is_relative_to(lake.resolve()):
        raise NoPermission("the keys lie inside the lake", todo="keep them apart: --keys, or DAS_KEYS")


def _check_columns(wanted: Wanted, model: Model, *, snapshot: Snapshot) -> None:
    """A column that names a person or a case to everybody would join two projects: it is not given."""
    there = {t.plural: t for t in model.tables.values() if t.name in snapshot.tables}
    for plural, names in wanted.columns.items():
        if plural not in there:
            raise Refused("no such table", where=plural, todo=f"use some of {', '.join(there)}")
        columns = {c.name: c for c in there[plural].at("linked")}
        for name in names:
            where = f"{plural}.{name}"
            if name not in columns:
                raise Refused("no such column", where=where, todo=f"use some of {', '.join(columns)}")
            if columns[name].iri_prefix or columns[name].privacy == "identifying":
                todo = "leave it out: with it two projects could be joined"
                raise NoPermission("the column says to everybody which row it is", where=where, todo=todo)


def _check_permissions(wanted: Wanted, model: Model, *, snapshot: Snapshot, today: date) -> None:
    if wanted.until < today:
        raise Refused("the project's last day has passed", todo="name a day to come with --until")
    for supplier in _suppliers(wanted, model, snapshot=snapshot):
        if wanted.purpose not in supplier.purposes:
            todo = f"its card allows {', '.join(supplier.purposes)}"
            raise NoPermission(
                "a supplier of these tables does not allow this purpose", where=supplier.id, todo=todo
            )
        until = supplier.permission.get("valid_until")  # none: the legal gate needs no permission
        last = date.fromisoformat(until) if until else date.max
        if wanted.until > last:
            todo = f"end the project on {last} at the latest, or have the permission prolonged"
            raise NoPermission(
                "a supplier's permission ends before the project", where=supplier.id, todo=todo
            )


def _suppliers(wanted: Wanted, model: Model, *, snapshot: Snapshot) -> Iterator[Supplier]:
    """Suppliers in this snapshot whose rows are in these tables; all of them for what linkage makes."""
    names = {t.name for t in model.tables.values() if t.plural in wanted.columns}
    fills = {s.id: {m.table for t in s.tables.values() for m in t.maps} for s in model.suppliers.values()}
    derived = names - set().union(*fills.values())
    for supplier in model.suppliers.values():
        came = any(i.startswith(f"{supplier.id}-") for i in snapshot.provenance.inputs)
        if came and (derived or names & fills[supplier.id]):
            yield supplier


def _decided(wanted: Wanted, snapshot: Snapshot) -> dict[str, Any]:
    """What makes two openings the same."""
    return {
        "project": wanted.project,
        "purpose": wanted.purpose,
        "until": wanted.until.isoformat(),
        "snapshot": f"{snapshot.number:04d}-{snapshot.name}",
        "digest": snapshot.digest,
        "columns": {plural: list(names) for plural, names in sorted(wanted.columns.items())},
    }


def _find(room: Room, wanted: Wanted, *, snapshot: Snapshot) -> dict[str, Any] | None:
    path = folder(room, "projects", write=True) / wanted.project / MANIFEST
    if not path.exists():
        return None
    done: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    decided = _decided(wanted, snapshot)
    if {name: done.get(name) for name in decided} != decided:
        todo = "close it first (das project close), or choose another name"
        raise Refused("the project is open with other content", where=wanted.project, todo=todo)
    return done


def _pseudonyms(wanted: Wanted, keys: Path) -> ProjectPseudonyms:
    return ProjectPseudonyms(project_key(keys, wanted.project), wanted.project)


def _write(
    con: duckdb.DuckDBPyConnection,
    room: Room,
    *,
    wanted: Wanted,
    pseudonyms: ProjectPseudonyms,
    found: Snapshot,
) -> dict[str, Any]:
    """Write every table beside its place, the manifest last, and give the whole its name in one rename."""
    final = folder(room, "projects", write=True) / wanted.project
    partial = final.with_name(f".partial-{wanted.project}")
    shutil.rmtree(partial, ignore_errors=True)  # as a rule it is not there
    partial.mkdir()
    rows = {}
    for table in (t for t in load_model().tables.values() if t.plural in wanted.columns):
        names, version = wanted.columns[table.plural], found.tables[table.name].version
        given = _given(con, room, table=table, names=names, version=version)
        target = partial / f"{table.plural}.parquet"
        rows[table.plural] = _write_table(con, _rekeyed(given, table, pseudonyms=pseudonyms), target=target)
    made = _decided(wanted, found) | {"rows": rows, "opened_at": now(), "opened_by": actor()}
    with (partial / MANIFEST).open("w", encoding="utf-8") as manifest:
        json.dump(made, manifest, indent=1)
        manifest.flush()
        os.fsync(manifest.fileno())
    partial.rename(final)
    return made


def _given(
    con: duckdb.DuckDBPyConnection, room: Room, *, table: Table, names: tuple[str, ...], version: int
) -> pa.RecordBatchReader:
    """The columns of a table; one without rows has no file, and its columns come from the store's log."""
    paths = pinned_files(room, table.name, version=version)
    if not paths:
        schema = table_schema(room, "linked", table=table.name, version=version)
        return schema.empty_table().select(list(names)).to_reader()
    chosen = ", ".join(map(quote, names))
    return con.cursor().sql(f"SELECT {chosen} FROM {scan(paths)}").to_arrow_reader(BATCH)


def _rekeyed(
    reader: pa.RecordBatchReader, table: Table, *, pseudonyms: ProjectPseudonyms
) -> pa.RecordBatchReader:
    import pyarrow as pa

    keys = {c.name for c in table.columns.values() if c.type == "key"}

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            pairs = zip(batch.schema.names, batch.columns, strict=True)
            columns = [pseudonyms.column(values) if name in keys else values for name, values in pairs]
            yield pa.record_batch(columns, schema=batch.schema)

    return pa.RecordBatchReader.from_batches(reader.schema, batches())


def _write_table(con: duckdb.DuckDBPyConnection, rows: pa.RecordBatchReader, *, target: Path) -> int:
    """Write rows sorted by all that the project sees: the order in the lake would join two projects."""
    con.register("rekeyed", rows)
    con.execute("CREATE OR REPLACE TEMP TABLE given AS SELECT * FROM rekeyed")
    con.unregister("rekeyed")
    con.execute(f"COPY (SELECT * FROM given ORDER BY ALL) TO {literal(str(target))} (FORMAT parquet)")
    return int(con.execute("SELECT count(*) FROM given").fetchall()[0][0])
