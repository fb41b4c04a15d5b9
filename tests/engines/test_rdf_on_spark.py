"""The same expressions say the same rows on Spark and on DuckDB."""

from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from das_analysis.model import load_model
from das_analysis.semantic.lines import said
from das_analysis.semantic.packing import pieces
from das_analysis.semantic.syntax import FORMATS, find_syntax

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),  # pyspark's own
]
MODEL = load_model()
GRAPH = "https://w3id.org/das/id/snapshot/0001-made-up"
KEY = "a" * 25
ROWS = {
    "charge": [
        {
            "charge_key": f"c1.{KEY}a",
            "case_key": f"c1.{KEY}b",
            "law_article_code": "Sr 137c",
            "charge_number": 1,
        }
        | {
            "offence_text": 'a "b" \\ c\nd\te\r😀 é',
            "committed_from_on": date(2024, 2, 29),
            "is_attempt": False,
        },
        {"charge_key": f"c1.{KEY}c", "offence_text": "", "degree_code": "(F3)", "max_penalty_months": 0},
    ],
    "sanction": [
        {"sanction_key": f"s1.{KEY}a", "total_quantity": Decimal("12.30"), "unit_code": "DAG"},
        {"sanction_key": f"s1.{KEY}b", "total_quantity": Decimal("-0.05"), "imposed_on": date(1999, 1, 1)},
    ],
    "delivery": [{"delivery_id": "om 2024/1*~%é", "supplier": "om", "sequence": -1}],
}
TYPES = {"date": pa.date32(), "integer": pa.int32(), "decimal": pa.decimal128(18, 2), "boolean": pa.bool_()}


@pytest.fixture(scope="session")
def spark(spark_lake):
    """The backend of the lake on Spark: one Spark for all tests."""
    return spark_lake.persons.get_backend()


@pytest.fixture(scope="module", params=sorted(ROWS))
def table(request, tmp_path_factory):
    """A table of the model, and a Parquet file of its rows."""
    found = MODEL.tables[request.param]
    columns = [(c.name, TYPES.get(c.type, pa.string())) for c in found.at("linked") if c.type != "moment"]
    rows = pa.Table.from_pylist(ROWS[request.param], schema=pa.schema(columns))
    path = tmp_path_factory.mktemp("rows") / f"{request.param}.parquet"
    pq.write_table(rows, path)
    return found, path


def document(backend, table, path, *, syntax, compress):
    rows = backend.read_parquet(str(path), table_name=f"made_up_{table.plural}")
    form = find_syntax(syntax, graph=GRAPH)
    return b"".join(pieces(said(rows, table, syntax=form), compress))


@pytest.mark.parametrize("syntax", FORMATS)
def test_spark_says_what_duckdb_says(spark, table, syntax):
    texts = [
        document(backend, *table, syntax=syntax, compress="none").decode()
        for backend in (spark, ibis.duckdb.connect())
    ]
    assert texts[0] == texts[1]
    assert texts[0].count("é" if table[0].name == "charge" else table[0].name) > 0


def test_spark_packs_what_it_says(spark, table):
    plain = document(spark, *table, syntax="nq", compress="none")
    packed = document(spark, *table, syntax="nq", compress="zstd")
    assert pa.CompressedInputStream(pa.BufferReader(packed), "zstd").read() == plain
