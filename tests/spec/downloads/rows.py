"""Random rows of the model, and what is wrong with them, judged in a plain way."""

import random
import re
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from rdflib import RDF, Graph, Literal, URIRef

from das_analysis.model import load_model
from das_analysis.rules import check_rows
from das_analysis.semantic import terms

PARSER = re._parser
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
FIRST, DAYS = date(2010, 6, 1), 3000


def columns_of(table):
    return [c for c in table.columns.values() if c.stage != "linked"]


def text_like(pattern, draw):
    """A text that a pattern of the model matches in full."""
    return _written(_parsed(pattern), draw)


@cache
def _parsed(pattern):
    return PARSER.parse(pattern)


def _written(parsed, draw):
    return "".join(_one(str(kind), value, draw) for kind, value in parsed)


def _one(kind, value, draw):
    if kind == "LITERAL":
        return chr(value)
    if kind == "IN":
        return _of_class(value, draw)
    if kind == "MAX_REPEAT":
        low, high, inner = value
        return "".join(_written(inner, draw) for _ in range(draw.randint(low, min(high, low + 8))))
    if kind == "SUBPATTERN":
        return _written(value[3], draw)
    return _written(draw.choice(value[1]), draw) if kind == "BRANCH" else ""


def _of_class(members, draw):
    if str(members[0][0]) == "NEGATE":
        return draw.choice("aé\"'\\<>& \n\t;=€")
    kind, value = draw.choice(members)
    return chr(value) if str(kind) == "LITERAL" else chr(draw.randint(*value))


@cache
def mentioned():
    """Texts, and by table numbers, that written rules mention: near them rules are broken."""
    model = load_model()
    texts, numbers = set(), {name: set() for name in model.tables}
    for rule in model.rules.values():
        texts |= set(re.findall("'([^']*)'", rule.holds or ""))
        numbers[rule.table] |= {
            int(n) for n in re.findall(r"(?<![0-9'])([0-9]{1,5})(?![0-9'])", rule.holds or "")
        }
    return texts, numbers


def code_of(column, model, draw):
    codes = list(model.code_lists[column.codes].codes)
    near = [code for code in codes if code in mentioned()[0]]
    return draw.choice(near if near and draw.random() < 0.8 else codes)


def number_of(column, model, draw, *, table):
    low = 0 if column.minimum is None else column.minimum
    high = low + 400 if column.maximum is None else column.maximum
    near = [n + d for n in mentioned()[1][table] for d in (-1, 0, 1) if low <= n + d <= high]
    number = draw.choice(near) if near and draw.random() < 0.7 else draw.randint(low, high)
    return number if column.type == "integer" else Decimal(number)


def value_of(column, model, draw, *, table, parents=()):
    """A value that its slot allows."""
    if column.references and parents and draw.random() < 0.95:
        return draw.choice(parents)
    if column.codes:
        return code_of(column, model, draw)
    if column.type in {"integer", "decimal"}:
        return number_of(column, model, draw, table=table)
    made = {
        "date": lambda: (
            FIRST + timedelta(days=draw.choice((1500 + draw.randrange(40), draw.randrange(DAYS))))
        ),
        "moment": lambda: f"2026-01-{draw.randint(10, 28)}T12:00:{draw.randint(10, 59)}Z",
        "month": lambda: f"{draw.randint(1995, 2004)}-{draw.randint(1, 12):02}",
        "boolean": lambda: draw.random() < 0.5,
        "key": lambda: f"p1.{''.join(draw.choices(BASE32, k=26))}",
    }
    return made.get(column.type, lambda: text_like(column.pattern, draw))()


def row_of(table, model, draw, *, filled=0.7, known=None):
    """A row whose slots are right; `known` gives the keys of the rows that it may refer to."""
    row = {}
    for column in columns_of(table):
        parents = (known or {}).get(column.references, ())
        if column.required or draw.random() < filled:
            row[column.name] = value_of(column, model, draw, table=table.name, parents=parents)
    twins = [c.name for c in columns_of(table) if c.references and c.name in row]
    alike = [n for n in twins if table.columns[n].references == table.columns[twins[0]].references]
    return row | (dict.fromkeys(alike, row[twins[0]]) if draw.random() < 0.05 else {}) if twins else row


def tables_of(model, draw, *, rows, more=()):
    """Rows of every delivered table, ten times as many of some; a reference leads to a row, or to none."""
    keyed = [t for t in model.tables.values() if t.key and columns_of(t)]
    size = {name: rows * (10 if name in more else 1) for name in model.tables}
    known = {t.name: [key_of(t, model, draw, place=i) for i in range(size[t.name])] for t in keyed}
    made = {n: [row_of(t, model, draw, known=known) for _ in range(size[n])] for n, t in model.tables.items()}
    for table in keyed:
        for key, row in zip(known[table.name], made[table.name], strict=True):
            row[table.key] = key
            own = [c.name for c in columns_of(table) if c.references == table.name and c.name in row]
            row.update({name: key for name in own if draw.random() < 0.1})
    return {name: [row for row in some if row] for name, some in made.items() if any(some)}


def key_of(table, model, draw, *, place):
    column = table.columns[table.key]
    return f"d{place}" if column.type == "text" else value_of(column, model, draw, table=table.name)


