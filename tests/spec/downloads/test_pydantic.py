"""Pydantic classes: a module of its own that takes right rows and refuses wrong ones."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from pydantic import ValidationError

RUFF = ["--isolated", "--line-length", "110"]


@pytest.fixture(scope="module")
def path(files, tmp_path_factory):
    path = tmp_path_factory.mktemp("classes") / "das_model.py"
    path.write_bytes(files["schema/das_model.py"])
    return path


@pytest.fixture(scope="module")
def classes(path):
    spec = spec_from_file_location("das_model", path)
    module = module_from_spec(spec)
    sys.modules["das_model"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["das_model"]


def test_right_rows_are_taken_as_values_and_as_json(classes, model, made):
    tables = made.tables_of(model, made.seeded(21), rows=6)
    as_values = {model.tables[n].plural: rows for n, rows in tables.items()}
    as_json = {model.tables[n].plural: [made.plain(row) for row in rows] for n, rows in tables.items()}
    read = classes.Tables.model_validate(as_values)
    assert read == classes.Tables.model_validate(as_json)
    assert read.cases[0].registered_on == tables["case"][0]["registered_on"]


def wrong_rows(table, row, made):
    ill, ours = {"boolean": "true", "integer": 1.5}, {"key", "month", "date", "decimal"}
    return made.wrong_rows(
        table, row, ill=lambda c: ill.get(c.type, True), spoilt=lambda c: c.codes or c.type in ours
    )


def test_every_wrong_value_is_refused_where_it_stands(classes, model, made):
    tables = made.tables_of(model, made.seeded(22), rows=1)
    for name, (row, *_) in ((n, rows) for n, rows in tables.items() if rows):
        table = model.tables[name]
        for column, wrong in wrong_rows(table, row, made):
            with pytest.raises(ValidationError) as refused:
                getattr(classes, table.class_name).model_validate(wrong)
            assert {e["loc"][0] for e in refused.value.errors()} == {column}


@pytest.mark.parametrize("wrong", ["2025-02-30", "20250201", "2025-02-01T00:00:00", 1738368000])
def test_a_date_is_a_day_of_the_calendar(classes, wrong, model, made):
    row = made.row_of(model.tables["police_report"], model, made.seeded(23))
    with pytest.raises(ValidationError):
        classes.PoliceReport.model_validate(row | {"closed_on": wrong})


def test_an_unknown_column_is_refused(classes, model, made):
    row = made.row_of(model.tables["police_report"], model, made.seeded(24))
    with pytest.raises(ValidationError, match="colour"):
        classes.PoliceReport.model_validate(row | {"colour": "red"})


def test_every_code_is_a_member_of_its_enumeration(classes, model):
    for column in (c for t in model.tables.values() for c in t.columns.values() if c.stage != "linked"):
        if column.codes:
            members = [member.value for member in getattr(classes, column.codes)]
            assert members == list(model.code_lists[column.codes].codes)


def test_a_field_says_what_it_is(classes, model):
    column = model.tables["case"].columns["registered_on"]
    said = classes.Case.model_fields["registered_on"].description.replace("\n", " ")
    assert said == f"{column.title.en} ({column.title.nl}): {column.definition.en}"
    assert model.tables["case"].title.nl in classes.Case.__doc__


@pytest.mark.parametrize("words", [["check", "--select", "E,F,I,UP,B,D1,N"], ["format", "--check"]])
def test_the_module_is_in_good_style(path, words):
    command = [sys.executable, "-m", "ruff", *words, *RUFF, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
