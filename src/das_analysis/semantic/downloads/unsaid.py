"""What the SHACL shapes leave unsaid: the rules without a shape, each with the reason."""

from __future__ import annotations

from das_analysis.model import Model, Rule, Table, Text
from das_analysis.semantic.downloads.shapes import shape
from das_analysis.semantic.terms import named_tables

MERGED = Text(
    "twee regels met één naam zijn in RDF één regel: gelijke vallen samen, en waarden die verschillen breken"
    " sh:maxCount",
    "two rows of one name are one row in RDF: equal ones merge, and values that differ break sh:maxCount",
)
NAMELESS = Text(
    "een regel zonder sleutel heeft geen naam, en dus geen plaats in een graaf",
    "a row without its key has no name, and so no place in a graph",
)
ENCODED = Text(
    "een naam staat in een IRI met procenttekens, niet zoals zij geleverd is",
    "a name stands percent-encoded in an IRI, not as it was delivered",
)
OF_NO_NODE = Text(
    "regels van deze klasse hebben geen naam, en dus geen plaats in een graaf",
    "rows of this class have no name, and so no place in a graph",
)
OF_A_CARD = Text(
    "alleen de kaart van een leverancier vraagt deze waarde, en een graaf zegt niet wie leverde",
    "only a supplier's card asks for this value, and a graph does not say who delivered",
)
UNTRANSLATED = Text(
    "het predicaat gebruikt een woord zonder tegenhanger in SPARQL",
    "its predicate uses a word without a counterpart in SPARQL",
)
HEAD = """# What the SHACL shapes leave unsaid

`das model downloads` writes `schema/shapes.ttl`: {said} of the {all} rules of the model, a shape each, named
`https://w3id.org/das/rule/` and the id of the rule. The validator checks all of them. This page is written by
the same command, as `schema/shapes.md`.

Where a shape says a rule, four things differ:

- A reference, and a child that a row must have, are only missed where the graph holds rows of that class.
- Of two rows with one key, or two spells that begin on one day, the one whose IRI comes later is named; the
  validator names the one that comes later in the delivery.
- What is no value (no day of the calendar, no code of its list) is unknown to the validator's other rules;
  a shape may compare it all the same.
- A reader of RDF may rewrite a literal (007 as 7) before a shape sees it; the validator sees the text itself.
"""


def unsayable(model: Model) -> dict[str, Text]:
    """Return the ids of the rules without a shape, each with the reason."""
    named = ((rule, model.tables[rule.table]) for rule in model.rules.values())
    nodes = {table.name for table in named_tables(model)}
    return {
        rule.id: _reason(rule, table) if table.name in nodes else OF_NO_NODE
        for rule, table in named
        if not shape(rule, table, model=model)
    }


def _reason(rule: Rule, table: Table) -> Text:
    if rule.check in {"unique", "holds"}:
        return MERGED if rule.check == "unique" else UNTRANSLATED
    if rule.check == "type":
        return ENCODED
    return NAMELESS if table.columns[rule.column].identifier else OF_A_CARD


def unsaid(model: Model) -> bytes:
    """Return the page of the documentation about it: Markdown in UTF-8."""
    left = unsayable(model)
    parts = [HEAD.format(said=len(model.rules) - len(left), all=len(model.rules))]
    for reason in (MERGED, NAMELESS, ENCODED, OF_NO_NODE, OF_A_CARD, UNTRANSLATED):
        rules = [f"- `{rule}`" for rule, found in left.items() if found == reason]
        parts += [f"## {reason.en[0].upper()}{reason.en[1:]}", "", *rules, ""] if rules else []
    return "\n".join(parts).rstrip().encode() + b"\n"
