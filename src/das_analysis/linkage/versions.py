"""Several versions of who is who, drawn by the chances of the pairs: what doubt about links does to a figure.

`link` decides: what weighs enough is one person. Here each pair that was compared is one person in as many
versions as its chance says, under the same guard for numbers and size. A figure that is measured in every
version shows how much of it hangs on that decision. Of links by number, and of pairs that nobody compared, it
shows nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import TYPE_CHECKING, NamedTuple

from das_analysis.flow import Pseudonymised
from das_analysis.lake import Entry, record
from das_analysis.lake.sql import quote
from das_analysis.linkage.anew import compared_anew, ready
from das_analysis.linkage.chances import Chance
from das_analysis.linkage.compare import read_guard
from das_analysis.linkage.components import Guard, Pair, guarded
from das_analysis.linkage.residue import number_bits
from das_analysis.linkage.work import Work

if TYPE_CHECKING:
    import duckdb

Figure = Callable[["duckdb.DuckDBPyConnection"], float]


class Versions(NamedTuple):
    """A figure in each version of the links, their mean, and their standard deviation."""

    figures: tuple[float, ...]
    mean: float
    deviation: float


def measure_versions(
    pseudonymised: Sequence[Pseudonymised], figure: Figure, *, versions: int = 20, seed: int = 1
) -> Versions:
    """Return a figure over `versions` (two or more) versions of the links of persons. Logged.

    `figure` is handed an engine with the tables about persons as `link` has them, under the `person_key` of
    the version, and returns a number. The same rows, seed and number of versions give the same figures.
    """
    room = ready(pseudonymised)
    record(room.root, Entry(act="versions", tables=("linked",), rows=versions))
    chance = random.Random(seed)  # noqa: S311 - versions that can be drawn again, no secret
    with compared_anew(room, pseudonymised) as work:
        pairs, numbers = _pairs(work)
        work.con.execute("CREATE TABLE drawn (part BIGINT, lead BIGINT)")
        _make_views(work)
        figures = []
        for _ in range(versions):
            _put(work, draw_version(pairs, numbers, chance=chance))
            figures.append(float(figure(work.con)))
    return Versions(tuple(figures), fmean(figures), stdev(figures))


def _pairs(work: Work) -> tuple[list[Chance], dict[str, int]]:
    """Every pair that was compared, by parts, and the kinds of numbers of each part, a bit each."""
    rows = work.con.execute(
        """SELECT probability::DOUBLE, one::VARCHAR, other::VARCHAR, weight FROM chance
            ORDER BY chance.one, chance.other"""
    )
    pairs = [Chance(*row) for row in rows.fetchall()]
    masks = work.con.execute(
        f"SELECT part::VARCHAR, {number_bits(work)} FROM who_is WHERE part IS NOT NULL GROUP BY part"
    ).fetchall()
    return pairs, dict(masks)


def draw_version(
    pairs: Iterable[Chance], numbers: Mapping[str, int], *, chance: random.Random
) -> dict[str, str]:
    """Return each part that is joined in one version, with the first of its person.

    The order of `pairs` must be definite. Of two drawn that cannot both hold, since a number says so, either
    one is taken by chance.
    """
    drawn = [Pair(chance.random(), p.one, p.other) for p in pairs if chance.random() < p.probability]
    return guarded(drawn, numbers, guard=Guard(least=0.0, margin=0.0, most=read_guard().most))


def _make_views(work: Work) -> None:
    """A schema with the tables about persons as they are in the version that was drawn."""
    work.con.execute("CREATE SCHEMA version")
    for table in work.about_persons:
        name = quote(table.name)
        work.con.execute(
            f"""CREATE VIEW version.{name} AS SELECT rows.* REPLACE (
                    CASE WHEN rows.part IS NULL THEN person_key
                        ELSE 'version/' || coalesce(lead, rows.part) END AS person_key)
                FROM main.{name} AS rows LEFT JOIN main.drawn USING (part)"""
        )
    work.con.execute("SET search_path = 'version,main'")


def _put(work: Work, version: Mapping[str, str]) -> None:
    import pyarrow as pa

    columns = {"part": list(map(int, version)), "lead": list(map(int, version.values()))}
    work.con.execute("DELETE FROM main.drawn")
    schema = pa.schema({name: pa.int64() for name in columns})
    work.con.register("put", pa.table(columns, schema=schema))
    work.con.execute("INSERT INTO main.drawn SELECT part, lead FROM put")
    work.con.unregister("put")
