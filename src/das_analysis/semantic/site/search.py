"""The index of the search field: every thing of the model, under all of its names in both languages."""

from __future__ import annotations

from collections.abc import Iterator

from das_analysis.model import Code, Column, Indicator, Model, Table
from das_analysis.semantic.site.places import address, code_id
from das_analysis.semantic.site.scripting import compact

KINDS = ("class", "supplier", "list", "code", "indicator", "number", "rule", "file_column", "slot")
Entry = tuple[int, str, str, str, str]


def index_script(model: Model) -> str:
    """Return the index as a script, which works from a file: kind, address, Dutch, English, other words."""
    entries = ",\n".join(compact(list(entry)) for entry in _entries(model))
    return f"const INDEX = [\n{entries}\n];\n"


def _entries(model: Model) -> Iterator[Entry]:
    yield from _things(model)
    yield from _codes(model)
    yield from _rules(model)
    yield from _columns(model)


def _things(model: Model) -> Iterator[Entry]:
    for table in model.tables.values():
        words = f"{table.class_name} {table.plural} {_synonyms(table)}"
        yield 0, address("classes", table.class_name), table.title.nl, table.title.en, words
    for card in model.suppliers.values():
        yield 1, address("suppliers", card.id), card.title.nl, card.title.en, f"{card.id} {card.partner}"
    for codes in model.code_lists.values():
        yield 2, address("codes", codes.name), codes.title.nl, codes.title.en, codes.name
    for one in model.indicators.values():
        yield 4, address("indicators", one.id), one.title.nl, one.title.en, f"{one.id} {_synonyms(one)}"
    for kind in model.kinds.values():
        yield 5, f"numbers.html#{kind.name}", kind.title.nl, kind.title.en, kind.name


def _codes(model: Model) -> Iterator[Entry]:
    for codes in model.code_lists.values():
        for code in codes.codes.values():
            href = f"{address('codes', codes.name)}#{code_id(code.code)}"
            yield 3, href, f"{code.code} {code.title.nl}", f"{code.code} {code.title.en}", _synonyms(code)


def _rules(model: Model) -> Iterator[Entry]:
    for rule in model.rules.values():
        yield 6, address("rules", rule.id), rule.title.nl, rule.title.en, rule.id


def _columns(model: Model) -> Iterator[Entry]:
    for card in model.suppliers.values():
        for source in card.tables.values():
            for column in source.columns.values():
                href = f"{address('suppliers', card.id)}#{source.name}.{column.name}"
                yield (
                    7,
                    href,
                    f"{column.name}: {column.about.nl}",
                    f"{column.name}: {column.about.en}",
                    card.id,
                )
    for table in model.tables.values():
        for slot in table.columns.values():
            href = f"{address('classes', table.class_name)}#{slot.name}"
            names = [f"{table.title[lang]}: {slot.title[lang]}" for lang in ("nl", "en")]
            yield 8, href, names[0], names[1], f"{slot.name} {_synonyms(slot)}"


def _synonyms(thing: Table | Column | Code | Indicator) -> str:
    """Words that the model gives a thing beside its title, of both languages."""
    return " ".join(word for words in thing.synonyms.values() for word in words)
