"""LinkML classes, enums and types, as tables, code lists and kinds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from linkml_runtime.linkml_model.meta import (
    ClassDefinition,
    SlotDefinition,
    TypeDefinition,
)
from linkml_runtime.utils.schemaview import SchemaView

from das_analysis.errors import BadModel
from das_analysis.model.build.code_lists import Meanings, read_code_lists
from das_analysis.model.build.elements import mappings, note, refuse_unsupported, snake, synonyms, texts
from das_analysis.model.codes import CodeList
from das_analysis.model.schema import Column, ColumnType, Kind, Stage, Table

SEALED = ("Pseudonym", "PersonPseudonym")  # types whose children are kinds of identity
PLAIN: dict[str, ColumnType] = {
    "Text": "text",
    "Date": "date",
    "Moment": "moment",
    "Month": "month",
    "Integer": "integer",
    "Decimal": "decimal",
    "Boolean": "boolean",
}
# constructs that the compiler does not turn into checks: better refused than silently ignored
BOOLEAN_LOGIC = ("any_of", "all_of", "exactly_one_of", "none_of", "union_of", "disjoint_with")
UNSUPPORTED_SLOT = (
    *BOOLEAN_LOGIC,
    *(
        "multivalued",
        "inlined",
        "inlined_as_list",
        "list_elements_unique",
        "array",
        "has_member",
        "all_members",
    ),
    *(
        "pattern",
        "structured_pattern",
        "equals_string",
        "equals_string_in",
        "equals_number",
        "equals_expression",
    ),
    *(
        "minimum_cardinality",
        "maximum_cardinality",
        "exact_cardinality",
        "value_presence",
        "range_expression",
    ),
    *("enum_range", "bindings", "ifabsent", "key", "designates_type", "is_a", "type_mappings"),
)
UNSUPPORTED_CLASS = (
    *BOOLEAN_LOGIC,
    *(
        "is_a",
        "abstract",
        "rules",
        "classification_rules",
        "slot_conditions",
        "subclass_of",
        "defining_slots",
    ),
    *("apply_to", "extra_slots"),
)
STAGES: tuple[Stage, ...] = ("delivered", "linking", "linked")
LOOKAROUND = re.compile(r"\(\?[=!<]|\\[dDwWsSbBZzAu]|\\p")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is read before the classes."""

    view: SchemaView
    code_lists: Mapping[str, CodeList]
    kinds: Mapping[str, Kind]
    types: Mapping[str, TypeDefinition]


def read_schema(
    entry: Path, meanings: Meanings
) -> tuple[str, dict[str, Table], dict[str, CodeList], dict[str, Kind]]:
    """Read the LinkML schema: its version, tables, code lists and kinds of identity. Raises BadModel."""
    view = SchemaView(str(entry))
    code_lists = read_code_lists(view, meanings)
    types = view.all_types()
    kinds = {name: _kind(t) for name, t in sorted(types.items()) if t.typeof in SEALED}
    known = _Known(view=view, code_lists=code_lists, kinds=kinds, types=types)
    tables = {
        snake(name): _table(name, c, known=known) for name, c in view.all_classes().items() if not c.mixin
    }
    return str(view.schema.version), tables, code_lists, kinds


def _kind(found: TypeDefinition) -> Kind:
    title, definition = texts(found, f"type {found.name}")
    pattern = note(found, "sealed_pattern")
    if not pattern:
        todo = "add it in model/core.yaml"
        raise BadModel("a kind of identity has no sealed_pattern", where=f"type {found.name}", todo=todo)
    _check_pattern(pattern, f"type {found.name}")
    return Kind(
        name=found.name,
        title=title,
        definition=definition,
        sealed_pattern=pattern,
        check=note(found, "check"),
        compared=note(found, "compared") is not None,
        person=found.typeof == "PersonPseudonym",
        local=note(found, "local") is not None,
    )


def _check_pattern(pattern: str, where: str) -> None:
    if LOOKAROUND.search(pattern) or not (pattern.startswith("^") and pattern.endswith("$")):
        raise BadModel(
            "a pattern must be anchored and use character classes only: engines differ in the rest",
            where=where,
            todo="write [0-9] for a digit, no lookahead, ^ and $ around it",
        )


