"""Who, when, with which code and model: filled in once, the same everywhere."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from importlib import metadata

from das_analysis.flow import Provenance
from das_analysis.model import load_model


def now() -> str:
    """Return this moment in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@cache
def code_version() -> str:
    """Return the version of the installed package."""
    return metadata.version("das-analysis")


def actor() -> str:
    """Return the account that runs this process; a number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unnamed account"


def here(inputs: Iterable[str] = ()) -> Provenance:
    """Return the provenance of something made here and now out of `inputs` (ids or digests)."""
    model = load_model()
    return Provenance(
        actor=actor(),
        at=now(),
        code=code_version(),
        model=f"{model.version}+{model.digest[:12]}",
        inputs=tuple(inputs),
    )
