"""The triples of a snapshot as N-Triples, by the same terms: what the store answers from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from das_analysis.semantic.sparql.asked import nodes
from das_analysis.semantic.sparql.kinds import Kind, encode, lexical, whole_iri
from das_analysis.semantic.sparql.rows import Chain
from das_analysis.semantic.sparql.sources import RDF_TYPE, Property, Source, sources

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir

TRIPLE, PIECE = 3, 50_000
ESCAPES = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))


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
    if part.source.listed is not None:
        yield "".join(_listed(part, part.source.listed)).encode()
        return
    for batch in _texts(part).to_pyarrow().to_batches(max_chunksize=PIECE):
        yield "".join(batch.column(0).to_pylist()).encode()


def _listed(part: Part, rows: Sequence[Mapping[str, str | None]]) -> Iterator[str]:
    """The codes of a list: few, and not in the engine."""
    for row in rows:
        subject = f"<{_named(part.source.kind, row[part.source.key] or '')}>"
        for predicate, prop in part.told:
            value = prop.constant if prop.column is None else row[prop.column]
            if value is not None:
                yield f"{subject} <{predicate}> {_term(prop.kind, value)} .\n"


def _named(kind: Kind, value: str) -> str:
    return kind.name + encode(kind.name, value) if kind.name else value


def _term(kind: Kind, value: str) -> str:
    if kind.form == "iri":
        return f"<{_named(kind, value)}>"
    for raw, written in ESCAPES:
        value = value.replace(raw, written)
    return f'"{value}"@{kind.name}' if kind.form == "lang" else f'"{value}"^^<{kind.name}>'


def _texts(part: Part) -> ibis.Table:
    """Return one text a row, with all of its triples."""
    import ibis

    rows = part.source.read()
    subject = ibis.literal("<") + whole_iri(part.source.kind, rows[part.source.key]) + "> "
    said = [subject + f"<{predicate}> " + _object(rows, prop) + " .\n" for predicate, prop in part.told]
    return rows.select(text=reduce(add, [text.coalesce("") for text in said]))


def _object(rows: ibis.Table, prop: Property) -> ir.StringValue:
    import ibis

    if prop.column is None:
        return ibis.literal(f"<{prop.constant}>")
    kind, column = prop.kind, rows[prop.column]
    if kind.form == "iri":
        return ibis.literal("<") + whole_iri(kind, column) + ">"
    return ibis.literal('"') + _escaped(kind, column) + f'"^^<{kind.name}>'


def _escaped(kind: Kind, column: ir.Value) -> ir.StringValue:
    if column.type().is_timestamp():
        return column.strftime("%Y-%m-%dT%H:%M:%SZ")
    if not column.type().is_string():
        return lexical(kind, column)
    for raw, written in ESCAPES:
        column = column.replace(raw, written)
    return column
