"""Figures that the house counts of its own linkage: they are no indicators of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Own:
    """What is counted (`disclosure_unit_<unit>` in the words), and of which two figures a rate is made.

    Parts that are not listed here never leave: pairs grow with the square of a person's rows, so two
    reports around his erasure would tell how many he had.
    """

    unit: str
    rate: tuple[str, str] | None = None


OWN: Mapping[str, Own] = {
    "linkage_total": Own("reference"),
    "linkage_linked": Own("reference"),
    "linkage_rate": Own("reference", ("linkage_linked", "linkage_total")),
    "link_precision": Own("pair", ("pairs_both", "pairs_linked")),
    "link_recall": Own("pair", ("pairs_both", "pairs_true")),
    "links_rows": Own("row"),
    "links_given": Own("row"),
    "links_found": Own("row"),
    "links_lost": Own("row"),
    "links_rate": Own("row", ("links_found", "links_rows")),
}
