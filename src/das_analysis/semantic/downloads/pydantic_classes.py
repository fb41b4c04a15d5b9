"""Pydantic classes of the delivered rows, as one Python module that needs nothing of DAS.

A row is one class, a code list one enumeration, and `Tables` holds rows under each table's plural. Unique
keys, references and rules over columns are left to the validator.
"""

from __future__ import annotations

import re
from textwrap import indent, wrap

from das_analysis.model import CodeList, Column, Model
from das_analysis.semantic.downloads.told import LARGEST, Told, both, delivered_tables, used_lists

WIDTH = 100
HEAD = '''"""Rows of the model of the chain, version {version}, as Pydantic classes. Made by DAS.

The Dutch name of each thing stands between brackets. A value that is unknown is None, or left out.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _day(value: Any) -> Any:
    """A date is a date, or a text such as 2026-09-30; a moment or a number is none."""
    if isinstance(value, datetime) or not isinstance(value, date | str):
        raise ValueError("a date is written as 2026-09-30")
    return value if isinstance(value, date) else date.fromisoformat(_sized(value, 10))


def _moment(value: Any) -> Any:
    """A moment is a datetime, or a text such as 2026-09-30T12:00:00Z."""
    if not isinstance(value, datetime | str):
        raise ValueError("a moment is written as 2026-09-30T12:00:00Z")
    return value if isinstance(value, datetime) else datetime.fromisoformat(_sized(value, 20))


def _sized(value: str, size: int) -> str:
    if len(value) != size:
        raise ValueError("a date is written as 2026-09-30, a moment as 2026-09-30T12:00:00Z")
    return value


def _number(value: Any) -> Any:
    """A number is a number: a truth or a text is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("a number is no text")
    return value


Day = Annotated[date, BeforeValidator(_day)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Integer = Annotated[int, Field(strict=True, ge=-{integer}, le={integer})]
Amount = Annotated[Decimal, BeforeValidator(_number), Field(max_digits=14, decimal_places=2)]
Truth = Annotated[bool, Field(strict=True)]


class Row(BaseModel):
    """What all rows share: no columns that the model does not know."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)'''
TYPES = {"date": "Day", "moment": "Moment", "integer": "Integer", "decimal": "Amount", "boolean": "Truth"}


def pydantic_classes(model: Model) -> bytes:
    """Return the module as UTF-8."""
    tables = delivered_tables(model)
    lists = used_lists([column for _, columns in tables for column in columns])
    parts = [HEAD.format(version=model.version, integer=f"{int(LARGEST['integer']):_}")]
    parts += [_enumeration(model.code_lists[name]) for name in lists]
    parts += [_class(told) for told in tables]
    return "\n\n\n".join([*parts, _tables(tables)]).encode() + b"\n"


def _doc(said: str, *, margin: int = 4) -> str:
    """A docstring, wrapped and indented; the model's own text may hold quotes and backslashes."""
    text = said.replace("\\", "\\\\").replace('"', '\\"')
    lines = wrap(text, WIDTH - margin - 3, break_long_words=False, break_on_hyphens=False)
    if len(lines) == 1:
        return indent(f'"""{lines[0]}"""', " " * margin)
    return indent('"""' + "\n".join(lines) + '\n"""', " " * margin)


def _enumeration(found: CodeList) -> str:
    doc = _doc(f"{both(found.title)}: {found.definition.en}")
    members = (_member(code.code, both(code.title)) for code in found.codes.values())
    return f"class {found.name}(StrEnum):\n{doc}\n\n" + "\n".join(members)


def _member(code: str, title: str) -> str:
    """A code as a member, with its titles above it."""
    lines = wrap(title, WIDTH - 6)
    return "\n".join([*(f"    # {line}" for line in lines), f'    {member_name(code)} = "{code}"'])


def member_name(code: str) -> str:
    """Return the name of a code in its enumeration: GEV_L, C_1_2 for 1.2, C_O for O, which looks like 0."""
    name = re.sub(r"[^A-Za-z0-9]", "_", code).upper()
    return f"C_{name}" if not name[0].isalpha() or name in {"I", "O"} else name


def _class(told: Told) -> str:
    table, columns = told
    doc = _doc(f"{both(table.title)}: {table.definition.en}")
    return f"class {table.class_name}(Row):\n{doc}\n\n" + "\n".join(map(_field, columns))


def _field(column: Column) -> str:
    type_, limits = _type(column), _limits(column)
    type_ = f"Annotated[{type_}, Field({limits})]" if limits else type_
    given = type_ if column.required else f"{type_} | None = None"
    return f"    {column.name}: {given}\n{_doc(f'{both(column.title)}: {column.definition.en}')}"


def _type(column: Column) -> str:
    return column.codes or TYPES.get(column.type, "str")


def _limits(column: Column) -> str:
    if not column.codes and column.type not in TYPES:
        return f'pattern=r"{column.pattern}"'
    bounds = {"ge": column.minimum, "le": column.maximum}
    return ", ".join(f"{word}={bound}" for word, bound in bounds.items() if bound is not None)


def _tables(tables: tuple[Told, ...]) -> str:
    doc = _doc("Rows of every table, under its plural (rijen van elke tabel, onder haar meervoud).")
    fields = "\n".join(f"    {table.plural}: list[{table.class_name}] = []" for table, _ in tables)
    return f"class Tables(Row):\n{doc}\n\n{fields}"
