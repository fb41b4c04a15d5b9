"""Names of files in messages: nothing that steers a terminal, and no line of their own."""

from __future__ import annotations

_LONGEST = 80


def shown(name: str) -> str:
    """Return a name fit for a message: printable characters only, at most 80 of them."""
    return "".join(c if c.isprintable() else "?" for c in name)[:_LONGEST]
