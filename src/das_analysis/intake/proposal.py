"""From what a sample's columns seem to be to a first mapping: which column may fill which slot of a class."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from das_analysis.intake.sample import Sample, Seen
from das_analysis.model import Column, Model, Table

ALIKE = 0.6  # how much a name must look like a slot's words
SHORT = 3  # an abbreviation of fewer letters says nothing
TODO = "TODO"
Expression = dict[str, Any]

# words of suppliers for what the model calls otherwise, by slot
WORDS = {
    "started_on": ("start", "begin", "aanvang", "ingang"),
    "ended_on": ("eind", "einde", "afsluiting", "afgesloten"),
    "due_on": ("uiterste", "uiterlijk", "termijn"),
    "supervision_level_code": ("niveau",),
    "result_code": ("reden einde", "afsluitreden", "afloop"),
    "birth_month": ("geboortedatum", "geb", "birth"),
    "sex_code": ("geslacht", "sekse", "gender"),
    "case_key": ("parketnummer", "parketnr"),
    "order_key": ("cjib", "cjibnr"),
    "skn_key": ("skn",),
    "bsn_key": ("bsn", "burgerservicenummer"),
    "register_key": ("client", "persoonsnummer"),
}
DERIVED = {  # keys for comparing persons: slot -> kind, what is sealed, how
    "surname_key": ("Name", "surname", None),
    "surname_sound_key": ("NameSound", "surname", "sound"),
    "surname_letters_key": ("NameLetters", "surname", "letters"),
    "birth_key": ("BirthDate", "born", None),
    "birth_swapped_key": ("BirthDate", "born", "swapped"),
    "birth_day_key": ("BirthDay", "born", "birthday"),
}
COMPARED = {"name_key", "birth_month", *DERIVED}
_SURNAME = re.compile(r"achternaam|geslachtsnaam|surname|^naam$|^name$", re.IGNORECASE)
_BORN = re.compile(r"geb|birth|born", re.IGNORECASE)
_ENDINGS = re.compile(r"(datum|date|nummer|number|code|nr|dag)$")
_EMPTY = {"op", "van", "de", "het", "on", "of", "code", "key", "id", "the"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A mapping that reads the sample, and what is still to be said about it.

    `slots`: slot -> expression, with TODO where only a person knows what a code means. `sources`: column ->
    the slot that it serves. `unread`: slot -> the column whose name fits but whose values do not.
    """

    slots: Mapping[str, Expression]
    sources: Mapping[str, str]
    unread: Mapping[str, str]


def likely_class(sample: Sample, model: Model) -> str:
    """Return the class that a sample most likely holds, by the file's name and the columns that fit."""
    tables = [t for t in model.tables.values() if any(c.stage != "linked" for c in t.columns.values())]
    return max(tables, key=lambda table: (_likeness(sample, table, model=model), table.class_name)).class_name


def _likeness(sample: Sample, table: Table, *, model: Model) -> float:
    named = [table.title.nl, table.title.en, table.plural, *(w for ws in table.synonyms.values() for w in ws)]
    found = propose(sample, table, model=model).slots
    own = [c for c in delivered(table) if c.required]
    return 2 * alike(sample.name, named) + sum(c.name in found for c in own) / max(1, len(own))


def delivered(table: Table) -> list[Column]:
    """The slots of a class that a card can fill."""
    return [c for c in table.columns.values() if c.stage != "linked"]


def propose(sample: Sample, table: Table, *, model: Model) -> Proposal:
    """Propose a map of a sample's rows to a class. Nothing of it is certain: a person must read it."""
    slots = {c.name: c for c in delivered(table)}
    chosen: dict[str, Expression] = {}
    unread: dict[str, str] = {}
    sources: dict[str, str] = {}
    for _, slot, name in sorted(_pairs(sample, slots, model=model), key=lambda p: (-p[0], p[1], p[2])):
        if slot in chosen or slot in unread or name in sources:
            continue
        sources[name] = slot
        expression = _expression(slots[slot], sample.columns[name])
        if expression is None:
            unread[slot] = name
        else:
            chosen[slot] = expression
    for slot, expression in _compared(sample, slots, sex=chosen.get("sex_code")).items():
        chosen[slot] = expression
        for part in expression.get("parts", [expression]):
            if "from" in part:
                sources.setdefault(part["from"], slot)
    sources = {name: slot for name, slot in sources.items() if slot not in unread}
    return Proposal(slots={n: chosen[n] for n in slots if n in chosen}, sources=sources, unread=unread)


def _pairs(sample: Sample, slots: Mapping[str, Column], *, model: Model) -> Iterator[tuple[float, str, str]]:
    """Slots and columns whose names look alike, with how much; a column whose values fit comes first."""
    for slot in (s for s in slots.values() if s.name not in COMPARED):
        words = _words(slot, model)
        for seen in sample.columns.values():
            score = alike(seen.name, words) + 0.2 * (_expression(slot, seen) is not None)
            if score >= ALIKE + 0.1 and _may_be(slot, seen):
                yield score, slot.name, seen.name


