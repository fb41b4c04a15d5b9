"""The rules of `retention.yaml` as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long a record of one kind stays; `retention.yaml` says what each field means."""

    id: str
    article: str
    kind: Literal["crime", "minor", "police"]
    years: int
    valid_from: date
    source: str
    confirmed: bool
    valid_until: date | None = None
    min_penalty_months: int = 0
    offences: tuple[str, ...] = ()
    sentenced: bool = False
    custody_over_months: int | None = None
    prolonged: bool = False
    prolongs: bool = False


@cache
def load_terms() -> tuple[Term, ...]:
    """Return every rule on how long a record stays, in the order of the file."""
    import yaml

    text = resources.files("das_analysis.query").joinpath("retention.yaml").read_text(encoding="utf-8")
    return tuple(Term(**{**one, "offences": tuple(one.get("offences", ()))}) for one in yaml.safe_load(text))


def in_force(terms: tuple[Term, ...], on: date) -> tuple[Term, ...]:
    """Return the rules that count on a day."""
    return tuple(t for t in terms if t.valid_from <= on and (t.valid_until is None or on <= t.valid_until))
