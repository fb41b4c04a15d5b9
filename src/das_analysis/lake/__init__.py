"""Stores, versions and opens tables. Knows nothing of what is in them."""

from das_analysis.lake.access import Entry, Head, head_at, head_path, read_log, record, verify_log
from das_analysis.lake.changes import Changes, changes
from das_analysis.lake.engine import connect, digest, view
from das_analysis.lake.erase import Erased, bury, erase, keep_hold
from das_analysis.lake.lock import hold
from das_analysis.lake.orders import standing
from das_analysis.lake.reader import Lake, open_lake, snapshot_files
from das_analysis.lake.restrict import Restricted, lift_restriction, restrict, withheld_rows, withhold
from das_analysis.lake.snapshots import COUNTED, find_snapshot, freeze, snapshots
from das_analysis.lake.status import frozen, status
from das_analysis.lake.store import Room, enter, files, folder, replace, table_version, text, write
from das_analysis.lake.tidy import Leftover, leftovers, tidy
from das_analysis.lake.withheld import pinned_files
from das_analysis.lake.workspace import open_workspace
from das_analysis.lake.zones import ACCESS, ROOMS, ZONES

__all__ = [
    "ACCESS",
    "COUNTED",
    "ROOMS",
    "ZONES",
    "Changes",
    "Entry",
    "Erased",
    "Head",
    "Lake",
    "Leftover",
    "Restricted",
    "Room",
    "bury",
    "changes",
    "connect",
    "digest",
    "enter",
    "erase",
    "files",
    "find_snapshot",
    "folder",
    "freeze",
    "frozen",
    "head_at",
    "head_path",
    "hold",
    "keep_hold",
    "leftovers",
    "lift_restriction",
    "open_lake",
    "open_workspace",
    "pinned_files",
    "read_log",
    "record",
    "replace",
    "restrict",
    "snapshot_files",
    "snapshots",
    "standing",
    "status",
    "table_version",
    "text",
    "tidy",
    "verify_log",
    "view",
    "withheld_rows",
    "withhold",
    "write",
]
