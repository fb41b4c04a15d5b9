"""The text of a first card: what was answered, what a sample lets one guess, TODO where a person decides.

A TODO where the card needs a word is in the place of that word, so that `das model build` refuses the card as
it is; a TODO behind # is a suggestion. `das partner check CARD` lists both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from das_analysis.intake.proposal import COMPARED, TODO, Proposal, delivered, propose
from das_analysis.intake.sample import Sample, Seen
from das_analysis.model import Column, Model, Table

Answers = Mapping[str, Any]
NEEDED_FOR = {"date": "TIJD", "month": "TIJD", "integer": "MAAT", "decimal": "MAAT", "text": "CONTROLE"}
PERSONS = {*COMPARED, "skn_key", "bsn_key", "register_key"}
TIDY_DELIMITER, TIDY_BLANK = ";", ""
MAX_BAD_SHARE = 0.05  # more unusable numbers in a column: columns were swapped
_DOSSIER = ("contact", "retention", "transport")


def draft_card(supplier: str, answers: Answers, *, samples: Mapping[str, Sample], model: Model) -> str:
    """Return the YAML of a card. `answers` holds the dossier and, as <table>.class and the like, each file's.

    Of the samples it holds names of columns, formats and codes (see sample.py), never another value.
    """
    lines = [
        f"id: {supplier}",
        *_head(answers),
        *_dossier(answers, model),
        *_files(samples.values()),
        "",
        "tables:",
    ]
    for name, sample in samples.items():
        table = next(t for t in model.tables.values() if t.class_name == answers[f"{name}.class"])
        lines += _table(name, sample, table=table, answers=answers, model=model)
    return "\n".join(lines) + "\n"


def _flow(value: object) -> str:
    """A value as YAML on one line."""
    text: str = yaml.safe_dump(
        [value], default_flow_style=True, width=10**6, allow_unicode=True, sort_keys=False
    )
    return text.strip()[1:-1]


def _both(name: str, answers: Answers) -> list[str]:
    return [f"{key}: {_flow(answers[key])}" for key in (f"{name}_nl", name)]


def _head(answers: Answers) -> list[str]:
    keys = ("partner", "legal_gate", "agreement", "permission", "retention_years", "purposes")
    told = {key: _flow(answers[key]) for key in keys}
    return [*_both("title", answers), 'version: "1.0"', *(f"{key}: {text}" for key, text in told.items())]


def _dossier(answers: Answers, model: Model) -> list[str]:
    gate = model.code_lists["LegalBasis"].codes.get(answers["legal_gate"])
    names = ("basis", *_DOSSIER) if not gate or "permission_by" not in gate.facts else _DOSSIER
    lines = [line for name in names for line in _both(name, answers)]
    lines += [f"due_days: {_flow(answers['due_days'])}", f"dpia: {_flow(answers['dpia'])}"]
    if not answers["dpia"]:
        lines.append("# TODO dpia: give it, or the reason for none: no_dpia and no_dpia_nl")
    if answers["keys"]:
        lines.append(f"keys: {_flow(answers['keys'])}")
    return ["dossier:", *(f"  {line}" for line in lines), f"period: {_flow(answers['period'])}"]


def _files(samples: Iterable[Sample]) -> list[str]:
    found = list(samples)
    columns = [seen for sample in found for seen in sample.columns.values()]
    blanks = [TIDY_BLANK, *dict.fromkeys(blank for seen in columns for blank in seen.blanks)]
    layout: dict[str, object] = {"delimiter": found[0].delimiter if found else TIDY_DELIMITER}
    if any(seen.padded for seen in columns):
        layout["trim"] = True
    return [
        f"file: {_flow(layout)}",
        f"blank: {_flow(blanks)}",
        f"max_bad_identity_share: {MAX_BAD_SHARE}",
    ]


def _table(name: str, sample: Sample, *, table: Table, answers: Answers, model: Model) -> Iterator[str]:
    found = propose(sample, table, model=model)
    yield f"  {name}:"
    for key in ("title_nl", "title"):
        yield f"    {key}: {_flow(answers[f'{name}.{key}'])}"
    volume = {key: answers[f"{name}.{key}"] for key in ("rows", "tolerance")}
    yield f"    volume: {_flow(volume)}"
    yield "    columns:"
    for seen in sample.columns.values():
        slot = table.columns.get(found.sources.get(seen.name, ""))
        yield f"      {_flow(seen.name)}: {_flow(_column(seen, slot))}{_hint(seen, slot)}"
    yield "    maps:"
    yield f"      - class: {table.class_name}"
    yield "        slots:"
    for column in delivered(table):
        if column.required or column.name in found.slots or not _is_compared(column, model):
            yield _slot(column, found)


def _is_compared(column: Column, model: Model) -> bool:
    """A key that only serves to compare persons; no card is asked for more of those than its file has."""
    return column.name in COMPARED or (column.kind is not None and model.kinds[column.kind].compared)


def _column(seen: Seen, slot: Column | None) -> dict[str, object]:
    """What a column says and why it is needed: of what nothing uses, that it is not."""
    identifying = {"identifying": True} if seen.identifying or (slot and _is_hidden(slot)) else {}
    if slot is None:
        return {**identifying, "about_nl": TODO, "about": TODO, "why": "GEEN"}
    about = {"about_nl": slot.title.nl, "about": slot.title.en}
    return {**identifying, **about, "why": _why(slot)}


def _is_hidden(slot: Column) -> bool:
    return slot.type in {"key", "month"}


def _why(slot: Column) -> str:
    if slot.name in PERSONS:
        return "PERSOON"
    if slot.type == "key":
        return "TELEENHEID" if slot.identifier else "KOPPELING"
    return NEEDED_FOR.get(slot.type, "UITSPLITSING")


def _hint(seen: Seen, slot: Column | None) -> str:
    """What a person sees of a column that is not used and holds codes."""
    if slot is not None or not (seen.codes or seen.lists):
        return ""
    more = f" and {seen.rare} rare" if seen.rare else ""
    what = f"codes {', '.join(seen.codes)}{more}" if seen.codes else f"words of {min(seen.lists)}"
    return f"  # TODO not used; {what}"


def _slot(column: Column, found: Proposal) -> str:
    """One slot: as proposed; to be filled when it is required; or as a suggestion."""
    name = column.name
    if name in found.slots:
        return f"          {name}: {_flow(found.slots[name])}"
    of = f" of {column.codes}" if column.codes else ""
    told = f"{column.title.nl}: {column.type}{of}"
    unread = f"; {found.unread[name]} looks like it and does not fit" if name in found.unread else ""
    if column.required:
        empty = {"seal": column.kind, "parts": [{"from": TODO}]} if column.kind else {"value": TODO}
        return f"          {name}: {_flow(empty)}  # required; {told}{unread}"
    return f"          # TODO {name}: {{from: ?}}  {told}{unread}"
