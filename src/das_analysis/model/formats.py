"""Which files a supplier can deliver, by the format on its card: the one list, of names that end so.

What a card calls csv is rows under a header, whatever kind of file holds them.
"""

from __future__ import annotations

TEXT = (".csv", ".jsonl")  # also packed: alone, or many in a zip
FILES: dict[str, tuple[str, ...]] = {
    "csv": (*TEXT, *(f"{suffix}.gz" for suffix in TEXT), ".parquet", ".xlsx", ".zip"),
    "xml": (".xml",),
}


def endings(format_: str) -> str:
    """Return how the names of files of a format may end, apart by commas."""
    return ", ".join(FILES[format_])
