"""The triples of a snapshot as N-Triples, by the same terms: what the store answers from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from das_analysis.model import Column, Table
from das_analysis.semantic.lines import said
from das_analysis.semantic.sparql.asked import nodes
from das_analysis.semantic.sparql.kinds import Kind, encode
from das_analysis.semantic.sparql.rows import Chain
from das_analysis.semantic.sparql.sources import RDF_TYPE, Property, Source, sources
from das_analysis.semantic.syntax import Lines, Pieces
from das_analysis.semantic.terms import naming, row_prefix, slot_iri
from das_analysis.semantic.triples import Said, Thing, Value, write

if TYPE_CHECKING:
    import ibis

TRIPLE, PIECE = 3, 50_000


@dataclass(frozen=True, slots=True)
class Part:
    """The predicates of one source that are needed."""

    source: Source
    told: tuple[tuple[str, Property], ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a query mentions: its IRIs; whether a class or a property is a variable, or a node can be any."""

    iris: frozenset[str]
    any_class: bool = False
    anything: bool = False


def needs(query: Any) -> Needs:
    """Return what must be in a store that answers a query as the whole snapshot would."""
    from rdflib.paths import MulPath, NegatedPath
    from rdflib.term import URIRef, Variable

    found = list(nodes(query))
    triples = [n for n in found if isinstance(n, tuple) and len(n) == TRIPLE]
    return Needs(
        iris=frozenset(str(n) for n in found if isinstance(n, URIRef)),
        any_class=any(str(p) == RDF_TYPE and isinstance(o, Variable) for _, p, o in triples),
        anything=query.name not in {"SelectQuery", "AskQuery"}
        or any(isinstance(p, Variable) for _, p, _ in triples)
        or any(isinstance(n, NegatedPath) or (isinstance(n, MulPath) and n.mod != "+") for n in found),
    )


def parts(chain: Chain, wanted: Needs) -> list[Part]:
    """Return the parts of a snapshot that a query needs."""
    found = []
    for source in sources(chain):
        told = [(predicate, prop) for predicate, props in source.properties.items() for prop in props]
        needed = tuple(t for t in told if wanted.anything or _is_needed(*t, wanted=wanted))
        if needed:
            found.append(Part(source, needed))
    return found


def _is_needed(predicate: str, prop: Property, *, wanted: Needs) -> bool:
    if predicate not in wanted.iris:
        return False
    return predicate != RDF_TYPE or wanted.any_class or prop.constant in wanted.iris


def count(part: Part) -> int:
    """Return the number of triples of a part, before any is made."""
    if part.source.listed is not None:
        return sum(
            p.column is None or row[p.column] is not None for row in part.source.listed for _, p in part.told
        )
    rows = part.source.read()
    counts = [rows.count() if prop.column is None else rows[prop.column].count() for _, prop in part.told]
    return int(rows.aggregate(n=reduce(add, counts)).to_pyarrow()["n"][0].as_py())


def ntriples(part: Part) -> Iterator[bytes]:
    """Yield the triples of a part as N-Triples, in pieces."""
    if part.source.table is None:
        yield write(_of_codes(part), "nt")
        return
    for batch in _texts(part, part.source.table).to_pyarrow().to_batches(max_chunksize=PIECE):
        yield "".join(batch.column(0).to_pylist()).encode()


def _of_codes(part: Part) -> Iterator[Said]:
    """The codes of a list: few, and not in the engine."""
    for row in part.source.listed or ():
        subject = _named(part.source.kind, row[part.source.key] or "")
        for predicate, prop in part.told:
            value = prop.constant if prop.column is None else row[prop.column]
            if value is not None:
                yield subject, predicate, _thing(prop.kind, value)


def _named(kind: Kind, value: str) -> str:
    return kind.name + encode(kind.name, value) if kind.name else value


def _thing(kind: Kind, value: str) -> Thing:
    if kind.form == "iri":
        return _named(kind, value)
    return Value(value, kind.name) if kind.form == "lang" else Value(value, "", kind.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Some(Lines):
    """N-Triples of some predicates."""

    told: frozenset[str]

    def start(self, table: Table) -> Pieces:
        return Lines.start(self, table) if RDF_TYPE in self.told else ()

    def value(self, table: Table, column: Column) -> Pieces:
        return Lines.value(self, table, column) if slot_iri(column.name) in self.told else ()


def _texts(part: Part, table: Table) -> ibis.Table:
    """Return one text a row, with all of its triples, as an export writes them."""
    rows = part.source.read()
    columns = {prop.column for _, prop in part.told if prop.column}
    syntax = _Some(
        base=part.source.kind.name.removesuffix(row_prefix(table.name, "")),
        graph=None,
        told=frozenset(predicate for predicate, _ in part.told),
    )
    return said(rows.select(*{*columns, *naming(table)}), table, syntax=syntax, filled=naming(table))
