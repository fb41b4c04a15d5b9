"""GROUP BY and its aggregates. As SPARQL has it, an unbound value makes a sum, mean or extreme unbound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from das_analysis.semantic.sparql.expressions import evaluate, number
from das_analysis.semantic.sparql.kinds import ANY_IRI, DEC, INT, NUMBER, Kind, NotCoveredError, whole_iri
from das_analysis.semantic.sparql.rows import Branch, Branches, Chain, Value, Var, unify

if TYPE_CHECKING:
    import ibis.expr.types as ir

ALL = "*"


def aggregate(chain: Chain, branches: Branches, *, keys: Sequence[str], asked: Sequence[Any]) -> Branch:
    """Return one row a group, with its keys and the aggregates of rdflib's algebra under their names."""
    given = {str(a.res): a for a in asked if not _is_key(a, keys)}
    measured = {name: a.vars for name, a in given.items() if a.vars != ALL}
    rows = unify(
        chain,
        [_with(chain, b, measured=measured) for b in branches],
        names=[*keys, *(f"?{name}" for name in measured)],
    )
    if any(rows.vars[key].kind.name == NUMBER for key in keys):
        raise NotCoveredError("groups of numbers of more than one datatype")
    columns = {name: rows.vars[name].column for name in keys}
    found = {name: _aggregate(rows, name, how=a) for name, a in given.items()}
    named = {name: chain.name() for name in found}
    table = rows.table.group_by(list(columns.values())) if keys else rows.table
    table = (
        table.aggregate(**{named[name]: value.column for name, value in found.items()})
        if found
        else (table.aggregate(**{chain.name(): rows.table.count()}))
    )
    variables = {key: rows.vars[key] for key in keys}
    variables |= {name: Var(named[name], value.kind, value.sure) for name, value in found.items()}
    variables |= {str(a.res): variables[str(a.vars)] for a in asked if _is_key(a, keys)}
    return Branch(table, variables)


def _is_key(asked: Any, keys: Sequence[str]) -> bool:
    """Whether rdflib wrapped a key of the groups: each row of a group has the same."""
    return asked.name == "Aggregate_Sample" and str(asked.vars) in keys


def _with(chain: Chain, branch: Branch, *, measured: dict[str, Any]) -> Branch:
    """Add a column for what each aggregate is computed of."""
    values = branch.values()
    found = {n: evaluate(part, values, prefixes=chain.prefixes) for n, part in measured.items()}
    known = {f"?{name}": value for name, value in found.items() if value is not None}
    columns = {name: chain.name() for name in known}
    table = branch.table.mutate(**{columns[name]: value.column for name, value in known.items()})
    added = {name: Var(columns[name], value.kind, value.sure) for name, value in known.items()}
    return Branch(table, {**branch.vars, **added})


def _aggregate(rows: Branch, name: str, *, how: Any) -> Value:
    distinct = how.get("distinct") == "DISTINCT"
    if how.vars == ALL:
        if distinct or how.name != "Aggregate_Count":
            raise NotCoveredError("COUNT(DISTINCT *)")
        return Value(INT, rows.table.count())
    if how.name not in AGGREGATES:
        raise NotCoveredError(how.name.removeprefix("Aggregate_").upper())
    if distinct and how.name not in {"Aggregate_Count", "Aggregate_Min", "Aggregate_Max"}:
        raise NotCoveredError("SUM or AVG of DISTINCT values")
    variable = rows.vars[f"?{name}"]
    return AGGREGATES[how.name](Value(variable.kind, rows[f"?{name}"], variable.sure), distinct)


def _count(value: Value, distinct: bool) -> Value:  # noqa: FBT001 - one signature for all
    if distinct and value.kind.name == NUMBER:
        raise NotCoveredError("COUNT(DISTINCT) of numbers of more than one datatype")
    return Value(INT, value.column.nunique() if distinct else value.column.count())


def _complete(value: Value, column: ir.Value) -> ir.Value:
    """Return an aggregate that is unbound as soon as one of its values is."""
    import ibis

    return (
        column
        if value.sure
        else ibis.ifelse(value.column.count() == value.column.isnull().count(), column, None)
    )


def _total(value: Value, _distinct: bool) -> Value:  # noqa: FBT001 - the one signature of aggregates
    kind = _numeric(value)
    column = number(value).sum().coalesce(0)
    column = column.cast("int64") if kind == INT else column
    return Value(kind, _complete(value, column), value.sure)


def _mean(value: Value, _distinct: bool) -> Value:  # noqa: FBT001 - the one signature of aggregates
    kind = _numeric(value)
    column = value.column.cast("float64").mean().coalesce(0.0)
    return Value(DEC if kind == INT else kind, _complete(value, column), value.sure)


def _numeric(value: Value) -> Kind:
    if not value.kind.is_numeric:
        raise NotCoveredError("a sum of what is no number")
    return value.kind


def _extreme(name: str) -> Callable[[Value, bool], Value]:
    def extreme(value: Value, _distinct: bool) -> Value:  # noqa: FBT001 - the one signature of aggregates
        if value.kind.form in {"lang", "term"}:
            raise NotCoveredError("MIN or MAX of texts in a language or of several kinds")
        is_iri = value.kind.form == "iri"
        column = whole_iri(value.kind, value.column) if is_iri else value.column
        return Value(ANY_IRI if is_iri else value.kind, _complete(value, getattr(column, name)()), sure=False)

    return extreme


def _sample(value: Value, _distinct: bool) -> Value:  # noqa: FBT001 - the one signature of aggregates
    return Value(value.kind, value.column.arbitrary(), sure=False)


AGGREGATES: dict[str, Callable[[Value, bool], Value]] = {
    "Aggregate_Count": _count,
    "Aggregate_Sum": _total,
    "Aggregate_Avg": _mean,
    "Aggregate_Min": _extreme("min"),
    "Aggregate_Max": _extreme("max"),
    "Aggregate_Sample": _sample,
}
