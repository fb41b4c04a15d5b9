"""Which pages the site has, and what stands on each: a template and its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from das_analysis.model import Column, Indicator, Model, Rule, Supplier, Table
from das_analysis.model.formats import endings
from das_analysis.semantic.site.codes import code_rows, users_of
from das_analysis.semantic.site.diagram import neighbours, overview
from das_analysis.semantic.site.indicators import Teller
from das_analysis.semantic.site.places import Place, address
from das_analysis.semantic.site.rules import predicate_text, rule_words
from das_analysis.semantic.site.supplier import DELIMITERS, suppliers_of, table_views
from das_analysis.words import t

Values = dict[str, Any]
Example = Sequence[tuple[str, Sequence[str], Sequence[Sequence[str]]]]
WRITTEN = ("holds", "some", "no_overlap")
FILES = {  # what a file of the downloads is
    "das.schema.json": "file_json_schema",
    "das_model.py": "file_pydantic",
    "postgresql.sql": "file_postgresql",
    "duckdb.sql": "file_duckdb",
    "shapes.ttl": "file_shacl",
    "shapes.md": "file_unsaid",
    "model.ttl": "file_owl",
    "codes.ttl": "file_skos",
    "organisations.ttl": "file_org",
    "context.jsonld": "file_context",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the site tells: the model, files to download, examples by rule, steps between editions."""

    model: Model
    files: Sequence[str] = ()
    examples: Mapping[str, Example] = field(default_factory=dict)
    steps: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: where it is, its template and what the template is given."""

    place: Place
    template: str
    values: Values


def pages(told: Told, lang: str) -> Iterator[Page]:
    """Yield every page of a language."""
    yield from _lists(told, lang)
    for card in told.model.suppliers.values():
        yield _supplier(card, told, lang=lang)
    yield from _code_lists(told.model, lang)
    for table in told.model.tables.values():
        yield _class(table, told.model, lang=lang)
    for rule in told.model.rules.values():
        yield _rule(rule, told, lang=lang)
    for one in told.model.indicators.values():
        yield _indicator(one, told.model, lang=lang)


def partners(model: Model) -> tuple[list[Supplier], list[Supplier]]:
    """Return the partners of the chain, and the open sources that the model is tried on; by name."""
    cards = sorted(model.suppliers.values(), key=lambda card: card.title.nl.casefold())
    return [c for c in cards if c.legal_gate != "OVERIG"], [c for c in cards if c.legal_gate == "OVERIG"]


def _page(lang: str, path: str, *, template: str = "", **values: Any) -> Page:
    return Page(place=Place(lang, path), template=template or path.removesuffix(".html"), values=values)


def _lists(told: Told, lang: str) -> Iterator[Page]:
    model = told.model
    chain, others = partners(model)
    yield _page(lang, "index.html", partners=chain)
    groups = [("site_suppliers", chain), ("site_open_sources", others)]
    yield _page(lang, "suppliers.html", groups=groups)
    yield _page(lang, "codes.html", lists=_by_title(model.code_lists.values(), lang))
    tables = [(table, suppliers_of(table, model)) for table in model.tables.values()]
    yield _page(lang, "classes.html", tables=tables, diagram=overview(model, Place(lang, "classes.html")))
    yield _page(lang, "rules.html", **_rules(model.rules.values()))
    yield _page(lang, "indicators.html")
    yield _page(lang, "numbers.html", kinds_of_numbers=_by_title(model.kinds.values(), lang))
    yield _page(lang, "check.html", partners=chain, others=others)
    yield _page(lang, "downloads.html", groups=_downloads(told, lang))
    yield _page(lang, "history.html", steps=told.steps.get(lang, ()), first=told.first)


def _by_title(things: Any, lang: str) -> list[Any]:  # noqa: ANN401 - whatever of the model has a title
    return sorted(things, key=lambda one: one.title[lang].casefold())


def _rules(rules: Any) -> Values:  # noqa: ANN401 - an iterable of rules
    listed = list(rules)
    return {
        "written": [rule for rule in listed if rule.check in WRITTEN],
        "implied": [rule for rule in listed if rule.check not in WRITTEN],
    }


def _downloads(told: Told, lang: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The files of the model itself, then those of each supplier."""
    place = Place(lang, "downloads.html")
    own = [file for file in told.files if not file.startswith("suppliers/")]
    cards = [card for cards in partners(told.model) for card in cards]
    groups = [
        (t("site_model_files", lang), [(_told(file, lang), f"{place.root}downloads/{file}") for file in own]),
        *((card.title[lang], list(_templates(card, told, place=place))) for card in cards),
    ]
    return [(heading, files) for heading, files in groups if files]


