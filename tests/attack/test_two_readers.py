"""A damaged Parquet file that one library reads past is refused at the gate: the other would fail on it."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from das_analysis.errors import BadDelivery
from das_analysis.intake.trust import _check_engine

FOOT = 400  # bytes at the end, in which each is changed in turn


def read_by_arrow(path):
    try:
        return pq.read_table(path).num_rows
    except (pa.ArrowException, OSError, ValueError):
        return None


def read_by_engine(path):
    try:
        query = f"SELECT count(h) FROM (SELECT hash(*COLUMNS(*)) AS h FROM '{path}')"
        return duckdb.execute(query).fetchall()[0][0]
    except duckdb.Error:
        return None


def test_what_only_one_of_two_readers_can_read_is_refused(tmp_path):
    whole, path = tmp_path / "whole.parquet", tmp_path / "damaged.parquet"
    pq.write_table(pa.table({"a": ["x", "y", None], "b": ["1", "2", "3"]}), whole, row_group_size=2)
    content, differed = whole.read_bytes(), 0
    _check_engine(whole, rows=3)
    for place in range(max(4, len(content) - FOOT), len(content) - 8):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x15]) + content[place + 1 :])
        if read_by_arrow(path) == 3 and read_by_engine(path) != 3:
            differed += 1
            with pytest.raises(BadDelivery, match="damaged"):
                _check_engine(path, rows=3)
    assert differed
