"""A project's key and its pseudonyms: made of the host's, so that no two projects have one in common."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.keys.files import KeyFile, make, new_secret, read, secret_of, written
from das_analysis.keys.keyed import Keyed, base32, texts

if TYPE_CHECKING:
    import pyarrow as pa

HEAD = "j1."


class ProjectPseudonyms:
    """Makes the pseudonyms of one project; its secret is in no text of it."""

    def __init__(self, secret: bytes, project: str) -> None:
        self._keyed, self._domain = Keyed(secret), f"das:project:{project}:".encode()

    def column(self, values: pa.Array) -> pa.Array:
        """Return the project's pseudonyms of the host's: `j1.` and 26 letters; NULL stays NULL."""
        import pyarrow as pa

        encoded = values.dictionary_encode()
        digests = self._keyed.digests(self._domain, encoded.dictionary.cast(pa.binary()).to_pylist())
        return texts(HEAD, base32(digests)).take(encoded.indices)


def project_key(keys: Path, project: str) -> bytes:
    """Return the project's key out of the folder `keys`, made (mode 0600) the first time it is asked for.

    Raises Refused for a file that is no key, NoPermission when others than its owner may touch it.
    """
    file = _file(keys, project)
    if not file.path.exists():
        with contextlib.suppress(Refused):  # another process was first: its key counts
            make(file, {"version": 1, "key": written(new_secret())})
    content = read(file)
    try:
        return secret_of(content["key"])
    except (ValueError, KeyError):
        raise file.refuse() from None


def destroy_key(keys: Path, project: str) -> bool:
    """Remove the project's key, so that its pseudonyms can never be made again; whether there was one."""
    path = _file(keys, project).path
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def _file(keys: Path, project: str) -> KeyFile:
    todo = "restore it, or close the project and open it anew: with other pseudonyms"
    return KeyFile(keys / "projects" / f"{project}.key", "project's key", todo, todo)
