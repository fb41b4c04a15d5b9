"""Random rows of the model as RDF and back: nothing is lost, nothing is added, whatever the text."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from urllib.parse import unquote

import ibis
import pyarrow as pa
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from das_analysis.model import load_model
from das_analysis.semantic.lines import said
from das_analysis.semantic.packing import pieces
from das_analysis.semantic.syntax import find_syntax
from das_analysis.semantic.terms import named_tables, naming, slot_iri, told_columns

MODEL = load_model()
GRAPH = "https://w3id.org/das/id/snapshot/0001-made-up"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
TABLES = {t.name: t for t in named_tables(MODEL)}
ARROW = {
    "date": pa.date32(),
    "integer": pa.int32(),
    "decimal": pa.decimal128(18, 2),
    "boolean": pa.bool_(),
    "moment": pa.timestamp("us"),
}
READERS = {
    "nq": ox.RdfFormat.N_QUADS,
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
}
NASTY = [
    '"',
    "\\",
    '\\"',
    "\\u0041",
    "a\nb",
    "a\r\nb",
    "\t",
    "<x> <y> <z> .\n",
    '" .\n<a> <b> "c',
    "😀 é ‰ \u2028 \u0085",
    "\x7f",
    "'''",
    '"""',
    "{}@%^~`|",
    "",
    " ",
    "None",
    "\ufeff",
]
CONTROLS = "\x01\x08\x0b\x0c\x1f"  # what the model refuses: lines and Turtle take them, JSON does not
CONTROL = {chr(i) for i in range(32)} - set("\t\n\r")
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff")
kept = st.one_of(st.sampled_from(NASTY), st.text(letters))


def values(column):
    if column.codes:
        return st.sampled_from(sorted(MODEL.code_lists[column.codes].codes))
    if column.iri_prefix:
        return st.integers(1, 9999).map(lambda i: f"ECLI:NL:RBAMS:2024:{i}")
    return {
        "text": kept,
        "key": st.integers(0, 2**31).map(lambda i: f"k1.{i:026b}"[:29].replace("0", "a").replace("1", "7")),
        "date": st.dates(date(1, 1, 1), date(9999, 12, 31)),
        "month": st.dates(date(1000, 1, 1)).map(lambda d: d.isoformat()[:7]),
        "moment": st.integers(0, 2**32).map(lambda s: datetime.fromtimestamp(s, UTC).replace(tzinfo=None)),
        "integer": st.integers(-(2**31), 2**31 - 1),
        "decimal": st.decimals(-(10**12), 10**12, places=2),
        "boolean": st.booleans(),
    }[column.type]


def rows_of(table):
    """Rows with every column but its name known or not, and no name twice."""
    columns = {c.name: c for c in table.at("linked")}
    row = {n: values(c) if n in naming(table) else st.none() | values(c) for n, c in columns.items()}
    return st.lists(
        st.fixed_dictionaries(row), max_size=5, unique_by=lambda r: tuple(r[n] for n in naming(table))
    )


@pytest.fixture(scope="module")
def backend():
    return ibis.duckdb.connect()


def as_table(backend, table, rows):
    schema = pa.schema([(c.name, ARROW.get(c.type, pa.string())) for c in table.at("linked")])
    backend.con.register(table.plural, pa.Table.from_pylist(rows, schema=schema))
    return backend.table(table.plural)


def document(backend, table, rows, syntax="nq"):
    form = find_syntax(syntax, graph=GRAPH)
    content = b"".join(pieces(said(as_table(backend, table, rows), table, syntax=form), "none"))
    return form.header(table).encode() + content + form.footer().encode()


def back(table, column, value):
    """A value of the model out of what a reader of RDF found."""
    if column.codes:
        return unquote(value.rpartition("/")[2])
    if column.references:
        return value.rpartition("/")[2]
    if column.iri_prefix:
        return value.removeprefix(column.iri_prefix)
    return {
        "date": date.fromisoformat,
        "moment": lambda v: datetime.strptime(v, "%Y-%m-%dT%H:%M:%SZ"),  # noqa: DTZ007 - kept in UTC
        "integer": int,
        "decimal": Decimal,
        "boolean": {"true": True, "false": False}.get,
    }.get(column.type, str)(value)


