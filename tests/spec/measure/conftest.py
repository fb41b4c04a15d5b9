"""A small linked chain, written as linkage writes it, frozen and opened."""

import dataclasses
import datetime as dt

import pyarrow as pa
import pytest

from das_analysis.flow import Linked, Provenance, TableRef
from das_analysis.lake import enter, freeze, open_lake, write
from das_analysis.model import load_model

TYPES = {
    "integer": pa.int32(),
    "decimal": pa.decimal128(18, 2),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
PROVENANCE = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0")
QUALITY = {"seam": pa.string(), "parent": pa.string(), "child": pa.string()} | dict.fromkeys(
    ("total", "linked", "cut"), pa.int64()
)


def arrow(table, rows):
    columns = load_model().tables[table].at("linked")
    for row in rows:
        assert not set(row) - {c.name for c in columns}, row
    typed = [
        {
            c.name: dt.date.fromisoformat(v)
            if c.type == "date" and (v := row.get(c.name))
            else row.get(c.name)
            for c in columns
        }
        for row in rows
    ]
    return pa.Table.from_pylist(
        typed, schema=pa.schema([(c.name, TYPES.get(c.type, pa.string())) for c in columns])
    )


@pytest.fixture
def opened(tmp_path):
    """Rows by table -> an open lake that holds them, and nothing else."""

    def make(link_quality=(), inputs=(), **tables):
        room = enter(tmp_path / "lake", "linkage")
        held = {name: arrow(name, tables.get(name, [])) for name in load_model().tables}
        held["link_quality"] = pa.Table.from_pylist(list(link_quality), schema=pa.schema(QUALITY.items()))
        versions = {name: write(room, "linked", table=name, rows=rows) for name, rows in held.items()}
        refs = {n: TableRef(version=v, rows=held[n].num_rows, digest=n) for n, v in versions.items()}
        made = dataclasses.replace(PROVENANCE, inputs=tuple(inputs))
        freeze(Linked(lake=tmp_path / "lake", tables=refs, provenance=made), "test")
        return open_lake("test", lake=tmp_path / "lake")

    return make


@pytest.fixture
def cells():
    """The frame of a result as {codes: value}."""

    def make(measured, statistic=""):
        result = getattr(measured, "result", measured)
        frame = result.frame[result.frame["statistic"] == statistic]
        keys = zip(*(frame[name] for name in result.by), strict=True)
        return {
            key[0] if len(key) == 1 else key: value for key, value in zip(keys, frame["value"], strict=True)
        }

    return make
