"""A chain of a handful of rows, small enough to answer by heart."""

import datetime as dt
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from das_analysis.flow import Provenance, Snapshot
from das_analysis.lake import Lake
from das_analysis.model import load_model

TYPES = {"integer": pa.int32(), "decimal": pa.decimal128(18, 2), "boolean": pa.bool_(), "date": pa.date32()}
NOBODY = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0")
day = dt.date.fromisoformat
ROWS = {
    "case": [
        {
            "case_key": "z1",
            "office_code": "AP_AMS",
            "registered_on": day("2024-03-01"),
            "offence_code": "1.1.1",
        },
        {
            "case_key": "z2",
            "office_code": "AP_AMS",
            "registered_on": day("2024-05-01"),
            "offence_code": "3.1",
        },
        {
            "case_key": "z3",
            "office_code": "AP_ON",
            "registered_on": day("2025-01-15"),
            "reinflow_of_key": "z1",
        },
        {"case_key": "z4", "office_code": None, "registered_on": day("2025-02-01"), "reinflow_of_key": "z3"},
    ],
    "prosecution_decision": [
        {
            "decision_key": "d1",
            "case_key": "z1",
            "decided_on": day("2024-04-01"),
            "amount_eur": Decimal("250.50"),
        },
        {"decision_key": "d2", "case_key": "z1", "decided_on": day("2024-04-02")},
        {
            "decision_key": "d3",
            "case_key": "lost",
            "decided_on": day("2024-04-03"),
            "amount_eur": Decimal("0.10"),
        },
    ],
    "court_case": [
        {
            "court_case_key": "r1",
            "case_key": "z1",
            "verdict_on": day("2024-06-09"),
            "ecli": "ECLI:NL:RBAMS:2024:7",
        },
        {"court_case_key": "r2", "case_key": "z2"},
    ],
    "charge": [
        {
            "charge_key": "f1",
            "case_key": "z1",
            "charge_number": 1,
            "offence_text": "a 'quoted' \"text\"\n; DROP",
        },
        {"charge_key": "f2", "case_key": "z1", "charge_number": 2, "law_article_code": "Sr 310"},
    ],
}


def table_of(table, rows):
    schema = pa.schema([(c.name, TYPES.get(c.type, pa.string())) for c in table.at("linked")])
    return pa.Table.from_pylist(rows, schema)


@pytest.fixture(scope="session")
def small_lake():
    """Cases, decisions, court cases and charges, in memory."""
    backend, model, tables = ibis.duckdb.connect(memory_limit="1GB"), load_model(), {}
    for name, rows in ROWS.items():
        plural = model.tables[name].plural
        backend.con.register(plural, table_of(model.tables[name], rows))
        tables[plural] = backend.table(plural)
    snapshot = Snapshot(lake=".", number=1, name="small", digest="d", tables={}, provenance=NOBODY)
    return Lake(snapshot, "statistiek", tables)


@pytest.fixture(scope="session")
def ask(small_lake):
    """Query -> rows as a set of tuples, which must come by the way that is named."""

    def ask(query, way="tables", **options):
        answer = small_lake.sparql(query, **options)
        assert answer.attrs["way"] == way, answer.attrs
        cells = answer.astype("object").where(answer.notna(), None)
        return sorted(map(tuple, cells.to_numpy().tolist()), key=str)

    return ask
