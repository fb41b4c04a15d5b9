"""What every element of a LinkML schema has: texts in two languages, notes, synonyms, mappings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from linkml_runtime.linkml_model.meta import Element, PermissibleValue
from linkml_runtime.utils.schemaview import SchemaView

from das_analysis.errors import BadModel
from das_analysis.model.codes import Text

MAPPINGS = ("exact", "close", "related", "narrow", "broad")
SYNONYMS = "aliases_nl"  # apart by ; as LinkML's own `aliases` hold the English ones


def snake(name: str) -> str:
    """Turn a class name into the name of its table: RegisteredCrime -> registered_crime."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def note(element: Element | PermissibleValue, key: str) -> str | None:
    """Return an annotation's value as text."""
    found = element.annotations[key] if element.annotations and key in element.annotations else None
    return str(found.value) if found is not None else None


def notes(element: Element | PermissibleValue) -> dict[str, str]:
    """Return all annotations as text."""
    return {str(k): str(a.value) for k, a in element.annotations.items()} if element.annotations else {}


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


def listed(text: str | None, *, apart: str) -> tuple[str, ...]:
    """Return the parts of a text, trimmed."""
    return tuple(part.strip() for part in (text or "").split(apart) if part.strip())


def synonyms(element: Element | PermissibleValue) -> dict[str, tuple[str, ...]]:
    """Return the other words for an element by language: `aliases` in English, `aliases_nl` in Dutch."""
    found = {"nl": listed(note(element, SYNONYMS), apart=";"), "en": tuple(map(str, element.aliases))}
    return {lang: words for lang, words in found.items() if words}


def mappings(
    element: Element | PermissibleValue, where: str, *, view: SchemaView
) -> dict[str, tuple[str, ...]]:
    """Return the IRIs of the same in known vocabularies, by kind. Raises BadModel for an unknown prefix."""
    found: Mapping[str, list[str]] = {kind: getattr(element, f"{kind}_mappings") or [] for kind in MAPPINGS}
    return {
        kind: tuple(_iri(str(c), where, view=view) for c in curies)
        for kind, curies in found.items()
        if curies
    }


def _iri(curie: str, where: str, *, view: SchemaView) -> str:
    prefix, _, local = curie.partition(":")
    known = view.namespaces()
    if not local or prefix not in known:
        todo = "declare it in model/core.yaml"
        raise BadModel(f"{curie} has no prefix of the model", where=where, todo=todo)
    return f"{known[prefix]}{local}"
