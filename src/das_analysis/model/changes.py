"""What changed between two editions of the model, and which suppliers must act on it.

A change breaks a supplier when a delivery that was good under the old edition could be refused, or have rows
held back, under the new one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from das_analysis.model.outline import Facts, Outline

How = Literal["added", "removed", "changed"]
KINDS = (
    *("card", "dossier", "file", "column", "slotmap", "rule", "code", "list", "kind", "slot", "class"),
    "indicator",
)
LATER = {"dossier"}  # kinds of which the first editions say nothing
OF_SLOT = ("type", "code", "identity", "range", "dated", "reference")  # rules that a slot implies
_NOTHING: Facts = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that was added, removed or changed; `facts` are those that differ, `breaks` supplier ids."""

    kind: str
    name: str
    how: How
    facts: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pair:
    """One thing in both editions; no facts where it is absent.

    `fills`: who fills which class, slot, list. `before`: the names of all things of the old edition.
    """

    name: str
    old: Facts
    new: Facts
    fills: Mapping[tuple[str, str], tuple[str, ...]]
    before: Collection[str]

    @property
    def in_known_file(self) -> bool:
        """Whether the old edition has the file that this is a part of: supplier/file/..."""
        supplier, file, *_ = self.name.partition(" ")[2].split("/")
        return f"file {supplier}/{file}" in self.before

    def changed(self, *facts: str) -> bool:
        """Whether one of these facts differs."""
        return any(self.old.get(fact) != self.new.get(fact) for fact in facts)


def compare(old: Outline, new: Outline) -> tuple[Change, ...]:
    """Return every change between two outlines, by kind and name.

    Of dossiers nothing is said where the old edition was kept without them.
    """
    fills = _fills(new)
    unknown = LATER - {name.partition(" ")[0] for name in old}
    pairs = [
        _Pair(name, old.get(name, _NOTHING), new.get(name, _NOTHING), fills, old)
        for name in sorted({*old, *new})
        if name.partition(" ")[0] not in unknown
    ]
    found = [_change(pair) for pair in pairs if pair.old != pair.new]
    return tuple(sorted(found, key=lambda change: (KINDS.index(change.kind), change.name)))


