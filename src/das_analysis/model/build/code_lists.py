"""LinkML enums as code lists: hierarchy, crosswalks and dated meanings, every target checked.

An annotation of a code whose key is the name of a list is a crosswalk to it, its codes apart by a comma.
`parent` names a code of the list that `parent_list` on the enum names, or of the list itself; `replaced_by`
codes of the list itself. What a code said in another period stands in model/meanings/<list>.yaml.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from linkml_runtime.linkml_model.meta import EnumDefinition, PermissibleValue
from linkml_runtime.utils.schemaview import SchemaView

from das_analysis.errors import BadModel
from das_analysis.model.build.elements import (
    SYNONYMS,
    listed,
    mappings,
    note,
    notes,
    refuse_unsupported,
    snake,
    synonyms,
    texts,
)
from das_analysis.model.codes import Code, CodeList, Meaning, Text

UNSUPPORTED = (
    *("inherits", "include", "minus", "reachable_from", "matches", "concepts", "code_set", "pv_formula"),
)
OWN = {"title_nl", "description_nl", "valid_from", "valid_until", "parent", "replaced_by", SYNONYMS}
OF_LIST = {"title_nl", "description_nl", "parent_list"}
TEXTS = ("title", "title_nl", "description", "description_nl")
DATES = ("valid_from", "valid_until")

Meanings = Mapping[str, Mapping[str, Iterable[Mapping[str, Any]]]]  # list -> code -> periods


def read_code_lists(view: SchemaView, meanings: Meanings) -> dict[str, CodeList]:
    """Read every enum. Raises BadModel for a text that is missing or a target that is not there."""
    enums = view.all_enums()
    lists = {name: _code_list(enum, view) for name, enum in sorted(enums.items())}
    lists |= {
        name: _with_meanings(_named(lists, name, where=f"model/meanings/{snake(name)}.yaml"), dated)
        for name, dated in meanings.items()
    }
    for found in lists.values():
        _check(found, lists)
    return lists


def _code_list(enum: EnumDefinition, view: SchemaView) -> CodeList:
    where = f"code list {enum.name}"
    refuse_unsupported(enum, where, constructs=UNSUPPORTED)
    title, definition = texts(enum, where)
    return CodeList(
        name=enum.name,
        title=title,
        definition=definition,
        codes={
            v.text: _code(v, f"{where}, code {v.text}", view=view) for v in enum.permissible_values.values()
        },
        parent_list=note(enum, "parent_list"),
        facts={k: v for k, v in notes(enum).items() if k not in OF_LIST},
    )


def _code(value: PermissibleValue, where: str, *, view: SchemaView) -> Code:
    title, definition = texts(value, where)
    crosswalks, facts = _split({k: v for k, v in notes(value).items() if k not in OWN})
    return Code(
        code=value.text,
        title=title,
        definition=definition,
        valid_from=note(value, "valid_from"),
        valid_until=note(value, "valid_until"),
        parent=note(value, "parent"),
        replaced_by=listed(note(value, "replaced_by"), apart=","),
        crosswalks=crosswalks,
        synonyms=synonyms(value),
        mappings=mappings(value, where, view=view),
        facts=facts,
    )


def _split(annotations: Mapping[str, str]) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Crosswalks are written with the name of a list, which begins with a capital; the rest are facts."""
    crosswalks = {k: listed(v, apart=",") for k, v in annotations.items() if k[0].isupper()}
    return crosswalks, {k: v for k, v in annotations.items() if k not in crosswalks}


def _with_meanings(found: CodeList, dated: Mapping[str, Iterable[Mapping[str, Any]]]) -> CodeList:
    where = f"model/meanings/{snake(found.name)}.yaml"
    _refuse_absent(dated, found, where=where)
    codes = dict(found.codes)
    for code, periods in dated.items():
        meanings = tuple(_meaning(period, f"{where}, {code}") for period in periods)
        _check_periods(meanings, f"{where}, {code}")
        codes[code] = replace(codes[code], meanings=meanings)
    return replace(found, codes=codes)


def _meaning(entry: Mapping[str, Any], where: str) -> Meaning:
    given = [key in entry for key in TEXTS]
    if any(given[:2]) != all(given[:2]) or any(given[2:]) != all(given[2:]):
        raise BadModel("a text in one language only", where=where, todo="write the other one")
    crosswalks, facts = _split({k: v for k, v in entry.items() if k not in {*TEXTS, *DATES}})
    return Meaning(
        valid_from=entry.get("valid_from"),
        valid_until=entry.get("valid_until"),
        title=Text(entry["title_nl"], entry["title"]) if given[0] else None,
        definition=Text(entry["description_nl"], entry["description"]) if given[2] else None,
        crosswalks=crosswalks,
        facts=facts,
    )


def _check_periods(meanings: tuple[Meaning, ...], where: str) -> None:
    spans = [(m.valid_from or "", m.valid_until or "9999") for m in meanings]
    if any(start > end for start, end in spans) or any(a[1] >= b[0] for a, b in pairwise(spans)):
        raise BadModel("periods overlap, or are not in order of time", where=where, todo="mend the dates")


def _check(found: CodeList, lists: Mapping[str, CodeList]) -> None:
    where = f"code list {found.name}"
    above = _named(lists, found.parent_list or found.name, where=where)
    _refuse_absent([c.parent for c in found.codes.values() if c.parent], above, where=where)
    _refuse_absent([r for c in found.codes.values() for r in c.replaced_by], found, where=where)
    for code in found.codes.values():
        for target, wanted in _crosswalks(code):
            place = f"{where}, code {code.code}"
            _refuse_absent(wanted, _named(lists, target, where=place), where=place)
    _refuse_circles(found)


def _crosswalks(code: Code) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from code.crosswalks.items()
    for meaning in code.meanings:
        yield from meaning.crosswalks.items()


def _named(lists: Mapping[str, CodeList], name: str, *, where: str) -> CodeList:
    if name not in lists:
        raise BadModel(f"{name} is not a code list of the model", where=where, todo="see model/codes/")
    return lists[name]


def _refuse_absent(wanted: Iterable[str], target: CodeList, *, where: str) -> None:
    absent = sorted(set(wanted) - set(target.codes))
    if absent:
        raise BadModel(f"{target.name} has no code {', '.join(absent)}", where=where, todo="see model/codes/")


def _refuse_circles(found: CodeList) -> None:
    if found.parent_list:
        return
    for code in found.codes:
        seen, at = {code}, found.codes[code].parent
        while at is not None and at not in seen:
            seen.add(at)
            at = found.codes[at].parent
        if at is not None:
            raise BadModel("a code is its own ancestor", where=f"code list {found.name}, code {code}")
