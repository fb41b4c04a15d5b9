"""A package: a folder with one Parquet file a table, a manifest of what must be in it, and a signature.

It is written whole or not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from das_analysis.disk import half_written, sync
from das_analysis.errors import BadDelivery, TryAgain

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """One file of a package. `source_columns`: the columns of the card that the supplier's file held."""

    table: str
    name: str
    sha256: str
    rows: int
    source_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a package says of itself."""

    supplier: str
    period: str
    sequence: int
    model: str
    model_digest: str
    card: str
    key_id: str
    files: tuple[PackageFile, ...]

    @property
    def name(self) -> str:
        """The name of the package's folder."""
        return f"{self.supplier}-{self.period}-{self.sequence}"

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted hashes of the files: the same content has the same digest."""
        return digest_of(f.sha256 for f in self.files)

    @property
    def delivery_id(self) -> str:
        """Name of the delivery: the same content sent again has the same one."""
        return f"{self.name}-{self.digest[:12]}"

    @property
    def rows(self) -> int:
        """Rows in all files together."""
        return sum(f.rows for f in self.files)

    def text(self) -> str:
        """Return the manifest as JSON, always in the same words."""
        content = asdict(self)
        model = {"version": content.pop("model"), "digest": content.pop("model_digest")}
        whole = {**content, "model": model}
        return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def digest_of(hashes: Iterable[str]) -> str:
    """Return the SHA-256 over the sorted hashes of a package's files."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimals."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy_hashed(source: Path, target: Path) -> str:
    """Copy a file onto the disk, follow no link, and return the SHA-256 of what was written."""
    found = hashlib.sha256()
    handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as read, target.open("xb") as written:
        while chunk := read.read(_CHUNK):
            found.update(chunk)
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    return found.hexdigest()


@contextlib.contextmanager
def partial_folder(parent: Path) -> Iterator[Path]:
    """Give a private folder in `parent` to write in; whatever still has that name afterwards is gone.

    What a package that was stopped left there goes first. Raises TryAgain when the disk is full or cannot be
    written.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with half_written(parent, folder=True) as made:
            yield made
    except OSError as error:
        fault = os.strerror(error.errno) if error.errno else type(error).__name__
        raise TryAgain(
            f"the disk did not take it: {fault}", todo="make room or get access, then try again"
        ) from None


def seal_folder(partial: Path, manifest: Manifest, *, signature: str, target: Path) -> Path:
    """Write manifest and signature last and give the folder its name; an equal package there stays as it is.

    Raises BadDelivery when a package of that name has other content.
    """
    papers = {MANIFEST: manifest.text().encode(), SIGNATURE: signature.encode()}
    for name, content in papers.items():
        (partial / name).write_bytes(content)
    _sync_all(partial.iterdir())
    sync(partial)
    final = target / manifest.name
    if not final.exists():
        partial.rename(final)  # fails where another process was first, unless that one's folder is empty
        sync(target)
    elif not _is_equal(final, manifest, papers=papers):
        raise BadDelivery(
            "there is another package of this supplier, period and sequence number",
            where=final.name,
            todo=f"send a correction with --sequence {manifest.sequence + 1}, or remove what was never sent",
        )
    return final


def _sync_all(paths: Iterable[Path]) -> None:
    for path in paths:
        sync(path)


def _is_equal(folder: Path, manifest: Manifest, *, papers: Mapping[str, bytes]) -> bool:
    own = {name: hashlib.sha256(content).hexdigest() for name, content in papers.items()}
    wanted = {**own, **{file.name: file.sha256 for file in manifest.files}}
    names = {path.name for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()
    return names == set(wanted) and all(sha256_of(folder / n) == digest for n, digest in wanted.items())
