"""The algebra of a query, compiled to one Ibis expression over the tables of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from das_analysis.semantic.sparql.expressions import constant_of, evaluate, truth, variables
from das_analysis.semantic.sparql.groups import aggregate
from das_analysis.semantic.sparql.kinds import BOOL, NUMBER, Kind, NotCoveredError, constant, whole_iri
from das_analysis.semantic.sparql.patterns import pattern, variable
from das_analysis.semantic.sparql.rows import (
    Branch,
    Branches,
    Chain,
    Value,
    Var,
    absent,
    bounded,
    every,
    existing,
    join,
    left_join,
    unify,
    without,
)

if TYPE_CHECKING:
    import ibis
    import ibis.expr.types as ir


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled query: a table with a column for each variable asked for, and those that order its rows."""

    table: ibis.Table
    asked: Sequence[tuple[str, Var]]


def compile_query(chain: Chain, query: Any) -> Plan:
    """Compile a SELECT or ASK. Raises NotCoveredError for what the tables cannot answer."""
    if query.name == "AskQuery":
        rows = unify(chain, _compile(chain, query.p), names=[])
        column = chain.name()
        return Plan(rows.table.aggregate(**{column: rows.table.count() > 0}), [("ask", Var(column, BOOL))])
    if query.name != "SelectQuery":
        raise NotCoveredError(query.name.removesuffix("Query").upper())
    rows = _compile(chain, query.p)[0]
    return Plan(rows.table, [(str(v), rows.vars[str(v)]) for v in query.PV])


def _compile(chain: Chain, node: Any) -> Branches:
    compiled = OPERATORS.get(node.name)
    if compiled is None:
        raise NotCoveredError(node.name.upper())
    return compiled(chain, node)


def _join(chain: Chain, node: Any) -> Branches:
    return join(_compile(chain, node.p1), _compile(chain, node.p2))


def _union(chain: Chain, node: Any) -> Branches:
    return bounded([*_compile(chain, node.p1), *_compile(chain, node.p2)])


def _minus(chain: Chain, node: Any) -> Branches:
    return without(_compile(chain, node.p1), _compile(chain, node.p2))


def _optional(chain: Chain, node: Any) -> Branches:
    """A condition that reads the optional side alone thins it out first: most of them do."""
    left, right, test = _compile(chain, node.p1), _compile(chain, node.p2), node.expr
    asked = variables(test)
    alone = all(
        n not in a.vars or all(n in b.vars and b.vars[n].sure for b in right) for n in asked for a in left
    )
    if getattr(test, "name", "") == "TrueFilter" or alone:
        right = right if getattr(test, "name", "") == "TrueFilter" else _keep(chain, right, tests=[test])
        return left_join(chain, left, right=right, test=lambda _: None)
    return left_join(
        chain, left, right=right, test=lambda values: truth(evaluate(test, values, prefixes=chain.prefixes))
    )


def _filter(chain: Chain, node: Any) -> Branches:
    """EXISTS is a join that keeps or drops rows; the other conditions are columns."""
    tests = _conjuncts(node.expr)
    asked = [t for t in tests if _name(t) in {"Builtin_EXISTS", "Builtin_NOTEXISTS"}]
    branches = _keep(chain, _compile(chain, node.p), tests=[t for t in tests if t not in asked])
    for test in asked:
        branches = _exists(chain, branches, test=test)
    return branches


def _name(node: Any) -> str:
    return getattr(node, "name", "")


def _conjuncts(node: Any) -> list[Any]:
    if _name(node) == "ConditionalAndExpression":
        return [t for part in [node.expr, *node.other] for t in _conjuncts(part)]
    return [node]


def _keep(chain: Chain, branches: Branches, *, tests: Sequence[Any]) -> Branches:
    """Keep the rows in which all tests are true; a branch of which that is known beforehand is not read."""
    found = []
    for branch in branches:
        values = [evaluate(test, branch.values(), prefixes=chain.prefixes) for test in tests]
        if any(v is None or (v.kind == BOOL and v.known is False) for v in values):
            continue
        open_tests = [truth(v) for v in values if v is not None and not (v.kind == BOOL and v.known)]
        table = branch.table.filter(every(open_tests)) if open_tests else branch.table
        found.append(Branch(table, _surely(branch, tests)))
    return tuple(found)


