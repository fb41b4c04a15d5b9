"""The dossier of a supplier: on which terms it delivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from das_analysis.model.codes import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """How many rows a delivery of one file is expected to hold, and which part it may differ from history."""

    rows: int
    tolerance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeExemption:
    """Periods that begin up to and including the day `until` may differ more, for a reason."""

    table: str
    until: str
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """What was agreed with a supplier beside its files.

    `contact` is a role, never a person. `basis` says what the code of the legal gate leaves open. `dpia` is a
    reference with dates, or empty with the reason in `no_dpia`. `keys` are ids of keys that may seal; none:
    the alliance's key. `permission_by` names who permits; none: the legal gate needs no permission.
    """

    contact: Text
    retention: Text
    transport: Text
    due_days: int
    volume: Mapping[str, Volume]
    basis: Text | None = None
    dpia: Mapping[str, str] = field(default_factory=dict)
    no_dpia: Text | None = None
    keys: tuple[str, ...] = ()
    exemptions: tuple[VolumeExemption, ...] = ()
    permission_by: str | None = None
