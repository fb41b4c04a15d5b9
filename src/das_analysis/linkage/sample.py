"""A sample of compared pairs for a person to judge: references to rows and what agrees, never who it is.

The comparison is made anew, and nothing of it is kept but which pairs were drawn from which band of weights.
Both rows of a pair come from one supplier, so that none learns whom another knows; a sheet does not say how
heavy a pair is, so that nobody is led.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from das_analysis.errors import Refused
from das_analysis.flow import Pseudonymised
from das_analysis.lake import Entry, Room, folder, hold, record
from das_analysis.lake.sql import quote
from das_analysis.linkage.anew import compared_anew, ready
from das_analysis.linkage.clerical import band_of, bands
from das_analysis.linkage.work import COMPARED, Work
from das_analysis.shortage import told

DRAWN = "drawn.json"  # in the zone, beside the tables
KEYS = (*COMPARED, "birth_month", "sex_code")
PLACE = ("pair", "supplier", "file_1", "period_1", "row_1", "file_2", "period_2", "row_2")
ANSWER = "same_person"  # the one column that is empty
HEADER = (*PLACE, *(name.removesuffix("_key").removesuffix("_code") for name in KEYS), ANSWER)
Progress = Callable[[str, int, int], None]
Rows = list[tuple[str, ...]]  # PLACE, and of each key whether both rows have the same


class Pair(NamedTuple):
    """Two parts that were compared, and a supplier that has rows of both."""

    one: int
    other: int
    supplier: str


class Band(NamedTuple):
    """A band of weights: from how many bits, pairs that one supplier can judge, pairs drawn."""

    least: float
    pairs: int
    drawn: int


def draw_sample(
    pseudonymised: Sequence[Pseudonymised],
    size: int,
    *,
    to: Path,
    seed: int = 1,
    progress: Progress | None = None,
) -> tuple[Band, ...]:
    """Draw `size` compared pairs, as far as there are so many from every band, and write a sheet a supplier.

    The same rows, size and seed give the same sheets (`judge-om.csv`, readable by their owner alone). Logged.
    Raises Refused where no pair can be judged, or a sheet is there already; NoPermission; TryAgain.
    """
    room, tell = ready(pseudonymised), progress or (lambda *_: None)
    tell("sample: compare", 0, 2)
    with hold(room, "sample", texts=(f"linked/{DRAWN}",)), compared_anew(room, pseudonymised) as work:
        tell("sample: draw", 1, 2)
        found = _pairs(work)
        drawn = draw(found, size, seed=seed)
        rows = _rows(work, drawn)
        keep_drawn(room, {row[0]: (row[1], found[pair]) for pair, row in zip(drawn, rows, strict=True)})
        record(room.root, Entry(act="sample", tables=("linked",), rows=len(rows)))
        write_sheets(to, rows)
    return tuple(
        Band(least, list(found.values()).count(band), sum(found[pair] == band for pair in drawn))
        for band, least in enumerate(bands())
    )


def _pairs(work: Work) -> dict[Pair, int]:
    """The band of every compared pair of which one supplier has rows of both. Raises Refused for none."""
    columns = ", ".join(map(quote, ("supplier", "period", "source_table", "row", *KEYS)))
    rows = " UNION ALL ".join(f"SELECT part, {columns} FROM {quote(t.name)}" for t in work.about_persons)
    work.con.execute(f"CREATE TABLE compared_row AS SELECT * FROM ({rows}) WHERE part IS NOT NULL")
    found = work.con.execute(
        """WITH held AS (SELECT DISTINCT part, supplier FROM compared_row)
            SELECT one, other, min(a.supplier), any_value(weight) FROM chance JOIN held AS a ON a.part = one
            JOIN held AS b ON b.part = other AND b.supplier = a.supplier GROUP BY one, other ORDER BY ALL"""
    ).fetchall()
    if not found:
        raise Refused(
            "no pair was compared that one supplier can judge",
            todo="see the cards for parts of names to seal",
        )
    return {Pair(*row[:3]): band_of(row[3]) for row in found}


def draw(found: Mapping[Pair, int], size: int, *, seed: int) -> list[Pair]:
    """Return pairs drawn by chance: as many from each band, or all where it has fewer."""
    chance = random.Random(seed)  # noqa: S311 - a sample that can be drawn again, no secret
    held: defaultdict[int, list[Pair]] = defaultdict(list)
    for pair, band in sorted(found.items()):
        held[band].append(pair)
    drawn: list[Pair] = []
    for left, pairs in zip(range(len(held), 0, -1), sorted(held.values(), key=len), strict=True):
        drawn += chance.sample(pairs, min(len(pairs), (size - len(drawn)) // left))
    chance.shuffle(drawn)
    return drawn


def _rows(work: Work, drawn: Sequence[Pair]) -> Rows:
    """Of each pair the two rows that agree most, in the order of the draw."""
    import pyarrow as pa

    columns = {name: [getattr(pair, name) for pair in drawn] for name in Pair._fields}
    work.con.register("asked", pa.table(columns | {"place": list(range(len(drawn)))}))
    agree = [
        f"CASE WHEN a.{k} = b.{k} THEN 'same' WHEN a.{k} <> b.{k} THEN 'other' ELSE 'missing' END"
        for k in KEYS
    ]
    same = " + ".join(f"(a.{k} IS NOT DISTINCT FROM b.{k} AND a.{k} IS NOT NULL)::INTEGER" for k in KEYS)
    where = ["asked.supplier", *(f'{s}."{c}"' for s in "ab" for c in ("source_table", "period", "row"))]
    found = work.con.execute(
        f"""SELECT substr(sha256(concat_ws('/', {", ".join(where)})), 1, 12), {", ".join((*where, *agree))}
            FROM asked JOIN compared_row AS a ON a.part = one AND a.supplier = asked.supplier
            JOIN compared_row AS b ON b.part = other AND b.supplier = asked.supplier
            QUALIFY row_number() OVER (PARTITION BY place ORDER BY {same} DESC, {", ".join(where)}) = 1
            ORDER BY place"""
    ).fetchall()
    work.con.unregister("asked")
    return [tuple(map(str, row)) for row in found]


def keep_drawn(room: Room, drawn: Mapping[str, tuple[str, int]]) -> None:
    """Write down the supplier and the band of each pair that was drawn; the sample before it ends."""
    target = folder(room, "linked", write=True) / DRAWN
    partial = target.with_suffix(".partial")
    partial.write_text(json.dumps(drawn, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(target)


def write_sheets(to: Path, rows: Rows) -> None:
    """Write `judge-<supplier>.csv` for each supplier, all of them before the first gets its name.

    Stopped, it can be done again: a sheet with nothing but this in it is in nobody's way. Raises Refused for
    another that is there already, or when `to` is no folder; TryAgain when the machine lacks something.
    """
    sheets: defaultdict[Path, Rows] = defaultdict(list)
    for row in rows:
        sheets[to / f"judge-{row[1]}.csv"].append(row)
    contents = {path: _sheet(mine) for path, mine in sheets.items()}
    with told("sample", "the sheets cannot be written"):
        taken = [p.name for p in contents if p.exists() and not _has(p, contents[p])]
        if taken:
            todo = "it may have been judged: take it away, or give another folder"
            raise Refused("there is a sheet already", where=", ".join(taken), todo=todo)
        try:
            to.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise Refused("this is no folder", where=to.name, todo="name a folder with --out") from None
        partials = {path: _write(path, content) for path, content in contents.items()}
        for path, partial in partials.items():
            partial.replace(path)


def _sheet(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\n").writerows([HEADER, *((*row, "") for row in rows)])
    return text.getvalue().encode()


def _has(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _write(path: Path, content: bytes) -> Path:
    """Write a file beside its place, readable by its owner alone, over what a stop left; return where."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return partial