def _surely(branch: Branch, tests: Sequence[Any]) -> dict[str, Var]:
    """What BOUND asked for is bound from here on."""
    bound = {str(test.arg) for test in tests if _name(test) == "Builtin_BOUND"}
    return {n: Var(v.column, v.kind, v.sure or n in bound) for n, v in branch.vars.items()}


def _exists(chain: Chain, branches: Branches, *, test: Any) -> Branches:
    from rdflib.plugins.sparql.algebra import translateGroupGraphPattern

    graph = test.graph
    if graph.name.startswith("GroupGraphPattern"):
        graph = translateGroupGraphPattern(graph)
    inner = _compile(chain, graph)
    if _bound_and_free(graph)[1] & {n for b in branches for n in b.vars}:
        raise NotCoveredError("EXISTS with a condition on a variable from outside")
    if test.name == "Builtin_NOTEXISTS":
        return absent(branches, inner)
    return existing(branches, inner)


def _bound_and_free(node: Any) -> tuple[set[str], set[str]]:
    """Return the variables that a pattern in EXISTS binds, and those its conditions read beside them.

    Raises NotCoveredError for more than joins, unions and filters: there EXISTS is no longer a join.
    """
    if node.name == "BGP":
        return {n for triple in node.triples for n in map(variable, triple) if n}, set()
    if node.name == "Filter":
        bound, free = _bound_and_free(node.p)
        return bound, free | (variables(node.expr) - bound)
    if node.name not in {"Join", "Union"}:
        raise NotCoveredError(f"EXISTS with {node.name}")
    one, other = _bound_and_free(node.p1), _bound_and_free(node.p2)
    bound = one[0] & other[0] if node.name == "Union" else one[0] | other[0]
    return bound, one[1] | other[1]


def _extend(chain: Chain, node: Any) -> Branches:
    if _is_ungrouped(node):
        raise NotCoveredError(f"?{node.var}, which is neither grouped nor counted,")
    return tuple(
        _extended(chain, b, name=str(node.var), expression=node.expr) for b in _compile(chain, node.p)
    )


def _is_ungrouped(node: Any) -> bool:
    """Whether a variable is asked for beside aggregates: rdflib takes any value of it, SPARQL forbids it."""
    inner = node.p
    while inner.name in {"Extend", "Filter"}:
        inner = inner.p
    if inner.name != "AggregateJoin":
        return False
    sampled = [a for a in inner.A if a.name == "Aggregate_Sample" and a.res == node.expr]
    return any(a.vars == node.var and a.vars not in (inner.p.expr or []) for a in sampled)


def _extended(chain: Chain, branch: Branch, *, name: str, expression: Any) -> Branch:
    from rdflib.term import Variable

    if isinstance(expression, Variable) and str(expression) in branch.vars:
        return Branch(branch.table, {**branch.vars, name: branch.vars[str(expression)]})
    value = evaluate(expression, branch.values(), prefixes=chain.prefixes)
    if value is None:
        return branch
    column = chain.name()
    table = branch.table.mutate(**{column: value.column})
    return Branch(table, {**branch.vars, name: Var(column, value.kind, value.sure)})


def _graph(chain: Chain, node: Any) -> Branches:
    return pattern(chain, node.triples)


def _group(chain: Chain, node: Any) -> Branches:
    keys = [str(key) for key in node.p.expr or []]
    return (aggregate(chain, _compile(chain, node.p.p), keys=keys, asked=node.A),)