def read_rows(table, statements):
    """Rows again, by name of the row: the plain inverse of decision 0005."""
    columns = {slot_iri(c.name): c for c in told_columns(table)}
    empty = {c.name: None for c in table.at("linked")}
    found = {}
    for subject, predicate, thing in statements:
        assert subject.startswith(f"https://w3id.org/das/id/{table.name}/")
        name = unquote(subject.removeprefix(f"https://w3id.org/das/id/{table.name}/"))
        row = found.setdefault(name, dict(empty))
        if table.key:
            row[table.key] = name
        if predicate == TYPE:
            assert thing == f"https://w3id.org/das/{table.class_name}"
        else:
            column = columns[predicate]
            assert row[column.name] is None, "a column has one value"
            row[column.name] = back(table, column, thing)
    return found


def triples(content, syntax):
    return [
        (q.subject.value, q.predicate.value, q.object.value)
        for q in ox.parse(content, format=READERS[syntax])
    ]


def by_name(table, rows):
    return {"/".join(str(r[n]) for n in naming(table)): r for r in rows}


SLOW = settings(  # each example compiles SQL: making a failing one smaller would take minutes
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.parametrize("name", sorted(TABLES))
@SLOW
@given(data=st.data())
def test_rows_come_back_as_they_were(backend, name, data):
    table = TABLES[name]
    rows = data.draw(rows_of(table))
    read = triples(document(backend, table, rows), "nq")
    known = sum(row[c.name] is not None for row in rows for c in told_columns(table))
    assert len(read) == len(set(read)) == len(rows) + known
    assert read_rows(table, read) == by_name(table, rows)


CHARGE = TABLES["charge"]


def charges(texts):
    keys = (f"c1.{i:026b}".replace("0", "a").replace("1", "b") for i, _ in enumerate(texts))
    return [
        {"charge_key": k, "offence_text": t, "charge_number": 1} for k, t in zip(keys, texts, strict=True)
    ]


@pytest.mark.parametrize("syntax", READERS)
def test_every_nasty_text_comes_back_in_every_format(backend, syntax):
    rows = charges([*NASTY, *(CONTROLS if syntax != "jsonld" else "")])
    read = triples(document(backend, CHARGE, rows, syntax), syntax)
    texts = {s.rpartition("/")[2]: o for s, p, o in read if p == slot_iri("offence_text")}
    assert texts == {r["charge_key"]: r["offence_text"] for r in rows}


@SLOW
@given(texts=st.lists(kept.filter(lambda t: not set(t) & CONTROL), min_size=1, max_size=6))
def test_two_readers_find_the_same_texts_in_every_format(backend, texts):
    rows = charges(texts)
    wanted = sorted(r["offence_text"] for r in rows)
    for syntax, format_ in (("nt", "nt"), ("ttl", "turtle")):
        content = document(backend, CHARGE, rows, syntax)
        graph = rdflib.Graph().parse(data=content, format=format_)
        assert sorted(str(o) for o in graph.objects(None, rdflib.URIRef(slot_iri("offence_text")))) == wanted
        assert len(graph) == len(triples(content, syntax)) == 3 * len(rows)
    node = json.loads(document(backend, CHARGE, rows, "jsonld"))["@graph"]
    assert sorted(n["offence_text"] for n in node if n) == wanted


@SLOW
@given(names=st.lists(kept.filter(bool), min_size=1, max_size=5, unique=True))
def test_a_name_that_no_iri_can_hold_is_encoded(backend, names):
    table = TABLES["delivery"]
    rows = [{"delivery_id": n, "supplier": "om", "sequence": i} for i, n in enumerate(names)]
    found = read_rows(table, triples(document(backend, table, rows), "nq"))
    assert {n: (r["supplier"], r["sequence"]) for n, r in found.items()} == {
        n: ("om", i) for i, n in enumerate(names)
    }
