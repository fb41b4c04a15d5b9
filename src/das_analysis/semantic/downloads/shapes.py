"""SHACL shapes: one shape a rule, named after it, so that a result of any engine is a finding of ours.

What a slot says is core SHACL; a written rule is `sh:lessThanOrEquals` and the like where it just compares
two columns, and a SPARQL constraint elsewhere. unsaid.py lists the rest, with the reason.
"""

from __future__ import annotations

import json

from das_analysis.model import Column, Model, Rule, Table, Text
from das_analysis.semantic.downloads.constraints import query, sides
from das_analysis.semantic.terms import (
    VOCABULARY,
    XSD,
    class_iri,
    code_iri,
    named_tables,
    naming,
    row_prefix,
    slot_iri,
    term,
)

RULES = f"{VOCABULARY}rule/"  # + the id of a rule: its shape
HEAD = """# The model of the criminal-justice chain, version {version}, as SHACL shapes. Made by DAS.
@prefix das: <{das}> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <{xsd}> .

<{das}shapes> sh:declare [ sh:prefix "das" ; sh:namespace "{das}"^^xsd:anyURI ] ,
    [ sh:prefix "xsd" ; sh:namespace "{xsd}"^^xsd:anyURI ] ."""
REWRITTEN = {"boolean", "moment"}  # readers of RDF may write these anew: Z as +00:00, 1 as true
SEVERITY = {"hard": "sh:Violation", "soft": "sh:Warning"}


def shapes(model: Model) -> bytes:
    """Return the shapes as Turtle in UTF-8."""
    parts = [HEAD.format(version=model.version, das=VOCABULARY, xsd=XSD)]
    for table in named_tables(model):
        of_table = (rule for rule in model.rules.values() if rule.table == table.name)
        made = (shape(rule, table, model=model) for rule in of_table)
        parts += [_node(table), *filter(None, made)]
    return "\n\n".join(parts).encode() + b"\n"


def text(value: str) -> str:
    """Return a Turtle string: JSON's escapes are Turtle's."""
    return json.dumps(value, ensure_ascii=False)


def _both(predicate: str, value: Text) -> str:
    return f"{predicate} {text(value.en)}@en , {text(value.nl)}@nl"


def _iri(value: str) -> str:
    return f"<{value}>"


def _lines(head: str, *lines: str) -> str:
    return " ;\n    ".join((head, *lines)) + " ."


def _node(table: Table) -> str:
    """The shape of a class: at most one value of each column. Its rules have shapes of their own."""
    columns = [c for c in table.columns.values() if not c.identifier]
    properties = [
        f"sh:property [ sh:path {_iri(slot_iri(c.name))} ; sh:maxCount 1 ; sh:order {i} ; "
        f"{_both('sh:name', c.title)} ; {_both('sh:description', c.definition)} ]"
        for i, c in enumerate(columns)
    ]
    return _lines(
        f"{_iri(f'{class_iri(table)}Shape')} a sh:NodeShape",
        f"sh:targetClass {_iri(class_iri(table))}",
        _both("sh:name", table.title),
        _both("sh:description", table.definition),
        *properties,
    )


def shape(rule: Rule, table: Table, *, model: Model) -> str | None:
    """Return the shape of a rule, None when SHACL cannot say it."""
    column = table.columns[rule.column]
    if table.name not in {named.name for named in named_tables(model)}:
        return None
    told = (
        f"sh:targetClass {_iri(class_iri(table))}",
        f"sh:severity {SEVERITY[rule.severity]}",
        _both("sh:name", rule.title),
        _both("sh:message", rule.message),
    )
    if select := query(rule, table, model=model):
        body = f"sh:sparql [ sh:prefixes {_iri(f'{VOCABULARY}shapes')} ; sh:select {text(select)} ]"
        return _lines(f"{_iri(RULES + rule.id)} a sh:NodeShape", *told, body)
    if rule.check == "identity" and column.identifier:
        return _lines(f"{_iri(RULES + rule.id)} a sh:NodeShape", *told, f"sh:pattern {_named(table)}")
    path, says = _says(rule, table, model=model)
    if not says:
        return None
    return _lines(
        f"{_iri(RULES + rule.id)} a sh:PropertyShape", *told, f"sh:path {_iri(slot_iri(path))}", *says
    )


def _named(table: Table) -> str:
    """The pattern of the IRIs of a table's rows, whatever the base."""
    column = table.columns[naming(table)[0]]
    return text(f"/{row_prefix(table.name, '')}{(column.pattern or '').removeprefix('^')}")


def _says(rule: Rule, table: Table, *, model: Model) -> tuple[str, tuple[str, ...]]:
    """Return the path and the constraints of a rule in core SHACL, none when it cannot say it."""
    column = table.columns[rule.column]
    if rule.check == "required":
        return column.name, ("sh:minCount 1",) if column.required and not column.identifier else ()
    if rule.check == "code":
        codes = model.code_lists[column.codes or ""].codes
        listed = " ".join(_iri(code_iri(column.codes or "", code)) for code in codes)
        return column.name, (f"sh:in ( {listed} )",)
    if rule.check in {"type", "identity"}:
        return column.name, () if column.identifier else _written(column, model)
    if rule.check == "range":
        low = (f"sh:minInclusive {column.minimum}",) if column.minimum is not None else ()
        return column.name, low + (
            (f"sh:maxInclusive {column.maximum}",) if column.maximum is not None else ()
        )
    return _ordered(rule, table)


def _written(column: Column, model: Model) -> tuple[str, ...]:
    """How a value is written: a pattern matches the lexical form of a literal, or an IRI as text."""
    means = term(column, base="")
    pattern = column.pattern or ""
    if means.form == "literal":
        own = () if column.type in REWRITTEN else (f"sh:pattern {text(pattern)}",)
        return (f"sh:datatype {_iri(means.datatype)}", *own)
    if column.references:
        return ("sh:nodeKind sh:IRI", f"sh:pattern {_named(model.tables[column.references])}")
    begins = "".join(f"[{c}]" if c in ".?+*()" else c for c in means.prefix)
    return ("sh:nodeKind sh:IRI", f"sh:pattern {text(f'^{begins}' + pattern.removeprefix('^'))}")


def _ordered(rule: Rule, table: Table) -> tuple[str, tuple[str, ...]]:
    """A rule that just compares two columns of a row."""
    found = sides(rule, table)
    if found is None:
        return rule.column, ()
    first, second, word = found
    return first, (f"sh:{word} {_iri(slot_iri(second))}",)
