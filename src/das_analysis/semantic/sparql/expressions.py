"""Expressions of SPARQL as columns: NULL stands for unbound and for an error, as in its three-valued logic.

What a value is (a date, a row, a code, ...) is known before it is computed. So an expression that is an error
for its kinds is None here, and one whose outcome SPARQL leaves to the implementation is not covered.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from das_analysis.semantic.sparql.functions import CASTS, FUNCTIONS
from das_analysis.semantic.sparql.kinds import (
    BOOL,
    BOOLEAN,
    DATE,
    DEC,
    DECIMAL,
    DOUBLE,
    INT,
    INTEGER,
    MONTH,
    NUMBER,
    STRING,
    Kind,
    NotCoveredError,
    constant,
    kind_of_iri,
    kind_of_literal,
    term_text,
    whole_iri,
)
from das_analysis.semantic.sparql.rows import Value, Values

if TYPE_CHECKING:
    import ibis.expr.types as ir

Prefixes = tuple[str, ...]
ORDERED = {STRING, BOOLEAN, DATE, MONTH}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def evaluate(node: Any, values: Values, *, prefixes: Prefixes) -> Value | None:
    """Return an expression as a value; None where it is an error in every row. Raises NotCoveredError."""
    from rdflib.term import Literal, URIRef, Variable

    if isinstance(node, Variable):
        return values.get(str(node))
    if isinstance(node, URIRef | Literal):
        return constant_of(node, prefixes)

    def of(part: Any) -> Value | None:
        return evaluate(part, values, prefixes=prefixes)

    name = getattr(node, "name", "")
    if name in SPECIAL:
        return SPECIAL[name](node, of)
    if name in FUNCTIONS:
        given = [of(part) for part in _arguments(node)]
        return FUNCTIONS[name](*given) if all(given) else None
    raise NotCoveredError(name.removeprefix("Builtin_") or "an expression")


def variables(node: Any) -> set[str]:
    """Return the variables an expression mentions."""
    from rdflib.term import Variable

    if isinstance(node, Variable):
        return {str(node)}
    if isinstance(node, dict):
        return {n for key, part in node.items() if key != "_vars" for n in variables(part)}
    return {n for part in node for n in variables(part)} if isinstance(node, list) else set()


def constant_of(term: Any, prefixes: Prefixes) -> Value:
    """Return a term of a query as a value."""
    from rdflib.term import URIRef

    kind, known = kind_of_iri(str(term), prefixes) if isinstance(term, URIRef) else kind_of_literal(term)
    return Value(kind, constant(kind, known), known=known)


def truth(value: Value | None) -> ir.BooleanValue:
    """Return the effective boolean value: NULL where there is none."""
    import ibis

    if value is None:
        return ibis.null("boolean")
    if value.kind == BOOL:
        return value.column
    if value.kind.is_numeric:
        return value.column != 0
    if value.kind == Kind("literal", STRING):
        return value.column.length() > 0
    if value.kind.form in {"literal", "iri"}:
        return ibis.null("boolean")
    raise NotCoveredError("the truth of a text in a language")


def _arguments(node: Any) -> list[Any]:
    names = ("arg", "arg1", "arg2", "arg3", "text", "pattern", "flags", "start", "length")
    return [node[name] for name in names if name in node]


Of = Callable[[Any], Value | None]


def _boolean(column: Any, *parts: Value | None) -> Value:
    return Value(BOOL, column, sure=all(p is not None and p.sure for p in parts))


def _and(node: Any, of: Of) -> Value:
    return _logic([node.expr, *node.other], of, how=operator.and_)


def _or(node: Any, of: Of) -> Value:
    return _logic([node.expr, *node.other], of, how=operator.or_)


def _logic(parts: Sequence[Any], of: Of, *, how: Callable[[Any, Any], Any]) -> Value:
    """Combine what is known now, and leave the rest to the engine: both are Kleene's logic."""
    found = [of(part) for part in parts]
    deciding = how is operator.or_
    known = [v.known for v in found if v is not None and v.kind == BOOL and v.known is not None]
    if deciding in known:
        return fixed(deciding)
    if len(known) == len(found):
        return fixed(not deciding)
    return _boolean(reduce(how, map(truth, found)), *found)


