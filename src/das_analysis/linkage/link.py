"""The verb: pseudonymised rows of all suppliers become one linked table for each class of the model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.flow import Linked, Pseudonymised, TableRef
from das_analysis.lake import COUNTED, Room, bury, connect, digest, enter, folder, hold, withhold, write
from das_analysis.lake.provenance import here
from das_analysis.lake.sql import quote
from das_analysis.linkage.ages import fill_ages
from das_analysis.linkage.case_links import check_links
from das_analysis.linkage.clerical import read_judged
from das_analysis.linkage.current import read_current
from das_analysis.linkage.derive import derive
from das_analysis.linkage.kept import FILE, find_before, find_saved, keep
from das_analysis.linkage.overlaps import find_overlaps
from das_analysis.linkage.person_table import make_persons
from das_analysis.linkage.persons import find_persons
from das_analysis.linkage.quality import judge_links
from das_analysis.linkage.succession import carried_over
from das_analysis.linkage.unchanged import Saved, content_of
from das_analysis.linkage.work import Work
from das_analysis.model import load_model

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from das_analysis.model import Table

Progress = Callable[[str, int, int], None]
STEPS: tuple[tuple[str, Callable[[Work], None]], ...] = (
    ("persons", find_persons),
    ("table of persons", make_persons),
    ("quality", judge_links),
    ("derived tables", derive),
    ("links", check_links),
    ("overlaps", find_overlaps),
    ("ages", fill_ages),
)
TRAINED = "compare.json"  # in the zone, beside the tables
TRACE = ("delivery_id", "supplier", "period", "source_table", "row")  # where a row comes from


def link(
    pseudonymised: Sequence[Pseudonymised],
    *,
    train: bool = False,
    truth: Path | None = None,
    progress: Progress | None = None,
) -> Linked:
    """Link what was pseudonymised in one lake: persons, references between suppliers, derived tables.

    Of every supplier and period the highest sequence counts, of every record its newest period. The result
    depends on the content of the deliveries and on who was who in the last run, not on their order or names;
    everybody keeps his person key when the host's key was rotated in between.
    `train`: first make a model for comparing persons out of this lake's own rows, and keep it here.
    `truth`: a Parquet file that says whose each row is (supplier, period, source_table, row, person_id); the
    quality of the links is then counted. Raises Refused for none, for several lakes, and for pseudonyms of
    several versions of the host's key, or of one that did not follow that of the last run.
    """
    version = check_one_world(pseudonymised)
    ids = sorted({i for p in pseudonymised for i in p.delivery_ids})
    bury(pseudonymised[0].lake)
    withhold(pseudonymised[0].lake)
    room = enter(pseudonymised[0].lake, "linkage")
    tell = progress or (lambda *_: None)
    with hold(room, "link", texts=(f"linked/{FILE}", f"linked/{TRAINED}")), connect(room) as con:
        work = _begin(con, room, ids=ids, version=version, learn=(train, truth))
        tell("link: rows that count", 0, len(STEPS) + 2)
        read_current(work, room, ids=ids)
        for number, (name, step) in enumerate(STEPS, start=1):
            tell(f"link: {name}", number, len(STEPS) + 2)
            step(work)
        tell("link: save", len(STEPS) + 1, len(STEPS) + 2)
        saved = _save(work, room)
        tables = {name: s.ref for name, s in saved.items()}
        linked = Linked(lake=pseudonymised[0].lake, tables=tables, provenance=here(ids))
        tell("link: done", len(STEPS) + 2, len(STEPS) + 2)
        register = _save_register(work, room)
        keep(linked, room, register=register, key_version=version, saved=saved)
    withhold(linked.lake)
    return linked


def _begin(
    con: duckdb.DuckDBPyConnection,
    room: Room,
    *,
    ids: Sequence[str],
    version: int,
    learn: tuple[bool, Path | None],
) -> Work:
    (train, truth), model, before = learn, load_model(), find_before(room)
    return Work(
        con=con,
        model=model,
        before=before and carried_over(before, room, model=model, version=version),
        saved=find_saved(room),
        inputs=hashlib.sha256(" ".join(ids).encode()).hexdigest()[:12],
        trained=folder(room, "linked", write=True) / TRAINED,
        train=train,
        truth=truth,
        judged=read_judged(room),
    )


def check_one_world(pseudonymised: Sequence[Pseudonymised]) -> int:
    """Pseudonyms meet only when one lake holds them and one version of the host's key made them: that one."""
    if len({p.lake.resolve() for p in pseudonymised}) != 1:
        raise Refused(
            "link takes what was pseudonymised in one lake", todo="run das pseudonymise, then das link"
        )
    versions = sorted({p.key_version for p in pseudonymised})
    if len(versions) != 1:
        raise Refused(
            "pseudonyms of several versions of the host's key never meet",
            where=f"versions {', '.join(map(str, versions))}",
            todo="run das pseudonymise again for every delivery, then das link",
        )
    return versions[0]


def _save(work: Work, room: Room) -> dict[str, Saved]:
    saved = {t.name: _save_table(work, room, table=t) for t in work.tables}
    saved["person"] = _save_rows(
        (work, room), "person", columns=_linked(work.model.tables["person"]), order=("person_key",)
    )
    for name, columns in COUNTED.items():
        saved[name] = _save_rows((work, room), name, columns=columns, order=columns)
    return saved


def _save_register(work: Work, room: Room) -> int:
    """Save what leads to whom: read by the next run of linkage, part of no snapshot."""
    rows = work.con.sql("SELECT * FROM register ORDER BY ALL")
    return write(room, "linked", table="person_register", rows=rows.to_arrow_reader())


def _linked(table: Table) -> tuple[str, ...]:
    return tuple(c.name for c in table.at("linked"))


def _save_table(work: Work, room: Room, *, table: Table) -> Saved:
    """Save the columns that exist after linkage, sorted by key so that like stands by like."""
    columns = _linked(table)
    order = tuple(c for c in (table.key, "person_key", table.dated_by) if c in columns) or table.unique[0]
    return _save_rows((work, room), table.name, columns=columns, order=order, extra=TRACE)


def _save_rows(
    at: tuple[Work, Room],
    name: str,
    *,
    columns: Sequence[str],
    order: Sequence[str],
    extra: Sequence[str] = (),
) -> Saved:
    work, room = at
    chosen = ", ".join(map(quote, (*columns, *extra))) if name in ("person", "link_quality") or extra else "*"
    rows = f"SELECT {chosen} FROM {quote(name)}"
    content = content_of(work.con, rows)
    before = work.saved.get(name)
    if before and before.content == content:
        return before
    sorted_ = work.con.sql(f"{rows} ORDER BY {', '.join(map(quote, order))}")
    version = write(room, "linked", table=name, rows=sorted_.to_arrow_reader())
    count = work.con.execute(f"SELECT count(*) FROM {quote(name)}").fetchall()[0][0]
    ref = TableRef(version=version, rows=count, digest=digest(work.con, quote(name), columns=columns))
    return Saved(ref, content)
