"""Basic graph patterns: the triples of one subject are one scan of a table; shared variables are joins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from das_analysis.semantic.sparql.expressions import constant_of
from das_analysis.semantic.sparql.kinds import CODES, Kind, NotCoveredError, constant, whole_iri
from das_analysis.semantic.sparql.paths import Climb, ways
from das_analysis.semantic.sparql.rows import Branch, Branches, Chain, Value, Var, bounded, join, unit
from das_analysis.semantic.sparql.sources import (
    OBJECT,
    SUBJECT,
    Property,
    Source,
    above,
    codes_kind,
    pairs_table,
    sources,
)

if TYPE_CHECKING:
    import ibis

Triple = tuple[Any, Any, Any]
BLANK = "_:"
MOST_SUBJECTS = 24  # scans joined in one pattern: beyond that the engine plans longer than it runs


@dataclass(frozen=True, slots=True)
class Star:
    """What one source says of one subject: the kinds of its variables are known before it is read."""

    kinds: dict[str, set[Kind]]
    read: Callable[[], Branch]


def pattern(chain: Chain, triples: Sequence[Triple]) -> Branches:
    """Return the solutions of a basic graph pattern. Raises NotCoveredError."""
    if not triples:
        return (unit(chain),)
    known = list(sources(chain))
    found = [b for way in ways(list(triples)) for b in _basic(chain, way, known=known)]
    return bounded([Branch(b.table, _asked(b.vars)) for b in found])


def _asked(variables: Mapping[str, Var]) -> dict[str, Var]:
    """Return the variables without blank nodes, which mean nothing outside of their pattern."""
    return {name: v for name, v in variables.items() if not name.startswith(BLANK)}


def variable(term: Any) -> str | None:
    """Return the name of a variable; a blank node is a variable that cannot be asked for."""
    from rdflib.term import BNode, Variable

    if isinstance(term, Variable):
        return str(term)
    return f"{BLANK}{term}" if isinstance(term, BNode) else None


def _basic(chain: Chain, triples: list[Triple], *, known: list[Source]) -> Branches:
    """Join the stars: first the one that fits the fewest sources, then what is connected with it."""
    subjects = {s: [t for t in triples if t[0] == s and not isinstance(t[1], Climb)] for s, _, _ in triples}
    stars = [list(_stars(chain, own, known=known)) for own in subjects.values() if own]
    stars += [list(_climbs(chain, t)) for t in triples if isinstance(t[1], Climb)]
    if len(stars) > MOST_SUBJECTS:
        raise NotCoveredError("a pattern of too many subjects")
    branches: Branches | None = None
    while stars:
        chosen = min(range(len(stars)), key=lambda i: _cost(stars[i], branches))
        branches = _add(branches, stars.pop(chosen))
    return branches or ()


def _cost(stars: list[Star], branches: Branches | None) -> tuple[bool, int]:
    bound = {n for b in branches or () for n in b.vars}
    apart = bool(branches) and not any(bound & set(star.kinds) for star in stars)
    return apart, len(stars)


def _add(branches: Branches | None, stars: list[Star]) -> Branches:
    if branches is None:
        return bounded([star.read() for star in stars])
    found: list[Branch] = []
    for branch in branches:
        for star in stars:
            if all(_meets(star.kinds[n], v.kind) for n, v in branch.vars.items() if n in star.kinds):
                found += join((branch,), (star.read(),))
    return bounded(found)


def _meets(kinds: set[Kind], kind: Kind) -> bool:
    return all(k == kind or "term" in {k.form, kind.form} or _both_iri(k, kind) for k in kinds)


def _both_iri(one: Kind, other: Kind) -> bool:
    return one.form == other.form == "iri" and not (one.name and other.name)


def _stars(chain: Chain, triples: list[Triple], *, known: list[Source]) -> Iterator[Star]:
    """Yield each way in which a source can say these triples of one subject."""
    if any(variable(p) for _, p, _ in triples):
        raise NotCoveredError("a variable in the place of a property")
    for source in known:
        offered = [source.properties.get(str(p), ()) for _, p, _ in triples]
        for chosen in product(*offered):
            star = _star(chain, source, triples=triples, chosen=chosen)
            if star:
                yield star


def _star(
    chain: Chain, source: Source, *, triples: list[Triple], chosen: tuple[Property, ...]
) -> Star | None:
    subject = triples[0][0]
    ends = [(subject, Property(source.kind, source.key))]
    ends += [(o, p) for (_, _, o), p in zip(triples, chosen, strict=True)]
    kinds: dict[str, set[Kind]] = {}
    for end, prop in ends:
        name = variable(end)
        if name is None and not _can_be(end, prop, chain=chain):
            return None
        if name is not None:
            kinds.setdefault(name, set()).add(prop.kind)
    if any(not _meets(k, one) for k in kinds.values() for one in k):
        return None
    return Star(kinds, lambda: _read(chain, source.read(), ends=ends))


def _can_be(term: Any, prop: Property, *, chain: Chain) -> bool:
    """Whether a constant can stand where a property has its values."""
    value = constant_of(term, chain.prefixes)
    if prop.constant is not None:
        return bool(value.known == prop.constant)
    return value.kind == prop.kind


def _read(chain: Chain, table: ibis.Table, *, ends: list[tuple[Any, Property]]) -> Branch:
    """Return one scan: what must be known, what must be equal, and a column a variable."""
    import ibis

    columns, found = {chain.name(): ibis.literal(1)}, dict[str, Value]()
    tests = []
    for end, prop in ends:
        column = ibis.literal(prop.constant) if prop.column is None else table[prop.column]
        name = variable(end)
        if prop.column is not None:
            tests.append(column.notnull() if name else _equals(column, constant_of(end, chain.prefixes)))
        if name in found:
            tests.append(_agree(Value(prop.kind, column), found[name]))
        elif name:
            found[name] = Value(prop.kind, column)
    variables = {name: Var(chain.name(), value.kind) for name, value in found.items()}
    columns |= {v.column: found[name].column for name, v in variables.items()}
    return Branch((table.filter(tests) if tests else table).select(**columns), variables)


def _equals(column: Any, value: Value) -> Any:
    return column == constant(value.kind, value.known)


def _agree(one: Value, other: Value) -> Any:
    if one.kind == other.kind:
        return one.column == other.column
    return whole_iri(one.kind, one.column) == whole_iri(other.kind, other.column)


def _climbs(chain: Chain, triple: Triple) -> Iterator[Star]:
    """Yield the hierarchy of each code list, as far up as it goes."""
    s, climb, o = triple
    given = [constant_of(end, chain.prefixes) for end in (s, o) if variable(end) is None]
    codes_only = all(v.kind.form == "iri" and v.kind.name.startswith(CODES) for v in given)
    if climb.itself and not (len(given) == 1 and codes_only):
        raise NotCoveredError("skos:broader* that does not begin or end at one code")
    fixed = {n: constant_of(n, chain.prefixes).kind for n in (s, o) if variable(n) is None}
    for (lower, upper), pairs in _hierarchy(chain, given if climb.itself else []).items():
        if fixed.get(s, lower) == lower and fixed.get(o, upper) == upper:
            yield _climb(chain, [(s, Property(lower, SUBJECT)), (o, Property(upper, OBJECT))], pairs=pairs)


def _hierarchy(chain: Chain, itself: list[Value]) -> dict[tuple[Kind, Kind], list[tuple[str, str]]]:
    """Return pairs of a code and one above it, by the lists they are of; `itself` are above themselves."""
    found: dict[tuple[Kind, Kind], list[tuple[str, str]]] = {}
    for codes in chain.model.code_lists.values():
        for upper, pairs in above(chain.model, codes).items():
            found[codes_kind(codes.name), codes_kind(upper)] = pairs
    for value in itself:
        found.setdefault((value.kind, value.kind), []).append((value.known, value.known))
    return found


def _climb(chain: Chain, ends: list[tuple[Any, Property]], *, pairs: list[tuple[str, str]]) -> Star:
    kinds = {name: {prop.kind} for name, prop in ((variable(end), prop) for end, prop in ends) if name}
    return Star(kinds, lambda: _read(chain, pairs_table(pairs), ends=ends))
