"""Marked values, sent through every fault and every error of intake, rules and lake, show up nowhere."""

import json
import logging
import re

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from das_analysis.errors import BadDelivery, DasError, Refused, TryAgain
from das_analysis.flow import Delivery, Provenance
from das_analysis.intake.held import findings, write_return_file
from das_analysis.intake.validate import validate
from das_analysis.lake import connect, enter, files, replace, write
from das_analysis.lake.sql import scan
from das_analysis.model import load_model
from das_analysis.rules import period_start

MARK = re.compile(r"zqx7|ZQX7|Zqx7|9753186|2753")
KEY = "p1.zqx7" + "zqx7" * 5 + "zq"
# texts of every kind of fault, each with a mark in it; a sealed number that is right is a mark too
MARKED = (
    *(
        "ZQX7",
        " ZQX7 ",
        "zqx7; DROP TABLE x",
        "ZQX7\x00",
        "Zqx7\n\x1b[31m",
        "9753186.7",
        "9753186",
        "-9753186",
    ),
    *(
        "31-02-2753",
        "27530231",
        "2753-02-31 00:00:00",
        "31/02/2753",
        "31.02.2753",
        "01-01-2753",
        "2753-13",
        KEY,
        "p1.zqx7",
    ),
    *("!format", "!check", "'ZQX7'", '"ZQX7"', "{ZQX7}", "%ZQX7", "", None),
)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # a file; its digits may be a mark's
PERIODS = {"year": "2025", "quarter": "2025-Q1", "month": "2025-01", "day": "2025-01-01"}
MADE = Provenance(actor="a test", at="now", code="0", model="0")


def put(lake, supplier, contents):
    """Write a received delivery: a table of the package's columns for each file."""
    card = load_model().suppliers[supplier]
    period = PERIODS[card.period]
    delivery_id = f"{supplier}-{period}-1-{'0' * 12}"
    home = lake / "received" / delivery_id
    home.mkdir(parents=True, exist_ok=True)
    for name, table in contents.items():
        pq.write_table(table, home / f"{name}.parquet")
    rows = sum(table.num_rows for table in contents.values())
    return Delivery(
        lake=lake,
        delivery_id=delivery_id,
        supplier=supplier,
        period=period,
        sequence=1,
        rows=rows,
        provenance=MADE,
    )


def every_fault(source):
    """Every marked text in every column: first all columns alike, then each shifted against the others."""
    size = len(MARKED)
    texts = {c: [MARKED[i % size] for i in range(size)] for c in source.package}
    for i, column in enumerate(texts):
        texts[column] += [MARKED[(j + i) % size] for j in range(size)]
    return pa.table({c: pa.array(values, pa.string()) for c, values in texts.items()})


def told(lake, supplier, tmp_path):
    """Everything that intake says about a delivery but for the rows themselves."""
    room, said = enter(lake, "intake"), []
    for lang in ("nl", "en"):
        found = findings(lake, supplier=supplier, lang=lang)
        write_return_file(found, tmp_path / "back.csv")
        said += [
            found.to_csv(index=False),
            found.to_string(index=False),
            (tmp_path / "back.csv").read_text(encoding="utf-8"),
        ]
    with connect(room) as con:
        for zone, table in (
            *(("quarantine", name) for name in ("finding", "stale", "content", "drift", "share")),
            ("validated", "delivery"),
        ):
            paths = files(room, zone, table=table)
            said += [con.execute(f"SELECT * FROM {scan(paths)}").df().to_csv(index=False)] if paths else []
    said += [UUID.sub("", str(p.relative_to(lake))) for p in lake.rglob("*")]
    return "\n".join(said)


def shown(text):
    """What of a text is marked."""
    return sorted(set(MARK.findall(text)))


@pytest.mark.parametrize("supplier", sorted(load_model().suppliers))
def test_findings_of_every_card_carry_no_value(tmp_path, capfd, caplog, supplier):
    caplog.set_level(logging.DEBUG)
    card, lake, steps = load_model().suppliers[supplier], tmp_path / "lake", []
    delivery = put(lake, supplier, {name: every_fault(source) for name, source in card.tables.items()})
    done = validate([delivery], progress=lambda *step: steps.append(str(step)))
    again = validate([delivery])
    assert done.findings == again.findings > len(MARKED)
    text = told(lake, supplier, tmp_path)
    out, err = capfd.readouterr()
    assert shown("\n".join((text, repr(done), *steps, out, err, caplog.text))) == []


