"""The verb: one person out of every file of the lake, of every version; a tombstone and a certificate stay.

In this order: an intent (what is doomed), tombstones, the files, the snapshots, the certificate; then the
intent goes. Stopped anywhere, the next erasure ends it first. The intent alone holds pseudonyms, until the
end.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from das_analysis.errors import NoPermission, Refused
from das_analysis.flow import Snapshot, TableRef
from das_analysis.lake.access import Entry, record
from das_analysis.lake.doomed import PSEUDONYM, cells_of, find, received, stores
from das_analysis.lake.engine import connect, digest
from das_analysis.lake.lock import hold
from das_analysis.lake.orders import Order, give, marks_of, standing
from das_analysis.lake.provenance import actor, now
from das_analysis.lake.purge import purge
from das_analysis.lake.snapshots import COUNTED, content_digest, rewrite, snapshots
from das_analysis.lake.sql import literal, quote, scan
from das_analysis.lake.store import Room, enter, files, folder
from das_analysis.model import load_model
from das_analysis.words import LANGUAGES, t

if TYPE_CHECKING:
    import duckdb

INTENT, PROGRESS = ".intent.json", ".progress.jsonl"
LINKED = "linked.json"
SHARED = "name_key"  # sealed from birth date, sex and name: not issued to one person
NUMBER = "certificate-{:04d}.json"

Kind = Literal["erase", "lapse"]  # a person; a record whose term of retention has ended
KINDS: tuple[Kind, ...] = ("erase", "lapse")


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """A certificate without the person: what went, as counts and digests."""

    certificate: str
    rows: int
    cells: int
    files: int
    snapshots: tuple[str, ...]


def erase(lake: Path, pseudonyms: Collection[str], *, ground: str, kind: Kind = "erase") -> Erased:
    """Erase the person with these pseudonyms (of a snapshot, or of the host) from every file of the lake.

    Also what is known of him only through them: other forms of his numbers, his cases and what belongs to
    them, rows held back, older versions of each table. Snapshots keep their number and name; those that held
    him get a digest of their own and say so. Doing it again after a stop goes on to the end.
    `kind` "lapse": these are the keys of records, not of persons. Only the records are kept out afterwards: a
    person of whom nothing was left may come back with a new one.
    Raises Refused for what is no pseudonym or is not in the lake, NoPermission under a legal hold.
    """
    if not pseudonyms or not ground.strip():
        raise Refused("an erasure needs a pseudonym and its legal ground", todo="see das erase --help")
    if not all(re.fullmatch(PSEUDONYM, p) for p in pseudonyms):
        raise Refused("this is not a list of pseudonyms", todo="give person_key of a snapshot, one a line")
    room = enter(lake, "lake")
    with hold(room, "erase"), connect(room) as con:
        _resume(con, room)
        find(con, room.root, values=pseudonyms)
        _check_hold(con, room)
        (rows,) = con.execute("SELECT count(*) FROM origin").fetchone() or (0,)
        if not rows:
            raise Refused("the lake holds no row of this person", todo="look for the pseudonym again")
        return _carry_out(con, room, ground=ground, kind=kind)


def bury(lake: Path | str) -> int:
    """Erase again whoever came back in a late file or a restored backup; return how many rows that took.

    First ends an erasure that was stopped, whose rows are counted too.
    """
    room = enter(lake, "lake")
    if not any(standing(room.root, kind) for kind in KINDS) and not _intent(room).exists():
        return 0
    with hold(room, "erase"), connect(room) as con:
        rows = _resume(con, room)
        for kind in KINDS:
            back = _come_back(con, room, kind=kind)
            if back:
                find(con, room.root, values=back)
                rows += _carry_out(con, room, ground="tombstone", kind=kind).rows
        return rows


def keep_hold(lake: Path, pseudonyms: Iterable[str], *, reason: str) -> None:
    """Forbid the erasure of these pseudonyms, for a reason, until the hold is lifted (an empty reason)."""
    room = enter(lake, "lake")
    with hold(room, "legal hold"):
        give(room.root, Order(kind="hold", reason=reason, marks=marks_of(pseudonyms), lifted=not reason))
    record(room.root, Entry(act="legal hold" if reason else "legal hold lifted"))


def _check_hold(con: duckdb.DuckDBPyConnection, room: Room) -> None:
    holds = standing(room.root, "hold")
    reasons = {holds[m] for m in marks_of(_values(con)) if m in holds}
    if reasons:
        todo = "lift the hold first, when its reason has gone: das erase --lift"
        raise NoPermission("a legal hold forbids this erasure", where="; ".join(sorted(reasons)), todo=todo)


def _intent(room: Room) -> Path:
    return folder(room, "erased") / INTENT


def _values(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [v for (v,) in con.execute("SELECT value FROM doomed ORDER BY value").fetchall()]


def _come_back(con: duckdb.DuckDBPyConnection, room: Room, *, kind: Kind) -> list[str]:
    """Pseudonyms in the lake that have a tombstone of this kind."""
    known = list(standing(room.root, kind))
    if not known:
        return []
    cells = [f"SELECT unnest({texts}) AS value FROM {view}" for view, texts in _texts(con, room)]
    if not cells:
        return []
    con.execute("CREATE OR REPLACE TEMP TABLE tombstone AS SELECT unnest($1::VARCHAR[]) AS hash", [known])
    query = f"""SELECT value FROM (SELECT DISTINCT value FROM ({" UNION ALL ".join(cells)})
        WHERE regexp_full_match(value, {literal(PSEUDONYM.strip("^$"))}))
        WHERE sha256('das:tombstone:' || value) IN (SELECT hash FROM tombstone)"""
    return [v for (v,) in con.execute(query).fetchall()]


def _texts(con: duckdb.DuckDBPyConnection, room: Room) -> Iterator[tuple[str, str]]:
    """Where pseudonyms stand: relations, each with a list of its columns in SQL."""
    held = [(s.view, s.keys) for s in stores(con, room.root)]
    for path in received(room.root):
        source = f"read_parquet({literal(str(path))})"
        held.append((source, tuple(con.sql(f"SELECT * FROM {source} LIMIT 0").columns)))
    for relation, columns in held:
        if columns:
            yield relation, f"[{', '.join(f'{quote(c)}::VARCHAR' for c in columns)}]"


def _carry_out(con: duckdb.DuckDBPyConnection, room: Room, *, ground: str, kind: Kind) -> Erased:
    lasting = _records(con, room) if kind == "lapse" else set(_values(con)) - _names(con, room)
    origins = con.execute("SELECT delivery_id, source_table, row FROM origin ORDER BY ALL").fetchall()
    intent = {"values": _values(con), "origins": origins, "ground": ground, "lasting": sorted(lasting)}
    _put(folder(room, "erased", write=True) / INTENT, intent | {"kind": kind})
    return _finish(con, room, intent=intent | {"kind": kind})


def _records(con: duckdb.DuckDBPyConnection, room: Room) -> set[str]:
    """Doomed values that name a row, not a person."""
    own = cells_of([s for s in stores(con, room.root) if s.has_place], attrgetter("own"))
    return {
        v
        for (v,) in con.execute(f"SELECT DISTINCT value FROM {own} SEMI JOIN doomed USING (value)").fetchall()
    }


def _names(con: duckdb.DuckDBPyConnection, room: Room) -> set[str]:
    """Doomed values that a namesake of tomorrow can have: they get no tombstone, or he would be dropped."""
    sources = [s for s in stores(con, room.root) if SHARED in s.keys]
    parts = [f"SELECT {quote(SHARED)} AS value FROM {s.view}" for s in sources]
    query = f"SELECT DISTINCT value FROM ({' UNION ALL '.join(parts)}) SEMI JOIN doomed USING (value)"
    return {v for (v,) in con.execute(query).fetchall()} if parts else set()


def _resume(con: duckdb.DuckDBPyConnection, room: Room) -> int:
    """End an erasure that was stopped; return the rows it took."""
    if not _intent(room).exists():
        return 0
    intent = json.loads(_intent(room).read_text(encoding="utf-8"))
    find(con, room.root, values=intent["values"])
    con.executemany("INSERT OR IGNORE INTO origin VALUES (?, ?, ?)", intent["origins"])
    return _finish(con, room, intent=intent).rows


def _finish(con: duckdb.DuckDBPyConnection, room: Room, *, intent: Mapping[str, Any]) -> Erased:
    give(room.root, Order(kind=intent["kind"], reason=intent["ground"], marks=marks_of(intent["lasting"])))
    home = folder(room, "erased", write=True)
    done = _take_out(con, room, progress=home / PROGRESS)
    name = NUMBER.format(1 + len(list(home.glob("certificate-*.json"))))
    touched = _restate(con, room, certificate=name, changed={d["file"] for d in done})
    made = Erased(
        certificate=name,
        rows=sum(d["rows"] for d in done),
        cells=sum(d["cells"] for d in done),
        files=len(done),
        snapshots=tuple(sorted(touched)),
    )
    about = {"at": now(), "who": actor(), "ground": intent["ground"], "tables": _by_table(done)}
    more = {"files_changed": done, "digests": touched, "workspaces": _close_workspaces(room)}
    _put(home / name, asdict(made) | about | _said(made) | more)
    (home / INTENT).unlink()
    (home / PROGRESS).unlink()
    record(room.root, Entry(act="erase", tables=tuple(about["tables"]), rows=made.rows))
    return made


def _take_out(con: duckdb.DuckDBPyConnection, room: Room, *, progress: Path) -> list[dict[str, Any]]:
    """Take the doomed rows out; what was done before a stop is in the file of progress."""
    with progress.open("a", encoding="ascii") as lines:
        for one in purge(con, room.root):
            lines.write(json.dumps(asdict(one)) + "\n")
            lines.flush()
    done = progress.read_text(encoding="ascii").splitlines()
    return [json.loads(line) for line in done if line.endswith("}")]


def _said(made: Erased) -> dict[str, Any]:
    return {
        "text": {lang: t("erase_certificate", lang, rows=made.rows, files=made.files) for lang in LANGUAGES}
    }


def _by_table(done: list[dict[str, Any]]) -> dict[str, int]:
    """Rows taken out by zone and table, every version of it counted."""
    counted: dict[str, int] = {}
    for one in done:
        parts = one["file"].split("/")
        where = f"received/{parts[2]}" if parts[0] == "received" else "/".join(parts[:2])
        counted[where.removesuffix(".parquet")] = counted.get(where.removesuffix(".parquet"), 0) + one["rows"]
    return counted


def _close_workspaces(room: Room) -> list[str]:
    """Take away what projects hold: under pseudonyms that only their keys make. They can be opened again."""
    home = folder(enter(room.root, "vault"), "projects", write=True)
    found = sorted(p for p in home.iterdir() if p.is_dir())
    for one in found:
        shutil.rmtree(one)
    return [p.name for p in found]


def _restate(
    con: duckdb.DuckDBPyConnection, room: Room, *, certificate: str, changed: Collection[str]
) -> dict[str, list[str]]:
    """Give each snapshot that held the person its own digest, and what was linked last its own."""
    touched: dict[str, list[str]] = {}
    for snapshot in snapshots(room.root):
        tables = {n: _ref((con, room), n, ref=r, changed=changed) for n, r in snapshot.tables.items()}
        if tables != dict(snapshot.tables):
            new, erased = content_digest(tables), (*snapshot.erased, certificate)
            rewrite(replace(snapshot, tables=tables, digest=new, erased=erased))
            touched[_label(snapshot)] = [snapshot.digest, new]
        elif certificate in snapshot.erased:  # restated before a stop
            touched[_label(snapshot)] = ["", snapshot.digest]
    path = room.root / "linked" / LINKED
    if path.exists():
        content = json.loads(path.read_text(encoding="utf-8"))
        refs = {n: TableRef(**r) for n, r in content["tables"].items()}
        told = {n: asdict(_ref((con, room), n, ref=r, changed=changed)) for n, r in refs.items()}
        _put(path, content | {"tables": told})
    return touched


def _label(snapshot: Snapshot) -> str:
    return f"{snapshot.number:04d}-{snapshot.name}"


def _ref(
    at: tuple[duckdb.DuckDBPyConnection, Room], name: str, *, ref: TableRef, changed: Collection[str]
) -> TableRef:
    """What a table at a pinned version holds now; as it was, where none of its files changed."""
    con, room = at
    paths = files(room, "linked", table=name, version=ref.version)
    if not any(str(Path(path).relative_to(room.root)) in changed for path in paths):
        return ref
    table = load_model().tables.get(name)
    there = con.sql(f"SELECT * FROM {scan(paths)} LIMIT 0").columns
    columns = [c.name for c in table.at("linked") if c.name in there] if table else list(COUNTED[name])
    rows = con.execute(f"SELECT count(*) FROM {scan(paths)}").fetchall()[0][0]
    return TableRef(version=ref.version, rows=rows, digest=digest(con, scan(paths), columns=columns))


def _put(path: Path, content: object) -> None:
    partial = path.with_name(f".{path.name}.partial")
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    with partial.open("w", encoding="utf-8") as target:
        target.write(text)
        target.flush()
        os.fsync(target.fileno())
    partial.replace(path)
