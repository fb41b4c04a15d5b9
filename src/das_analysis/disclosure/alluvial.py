"""The flow figure: what goes from one step of the chain to the next, and what leaves it.

Rows of the content are links in the order of the chain: `x` names the step they leave (empty for what
enters the figure), `series` the step they reach. Only released figures are written: a step that is reached
in several ways has none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from das_analysis.disclosure import svg
from das_analysis.disclosure.numerals import write_value
from das_analysis.words import t

_NODE, _THIN, _ROW, _GAP, _LINE = 12.0, 1.5, 92.0, 18.0, 16.0
_WIDEST_LABEL, _NARROWEST_LABEL, _STEP = 150, 60, 10
_HALO: dict[str, str | float] = {
    "stroke": "#fff",
    "stroke_width": 3,
    "paint_order": "stroke",
    "stroke_linejoin": "round",
}
_STAYS, _LEAVES, _LEAVES_INK = svg.PALETTE[0], "#C9CFD6", "#6B7682"


class Key(NamedTuple):
    """A step: its name, and a number that tells steps of the same name apart."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Link:
    """From a step to a step: a value as released, and as it is written."""

    source: Key
    target: Key
    value: float | None
    written: str


@dataclass(frozen=True, slots=True)
class Step:
    """A bar of the figure: where it stands, how wide it is, its label, whether the way goes on from it."""

    key: Key
    x: float
    y: float
    width: float
    words: list[str]
    stays: bool


def draw_flow(content: Mapping[str, Any], *, width: float, narrow: bool) -> str:
    """Return the flow figure as SVG: bands from top to bottom, or for a telephone a list of bars."""
    links = _read_links(content)
    marks, height = _draw_list(links, width) if narrow else _draw_bands(links, width)
    said = "; ".join(f"{k.source.name} → {k.target.name}: {k.written}" for k in links if k.source.name)
    description = f"{t('picture_flow', content['lang'])} {said}."
    return svg.frame(
        marks, size=(width, height), lang=content["lang"], title=content["title"], description=description
    )


def _read_links(content: Mapping[str, Any]) -> list[Link]:
    chart, base, lang = content["chart"], content["rounding"], content["lang"]
    name = chart["values"][0]
    ends = [(str(row[chart["x"]] or ""), str(row[chart["series"]])) for row in content["rows"]]
    written = [
        write_value(row[name], lang=lang, status=row.get(f"{name}_status", ""), base=base)
        for row in content["rows"]
    ]
    values = [row[name] for row in content["rows"]]
    return [
        Link(*keys, *rest)
        for keys, rest in zip(_name_steps(ends), zip(values, written, strict=True), strict=True)
    ]


def _name_steps(ends: Sequence[tuple[str, str]]) -> list[tuple[Key, Key]]:
    """Tell steps of the same name apart: one left already, or one that ends at another depth, is another."""
    depth: dict[Key, int] = {}
    now: dict[str, Key] = {}
    left: set[str] = set()
    found = []
    for i, (source, target) in enumerate(ends):
        start = now.setdefault(source, Key(source, 0))
        left.add(source)
        reached, goes_on = now.get(target), target in {s for s, _ in ends[i:]}
        wanted = depth.setdefault(start, 0) + 1
        if reached is None or target in left or (depth[reached] != wanted and not goes_on):
            left.discard(target)
            reached = now[target] = Key(target, i)
        depth[reached] = max(depth.get(reached, 0), wanted)
        found.append((start, reached))
    return found


def _layers(links: Iterable[Link]) -> list[list[Key]]:
    """Steps by the longest way that leads to them; in a layer first what goes on, then what leaves."""
    real = [link for link in links if link.source.name]
    depth = dict.fromkeys((n for link in real for n in (link.source, link.target)), 0)
    for _ in depth:
        for link in real:
            depth[link.target] = max(depth[link.target], depth[link.source] + 1)
    goes_on = {link.source for link in real}
    order = sorted(depth, key=lambda n: n not in goes_on)
    return [[n for n in order if depth[n] == level] for level in sorted(set(depth.values()))]


def _sizes(links: Iterable[Link]) -> dict[Key, float]:
    """The larger of what comes in and what goes out: rounding and counting units let the two differ."""
    into: dict[Key, float] = {}
    out: dict[Key, float] = {}
    for link in links:
        into[link.target] = into.get(link.target, 0) + (link.value or 0)
        out[link.source] = out.get(link.source, 0) + (link.value or 0)
    return {key: max(into.get(key, 0), out.get(key, 0)) for key in into | out}


def _label(key: Key, links: Iterable[Link], *, limit: float) -> list[str]:
    ways = [link.written for link in links if link.target == key]
    return [*svg.wrap(key.name, 13, width=limit, lines=4), *(ways if len(ways) == 1 else [])]


def _fit(layer: Sequence[Key], links: Sequence[Link], *, bars: float, width: float) -> dict[Key, list[str]]:
    """Labels of a row, wrapped only as far as the row asks for."""
    for limit in range(_WIDEST_LABEL, _NARROWEST_LABEL, -_STEP):
        labels = {key: _label(key, links, limit=limit) for key in layer}
        if bars + sum(map(_room, labels.values())) <= width:
            break
    return labels


