"""SQL that makes the delivered tables, for PostgreSQL and DuckDB: what a database can hold to, it holds to.

A row that breaks a hard rule of its own row is refused, and constraints are named after the rules. What takes
more than one row, apart from keys and references, or is a soft rule, stays with the validator; the last lines
of the script name those rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from das_analysis.errors import BadModel
from das_analysis.lake.sql import literal, quote
from das_analysis.model import Column, Model, Rule, Table, Text
from das_analysis.semantic.downloads.told import Told, delivered_tables

HEAD = """-- The model of the criminal-justice chain as it is delivered, version {version}. Made by DAS.
-- A foreign key asks for the table that it names: who holds only some tables leaves out keys to others."""
TYPES = {"date": "date", "integer": "integer", "decimal": "numeric(14,2)", "boolean": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How an engine says it: `match` tests a column against a whole pattern, `text` is its type of texts."""

    name: str
    text: str
    moment: str
    match: str
    types: Mapping[str, str] = field(default_factory=lambda: TYPES)


# Texts compare by their bytes in both: a rule that wants a code between two others means that order.
POSTGRESQL = Dialect(
    name="postgres", text='text COLLATE "C"', moment="timestamp with time zone", match="{0} ~ {1}"
)
DUCKDB = Dialect(name="duckdb", text="VARCHAR", moment="TIMESTAMPTZ", match="regexp_full_match({0}, {1})")


def ddl(model: Model, dialect: Dialect) -> bytes:
    """Return the script as UTF-8, parents before their children. Raises BadModel for a circle of parents."""
    told = {table.name: (table, columns) for table, columns in delivered_tables(model)}
    parts = [
        f"-- The model of the criminal-justice chain, version {model.version}, as delivered. Made by DAS."
    ]
    for name in _parents_first(told):
        parts += [_table(told[name], model, dialect=dialect), *_comments(told[name])]
    return "\n\n".join([*parts, _unsaid(model)]).encode() + b"\n"


def _parents_first(told: Mapping[str, Told]) -> tuple[str, ...]:
    parents = {
        name: {c.references for c in columns if c.references and not c.open} - {name}
        for name, (_, columns) in told.items()
    }
    try:
        return tuple(TopologicalSorter(parents).static_order())
    except CycleError:
        raise BadModel("tables refer to each other in a circle", todo="make a reference open") from None


def _table(told: Told, model: Model, *, dialect: Dialect) -> str:
    table, columns = told
    lines = [_column(column, dialect=dialect) for column in columns]
    lines += _keys(told, model)
    lines += [
        f"CONSTRAINT {quote(name)} CHECK ({test})" for name, test in _tests(told, model, dialect=dialect)
    ]
    body = ",\n    ".join(lines)
    return f"CREATE TABLE {quote(table.plural)} (\n    {body}\n);"


def _column(column: Column, *, dialect: Dialect) -> str:
    kind = dialect.moment if column.type == "moment" else dialect.types.get(column.type, dialect.text)
    return f"{quote(column.name)} {kind}{' NOT NULL' if column.required else ''}"


def _keys(told: Told, model: Model) -> Iterator[str]:
    table, columns = told
    for key in table.unique:
        what = "PRIMARY KEY" if key == (table.key,) else "UNIQUE"
        yield f"{what} ({', '.join(map(quote, key))})"
    for column in (c for c in columns if c.references and not c.open):
        parent = model.tables[column.references or ""]
        target = f"{quote(parent.plural)} ({quote(parent.key or '')})"
        name = quote(f"{table.name}.{column.name}.reference")
        yield f"CONSTRAINT {name} FOREIGN KEY ({quote(column.name)}) REFERENCES {target}"


def _tests(told: Told, model: Model, *, dialect: Dialect) -> Iterator[tuple[str, str]]:
    """Yield each check with the id of the rule it stands for; an unknown value passes, as in the rules."""
    table, columns = told
    for column in columns:
        name, own = quote(column.name), f"{table.name}.{column.name}"
        if column.codes:
            yield (
                f"{own}.code",
                f"{name} IN ({', '.join(map(literal, model.code_lists[column.codes].codes))})",
            )
        elif column.pattern and column.type not in {*dialect.types, "moment"}:
            check = "identity" if column.type == "key" else "type"
            yield f"{own}.{check}", dialect.match.format(name, literal(column.pattern))
        if column.minimum is not None or column.maximum is not None:
            yield f"{own}.range", _range(column)
    for rule in model.rules.values():
        if rule.table == table.name and _of_one_row(rule):
            yield rule.id, _predicate(rule, table, dialect=dialect)


def _range(column: Column) -> str:
    low = [f"{quote(column.name)} >= {column.minimum}"] if column.minimum is not None else []
    high = [f"{quote(column.name)} <= {column.maximum}"] if column.maximum is not None else []
    return " AND ".join(low + high)


def _of_one_row(rule: Rule) -> bool:
    return rule.check == "holds" and rule.severity == "hard" and not rule.reads


def _predicate(rule: Rule, table: Table, *, dialect: Dialect) -> str:
    """A dated rule holds for rows dated within its validity, both days included."""
    import sqlglot

    holds = sqlglot.transpile(rule.holds or "", read="duckdb", write=dialect.name)[0]
    moment = quote(table.dated_by or "")
    early = [f"{moment} < DATE {literal(rule.valid_from)}"] if rule.valid_from else []
    late = [f"{moment} > DATE {literal(rule.valid_until)}"] if rule.valid_until else []
    return " OR ".join([f"({holds})", *early, *late]) if early or late else holds


def _comments(told: Told) -> Iterator[str]:
    table, columns = told
    own = quote(table.plural)
    yield f"COMMENT ON TABLE {own} IS {_text(table.title, table.definition)};"
    lines = (f"COMMENT ON COLUMN {own}.{quote(c.name)} IS {_text(c.title, c.definition)};" for c in columns)
    yield "\n".join(lines)


def _text(title: Text, definition: Text) -> str:
    return literal(f"{title.en}: {definition.en} | {title.nl}: {definition.nl}")


def _unsaid(model: Model) -> str:
    unsaid = [r for r in model.rules.values() if r.check in {"some", "no_overlap"} or _read_or_soft(r)]
    return "\n".join(
        ["-- Rules that only the validator checks:", *(f"-- {r.id}: {r.title.en}" for r in unsaid)]
    )


def _read_or_soft(rule: Rule) -> bool:
    return rule.check == "dated" or (rule.check == "holds" and not _of_one_row(rule))