def fixed(answer: bool) -> Value:  # noqa: FBT001 - the value itself
    """Return true or false as a value that is known before any row is read."""
    return Value(BOOL, constant(BOOL, answer), known=answer)


def _not(node: Any, of: Of) -> Value | None:
    value = of(node.expr)
    if value is not None and value.kind == BOOL and value.known is not None:
        return fixed(not value.known)
    return None if value is None else _boolean(~truth(value), value)


def _relation(node: Any, of: Of) -> Value | None:
    if node.op in {"IN", "NOT IN"}:
        found = _in([of(node.expr)] + [of(part) for part in node.other])
        return found if node.op == "IN" else _boolean(~found.column, found)
    return compare(node.op, of(node.expr), right=of(node.other))


def _in(parts: Sequence[Value | None]) -> Value:
    import ibis

    tests = [compare("=", parts[0], right=part) for part in parts[1:]]
    columns = [ibis.null("boolean") if t is None else t.column for t in tests]
    return _boolean(reduce(operator.or_, columns, ibis.literal(value=False)), *tests)


def compare(op: str, left: Value | None, *, right: Value | None) -> Value | None:
    """Return a comparison. Values of different kinds are unequal; to order them is an error."""
    if left is None or right is None:
        return None
    kinds = {left.kind, right.kind}
    if left.kind.is_numeric and right.kind.is_numeric:
        return _boolean(COMPARE[op](left.column, right.column), left, right)
    if len(kinds) == 1 and left.kind.form == "literal" and left.kind.name in ORDERED:
        return _boolean(COMPARE[op](left.column, right.column), left, right)
    if any(k.form == "literal" and k.name not in ORDERED and not k.is_numeric for k in kinds):
        raise NotCoveredError("a comparison of moments")
    if op in {"=", "!="}:
        return _same(op, left, right=right)
    if any(kind.form in {"term", "lang"} for kind in kinds):
        raise NotCoveredError("an order of texts in a language or of terms of several kinds")
    return None


def _same(op: str, left: Value, *, right: Value) -> Value:
    if left.kind == right.kind and left.kind.form in {"iri", "lang"}:
        known = None if left.known is None or right.known is None else left.known == right.known
        found = _boolean(COMPARE[op](left.column, right.column), left, right)
        return found if known is None else fixed(known == (op == "="))
    forms = {left.kind.form, right.kind.form}
    if forms == {"iri"} and not (left.kind.name and right.kind.name):
        columns = (whole_iri(left.kind, left.column), whole_iri(right.kind, right.column))
        return _boolean(COMPARE[op](*columns), left, right)
    if "term" in forms:
        if not forms & {"iri", "lang"}:
            raise NotCoveredError("a comparison of terms of several kinds")
        columns = (term_text(left.kind, left.column), term_text(right.kind, right.column))
        return _boolean(COMPARE[op](*columns), left, right)
    return _never_same(op, left, right=right)


def _never_same(op: str, left: Value, *, right: Value) -> Value:
    import ibis

    if left.sure and right.sure:
        return fixed(op == "!=")
    both = left.column.notnull() & right.column.notnull()
    return _boolean(ibis.ifelse(both, op == "!=", ibis.null("boolean")), left, right)


def _sum(node: Any, of: Of) -> Value | None:
    how = {"+": operator.add, "-": operator.sub}
    return _calculate([node.expr, *node.other], of, steps=[how[op] for op in node.op])


def _product(node: Any, of: Of) -> Value | None:
    how = {"*": operator.mul, "/": operator.truediv}
    return _calculate([node.expr, *node.other], of, steps=[how[op] for op in node.op])


def _calculate(parts: Sequence[Any], of: Of, *, steps: Sequence[Callable[[Any, Any], Any]]) -> Value | None:
    total, *others = [of(part) for part in parts]
    for step, part in zip(steps, others, strict=True):
        if total is None or part is None:
            return None
        if not (total.kind.is_numeric and part.kind.is_numeric):
            raise NotCoveredError("arithmetic on what is no number")
        total = _step(step, total, right=part)
    return total