def _room(words: Sequence[str]) -> float:
    """Pixels from the end of a bar to the next bar: its label and a gap."""
    return max(svg.width_of(word, 13) for word in words) + _GAP


def _place(links: Sequence[Link], layers: Sequence[Sequence[Key]], *, width: float) -> list[Step]:
    """Place a row for each layer, each bar with its label to the right; the fullest row decides the scale."""
    sizes, goes_on = _sizes(links), {link.source for link in links} | set(layers[-1])
    scale = _scale(links, layers, width=width)
    placed = []
    for level, layer in enumerate(layers):
        bars = {key: max(sizes[key] * scale, _THIN) for key in layer}
        labels, x = _fit(layer, links, bars=sum(bars.values()), width=width), 0.0
        for key in layer:
            placed.append(Step(key, x, level * _ROW + 4, bars[key], labels[key], key in goes_on))
            x += bars[key] + _room(labels[key])
    return placed


def _scale(links: Sequence[Link], layers: Sequence[Sequence[Key]], *, width: float) -> float:
    """Pixels for one: so that in every row bars and labels fit."""
    sizes = _sizes(links)
    scales = []
    for layer in layers:
        labels = _fit(layer, links, bars=width, width=width)
        room = width - sum(map(_room, labels.values()))
        scales.append(max(room, width / 10) / max(1, sum(sizes[key] for key in layer)))
    return min(scales)


def _draw_bands(links: Sequence[Link], width: float) -> tuple[list[str], float]:
    layers = _layers(links)
    placed = _place(links, layers, width=width)
    marks = _bands(links, placed)
    for step in placed:
        fill, weight = (_STAYS, "600") if step.stays else (_LEAVES_INK, "400")
        marks.append(svg.element("rect", x=step.x, y=step.y, width=step.width, height=_NODE, fill=fill))
        at = step.x + step.width + 6
        marks += [
            svg.text((at, step.y + 11 + _LINE * k), word, font_size=13, font_weight=weight, **_HALO)
            for k, word in enumerate(step.words)
        ]
    deepest = max(len(step.words) for step in placed if step.y == placed[-1].y)
    return marks, placed[-1].y + max(_LINE * deepest, _NODE) + 8


def _bands(links: Sequence[Link], placed: Collection[Step]) -> list[str]:
    """A band a link; a value that is low or nought is a thin dashed line."""
    steps = {step.key: step for step in placed}
    scale = max(step.width for step in placed) / max(1, *_sizes(links).values())
    out = {key: step.x for key, step in steps.items()}
    into, order, marks = dict(out), list(steps), []
    for link in sorted((k for k in links if k.source.name), key=lambda k: order.index(k.target)):
        source, target, wide = steps[link.source], steps[link.target], (link.value or 0) * scale
        start, end = (out[link.source], source.y + _NODE), (into[link.target], target.y)
        marks.append(_band(start, end, wide=wide, stays=target.stays))
        out[link.source] += wide
        into[link.target] += wide
    return marks


def _band(start: tuple[float, float], end: tuple[float, float], *, wide: float, stays: bool) -> str:
    (x0, y0), (x1, y1) = start, end
    bend, top, bottom = (svg.number(v) for v in ((y0 + y1) / 2, y0, y1))
    a, b, c, d = (svg.number(v) for v in (x0, x1, x1 + wide, x0 + wide))
    path = f"M{a},{top}C{a},{bend} {b},{bend} {b},{bottom}"
    if wide < _THIN:
        return svg.element("path", d=path, fill="none", stroke=_LEAVES_INK, stroke_dasharray="3 3")
    path += f"H{c}C{c},{bend} {d},{bend} {d},{top}Z"
    fill, opacity = (_STAYS, "0.32") if stays else (_LEAVES, "0.75")
    return svg.element("path", d=path, fill=fill, fill_opacity=opacity)


def _draw_list(links: Sequence[Link], width: float) -> tuple[list[str], float]:
    """The same links for a narrow column: under each step where its cases went."""
    most = max((link.value or 0 for link in links), default=0) or 1
    goes_on = {link.source for link in links}
    marks, y = [], 0.0
    for source in dict.fromkeys(link.source for link in links if link.source.name):
        for words in svg.wrap(f"{source.name} →", 14, width=width):
            y += 20
            marks.append(svg.text((0, y), words, font_weight="600"))
        for link in (k for k in links if k.source == source):
            for words in svg.wrap(link.target.name, 13, width=width - 90):
                y += 18
                marks.append(svg.text((12, y), words, font_size=13))
            marks.append(
                svg.text((width, y), link.written, font_size=13, font_weight="600", text_anchor="end")
            )
            length = max((link.value or 0) / most * (width - 12), _THIN)
            fill = _STAYS if link.target in goes_on else _LEAVES_INK
            marks.append(svg.element("rect", x=12, y=y + 5, width=length, height=6, fill=fill))
            y += 16
        y += 4
    return marks, y + 6
