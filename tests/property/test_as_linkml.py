"""Our findings are those of LinkML's own validator, on random rows of every class.

It judges one row at a time through JSON Schema: what is required, types, patterns of texts, codes, bounds.
It follows no reference, knows no unique key and no rule, and lets pass what the last test lists.
"""

import random
import sys
from pathlib import Path

import pytest
from linkml.validator import Validator
from linkml.validator.plugins import JsonschemaValidationPlugin
from linkml_runtime import SchemaView

from das_analysis.model import load_model
from das_analysis.rules import check_books

MODEL = load_model()
SCHEMA = str(Path(__file__).parents[2] / "model" / "das.yaml")
KEY = "p1." + "a2b7" * 6 + "zz"
ROWS = 200  # of each class
KINDS = {
    "required": "required",
    "type": "ill",
    "identity": "ill",
    "code": "ill",
    "range": "range",
    "pattern": "ill",
    "enum": "ill",
    "anyOf": "ill",  # an optional code: of the list, or null
    "minimum": "range",
    "maximum": "range",
}
GOOD = {
    "date": "2024-02-29",
    "month": "1999-12",
    "boolean": True,
    "key": KEY,
    "moment": "2024-02-29T23:59:59Z",
}
BAD = {
    "date": ("29-02-2024", "2024", 20240229),
    "month": ("1999-13", "1999-1"),
    "boolean": ("ja", 1.5),
    "key": ("12345678", KEY.upper(), ""),
    "moment": ("2024-02-29", "2024-02-29T23:59:59"),
    "integer": ("een", 1.5, True),
    "decimal": ("een", "1,5"),
    "code": ("?", "", 12.5),
}
TEXTS = ("GM0363", "GM363", "PI_AMS", "F3", "(M1)", "f", "ECLI:NL:RBAMS:2024:12", "a\x01b", "x", "00", "")


@pytest.fixture(scope="module")
def validator():
    """Of the schema with its imports merged: else they are all read again for each class."""
    view = SchemaView(SCHEMA)
    view.merge_imports()
    return Validator(view.schema, validation_plugins=[JsonschemaValidationPlugin(closed=True)])


def value(column, draw):
    """A value of a column, or what is none; a reference is well-formed: LinkML sees no pattern in it."""
    if column.type == "text":
        return draw.choice(TEXTS)
    if column.references or draw.random() < 0.75:
        return good(column, draw)
    if column.type in {"integer", "decimal"} and draw.random() < 0.5:
        return draw.choice((-10000, -1, 0, 1, 121, 1000, 10000))
    return draw.choice(BAD[column.type])


def good(column, draw):
    if column.type == "code":
        return draw.choice(list(MODEL.code_lists[column.codes].codes))
    if column.type in {"integer", "decimal"}:
        low = 0 if column.minimum is None else column.minimum
        return draw.randint(low, low + 5 if column.maximum is None else column.maximum)
    return GOOD[column.type]


def rows(table, seed):
    draw = random.Random(f"{table.name} {seed}")
    columns = [c for c in table.columns.values() if c.stage != "linked"]
    return [{c.name: value(c, draw) for c in columns if draw.random() < 0.85} for _ in range(ROWS)]


def theirs(validator, table, row):
    found = set()
    for error in (r.source for r in validator.iter_results(row, table.class_name)):
        kind = KINDS[error.validator]
        column = error.message.split("'")[1] if kind == "required" else error.absolute_path[0]
        found.add((column, kind))
    return found


def ours(table, given):
    books = check_books([{table.plural: [row]} for row in given], MODEL)
    for book in books:
        rules = [MODEL.rules[finding.rule] for finding in book]
        yield {(r.column, KINDS[r.check]) for r in rules if r.check in KINDS}


@pytest.mark.slow
def test_the_same_findings_on_random_rows(validator, capsys):
    cases, faults, differing = 0, set(), []
    for table in MODEL.tables.values():
        given = rows(table, 1) if any(c.stage != "linked" for c in table.columns.values()) else []
        for row, mine in zip(given, ours(table, given), strict=True):
            other = theirs(validator, table, row)
            cases += 1
            faults |= {(table.name, *fault) for fault in mine}
            differing += [(table.name, mine ^ other, row)] if mine != other else []
    with capsys.disabled():
        sys.stdout.write(
            f"\nrows judged alike by LinkML's validator: {cases}, {len(faults)} faults in them\n"
        )
    assert differing == []
    assert cases == 24 * ROWS
    checked = {(r.table, r.column, KINDS[r.check]) for r in MODEL.rules.values() if r.check in KINDS}
    assert len(faults) > 0.9 * len(checked) - 60


@pytest.mark.parametrize(
    ("table", "column", "text"),
    [
        ("case", "registered_on", "2024-02-30"),
        ("charge", "committed_from_on", "0999-01-01"),
        ("registered_crime", "municipality_code", "GM0363\n"),
        ("registered_crime", "victims", 1_000_000_000),
        ("sanction", "total_quantity", 1.005),
        ("charge", "case_key", "12345678"),
    ],
)
def test_what_only_ours_sees(validator, table, column, text):
    """No day of the calendar, a line's end after a text, a number's length, a key that refers."""
    fault = (column, "ill")
    (mine,) = ours(MODEL.tables[table], [{column: text}])
    assert fault in mine
    assert fault not in theirs(validator, MODEL.tables[table], {column: text})
