"""The scripts of the site: those that are written by hand, and the compiled rules as data for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from das_analysis.model import CodeList, Model
from das_analysis.semantic.site.javascript import day_number, predicate
from das_analysis.semantic.site.plan import supplier_plan
from das_analysis.words import texts

Days = list[int | None] | None


def compact(value: Any) -> str:  # noqa: ANN401 - anything that JSON can say
    """Return a value as JSON that may stand in a script: short, and unable to end it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


def written(name: str) -> str:
    """Return a script that was written by hand."""
    home = resources.files("das_analysis.semantic.site")
    return home.joinpath("scripts", f"{name}.js").read_text(encoding="utf-8")


def enclosed(script: str) -> str:
    """Return a script whose names are its own: two scripts of a page may use one name."""
    return f'"use strict";\n{{\n{script}\n}}\n'


def search_script() -> str:
    """Return the script of the search field and of long lists."""
    return enclosed(written("search"))


def check_script(model: Model) -> str:
    """Return the whole script of "check your file": reader, rules, check, and the model as its data."""
    parts = [written("read"), written("rules"), written("check"), f"const MODEL = {_model_data(model)};"]
    return enclosed("\n".join((*parts, written("check_page"))))


def _model_data(model: Model) -> str:
    cards = {name: supplier_plan(card, model) for name, card in sorted(model.suppliers.items())}
    holds = [f"{json.dumps(r.id)}: {predicate(r, model)}" for r in model.rules.values() if r.holds]
    named = _lists_of(cards)
    data = {
        "cards": cards,
        "lists": {name: _days(model.code_lists[name]) for name in sorted(named)},
        "severities": {rule.id: rule.severity for rule in model.rules.values()},
    }
    listed = ",\n".join(f'"{name}": {compact(value)}' for name, value in data.items())
    functions = ",\n".join(holds)
    return f'{{\n{listed},\n"holds": {{\n{functions}\n}}}}'


def _lists_of(cards: Mapping[str, Any]) -> set[str]:
    maps = [m for card in cards.values() for table in card["tables"].values() for m in table["maps"]]
    return {part["codes"] for m in maps for part in (*m["slots"], *m["checks"]) if "codes" in part}


def _days(codes: CodeList) -> dict[str, Days]:
    """Each code, and between which days it holds, where it began or ended."""
    return {
        code.code: [day_number(d) if d else None for d in (code.valid_from, code.valid_until)]
        if code.valid_from or code.valid_until
        else None
        for code in codes.codes.values()
    }


def check_words(model: Model, lang: str) -> str:
    """Return the texts of "check your file" in a language: its own, and title and message of every rule."""
    own = {
        key: text
        for key, text in texts(lang).items()
        if key.startswith(("check_", "refused_", "hard", "soft"))
    }
    rules = {rule.id: [rule.title[lang], rule.message[lang]] for rule in model.rules.values()}
    return f"const WORDS = {compact(own)};\nconst RULES = {compact(rules)};\n"
