"""The layout writer reads the card backwards: another card gives another file."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from das_analysis.errors import BadModel
from das_analysis.intake.identity import normalise, plain_text
from das_analysis.model import load_model
from das_analysis.synth import simulate
from das_analysis.synth.columns import amount, coded, dates
from das_analysis.synth.frame import NEVER, day
from das_analysis.synth.layout import date_texts, decimal_texts, lay_out, write_case_number

MODEL = load_model()


@pytest.fixture(scope="module")
def chain():
    return simulate(scale=0.001, years=[2025], seed=3)


def written(chain, supplier="om", table="zaken", card=None):
    source = card or MODEL.suppliers[supplier].tables[table]
    rows = chain.tables()[source.maps[0].table]
    return rows, lay_out(rows, source, supplier=MODEL.suppliers[supplier], kinds=MODEL.kinds)


def with_slot(source, slot, **changes):
    row_map = source.maps[0]
    slots = dict(row_map.slots) | {slot: replace(row_map.slots[slot], **changes)}
    return replace(source, maps=(replace(row_map, slots=slots),))


def test_every_column_of_the_card_is_written_as_text(chain):
    _, text = written(chain)
    assert text.column_names == list(MODEL.suppliers["om"].tables["zaken"].columns)
    assert set(map(str, text.schema.types)) == {"string"}


@pytest.mark.parametrize(
    ("supplier", "table", "slot", "format_"),
    [("om", "zaken", "registered_on", "%Y%m%d"), ("dji", "verblijven", "started_on", "%d/%m/%Y")],
)
def test_dates_are_written_in_the_format_of_the_card(chain, supplier, table, slot, format_):
    source = MODEL.suppliers[supplier].tables[table]
    rows, text = written(chain, supplier, table)
    column = source.package[source.maps[0].slots[slot].column].parts[0].column
    assert text[column][0].as_py() == rows[slot][0].as_py().strftime(format_)


def test_a_changed_card_changes_the_file(chain):
    source = MODEL.suppliers["om"].tables["zaken"]
    rows, text = written(chain, card=with_slot(source, "registered_on", date="%d-%m-%Y"))
    assert text["INSCHRIJFDATUM"][0].as_py() == rows["registered_on"][0].as_py().strftime("%d-%m-%Y")
    values = {"ja": "true", "nee": "false"}
    _, text = written(chain, card=with_slot(source, "is_zsm", values=values))
    assert set(text["ZSM"].to_pylist()) == set(values)


def test_a_card_without_a_text_for_a_code_is_refused(chain):
    source = MODEL.suppliers["om"].tables["zaken"]
    with pytest.raises(BadModel, match="no text for a code"):
        written(chain, card=with_slot(source, "source_code", values={"K": "KMAR"}))


def test_a_column_that_nothing_fills_is_refused(chain):
    source = MODEL.suppliers["om"].tables["zaken"]
    columns = dict(source.columns) | {"NIEUW": source.columns["ZSM"]}
    with pytest.raises(BadModel, match="NIEUW"):
        written(chain, card=replace(source, columns=columns))


@pytest.mark.parametrize(
    ("supplier", "table", "slot"),
    [
        ("om", "feiten", "charge_key"),
        ("om", "straffen", "decision_key"),
        ("rechtspraak", "sancties", "sanction_key"),
        ("cjib", "opdrachten", "sanction_key"),
        ("cjib", "gebeurtenissen", "event_key"),
        ("politie", "verdachten", "suspect_key"),
        ("dji", "verblijven", "case_key"),
    ],
)
def test_numbers_are_read_back_as_they_are_in_the_truth(chain, supplier, table, slot):
    card = MODEL.suppliers[supplier]
    source = card.tables[table]
    rows = chain.tables()[source.maps[0].table]
    if table in ("straffen", "sancties"):
        by = "OM" if table == "straffen" else "ZM"
        rows = rows.filter(pa.array([source == by for source in rows["imposed_by_code"].to_pylist()]))
    text = lay_out(rows, source, supplier=card, kinds=MODEL.kinds)
    package = source.package[source.maps[0].slots[slot].column]
    read = normalise(plain_text(text, package, card=card), MODEL.kinds[package.kind])
    assert read.to_pylist() == rows[slot].to_pylist()


def test_case_numbers_are_written_as_the_card_says():
    number = pa.array(["1312345624", None])
    assert write_case_number(number, "geschreven als PP.NNNNNN-JJ").to_pylist() == ["13.123456-24", None]
    assert write_case_number(number, "parketnummer").to_pylist() == ["1312345624", None]


def test_quantities_have_a_comma_or_a_point_and_no_needless_decimals():
    values = amount(np.array([750.0, 12.5, 0.07, np.nan]))
    assert decimal_texts(values, comma=True).to_pylist() == ["750", "12,50", "0,07", None]
    assert decimal_texts(values, comma=False).to_pylist() == ["750", "12.50", "0.07", None]


def test_what_is_not_there_is_null():
    days = dates(np.array([day(2024, 2), NEVER]))
    assert date_texts(days, "%d.%m.%Y").to_pylist() == ["01.02.2024", None]
    assert coded(np.array([1, -1]), ("a", "b")).to_pylist() == ["b", None]