def _inline(chain: Chain, node: Any) -> Branches:
    """A sub-query, or VALUES: rows that bind the same variables to terms of the same kinds are one table."""
    if node.p.name != "values":
        return _compile(chain, node.p)
    found: dict[tuple[tuple[str, Kind], ...], list[list[Any]]] = {}
    for row in node.p.res:
        terms = {
            str(n): constant_of(t, chain.prefixes) for n, t in row.items() if str(t) != "UNDEF" or _is_term(t)
        }
        key = tuple((name, value.kind) for name, value in terms.items())
        found.setdefault(key, []).append([value.known for value in terms.values()])
    return bounded([_values(chain, key, rows=rows) for key, rows in found.items()])


def _is_term(term: Any) -> bool:
    from rdflib.term import Node

    return isinstance(term, Node)


def _values(chain: Chain, kinds: Sequence[tuple[str, Kind]], *, rows: Sequence[Sequence[Any]]) -> Branch:
    import ibis

    variables = {name: Var(chain.name(), kind) for name, kind in kinds}
    types = {v.column: str(constant(v.kind, rows[0][i]).type()) for i, v in enumerate(variables.values())}
    lone = chain.name()
    columns = {c: [row[i] for row in rows] for i, c in enumerate(types)} | {lone: [1] * len(rows)}
    return Branch(ibis.memtable(columns, schema=ibis.schema({**types, lone: "int64"})), variables)


def _solutions(chain: Chain, node: Any) -> Branches:
    """SELECT with its modifiers: one table; the columns that order it come first and stay."""
    start, length, distinct = 0, None, False
    if node.name == "Slice":
        start, length, node = node.start, node.length, node.p
    if node.name in {"Distinct", "Reduced"}:
        distinct, node = node.name == "Distinct", node.p
    if node.name != "Project":
        raise NotCoveredError(node.name)
    asked, inner = [str(v) for v in node.PV], node.p
    order = inner.expr if inner.name == "OrderBy" else []
    branches = _compile(chain, inner.p if inner.name == "OrderBy" else inner)
    known = {n for b in branches for n in b.vars}
    reads = [n for n in dict.fromkeys(v for o in order for v in sorted(variables(o.expr))) if n in known]
    if distinct and set(reads) - set(asked):
        raise NotCoveredError("DISTINCT in the order of a variable that is not asked for")
    rows = unify(chain, branches, names=list(dict.fromkeys([*asked, *reads])))
    rows = _distinct(rows) if distinct else rows
    table = _ordered(chain, rows, order=order)
    if start or length is not None:
        table = table.limit(length, offset=start)
    return (Branch(table, {n: rows.vars[n] for n in asked}),)


def _distinct(rows: Branch) -> Branch:
    if any(v.kind.name == NUMBER for v in rows.vars.values()):
        raise NotCoveredError("DISTINCT numbers of more than one datatype")
    return Branch(rows.table.distinct(), rows.vars)


def _ordered(chain: Chain, rows: Branch, *, order: Sequence[Any]) -> ibis.Table:
    """Unbound before IRIs before literals; IRIs by their text."""
    import ibis

    keys = []
    for condition in order:
        value = evaluate(condition.expr, rows.values(), prefixes=chain.prefixes)
        if value is not None:
            down = condition.order == "DESC"
            column = _sortable(value)
            keys.append(ibis.desc(column, nulls_first=False) if down else ibis.asc(column, nulls_first=True))
    return rows.table.order_by(keys) if keys else rows.table


def _sortable(value: Value) -> ir.Value:
    if value.kind.form == "term":
        raise NotCoveredError("an order of terms of several kinds")
    return whole_iri(value.kind, value.column) if value.kind.form == "iri" else value.column


OPERATORS: dict[str, Callable[[Chain, Any], Branches]] = {
    "BGP": _graph,
    "Join": _join,
    "LeftJoin": _optional,
    "Union": _union,
    "Minus": _minus,
    "Filter": _filter,
    "Extend": _extend,
    "AggregateJoin": _group,
    "ToMultiSet": _inline,
    "Project": _solutions,
    "Distinct": _solutions,
    "Reduced": _solutions,
    "Slice": _solutions,
}
