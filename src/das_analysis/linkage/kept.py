"""What the last run of `link` made: written when all its tables are, so that `freeze` pins a whole."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from das_analysis.errors import Refused
from das_analysis.flow import Linked, Provenance, TableRef
from das_analysis.lake import Room, enter, folder

FILE = "linked.json"


def keep(linked: Linked, room: Room) -> Linked:
    """Write down which versions of the tables belong together, in one rename."""
    target = folder(room, "linked", write=True) / FILE
    content = {
        "tables": {name: asdict(ref) for name, ref in linked.tables.items()},
        "provenance": asdict(linked.provenance),
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
    target = folder(enter(lake, "linkage"), "linked") / FILE
    if not target.exists():
        raise Refused("nothing was linked yet", todo="run das link")
    content = json.loads(target.read_text(encoding="utf-8"))
    provenance = content["provenance"]
    return Linked(
        lake=lake,
        tables={name: TableRef(**ref) for name, ref in content["tables"].items()},
        provenance=Provenance(**{**provenance, "inputs": tuple(provenance["inputs"])}),
    )
