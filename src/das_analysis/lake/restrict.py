"""The verbs: what is known of a person, or one record of his, stays and is not used until that is lifted.

First the order beside the lake: from then on no reader is given a file that was not looked at under it. Then
the copies without his rows, the view that names them, the certificate. If stopped, the next run ends it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from das_analysis.disk import sync
from das_analysis.errors import Refused
from das_analysis.flow import TableRef
from das_analysis.lake.access import Entry, record
from das_analysis.lake.doomed import PSEUDONYM, doomed_values, find, persons, records, stores
from das_analysis.lake.engine import connect
from das_analysis.lake.known import come_back
from das_analysis.lake.lock import hold
from das_analysis.lake.orders import Order, give, marks_of, number_of, orders, standing
from das_analysis.lake.provenance import actor, now
from das_analysis.lake.purge import clean_copies, put
from das_analysis.lake.recount import recount
from das_analysis.lake.snapshots import kept_snapshots, label, snapshots
from das_analysis.lake.sql import literal
from das_analysis.lake.store import Room, enter, files, folder
from das_analysis.lake.withheld import KIND, VIEW, ZONE, last_view, name_of, readable, under
from das_analysis.lake.workspace import close_workspaces, outdated
from das_analysis.words import LANGUAGES, t

if TYPE_CHECKING:
    import duckdb

LINKED = "linked.json"
NUMBER = "certificate-{:04d}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restricted:
    """A certificate without the person: what is no longer used, as counts and digests."""

    certificate: str
    rows: int
    snapshots: tuple[str, ...]
    workspaces: tuple[str, ...]


def restrict(lake: Path, pseudonyms: Collection[str], *, ground: str, of_record: bool = False) -> Restricted:
    """Restrict the use of what the lake knows of the person with these pseudonyms; the data stay.

    No snapshot, workspace, export or monitor shows his rows any more, also those that were frozen before and
    also after a late file or a restored backup; snapshots that held him get a digest of their own and say so.
    Workspaces are closed. Done again it changes nothing. `of_record`: these are keys of records, not persons.
    Raises Refused for what is no pseudonym or is not in the lake.
    """
    if not pseudonyms or not ground.strip():
        raise Refused("a restriction needs a pseudonym and its legal ground", todo="see das restrict --help")
    room = enter(lake, "lake")
    with hold(room, KIND), connect(room) as con:
        _find(con, room, pseudonyms=pseudonyms)
        lasting = marks_of(records(con, room.root) if of_record else persons(con, room.root))
        give(room.root, Order(kind=KIND, reason=ground, marks=lasting))
        closed = close_workspaces(room.root)
        rows = renew(con, room)
        return _certify(room, number_of(room.root, KIND, marks=lasting), ground=ground, told=(rows, closed))


def lift_restriction(lake: Path, pseudonyms: Collection[str]) -> None:
    """End the restriction on these pseudonyms; the next run of link takes their rows up again.

    Raises Refused where none stands.
    """
    room = enter(lake, "lake")
    with hold(room, KIND), connect(room) as con:
        _find(con, room, pseudonyms=pseudonyms)
        marks = tuple(m for m in marks_of(doomed_values(con)) if m in standing(room.root, KIND))
        if not marks:
            raise Refused("no restriction stands on this person", todo="look for the pseudonym again")
        record(room.root, Entry(act="restriction lifted"))  # first: once it is lifted, nobody asks again
        give(room.root, Order(kind=KIND, reason="", marks=marks, lifted=True))
        renew(con, room)


def withhold(lake: Path | str) -> int:
    """Carry out the restrictions that stand, on what came since too; return how many rows are not used.

    Workspaces that hold what is not used now are closed, and an order that was stopped gets its certificate.
    """
    room = enter(lake, "lake")
    if not under(room.root) and last_view(room) is None:
        return 0
    with hold(room, KIND), connect(room) as con:
        rows = renew(con, room)
        closed = close_workspaces(room.root, among=outdated(room.root))
        for number, order in _uncertified(room):
            _certify(room, number, ground=order.reason, told=(rows, closed))
        return sum(rows.values())


def withheld_rows(lake: Path | str) -> list[tuple[str, str, int]]:
    """Return the places (delivery, file, row) of rows that may not be used, for who makes new tables."""
    room, marks = enter(lake, "lake"), standing(lake, KIND)
    if not marks:
        return []
    with connect(room) as con:
        find(con, room.root, values=come_back(con, room.root, marks=marks))
        return con.execute("SELECT delivery_id, source_table, row FROM origin ORDER BY ALL").fetchall()


def renew(con: duckdb.DuckDBPyConnection, room: Room) -> dict[str, int]:
    """Make the copies and the view for the orders of today; return the rows left out, by linked table."""
    home, marks = folder(room, ZONE, write=True), standing(room.root, KIND)
    if not marks:
        (home / VIEW).unlink(missing_ok=True)
        _sweep(home, keep=())
        return {}
    find(con, room.root, values=come_back(con, room.root, marks=marks))
    copies: dict[str, str] = {}
    rows: dict[str, int] = {}
    for name, copy, left_out in _copies(con, room, home=home):
        copies[name] = copy
        rows[name.split("/")[0]] = rows.get(name.split("/")[0], 0) + left_out
    refs = _refs(con, room, copies=copies)
    told = {"orders": under(room.root), "copies": copies, "refs": refs}
    put(home / VIEW, json.dumps(told, sort_keys=True).encode())
    sync(home)
    _sweep(home, keep=copies.values())
    return {name: n for name, n in sorted(rows.items()) if n}


def forget_view(room: Room) -> None:
    """Take the copies away: nobody reads a linked table then, until the view has been made anew."""
    home = folder(room, ZONE, write=True)
    (home / VIEW).unlink(missing_ok=True)
    _sweep(home, keep=())


def _find(con: duckdb.DuckDBPyConnection, room: Room, *, pseudonyms: Collection[str]) -> None:
    if not all(re.fullmatch(PSEUDONYM, p) for p in pseudonyms):
        raise Refused("this is not a list of pseudonyms", todo="give person_key of a snapshot, one a line")
    find(con, room.root, values=pseudonyms)
    (rows,) = con.execute("SELECT count(*) FROM origin").fetchone() or (0,)
    if not rows:
        raise Refused("the lake holds no row of this person", todo="look for the pseudonym again")


def _copies(con: duckdb.DuckDBPyConnection, room: Room, *, home: Path) -> Iterator[tuple[str, str, int]]:
    """Every file of the linked tables with the name of its copy, made if need be, and rows left out."""
    about = hashlib.sha256(" ".join(doomed_values(con)).encode()).hexdigest()[:16]
    for store in (s for s in stores(con, room.root) if s.zone == "linked"):
        held = {path: (query, rows) for path, query, (rows, _cells) in clean_copies(con, store)}
        for path in store.paths:
            query, rows = held.get(path, ("", 0))
            copy = f"{store.name}-{about}-{Path(path).name}" if query else ""
            if query and not (home / copy).exists():
                _copy(con, query, target=home / copy)
            yield name_of(room.root, path), copy, rows


def _copy(con: duckdb.DuckDBPyConnection, query: str, *, target: Path) -> None:
    partial = target.with_name(f".{target.name}.partial")
    con.execute("SET preserve_insertion_order = true")
    con.execute(f"COPY ({query}) TO {literal(str(partial))} (FORMAT parquet)")
    sync(partial)
    partial.replace(target)


def _refs(
    con: duckdb.DuckDBPyConnection, room: Room, *, copies: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """What each pinned table holds without the restricted rows; only those where that makes a difference."""
    last, refs = last_view(room), dict[str, dict[str, Any]]()
    for name, version in sorted(_pinned(room)):
        paths = files(room, "linked", table=name, version=version)
        names = [name_of(room.root, path) for path in paths]
        if any(copies[n] for n in names):
            known = last.refs.get(name, {}).get(str(version)) if last else None
            if not (known and last and all(last.copies.get(n) == copies[n] for n in names)):
                seen = [readable(room.root, path, copies=copies) for path in paths]
                known = recount(con, name, paths=seen, version=version)
            refs.setdefault(name, {})[str(version)] = asdict(known)
    return refs


def _pinned(room: Room) -> set[tuple[str, int]]:
    """Tables and versions that a snapshot pins, or what was linked last and may be frozen."""
    found = {(name, ref.version) for s in kept_snapshots(room.root) for name, ref in s.tables.items()}
    path = folder(room, "linked") / LINKED
    if path.exists():
        content = json.loads(path.read_text(encoding="utf-8"))
        found |= {(name, TableRef(**ref).version) for name, ref in content["tables"].items()}
    return found


def _uncertified(room: Room) -> list[tuple[int, Order]]:
    """Orders that stand and have no certificate, with their numbers; one that was given again is the last."""
    home, stands = folder(room, ZONE), standing(room.root, KIND)
    return [
        (number, order)
        for number, order in enumerate(orders(room.root), start=1)
        if order.kind == KIND and not order.lifted and any(m in stands for m in order.marks)
        if number == number_of(room.root, KIND, marks=order.marks)
        if not (home / NUMBER.format(number)).exists()
    ]


def _certify(room: Room, number: int, *, ground: str, told: tuple[dict[str, int], list[str]]) -> Restricted:
    """Write the certificate under the number of the order: done again, it is the same one."""
    tables, closed = told
    now_seen = {label(s): s for s in snapshots(room.root)}
    touched = {
        label(s): [s.digest, now_seen[label(s)].digest]
        for s in kept_snapshots(room.root)
        if s.digest != now_seen[label(s)].digest
    }
    path = folder(room, ZONE, write=True) / NUMBER.format(number)
    made = Restricted(
        certificate=path.name,
        rows=sum(tables.values()),
        snapshots=tuple(sorted(touched)),
        workspaces=tuple(closed),
    )
    text = {x: t("restrict_certificate", x, rows=made.rows, snapshots=len(touched)) for x in LANGUAGES}
    about = {
        "at": now(),
        "who": actor(),
        "ground": ground,
        "tables": tables,
        "digests": touched,
        "text": text,
    }
    if not path.exists():
        record(room.root, Entry(act=KIND, tables=tuple(tables), rows=made.rows))  # first: stopped, then again
        put(path, json.dumps(asdict(made) | about, indent=1).encode())
    return made


def _sweep(home: Path, *, keep: Collection[str]) -> None:
    """Take away copies that no view names, and what a stopped run left half written."""
    for path in (*home.glob("*.parquet"), *home.glob(".*.partial")):
        if path.name not in set(keep):
            path.unlink()
