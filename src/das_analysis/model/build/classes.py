"""LinkML classes, enums and types, as tables, code lists and kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from linkml_runtime.linkml_model.meta import (
    ClassDefinition,
    Element,
    EnumDefinition,
    PermissibleValue,
    SlotDefinition,
    TypeDefinition,
)
from linkml_runtime.utils.schemaview import SchemaView

from das_analysis.errors import BadModel
from das_analysis.model.schema import Code, CodeList, Column, ColumnType, Kind, Stage, Table, Text

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
UNSUPPORTED_ENUM = (
    "inherits",
    "include",
    "minus",
    "reachable_from",
    "matches",
    "concepts",
    "code_set",
    "pv_formula",
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


def read_schema(entry: Path) -> tuple[str, dict[str, Table], dict[str, CodeList], dict[str, Kind]]:
    """Read the LinkML schema: its version, tables, code lists and kinds of identity. Raises BadModel."""
    view = SchemaView(str(entry))
    code_lists = {name: _code_list(enum) for name, enum in sorted(view.all_enums().items())}
    types = view.all_types()
    kinds = {name: _kind(t) for name, t in sorted(types.items()) if t.typeof == "Pseudonym"}
    known = _Known(view=view, code_lists=code_lists, kinds=kinds, types=types)
    tables = {
        snake(name): _table(name, c, known=known) for name, c in view.all_classes().items() if not c.mixin
    }
    return str(view.schema.version), tables, code_lists, kinds


def snake(name: str) -> str:
    """Turn a class name into the name of its table: RegisteredCrime -> registered_crime."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def note(element: Element | PermissibleValue, key: str) -> str | None:
    """Return an annotation's value as text."""
    found = element.annotations[key] if element.annotations and key in element.annotations else None
    return str(found.value) if found is not None else None


def refuse_unsupported(element: Element, where: str, *, constructs: Iterable[str]) -> None:
    """Raise BadModel for a construct that would be ignored."""
    for construct in constructs:
        if getattr(element, construct, None) not in (None, False, [], {}, ""):
            todo = "say it with a type, a mixin, a class of its own, or a rule"
            raise BadModel(f"{construct} is not compiled", where=where, todo=todo)


def texts(element: Element | PermissibleValue, where: str) -> tuple[Text, Text]:
    """Return title and definition of an element in both languages. Raises BadModel where one is missing."""
    values = (note(element, "title_nl"), element.title, note(element, "description_nl"), element.description)
    if not all(values) or "TODO" in values:
        raise BadModel("a title or definition is missing in nl or en", where=where, todo="write it in model/")
    title_nl, title_en, definition_nl, definition_en = (str(v).strip() for v in values)
    return Text(title_nl, title_en), Text(definition_nl, definition_en)


def _code_list(enum: EnumDefinition) -> CodeList:
    refuse_unsupported(enum, f"code list {enum.name}", constructs=UNSUPPORTED_ENUM)
    title, definition = texts(enum, f"code list {enum.name}")
    codes = {}
    for value in enum.permissible_values.values():
        facts = {k: str(a.value) for k, a in value.annotations.items()} if value.annotations else {}
        label, meaning = texts(value, f"code list {enum.name}, code {value.text}")
        for used in ("title_nl", "description_nl"):
            facts.pop(used, None)
        from_, until = facts.pop("valid_from", None), facts.pop("valid_until", None)
        codes[value.text] = Code(
            code=value.text, title=label, definition=meaning, valid_from=from_, valid_until=until, facts=facts
        )
    return CodeList(name=enum.name, title=title, definition=definition, codes=codes)


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
        return "key", target.range, known.types["Pseudonym"].pattern
    if range_ in known.kinds:
        return "key", range_, known.types["Pseudonym"].pattern
    found = known.types.get(range_)
    if found is None or not found.pattern:
        what = f"range {range_} is not a type of the model with a pattern"
        raise BadModel(what, where=where, todo="see model/core.yaml")
    _check_pattern(found.pattern, where)
    return PLAIN.get(range_, "text"), None, found.pattern