def _words(slot: Column, model: Model) -> list[str]:
    words = [slot.name, slot.title.nl, slot.title.en, *WORDS.get(slot.name, ())]
    words += [w for listed in slot.synonyms.values() for w in listed]
    return [*words, model.kinds[slot.kind].title.nl] if slot.kind else words


def alike(name: str, words: list[str]) -> float:
    """Return how much a column's name looks like one of some texts: 0 to 1, word by word."""
    mine = _tokens(name)
    return max((_overlap(mine, _tokens(text)) for text in words), default=0.0)


def _tokens(text: str) -> list[str]:
    words = re.findall(r"[a-zà-ÿ0-9]+", text.lower())
    return [_ENDINGS.sub("", w) or w for w in words if w not in _EMPTY]


def _overlap(mine: list[str], theirs: list[str]) -> float:
    if not mine or not theirs:
        return 0.0
    return sum(max(_same(a, b) for b in theirs) for a in mine) / max(len(mine), len(theirs))


def _same(mine: str, theirs: str) -> float:
    """How much two words are alike; an abbreviation counts nearly as the word."""
    if len(mine) >= SHORT and theirs.startswith(mine):
        return 0.9
    return SequenceMatcher(None, mine, theirs).ratio()


def _may_be(slot: Column, seen: Seen) -> bool:
    """A name alone does not make a date of what has none, nor a number of a person an open column."""
    if slot.type == "key":
        return slot.kind in seen.kinds and seen.identifying
    if slot.type == "date":
        return bool(seen.dates)
    return not seen.identifying


def _expression(slot: Column, seen: Seen) -> Expression | None:
    """How a column fills a slot; None when its values do not fit."""
    source: Expression = {"from": seen.name}
    if slot.type == "key":
        return {"seal": slot.kind, "parts": [source]} if slot.kind in seen.kinds else None
    if slot.type == "date":
        return {**source, "date": _one_or_more(seen.dates)} if seen.dates else None
    if slot.type == "code":
        return _coded(source, slot, seen=seen)
    if slot.type == "boolean":
        return {**source, "values": dict(seen.yes_no)} if seen.yes_no else None
    if slot.type in {"integer", "decimal"}:
        return _numeric(source, slot, seen=seen)
    return source if slot.type == "text" and not (seen.dates or seen.number) else None


def _coded(source: Expression, slot: Column, *, seen: Seen) -> Expression | None:
    """The model's own codes as they are, its words as codes; the supplier's own codes are for a person."""
    values = seen.lists.get(slot.codes or "")
    if values is not None:
        return {**source, "values": dict(values)} if values else source
    return {**source, "values": dict.fromkeys(seen.codes, TODO)} if seen.codes else None


def _numeric(source: Expression, slot: Column, *, seen: Seen) -> Expression | None:
    if not seen.number or (slot.type == "integer" and seen.number != "integer"):
        return None
    if seen.number == "comma":
        return {**source, "decimal": "comma"}
    return {**source, "strip_zero_decimals": True} if seen.zero_decimals else source


def _one_or_more(formats: tuple[str, ...]) -> str | list[str]:
    return formats[0] if len(formats) == 1 else list(formats)


def _compared(
    sample: Sample, slots: Mapping[str, Column], *, sex: Expression | None
) -> dict[str, Expression]:
    """Month of birth and the keys by which persons are compared, where a file has what they are made of."""
    born = next((s for s in sample.columns.values() if _BORN.search(s.name) and s.dates), None)
    surname = next((s for s in sample.columns.values() if _SURNAME.search(s.name)), None)
    parts: dict[str, Expression] = {}
    if born:
        parts["born"] = {"from": born.name, "date": _one_or_more(born.dates)}
    if surname:
        parts["surname"] = {"from": surname.name, "surname": True}
    found: dict[str, Expression] = {}
    for slot, (kind, part, derive) in DERIVED.items():
        if part in parts:
            how = {"derive": derive} if derive else {}
            found[slot] = {"seal": kind, "parts": [{**parts[part], **how}]}
    if born:
        found["birth_month"] = {**parts["born"], "generalise": "month"}
    if born and surname and sex:
        between = [{"text": "|"}, {"text": "|"}]
        made = [parts["born"], between[0], _known(sex), between[1], parts["surname"]]
        found["name_key"] = {"seal": "BirthSexName", "parts": made}
    return {slot: expression for slot, expression in found.items() if slot in slots}


def _known(sex: Expression) -> Expression:
    """A sex for comparing: what is unknown compares with nothing."""
    if "values" not in sex:
        return dict(sex)
    return {**sex, "values": {k: "" if v == "O" else v for k, v in sex["values"].items()}}