def _table(name: str, cls: ClassDefinition, *, known: _Known) -> Table:
    where = f"class {name}"
    refuse_unsupported(cls, where, constructs=UNSUPPORTED_CLASS)
    title, definition = texts(cls, where)
    columns = {s.name: _column(s, name, known=known) for s in known.view.class_induced_slots(name)}
    unique = tuple(tuple(k.unique_key_slots) for k in cls.unique_keys.values())
    identifier = tuple((c.name,) for c in columns.values() if c.identifier)
    record, dated_by = note(cls, "record"), note(cls, "dated_by")
    named = {n for n in (record, dated_by, *(c for key in unique for c in key)) if n}
    if named - set(columns) or (dated_by and columns[dated_by].type not in {"date", "moment"}):
        what = "record, dated_by or a unique key names no slot of the class, or dated_by no date"
        raise BadModel(what, where=where, todo="name a slot")
    return Table(
        name=snake(name),
        class_name=name,
        plural=note(cls, "plural") or snake(name) + "s",
        title=title,
        definition=definition,
        columns=columns,
        unique=identifier + unique,
        record=record,
        dated_by=dated_by,
        synonyms=synonyms(cls),
        mappings=mappings(cls, where, view=known.view),
    )


def _column(slot: SlotDefinition, owner: str, *, known: _Known) -> Column:
    where = f"{owner}.{slot.name}"
    refuse_unsupported(slot, where, constructs=UNSUPPORTED_SLOT)
    title, definition = texts(slot, where)
    column_type, kind, pattern = _type_of(slot.range, where, known=known)
    if (slot.minimum_value, slot.maximum_value) != (None, None) and column_type not in {"integer", "decimal"}:
        raise BadModel("only a number has a minimum or a maximum", where=where, todo="drop it, or use a rule")
    return Column(
        name=slot.name,
        title=title,
        definition=definition,
        type=column_type,
        privacy=_privacy(slot, where, known=known),
        pattern=pattern,
        required=bool(slot.required),
        identifier=bool(slot.identifier),
        minimum=slot.minimum_value,
        maximum=slot.maximum_value,
        unit=(slot.unit.ucum_code or slot.unit.symbol) if slot.unit else None,
        codes=slot.range if column_type == "code" else None,
        kind=kind,
        references=snake(slot.range) if slot.range in known.view.all_classes() else None,
        stage=_stage(slot, where),
        open=(note(slot, "open") or "").lower() == "true",
        iri_prefix=_iri_prefix(slot.range, known=known),
        synonyms=synonyms(slot),
        mappings=mappings(slot, where, view=known.view),
    )


def _privacy(slot: SlotDefinition, where: str, *, known: _Known) -> str:
    subsets = [str(s) for s in slot.in_subset or []]
    if len(subsets) != 1 or subsets[0] not in known.view.all_subsets():
        raise BadModel(
            "a slot belongs to exactly one privacy subset", where=where, todo="see model/core.yaml"
        )
    return subsets[0]


def _iri_prefix(range_: str, *, known: _Known) -> str | None:
    found = known.types.get(range_)
    return note(found, "iri_prefix") if found else None


def _stage(slot: SlotDefinition, where: str) -> Stage:
    wanted = note(slot, "stage") or "delivered"
    for stage in STAGES:
        if stage == wanted:
            return stage
    raise BadModel(f"there is no stage {wanted}", where=where, todo=f"use one of {', '.join(STAGES)}")


def _type_of(range_: str, where: str, *, known: _Known) -> tuple[ColumnType, str | None, str | None]:
    if range_ in known.code_lists:
        return "code", None, None
    if range_ in known.view.all_classes():
        target = known.view.get_identifier_slot(range_)
        if target is None:
            todo = "reference another class"
            raise BadModel("a reference to a class without an identifier", where=where, todo=todo)
        range_ = target.range
    if range_ in known.kinds:
        return "key", range_, known.types[known.types[range_].typeof].pattern
    found = known.types.get(range_)
    if found is None or not found.pattern:
        what = f"range {range_} is not a type of the model with a pattern"
        raise BadModel(what, where=where, todo="see model/core.yaml")
    _check_pattern(found.pattern, where)
    return PLAIN.get(range_, "text"), None, found.pattern
