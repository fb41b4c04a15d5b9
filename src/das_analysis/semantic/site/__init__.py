"""The site of the model: static pages in Dutch and English that partners read, from file:// or any server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from das_analysis.model import Model
from das_analysis.model.outline import editions
from das_analysis.semantic.site.history import say_change, steps
from das_analysis.semantic.site.pages import Told
from das_analysis.semantic.site.rules import examples
from das_analysis.semantic.site.serve import serve_site
from das_analysis.semantic.site.write import site_files, write_site
from das_analysis.words import LANGUAGES

__all__ = ["make_site", "say_change", "serve_site", "write_site"]


def make_site(
    model: Model, *, downloads: Mapping[str, bytes] | None = None, example_folder: Path | None = None
) -> dict[str, bytes]:
    """Return every file of the site, by its path.

    `downloads` are files by path that the site offers; `example_folder` is model/examples, for the rows that
    break each rule.
    """
    given = downloads or {}
    told = Told(
        model=model,
        files=sorted(given),
        examples=examples(example_folder, model) if example_folder else {},
        steps={lang: steps(model, lang) for lang in LANGUAGES},
        first=editions()[0],
    )
    return dict(site_files(told, given))