def test_the_marks_are_real(tmp_path):
    """The rows that were held back do hold the marks: looking for them above means something."""
    card, lake = load_model().suppliers["politie"], tmp_path / "lake"
    validate([put(lake, "politie", {name: every_fault(source) for name, source in card.tables.items()})])
    room = enter(lake, "intake")
    with connect(room) as con:
        held = con.execute(f"SELECT * FROM {scan(files(room, 'quarantine', table='held'))}").df().to_csv()
    assert {"ZQX7", "9753186", "2753", "zqx7"} <= set(shown(held))


def police(**changed):
    """A marked file of the police with some columns changed."""
    source = load_model().suppliers["politie"].tables["misdrijven"]
    columns = {c: pa.array(["ZQX7"], pa.string()) for c in source.package}
    return pa.table({**columns, **changed})


def not_utf8():
    source = load_model().suppliers["politie"].tables["misdrijven"]
    bad = pa.Array.from_buffers(pa.string(), 1, pa.array([b"ZQX7\xff"], pa.binary()).buffers())
    return pa.table(dict.fromkeys(source.package, bad))


def damage(lake, delivery, name, change):
    path = lake / "received" / delivery.delivery_id / f"{name}.parquet"
    path.write_bytes(change(path.read_bytes()))


def refusal(kind, action):
    """The whole of what a refusal shows, the traceback's chain included."""
    with pytest.raises(kind) as caught:
        action()
    error, seen = caught.value, []
    while error is not None:
        seen.append(f"{type(error).__name__}: {error} {vars(error) if isinstance(error, DasError) else ''}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(seen)


@pytest.mark.parametrize(
    "table",
    [
        police(SCM=pa.array([9753186], pa.int64())),
        police(SCM=pa.array([b"ZQX7"], pa.binary())),
        police(SCM=pa.array([["ZQX7"]], pa.list_(pa.string()))),
        police(ZQX7_EXTRA=pa.array(["ZQX7"])),
        police().drop_columns(["SCM"]),
        police().append_column("scm", pa.array(["ZQX7"])),
    ],
    ids=["number", "bytes", "list", "more columns", "fewer columns", "a column twice"],
)
def test_a_file_of_another_shape_is_refused_without_a_value(tmp_path, table):
    delivery = put(tmp_path / "lake", "politie", {"misdrijven": table})
    assert shown(refusal(BadDelivery, lambda: validate([delivery]))) == []
    assert not (tmp_path / "lake" / "validated").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b[:-20],
        lambda b: b[: len(b) // 2],
        lambda b: b"",
        lambda b: b[:-8] + b"ZQX7PAR1",
    ],
    ids=["end cut", "half", "empty", "foot"],
)
def test_a_damaged_file_is_refused_without_a_value(tmp_path, change):
    lake = tmp_path / "lake"
    delivery = put(lake, "politie", {"misdrijven": police()})
    damage(lake, delivery, "misdrijven", change)
    assert shown(refusal(DasError, lambda: validate([delivery]))) == []


def test_text_that_is_no_text_is_refused_without_a_value(tmp_path):
    delivery = put(tmp_path / "lake", "politie", {"misdrijven": not_utf8()})
    assert shown(refusal(DasError, lambda: validate([delivery]))) == []


