"""A rule in words, and a row that breaks it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from das_analysis.model import Column, Model, Rule
from das_analysis.words import t

Example = list[tuple[str, Sequence[str], Sequence[Sequence[str]]]]
LONG = 60  # a predicate longer than this is broken before each `and` and `or`
_BORN = r"CAST\(SUBSTRING\((?P<m>[\w.]+), 1, 4\) AS INT\)"
_EARLY = r"CASE WHEN MONTH\((?P=x)\) < CAST\(SUBSTRING\((?P=m), 6, 2\) AS INT\) THEN 1 ELSE 0 END"
_PLAIN = (  # what the build makes of the two functions of the language of rules
    (rf"\(YEAR\((?P<x>.+?)\) - {_BORN} - {_EARLY}\)", r"age_on(\g<m>, \g<x>)"),
    (r"DATE_DIFF\('DAY', ", "days_between("),
)


def rule_words(rule: Rule, model: Model, *, lang: str) -> str:
    """Return what a rule asks, in a sentence."""
    table = model.tables[rule.table]
    column = table.columns[rule.column]
    values = {"type": t(f"type_{column.type}", lang), "range": _range(column)}
    if table.dated_by:
        values["by"] = table.columns[table.dated_by].title[lang]
    if rule.some:
        values["child"] = model.tables[rule.some].title[lang]
    if rule.no_overlap:
        by, start, end = (table.columns[name].title[lang] for name in rule.no_overlap)
        values |= {"by": by, "start": start, "end": end}
    return t(f"check_is_{rule.check}", lang, **values)


def _range(column: Column) -> str:
    low = f"≥ {column.minimum}" if column.minimum is not None else ""
    high = f"≤ {column.maximum}" if column.maximum is not None else ""
    return ", ".join(filter(None, (low, high)))


def predicate_text(rule: Rule) -> str:
    """Return a predicate as model/rules has it, with a condition a line; "" without one."""
    text = (rule.holds or "").replace("__", ".")
    for pattern, plain in _PLAIN:
        text = re.sub(pattern, plain, text)
    words = re.sub(r"'[^']*'|\b[A-Z_]{2,}\b", lambda found: _lower(found.group()), text)
    return _lines(words) if len(words) > LONG else words


def _lines(text: str) -> str:
    """Begin a line before each outermost `and` and `or`; the `and` of a `between` is none."""
    depth, outermost, between = 0, int(text.startswith("not (")), False
    lines = []
    for part in re.split(r"( and | or | between |[()]|'[^']*')", text):
        depth += (part == "(") - (part == ")")
        joins = part in {" and ", " or "} and not between
        between = part == " between " or (between and part != " and ")
        lines.append(f"\n  {part.strip()} " if joins and depth <= outermost else part)
    return "".join(lines)


def _lower(word: str) -> str:
    return word if word.startswith("'") else word.lower()


def examples(folder: Path, model: Model) -> Mapping[str, Example]:
    """Return, by rule, the rows of the examples that break it: model/examples/invalid/<Class>-<rule>.yaml."""
    return {
        path.stem.partition("-")[2]: _example(path, model)
        for path in sorted((folder / "invalid").glob("*.yaml"))
    }


def _example(path: Path, model: Model) -> Example:
    import yaml

    content: Mapping[str, list[Mapping[str, Any]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    names = {table.plural: table.name for table in model.tables.values()}
    return [(names.get(plural, plural), *_cells(rows)) for plural, rows in content.items() if rows]


def _cells(rows: Sequence[Mapping[str, Any]]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    heads = list(dict.fromkeys(name for row in rows for name in row))
    return heads, [list(_row(row, heads)) for row in rows]


def _row(row: Mapping[str, Any], heads: Sequence[str]) -> Iterator[str]:
    for head in heads:
        value = row.get(head)
        yield "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