def _told(file: str, lang: str) -> str:
    """A file by what it is, where that is known, and its name."""
    name = file.rpartition("/")[2]
    return f"{t(FILES[name], lang)}: {name}" if name in FILES else file


def _supplier(card: Supplier, told: Told, *, lang: str) -> Page:
    path = address("suppliers", card.id)
    return _page(
        lang,
        path,
        template="supplier",
        card=card,
        tables=table_views(card, told.model, lang=lang),
        delimiter=DELIMITERS.get(card.delimiter, "other"),
        endings=endings(card.format),
        blanks=[text for text in card.blank if text],
        purposes=told.model.code_lists["Purpose"].codes,
        templates=list(_templates(card, told, place=Place(lang, path))),
    )


def _templates(card: Supplier, told: Told, *, place: Place) -> Iterator[tuple[str, str]]:
    """The files of a supplier that are there to download, told in words."""
    for file in told.files:
        folder, _, name = file.rpartition("/")
        if folder != f"suppliers/{card.id}":
            continue
        table = card.tables.get(name.removesuffix(".csv"))
        if table:
            text = t("site_header_of", place.lang, table=table.title[place.lang])
        elif name == f"template.{place.lang}.xlsx":
            text = t("site_template_xlsx", place.lang)
        elif name.endswith(".odcs.yaml"):
            text = t("site_contract", place.lang)
        else:
            continue
        yield text, f"{place.root}downloads/{file}"


def _code_lists(model: Model, lang: str) -> Iterator[Page]:
    for codes in model.code_lists.values():
        rows = code_rows(codes, model)
        yield _page(
            lang,
            address("codes", codes.name),
            template="code_list",
            list=codes,
            rows=rows,
            users=users_of(codes, model),
            dated=any(row.code.valid_from or row.code.valid_until for row in rows),
            related=any(row.related for row in rows),
        )


def _class(table: Table, model: Model, *, lang: str) -> Page:
    path = address("classes", table.class_name)
    return _page(
        lang,
        path,
        template="class",
        table=table,
        cards=suppliers_of(table, model),
        diagram=neighbours(table, model, place=Place(lang, path)),
        synonyms=table.synonyms.get(lang, ()),
        mappings=_mappings(table),
        column_mappings={c.name: _mappings(c) for c in table.columns.values()},
        indicators=[i for i in model.indicators.values() if i.table == table.name],
        **_rules(rule for rule in model.rules.values() if rule.table == table.name),
    )


def _mappings(thing: Table | Column) -> list[tuple[str, str]]:
    return [(kind, iri) for kind, iris in thing.mappings.items() for iri in iris]


def _rule(rule: Rule, told: Told, *, lang: str) -> Page:
    model = told.model
    table = model.tables[rule.table]
    return _page(
        lang,
        address("rules", rule.id),
        template="rule",
        rule=rule,
        table=table,
        column=table.columns[rule.column],
        words=rule_words(rule, model, lang=lang),
        predicate=predicate_text(rule),
        cards=suppliers_of(table, model),
        example=told.examples.get(rule.id, ()),
    )


def _indicator(one: Indicator, model: Model, *, lang: str) -> Page:
    return _page(
        lang,
        address("indicators", one.id),
        template="indicator",
        **Teller(one=one, model=model, lang=lang).values,
    )