def _fills(found: Outline) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Suppliers by what they deliver: a class, a slot, codes of a list as they are, a kind of number."""
    by: dict[tuple[str, str], set[str]] = {}
    for name, facts in found.items():
        kind, _, place = name.partition(" ")
        if kind == "slotmap":
            for key in _filled(facts, slot=place.rpartition(".")[2]):
                by.setdefault(key, set()).add(place.split("/")[0])
    return {key: tuple(sorted(suppliers)) for key, suppliers in by.items()}


def _filled(facts: Facts, *, slot: str) -> Iterator[tuple[str, str]]:
    """What a supplier writes by one slot of its card; a fixed value is the card's, not the supplier's."""
    yield "class", facts["class"]
    if "constant" in facts:
        yield "fixed", f"{facts['class']}.{slot}"
        return
    yield "slot", f"{facts['class']}.{slot}"
    if "codes" in facts and "values" not in facts:
        yield "list", facts["codes"]
    if "kind" in facts:
        yield "kind", facts["kind"]


def _change(pair: _Pair) -> Change:
    kind, _, name = pair.name.partition(" ")
    how: How = "added" if not pair.old else "removed" if not pair.new else "changed"
    differing = tuple(sorted(f for f in {*pair.old, *pair.new} if pair.old.get(f) != pair.new.get(f)))
    met = set(_BREAKS[kind](pair, name)) if kind in _BREAKS else set()
    breaks = tuple(sorted(supplier for supplier in met if f"card {supplier}" in pair.before))
    return Change(kind=kind, name=name, how=how, facts=differing if how == "changed" else (), breaks=breaks)


def _card(pair: _Pair, name: str) -> Iterator[str]:
    """Another period, delimiter or meaning of a blank."""
    if pair.old and (not pair.new or pair.changed("period", "delimiter", "blank", "trim", "exempt")):
        yield name


def _dossier(pair: _Pair, name: str) -> Iterator[str]:
    """A gate that shuts, keys that may no longer seal, a size that may differ less."""
    before, now = _mapping(pair.old, "volume"), _mapping(pair.new, "volume")
    less = any(table in before and v["tolerance"] < before[table]["tolerance"] for table, v in now.items())
    lapsed = set(_mapping(pair.old, "exemptions")) - set(_mapping(pair.new, "exemptions"))
    shut = any(fact in pair.old and fact not in pair.new for fact in ("agreement", "permission", "purposes"))
    later = any(pair.new.get(f, "") > pair.old.get(f, "") for f in ("agreement_from", "permission_from"))
    if pair.old and pair.new and (shut or later or less or lapsed or _other_keys(pair)):
        yield name


def _mapping(facts: Facts, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(facts.get(name, "{}"))
    return found


def _other_keys(pair: _Pair) -> bool:
    """Whether a key that could seal can do so no more; where none is named, any can."""
    before, now = (set(facts.get("keys", "").split()) for facts in (pair.old, pair.new))
    return bool(now) and (not before or bool(before - now))


def _file(pair: _Pair, name: str) -> Iterator[str]:
    if not pair.new:
        yield name.split("/", maxsplit=1)[0]


def _column(pair: _Pair, name: str) -> Iterator[str]:
    """A header is a set of names: a column more or less is refused, unless it may be absent."""
    absent_before, absent_now = "optional" in pair.old, "optional" in pair.new
    added = not pair.old and not absent_now and pair.in_known_file
    if added or not pair.new or (absent_before and not absent_now):
        yield name.split("/", maxsplit=1)[0]


def _slotmap(pair: _Pair, name: str) -> Iterator[str]:
    if not pair.new:
        return
    stricter = "required" in pair.new and "required" not in pair.old and "constant" not in pair.new
    fewer = bool(pair.old) and (
        _lost(pair, "values") or _other_dates(pair) or pair.changed("comma", "prefix", "from", "how", "kind")
    )
    if (stricter and pair.in_known_file) or fewer:
        yield name.split("/", maxsplit=1)[0]


def _lost(pair: _Pair, fact: str) -> bool:
    """Whether a text that the supplier could write is no longer known, or is now translated at all."""
    before, now = pair.old.get(fact), pair.new.get(fact)
    if now is None:
        return before is not None
    return before is None or bool(set(json.loads(before)) - set(json.loads(now)))


def _other_dates(pair: _Pair) -> bool:
    before, now = (set(facts.get("date", "").split("|")) for facts in (pair.old, pair.new))
    return bool(before - now)


def _rule(pair: _Pair, name: str) -> Iterator[str]:
    """A hard rule that is new, became hard, or asks something else."""
    asked = ("severity", "holds", "some", "no_overlap", "valid_from", "valid_until")
    if pair.new.get("severity") == "hard" and pair.changed(*asked):
        slot, _, implied = name.rpartition(".")
        if implied == "required":
            yield from _must_write(pair, slot)
        elif pair.new["check"] in OF_SLOT:
            yield from pair.fills.get(("slot", slot), ())
        else:
            yield from pair.fills.get(("class", pair.new["table"]), ())


def _must_write(pair: _Pair, slot: str) -> set[str]:
    """Who delivers the class of a slot, but for those whose card fixes its value."""
    delivering = pair.fills.get(("class", slot.partition(".")[0]), ())
    return set(delivering) - set(pair.fills.get(("fixed", slot), ()))


def _code(pair: _Pair, name: str) -> Iterator[str]:
    """A code that is gone, or holds for fewer days, breaks who writes it as it is."""
    later = pair.new.get("valid_from", "") > pair.old.get("valid_from", "")
    sooner = pair.new.get("valid_until", "9999") < pair.old.get("valid_until", "9999")
    if pair.old and (not pair.new or later or sooner):
        yield from pair.fills.get(("list", name.split("/", maxsplit=1)[0]), ())


def _kind(pair: _Pair, name: str) -> Iterator[str]:
    if pair.old and pair.new and pair.changed("pattern", "check"):
        yield from pair.fills.get(("kind", name), ())


def _slot(pair: _Pair, name: str) -> Iterator[str]:
    if not pair.old or not pair.new:
        return
    stricter = "required" in pair.new and "required" not in pair.old
    if stricter:
        yield from pair.fills.get(("class", name.split(".", maxsplit=1)[0]), ())
    if pair.changed("type", "pattern", "codes") or _narrower(pair):
        yield from pair.fills.get(("slot", name), ())


def _narrower(pair: _Pair) -> bool:
    low, high = (_bound(pair.new, "minimum", otherwise="-inf"), _bound(pair.new, "maximum", otherwise="inf"))
    return low > _bound(pair.old, "minimum", otherwise="-inf") or high < _bound(
        pair.old, "maximum", otherwise="inf"
    )


def _bound(facts: Facts, name: str, *, otherwise: str) -> float:
    return float(facts.get(name, otherwise))


_BREAKS: Mapping[str, Callable[[_Pair, str], Iterator[str]]] = {
    "card": _card,
    "dossier": _dossier,
    "file": _file,
    "column": _column,
    "slotmap": _slotmap,
    "rule": _rule,
    "code": _code,
    "kind": _kind,
    "slot": _slot,
}
