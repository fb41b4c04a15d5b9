"""Texts in Dutch and English, by key. One file, `words.yaml`, holds them all."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("nl", "en")


@cache
def _texts() -> dict[str, dict[str, str]]:
    import yaml

    text = resources.files("das_analysis").joinpath("words.yaml").read_text(encoding="utf-8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded


def check_language(lang: str) -> str:
    """Return `lang` if DAS speaks it. Raises KeyError otherwise."""
    if lang not in LANGUAGES:
        raise KeyError(f"DAS speaks {' and '.join(LANGUAGES)}, not {lang!r}")
    return lang


def t(key: str, lang: str = "nl", **values: Any) -> str:
    """Return the text `key` in `lang`, `values` filled in. Raises KeyError for an unknown key or language."""
    return _texts()[key][check_language(lang)].format(**values)
