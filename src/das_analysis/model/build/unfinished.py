"""What a card in the making still lacks: every TODO by its line, and the first fault a build would name."""

from __future__ import annotations

from pathlib import Path

import yaml

from das_analysis.errors import BadModel
from das_analysis.model.build.cards import read_card
from das_analysis.model.schema import Model

TODO = "TODO"
Missing = tuple[int | None, str]  # line (from 1) of the card, and what is missing there


def missing_in_card(path: Path, model: Model) -> list[Missing]:
    """Return what a card lacks; nothing when it would compile and no TODO is left.

    Raises BadModel when the file is not there or is no YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
        entry = yaml.safe_load(text)
    except OSError:
        raise BadModel("no such card", where=path.name, todo="give the file of a card") from None
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        line = getattr(getattr(fault, "problem_mark", None), "line", None)
        where = path.name if line is None else f"{path.name}, line {line + 1}"
        raise BadModel("the card is no YAML", where=where, todo="mend it there") from None
    if not isinstance(entry, dict):
        raise BadModel("the card is empty", where=path.name, todo="das partner new writes a first one")
    found: list[Missing] = [(n, line.strip()) for n, line in enumerate(text.splitlines(), 1) if TODO in line]
    first = _fault(entry, path, model=model)
    return [*found, (None, first)] if first else found


def _fault(entry: dict[str, object], path: Path, *, model: Model) -> str:
    try:
        read_card(entry, path.name, tables=model.tables, code_lists=model.code_lists, kinds=model.kinds)
    except BadModel as fault:
        return f"{fault.where}: {fault.what} ({fault.todo})"
    return ""
