"""The codes of a list as rows of a page: in the order of the list, with their level and their relations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from das_analysis.model import Code, CodeList, Column, Model, Table
from das_analysis.semantic.site.places import code_id

DEEPEST = 3
Related = tuple[CodeList, tuple[Code, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """A code on the page of its list: how deep it lies, codes of other lists beside it, further notes."""

    code: Code
    id: str
    depth: int
    related: tuple[Related, ...]
    notes: tuple[tuple[str, str], ...]


def code_rows(codes: CodeList, model: Model) -> list[CodeRow]:
    """Return the codes of a list, with what stands beside each."""
    return [
        CodeRow(
            code=code,
            id=code_id(code.code),
            depth=_depth(code, codes),
            related=tuple(_related(code, codes, model=model)),
            notes=tuple((name.replace("_", " "), text) for name, text in code.facts.items()),
        )
        for code in codes.codes.values()
    ]


def users_of(codes: CodeList, model: Model) -> list[tuple[Table, Column]]:
    """Return the columns whose values are codes of a list."""
    return [(t, c) for t in model.tables.values() for c in t.columns.values() if c.codes == codes.name]


def _depth(code: Code, codes: CodeList) -> int:
    depth, above = 0, code.parent or ""
    while above in codes.codes and depth < DEEPEST:
        depth, above = depth + 1, codes.codes[above].parent or ""
    return depth


def _related(code: Code, codes: CodeList, *, model: Model) -> Iterator[Related]:
    """Codes beside this one: above it in another list, of other classifications, and its successors."""
    named = {**code.crosswalks, codes.name: code.replaced_by}
    if codes.parent_list and code.parent:
        named = {codes.parent_list: (code.parent,), **named}
    for name, values in named.items():
        other = model.code_lists[name]
        found = tuple(other.codes[value] for value in values if value in other.codes)
        if found:
            yield other, found
