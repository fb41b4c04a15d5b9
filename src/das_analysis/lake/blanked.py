"""What an erasure did to received files, noted beside them: rows blanked, and the hash of each file since."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BLANKED = "erased.json"


def noted(folder: Path) -> dict[str, Any]:
    """Return what is noted beside the files of a received delivery."""
    note = folder / BLANKED
    return json.loads(note.read_text(encoding="ascii")) if note.exists() else {}


def blanked(folder: Path) -> dict[str, list[int]]:
    """Return the numbers of the rows that were blanked in the files of a received delivery, by table."""
    return dict(noted(folder).get("rows", {}))


def rehashed(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a received delivery that an erasure wrote anew, by its name."""
    return dict(noted(folder).get("sha256", {}))
