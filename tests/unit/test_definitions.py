"""Everything in the model says what it is, in Dutch and in English, in more words than its name."""

import re
from collections.abc import Iterator

import pytest

from das_analysis.model import Code, CodeList, Model, Text, load_model

SMALL = {
    "nl": "de het een van in of op en te bij voor met is zijn",
    "en": "the a an of in or on and to at for with is",
}
WORD = re.compile(r"[^\W_]+")


def sayings(model: Model) -> Iterator[tuple[str, Text, Text]]:
    """Name, title and definition of every class, slot, code list, code, meaning, kind and indicator."""
    for table in model.tables.values():
        yield table.class_name, table.title, table.definition
        for column in table.columns.values():
            yield f"{table.class_name}.{column.name}", column.title, column.definition
    for found in model.code_lists.values():
        yield found.name, found.title, found.definition
        for code in found.codes.values():
            yield f"{found.name} {code.code}", code.title, code.definition
            for meaning in code.meanings:
                title, definition = meaning.title or code.title, meaning.definition or code.definition
                yield f"{found.name} {code.code} until {meaning.valid_until}", title, definition
    for kind in model.kinds.values():
        yield kind.name, kind.title, kind.definition
    for indicator in model.indicators.values():
        yield indicator.id, indicator.title, indicator.definition


def words(text: str, lang: str) -> set[str]:
    return {w for w in WORD.findall(text.lower()) if w not in SMALL[lang].split()}


def mute(title: Text, definition: Text) -> list[str]:
    """The languages in which a definition is missing or says no word that the title does not."""
    return [
        lang
        for lang in ("nl", "en")
        if not title[lang].strip() or not words(definition[lang], lang) - words(title[lang], lang)
    ]


def test_everything_has_a_real_definition_in_both_languages():
    said = list(sayings(load_model()))
    assert len(said) > 1000
    assert {
        name: mute(title, definition) for name, title, definition in said if mute(title, definition)
    } == {}


@pytest.mark.parametrize(
    ("nl", "en", "missing"),
    [
        ("", "Registered as a man.", ["nl"]),
        ("Geregistreerd als man.", " ", ["en"]),
        ("De man.", "Registered as a man.", ["nl"]),
        ("Een man", "a man", ["nl", "en"]),
        ("Geregistreerd als man.", "Registered as a man.", []),
    ],
)
def test_a_definition_that_is_missing_or_repeats_its_title_is_seen(nl, en, missing):
    assert mute(Text("man", "man"), Text(nl, en)) == missing


def test_the_two_languages_of_a_definition_differ():
    same = [name for name, _, definition in sayings(load_model()) if definition.nl == definition.en]
    assert same == []


def test_a_code_without_a_definition_is_found():
    bare = Code(code="X", title=Text("iks", "ex"), definition=Text("", "a letter"))
    short = CodeList(name="Letters", title=bare.title, definition=bare.title, codes={"X": bare})
    model = Model(
        version="1",
        digest="",
        tables={},
        code_lists={"Letters": short},
        kinds={},
        rules={},
        suppliers={},
        indicators={},
    )
    found = {name: mute(title, definition) for name, title, definition in sayings(model)}
    assert found == {"Letters": ["nl", "en"], "Letters X": ["nl"]}
