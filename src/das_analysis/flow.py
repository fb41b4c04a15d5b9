"""The way of the data, as types: the first file to read.

deliver -> Package -> receive -> Delivery -> validate -> Validated -> pseudonymise -> Pseudonymised
-> link -> Linked -> freeze -> Snapshot -> measure -> Result -> release -> Release -> publish -> Report

Each type is a frozen reference into the lake plus where it comes from. A signature is a permission: a
function that takes a `Validated` cannot be handed anything that was not validated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Who made something, when (UTC), with which code and model, out of what (digests)."""

    actor: str
    at: str
    code: str
    model: str
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A sealed folder at the supplier: text data without identities, and a manifest."""

    path: Path
    supplier: str
    period: str
    sequence: int
    digest: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A package that the host trusts and keeps, unread."""

    lake: Path
    delivery_id: str
    supplier: str
    period: str
    sequence: int
    rows: int
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Validated:
    """Deliveries whose rows are typed by the model; rows_in = rows_validated + rows_held, always."""

    lake: Path
    delivery_ids: tuple[str, ...]
    rows_in: int
    rows_validated: int
    rows_held: int
    findings: int
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Pseudonymised:
    """Validated rows whose keys are the host's own pseudonyms."""

    lake: Path
    delivery_ids: tuple[str, ...]
    rows: int
    key_version: int
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRef:
    """One table at one version: what a snapshot pins."""

    version: int
    rows: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """One table per class of the model; every person and every case found again."""

    lake: Path
    tables: Mapping[str, TableRef]
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A numbered, frozen set of table versions. `digest` depends on the content only.

    `erased` names the certificates of erasures that changed its population, and with it its digest;
    `is_restricted`: so does a restriction, for as long as it stands.
    """

    lake: Path
    number: int
    name: str
    digest: str
    tables: Mapping[str, TableRef]
    provenance: Provenance
    erased: tuple[str, ...] = ()
    is_restricted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Measured, not yet allowed to leave.

    Frame: one row a cell, with the columns of `by`, `value`, and `n`, the persons or cases behind it. `gaps`:
    suppliers of the counted rows with the periods that they skipped.
    """

    indicators: tuple[str, ...]
    by: tuple[str, ...]
    frame: pd.DataFrame
    snapshot: str
    provenance: Provenance
    gaps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Checked, rounded, entered in the ledger: the only thing that leaves."""

    title: str
    content: Mapping[str, Any]
    digest: str
    snapshot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Published files, one a language."""

    monitor: str
    period: str
    snapshot: str
    files: tuple[Path, ...]
