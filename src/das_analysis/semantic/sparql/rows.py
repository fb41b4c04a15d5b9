"""Solutions as tables: one or more branches, in each of which every variable is of one kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import count
from operator import and_
from typing import TYPE_CHECKING, Any

from das_analysis.model import Model
from das_analysis.semantic.sparql.kinds import (
    ANY_IRI,
    ANY_TERM,
    NUMBER,
    Kind,
    NotCoveredError,
    term_text,
    whole_iri,
)
from das_analysis.semantic.terms import BASE, list_iri, row_prefix, term

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir

MOST_BRANCHES = 256


@dataclass(frozen=True, kw_only=True)
class Chain:
    """What a query is compiled against: the tables of a snapshot by plural, the model, names for columns."""

    tables: Mapping[str, ibis.Table]
    model: Model
    base: str = BASE
    numbers: Iterator[int] = field(default_factory=count)

    def name(self) -> str:
        """Return a column name that nothing else has."""
        return f"c{next(self.numbers)}"

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """Return what IRIs of rows, codes and addresses begin with."""
        rows = [row_prefix(t.name, self.base) for t in self.model.tables.values()]
        codes = [f"{list_iri(name)}/" for name in self.model.code_lists]
        columns = (c for t in self.model.tables.values() for c in t.columns.values())
        return (*rows, *codes, *sorted({term(c, self.base).prefix for c in columns if c.iri_prefix}))


@dataclass(frozen=True, slots=True)
class Var:
    """A variable of a branch: its column and kind, and whether it is bound in every row."""

    column: str
    kind: Kind
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Branch:
    """Solutions in which each variable has one kind; a variable that is not named is unbound."""

    table: ibis.Table
    vars: Mapping[str, Var]

    def __getitem__(self, name: str) -> ir.Value:
        return self.table[self.vars[name].column]

    def values(self) -> dict[str, Value]:
        """Return the variables as values that an expression can be computed of."""
        return {n: Value(v.kind, self[n], v.sure) for n, v in self.vars.items()}


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression is in each row. NULL is an error or unbound; `known` is a constant of the query."""

    kind: Kind
    column: ir.Value
    sure: bool = True
    known: Any = None


Branches = tuple[Branch, ...]
Values = Mapping[str, Value]


def unit(chain: Chain) -> Branch:
    """Return the one solution that binds nothing."""
    import ibis

    return Branch(ibis.memtable({chain.name(): [1]}), {})


def equal(left: Branch, right: Branch, *, name: str) -> ir.BooleanValue | None:
    """Return that a variable is the same term on both sides; None where it can never be.

    Raises NotCoveredError where it can be unbound, for what is unbound agrees with anything.
    """
    a, b = left.vars[name], right.vars[name]
    if not (a.sure and b.sure):
        raise NotCoveredError(f"a join on ?{name}, which can be unbound")
    if NUMBER in {a.kind.name, b.kind.name}:
        raise NotCoveredError(f"a join on ?{name}, a number of more than one datatype")
    if a.kind == b.kind:
        return left[name] == right[name]
    if a.kind.form == b.kind.form == "iri" and not (a.kind.name and b.kind.name):
        return whole_iri(a.kind, left[name]) == whole_iri(b.kind, right[name])
    if "term" in {a.kind.form, b.kind.form}:
        return term_text(a.kind, left[name]) == term_text(b.kind, right[name])
    return None


def pairing(left: Branch, right: Branch) -> list[ir.BooleanValue] | None:
    """Return what makes solutions of both sides compatible; None where they never are."""
    found = [equal(left, right, name=name) for name in left.vars if name in right.vars]
    sound = [test for test in found if test is not None]
    return sound if len(sound) == len(found) else None


def join(left: Branches, right: Branches) -> Branches:
    """Return the join of solutions, branch by branch; variables of different kinds never meet."""
    found = []
    for a in left:
        for b in right:
            tests = pairing(a, b)
            if tests is not None:
                table = a.table.inner_join(b.table, tests) if tests else a.table.cross_join(b.table)
                found.append(Branch(table, {**b.vars, **a.vars}))
    return bounded(found)


def bounded(found: Sequence[Branch]) -> Branches:
    """Return branches unless there are too many to be one question."""
    if len(found) > MOST_BRANCHES:
        raise NotCoveredError("a pattern that fits too many classes")
    return tuple(found)


