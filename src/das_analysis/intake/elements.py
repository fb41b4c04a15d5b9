"""Walks through one XML file with expat, element by element, and takes out what a card's paths lead to.

Expat is of the standard library and streams. It meets no document type here, so it knows no entity and opens
nothing; how deep, long and many things are is capped. Of the rest of a file, such as the text of a judgment,
nothing is kept.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from das_analysis.errors import BadDelivery
from das_analysis.intake.plain import MAX_CELL
from das_analysis.model import Supplier
from das_analysis.model.markup import Place, Step, rows_at, value_at

MAX_DEPTH, MAX_ELEMENTS = 100, 2_000_000
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\N{ZERO WIDTH NO-BREAK SPACE}]")
_NO_DTD = "take the document type out: the model says what a file holds"
Row = tuple[str, list[str]]  # a table, and the values of its columns in the card's order
Key = tuple[str, str, int]  # a table, a column, and which of its paths
Found = dict[Key, list[str]]


@dataclass(frozen=True, slots=True)
class _Target:
    """What to do at an element: begin a row of `table`, or take a value for the rows below `anchor`."""

    steps: tuple[Step, ...]
    key: Key
    place: Place | None = None
    anchor: int = 0  # how deep the element is that keeps the value: the row's own, or one above it


@dataclass(frozen=True, slots=True)
class Plan:
    """What a card looks for, by depth and name of the element; and, of each row, how far up it looks."""

    card: Supplier
    roots: frozenset[str]
    targets: Mapping[tuple[int, str], list[_Target]]
    places: Mapping[str, Mapping[str, tuple[Place, ...]]]

    def height(self, table: str) -> int:
        """How many elements above its own a row waits for."""
        return max(place.up for places in self.places[table].values() for place in places)


def make_plan(card: Supplier) -> Plan:
    """Return what a card of XML looks for. Raises BadModel for a path that is none."""
    targets: dict[tuple[int, str], list[_Target]] = defaultdict(list)
    places: dict[str, dict[str, tuple[Place, ...]]] = {}
    roots = set()
    for name, table in card.tables.items():
        rows = rows_at(table.rows or "", card.namespaces)
        roots.add(rows[0].name)
        targets[len(rows), rows[-1].name].append(_Target(rows, (name, "", 0)))
        places[name] = {}
        for column in table.columns.values():
            found = tuple(value_at(path, card.namespaces) for path in column.paths)
            places[name][column.name] = found
            for number, place in enumerate(found):
                anchor = len(rows) - place.up
                steps = (*rows[:anchor], *place.down)
                if place.take != "position":
                    target = _Target(steps, (name, column.name, number), place, anchor)
                    targets[len(steps), steps[-1].name].append(target)
    return Plan(card, frozenset(roots), targets, places)


@dataclass(slots=True)
class _Waiting:
    """A row that began, and still waits for elements to close."""

    table: str
    number: int
    line: int
    found: tuple[Found, ...]  # of the elements above it and of its own, the root's first


@dataclass(slots=True)
class _Element:
    """An element that is open: what its rows found in it, and the text that is listened to."""

    name: str
    place: int
    children: Counter[str] = field(default_factory=Counter)
    found: Found = field(default_factory=dict)
    rows: list[_Waiting] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    length: int = 0
    takers: list[tuple[Found, Key]] = field(default_factory=list)


class Walker:
    """Reads the bytes of one file. `rows` holds what is complete; whoever reads it empties it."""

    def __init__(self, name: str, plan: Plan) -> None:
        self.name, self.plan = name, plan
        self.rows: list[Row] = []
        self._begun: Counter[str] = Counter()
        self._open: list[_Element] = []
        self._listening: list[_Element] = []
        self._elements = 0
        self._parser = expat.ParserCreate("UTF-8", " ")
        self._parser.buffer_text = True
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartDoctypeDeclHandler = self._document_type
        self._parser.EntityDeclHandler = self._entity
        self._parser.ExternalEntityRefHandler = self._entity
        self._parser.SkippedEntityHandler = self._entity
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def feed(self, data: bytes, *, last: bool) -> None:
        """Read on. Raises BadDelivery, naming the line, at the first fault; no text of the file is in it."""
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            fault = f"not well-formed XML in UTF-8: {expat.ErrorString(error.code)}"
            where = f"{self.name}, line {error.lineno}"
            raise BadDelivery(fault, where=where, todo="write or copy the file again") from None

    def _refuse(self, what: str, *, todo: str, line: int | None = None) -> NoReturn:
        where = f"{self.name}, line {line or self._parser.CurrentLineNumber}"
        raise BadDelivery(what, where=where, todo=todo)

    def _declaration(self, version: str, encoding: str | None, *_: int) -> None:
        if version != "1.0":
            self._refuse("another XML than version 1.0", todo="write it as XML 1.0")
        if encoding is not None and encoding.lower() != "utf-8":
            self._refuse("the file says it is not UTF-8", todo="write it as UTF-8")

    def _document_type(self, *_: object) -> NoReturn:
        self._refuse("a document type (DTD) in the file", todo=_NO_DTD)

    def _entity(self, *_: object) -> NoReturn:
        self._refuse("an entity in the file", todo=_NO_DTD)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count(name)
        place = 1
        if self._open:
            self._open[-1].children[name] += 1
            place = self._open[-1].children[name]
        self._open.append(_Element(name, place))
        for target in self.plan.targets.get((len(self._open), name), ()):
            if self._is_at(target.steps):
                self._meet(target, attributes)

    def _count(self, name: str) -> None:
        self._elements += 1
        if self._elements == 1 and name not in self.plan.roots:
            root = next(iter(self.plan.card.tables.values())).rows or ""
            self._refuse("the root is not that of the card", todo=f"look for {root.partition('/')[0]}")
        if len(self._open) == MAX_DEPTH:
            self._refuse(f"elements more than {MAX_DEPTH} deep", todo="deliver the file as it was published")
        if self._elements > MAX_ELEMENTS:
            self._refuse(f"more than {MAX_ELEMENTS:,} elements", todo="deliver the file in parts")

    def _is_at(self, steps: tuple[Step, ...]) -> bool:
        return all(
            step.name == element.name and step.place in {None, element.place}
            for step, element in zip(steps, self._open, strict=True)
        )

    def _meet(self, target: _Target, attributes: Mapping[str, str]) -> None:
        table = target.key[0]
        if target.place is None:
            self._begun[table] += 1
            found = tuple(element.found for element in self._open)
            row = _Waiting(table, self._begun[table], self._parser.CurrentLineNumber, found)
            self._open[-1 - self.plan.height(table)].rows.append(row)
            return
        keeper = self._open[target.anchor - 1].found
        if target.place.take == "text":
            element = self._open[-1]
            if not element.takers:
                self._listening.append(element)
            element.takers.append((keeper, target.key))
        elif target.place.attribute in attributes:
            self._keep(keeper, target.key, value=attributes[target.place.attribute])

    def _text(self, data: str) -> None:
        for element in self._listening:
            element.text.append(data)
            element.length += len(data)
            if element.length > MAX_CELL:
                self._refuse_long(element.takers[0][1])

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        if element.takers:
            self._listening.remove(element)
            text = "".join(element.text)
            for keeper, key in element.takers:
                self._keep(keeper, key, value=text)
        for row in element.rows:
            self.rows.append((row.table, [self._value(row, c) for c in self.plan.places[row.table]]))

    def _keep(self, keeper: Found, key: Key, *, value: str) -> None:
        if len(value) > MAX_CELL:
            self._refuse_long(key)
        if _CONTROL.search(value):
            self._refuse(f"a control character in {key[1]}", todo="write plain text")
        keeper.setdefault(key, []).append(" ".join(value.split()))

    def _refuse_long(self, key: Key) -> NoReturn:
        self._refuse(f"more than {MAX_CELL} characters in {key[1]}", todo="look for an element cut off")

    def _value(self, row: _Waiting, name: str) -> str:
        """Return a row's value in a column: of the first of its paths that leads somewhere."""
        column = self.plan.card.tables[row.table].columns[name]
        for number, place in enumerate(self.plan.places[row.table][name]):
            if place.take == "position":
                return str(row.number)
            values = row.found[-1 - place.up].get((row.table, name, number), [])
            if len(values) > 1 and column.join is None:
                self._refuse(f"{name} is there {len(values)} times", todo="keep one of them", line=row.line)
            if values:
                return (column.join or "").join(values)
        if not column.optional:
            self._refuse(f"{name} is missing", todo=f"look for {column.paths[0]}", line=row.line)
        return ""


def walk(chunks: Iterator[bytes], name: str, *, plan: Plan) -> Iterator[Row]:
    """Yield the rows of one file while it is read. Raises BadDelivery, naming the line."""
    walker = Walker(name, plan)
    chunk = next(chunks, b"")
    while True:
        following = next(chunks, b"")
        walker.feed(chunk, last=not following)
        yield from walker.rows
        walker.rows.clear()
        if not following:
            return
        chunk = following