def picked(tables, model):
    """Of many rows a few that break each rule that is broken, and the rows that those rules read too."""
    broken = {}
    for name, place, rule in sorted(broken_rules(tables, model)):
        broken.setdefault((name, place), set()).add(rule)
    chosen, seen = {name: set() for name in tables}, set()
    places = {
        name: {row.get(t.key): p for p, row in enumerate(tables[name])} for name, t in _keyed(tables, model)
    }
    for (name, place), rules in sorted(broken.items(), key=lambda item: -len(item[1])):
        if rules - seen:
            chosen[name].add(place)
        for reference in {r for rule in rules - seen for r in model.rules[rule].reads}:
            parent = model.tables[name].columns[reference].references
            found = places[parent].get(tables[name][place].get(reference))
            chosen[parent] |= set() if found is None else {found}
        seen |= rules
    return {name: [tables[name][place] for place in sorted(some)] for name, some in chosen.items()}


def _keyed(tables, model):
    return [(name, model.tables[name]) for name in tables if model.tables[name].key]


def wrong_rows(table, row, *, ill, spoilt):
    """A right row in wrong ways, each with the column at fault.

    `ill`: a value of the wrong type for a column; `spoilt`: whether % is none of its values.
    """
    for column in columns_of(table):
        yield column.name, row | {column.name: ill(column)}
        if spoilt(column):
            yield column.name, row | {column.name: "%"}
        if column.required:
            yield column.name, {k: v for k, v in row.items() if k != column.name}
        if column.minimum is not None:
            yield column.name, row | {column.name: column.minimum - 1}
        if column.maximum is not None:
            yield column.name, row | {column.name: column.maximum + 1}


def plain(row):
    """A row as JSON has it."""
    texts = {date: date.isoformat, Decimal: float}
    return {name: texts.get(type(value), lambda v: v)(value) for name, value in row.items()}


LETTERS = str.maketrans("0123456789", "abcdefghij")


def read_file(book, model):
    """The rows of a file of examples by table, without what is not known."""
    names = {t.plural: t for t in model.tables.values()}
    return {
        names[plural].name: [
            {n: _number(names[plural].columns[n], v) for n, v in row.items() if v is not None} for row in rows
        ]
        for plural, rows in book.items()
    }


def _number(column, value):
    is_number = column.type == "decimal" and type(value) in {int, float}
    return Decimal(str(value)) if is_number else value


def merged(files, model):
    """The rows of many files, named by class, as one set of tables in which no file meets another.

    Each file gets keys of its own, which sort as it names them: of two rows with one key a graph knows no
    other order. What it holds beside its class is there once where other files hold the same.
    """
    tables, seen = {}, {}
    for number, (name, file) in enumerate(files.items()):
        (table,) = (t for t in model.tables.values() if t.class_name == name.partition("-")[0])
        own = table.name
        rest = {n: rows for n, rows in file.items() if n != own}
        theirs = _keys(rest, model)
        referred_to = any(row.get(table.key) in theirs for row in file.get(own, []))
        apart = referred_to or any(table.columns[c].references for key in table.unique for c in key)
        renamed = {key: _named(number, place) for place, key in enumerate(_keys(file, model))}
        if not apart:
            shared = 10_000 + seen.setdefault(repr(rest), len(seen))
            renamed |= {key: _named(shared, place) for place, key in enumerate(theirs)}
        for other, rows in file.items():
            new = [{n: renamed.get(v, v) for n, v in row.items()} for row in rows]
            known = tables.setdefault(other, [])
            known += new if other == own or apart else [row for row in new if row not in known]
    return tables


def _keys(tables, model):
    """The keys in rows that are well-formed, in their order."""
    return dict.fromkeys(
        value
        for name, rows in tables.items()
        for row in rows
        for column, value in ((model.tables[name].columns[n], v) for n, v in row.items())
        if (column.type == "key" or column.identifier) and re.fullmatch(column.pattern, value)
    )


def _named(number, place):
    return "p1." + f"{number:013}{place:013}".translate(LETTERS)


# ---------------------------------------------------------------- as RDF


def lexical(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return str(value)


def node_of(table, row):
    names = "/".join(lexical(row[name]) for name in terms.naming(table))
    return URIRef(terms.row_prefix(table.name) + names)


def is_named(table, row):
    """Whether a row has what names it, and so a place in a graph."""
    return table in terms.named_tables(load_model()) and set(terms.naming(table)) <= set(row)


def graph_of(tables, model):
    """The rows as a graph, by decision 0005; made without the exporter."""
    graph = Graph()
    for name, rows in tables.items():
        table = model.tables[name]
        for row in rows:
            node = node_of(table, row)
            graph.add((node, RDF.type, URIRef(terms.class_iri(table))))
            for column in (c for c in columns_of(table) if c.name in row and not c.identifier):
                graph.add((node, URIRef(terms.slot_iri(column.name)), object_of(column, row[column.name])))
    return graph


def object_of(column, value):
    means = terms.term(column)
    if column.codes:
        return URIRef(terms.code_iri(column.codes, value))
    if means.form == "iri":
        return URIRef(means.prefix + value)
    return Literal(lexical(value), datatype=URIRef(means.datatype))


# ---------------------------------------------------------------- judged by the validator


def broken_rules(tables, model):
    """(table, place, rule id) of all that the validator finds."""
    return {(found.table, found.row - 1, found.rule) for found in check_rows(tables, model)}


def seeded(seed):
    return random.Random(seed)
