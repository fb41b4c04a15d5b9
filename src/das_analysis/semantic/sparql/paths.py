"""Property paths taken apart: what is left are triples, and steps up the hierarchy of a code list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, count, product
from typing import Any

from das_analysis.semantic.sparql.kinds import NotCoveredError
from das_analysis.semantic.sparql.sources import SKOS

MOST_WAYS = 64


@dataclass(frozen=True, slots=True)
class Climb:
    """All codes above a code: skos:broader+, or with `itself` skos:broader*."""

    itself: bool


def ways(triples: list[tuple[Any, Any, Any]]) -> list[list[tuple[Any, Any, Any]]]:
    """Return the basic patterns whose solutions together are those of a pattern with paths."""
    numbers = count()
    found: list[list[tuple[Any, Any, Any]]] = [[]]
    for s, p, o in triples:
        found = [a + b for a, b in product(found, _ways_of(s, p, o=o, numbers=numbers))]
        if len(found) > MOST_WAYS:
            raise NotCoveredError("a path with too many alternatives")
    return found


def _ways_of(s: Any, p: Any, *, o: Any, numbers: Iterator[int]) -> list[list[tuple[Any, Any, Any]]]:
    from rdflib.paths import AlternativePath, InvPath, MulPath, Path, SequencePath

    if isinstance(p, InvPath):
        return _ways_of(o, p.arg, o=s, numbers=numbers)
    if isinstance(p, AlternativePath):
        return [way for arg in p.args for way in _ways_of(s, arg, o=o, numbers=numbers)]
    if isinstance(p, SequencePath):
        return _sequence(s, p, o=o, numbers=numbers)
    if isinstance(p, MulPath):
        return [[(s, _climb(p), o)]]
    if isinstance(p, Path):
        raise NotCoveredError("a negated path")
    return [[(s, p, o)]]


def _sequence(s: Any, p: Any, *, o: Any, numbers: Iterator[int]) -> list[list[tuple[Any, Any, Any]]]:
    from rdflib.term import BNode

    stops = [s, *(BNode(f"step{next(numbers)}") for _ in p.args[1:]), o]
    steps = [
        _ways_of(start, arg, o=end, numbers=numbers)
        for start, arg, end in zip(stops[:-1], p.args, stops[1:], strict=True)
    ]
    return [list(chain(*way)) for way in product(*steps)]


def _climb(path: Any) -> Climb:
    from rdflib.term import URIRef

    if path.path != URIRef(f"{SKOS}broader") or path.mod not in {"+", "*"}:
        raise NotCoveredError("a path of any length over rows")
    return Climb(itself=path.mod == "*")
