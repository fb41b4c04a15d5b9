"""No question reaches out of the house: a listener on loopback counts requests, and sees none."""

import json
import subprocess
import sys
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import ibis
import pyarrow as pa
import pytest

from das_analysis.errors import DasError
from das_analysis.flow import Provenance, Snapshot
from das_analysis.lake import Lake

NOBODY = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0")
WORKER = [sys.executable, "-m", "das_analysis.semantic.sparql.worker"]
ATTACKS = [
    "SELECT * { SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <URL> { ?s ?p ?o } }",
    "PREFIX x: <URL> SELECT * { SERVICE x: { ?s ?p ?o } }",
    "BASE <URL> SELECT * { SERVICE <> { ?s ?p ?o } }",
    "PREFIX x: <URL> SELECT * FROM x:data { ?s ?p ?o }",
    "SELECT * FROM NAMED <URL> { GRAPH <URL> { ?s ?p ?o } }",
    "SELECT * { GRAPH <URL> { ?s ?p ?o } }",
    "ASK { VALUES ?g { <URL> } SERVICE ?g { ?s ?p ?o } }",
    "DESCRIBE <URL>",
    "CONSTRUCT { ?s ?p ?o } FROM <URL> WHERE { ?s ?p ?o }",
    "PREFIX x: <URL/context.jsonld#> SELECT * { ?s x:p ?o }",
    "SELECT * { ?s <URL/context.jsonld> ?o }",
    "SELECT (<URL>(1) AS ?x) {}",
    "LOAD <URL>",
    "LOAD SILENT <URL> INTO GRAPH <URL>",
    "# \n SELECT * { # }\n SERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { \\u0053ERVICE <URL> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o FILTER NOT EXISTS { SERVICE <URL> { ?s ?p ?o } } }",
]


@pytest.fixture
def listener():
    """A server on loopback that counts what it is asked."""
    seen = []

    class Count(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"head": {"vars": []}, "results": {"bindings": []}}')

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Count)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/sparql", seen
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def lake():
    backend = ibis.duckdb.connect(memory_limit="1GB")
    rows = pa.table({"case_key": ["z1"], "office_code": ["AP_AMS"]})
    backend.con.register("cases", rows)
    snapshot = Snapshot(lake=".", number=1, name="t", digest="d", tables={}, provenance=NOBODY)
    return Lake(snapshot, "statistiek", {"cases": backend.table("cases")})


def in_worker(query):
    asked = json.dumps({"query": query, "graph": "urn:g", "most": 10, "prefixes": {}})
    done = subprocess.run(WORKER, input=f"{asked}\n", capture_output=True, text=True, check=False, timeout=60)
    return json.loads(done.stdout)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_asked_of_the_listener(lake, listener, attack):
    url, seen = listener
    with suppress(DasError):
        lake.sparql(attack.replace("URL", url), seconds=20)
    assert seen == []


def test_the_store_itself_cannot_open_a_connection(listener):
    """Also when a text should slip past the parser: the process has no file descriptor left for it."""
    url, seen = listener
    assert "error" in in_worker(ATTACKS[0].replace("URL", url))
    assert seen == []


def test_the_listener_does_count(listener):
    """The attack works on the library as it is: without our doors the request is made."""
    import rdflib

    url, seen = listener
    with suppress(Exception):
        list(rdflib.Graph().query(ATTACKS[0].replace("URL", url)))
    assert len(seen) > 0


@pytest.mark.parametrize(
    "text", ["x' OR '1'='1", "'; DROP TABLE cases; --", '\\" } UNION { ?c ?p ?o', "\x00", "}}" * 500]
)
def test_a_text_stays_a_text(lake, text):
    written = json.dumps(text)
    found = lake.sparql(f"SELECT ?c {{ ?c a das:Case FILTER(STR(?c) = {written}) }}")
    assert found.empty
    assert len(lake.sparql("SELECT ?c { ?c a das:Case }")) == 1
