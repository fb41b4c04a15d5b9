"""Every predicate of the model says the same in the browser as in the engine: true, false or unknown."""

import json
import random
import re
from datetime import date, timedelta

import duckdb
import pytest

from das_analysis.errors import BadModel
from das_analysis.model import Rule, Text, load_model
from das_analysis.semantic.site.javascript import predicate
from das_analysis.semantic.site.scripting import written

pytestmark = pytest.mark.browser
MODEL = load_model()
RULES = [rule for rule in MODEL.rules.values() if rule.holds]
SQL = {"integer": "INTEGER", "decimal": "DECIMAL(18,2)", "boolean": "BOOLEAN", "date": "DATE"}
EPOCH = date(1970, 1, 1)
ROWS = 120
EVERY = """given => Object.fromEntries(Object.entries(given).map(
    ([rule, rows]) => [rule, rows.map(row => holds[rule](...row))]))"""


def columns_of(rule):
    """The columns that a predicate reads: its name in SQL, where it is in JavaScript, and the column."""
    table = MODEL.tables[rule.table]
    owners = [("r", "", table)] + [
        (f"p{i}", f"{name.removesuffix('_key')}__", MODEL.tables[table.columns[name].references])
        for i, name in enumerate(rule.reads)
    ]
    words = set(re.findall(r"\w+", rule.holds))
    pairs = [(f"{prefix}{c.name}", owner, c) for owner, prefix, t in owners for c in t.columns.values()]
    return [pair for pair in pairs if pair[0] in words]


def drawn(draw, column, holds):
    """A value of a column, often one that the predicate names or lies beside; now and then none."""
    numbers = [int(n) for n in re.findall(r"(?<![\w'])\d+", holds)] or [1]
    texts = re.findall(r"'([^']*)'", holds)
    near = draw.choice(numbers) + draw.randint(-1, 1)
    cents = draw.choice(numbers) * draw.choice([1, 1, 2, 25]) + draw.choice([-0.01, 0, 0.01, 1])
    days = draw.choice([0, 15000, 15001, 16000, 18000, 19000, draw.randint(0, 20000)])
    listed = list(MODEL.code_lists[column.codes].codes) if column.codes else ["GM0344", "x"]
    values = {
        "date": EPOCH + timedelta(days=days),
        "month": f"{draw.randint(1980, 2015)}-{draw.randint(1, 12):02d}",
        "boolean": draw.random() < 0.5,
        "integer": near,
        "decimal": round(cents, 2),
    }
    return None if draw.random() < 0.15 else values.get(column.type, draw.choice(texts + listed))


def in_script(value, column):
    if value is None:
        return None
    if column.type == "date":
        return (value - EPOCH).days
    return round(value * 100) if column.type == "decimal" else value


def in_sql(value, column):
    text = "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"
    return f"CAST({text} AS {SQL.get(column.type, 'VARCHAR')})"


@pytest.fixture(scope="module")
def cases():
    """Random rows for every rule, and what the engine says of each."""
    draw, found = random.Random(11), {}
    with duckdb.connect() as con:
        for rule in RULES:
            columns = columns_of(rule)
            rows = [[drawn(draw, c, rule.holds) for _, _, c in columns] for _ in range(ROWS)]
            names = ", ".join(f'"{name}"' for name, _, _ in columns)
            cells = [[in_sql(v, c) for v, (_, _, c) in zip(row, columns, strict=True)] for row in rows]
            values = ", ".join(f"({', '.join(row)})" for row in cells)
            said = con.execute(f"SELECT {rule.holds} FROM (VALUES {values}) AS t({names})").fetchall()
            found[rule.id] = (columns, rows, [value for (value,) in said])
    return found


def test_every_predicate_says_the_same(chrome, cases):
    given = {}
    for rule_id, (columns, rows, _) in cases.items():
        owners = range(1 + len(MODEL.rules[rule_id].reads))
        keys = ["r", *(f"p{i - 1}" for i in owners if i)]
        made = []
        for row in rows:
            objects = {key: {} for key in keys}
            for value, (_, owner, column) in zip(row, columns, strict=True):
                objects[owner][column.name] = in_script(value, column)
            made.append([objects[key] for key in keys])
        given[rule_id] = made
    functions = ",".join(f"{json.dumps(rule.id)}: {predicate(rule, MODEL)}" for rule in RULES)
    page = chrome.new_page()
    page.add_script_tag(content=f"{written('rules')}\nwindow.holds = {{{functions}}};")
    said = page.evaluate(EVERY, given)
    page.close()
    assert said == {rule_id: expected for rule_id, (_, _, expected) in cases.items()}


def test_the_rows_decide_every_predicate_in_more_than_one_way(cases):
    assert [rule for rule, (_, _, said) in cases.items() if len(set(said)) < 2] == []


def test_what_is_not_in_the_language_is_refused_by_name():
    text = Text("x", "x")
    rule = Rule(
        id="odd",
        table="case",
        column="case_key",
        severity="soft",
        check="holds",
        title=text,
        message=text,
        source="x",
        holds="case_key LIKE 'a%'",
    )
    with pytest.raises(BadModel, match="Like has no JavaScript"):
        predicate(rule, MODEL)
