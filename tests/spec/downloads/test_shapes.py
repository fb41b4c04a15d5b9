"""SHACL shapes: what they find in a graph is what is wrong with its rows, rule by rule."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pyshacl
import pytest
import yaml
from rdflib import RDF, SH, Graph, URIRef
from rdflib.plugins.sparql import prepareQuery

from das_analysis.rules import check_books
from das_analysis.semantic import terms
from das_analysis.semantic.downloads.shapes import RULES
from das_analysis.semantic.downloads.unsaid import UNTRANSLATED, unsaid, unsayable

PAGE = Path(__file__).parents[3] / "docs" / "shacl.md"
EXAMPLES = Path(__file__).parents[3] / "model" / "examples"
OF_CELL = {"type", "code", "identity"}
CELLS = {"required", *OF_CELL}
TWICE = "charged_crime"  # the one class with a key that is not its name
PREPARED = cache(prepareQuery)


class Quick(Graph):
    """A graph that reads a query once: pyshacl asks the same one for every row."""

    def query(self, query, *given, **named):
        return super().query(PREPARED(query), *given, **named)


@pytest.fixture(scope="module")
def shapes(files):
    return Graph().parse(data=files["schema/shapes.ttl"], format="turtle")


@pytest.fixture(scope="module")
def left(model):
    return unsayable(model)


def quick(graph):
    found = Quick()
    for triple in graph:
        found.add(triple)
    return found


def results(graph, shapes):
    """(node, rule id, severity) of every result that stems from a rule."""
    _, report, _ = pyshacl.validate(quick(graph), shacl_graph=shapes, inplace=True)
    found = set()
    for result in report.subjects(RDF.type, SH.ValidationResult):
        source = str(report.value(result, SH.sourceShape))
        node, severity = report.value(result, SH.focusNode), report.value(result, SH.resultSeverity)
        found.add((node, source.removeprefix(RULES), severity))
    return found


def wanted(tables, model, made):
    """The same, said by the validator of tables."""
    severity = {"hard": SH.Violation, "soft": SH.Warning}
    return {
        (made.node_of(model.tables[name], tables[name][place]), rule, severity[model.rules[rule].severity])
        for name, place, rule in made.broken_rules(tables, model)
    }


@pytest.mark.slow
def test_they_find_in_random_rows_what_the_validator_finds(model, made, shapes):
    many = made.tables_of(model, made.seeded(3), rows=400, more=["sanction", "court_case"])
    nodes = [table.name for table in terms.named_tables(model)]
    tables = made.picked({name: rows for name, rows in many.items() if name in nodes}, model)
    expected = wanted(tables, model, made)
    assert results(made.graph_of(tables, model), shapes) == expected
    broken = {rule for _, rule, _ in expected}
    holds = {r.id for r in model.rules.values() if r.check == "holds" and r.table in nodes}
    assert holds - broken == set()
    assert {"dated", "reference", "some"} <= {model.rules[rule].check for rule in broken}


def wrong_values(column):
    """Values that break one thing that a slot says."""
    if column.codes:
        yield "no code"
    elif column.type in {"integer", "decimal"}:
        yield from (10**13,) if column.maximum is None else ()
        yield from (() if column.minimum is None else (column.minimum - 1,))
        yield from (() if column.maximum is None else (column.maximum + 1,))
    elif column.type == "key" or (column.pattern and column.type in {"text", "month"}):
        yield "\x0bnothing" if column.pattern.startswith("^[^") else "%"


def faulty(table, model, made, draw):
    """Rows with one wrong value each, and rows without a required one."""
    for column in made.columns_of(table):
        for value in wrong_values(column):
            yield made.row_of(table, model, draw) | {column.name: value}
        if column.required and column.name not in terms.naming(table):
            row = made.row_of(table, model, draw)
            yield {name: value for name, value in row.items() if name != column.name}


def alone(shapes, *names):
    """The shapes of these names and no other: pyshacl reads all of them again each time."""
    kept = shapes.cbd(URIRef(f"{terms.VOCABULARY}shapes"))
    for name in names:
        kept += shapes.cbd(URIRef(terms.VOCABULARY + name))
    return kept


def without_queries(shapes):
    """The shapes in core SHACL: what a slot says."""
    core = quick(shapes)
    for shape in set(shapes.subjects(SH.sparql)):
        core.remove((shape, None, None))
    return core


def test_they_find_every_fault_of_a_slot(model, made, shapes, left):
    draw, tables = made.seeded(2), {}
    for table in model.tables.values():
        if made.columns_of(table) and table.key and table.columns[table.key].type == "key":
            tables[table.name] = list(faulty(table, model, made, draw))
    of_slots = {"required", "type", "code", "range", "identity"}
    expected = {w for w in wanted(tables, model, made) if model.rules[w[1]].check in of_slots}
    found = results(made.graph_of(tables, model), without_queries(shapes))
    assert {f for f in found if f[1] in model.rules and model.rules[f[1]].check in of_slots} == expected
    broken = {rule for _, rule, _ in expected}
    said = [r for r in model.rules.values() if r.check in of_slots and r.id not in left]
    unproven = [r for r in said if r.table in tables and r.id not in broken]
    columns = [model.tables[r.table].columns[r.column] for r in unproven]
    assert all(c.type in {"date", "boolean"} or c.maximum is not None for c in columns)


@pytest.mark.parametrize(
    ("spells", "at_fault"),
    [
        ([(1, 5), (5, 9)], []),
        ([(1, 5), (4, 9)], [1]),
        ([(1, None), (4, 9)], [1]),
        ([(4, 9), (1, None)], [0]),
        ([(1, 5), (1, 5)], [1]),
    ],
)
def test_they_find_spells_that_overlap(spells, at_fault, model, made, shapes):
    draw, table = made.seeded(3), model.tables["detention_spell"]
    keys = sorted(f"p1.{'abcdefgh'[i] * 26}" for i in range(len(spells)))
    rows = []
    for key, (since, until) in zip(keys, spells, strict=True):
        row = made.row_of(table, model, draw, filled=0) | {"spell_key": key, "register_key": f"p1.{'x' * 26}"}
        ended = {"ended_on": date(2025, 1, until)} if until else {}
        rows.append(row | {"started_on": date(2025, 1, since), **ended})
    found = results(made.graph_of({"detention_spell": rows}, model), alone(shapes, "rule/spells_overlap"))
    nodes = {node for node, rule, _ in found if rule == "spells_overlap"}
    assert nodes == {made.node_of(table, rows[i]) for i in at_fault}


def test_two_rows_of_one_name_that_differ_are_found(model, made, shapes):
    draw, table = made.seeded(4), model.tables["police_report"]
    row = made.row_of(table, model, draw)
    rows = [row | {"closed_on": date(2025, 1, day)} for day in (1, 2)]
    found = results(made.graph_of({"police_report": rows}, model), alone(shapes, "PoliceReportShape"))
    assert {node for node, rule, _ in found if rule not in model.rules} == {made.node_of(table, row)}


def test_what_is_no_date_is_found(model, made, shapes):
    draw, table = made.seeded(5), model.tables["police_report"]
    row = made.row_of(table, model, draw) | {"closed_on": "2025-02-30"}
    rule = alone(shapes, "rule/police_report.closed_on.type")
    found = results(made.graph_of({"police_report": [row]}, model), rule)
    assert {rule for _, rule, _ in found} == {"police_report.closed_on.type"}


@pytest.fixture(scope="module")
def files_of_rows(model, made):
    """The rows of every file of examples, by its name."""
    paths = sorted(EXAMPLES.glob("*valid/*.yaml"))
    return {p.stem: made.read_file(yaml.safe_load(p.read_text(encoding="utf-8")), model) for p in paths}


@pytest.fixture(scope="module")
def examples(files_of_rows, model, made):
    """The rows of files where every row has a name and every cell a value; the named rows of the others."""
    judged = dict(zip(files_of_rows, check_books(list(files_of_rows.values()), model), strict=True))
    named = {
        name: {t: [row for row in rows if made.is_named(model.tables[t], row)] for t, rows in file.items()}
        for name, file in files_of_rows.items()
    }
    ill = {name for name, found in judged.items() if any(model.rules[f.rule].check in OF_CELL for f in found)}
    sound = {name for name, file in files_of_rows.items() if name not in ill and named[name] == file}
    return [
        made.merged({n: {t: rows for t, rows in named[n].items() if rows} for n in names}, model)
        for names in (sorted(sound), sorted(set(named) - sound))
    ]


@pytest.mark.slow
def test_they_find_in_the_examples_what_the_validator_finds(examples, model, made, shapes, left):
    sound, _ = examples
    twice = f"{TWICE}.unique"  # its example is one row given twice, which in a graph is one
    expected = {w for w in wanted(sound, model, made) if w[1] not in {*left, twice}}
    assert results(made.graph_of(sound, model), shapes) == expected


@pytest.mark.filterwarnings("ignore:Parsing weird boolean")  # the ill cells are given on purpose
def test_they_find_in_the_examples_which_cells_are_at_fault(examples, model, made, shapes, left):
    """A cell that is no value is unknown to the other rules of the validator; a shape may compare it."""
    _, ill = examples
    said = {r.id for r in model.rules.values() if r.check in CELLS and r.id not in left}
    found = results(made.graph_of(ill, model), alone(shapes, *(f"rule/{rule}" for rule in said)))
    assert found == {w for w in wanted(ill, model, made) if w[1] in said}


def test_every_shape_is_broken_by_an_example(files_of_rows, examples, model, made, left):
    """But for what a graph cannot show: a row without a part of its name."""
    sound, ill = (wanted(tables, model, made) for tables in examples)
    broken = (
        {f"{TWICE}.unique"} | {w[1] for w in sound} | {w[1] for w in ill if model.rules[w[1]].check in CELLS}
    )
    unproven = [rule for rule in model.rules.values() if rule.id not in broken and rule.id not in left]
    assert {TWICE} == {r.table for r in model.rules.values() if r.check == "unique" and r.id not in left}
    assert len(files_of_rows) > len(model.rules)
    assert all(r.check == "required" for r in unproven)
    assert all(r.column in terms.naming(model.tables[r.table]) for r in unproven)


def test_every_rule_has_a_shape_or_a_reason(model, shapes, left):
    named = {str(s).removeprefix(RULES) for s in shapes.subjects(SH.severity)}
    assert named | set(left) == set(model.rules)
    assert not named & set(left)


@pytest.mark.parametrize(
    "holds", ["hash(case_key) = 1", "(source_code || case_key) IS NULL", "office_code < source_code"]
)
def test_a_predicate_that_sparql_has_no_words_for_is_left_unsaid(holds, model):
    rule = replace(model.rules["legal_person_with_birth_month"], holds=holds)
    odd = replace(model, rules={rule.id: rule})
    assert unsayable(odd) == {rule.id: UNTRANSLATED}
    assert rule.id.encode() in unsaid(odd)


def test_a_shape_speaks_both_languages(model, shapes, left):
    for rule in (rule for rule in model.rules.values() if rule.id not in left):
        shape = URIRef(RULES + rule.id)
        said = {m.language: str(m) for m in shapes.objects(shape, SH.message)}
        assert said == {"nl": rule.message.nl, "en": rule.message.en}


def test_the_page_on_what_is_left_unsaid_is_fresh(files):
    todo = "das model downloads writes it anew, as schema/shapes.md: copy that to docs/shacl.md"
    assert PAGE.read_bytes() == files["schema/shapes.md"], todo
