"""SPARQL on the tables gives what a store of the same triples gives, and what rdflib gives, on random chains.

The triples are written in plain Python beside the chains; the store is pyoxigraph, asked with the same text.
"""

import random
from collections import Counter

import ibis
import pytest
from asking import Asking
from chains import by_store, chain_of, make_lake, ntriples, ntriples_of_codes, plain, random_chain, store_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from das_analysis.semantic.sparql import answer
from das_analysis.semantic.sparql.algebra import compile_query
from das_analysis.semantic.sparql.asked import PREFIXES, parse
from das_analysis.semantic.sparql.kinds import NotCoveredError
from das_analysis.semantic.sparql.triples import Needs, count, parts
from das_analysis.semantic.sparql.triples import ntriples as said

few = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
randoms = st.integers(0, 2**32).map(random.Random)
XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
EVERYTHING = Needs(iris=frozenset(), anything=True)


@pytest.fixture(scope="module")
def backend():
    return ibis.duckdb.connect(memory_limit="1GB")


@pytest.fixture(scope="module")
def codes():
    return ntriples_of_codes()


def by_tables(chain, text):
    """The rows by way of the tables; None where it is not compiled."""
    try:
        plan = compile_query(chain, parse(text))
        rows = answer._from_tables(chain, plan, iris=True, limit=100_000, seconds=60)[1]
    except NotCoveredError:
        return None
    return [tuple(map(plain, row)) for row in rows]


def assert_same(mine, other, text, order=()):
    assert Counter(mine) == Counter(other), text
    names = text[len("SELECT ") : text.index(" WHERE")].replace("DISTINCT ", "").split()
    at = [names.index(name) for name in order]
    assert [[row[i] for i in at] for row in mine] == [[row[i] for i in at] for row in other], text


@given(randoms)
@few
def test_random_queries_agree_with_the_store(backend, codes, chance):
    made = random_chain(chance)
    chain = chain_of(make_lake(backend, made))
    store = store_of(f"{codes}\n{ntriples(made)}")
    for _ in range(4):
        text, order = Asking(chance).query()
        mine = by_tables(chain, text)
        if mine is not None:
            assert_same(mine, by_store(chain, store, text), text, order)


@given(randoms)
@few
def test_random_patterns_agree_with_rdflib(backend, chance):
    import rdflib

    made = random_chain(chance, most=4)
    chain = chain_of(make_lake(backend, made))
    # rdflib takes "a" and "a"^^xsd:string for two terms; in RDF 1.1 they are one
    graph = rdflib.Graph().parse(data=ntriples(made).replace(f"^^<{XSD_STRING}>", ""), format="nt")
    for _ in range(2):
        text, order = Asking(chance, plain=True).query()
        mine = None if "skos:" in text else by_tables(chain, text)
        if mine is None:
            continue
        found = graph.query(text, initNs=PREFIXES)
        other = [tuple(plain(answer._term(_rdflib_said(v), chain, iris=True)) for v in row) for row in found]
        bound = [row for row in mine if any(value is not None for value in row)]  # rdflib tells no other rows
        assert_same(bound, other, text, order)


def _rdflib_said(term):
    import rdflib

    if term is None:
        return None
    if isinstance(term, rdflib.URIRef):
        return ["iri", str(term), ""]
    return ["literal", str(term), str(term.datatype or XSD_STRING)]


def test_most_random_queries_are_compiled(backend):
    """The property above would say nothing if little were compiled."""
    chain = chain_of(make_lake(backend, random_chain(random.Random(1))))
    texts = [Asking(random.Random(seed)).query()[0] for seed in range(50)]
    assert sum(is_compiled(chain, text) for text in texts) >= 0.85 * len(texts)


def is_compiled(chain, text):
    try:
        return compile_query(chain, parse(text)) is not None
    except NotCoveredError:
        return False


def test_the_triples_of_the_store_are_those_of_the_terms(backend, codes):
    made = random_chain(random.Random(3))
    chain = chain_of(make_lake(backend, made))
    wanted = parts(chain, EVERYTHING)
    text = b"".join(piece for part in wanted for piece in said(part)).decode()
    expected = set(store_of(f"{codes}\n{ntriples(made)}"))
    assert set(store_of(text)) == expected
    assert sum(map(count, wanted)) == len(expected)
