"""Small changes of a valid example that could break a rule: values at the edge of what the rule allows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, pairwise

from das_analysis.model import Column, Model, Rule, Table
from das_analysis.rules.books import Book
from das_analysis.rules.typed import Row

ILL = {"integer": "1.5", "decimal": "1.005", "boolean": "maybe", "date": "2023-02-31", "month": "2023-13"}
ILL_TEXT = ("?", "\x01", "")  # one of these matches no pattern of the model but that of any text
FRESH = "p1.fresh" + "a" * 21
BAD_KEY = "p1.bad"
NUMBER = re.compile(r"(?<![\w'])[0-9]+(?![\w'])")
TEXT = re.compile(r"'([^']*)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change: a cell set (`row` counts from 0), a table emptied, a row copied, or all days moved.

    A copied row stands last; it gets a key of its own when `column` names it.
    """

    table: str = ""
    row: int = 0
    column: str = ""
    value: object = None
    how: str = "set"

    def apply(self, book: Book) -> Book:
        """Return the book after the change."""
        if self.how == "move":
            return {name: [_moved(row, int(str(self.value))) for row in rows] for name, rows in book.items()}
        rows = list(book.get(self.table, ()))
        if self.how == "empty":
            rows = []
        elif self.how == "copy":
            rows.append({**rows[self.row], self.column: FRESH} if self.column else rows[self.row])
        elif self.row < len(rows):
            rows[self.row] = {**rows[self.row], self.column: self.value}
        return {**book, self.table: rows}


def _moved(row: Row, days: int) -> Row:
    return {name: _moved_text(value, days) for name, value in row.items()}


