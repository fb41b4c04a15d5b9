"""Tiny deliveries, written straight into the pseudonymised zone, and what linkage makes of them."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal

import pyarrow as pa
import pytest

from das_analysis.flow import Provenance, Pseudonymised
from das_analysis.lake import connect, enter, files, write
from das_analysis.lake.sql import scan
from das_analysis.linkage import link
from das_analysis.model import load_model

TYPES = {"integer": pa.int32(), "decimal": pa.decimal128(18, 2), "boolean": pa.bool_(), "date": pa.date32()}
ORIGIN = {
    "delivery_id": pa.string(),
    "supplier": pa.string(),
    "period": pa.string(),
    "sequence": pa.int32(),
    "source_table": pa.string(),
    "row": pa.int32(),
}
PROVENANCE = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0")


def key(text):
    """A pseudonym of the host that a test can name: the same text, the same pseudonym."""
    letters = hashlib.sha256(text.encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
    return f"h1.{letters[:26]}"


def typed(column, value):
    if value is None:
        return None
    if column.type == "date":
        return dt.date.fromisoformat(value)
    if column.type == "decimal":
        return Decimal(value)
    return key(value) if column.type == "key" else value


class Given:
    """A lake under construction: `delivery` adds rows, `link` writes them and links."""

    def __init__(self, root):
        self.root, self.rows, self.deliveries = root, {}, []

    def delivery(self, supplier, period="2025", sequence=1, **tables):
        delivery_id = f"{supplier}-{period}-{sequence}-{len(self.deliveries):012x}"
        self.deliveries.append(
            {"delivery_id": delivery_id, "supplier": supplier, "period": period, "sequence": sequence}
        )
        for name, rows in tables.items():
            table = load_model().tables[name]
            for number, row in enumerate(rows, start=1):
                unknown = set(row) - set(table.columns)
                assert not unknown, unknown
                values = {c.name: typed(c, row.get(c.name)) for c in table.at("delivered")}
                origin = {**self.deliveries[-1], "source_table": name, "row": number}
                self.rows.setdefault(name, []).append(values | origin)
        return self

    def write(self):
        room = enter(self.root, "vault")
        for name, rows in self.rows.items():
            columns = load_model().tables[name].at("delivered")
            schema = pa.schema({**{c.name: TYPES.get(c.type, pa.string()) for c in columns}, **ORIGIN})
            write(room, "pseudonymised", table=name, rows=pa.Table.from_pylist(rows, schema=schema))
        about = [
            d | {"rows": 0, "key_version": 1, "pseudonymised_at": "2026-01-01T00:00:00Z"}
            for d in self.deliveries
        ]
        write(room, "pseudonymised", table="delivery", rows=pa.Table.from_pylist(about))
        ids = tuple(d["delivery_id"] for d in self.deliveries)
        return Pseudonymised(lake=self.root, delivery_ids=ids, rows=0, key_version=1, provenance=PROVENANCE)

    def link(self):
        return Found(self.root, link([self.write()]))


class Found:
    """What linkage made: `rows(table)` as a list of dictionaries, in the order of the table's key."""

    def __init__(self, root, linked):
        self.root, self.linked = root, linked
        self.digests = {name: ref.digest for name, ref in linked.tables.items()}

    def rows(self, table):
        room = enter(self.root, "lake")
        paths = files(room, "linked", table=table, version=self.linked.tables[table].version)
        if not paths:
            return []
        with connect(room) as con:
            return con.sql(f"SELECT * FROM {scan(paths)}").to_arrow_table().to_pylist()

    def by(self, table, column):
        return {row[column]: row for row in self.rows(table)}


@pytest.fixture
def given(tmp_path):
    """An empty lake."""
    return Given(tmp_path / "lake")


@pytest.fixture
def new_given(tmp_path_factory):
    """As many empty lakes as a test wants."""
    return lambda: Given(tmp_path_factory.mktemp("given") / "lake")


@pytest.fixture(name="key")
def key_():
    """The pseudonym that a short text stands for."""
    return key
