"""The figures that the made-up chain is tuned to, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

Figures = Mapping[str, Any]


@cache
def calibration() -> Figures:
    """`calibration.yaml` as it stands; sources and marks are in the file."""
    figures: Figures = read_data("calibration.yaml")
    return figures


def read_data(name: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a YAML file of this package."""
    import yaml

    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    # the loader written in C is faster, where there is one
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe one
