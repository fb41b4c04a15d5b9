"""LinkML's own validators on rows of the class Charge; run by benchmarks/validators.py.

.peers/bin/python benchmarks/validators_peers.py WAY FOLDER ROWS
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

SCHEMA = str(Path(__file__).parents[1] / "model" / "das.yaml")


def rows_of(home, number):
    """Rows as Python objects, dates as the schema has them: text."""
    with duckdb.connect() as con:
        columns = "* REPLACE (committed_from_on::VARCHAR AS committed_from_on,"
        columns += " committed_until_on::VARCHAR AS committed_until_on)"
        return con.sql(f"SELECT {columns} FROM '{home}/charge.parquet' LIMIT {number}").to_arrow_table()


def objects(home, number):
    return [{k: v for k, v in row.items() if v is not None} for row in rows_of(home, number).to_pylist()]


def linkml(home, number):
    from linkml.validator import Validator
    from linkml.validator.plugins import JsonschemaValidationPlugin

    validator = Validator(SCHEMA, validation_plugins=[JsonschemaValidationPlugin(closed=True)])
    rows = objects(home, number)
    list(validator.iter_results(rows[0], "Charge"))
    return lambda: sum(1 for row in rows for _ in validator.iter_results(row, "Charge"))


def pydantic(home, number):
    """As generated: types, codes, ranges and what is required, but no pattern; of objects made before."""
    rows, charge = objects(home, number), generated()
    return lambda: faults(rows, charge)


def pydantic_file(home, number):
    """As generated, from the same file as ours."""
    charge = generated()
    return lambda: faults(objects(home, number), charge)


def pydantic_whole(home, number):
    """With the schema's patterns added, from the same file as ours."""
    from typing import Annotated

    from linkml_runtime import SchemaView
    from pydantic import Field, create_model

    view, base, fields = SchemaView(SCHEMA), generated(), {}
    for slot in view.class_induced_slots("Charge"):
        pattern = slot.pattern or (view.get_type(slot.range) or slot).pattern
        field = base.model_fields[slot.name]
        if pattern and field.annotation in (str, str | None):
            told = Annotated[field.annotation, Field(pattern=pattern)]
            fields[slot.name] = (told, ... if field.is_required() else None)
    charge = create_model("Charge", __base__=base, **fields)
    return lambda: faults(objects(home, number), charge)


def generated():
    from linkml.generators.pydanticgen import PydanticGenerator

    return PydanticGenerator(SCHEMA).compile_module().Charge


def faults(rows, charge):
    from pydantic import ValidationError

    found = 0
    for row in rows:
        try:
            charge(**row)
        except ValidationError as error:
            found += error.error_count()
    return found


def pandera(home, number):
    import polars as pl
    from linkml.generators.panderagen import PanderaDataframeGenerator
    from pandera.errors import SchemaErrors

    module = PanderaDataframeGenerator(SCHEMA).compile_dataframe_model("Charge")
    frame = pl.from_arrow(rows_of(home, number))

    def check():
        try:
            module.Charge.validate(frame, lazy=True)
        except SchemaErrors as error:
            return len(error.failure_cases)
        return 0

    return check


def sqlvalidation(home, number):
    """The generated SQL, unchanged, for this class and on DuckDB."""
    from linkml.generators.sqlvalidationgen import SQLValidationGenerator

    text = SQLValidationGenerator(SCHEMA, dialect="postgresql").generate_validation_queries()
    queries = [q for q in text.split("UNION ALL") if 'FROM "Charge"' in q or "FROM Charge" in q]
    con = duckdb.connect()
    con.execute(f"CREATE VIEW \"Charge\" AS FROM (FROM '{home}/charge.parquet' LIMIT {number})")
    return lambda: sum(len(con.execute(query).fetchall()) for query in queries)


def pyshacl(home, number):
    import rdflib
    from linkml.generators.shaclgen import ShaclGenerator
    from linkml_runtime.dumpers import rdflib_dumper  # noqa: F401 - its cost is not measured
    from pyshacl import validate

    shapes = rdflib.Graph().parse(data=ShaclGenerator(SCHEMA).serialize(), format="turtle")
    das = rdflib.Namespace("https://w3id.org/das/")
    graph = rdflib.Graph()
    for row in objects(home, number):
        node = das["id/charge/" + row["charge_key"]]
        graph.add((node, rdflib.RDF.type, das.Charge))
        for name, value in row.items():
            graph.add((node, das[name], rdflib.Literal(value)))
    return lambda: validate(graph, shacl_graph=shapes)[2].count("Constraint Violation")


def main():
    way, home, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
    check = globals()[way](home, number)
    wall, processor = time.perf_counter(), time.process_time()
    found = check()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": processor, "peak": peak, "found": found}))


if __name__ == "__main__":
    main()
