"""A month later: what is left as it is equals what a whole run makes, after any deliveries in any order."""

import json
from collections import defaultdict

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from das_analysis.flow import Provenance, Pseudonymised
from das_analysis.lake import connect, enter, files, write
from das_analysis.lake.sql import scan
from das_analysis.linkage import link
from das_analysis.model import load_model

PROVENANCE = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0")
KEYS = ("skn_key", "bsn_key", "register_key", "name_key", "surname_key", "surname_sound_key", "birth_key")
TEXTS = (*KEYS, "birth_month", "sex_code", "delivery_id", "supplier", "period", "source_table")
TABLES = {"om": ("case", "case_key"), "dji": ("detention_spell", "spell_key")}


def maybe(letter, count):
    return st.none() | st.integers(0, count - 1).map(lambda n: f"{letter}{n}")


ROW = st.fixed_dictionaries(
    {
        "record": st.integers(0, 4).map(str),
        **{key: maybe(key[:2], 3) for key in KEYS},
        "birth_month": st.sampled_from([None, "1980-01", "1990-02"]),
        "sex_code": st.sampled_from([None, "M", "V"]),
    }
)
DELIVERY = st.fixed_dictionaries(
    {
        "supplier": st.sampled_from(sorted(TABLES)),
        "period": st.sampled_from(["2024", "2025"]),
        "rows": st.lists(ROW, max_size=5, unique_by=lambda row: row["record"]),  # none: all were deleted
    }
)
MONTHS = st.lists(st.lists(DELIVERY, min_size=1, max_size=2), min_size=2, max_size=4)


def numbered(months):
    """The same, each delivery with the next sequence number of its supplier and period: a correction."""
    last = defaultdict(int)
    for month in months:
        for delivery in month:
            last[delivery["supplier"], delivery["period"]] += 1
            number = last[delivery["supplier"], delivery["period"]]
            name = f"{delivery['supplier']}-{delivery['period']}-{number}-{number:012x}"
            yield delivery | {"sequence": number, "delivery_id": name}
        yield None


def put(root, deliveries):
    """Write these deliveries as pseudonymised, and return them."""
    room = enter(root, "vault")
    for supplier, (table, key) in TABLES.items():
        schema = pa.schema(
            [*((t, pa.string()) for t in (*TEXTS, key)), ("row", pa.int32()), ("sequence", pa.int32())]
        )
        record = load_model().tables[table].record
        rows = [
            row | d | {"source_table": "x", "row": n, key: row["record"], record: row["record"]}
            for d in deliveries
            if d["supplier"] == supplier
            for n, row in enumerate(d["rows"], start=1)
        ]
        if record != key:
            schema = schema.append(pa.field(record, pa.string()))
        write(room, "pseudonymised", table=table, rows=pa.Table.from_pylist(rows, schema=schema))
    about = [{k: d[k] for k in ("delivery_id", "supplier", "period", "sequence")} for d in deliveries]
    write(room, "pseudonymised", table="delivery", rows=pa.Table.from_pylist(about))
    ids = tuple(d["delivery_id"] for d in deliveries)
    return [Pseudonymised(lake=root, delivery_ids=ids, rows=0, key_version=1, provenance=PROVENANCE)]


def forget(root):
    """Let the next run know who was who, and not which tables it may leave as they are."""
    path = root / "linked" / "linked.json"
    if path.exists():
        content = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(content | {"contents": {}}), encoding="utf-8")


def content(root, linked):
    """Every row of every linked table, with where it came from."""
    room, found = enter(root, "lake"), {}
    with connect(room) as con:
        for name, ref in linked.tables.items():
            paths = files(room, "linked", table=name, version=ref.version)
            found[name] = sorted(map(str, con.execute(f"FROM {scan(paths)}").fetchall())) if paths else []
    return found


def obvious(deliveries, supplier):
    """Of every period the newest delivery, of every record its newest period: as plainly as can be."""
    newest = {d["period"]: d for d in deliveries if d["supplier"] == supplier}
    kept = {r["record"]: d["delivery_id"] for _, d in sorted(newest.items()) for r in d["rows"]}
    return sorted(kept.items())


def counted(root, linked, supplier):
    table, key = TABLES[supplier]
    room = enter(root, "lake")
    paths = files(room, "linked", table=table, version=linked.tables[table].version)
    with connect(room) as con:
        return (
            sorted(con.execute(f"SELECT {key}, delivery_id FROM {scan(paths)}").fetchall()) if paths else []
        )


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(months=MONTHS)
def test_after_any_months_the_tables_are_those_of_a_run_that_writes_all(tmp_path_factory, months):
    quick, whole = tmp_path_factory.mktemp("quick"), tmp_path_factory.mktemp("whole")
    came = []
    for delivery in numbered(months):
        if delivery is not None:
            came.append(delivery)
            continue
        forget(whole)
        one, two = link(put(quick, came)), link(put(whole, came))
        assert {n: (r.digest, r.rows) for n, r in one.tables.items()} == {
            n: (r.digest, r.rows) for n, r in two.tables.items()
        }
        assert content(quick, one) == content(whole, two)
        for supplier in TABLES:
            assert counted(quick, one, supplier) == obvious(came, supplier)
