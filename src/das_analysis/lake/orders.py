"""Orders about persons and records: erase, lapse, hold. Dated lines in one file beside the lake.

Who or what is known here by marks: hashes of his pseudonyms, by which they are known when they come back and
not otherwise. Beside the lake, as the head of the access log is: a backup of the lake that is put back brings
no older orders with it (docs/decisions/0014-retention-and-orders.md).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from das_analysis.disk import taken
from das_analysis.lake.access import head_path
from das_analysis.lake.provenance import actor, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order: what is asked, for which reason, about whom (marks). `lifted`: the same order ends."""

    kind: str
    reason: str
    marks: tuple[str, ...]
    lifted: bool = False
    at: str = field(default_factory=now)
    who: str = field(default_factory=actor)


def mark(value: str) -> str:
    """Return what stays of a pseudonym: a hash by which it is known when it comes back, and not otherwise."""
    return hashlib.sha256(f"das:tombstone:{value}".encode()).hexdigest()


def marks_of(values: Iterable[str]) -> tuple[str, ...]:
    """Return the marks of some pseudonyms, sorted."""
    return tuple(sorted(map(mark, values)))


def orders_path(root: Path | str) -> Path:
    """Return where the orders of a lake are: beside its log's head."""
    return head_path(root).with_suffix(".orders")


def give(root: Path | str, order: Order) -> None:
    """Add an order, on the disk before this returns; the same marks under the same kind are given once.

    Orders of one lake wait for each other, whoever gives them: none writes over what another has just given.
    """
    path = orders_path(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    with taken(path.parent):
        _give(root, order, path=path)


def _give(root: Path | str, order: Order, *, path: Path) -> None:
    known = standing(root, order.kind)
    if not order.lifted and all(known.get(m) == order.reason for m in order.marks):
        return
    whole = "".join(f"{line}\n" for line in _lines(path))  # a line that a crash cut short is no order
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8") as target:
        target.write(whole + json.dumps(asdict(order), ensure_ascii=False) + "\n")
        target.flush()
        os.fsync(target.fileno())
    partial.replace(path)


def orders(root: Path | str) -> list[Order]:
    """Return every order that was given about this lake, oldest first."""
    said = [json.loads(line) for line in _lines(orders_path(root))]
    return [Order(**{**one, "marks": tuple(one["marks"])}) for one in said]


def standing(root: Path | str, kind: str) -> dict[str, str]:
    """Return the marks for which an order of this kind stands today, each with its reason."""
    stands: dict[str, str] = {}
    for order in orders(root):
        if order.kind == kind:
            for one in order.marks:
                stands.pop(one, None)
                if not order.lifted:
                    stands[one] = order.reason
    return stands


def number_of(root: Path | str, kind: str, *, marks: Iterable[str]) -> int:
    """Return the number of the last order of a kind about any of these marks, counted from 1."""
    about, given = set(marks), enumerate(orders(root), start=1)
    return max((n for n, o in given if o.kind == kind and not o.lifted and about & set(o.marks)), default=0)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
