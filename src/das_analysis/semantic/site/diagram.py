"""Class diagrams as SVG, drawn when the site is built: who refers to whom, with links."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from das_analysis.model import Model, Table
from das_analysis.semantic.site.places import Place
from das_analysis.words import t

WIDTH, HEIGHT, GAP = 158, 44, 14
WIDE, SMALL = 100, 34  # between lanes: of one class with its neighbours, of the whole chain
MOST_LETTERS = 20  # in a line of a box


@dataclass(frozen=True, slots=True)
class Box:
    """A class in a drawing: where it stands (top left) and where its page is."""

    title: str
    href: str
    x: int
    y: int
    here: bool = False


def neighbours(table: Table, model: Model, *, place: Place) -> str:
    """Draw a class between the classes that refer to it (left) and those that it refers to (right)."""
    children = list(
        dict.fromkeys(child.name for child, _ in model.children(table.name) if child is not table)
    )
    parents = list(dict.fromkeys(c.references for c in table.columns.values() if c.references))
    lanes = [[model.tables[n] for n in children], [table], [model.tables[n] for n in parents]]
    if not children and not parents:
        return ""
    tallest = max(map(len, lanes))
    boxes = [
        [
            _box(one, (lane * (WIDTH + WIDE), i + (tallest - len(tables)) / 2), place=place, here=lane == 1)
            for i, one in enumerate(tables)
        ]
        for lane, tables in enumerate(lanes)
    ]
    (here,) = boxes[1]
    lines = [_line(box, here) for box in boxes[0]] + [_line(here, box) for box in boxes[2]]
    said = t(
        "site_diagram_alt",
        place.lang,
        name=table.title[place.lang],
        parents=_listed(lanes[2], place.lang),
        children=_listed(lanes[0], place.lang),
    )
    return _svg(
        [*lines, *(_drawn(box) for lane in boxes for box in lane)], said, size=(3 * WIDTH + 2 * WIDE, tallest)
    )


def overview(model: Model, place: Place) -> str:
    """Draw all classes that suppliers deliver and that refer to each other, in the order of the chain."""
    refers = {
        table.name: {c.references for c in table.columns.values() if c.references and c.stage != "linked"}
        for table in model.tables.values()
    }
    ranks = _ranks(refers)
    lanes: dict[int, list[str]] = {}
    for name, rank in sorted(ranks.items(), key=lambda pair: pair[1]):
        lanes.setdefault(rank, []).append(name)
    tallest = max(map(len, lanes.values()))
    boxes = {
        name: _box(model.tables[name], (rank * (WIDTH + SMALL), i + (tallest - len(names)) / 2), place=place)
        for rank, names in lanes.items()
        for i, name in enumerate(names)
    }
    pairs = sorted((parent, name) for name in boxes for parent in refers[name] if parent != name)
    lines = [_line(boxes[parent], boxes[name]) for parent, name in pairs]
    width = len(lanes) * WIDTH + (len(lanes) - 1) * SMALL
    return _svg([*lines, *map(_drawn, boxes.values())], t("site_flow", place.lang), size=(width, tallest))


def _ranks(refers: Mapping[str, set[str]]) -> Mapping[str, int]:
    """How many references lie at most between a class and one that refers to nothing; alone is left out."""
    referred = set().union(*refers.values())
    ranks = {name: 0 for name, parents in refers.items() if parents or name in referred}
    for _ in ranks:
        for name in ranks:
            ranks[name] = max([1 + ranks[parent] for parent in refers[name] if parent != name], default=0)
    return ranks


def _box(table: Table, at: tuple[int, float], *, place: Place, here: bool = False) -> Box:
    """Place a class: how far to the right, and in which row."""
    x, y = at[0] + 2, round(at[1] * (HEIGHT + GAP)) + 2
    return Box(table.title[place.lang], place.to("classes", table.class_name), x, y, here)


def _line(start: Box, end: Box) -> str:
    x1, y1, x2, y2 = start.x + WIDTH, start.y + HEIGHT // 2, end.x, end.y + HEIGHT // 2
    bend = max(16, (x2 - x1) // 2)
    return f'<path d="M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2 - 8} {y2}" marker-end="url(#a)"/>'


def _drawn(box: Box) -> str:
    lines = textwrap.wrap(box.title, MOST_LETTERS, max_lines=2, placeholder="…")
    middle, top = box.x + WIDTH // 2, box.y + HEIGHT // 2 + 4 - 8 * (len(lines) - 1)
    texts = [f'<tspan x="{middle}" y="{top + 16 * i}">{escape(line)}</tspan>' for i, line in enumerate(lines)]
    name = ' class="here"' if box.here else ""
    return (
        f'<a href="{escape(box.href)}"{name}><title>{escape(box.title)}</title>'
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{HEIGHT}" rx="3"/>'
        f"<text>{''.join(texts)}</text></a>"
    )


def _listed(tables: Sequence[Table], lang: str) -> str:
    return ", ".join(one.title[lang] for one in tables) or t("site_nothing", lang)


def _svg(parts: Sequence[str], said: str, *, size: tuple[int, int]) -> str:
    width, height = size[0] + 4, size[1] * (HEIGHT + GAP) - GAP + 4
    arrow = (
        '<marker id="a" viewBox="0 0 8 8" refY="4" markerWidth="8" markerHeight="8"'
        ' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8Z"/></marker>'
    )
    return (
        f'<svg class="diagram" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group"'
        f' aria-label="{escape(said)}"><defs>{arrow}</defs>{"".join(parts)}</svg>'
    )
