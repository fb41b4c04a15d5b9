"""What RDF costs: ours beside maplib, pyoxigraph and rdflib, the same rows as compressed lines, in one run.

    python benchmarks/rdf.py [--rows 1000000] [--few 20000]

Input: one table of the model (registered crimes, some ten triples a row), made up, sorted by key, Parquet.
Each way is a process of its own, so that its peak memory is its own; it starts from the Parquet file and ends
with a file on disk that holds the same triples, packed with zstd. Beside seconds stand processor seconds:
a busy machine changes those less. `pyoxigraph dump` is timed from a full store. rdflib gets fewer rows: it is
told per triple. maplib runs in .peers (tools/peers.sh).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".peers" / "bin" / "python"
TABLE = "registered_crime"
DAS, XSD = "https://w3id.org/das/", "http://www.w3.org/2001/XMLSchema#"
WAYS = ("das nq", "das nt", "maplib", "pyoxigraph dump", "rdflib")
CODES = {"service_code": "CrimeSource", "offence_code": "Scm2010", "police_unit_code": "PoliceUnit"}
LITERALS = dict.fromkeys(("committed_from_on", "committed_until_on", "registered_on"), "date")
LITERALS |= {"municipality_code": "string", "is_cleared": "boolean", "victims": "integer"}


def clocks():
    return time.perf_counter(), time.process_time()


def since(start):
    """Seconds by the clock, and of the processor."""
    return [now - then for now, then in zip(clocks(), start, strict=True)]


def make_rows(path, rows):
    import duckdb

    with duckdb.connect() as con:
        con.execute(
            f"""COPY (SELECT 'm1.' || translate(substr(md5(i::VARCHAR), 1, 26), '0189', 'wxyz') AS crime_key,
                'POL' AS service_code, '1.' || (1 + i % 6) AS offence_code,
                DATE '2024-01-01' + (i % 300)::INTEGER AS committed_from_on,
                DATE '2024-01-01' + (i % 310)::INTEGER AS committed_until_on,
                DATE '2024-02-01' + (i % 310)::INTEGER AS registered_on,
                'GM' || lpad((i % 2000)::VARCHAR, 4, '0') AS municipality_code,
                'PE0' || (1 + i % 9) AS police_unit_code, i % 4 = 0 AS is_cleared, (i % 3)::INTEGER AS victims
                FROM range({rows}) AS r(i) ORDER BY crime_key) TO '{path}' (FORMAT parquet)"""
        )


def das(source, target, syntax):
    """The whole way of `das export rdf`: counts, parts, digests and manifest included."""
    import ibis
    import pandas as pd  # noqa: F401 - Ibis loads it with its first answer, and imports are not measured

    from das_analysis.flow import Provenance, Snapshot, TableRef
    from das_analysis.lake import Lake
    from das_analysis.model import load_model
    from das_analysis.semantic.export import Form, export_rdf

    load_model()  # nor this
    rows = ibis.duckdb.connect().read_parquet(str(source), table_name="registered_crimes")
    made = Provenance(actor="benchmark", at="2026-01-01T00:00:00Z", code="0", model="0")
    tables = {TABLE: TableRef(version=0, rows=0, digest="0")}
    snapshot = Snapshot(lake=target, number=1, name="made-up", digest="0", tables=tables, provenance=made)
    start = clocks()
    done = export_rdf(
        Lake(snapshot, "statistiek", {"registered_crimes": rows}), target, form=Form(syntax=syntax)
    )
    return since(start), done.triples


def maplib(source, target):
    import maplib
    import polars as pl
    import pyarrow as pa

    names = {c: f"{DAS}{c}" for c in (*CODES, *LITERALS)}
    start = clocks()
    frame = pl.read_parquet(source)
    iris = [pl.format(f"{DAS}id/{TABLE}/{{}}", "crime_key").alias("crime_key")]
    iris += [pl.format(f"{DAS}code/{name}/{{}}", c).alias(c) for c, name in CODES.items()]
    frame = frame.with_columns(*iris)
    said = " , ".join(
        [f"ottr:Triple(?crime_key, a, <{DAS}RegisteredCrime>)"]
        + [f"ottr:Triple(?crime_key, <{iri}>, ?{c})" for c, iri in names.items()]
    )
    kinds = {
        **dict.fromkeys(("crime_key", *CODES), "ottr:IRI"),
        **{c: f"xsd:{k}" for c, k in LITERALS.items()},
    }
    asked = ", ".join(f"{kinds[c]} ?{c}" for c in kinds)
    template = (
        f"@prefix xsd: <{XSD}> .\n@prefix ottr: <http://ns.ottr.xyz/0.4/> .\n"
        f"<urn:crime> [ {asked} ] :: {{ {said} }} ."
    )
    model = maplib.Model()
    model.add_template(template)
    model.map("urn:crime", frame.select(list(kinds)))
    plain = f"{target}.nt"
    model.write(plain, format="ntriples")
    pack(pa, plain, target)
    return since(start), frame.height * (1 + len(names))


def pack(pa, plain, target):
    with Path(plain).open("rb") as text, pa.CompressedOutputStream(str(target), "zstd") as packed:
        while chunk := text.read(1 << 22):
            packed.write(chunk)


def pyoxigraph(source, target):
    """Fill a store out of our own lines, then time only its dump and the packing."""
    import pyarrow as pa
    import pyoxigraph as ox

    lines = pa.CompressedInputStream(pa.OSFile(str(source)), "zstd")
    store = ox.Store()
    store.bulk_load(lines, format=ox.RdfFormat.N_TRIPLES)
    start = clocks()
    store.dump(f"{target}.nt", format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph())
    pack(pa, f"{target}.nt", target)
    return since(start), len(store)


def rdflib(source, target, few):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from rdflib import RDF, Graph, Literal, URIRef

    rows = pq.read_table(source).slice(0, few).to_pylist()
    start = clocks()
    graph = Graph()
    for row in rows:
        subject = URIRef(f"{DAS}id/{TABLE}/{row['crime_key']}")
        graph.add((subject, RDF.type, URIRef(f"{DAS}RegisteredCrime")))
        for column, name in CODES.items():
            graph.add((subject, URIRef(DAS + column), URIRef(f"{DAS}code/{name}/{row[column]}")))
        for column in LITERALS:
            graph.add((subject, URIRef(DAS + column), Literal(row[column])))
    graph.serialize(f"{target}.nt", format="nt", encoding="utf-8")
    pack(pa, f"{target}.nt", target)
    return since(start), len(graph)


def run(way, source, *, folder, few):
    """One way in this process; print what it took."""
    import resource

    target = folder / way.replace(" ", "-")
    if way.startswith("das"):
        seconds, triples = das(source, target, way.split()[1])
    elif way == "maplib":
        seconds, triples = maplib(source, target)
    elif way == "rdflib":
        seconds, triples = rdflib(source, target, few)
    else:
        seconds, triples = pyoxigraph(folder / "das-nt" / "registered_crimes" / "0001.nt.zst", target)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds[0], "cpu": seconds[1], "triples": triples, "peak": peak}))


def in_process(way, source, *, folder, few):
    python = str(PEERS) if way == "maplib" else sys.executable
    words = [
        python,
        __file__,
        "--way",
        way,
        "--source",
        str(source),
        "--folder",
        str(folder),
        "--few",
        str(few),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def read_back(path):
    """Count what an independent reader finds in our file."""
    import pyarrow as pa
    import pyoxigraph as ox

    text = pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
    return sum(1 for _ in ox.parse(text, format=ox.RdfFormat.N_QUADS))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--few", type=int, default=20_000)
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--make", type=Path)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.make:
        make_rows(options.make, options.rows)
        return
    if options.way:
        run(options.way, options.source, folder=options.folder, few=options.few)
        return
    with tempfile.TemporaryDirectory() as home:
        folder, source = Path(home), Path(home) / "rows.parquet"
        # A process starts with the peak memory of the one that made it, and sorting takes much.
        subprocess.run(
            [sys.executable, __file__, "--make", str(source), "--rows", str(options.rows)], check=True
        )
        found = {w: in_process(w, source, folder=folder, few=options.few) for w in options.ways.split(",")}
        report(found, rows=options.rows)
        if "das nq" in found and options.rows <= 1_000_000:
            count = read_back(folder / "das-nq" / "registered_crimes" / "0001.nq.zst")
            print(f"read back by pyoxigraph: {count:,} quads of registered crimes")


def report(found, *, rows):
    print(f"{rows:,} rows; rates in triples a second, as zstd\n")
    heads = f"{'way':18}{'triples':>12}{'seconds':>9}{'cpu s':>8}{'M/s':>7}"
    print(f"{heads}{'das nq is':>11}{'das nt is':>11}{'peak MiB':>10}")
    rate = {w: f["triples"] / f["seconds"] for w, f in found.items() if "error" not in f}
    for way, told in found.items():
        if "error" in told:
            print(f"{way:18}did not run: {told['error']}")
            continue
        times = [f"{rate[o] / rate[way]:.1f} x" if o in rate else "" for o in ("das nq", "das nt")]
        print(
            f"{way:18}{told['triples']:>12,}{told['seconds']:>9.1f}{told['cpu']:>8.1f}{rate[way] / 1e6:>7.2f}"
            f"{times[0]:>11}{times[1]:>11}{told['peak']:>10,.0f}"
        )


if __name__ == "__main__":
    main()
