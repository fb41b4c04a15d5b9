"""Tells releases as a page: one self-contained HTML file a language, that asks nothing of any other place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from das_analysis.disclosure.picture import draw
from das_analysis.report.grid import Grid, capital, make_grid
from das_analysis.report.headline import headline, key_figures
from das_analysis.report.linked import find_linkage
from das_analysis.report.spoken import say_period, say_when
from das_analysis.words import t

if TYPE_CHECKING:
    from jinja2 import Template

Content = Mapping[str, Any]
_NAMES = {"nl": "Nederlands", "en": "English"}
MADE_UP = "synthetic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page is about: which monitor, over what, in which languages, and where it comes from."""

    monitor: str
    period: str
    lang: str
    languages: tuple[str, ...]
    provenance: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One release on the page: a picture in two widths, its table, notes and terms."""

    number: int
    title: str
    headline: str
    wide: str
    narrow: str
    grid: Grid
    notes: Sequence[str]
    indicators: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Releases under one heading."""

    id: str
    title: str
    parts: tuple[Part, ...]


def render(page: Page, contents: Sequence[Content]) -> str:
    """Return the page as HTML. The same page and contents give the same bytes; no time is written."""
    say: Callable[..., str] = partial(_say, page.lang)
    snapshot = str(contents[0]["snapshot"])
    sections, linkage = _sections(contents), find_linkage(contents, page.lang)
    return _template().render(
        lang=page.lang,
        say=say,
        css=_style() + _source("report.css"),
        title=_about("report_title_", page),
        lead=_about("report_lead_", page),
        period=say_period(page.period, page.lang),
        snapshot=snapshot,
        made_up=is_made_up(snapshot),
        base=contents[0]["rounding"],
        others=[
            {"lang": other, "name": _NAMES[other], "file": f"{page.monitor}.{other}.html"}
            for other in page.languages
            if other != page.lang
        ],
        data=f"{page.monitor}.{page.lang}.csv",
        keys=key_figures(contents),
        sections=sections,
        linkage=linkage,
        linkage_id=next((s.id for s in sections if s.title == linkage.section), "linkage"),
        indicators=_indicators(contents),
        provenance=page.provenance,
    )


def is_made_up(snapshot: str) -> bool:
    """Return whether a snapshot (0001-synthetic) holds made-up data."""
    return snapshot.split("-", 1)[-1] == MADE_UP


def _say(lang: str, key: str, **values: object) -> str:
    return t(key, lang, **values)


def _about(prefix: str, page: Page) -> str:
    """The monitor's own words, or general ones for a monitor that has none."""
    period = say_when(page.period, page.lang)
    try:
        return t(prefix + page.monitor, page.lang, period=period)
    except KeyError:
        return t(f"{prefix}other", page.lang, period=period, name=page.monitor.replace("_", " ").capitalize())


def _sections(contents: Sequence[Content]) -> list[Section]:
    parts: dict[str, list[Part]] = {}
    for number, content in enumerate(contents, start=1):
        parts.setdefault(content.get("section") or content["title"], []).append(_part(number, content))
    return [
        Section(id=f"s{i}", title=name, parts=tuple(found))
        for i, (name, found) in enumerate(parts.items(), 1)
    ]


def _part(number: int, content: Content) -> Part:
    from markupsafe import Markup

    # the pictures escape every text themselves: see disclosure/svg.py
    wide, narrow = (Markup(draw(content, narrow=small)) for small in (False, True))  # noqa: S704 - as said above
    return Part(
        number=number,
        title=content["title"],
        headline=headline(content),
        wide=wide,
        narrow=narrow,
        grid=make_grid(content),
        notes=list(dict.fromkeys(content.get("notes", []))),
        indicators=content["indicators"],
    )


def _indicators(contents: Sequence[Content]) -> list[Mapping[str, str]]:
    """Every definition once, in the order of first use."""
    return list({one["id"]: one for content in contents for one in content["indicators"]}.values())


def _style() -> str:
    """Return the style that every page of DAS shares."""
    return resources.files("das_analysis").joinpath("style.css").read_text(encoding="utf-8")


def _source(name: str) -> str:
    return resources.files("das_analysis.report").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["capitalised"] = capital
    return environment.from_string(_source("report.html.jinja"))
