"""Random small chains: every column of the model's tables, with blanks, loose ends and nasty texts."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyoxigraph as ox

from das_analysis.flow import Provenance, Snapshot
from das_analysis.lake import Lake
from das_analysis.model import load_model
from das_analysis.semantic import terms
from das_analysis.semantic.sparql import answer
from das_analysis.semantic.sparql.asked import PREFIXES
from das_analysis.semantic.sparql.functions import DAYS_BETWEEN
from das_analysis.semantic.sparql.rows import Chain
from das_analysis.semantic.sparql.worker import _said, days_between

TYPES = {
    "integer": pa.int32(),
    "decimal": pa.decimal128(18, 2),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
NOBODY = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0")
DAYS = [
    dt.date.fromisoformat(d) for d in ("2024-01-01", "2024-02-29", "2024-12-31", "2025-01-01", "2025-07-02")
]
TEXTS = [
    "",
    "a",
    "A'B",
    'say "x"',
    "back\\slash",
    "two\nlines",
    "tab\t",
    "'; DROP TABLE cases; --",
    "é😀",
    "<a> .",
    "}",
]
NUMBERS = [0, 1, 2, 3, 7, 40]
AMOUNTS = [Decimal(n) for n in ("0.00", "0.10", "1.00", "1.50", "250.00", "250.25")]
MONTHS = ["1999-12", "2000-01", "2005-07"]
ECLIS = ["ECLI:NL:RBAMS:2024:1", "ECLI:NL:RBAMS:2024:1.A", "ECLI:NL:HR:2025:22"]
SIZE = 6
ASKED = ("EA", "SCH_S", "1.1.1")  # codes that the questions name
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
SKOS = "http://www.w3.org/2004/02/skos/core#"
TABLES = (
    *("person", "registered_crime", "suspect_registration", "case", "charge", "pre_trial_detention"),
    *("prosecution_decision", "court_case", "verdict", "sanction", "execution_order", "execution_event"),
    *("detention_spell", "police_report"),
)


def codes_of(name):
    """A few codes of a list, some of them with a parent."""
    codes = load_model().code_lists[name].codes
    parents = [c.code for c in codes.values() if c.parent]
    asked = [code for code in ASKED if code in codes]
    return [*list(codes)[:2], *parents[:1], *parents[-1:], *asked]


def pool(column):
    """The values that a column of a random chain has."""
    if column.references:
        return [f"{column.references}{i}" for i in range(SIZE)]
    if column.codes:
        return codes_of(column.codes)
    if column.iri_prefix:
        return ECLIS
    by_type = {
        "date": DAYS,
        "integer": NUMBERS,
        "decimal": AMOUNTS,
        "boolean": [True, False],
        "month": MONTHS,
    }
    return by_type.get(column.type, TEXTS if column.name.endswith("text") else ["k0", "k1", "k2"])


def random_rows(random, table, most=SIZE):
    """Rows of a table; the keys are numbered, other columns are often blank."""
    return [
        {c.name: f"{table.name}{i}" if c.identifier else _value(random, c) for c in table.at("linked")}
        for i in range(random.randint(0, most))
    ]


def _value(random, column):
    return None if random.random() < 0.25 and not column.required else random.choice(pool(column))


def columns_of(table):
    return pa.schema([(c.name, TYPES.get(c.type, pa.string())) for c in table.at("linked")])


def ntriples(rows_by_table):
    """The rows as N-Triples, in plain Python: what the SQL of the store must give as well."""
    model, lines = load_model(), []
    for name, rows in rows_by_table.items():
        table = model.tables[name]
        for row in rows:
            subject = f"<{terms.row_prefix(name)}{row[table.key]}>"
            lines.append(f"{subject} <{RDF_TYPE}> <{terms.class_iri(table)}> .")
            lines += [
                f"{subject} <{terms.slot_iri(c.name)}> {_object(c, row[c.name])} ."
                for c in table.at("linked")
                if not c.identifier and row[c.name] is not None
            ]
    return "\n".join(lines)


def _object(column, value):
    found = terms.term(column)
    if column.codes:
        return f"<{terms.code_iri(column.codes, value)}>"
    if found.form == "iri":
        return f"<{found.prefix}{value}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f'"{escape(text)}"^^<{found.datatype}>'


def escape(text):
    for raw, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        text = text.replace(raw, written)
    return text


def ntriples_of_codes():
    """The code lists as N-Triples: labels, definitions, notation, hierarchy."""
    lines = []
    for codes in load_model().code_lists.values():
        for code in codes.codes.values():
            iri = f"<{terms.code_iri(codes.name, code.code)}>"
            lines += [
                f"{iri} <{RDF_TYPE}> <{SKOS}Concept> .",
                f"{iri} <{SKOS}inScheme> <{terms.list_iri(codes.name)}> .",
            ]
            lines.append(f'{iri} <{SKOS}notation> "{escape(code.code)}" .')
            for lang in ("nl", "en"):
                lines.append(f'{iri} <{SKOS}prefLabel> "{escape(code.title[lang])}"@{lang} .')
                lines.append(f'{iri} <{SKOS}definition> "{escape(code.definition[lang])}"@{lang} .')
            if code.parent:
                above = terms.code_iri(codes.parent_list or codes.name, code.parent)
                lines.append(f"{iri} <{SKOS}broader> <{above}> .")
    return "\n".join(lines)


def make_lake(backend, rows_by_table):
    """A lake in memory: rows by table name."""
    model, tables = load_model(), {}
    for name, rows in rows_by_table.items():
        table = model.tables[name]
        backend.con.register(table.plural, pa.Table.from_pylist(rows, columns_of(table)))
        tables[table.plural] = backend.table(table.plural)
    snapshot = Snapshot(lake=".", number=1, name="t", digest="d", tables={}, provenance=NOBODY)
    return Lake(snapshot, "statistiek", tables)


def random_chain(random, most=SIZE):
    """Rows by table name."""
    return {name: random_rows(random, load_model().tables[name], most) for name in TABLES}


def store_of(text):
    store = ox.Store()
    store.load(text.encode(), format=ox.RdfFormat.N_TRIPLES)
    return store


def chain_of(lake):
    return Chain(tables=lake.tables, model=load_model())


def plain(value):
    """A value to compare: numbers by value, truth apart from numbers."""
    return (
        ("truth", value)
        if isinstance(value, bool)
        else round(value, 6)
        if isinstance(value, float)
        else value
    )


def by_store(chain, store, text, *, iris=True):
    functions = {ox.NamedNode(DAYS_BETWEEN): days_between}
    found = store.query(text, prefixes=PREFIXES, custom_functions=functions)
    rows = [[answer._term(_said(row[v]), chain, iris=iris) for v in found.variables] for row in found]
    return [tuple(map(plain, row)) for row in rows]
