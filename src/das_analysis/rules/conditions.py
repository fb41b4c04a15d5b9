"""The condition, in SQL, under which a row breaks a rule that one row decides: one for text and for types."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from das_analysis.lake.sql import literal, quote
from das_analysis.model import Column, Model, Rule, Table

OF_CELL = ("type", "code", "identity")  # what is there is no value of the model


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How SQL sees a column: what was given, the value made of it, when what was given is no value.

    `ill` is None where the card itself fills the cell: then there is nothing to judge.
    """

    given: str
    value: str
    ill: str | None


def broken(
    rule: Rule, table: Table, *, cells: Mapping[str, Cell], required: Collection[str], model: Model
) -> Iterator[str]:
    """Yield the conditions under which a row breaks a rule, none when one row cannot decide it.

    `required` are the columns that must be filled here; a column without a cell was not given at all.
    """
    for condition in _broken(rule, table, cells=cells, required=required, model=model):
        yield in_force(rule, table, broken=condition)


def _broken(
    rule: Rule, table: Table, *, cells: Mapping[str, Cell], required: Collection[str], model: Model
) -> Iterator[str]:
    column, cell = table.columns[rule.column], cells.get(rule.column)
    if rule.holds and not rule.reads:
        yield f"NOT ({rule.holds})"
    elif rule.check == "required" and column.name in required:
        yield _absent(column, cell)
    elif cell:
        yield from _of_cell(rule, table, cell=cell, model=model)


def _of_cell(rule: Rule, table: Table, *, cell: Cell, model: Model) -> Iterator[str]:
    column = table.columns[rule.column]
    if rule.check in OF_CELL and cell.ill is not None:
        yield cell.ill
    elif rule.check == "range":
        yield _out_of_range(column, cell.value)
    elif rule.check == "dated" and table.dated_by:
        yield from _not_yet_or_no_longer(column, cell.value, moment=quote(table.dated_by), model=model)


def _absent(column: Column, cell: Cell | None) -> str:
    """A key that only a card requires must be usable, too: its own rule on identities is soft."""
    if cell is None:
        return "true"
    asked = cell.value if column.type == "key" and not column.required else cell.given
    return f"{asked} IS NULL"


def _out_of_range(column: Column, value: str) -> str:
    low = f"{value} < {column.minimum}" if column.minimum is not None else "false"
    high = f"{value} > {column.maximum}" if column.maximum is not None else "false"
    return f"({low} OR {high})"


def _not_yet_or_no_longer(column: Column, value: str, *, moment: str, model: Model) -> Iterator[str]:
    """One condition for all codes that began and ended on the same days."""
    together: dict[tuple[str | None, str | None], list[str]] = {}
    for code in model.code_lists[column.codes or ""].codes.values():
        together.setdefault((code.valid_from, code.valid_until), []).append(code.code)
    for (since, until), codes in together.items():
        early = [f"{moment} < DATE {literal(since)}"] if since else []
        late = [f"{moment} > DATE {literal(until)}"] if until else []
        if early or late:
            listed = ", ".join(map(literal, codes))
            yield f"{value} IN ({listed}) AND ({' OR '.join(early + late)})"


def in_force(rule: Rule, table: Table, *, broken: str) -> str:
    """Limit a dated rule to rows dated within its validity, both days included."""
    moment = quote(table.dated_by or "")
    since = f" AND {moment} >= DATE {literal(rule.valid_from)}" if rule.valid_from else ""
    until = f" AND {moment} <= DATE {literal(rule.valid_until)}" if rule.valid_until else ""
    return f"({broken}){since}{until}"
