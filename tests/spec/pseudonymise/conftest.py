"""A small validated lake, a folder with a key, and what the vault makes of them."""

from __future__ import annotations

import base64
import hashlib
from types import SimpleNamespace

import pyarrow as pa
import pytest

from das_analysis.flow import Provenance, Validated
from das_analysis.keys import new_holder, new_supplier
from das_analysis.keys.points import hashed
from das_analysis.lake import connect, enter, files, write
from das_analysis.lake.sql import scan
from das_analysis.vault import new_host_key

PROVENANCE = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0")


def pre(text):
    """A pre-pseudonym that a test can name."""
    letters = hashlib.sha256(text.encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))
    return f"p1.{letters[:25]}a"  # 128 bits leave few letters for the last place


def person(text):
    """A pre-pseudonym of a person that a test can name."""
    return "p1." + base64.b32encode(hashed(text.encode())).decode().rstrip("=").lower()


def rows_of(root, zone, table):
    room = enter(root, "lake")
    paths = files(room, zone, table=table)
    if not paths:
        return []
    with connect(room) as con:
        return con.sql(f"SELECT * FROM {scan(paths)}").to_arrow_table().to_pylist()


def validate(root, deliveries, at="2026-01-01T00:00:00Z"):
    """Write cases as if they were validated: for each delivery_id its rows (case, skn) as short texts."""
    room = enter(root, "intake")
    cases, about = [], []
    for delivery_id, rows in deliveries.items():
        origin = {"delivery_id": delivery_id, "supplier": "om", "period": "2025", "sequence": 1}
        about.append(origin | {"model_version": "0", "validated_at": at})
        for number, (case, skn) in enumerate(rows, start=1):
            keys = {"case_key": pre(case), "skn_key": skn and person(skn)}
            cases.append(keys | origin | {"source_table": "zaken", "row": number, "is_zsm": True})
    names = ["case_key", "skn_key", "delivery_id", "supplier", "period", "source_table"]
    whole = {"sequence": pa.int32(), "row": pa.int32(), "is_zsm": pa.bool_()}
    schema = pa.schema([*((n, pa.string()) for n in names), *whole.items()])
    write(room, "validated", table="case", rows=pa.Table.from_pylist(cases, schema=schema))
    write(room, "validated", table="delivery", rows=pa.Table.from_pylist(about))
    return validated(root, *deliveries)


def validated(root, *ids):
    return Validated(
        lake=root,
        delivery_ids=ids,
        rows_in=0,
        rows_validated=0,
        rows_held=0,
        findings=0,
        provenance=PROVENANCE,
    )


@pytest.fixture
def keys(tmp_path):
    """A folder with a host key, and a ratio for the key of one supplier."""
    new_host_key(tmp_path / "keys")
    new_holder(tmp_path / "keys")
    new_supplier(tmp_path / "keys", "om")
    return tmp_path / "keys"


@pytest.fixture
def small(tmp_path):
    """A lake with helpers: `validate`, `validated`, `rows`, `pre` and `person`."""
    root = tmp_path / "lake"
    return SimpleNamespace(
        root=root,
        pre=pre,
        person=person,
        validate=lambda deliveries, **told: validate(root, deliveries, **told),
        validated=lambda *ids: validated(root, *ids),
        rows=lambda table, zone="pseudonymised": rows_of(root, zone, table),
    )
