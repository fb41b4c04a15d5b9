"""The numbers of `policy.yaml` as a value."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may leave. `policy.yaml` says where each number comes from."""

    version: str
    base: int
    smallest_count: int
    smallest_persons: int
    smallest_denominator: int
    mean_from: int
    median_from: int
    p90_from: int
    narrowest: int
    most_cells: int
    finest_flow: Literal["year", "quarter", "month", "day"]
    never_divide_by: tuple[str, ...]


@cache
def load_policy() -> Policy:
    """Return the policy that is packaged with this edition."""
    import yaml

    read = yaml.safe_load(resources.files(__package__).joinpath("policy.yaml").read_text(encoding="utf-8"))
    values = {f.name: read[f.name]["value"] for f in fields(Policy) if f.name != "version"}
    never = tuple(values.pop("never_divide_by"))
    return Policy(version=read["version"], never_divide_by=never, **values)
