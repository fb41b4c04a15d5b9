"""A project's workspace, opened for reading: its own tables and columns, until its last day."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from das_analysis.errors import NoPermission, Refused
from das_analysis.lake.engine import DuckTables
from das_analysis.lake.reader import Lake
from das_analysis.lake.snapshots import find_snapshot, label, snapshots
from das_analysis.lake.store import enter, folder

MANIFEST = "project.json"


def open_workspace(project: str, *, lake: Path | str | None = None, today: date | None = None) -> Lake:
    """Open what a project was given (`das project open`): `workspace.cases`, with the columns it asked for.

    `lake` defaults to the folder in DAS_LAKE, else ./lake. The opening is logged with the project's name.
    Raises Refused for a project that is not open, NoPermission after its last day and when an erasure or a
    restriction changed its snapshot since.
    """
    root = Path(lake or os.environ.get("DAS_LAKE", "lake"))
    home = folder(enter(root, "lake"), "projects") / Path(project).name
    manifest = home / MANIFEST
    if not manifest.is_file():
        raise Refused("there is no such project open", todo="have it opened: das project open")
    told: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    if (today or datetime.now(UTC).date()) > date.fromisoformat(told["until"]):
        todo = "close it (das project close), or have a new one opened under a new permission"
        raise NoPermission("the project is closed: its last day has passed", where=told["until"], todo=todo)
    snapshot = find_snapshot(root, told["snapshot"])
    if snapshot.digest != told["digest"]:
        todo = "close it (das project close) and have it opened again"
        raise NoPermission("the population of its snapshot changed since", where=told["project"], todo=todo)
    tables = DuckTables(root.resolve() / ".spill")
    opened = Lake(
        snapshot,
        told["purpose"],
        {plural: tables.open(plural, paths=[str(home / f"{plural}.parquet")]) for plural in told["columns"]},
        logged=True,
        project=told["project"],
    )
    opened.note("project use", tables=sorted(opened.tables))
    return opened


def outdated(root: Path) -> list[str]:
    """Return the projects whose snapshot holds something else since, by an erasure or a restriction."""
    seen = {label(s): s.digest for s in snapshots(root)}
    told = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(root.glob(f"projects/*/{MANIFEST}"))]
    return [one["project"] for one in told if seen.get(one["snapshot"]) != one["digest"]]


def close_workspaces(root: Path, *, among: Collection[str] | None = None) -> list[str]:
    """Take away what projects hold: under pseudonyms that only their keys make. They can be opened again.

    `among`: only these, by name.
    """
    home = folder(enter(root, "vault"), "projects", write=True)
    found = sorted(p for p in home.iterdir() if p.is_dir() and (among is None or p.name in among))
    for one in found:
        shutil.rmtree(one)
    return [p.name for p in found]
