"""The comparison of persons made anew, for who asks about links that were made; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from das_analysis.flow import Pseudonymised
from das_analysis.lake import Room, bury, connect, enter, folder, withhold
from das_analysis.linkage.current import read_current
from das_analysis.linkage.link import TRAINED, check_one_world
from das_analysis.linkage.persons import find_persons
from das_analysis.linkage.work import Work
from das_analysis.model import load_model


def ready(pseudonymised: Sequence[Pseudonymised]) -> Room:
    """Return the room to compare anew in, rid of whoever may not be used. Raises Refused as `link` does."""
    check_one_world(pseudonymised)
    bury(pseudonymised[0].lake)
    withhold(pseudonymised[0].lake)
    return enter(pseudonymised[0].lake, "linkage")


@contextmanager
def compared_anew(room: Room, pseudonymised: Sequence[Pseudonymised]) -> Iterator[Work]:
    """Give the run as it is when persons are found: rows with their `part`, and the `chance` of each pair."""
    ids = sorted({i for p in pseudonymised for i in p.delivery_ids})
    with connect(room) as con:
        work = Work(con=con, model=load_model(), trained=folder(room, "linked") / TRAINED)
        read_current(work, room, ids=ids, settle=False)
        find_persons(work)
        yield work
