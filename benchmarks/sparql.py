"""The chain question (detention, sanction, decision, case): in SPARQL, in SQL, and beside a store.

    python benchmarks/sparql.py [--rows 2800000] [--small 28000]

Input: five made-up tables of `--rows` rows in all, as Parquet; about ten triples a row. SPARQL is timed
whole: parsed, compiled, run, given as a data frame. SQL is the text beside it in model/questions, on the same
engine. They take turns, and the median of five counts. pyoxigraph is given the triples of
`--small` rows: loading them at full size takes minutes.
"""

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

import ibis
import pyoxigraph as ox
import yaml

from das_analysis.flow import Provenance, Snapshot
from das_analysis.lake import Lake
from das_analysis.lake.sql import literal
from das_analysis.model import load_model
from das_analysis.semantic.sparql.asked import PREFIXES
from das_analysis.semantic.sparql.functions import DAYS_BETWEEN
from das_analysis.semantic.sparql.rows import Chain
from das_analysis.semantic.sparql.triples import Needs, count, ntriples, parts
from das_analysis.semantic.sparql.worker import days_between

ROOT = Path(__file__).parents[1]
QUESTION = yaml.safe_load(
    (ROOT / "model" / "questions" / "chain_detention_to_case.yaml").read_text(encoding="utf-8")
)
TABLES = ("case", "prosecution_decision", "sanction", "execution_order", "detention_spell")
MODEL = load_model()
NOBODY = Provenance(actor="", at="", code="", model="")
TURNS = 5


def expression(column, rows):
    """SQL of a likely value: known in nine rows of ten."""
    i = f"((i * {random.Random(column.name).randint(3, 99)} + 7) % 1000003)"
    made = {"date": f"DATE '2024-01-01' + ({i} % 700)::INTEGER", "integer": f"({i} % 90)::INTEGER"}
    made |= {"decimal": f"({i} % 5000)::DECIMAL(18, 2)", "boolean": f"{i} % 2 = 0", "month": "'2000-01'"}
    value = made.get(column.type, f"'k' || ({i} % 50)")
    if column.references in TABLES:
        value = f"'{column.references}' || ({i} % {rows})"
    elif column.codes:
        listed = ", ".join(map(literal, MODEL.code_lists[column.codes].codes))
        value = f"list_extract([{listed}], 1 + ({i} % {len(MODEL.code_lists[column.codes].codes)})::INTEGER)"
    return value if column.required or column.references else f"CASE WHEN {i} % 10 < 9 THEN {value} END"


def make_lake(home, rows):
    """A lake of Parquet files that was never frozen."""
    backend, tables, each = ibis.duckdb.connect(), {}, rows // len(TABLES)
    backend.con.execute("SET memory_limit = '2GB'")
    for name in TABLES:
        table = MODEL.tables[name]
        cells = [
            f"'{name}' || i AS {c.name}" if c.identifier else f"{expression(c, each)} AS {c.name}"
            for c in table.at("linked")
        ]
        path = home / f"{table.plural}-{rows}.parquet"
        backend.con.execute(
            f"COPY (SELECT {', '.join(cells)} FROM range({each}) AS r(i)) TO {literal(str(path))}"
        )
        tables[table.plural] = backend.read_parquet(path, table_name=table.plural)
    snapshot = Snapshot(lake=home, number=1, name="made", digest="", tables={}, provenance=NOBODY)
    return Lake(snapshot, "statistiek", tables)


def seconds(work):
    start = time.perf_counter()
    rows = work()
    return time.perf_counter() - start, rows


def on_tables(lake):
    """Both ways in turns; the same number of rows comes out."""
    con = lake.cases.get_backend().con
    ways = {
        "sparql": lambda: len(lake.sparql(QUESTION["sparql"])),
        "sql": lambda: len(con.execute(QUESTION["sql"]).df()),
    }
    took, rows = {way: [] for way in ways}, set()
    for turn in range(TURNS + 1):
        for way, work in ways.items():
            spent, found = seconds(work)
            rows.add(found)
            if turn:  # the first turn warms up
                took[way].append(spent)
    assert len(rows) == 1
    return {way: statistics.median(spent) for way, spent in took.items()}, rows.pop()


def in_a_store(wanted):
    """Seconds to load and to answer. rdflib is left out: it joins in Python."""
    text = b"".join(piece for part in wanted for piece in ntriples(part))
    store, functions = ox.Store(), {ox.NamedNode(DAYS_BETWEEN): days_between}
    loaded, _ = seconds(lambda: store.bulk_load(text, format=ox.RdfFormat.N_TRIPLES))
    query = QUESTION["sparql"]
    answered, _ = seconds(
        lambda: len(list(store.query(query, prefixes=PREFIXES, custom_functions=functions)))
    )
    return {"pyoxigraph": (loaded, answered)}


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=2_800_000)
    asked.add_argument("--small", type=int, default=28_000)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as home:
        print(f"{'rows':>10} {'triples':>11} {'way':<12} {'load s':>8} {'answer s':>9} {'of SQL':>8}")
        for rows in (given.small, given.rows):
            lake = make_lake(Path(home), rows)
            wanted = parts(Chain(tables=lake.tables, model=MODEL), Needs(iris=frozenset(), anything=True))
            wanted = [part for part in wanted if part.source.listed is None]
            triples = sum(map(count, wanted))
            took, _ = on_tables(lake)
            lines = {way: (0.0, spent) for way, spent in took.items()}
            lines |= in_a_store(wanted) if rows == given.small else {}
            for way, (load, answer) in lines.items():
                print(f"{rows:>10,} {triples:>11,} {way:<12} {load:>8.2f} {answer:>9.3f}", end="")
                print(f"{(load + answer) / took['sql']:>9.1f}")


if __name__ == "__main__":
    main()