def left_join(
    chain: Chain, left: Branches, *, right: Branches, test: Callable[[Values], ir.BooleanValue | None]
) -> Branches:
    """Return the left solutions, with the right ones that agree with them and pass `test`, or without."""
    found = []
    for a in left:
        fits = [b for b in right if pairing(a, b) is not None]
        if not fits:
            found.append(a)
            continue
        b = fits[0] if len(fits) == 1 else unify(chain, fits, names=_names(fits))
        tests = [*(pairing(a, b) or []), test({**b.values(), **a.values()})]
        table = a.table.left_join(b.table, [t for t in tests if t is not None] or [True])
        added = {n: Var(v.column, v.kind, sure=False) for n, v in b.vars.items() if n not in a.vars}
        found.append(Branch(table, {**added, **a.vars}))
    return tuple(found)


def without(left: Branches, right: Branches) -> Branches:
    """Return the left solutions that agree with none of the right: MINUS, where to agree is to share."""
    return _less(left, right, shared=True)


def absent(left: Branches, right: Branches) -> Branches:
    """Return the left solutions that agree with none of the right (NOT EXISTS)."""
    return _less(left, right, shared=False)


def _less(left: Branches, right: Branches, *, shared: bool) -> Branches:
    found = []
    for rest in left:
        for b in right:
            tests = pairing(rest, b)
            if tests or (tests is not None and not shared):
                rest = Branch(rest.table.anti_join(b.table, tests or [True]), rest.vars)  # noqa: PLW2901 - what is left
        found.append(rest)
    return tuple(found)


def existing(left: Branches, right: Branches) -> Branches:
    """Return the left solutions that agree with some of the right (EXISTS), each once."""
    found = []
    for rest in left:
        for b in right:
            tests = pairing(rest, b)
            if tests is not None:
                on = tests or [True]
                found.append(Branch(rest.table.semi_join(b.table, on), rest.vars))
                rest = Branch(rest.table.anti_join(b.table, on), rest.vars)  # noqa: PLW2901 - what is left
    return tuple(found)


def _names(branches: Sequence[Branch]) -> list[str]:
    return list(dict.fromkeys(n for b in branches for n in b.vars))


def unify(chain: Chain, branches: Sequence[Branch], *, names: Sequence[str]) -> Branch:
    """Return all solutions as one table: a column a name, of the narrowest kind that fits."""
    import ibis

    kinds = {n: narrowest([b.vars[n].kind for b in branches if n in b.vars]) for n in names}
    columns = {n: chain.name() for n in names}
    lone = chain.name()  # a table has a column, even when nothing is asked of it
    types = {n: _type([_as(b, n, kind=kinds[n]) for b in branches if n in b.vars]) for n in names}
    tables = []
    for b in branches:
        values = {
            columns[n]: (_as(b, n, kind=kinds[n]) if n in b.vars else ibis.null()).cast(types[n])
            for n in names
        }
        tables.append(b.table.select(**values, **({} if names else {lone: ibis.literal(1)})))
    if not tables:
        schema = ibis.schema({columns[n]: "string" for n in names} or {lone: "int64"})
        tables = [ibis.memtable({name: [] for name in schema}, schema=schema)]
    sure = {n: bool(branches) and all(n in b.vars and b.vars[n].sure for b in branches) for n in names}
    return Branch(stack(tables), {n: Var(columns[n], kinds[n], sure[n]) for n in names})


def stack(tables: Sequence[ibis.Table]) -> ibis.Table:
    """Return the rows of all tables, as a balanced tree: hundreds of them must not nest as deep."""
    if len(tables) == 1:
        return tables[0]
    half = len(tables) // 2
    return stack(tables[:half]).union(stack(tables[half:]))


def narrowest(kinds: Sequence[Kind]) -> Kind:
    """Return the kind that holds all of these: one of them, any number, any IRI, any term."""
    several = set(kinds)
    if len(several) <= 1:
        return next(iter(several), ANY_IRI)
    if all(kind.is_numeric for kind in several):
        return Kind("literal", NUMBER)
    return ANY_IRI if all(kind.form == "iri" for kind in several) else ANY_TERM


def _as(branch: Branch, name: str, *, kind: Kind) -> ir.Value:
    own, column = branch.vars[name].kind, branch[name]
    if kind == own or kind.is_numeric:
        return column
    return whole_iri(own, column) if kind == ANY_IRI else term_text(own, column)


def _type(columns: Sequence[ir.Value]) -> str:
    import ibis.expr.datatypes as dt

    return str(dt.highest_precedence([c.type() for c in columns]) if columns else dt.string)


def every(tests: Sequence[ir.BooleanValue]) -> ir.BooleanValue:
    """Return that all of these hold."""
    return reduce(and_, tests)
