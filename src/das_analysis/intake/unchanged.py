"""What is read must be what was received: every file is hashed again before anything opens it.

The digest of a package stands in the table of deliveries, the hash of each file in the manifest beside it.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from das_analysis.errors import BadDelivery
from das_analysis.flow import Delivery
from das_analysis.intake.package import MANIFEST, SIGNATURE, digest_of, sha256_of
from das_analysis.lake.blanked import BLANKED, rehashed


def changed_files(folder: Path, digest: str) -> list[str]:
    """Return the names of the files in a received folder that are not as they came, or should not be there.

    `digest` is that of the package. Of a manifest that does not fit it, the manifest.
    """
    wanted = _hashes(folder)
    if digest_of(wanted.values()) != digest:
        return [MANIFEST]
    found = {path.name: path for path in folder.iterdir()}  # its manifest was read, so it is there
    wanted |= rehashed(folder)  # what an erasure took out is meant to be gone
    strangers = found.keys() - wanted.keys() - {MANIFEST, SIGNATURE, BLANKED}
    changed = {name for name, sha256 in wanted.items() if name not in found or _hash(found[name]) != sha256}
    return sorted(strangers | changed)


def _hashes(folder: Path) -> dict[str, str]:
    """Return the hash of each file that the manifest lists; none when it cannot be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
        content = json.loads((folder / MANIFEST).read_bytes())
        return {str(file["name"]): str(file["sha256"]) for file in content["files"]}
    return {}


def _hash(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return sha256_of(path)
    return None


def check_unchanged(received: Path, delivery: Delivery) -> None:
    """Raise BadDelivery, naming the files, when a delivery in the folder `received` is not as it came.

    A delivery of no package, as tests make them, has no digest to be held against.
    """
    for digest in delivery.provenance.inputs:
        if changed := changed_files(received / delivery.delivery_id, digest):
            raise BadDelivery(
                "a received file is not the one that came: its hash differs; nothing was read",
                where=f"{delivery.delivery_id}: {', '.join(changed)}",
                todo="receive the same package again: it takes the place of what was damaged",
            )
