"""A sheet for judging pairs: what somebody learns who finds it, and who may read it."""

import stat

import pyarrow as pa
import pytest

from das_analysis.flow import Provenance, Pseudonymised
from das_analysis.lake import enter, write
from das_analysis.linkage import draw_sample
from das_analysis.model import load_model

PROVENANCE = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0")
WORDS = {"same", "other", "missing", ""}
PLACES = ("pair", "supplier", "file_1", "period_1", "row_1", "file_2", "period_2", "row_2")


def marked(n, *, skn):
    """A row in which every value is a mark that can be found again."""
    columns = [c for c in load_model().tables["case"].at("delivered") if c.type in {"key", "string", "code"}]
    row = {c.name: f"MARK{c.name}{n}" for c in columns if not c.references}
    numbers = {
        "skn_key": f"MARKskn{n}" if skn else None,
        "bsn_key": None,
        "register_key": None,
        "name_key": None,
    }
    return row | numbers | {"case_key": f"MARKcase{n}{skn}", "sex_code": "M", "birth_month": "1957-11"}


@pytest.fixture
def sheet(tmp_path):
    """The sheet of a lake of thirty marked rows, two a person."""
    delivery = {"delivery_id": "om-2025-1-000000000000", "supplier": "om", "period": "2025", "sequence": 1}
    rows = [marked(n, skn=skn) for n in range(15) for skn in (True, False)]
    rows = [row | delivery | {"source_table": "zaken", "row": n} for n, row in enumerate(rows, 1)]
    texts = {name: pa.string() for name in rows[0]} | {"sequence": pa.int32(), "row": pa.int32()}
    room = enter(tmp_path / "lake", "vault")
    write(room, "pseudonymised", table="case", rows=pa.Table.from_pylist(rows, schema=pa.schema(texts)))
    about = delivery | {"rows": 30, "key_version": 1, "pseudonymised_at": "2026-01-01T00:00:00Z"}
    write(room, "pseudonymised", table="delivery", rows=pa.Table.from_pylist([about]))
    lake = Pseudonymised(
        lake=tmp_path / "lake",
        delivery_ids=(delivery["delivery_id"],),
        rows=30,
        key_version=1,
        provenance=PROVENANCE,
    )
    bands = draw_sample([lake], 50, to=tmp_path / "sheets")
    assert sum(band.drawn for band in bands) == 15
    return tmp_path / "sheets" / "judge-om.csv"


def test_it_holds_no_value_of_a_row_and_no_pseudonym(sheet):
    text = sheet.read_text()
    assert "MARK" not in text
    assert "1957" not in text


def test_it_holds_places_and_what_agrees_and_nothing_else(sheet):
    header, *rows = (line.split(";") for line in sheet.read_text().splitlines())
    assert tuple(header[: len(PLACES)]) == PLACES
    assert {cell for row in rows for cell in row[len(PLACES) :]} <= WORDS
    assert {tuple(row[1:4]) for row in rows} == {("om", "zaken", "2025")}


def test_it_does_not_say_how_likely_a_pair_is(sheet):
    assert not {"weight", "band", "chance", "probability"} & set(sheet.read_text().splitlines()[0].split(";"))


def test_nobody_but_its_owner_can_read_it(sheet):
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600


def test_what_the_lake_keeps_of_a_sample_leads_to_no_row(sheet):
    kept = (sheet.parents[1] / "lake" / "linked" / "drawn.json").read_text()
    assert "MARK" not in kept
    assert "zaken" not in kept
