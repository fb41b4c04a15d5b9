"""Paths into a supplier's XML, as a card writes them: a small part of XPath, and nothing that computes.

`open-rechtspraak/rdf:RDF/rdf:Description[1]` leads to the rows of a table. From a row's element,
`dcterms:creator/@resourceIdentifier` leads to an attribute, `../dcterms:identifier` to the text of an element
beside it, `.` to its own text; `position()` is the number of the row in its file. A name without a prefix has
no namespace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from das_analysis.errors import BadModel

POSITION = "position()"
_NAME = r"(?:([A-Za-z_][A-Za-z0-9_.-]*):)?([A-Za-z_][A-Za-z0-9_.-]*)"
_ELEMENT = re.compile(rf"{_NAME}(?:\[([1-9][0-9]{{0,3}})\])?")
_ATTRIBUTE = re.compile(f"@{_NAME}")


@dataclass(frozen=True, slots=True)
class Step:
    """An element: its namespace and name, apart by a blank; `place` among its like, if given."""

    name: str
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column's value is: `up` elements above the row's, then down, then its text or an attribute."""

    take: Literal["text", "attribute", "position"]
    up: int = 0
    down: tuple[Step, ...] = ()
    attribute: str = ""


def rows_at(path: str, namespaces: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps from the root to the rows of a table. Raises BadModel for what is no path."""
    return tuple(_step(part, namespaces, path=path) for part in path.split("/"))


def value_at(path: str, namespaces: Mapping[str, str]) -> Place:
    """Return where a path from a row's element leads. Raises BadModel for what is no path."""
    if path == POSITION:
        return Place("position")
    parts = path.split("/")
    up = next((i for i, part in enumerate(parts) if part != ".."), len(parts))
    attribute = _ATTRIBUTE.fullmatch(parts[-1])
    down = parts[up:-1] if attribute or parts[-1] in {".", ".."} else parts[up:]
    return Place(
        take="attribute" if attribute else "text",
        up=up,
        down=tuple(_step(part, namespaces, path=path) for part in down),
        attribute=_name(attribute, namespaces, path=path) if attribute else "",
    )


def _step(part: str, namespaces: Mapping[str, str], *, path: str) -> Step:
    found = _ELEMENT.fullmatch(part)
    if not found:
        raise BadModel(
            f"{path!r} is not a path into XML",
            todo="write prefix:name/name[1]/@name, with .. and . and position()",
        )
    return Step(_name(found, namespaces, path=path), int(found[3]) if found[3] else None)


def _name(found: re.Match[str], namespaces: Mapping[str, str], *, path: str) -> str:
    if found[1] is None:
        return found[2]
    if found[1] not in namespaces:
        raise BadModel(f"{path!r} has an unknown prefix {found[1]!r}", todo="declare it in file.namespaces")
    return f"{namespaces[found[1]]} {found[2]}"