def _step(how: Callable[[Any, Any], Any], left: Value, *, right: Value) -> Value:
    """Sums of integers and decimals are exact; products and quotients with decimals are doubles."""
    a, b, kind = number(left), number(right), promoted(left.kind, right.kind)
    if how is operator.truediv:
        kind = DEC if kind == INT else kind
        return Value(kind, a.cast("float64") / b.cast("float64").nullif(0), sure=False)
    if how is operator.mul and kind != INT:
        return Value(kind, a.cast("float64") * b.cast("float64"), sure=left.sure and right.sure)
    return Value(kind, how(a, b), sure=left.sure and right.sure)


def number(value: Value) -> ir.NumericValue:
    """Return a number's column; integers are of 64 bits, so that sums do not overflow."""
    return value.column.cast("int64") if value.kind == INT else value.column


def promoted(left: Kind, right: Kind) -> Kind:
    """Return the kind of a sum of two kinds of number."""
    names = {left.name, right.name}
    for name in (DOUBLE, NUMBER, DECIMAL, INTEGER):
        if name in names:
            return Kind("literal", name)
    raise NotCoveredError("arithmetic on what is no number")


def _minus(node: Any, of: Of) -> Value | None:
    value = of(node.expr)
    if value is None or not value.kind.is_numeric:
        return None
    return Value(value.kind, -number(value), sure=value.sure)


def _if(node: Any, of: Of) -> Value | None:
    import ibis

    test, yes, no = (of(part) for part in (node.arg1, node.arg2, node.arg3))
    if test is None:
        return None
    kind = _one_kind([yes, no])
    if kind is None:
        return None
    yes_column, no_column = (_or_null(v) for v in (yes, no))
    holds = truth(test)
    column = ibis.cases((holds, yes_column), (~holds, no_column), else_=ibis.null())
    sure = test.sure and yes is not None and no is not None and yes.sure and no.sure
    return Value(kind, column, sure=sure)


def _coalesce(node: Any, of: Of) -> Value | None:
    import ibis

    found = [v for v in map(of, node.arg) if v is not None]
    first = next((i for i, v in enumerate(found) if v.sure), len(found))
    found = found[: first + 1]
    kind = _one_kind(found)
    if kind is None or len(found) == 1:
        return found[0] if found else None
    return Value(kind, ibis.coalesce(*(v.column for v in found)), sure=any(v.sure for v in found))


def _one_kind(values: Sequence[Value | None]) -> Kind | None:
    kinds = {v.kind for v in values if v is not None}
    if len(kinds) <= 1:
        return next(iter(kinds), None)
    if all(kind.is_numeric for kind in kinds):
        return Kind("literal", NUMBER)
    raise NotCoveredError("an expression with values of several kinds")


def _or_null(value: Value | None) -> Any:
    import ibis

    return ibis.null() if value is None else value.column


def _bound(node: Any, of: Of) -> Value:
    value = of(node.arg)
    if value is None or value.sure:
        return fixed(value is not None)
    return Value(BOOL, value.column.notnull())


def _function(node: Any, of: Of) -> Value | None:
    function, given = CASTS.get(str(node.iri)), [of(part) for part in node.expr]
    if function is None:
        raise NotCoveredError("a function that is not of SPARQL")
    return function(*given) if all(given) else None


SPECIAL: dict[str, Callable[[Any, Of], Value | None]] = {
    "ConditionalAndExpression": _and,
    "ConditionalOrExpression": _or,
    "UnaryNot": _not,
    "RelationalExpression": _relation,
    "AdditiveExpression": _sum,
    "MultiplicativeExpression": _product,
    "UnaryMinus": _minus,
    "UnaryPlus": lambda node, of: of(node.expr),
    "Builtin_IF": _if,
    "Builtin_COALESCE": _coalesce,
    "Builtin_BOUND": _bound,
    "Function": _function,
    "Builtin_sameTerm": lambda node, of: _same_term(of(node.arg1), of(node.arg2)),
}


def _same_term(left: Value | None, right: Value | None) -> Value | None:
    if left is None or right is None:
        return None
    if left.kind == right.kind and left.kind.name != NUMBER:
        return _boolean(left.column == right.column, left, right)
    if {left.kind.form, right.kind.form} == {"iri"}:
        return _same("=", left, right=right)
    raise NotCoveredError("sameTerm of several kinds")
