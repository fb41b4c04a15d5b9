"""JSON Schema: what it takes and refuses is what the model says of a row's values."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from linkml.validator import Validator
from linkml.validator.plugins import JsonschemaValidationPlugin
from linkml_runtime import SchemaView

from das_analysis.semantic.downloads.told import LARGEST

SOURCE = str(Path(__file__).parents[3] / "model" / "das.yaml")
COMPARED = ("police_report", "prosecution_decision", "sanction", "delivery")


@pytest.fixture(scope="module")
def schema(files):
    return json.loads(files["schema/das.schema.json"])


@pytest.fixture(scope="module")
def judge(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker(["date"]))


def mutations(table, row, made):
    """A right row in wrong ways, each with the column that is at fault."""
    ill = {"boolean": "true", "integer": "1", "decimal": "1.5"}

    def spoilt(column):
        said = column.pattern and not column.pattern.startswith("^[^")
        return column.codes or (said and column.type not in ill)

    return made.wrong_rows(table, row, ill=lambda column: ill.get(column.type, 5), spoilt=spoilt)


def test_right_rows_are_taken(judge, model, made):
    tables = made.tables_of(model, made.seeded(11), rows=6)
    told = {model.tables[n].plural: [made.plain(row) for row in rows] for n, rows in tables.items()}
    assert list(judge.iter_errors(told)) == []


def test_every_wrong_value_is_refused_where_it_stands(judge, model, made):
    tables = made.tables_of(model, made.seeded(12), rows=1)
    for name, (row, *_) in ((n, rows) for n, rows in tables.items() if rows):
        table = model.tables[name]
        for column, wrong in mutations(table, made.plain(row), made):
            errors = list(judge.iter_errors({table.plural: [wrong]}))
            assert errors, (name, column)
            assert all(column in e.absolute_path or f"'{column}'" in e.message for e in errors), (
                name,
                column,
            )


def test_what_is_not_in_the_model_is_refused(judge, model, made):
    row = made.plain(made.row_of(model.tables["police_report"], model, made.seeded(13)))
    assert judge.is_valid({"police_reports": [row]})
    assert not judge.is_valid({"police_reports": [row | {"colour": "red"}]})
    assert not judge.is_valid({"horses": []})
    assert not judge.is_valid({"police_reports": [row | {"closed_on": "2025-02-30"}]})


def test_a_code_has_its_titles_in_both_languages(schema, model):
    for name in ("Sex", "Scm2010"):
        said = {c["const"]: (c["title_nl"], c["title"]) for c in schema["$defs"][name]["oneOf"]}
        assert said == {c.code: (c.title.nl, c.title.en) for c in model.code_lists[name].codes.values()}


@pytest.mark.parametrize("kind", sorted(LARGEST))
def test_the_largest_number_is_the_largest_that_the_pattern_takes(kind, model):
    patterns = {c.pattern for t in model.tables.values() for c in t.columns.values() if c.type == kind}
    larger = (
        LARGEST[kind].replace("9", "1", 1).replace("9", "0") if "." not in LARGEST[kind] else "1" + "0" * 12
    )
    for pattern in patterns:
        assert re.fullmatch(pattern, LARGEST[kind])
        assert not re.fullmatch(pattern, larger if "." in LARGEST[kind] else f"{larger}0")


@pytest.fixture(scope="module")
def theirs():
    view = SchemaView(SOURCE)
    view.merge_imports()
    return Validator(view.schema, validation_plugins=[JsonschemaValidationPlugin(closed=True)])


@pytest.mark.slow
def test_linkml_judges_the_same_rows_the_same_way(judge, theirs, model, made):
    """Theirs is made of the source by linkml itself; it says nothing of how a reference is written."""
    draw, refused = made.seeded(14), 0
    for name in COMPARED:
        table = model.tables[name]
        row = made.plain(made.row_of(table, model, draw))
        wrong = mutations(table, row, made)
        told = [m for c, m in wrong if not (table.columns[c].references and m.get(c) == "%")]
        for tried in [row, *told]:
            ours = judge.is_valid({table.plural: [tried]})
            assert ours == (theirs.validate(tried, table.class_name).results == []), (name, tried)
            refused += not ours
    assert refused > 60
