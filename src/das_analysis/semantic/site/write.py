"""Renders the site: every page, style and script as bytes, the same bytes each time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from das_analysis.errors import Refused
from das_analysis.model import Supplier
from das_analysis.semantic.site.pages import Page, Told, pages
from das_analysis.semantic.site.places import MENU
from das_analysis.semantic.site.scripting import check_script, check_words, search_script
from das_analysis.semantic.site.search import KINDS, index_script
from das_analysis.words import LANGUAGES, t

if TYPE_CHECKING:
    from jinja2 import Environment

MARK = "made-by-das.txt"  # stands in every folder that this writes, so that it never empties another
_OTHER = {"nl": "en", "en": "nl"}


def write_site(files: Mapping[str, bytes], target: Path) -> None:
    """Write the site to a folder, in place of an earlier one. Raises Refused for a folder that is no site."""
    if target.exists() and any(target.iterdir()):
        if not (target / MARK).is_file():
            raise Refused(
                "the folder is not empty and holds no site", where=target.name, todo="name another one"
            )
        shutil.rmtree(target)
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def site_files(told: Told, downloads: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the site by its path: pages, style, scripts and downloads."""
    environment = _environment()
    yield MARK, b"das model site\n"
    yield "index.html", environment.get_template("choice.html.jinja").render(model=told.model).encode()
    for lang in LANGUAGES:
        for page in pages(told, lang):
            yield f"{lang}/{page.place.path}", _render(page, told, environment=environment).encode()
    style = resources.files("das_analysis").joinpath("style.css").read_text(encoding="utf-8")
    yield "assets/style.css", (style + _template("site.css")).encode()
    yield "assets/search.js", search_script().encode()
    yield "assets/index.js", index_script(told.model).encode()
    yield "assets/check.js", check_script(told.model).encode()
    for lang in LANGUAGES:
        yield f"assets/check_words.{lang}.js", check_words(told.model, lang).encode()
    for name, content in downloads.items():
        yield f"downloads/{name}", content


def _render(page: Page, told: Told, *, environment: Environment) -> str:
    place, lang = page.place, page.place.lang
    shared: dict[str, Any] = {
        "model": told.model,
        "lang": lang,
        "other": _OTHER[lang],
        "path": place.path,
        "root": place.root,
        "section": place.section,
        "menu": MENU,
        "say": partial(_say, lang),
        "to": place.to,
        "page": place.page,
        "files": partial(_files, lang),
        "unit": partial(_unit, lang),
        "kinds": "|".join(t(f"site_{_WORDS.get(kind, kind)}", lang) for kind in KINDS),
    }
    return environment.get_template(f"{page.template}.html.jinja").render(shared | page.values)


_WORDS = {"list": "list_of"}
UNITS = ("d", "h", "mo", "a", "EUR")


def _say(lang: str, key: str, **values: object) -> str:
    return t(key, lang, **values)


def _unit(lang: str, unit: str) -> str:
    return t(f"unit_{unit}", lang) if unit in UNITS else t("unit_other", lang, unit=unit)


def _files(lang: str, card: Supplier) -> str:
    """How many files a supplier delivers, and which."""
    names = ", ".join(source.title[lang] for source in card.tables.values())
    count = len(card.tables)
    return f"{t('site_file_1', lang) if count == 1 else t('site_files_n', lang, n=count)} ({names})"


def _template(name: str) -> str:
    home = resources.files("das_analysis.semantic.site")
    return home.joinpath("templates", name).read_text(encoding="utf-8")


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=FunctionLoader(_template),
    )
    environment.filters["capitalised"] = lambda text: text[:1].upper() + text[1:]
    return environment
