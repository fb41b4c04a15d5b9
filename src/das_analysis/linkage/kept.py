"""What the last run of `link` made: written when all its tables are, so that `freeze` pins a whole."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from das_analysis.errors import Refused
from das_analysis.flow import Linked, Provenance, TableRef
from das_analysis.lake import Room, enter, folder, pinned_files, table_version, text
from das_analysis.lake.sql import scan
from das_analysis.linkage.unchanged import Saved
from das_analysis.linkage.work import Before

FILE = "linked.json"


def keep(
    linked: Linked, room: Room, *, register: int, key_version: int, saved: Mapping[str, Saved]
) -> Linked:
    """Write down which versions of the tables belong together; it counts when the step ends.

    `register`: the version of the table that says who is who, which is no table of a snapshot. `key_version`:
    that of the host's key under which its pseudonyms were made. `saved`: what the next run finds again by
    `find_saved`.
    """
    target = folder(room, "linked", write=True) / FILE
    content = {
        "tables": {name: asdict(ref) for name, ref in linked.tables.items()},
        "provenance": asdict(linked.provenance),
        "register": register,
        "key_version": key_version,
        "contents": {name: [s.content, s.ref.digest] for name, s in saved.items()},
    }
    partial = target.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as handle:
        json.dump(content, handle, indent=1)
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(target)
    return linked


def find_linked(lake: Path) -> Linked:
    """Return what the last whole run of `link` made. Raises Refused when there was none."""
    found = text(enter(lake, "linkage"), "linked", name=FILE)
    if found is None:
        raise Refused("nothing was linked yet", todo="run das link")
    content = json.loads(found)
    provenance = content["provenance"]
    return Linked(
        lake=lake,
        tables={name: TableRef(**ref) for name, ref in content["tables"].items()},
        provenance=Provenance(**{**provenance, "inputs": tuple(provenance["inputs"])}),
    )


def find_saved(room: Room) -> dict[str, Saved]:
    """Return the tables of the last whole run that lie there as it left them, nothing erased."""
    found = text(room, "linked", name=FILE)
    content = json.loads(found) if found else {}
    refs = {name: TableRef(**ref) for name, ref in content.get("tables", {}).items()}
    contents = content.get("contents", {})
    return {
        name: Saved(refs[name], told)
        for name, (told, digest) in contents.items()
        if refs[name].digest == digest and table_version(room, "linked", table=name) is not None
    }


def find_before(room: Room) -> Before | None:
    """Return who was who at the end of the last whole run; None where there was none that kept it."""
    found = text(room, "linked", name=FILE)
    if found is None:
        return None
    content = json.loads(found)
    log = content["tables"].get("person_log")
    if log is None or "register" not in content:
        return None
    versions = {"person_register": content["register"], "person_log": log["version"]}
    paths = {t: pinned_files(room, t, version=v) for t, v in versions.items()}
    if not all(paths.values()):
        return None
    register, log_ = (f"SELECT * FROM {scan(paths[table])}" for table in versions)
    return Before(register, log_, key_version=int(content.get("key_version", 1)))
