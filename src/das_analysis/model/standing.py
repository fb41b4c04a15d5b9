"""Which terms of a supplier's card hold on a day.

The day that counts is the day of receipt, in UTC; at the supplier's side the day on which it delivers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from das_analysis.model.schema import Supplier

GATES = ("agreement", "permission", "purposes")  # without one of these nothing comes in
State = Literal["in force", "not yet", "ended", "absent", "not needed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one term of a card stands on a day; `until` is its last day, `days` how many are left."""

    term: str
    state: State
    reference: str = ""
    since: str | None = None
    until: str | None = None
    days: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the term lets a delivery in."""
        return self.state in {"in force", "not needed"}


def standings(card: Supplier, day: date) -> list[Standing]:
    """Return how every term of a card stands on a day: its gates first, then what else has an end."""
    return list(_standings(card, day))


def closed_gates(card: Supplier, day: date) -> list[Standing]:
    """Return the gates that keep deliveries of a supplier out on a day."""
    return [s for s in _standings(card, day) if s.term in GATES and not s.holds]


def _standings(card: Supplier, day: date) -> Iterator[Standing]:
    yield _dated("agreement", card.agreement, day=day)
    needed = card.dossier is None or card.dossier.permission_by is not None
    permission = _dated("permission", card.permission, day=day)
    yield permission if needed or card.permission else Standing(term="permission", state="not needed")
    yield Standing(term="purposes", state="in force" if card.purposes else "absent")
    if card.dossier:
        free = card.dossier.no_dpia is not None
        yield (
            Standing(term="dpia", state="not needed") if free else _dated("dpia", card.dossier.dpia, day=day)
        )
        for exemption in card.dossier.exemptions:
            terms = {"reference": exemption.table, "valid_until": exemption.until}
            yield _dated("exemption", terms, day=day)


def _dated(term: str, terms: Mapping[str, str], *, day: date) -> Standing:
    if not terms:
        return Standing(term=term, state="absent")
    since, until = terms.get("valid_from"), terms["valid_until"]
    days = (date.fromisoformat(until) - day).days
    state: State = "ended" if days < 0 else "in force"
    if since and date.fromisoformat(since) > day:
        state = "not yet"
    reference = terms.get("reference", "")
    return Standing(term=term, state=state, reference=reference, since=since, until=until, days=days)
