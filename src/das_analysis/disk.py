"""The disk: what must be on it before something counts."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """See to it that a file, or the list of names in a folder, is on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
