"""Texts in Dutch and English, by key: `words.yaml`, and one file more for each large subject."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("nl", "en")
FILES = (
    *("words.yaml", "words_linkage.yaml", "words_site.yaml", "words_history.yaml", "words_dossier.yaml"),
    "words_card.yaml",
)


@cache
def _texts() -> dict[str, dict[str, str]]:
    import yaml

    home, loaded = resources.files("das_analysis"), dict[str, dict[str, str]]()
    for name in FILES:
        loaded |= yaml.safe_load(home.joinpath(name).read_text(encoding="utf-8"))
    return loaded


def check_language(lang: str) -> str:
    """Return `lang` if DAS speaks it. Raises KeyError otherwise."""
    if lang not in LANGUAGES:
        raise KeyError(f"DAS speaks {' and '.join(LANGUAGES)}, not {lang!r}")
    return lang


def t(key: str, lang: str = "nl", **values: Any) -> str:
    """Return the text `key` in `lang`, `values` filled in. Raises KeyError for an unknown key or language."""
    return _texts()[key][check_language(lang)].format(**values)


def texts(lang: str) -> dict[str, str]:
    """Return every text in `lang`, by key, its fields not filled in."""
    return {key: text[check_language(lang)] for key, text in _texts().items()}
