"""Rules as SPARQL constraints: a SELECT of the rows at fault. SHACL allows no VALUES and no MINUS in them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import expressions as e

from das_analysis.errors import BadModel
from das_analysis.model import Column, Model, Rule, Table
from das_analysis.semantic.downloads.filters import sparql_filter, variables
from das_analysis.semantic.terms import class_iri, code_iri, naming

# first column <= second, or below it
ORDER: Mapping[type[e.Expr], tuple[int, str]] = {
    e.LTE: (0, "lessThanOrEquals"),
    e.LT: (0, "lessThan"),
    e.GTE: (1, "lessThanOrEquals"),
    e.GT: (1, "lessThan"),
}
COUNTED = {"date", "integer", "decimal"}


def sides(rule: Rule, table: Table) -> tuple[str, str, str] | None:
    """Return the columns that a rule just compares, the lower one first, and how; None for another rule."""
    if rule.check != "holds" or rule.reads or rule.valid_from or rule.valid_until:
        return None
    tree = sqlglot.parse_one(rule.holds or "", dialect="duckdb")
    if type(tree) not in ORDER or not all(isinstance(s, e.Column) for s in (tree.this, tree.expression)):
        return None
    low, word = ORDER[type(tree)]
    names = (tree.this.name, tree.expression.name)
    if any(table.columns[name].type not in COUNTED for name in names):
        return None
    return names[low], names[1 - low], word


def query(rule: Rule, table: Table, *, model: Model) -> str | None:
    """Return the SELECT of the rows that break a rule, where a shape needs one."""
    column = table.columns[rule.column]
    if rule.check == "holds":
        return _predicate(rule, table, model=model) if sides(rule, table) is None else None
    if rule.check == "dated":
        return _too_early_or_late(table, column, model=model)
    if rule.check == "reference":
        return _missing(table, column, parent=model.tables[column.references or ""])
    if rule.check == "some":
        return _none(table, child=model.tables[rule.some or ""])
    if rule.check == "unique":
        return _twice(table)
    return _overlap(rule, table) if rule.no_overlap else None


def _select(table: Table, *lines: str) -> str:
    """A class stands there in full: pyshacl takes das:CommunityService for a SERVICE clause."""
    inner = "\n".join(f"  {line}" for line in lines if line)
    return f"SELECT $this WHERE {{\n  $this a <{class_iri(table)}> .\n{inner}\n}}"


def _value(name: str, subject: str = "$this") -> str:
    return f"{subject} das:{name.rpartition('__')[2]} ?{name} ."


def _predicate(rule: Rule, table: Table, *, model: Model) -> str | None:
    """What is unknown stays unbound: every column, and every parent, is asked for in an OPTIONAL."""
    try:
        said = sparql_filter(rule, table, model=model)
    except BadModel:  # unsaid.py tells it
        return None
    names = variables(rule, table, model=model)
    own = [f"OPTIONAL {{ {_value(name)} }}" for name in names if "__" not in name and name != table.key]
    for reference in rule.reads:
        alias = reference.removesuffix("_key")
        inner = " ".join(
            f"OPTIONAL {{ {_value(n, f'?{reference}')} }}" for n in names if n.startswith(f"{alias}__")
        )
        own.append(f"OPTIONAL {{ {_value(reference)} {inner} }}")
    dated = [f"OPTIONAL {{ {_value(table.dated_by or '')} }}"] if _bounds(rule, table) else []
    lines = [*dict.fromkeys([*own, *dated]), *said.binds, f"FILTER(!({said.holds}))", *_bounds(rule, table)]
    return _select(table, *lines)


def _bounds(rule: Rule, table: Table) -> list[str]:
    """Limit a dated rule to rows dated within its validity, both days included."""
    days = ((">=", rule.valid_from), ("<=", rule.valid_until))
    return [f'FILTER(?{table.dated_by} {sign} "{day}"^^xsd:date)' for sign, day in days if day]


def _too_early_or_late(table: Table, column: Column, *, model: Model) -> str:
    """One condition for all codes that began and ended on the same days, as in the validator."""
    together: dict[tuple[str | None, str | None], list[str]] = {}
    for code in model.code_lists[column.codes or ""].codes.values():
        together.setdefault((code.valid_from, code.valid_until), []).append(code.code)
    found = []
    for (since, until), codes in together.items():
        listed = ", ".join(f"<{code_iri(column.codes or '', code)}>" for code in codes)
        days = [f'?{table.dated_by} < "{since}"^^xsd:date'] if since else []
        days += [f'?{table.dated_by} > "{until}"^^xsd:date'] if until else []
        found += [f"(?{column.name} IN ({listed}) && ({' || '.join(days)}))"] if days else []
    return _select(table, _value(column.name), _value(table.dated_by or ""), f"FILTER({' || '.join(found)})")


def _missing(table: Table, column: Column, *, parent: Table) -> str:
    """A reference must lead to a row where rows of that class were given at all, as in a delivery."""
    return _select(
        table,
        _value(column.name),
        f"FILTER NOT EXISTS {{ ?{column.name} a <{class_iri(parent)}> }}",
        f"FILTER EXISTS {{ ?any a <{class_iri(parent)}> }}",
    )


def _none(table: Table, *, child: Table) -> str:
    reference = next(c.name for c in child.columns.values() if c.references == table.name)
    return _select(
        table,
        f"FILTER NOT EXISTS {{ ?child a <{class_iri(child)}> ; das:{reference} $this }}",
        f"FILTER EXISTS {{ ?any a <{class_iri(child)}> }}",
    )


def _twice(table: Table) -> str | None:
    """Keys that do not name the row; of two rows with one key, the one whose IRI comes later is at fault."""
    keys = [key for key in table.unique if key != naming(table)]
    tests: list[str] = []
    for i, key in enumerate(keys):
        same = " ; ".join(f"das:{name} ?{name}_{i}" for name in key)
        earlier = f"FILTER(STR(?other_{i}) < STR($this))"
        tests.append(f"$this {same} . ?other_{i} a <{class_iri(table)}> ; {same} . {earlier}")
    joined = " UNION ".join(f"{{ {test} }}" for test in tests)
    return _select(table, joined if len(tests) > 1 else tests[0]) if tests else None


def _overlap(rule: Rule, table: Table) -> str:
    """A spell that begins before an earlier one ended; of two of one first day, the later IRI is at fault."""
    by, since, until = rule.no_overlap or ("", "", "")
    return _select(
        table,
        f"$this das:{by} ?by ; das:{since} ?since .",
        f"?other a <{class_iri(table)}> ; das:{by} ?by ; das:{since} ?earlier .",
        f"OPTIONAL {{ ?other das:{until} ?until }}",
        "FILTER(?other != $this && (!BOUND(?until) || ?since < ?until))",
        "FILTER(?earlier < ?since || (?earlier = ?since && STR(?other) < STR($this)))",
    )
