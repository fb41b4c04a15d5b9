"""Which snapshot a name means, for a room that may not open the lake."""

from __future__ import annotations

from pathlib import Path

from das_analysis.lake import find_snapshot


def pinned(lake: Path, reference: str) -> tuple[str, str]:
    """Return (full name, digest) of the snapshot that `reference` means now. Raises Refused for none."""
    snapshot = find_snapshot(lake, reference)
    return f"{snapshot.number:04d}-{snapshot.name}", snapshot.digest
