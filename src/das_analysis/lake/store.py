"""Delta tables in zones. A room enters the lake and gets only what the zone table gives it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import DasError, Refused, TryAgain
from das_analysis.lake.sql import literal
from das_analysis.lake.whole import newest, shown, shown_text
from das_analysis.lake.zones import check_access, check_room
from das_analysis.shortage import told

if TYPE_CHECKING:
    import pyarrow as pa

STRANGE = re.compile(
    r"[][*?|^=\\]|%[0-9A-Fa-f]{2}"
)  # a pattern, a partition or a code to the store or an engine


@dataclass(frozen=True, slots=True)
class Room:
    """The lake as one room may use it."""

    root: Path
    name: str


def enter(root: Path | str, room: str) -> Room:
    """Return the lake at `root` as `room` may use it; the folder is made when the room first writes.

    Raises NoPermission for a room that does not exist, Refused for a path that the store reads as another.
    """
    check_room(room)
    path = Path(root).resolve()
    if STRANGE.search(str(path)):
        raise Refused(
            "the path of the lake holds what the store reads as something else",
            where=path.name,
            todo="take a folder without [ ] * ? | ^ = \\ and without a % before two hexadecimal digits",
        )
    return Room(path, room)


def folder(room: Room, zone: str, *, write: bool = False) -> Path:
    """Return the folder of a zone, for files that are not tables. Raises NoPermission."""
    check_access(room.name, zone, right="w" if write else "r")
    path = room.root / zone
    if write:
        path.mkdir(parents=True, exist_ok=True)
    return path


def _home(room: Room, zone: str, *, table: str, right: str) -> Path:
    check_access(room.name, zone, right=right)
    return room.root / zone / table


def table_version(room: Room, zone: str, *, table: str) -> int | None:
    """Return the newest version of a table that a whole step wrote, or None when there is none."""
    check_access(room.name, zone, right="r")
    return shown(room.root, zone, table=table)


def files(room: Room, zone: str, *, table: str, version: int | None = None) -> list[str]:
    """Return the Parquet files of a table at `version`; none for a table without rows.

    The default is the newest version that a whole step wrote: of a step that is under way, or died, nothing
    is seen. None, too, where there is no table. Raises Refused for a table with deletion vectors: its file
    list alone would bring deleted rows back.
    """
    from deltalake import DeltaTable

    path = _home(room, zone, table=table, right="r")
    seen = version if version is not None else shown(room.root, zone, table=table)
    if seen is None:
        return []
    with told(f"{zone}/{table}", "the table could not be read"):
        found = DeltaTable(str(path), version=seen)
    if "deletionVectors" in (found.protocol().reader_features or []):
        raise Refused(
            "a table uses deletion vectors", where=f"{zone}/{table}", todo="rewrite it without them"
        )
    return sorted(str(path / Path(uri).name) for uri in found.file_uris())  # a URI writes a space as %20


def text(room: Room, zone: str, *, name: str) -> str | None:
    """Return what a small file of a zone says, nothing of a step under way; None where there is none."""
    check_access(room.name, zone, right="r")
    return shown_text(room.root, f"{zone}/{name}")


def table_schema(room: Room, zone: str, *, table: str, version: int | None = None) -> pa.Schema:
    """Return the columns and types of a table that exists, at `version` (default: the newest)."""
    import pyarrow as pa
    from deltalake import DeltaTable

    path = _home(room, zone, table=table, right="r")
    return pa.schema(DeltaTable(str(path), version=version).schema().to_arrow())


def write(room: Room, zone: str, *, table: str, rows: pa.Table | pa.RecordBatchReader) -> int:
    """Replace a whole table by `rows` in one commit and return its new version. Raises TryAgain."""
    path = _home(room, zone, table=table, right="w")
    return _commit(path, rows, predicate=None)


def replace(
    room: Room, zone: str, *, table: str, rows: pa.Table | pa.RecordBatchReader, deliveries: Sequence[str]
) -> int:
    """Replace the rows of some deliveries in one commit, so that doing a step again changes nothing.

    `rows` must have a column `delivery_id` that holds no other delivery. Raises Refused where it does, and
    where the columns are not those of the table; TryAgain.
    """
    path = _home(room, zone, table=table, right="w")
    return _commit(path, rows, predicate=f"delivery_id IN ({', '.join(map(literal, deliveries))})")


def _commit(path: Path, rows: pa.Table | pa.RecordBatchReader, *, predicate: str | None) -> int:
    from deltalake.exceptions import CommitFailedError

    where = f"{path.parent.name}/{path.name}"
    try:
        with told(where, "the table could not be written"):
            path.mkdir(parents=True, exist_ok=True)
            return _put(path, rows, predicate=predicate)
    except (OSError, CommitFailedError) as error:
        todo = "free disk space or wait for the other writer, then do the step again"
        raise TryAgain(
            f"the table could not be written: {type(error).__name__}", where=where, todo=todo
        ) from None
    except DasError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the library raises may quote a row
        what = (
            f"rows do not fit the table: of another delivery, or with other columns ({type(error).__name__})"
        )
        raise Refused(what, where=where, todo="do the step before it again, with this model") from None


def _put(path: Path, rows: pa.Table | pa.RecordBatchReader, *, predicate: str | None) -> int:
    """Write a table, or what the predicate chooses of it. No version goes: snapshots pin some of any age."""
    from deltalake import DeltaTable, PostCommitHookProperties, write_deltalake

    kept = PostCommitHookProperties(cleanup_expired_logs=False)
    if newest(path) is None:
        write_deltalake(str(path), rows, mode="append", post_commithook_properties=kept)
    else:
        write_deltalake(
            str(path),
            rows,
            mode="overwrite",
            predicate=predicate,
            schema_mode=None if predicate else "overwrite",
            post_commithook_properties=kept,
        )
    return DeltaTable(str(path)).version()