def test_pages_that_were_changed_are_refused_or_judged_without_a_value(tmp_path):
    lake = tmp_path / "lake"
    delivery = put(lake, "politie", {"misdrijven": police()})
    path = lake / "received" / delivery.delivery_id / "misdrijven.parquet"
    whole = path.read_bytes()
    said = []
    for place in range(4, len(whole), 397):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            said.append(repr(validate([delivery])))
        except DasError as error:
            said.append(f"{error} {vars(error)}")
    assert shown("".join(said)) == []


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT CAST(x AS INTEGER) FROM t", Refused),
        ("SELECT CAST(x AS DATE) FROM t", Refused),
        ("SELECT strptime(x, '%Y') FROM t", Refused),
        ("SELECT error(x) FROM t", Refused),
        ("SELECT CAST('{\"a\": ' || x AS JSON) FROM t", Refused),
        ("SELECT 9753186::INTEGER * length(x)::INTEGER * 1000000::INTEGER FROM t", Refused),
        ("SELECT (SELECT x FROM t UNION ALL SELECT x FROM t)", Refused),
        ("CREATE TABLE u (x VARCHAR UNIQUE); INSERT INTO u FROM t; INSERT INTO u FROM t", Refused),
        ("SELECT * FROM read_parquet('nowhere/zq/x.parquet')", TryAgain),
    ],
)
def test_the_engine_quotes_no_value_whatever_goes_wrong(tmp_path, query, kind):
    def ask():
        with connect(enter(tmp_path, "intake")) as con:
            con.execute("CREATE TABLE t AS SELECT 'ZQX7' AS x")
            con.execute(query).fetchall()

    assert shown(refusal(kind, ask)) == []


def test_a_query_that_is_wrong_by_itself_keeps_its_words(tmp_path):
    with pytest.raises(duckdb.BinderException, match="nothing"), connect(enter(tmp_path, "intake")) as con:
        con.execute("SELECT nothing FROM range(3)")


@pytest.mark.parametrize(
    "rows",
    [
        pa.table({"delivery_id": ["a"], "x": ["ZQX7"]}),
        pa.table({"delivery_id": ["zqx7"], "x": pa.array([9753186], pa.int32())}),
        pa.table({"delivery_id": ["a"], "x": pa.array([9753186 * 10**9], pa.int64())}),
        pa.table({"delivery_id": ["a"], "ZQX7": ["ZQX7"]}),
    ],
    ids=["type", "other delivery", "overflow", "columns"],
)
def test_the_store_quotes_no_row(tmp_path, capfd, rows):
    room = enter(tmp_path, "intake")
    first = pa.table({"delivery_id": ["a"], "x": pa.array([1], pa.int32())})
    replace(room, "validated", table="case", rows=first, deliveries=["a"])
    action = lambda: replace(room, "validated", table="case", rows=rows, deliveries=["a"])  # noqa: E731 - one use
    assert shown(refusal(Refused, action)) == []
    assert shown("".join(capfd.readouterr())) == []


def test_an_engine_that_fails_while_the_store_reads_quotes_no_row(tmp_path):
    room = enter(tmp_path, "intake")

    def stream():
        with connect(room) as con:
            con.execute("CREATE TABLE t AS SELECT 'ZQX7' AS x, 'a' AS delivery_id FROM range(10)")
            rows = con.sql("SELECT delivery_id, CAST(x AS INTEGER) AS x FROM t").to_arrow_reader()
            write(room, "validated", table="case", rows=rows)

    assert shown(refusal(DasError, stream)) == []


@pytest.mark.parametrize("period", ["9753186", "2753-13", "2753-02-31", "ZQX7", "2753-Q5", "2753\n"])
def test_a_period_that_is_none_is_not_repeated(period):
    with pytest.raises(ValueError, match=r"period|month|day|range") as caught:
        period_start(period)
    assert shown(str(caught.value)) == []


def test_the_log_of_who_opened_the_lake_holds_names_of_snapshots_only(tmp_path):
    from das_analysis.flow import Linked, TableRef
    from das_analysis.lake import freeze, open_lake

    room = enter(tmp_path, "linkage")
    version = write(room, "linked", table="case", rows=pa.table({"case_key": [KEY]}))
    ref = TableRef(version=version, rows=1, digest="d")
    freeze(Linked(lake=tmp_path, tables={"case": ref}, provenance=MADE), "a")
    lake = open_lake(lake=tmp_path)
    lake.cases.filter(lake.cases.case_key == KEY).execute()
    logged = (tmp_path / "access" / "log.jsonl").read_text(encoding="utf-8")
    frozen = (tmp_path / "snapshots" / "0001.json").read_text(encoding="utf-8")
    assert shown(logged + frozen) == []
    assert {json.loads(line)["snapshot"] for line in logged.splitlines()} == {"0001-a"}
