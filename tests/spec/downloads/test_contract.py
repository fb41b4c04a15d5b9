"""The data contract: a card goes to the standard and comes back, and the standard's own reader takes it."""

import json
from importlib import resources
from typing import get_args, get_type_hints

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from open_data_contract_standard.model import OpenDataContractStandard

from das_analysis.cli.deliver import deliver
from das_analysis.model import Supplier, load_model
from das_analysis.model.formats import FILES, endings
from das_analysis.semantic.downloads.asked import asked_of
from das_analysis.semantic.downloads.contract import agreed, read_contract

SUPPLIERS = sorted(load_model().suppliers)


@pytest.fixture(scope="module")
def standard():
    text = resources.files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8")
    return jsonschema.Draft201909Validator(json.loads(text))


@pytest.fixture(scope="module")
def contracts(files):
    return {s: files[f"suppliers/{s}/contract.odcs.yaml"] for s in SUPPLIERS}


@pytest.mark.parametrize("supplier", SUPPLIERS)
def test_every_fact_that_was_agreed_comes_back(supplier, contracts, model):
    card = model.suppliers[supplier]
    found = read_contract(contracts[supplier])
    assert found == agreed(card)
    assert found.tables.keys() == card.tables.keys()
    for name, table in card.tables.items():
        assert found.tables[name].columns == table.columns


def test_a_fact_that_was_changed_comes_back_changed(contracts):
    text = contracts["dji"].decode()
    changed = read_contract(text.replace("valid_until: '2028-12-31'", "valid_until: '2027-12-31'").encode())
    assert changed.agreement["valid_until"] == changed.permission["valid_until"] == "2027-12-31"
    with pytest.raises((KeyError, TypeError)):
        read_contract(text.replace("retentionYears", "keptFor").encode())


@pytest.mark.parametrize("supplier", SUPPLIERS)
def test_it_is_a_contract_of_the_standard(supplier, contracts, standard):
    assert [e.message for e in standard.iter_errors(yaml.safe_load(contracts[supplier]))] == []


@pytest.mark.parametrize("supplier", SUPPLIERS)
def test_the_standards_own_reader_finds_columns_codes_and_rules(supplier, contracts, model):
    read = OpenDataContractStandard.from_string(contracts[supplier].decode())
    card = model.suppliers[supplier]
    assert (read.version, read.name) == (card.version, card.title.en)
    terms = {p.property: (p.value, p.unit) for p in read.slaProperties}
    assert terms["retention"] == (card.retention_years, "y")
    assert terms["frequency"] == (1, card.period[0])
    assert terms["endOfSupport"][0] == card.agreement["valid_until"]
    for said in read.schema_:
        for asked, column in zip(asked_of(card.tables[said.name], model), said.properties, strict=True):
            assert (column.name, column.description) == (asked.column.name, asked.column.about.en)
            assert [v.value for v in column.enum or []] == list(asked.codes or {})
            assert (column.classification == "identifying") >= asked.column.identifying
        tables = {m.table for m in card.tables[said.name].maps}
        for rule in said.quality or []:
            assert model.rules[rule.name].table in tables
            assert rule.description == model.rules[rule.name].message.en


def test_read_and_written_by_the_reader_it_still_says_the_same(contracts, model):
    again = OpenDataContractStandard.from_string(contracts["om"].decode()).to_yaml()
    assert read_contract(again.encode()) == agreed(model.suppliers["om"])


def test_a_contract_names_every_kind_of_file_that_the_reader_takes(model, contracts):
    """One list: the contract, the help of the command and the refusal of the reader say the same."""
    for supplier in model.suppliers.values():
        (server,) = yaml.safe_load(contracts[supplier.id])["servers"]
        assert server["description"].endswith(endings(supplier.format))
    assert {".csv", ".jsonl", ".jsonl.gz", ".parquet", ".xlsx", ".zip"} <= set(FILES["csv"])
    assert set(FILES) == set(get_args(get_type_hints(Supplier)["format"]))
    said = " ".join(CliRunner().invoke(deliver, ["--help"]).output.split())
    assert all(endings(kind) in said for kind in FILES)