def _moved_text(value: object, days: int) -> object:
    if isinstance(value, str) and re.fullmatch("[0-9]{4}-[0-9]{2}(-[0-9]{2})?", value):
        day = date.fromisoformat(value if len(value) > len("2023-01") else f"{value}-15")
        return (day + timedelta(days=days)).isoformat()[: len(value)]
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A rule, a valid example of its class, and the row of it to change: the last one of the class."""

    rule: Rule
    model: Model
    name: str
    book: Book
    also: frozenset[str] = frozenset()  # rules that no change of the row can keep from breaking with it

    @property
    def table(self) -> Table:
        """The table of the rule."""
        return self.model.tables[self.rule.table]

    @property
    def row(self) -> int:
        """Which row of the table is changed, from 0."""
        return len(self.book[self.table.plural]) - 1

    def read(self) -> Iterator[tuple[Table, int, Column]]:
        """Each cell that the rule reads: its table, row and column."""
        rule, own = self.rule, self.table
        words = re.findall(r"\w+", rule.holds) if rule.holds else [rule.column, *(rule.no_overlap or ())]
        parents = dict(self._parents())
        for word in dict.fromkeys(words):
            alias, _, column = word.partition("__")
            if not column and word in own.columns:
                yield own, self.row, own.columns[word]
            elif column and alias in parents:
                table, row = parents[alias]
                yield table, row, table.columns[column]

    def _parents(self) -> Iterator[tuple[str, tuple[Table, int]]]:
        for column in self.table.columns.values():
            if column.references:
                parent = self.model.tables[column.references]
                keys = [row.get(parent.key or "") for row in self.book.get(parent.plural, ())]
                key = self.cell(self.table, row=self.row, column=column)
                if key in keys:
                    yield column.name.removesuffix("_key"), (parent, keys.index(key))

    def cell(self, table: Table, *, row: int, column: Column) -> object:
        """Return what stands in a cell, None when it is empty."""
        return self.book[table.plural][row].get(column.name)

    def at(self, column: Column, value: object) -> Edit:
        """Return the change of a cell of the row."""
        return Edit(table=self.table.plural, row=self.row, column=column.name, value=value)


def changes(scene: Scene) -> list[Edit]:
    """Return changes that could break the rule of a scene, or come near it."""
    found = _of_check(scene)
    if scene.rule.check in {"dated", "holds", "some"}:
        found = chain(found, _in_time(scene))
    return list(dict.fromkeys(found))


def beside(scene: Scene) -> list[tuple[Edit, ...]]:
    """Return the changes that make the neighbours of an example: books that differ from it in one thing.

    A cell that the rule reads is empty, or has another value; a text is one character off; a second row
    differs from the first in one column of a key.
    """
    rule, column = scene.rule, scene.table.columns[scene.rule.column]
    if rule.check == "holds":
        empty = [Edit(table=t.plural, row=row, column=c.name) for t, row, c in scene.read()]
        return [(edit,) for edit in dict.fromkeys((*empty, *_of_predicate(scene)))]
    if rule.check in {"type", "identity"}:
        text = FRESH if column.type == "key" else scene.cell(scene.table, row=scene.row, column=column)
        return [(scene.at(column, other),) for other in _one_off(text)] if isinstance(text, str) else []
    return list(_second_rows(scene)) if rule.check == "unique" else []


def _one_off(text: str) -> tuple[str, ...]:
    """A text, and the same with a character more at its end or its beginning, and with one less."""
    return (text, f"{text}x", f"x{text}", text[:-1])


def _second_rows(scene: Scene) -> Iterator[tuple[Edit, ...]]:
    """A copy of the row, with an identifier of its own, in which one column of a key has another value."""
    copy = Edit(table=scene.table.plural, row=scene.row, how="copy", column=scene.table.key or "")
    for column in (scene.table.columns[name] for key in scene.table.unique for name in key):
        now = scene.cell(scene.table, row=scene.row, column=column)
        yield copy, replace(scene.at(column, _other(now, column)), row=scene.row + 1)


def _other(value: object, column: Column) -> object:
    """Another value of a column."""
    if isinstance(value, int):
        return value + 1
    return {"key": FRESH, "date": _moved_text(value, 1)}.get(column.type, f"{value}x")


def ways_out(scene: Scene) -> list[Edit]:
    """Return changes that could silence other rules: an optional cell empty, another table empty."""
    found = [Edit(table=name, how="empty") for name in scene.book if name != scene.table.plural]
    for name, rows in scene.book.items():
        table = next(t for t in scene.model.tables.values() if t.plural == name)
        for i, row in enumerate(rows):
            optional = [c for c in row if not table.columns[c].required]
            found += [Edit(table=name, row=i, column=c) for c in optional]
    return found


def _of_check(scene: Scene) -> Iterator[Edit]:
    rule, column, copied = scene.rule, scene.table.columns[scene.rule.column], scene.row + 1
    plural = scene.table.plural
    if rule.check == "unique":
        copy = Edit(table=plural, row=scene.row, how="copy")
        yield copy
    elif rule.check == "no_overlap":
        yield Edit(table=plural, row=scene.row, how="copy", column=scene.table.key or "")
        yield from (replace(e, row=copied) for e in _of_predicate(scene))
    elif rule.check == "some":
        yield Edit(table=scene.model.tables[rule.some or ""].plural, how="empty")
    elif rule.check == "holds":
        yield from _of_predicate(scene)
    else:
        yield from (scene.at(column, value) for value in _of_slot(rule, column, scene=scene))
    if rule.check == "reference":
        yield Edit(table=scene.model.tables[column.references or ""].plural, how="empty")


def _of_slot(rule: Rule, column: Column, *, scene: Scene) -> Iterable[object]:
    if rule.check == "type":
        return (ILL[column.type],) if column.type in ILL else ILL_TEXT
    if rule.check == "range":
        low, high = column.minimum, column.maximum
        edges = [low - 1, low] if low is not None else []
        return [*edges, *([high + 1, high] if high is not None else [])]
    if rule.check == "dated":
        codes = scene.model.code_lists[column.codes or ""].codes.values()
        return [c.code for c in codes if c.valid_from or c.valid_until]
    return {"required": (None,), "code": ("?",), "identity": (BAD_KEY,), "reference": (FRESH,)}[rule.check]


def _in_time(scene: Scene) -> Iterator[Edit]:
    """The whole example moved to just within and just outside what is in force."""
    rule, table = scene.rule, scene.table
    bounds = [rule.valid_from, rule.valid_until]
    if rule.check == "dated":
        column = table.columns[rule.column]
        for code in scene.model.code_lists[column.codes or ""].codes.values():
            bounds += [code.valid_from, code.valid_until]
    moment = scene.book[table.plural][scene.row].get(table.dated_by or "")
    if isinstance(moment, str):
        today = date.fromisoformat(moment[:10])
        for bound in dict.fromkeys(b for b in bounds if b):
            apart = (date.fromisoformat(bound) - today).days
            yield from (Edit(how="move", value=apart + off) for off in (-1, 0, 1))


def _of_predicate(scene: Scene) -> Iterator[Edit]:
    cells = list(scene.read())
    for table, row, column in cells:
        others = [scene.cell(t, row=r, column=c) for t, r, c in cells if (t, r, c) != (table, row, column)]
        now = scene.cell(table, row=row, column=column)
        for value in _values(column, scene=scene, others=[o for o in (*others, now) if o is not None]):
            if value != now:
                yield Edit(table=table.plural, row=row, column=column.name, value=value)


def _values(column: Column, *, scene: Scene, others: Sequence[object]) -> Iterator[object]:
    """Values for one cell that the predicate reads: where it could turn, given the other cells."""
    holds = scene.rule.holds or ""
    numbers = sorted({int(n) for n in NUMBER.findall(holds)})
    if not column.required:
        yield None
    if column.type == "code":
        yield from _codes(column, scene=scene, named=TEXT.findall(holds))
    elif column.type == "boolean":
        yield from (True, False)
    elif column.type in {"integer", "decimal"}:
        yield from _near(numbers, [float(str(o)) for o in others if _is_number(o)], column=column)
    elif column.type in {"date", "month"}:
        days = [date.fromisoformat(str(o)) for o in others if re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(o))]
        yield from _days(days, numbers) if column.type == "date" else _months(days, numbers)
    elif column.type == "text":
        yield from (text for named in TEXT.findall(holds) for text in (named, f"{named}?", "A"))
    elif column.type == "key":
        yield FRESH


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _codes(column: Column, *, scene: Scene, named: Sequence[str]) -> Iterator[str]:
    """The codes that the predicate names, those at the ends of a range it names, and two of the others."""
    codes = list(scene.model.code_lists[column.codes or ""].codes)
    yield from (name for name in named if name in codes)
    yield from [code for code in codes if code not in named][:2]
    for low, high in pairwise(named):
        within = sorted(code for code in codes if low <= code <= high)
        outside = [c for c in sorted(codes) if c > high][:1] + [c for c in sorted(codes) if c < low][-1:]
        yield from (*within[:1], *within[-1:], *outside)


def _near(numbers: Sequence[int], others: Sequence[float], *, column: Column) -> Iterator[object]:
    edges = {0.0, 1.0, *map(float, numbers), *others}
    edges |= {edge for o in others for n in numbers if n > 1 for edge in (o * n, o // n)}
    for edge in sorted(edges):
        for value in (edge - 1, edge, edge + 1):
            within = (column.minimum is None or value >= column.minimum) and (
                column.maximum is None or value <= column.maximum
            )
            if within and value == int(value):
                yield int(value)


def _days(days: Sequence[date], numbers: Sequence[int]) -> Iterator[str]:
    for day in days:
        for apart in (0, *numbers, *(-n for n in numbers)):
            for off in (-1, 0, 1):
                yield (day + timedelta(days=apart + off)).isoformat()


def _months(days: Sequence[date], numbers: Sequence[int]) -> Iterator[str]:
    for day in days:
        for age in (n for n in numbers if 10 < n < 100):  # noqa: PLR2004 - years of age, not places in a text
            for year, month in ((day.year - age, day.month), (day.year - age, day.month + 1)):
                yield f"{year + (month > 12):04d}-{(month - 1) % 12 + 1:02d}"  # noqa: PLR2004 - months of a year
