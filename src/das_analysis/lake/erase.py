"""The verb: one person out of every file of the lake, of every version; a tombstone and a certificate stay.

In this order: an intent (what is doomed), tombstones, the files, the snapshots, the certificate; then the
intent goes. Stopped anywhere, the next erasure ends it first. The intent alone holds pseudonyms, until the
end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from das_analysis.errors import NoPermission, Refused
from das_analysis.flow import TableRef
from das_analysis.lake.access import Entry, record
from das_analysis.lake.doomed import PSEUDONYM, doomed_values, find, persons, records
from das_analysis.lake.engine import connect
from das_analysis.lake.known import come_back
from das_analysis.lake.lock import hold
from das_analysis.lake.orders import Order, give, marks_of, standing
from das_analysis.lake.provenance import actor, now
from das_analysis.lake.purge import purge, put
from das_analysis.lake.recount import recount
from das_analysis.lake.restrict import forget_view, renew
from das_analysis.lake.snapshots import content_digest, kept_snapshots, label, rewrite
from das_analysis.lake.store import Room, enter, files, folder
from das_analysis.lake.workspace import close_workspaces
from das_analysis.words import LANGUAGES, t

if TYPE_CHECKING:
    import duckdb

INTENT, PROGRESS = ".intent.json", ".progress.jsonl"
LINKED = "linked.json"
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
            back = come_back(con, room.root, marks=standing(room.root, kind))
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
    reasons = {holds[m] for m in marks_of(doomed_values(con)) if m in holds}
    if reasons:
        todo = "lift the hold first, when its reason has gone: das erase --lift"
        raise NoPermission("a legal hold forbids this erasure", where="; ".join(sorted(reasons)), todo=todo)


def _intent(room: Room) -> Path:
    return folder(room, "erased") / INTENT


def _carry_out(con: duckdb.DuckDBPyConnection, room: Room, *, ground: str, kind: Kind) -> Erased:
    lasting = records(con, room.root) if kind == "lapse" else persons(con, room.root)
    origins = con.execute("SELECT delivery_id, source_table, row FROM origin ORDER BY ALL").fetchall()
    intent = {"values": doomed_values(con), "origins": origins, "ground": ground, "lasting": sorted(lasting)}
    put(folder(room, "erased", write=True) / INTENT, _json(intent | {"kind": kind}))
    return _finish(con, room, intent=intent | {"kind": kind})


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
    forget_view(room)
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
    more = {"files_changed": done, "digests": touched, "workspaces": close_workspaces(room.root)}
    put(home / name, _json(asdict(made) | about | _said(made) | more))
    renew(con, room)
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


def _restate(
    con: duckdb.DuckDBPyConnection, room: Room, *, certificate: str, changed: Collection[str]
) -> dict[str, list[str]]:
    """Give each snapshot that held the person its own digest, and what was linked last its own."""
    touched: dict[str, list[str]] = {}
    for snapshot in kept_snapshots(room.root):
        tables = {n: _ref((con, room), n, ref=r, changed=changed) for n, r in snapshot.tables.items()}
        if tables != dict(snapshot.tables):
            new, erased = content_digest(tables), (*snapshot.erased, certificate)
            rewrite(replace(snapshot, tables=tables, digest=new, erased=erased))
            touched[label(snapshot)] = [snapshot.digest, new]
        elif certificate in snapshot.erased:  # restated before a stop
            touched[label(snapshot)] = ["", snapshot.digest]
    path = room.root / "linked" / LINKED
    if path.exists():
        content = json.loads(path.read_text(encoding="utf-8"))
        refs = {n: TableRef(**r) for n, r in content["tables"].items()}
        told = {n: asdict(_ref((con, room), n, ref=r, changed=changed)) for n, r in refs.items()}
        put(path, _json(content | {"tables": told}))
    return touched


def _ref(
    at: tuple[duckdb.DuckDBPyConnection, Room], name: str, *, ref: TableRef, changed: Collection[str]
) -> TableRef:
    """What a table at a pinned version holds now; as it was, where none of its files changed."""
    con, room = at
    paths = files(room, "linked", table=name, version=ref.version)
    if not any(str(Path(path).relative_to(room.root)) in changed for path in paths):
        return ref
    return recount(con, name, paths=paths, version=ref.version)


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1).encode()
