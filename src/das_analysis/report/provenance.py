"""Where a report comes from: the key that says whether it must be made again, and its record."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from das_analysis.model import load_model

_PACKAGE = Path(__file__).parents[1]
_SOURCES = (".py", ".jinja", ".css", ".yaml", ".json")
_LIBRARIES = (
    "duckdb",
    "deltalake",
    "ibis-framework",
    "ipykernel",
    "jinja2",
    "numpy",
    "pandas",
    "papermill",
    "pyarrow",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Everything that decides what a report says. Equal origins give equal reports."""

    monitor: str
    notebook: str
    parameters: Mapping[str, Any]
    languages: tuple[str, ...]
    snapshot: str
    snapshot_digest: str
    model: str
    package: str
    code: str
    libraries: Mapping[str, str]

    @property
    def key(self) -> str:
        """SHA-256 over all of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def origin_of(
    notebook: Path, *, parameters: Mapping[str, Any], languages: tuple[str, ...], snapshot: tuple[str, str]
) -> Origin:
    """Return the origin of a report of `notebook` on a snapshot (its full name, its digest)."""
    model = load_model()
    return Origin(
        monitor=notebook.stem,
        notebook=hashlib.sha256(notebook.read_bytes()).hexdigest(),
        parameters={k: v for k, v in sorted(parameters.items()) if k != "lang"},
        languages=languages,
        snapshot=snapshot[0],
        snapshot_digest=snapshot[1],
        model=f"{model.version} {model.digest}",
        package=version("das-analysis"),
        code=code_digest(),
        libraries={name: version(name) for name in _LIBRARIES},
    )


@cache
def code_digest() -> str:
    """Return the SHA-256 of the package's own sources, so that a change in the code makes reports anew."""
    files = sorted(p for p in _PACKAGE.rglob("*") if p.suffix in _SOURCES and "__pycache__" not in p.parts)
    text = "".join(f"{p.relative_to(_PACKAGE)}:{hashlib.sha256(p.read_bytes()).hexdigest()}\n" for p in files)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def commit() -> str:
    """Return the commit of the code when it runs from its own checkout, else nothing."""
    tracked = _git("ls-files", "--error-unmatch", "flow.py")
    return _git("rev-parse", "HEAD").strip() if tracked else ""


def _git(*words: str) -> str:
    """What git answers in the package's folder; nothing when it refuses."""
    command = ["git", "-C", str(_PACKAGE), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    return done.stdout if done.returncode == 0 else ""
