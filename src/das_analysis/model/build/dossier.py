"""The dossier in a supplier's card, checked: a fault names the file, the field and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from das_analysis.errors import BadModel
from das_analysis.model.codes import CodeList, Text
from das_analysis.model.dossier import Dossier, Volume, VolumeExemption
from das_analysis.model.schema import SupplierTable

WORDS = {"contact", "basis", "retention", "transport", "no_dpia"}
FIELDS = {*WORDS, *(f"{word}_nl" for word in WORDS), "dpia", "due_days", "keys", "exemptions"}
DATED = {"reference", "valid_from", "valid_until"}
NEEDS, UNNEEDED = "ColumnNeed", "GEEN"
LEAST_TOLERANCE, LAST_DUE = 0.01, 366
_PERSONAL = re.compile(r"@|[0-9][0-9 -]{5,}")  # an address or a telephone number
_KEY = re.compile(r"[a-z][0-9a-z]{0,7}-[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class _Field:
    """Where in a card the reader is."""

    where: str

    def at(self, name: str) -> _Field:
        return _Field(f"{self.where}, {name}")

    def refuse(self, what: str, *, todo: str) -> BadModel:
        return BadModel(what, where=self.where, todo=todo)


def read_dossier(
    entry: Mapping[str, Any],
    where: str,
    *,
    code_lists: Mapping[str, CodeList],
    tables: Mapping[str, SupplierTable],
) -> Dossier:
    """Read the dossier of one card, and check the terms around it. Raises BadModel, naming file and field."""
    card = _Field(where)
    _check_terms(entry, card, purposes=code_lists["Purpose"])
    given, place = entry.get("dossier"), card.at("dossier")
    if not isinstance(given, Mapping):
        raise card.refuse("the card lacks a dossier", todo="write it; see CONTRIBUTING.md")
    if set(given) - FIELDS:
        todo = f"use {', '.join(sorted(FIELDS))}"
        raise place.refuse(f"unknown words {sorted(set(given) - FIELDS)}", todo=todo)
    gate = code_lists["LegalBasis"].codes[entry["legal_gate"]].facts.get("permission_by")
    _check_needs(tables, card, needs=code_lists[NEEDS])
    return Dossier(
        contact=_contact(given, place),
        basis=_text(given, "basis", place=place, optional=gate is not None),
        retention=_needed(given, "retention", place=place),
        transport=_needed(given, "transport", place=place),
        due_days=_due(given, place),
        dpia=_dpia(given, place),
        no_dpia=_text(given, "no_dpia", place=place, optional=True),
        keys=_keys(given.get("keys", []), place.at("keys")),
        volume={n: _volume(entry["tables"][n], card.at(f"table {n}, volume")) for n in tables},
        exemptions=tuple(
            _exemption(e, place.at("exemptions"), tables=tables) for e in given.get("exemptions", [])
        ),
        permission_by=None if gate == "none needed" else gate or "the source itself",
    )


def _check_terms(entry: Mapping[str, Any], card: _Field, *, purposes: CodeList) -> None:
    """Agreement and permission may still be absent ({}): such a card compiles, and nothing comes in."""
    for name in ("agreement", "permission"):
        _check_dated(entry[name], card.at(name))
    listed = list(entry["purposes"])
    unknown = sorted(set(listed) - set(purposes.codes))
    if unknown or len(set(listed)) < len(listed):
        what = f"no purpose {', '.join(unknown)}" if unknown else "a purpose is there twice"
        raise card.at("purposes").refuse(what, todo=f"choose from {', '.join(purposes.codes)}")
    if type(entry["retention_years"]) is not int or entry["retention_years"] < 1:
        raise card.at("retention_years").refuse("not a number of years", todo="write a whole number from 1")


def _check_dated(terms: object, place: _Field) -> None:
    """A term is empty, or has a reference and two days in order."""
    if terms in ({}, None):
        return
    if not isinstance(terms, Mapping) or set(terms) != DATED or not str(terms["reference"]).strip():
        raise place.refuse("a term is incomplete", todo=f"write {', '.join(sorted(DATED))}; or {{}} for none")
    days = [_day(terms[name], place.at(name)) for name in ("valid_from", "valid_until")]
    if days[0] > days[1]:
        raise place.refuse("the last day lies before the first", todo="exchange or correct the two days")


def _day(text: object, place: _Field) -> date:
    try:
        return date.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        raise place.refuse("not a day", todo='write it in quotes, as "2026-12-31"') from None


def _text(given: Mapping[str, Any], name: str, *, place: _Field, optional: bool) -> Text | None:
    """A text in both languages; or neither, where it may be absent."""
    nl, en = given.get(f"{name}_nl"), given.get(name)
    if not nl and not en and optional:
        return None
    for text, field in ((nl, f"{name}_nl"), (en, name)):
        if not isinstance(text, str) or not text.strip() or "TODO" in text:
            raise place.at(field).refuse("a text is missing", todo="write it in nl and en")
    return Text(str(nl), str(en))


def _needed(given: Mapping[str, Any], name: str, *, place: _Field) -> Text:
    found = _text(given, name, place=place, optional=False)
    return found or Text("", "")


def _contact(given: Mapping[str, Any], place: _Field) -> Text:
    found = _needed(given, "contact", place=place)
    if _PERSONAL.search(found.nl) or _PERSONAL.search(found.en):
        todo = "name the role only; persons and addresses are kept outside the model"
        raise place.at("contact").refuse("an address or a number beside the role", todo=todo)
    return found


def _due(given: Mapping[str, Any], place: _Field) -> int:
    days = given.get("due_days")
    if type(days) is not int or not 0 <= days <= LAST_DUE:
        todo = f"write how many days after a period it is delivered, 0 to {LAST_DUE}"
        raise place.at("due_days").refuse("not a number of days", todo=todo)
    return days


def _dpia(given: Mapping[str, Any], place: _Field) -> Mapping[str, str]:
    terms: Mapping[str, str] = given.get("dpia") or {}
    _check_dated(terms, place.at("dpia"))
    if bool(terms) and "no_dpia" in given:
        raise place.at("no_dpia").refuse("a DPIA and a reason for none", todo="remove one of them")
    return terms


def _keys(listed: Sequence[object], place: _Field) -> tuple[str, ...]:
    if not all(isinstance(key, str) and _KEY.fullmatch(key) for key in listed):
        raise place.refuse("not the id of a key", todo="write ids as das keys new says them, never a key")
    return tuple(map(str, listed))


def _volume(table: Mapping[str, Any], place: _Field) -> Volume:
    found = table.get("volume")
    if not isinstance(found, Mapping) or set(found) != {"rows", "tolerance"}:
        todo = "write {rows: 12000, tolerance: 0.3}: expected rows a period, and the part it may differ"
        raise place.refuse("no expected volume", todo=todo)
    rows, tolerance = found["rows"], found["tolerance"]
    if (
        type(rows) is not int
        or rows < 1
        or type(tolerance) not in {int, float}
        or tolerance < LEAST_TOLERANCE
    ):
        raise place.refuse("a volume that is none", todo=f"rows from 1, tolerance from {LEAST_TOLERANCE}")
    return Volume(rows=rows, tolerance=float(tolerance))


def _exemption(
    entry: Mapping[str, Any], place: _Field, *, tables: Mapping[str, SupplierTable]
) -> VolumeExemption:
    if set(entry) != {"table", "until", "reason", "reason_nl"} or entry["table"] not in tables:
        todo = "write table (of this card), until, reason and reason_nl"
        raise place.refuse("an exemption is incomplete", todo=todo)
    _day(entry["until"], place.at("until"))
    reason = _needed(entry, "reason", place=place)
    return VolumeExemption(table=entry["table"], until=entry["until"], reason=reason)


def _check_needs(tables: Mapping[str, SupplierTable], card: _Field, *, needs: CodeList) -> None:
    """Every column says why it is needed; one that nothing uses says that it is not, and the reverse."""
    for table in tables.values():
        used = {part.column for column in table.package.values() for part in column.parts}
        for column in table.columns.values():
            place = card.at(f"table {table.name}, column {column.name}, why")
            if column.why not in needs.codes:
                raise place.refuse("no reason for the column", todo=f"choose from {', '.join(needs.codes)}")
            if (column.why == UNNEEDED) == (column.name in used):
                what = "is used and has no need" if column.name in used else "is needed and not used"
                todo = f"use the column in a map, or say {UNNEEDED}" if "not used" in what else "say the need"
                raise place.refuse(f"the column {what}", todo=todo)
