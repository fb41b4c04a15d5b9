"""A supplier's templates: a workbook a language, with his own codes as drop-downs, and a CSV header a table.

Everything in a workbook is text: a number keeps its leading zeros and a formula cannot live. A code list
stands once on the sheet of codes, and a drop-down refers to its rows there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from das_analysis.model import Model, Supplier
from das_analysis.semantic.downloads.asked import Asked, asked_of
from das_analysis.semantic.downloads.workbook import Sheet, written
from das_analysis.words import t

if TYPE_CHECKING:
    from collections.abc import Iterator

SHAPES = {
    "nl": {"%Y": "jjjj", "%m": "mm", "%d": "dd", "%H": "uu", "%M": "mm", "%S": "ss", "%f": "ffffff"},
    "en": {"%Y": "yyyy", "%m": "mm", "%d": "dd", "%H": "hh", "%M": "mm", "%S": "ss", "%f": "ffffff"},
}
DELIMITERS = {"\t": "TAB"}
PERIODS = {"year": "2026", "quarter": "2026-Q3", "month": "2026-09", "day": "2026-09-30"}
CODES = ("template_table", "template_column", "template_a_code", "template_meaning")
COLUMNS = (
    *("template_table", "template_column", "template_meaning", "template_required"),
    *("template_written", "template_becomes"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a workbook is made of: the card, what is asked of each table's columns, and the language."""

    supplier: Supplier
    model: Model
    asked: Mapping[str, tuple[Asked, ...]]
    lang: str

    def say(self, key: str, **values: str | int) -> str:
        return t(key, self.lang, **values)


def header(supplier: Supplier, table: str) -> bytes:
    """Return the header of a table as a line of CSV in the supplier's dialect, UTF-8."""
    line = io.StringIO()
    csv.writer(line, delimiter=supplier.delimiter, lineterminator="\n").writerow(
        supplier.tables[table].columns
    )
    return line.getvalue().encode()


def template(supplier: Supplier, model: Model, *, lang: str) -> bytes:
    """Return the workbook as XLSX: a sheet that explains, the columns, a sheet a table, the codes."""
    asked = {name: asked_of(table, model) for name, table in supplier.tables.items()}
    told = _Told(supplier=supplier, model=model, asked=asked, lang=lang)
    codes = list(_codes(told))
    sheets = [
        Sheet(name=told.say("template_columns"), rows=[[told.say(c) for c in COLUMNS], *_columns(told)]),
        *(_table(told, name, codes=codes) for name in supplier.tables),
        Sheet(name=told.say("template_codes"), rows=[[told.say(c) for c in CODES], *codes]),
    ]
    title = told.say("template_title", name=supplier.title[lang])
    return written(title, sheets, about=(told.say("template_about"), _about(told)), lang=lang)


def _about(told: _Told) -> list[str]:
    card, agreement = told.supplier, told.supplier.agreement
    terms = {
        "agreement": agreement.get("reference", ""),
        "since": agreement.get("valid_from", ""),
        "until": agreement.get("valid_until", ""),
    }
    delimiter = DELIMITERS.get(card.delimiter, card.delimiter)
    save = {"delimiter": delimiter, "supplier": card.id, "period": PERIODS[card.period]}
    return [
        *(told.say(f"template_{key}") for key in ("what", "text", "code")),
        told.say("template_save", **save),
        told.say("template_identity"),
        told.say("template_terms", years=card.retention_years, **terms)
        if agreement
        else told.say("dossier_no_agreement"),
        told.say("template_version", card=card.version, model=told.model.version),
    ]


def _columns(told: _Told) -> Iterator[list[str]]:
    for name, columns in told.asked.items():
        for asked in columns:
            required = told.say("template_yes" if asked.required else "template_no")
            about = asked.column.about[told.lang]
            yield [name, asked.column.name, about, required, _shape(asked, told), _becomes(asked, told)]


def _shape(asked: Asked, told: _Told) -> str:
    """How a value is written."""
    if asked.codes:
        return told.say("template_list")
    if asked.dates:
        return told.say("template_date", shape=" / ".join(_date_shape(d, told.lang) for d in asked.dates))
    types = {use.column.type for use in asked.uses}
    if asked.decimal_comma:
        return told.say("template_comma")
    known = types & {"integer", "decimal"} if len(types) == 1 else set()
    return told.say(f"template_{known.pop()}" if known else "template_any")


def _date_shape(format_: str, lang: str) -> str:
    shape = format_.replace("%-", "%")
    for directive, written_as in SHAPES[lang].items():
        shape = shape.replace(directive, written_as)
    return shape


def _becomes(asked: Asked, told: _Told) -> str:
    kinds = ", ".join(told.model.kinds[kind].title[told.lang] for kind in asked.kinds)
    own = [] if asked.fate == "seal" else [told.say(f"template_{asked.fate}")]
    return "; ".join(own + ([told.say("template_seal", kinds=kinds)] if kinds else []))


def _codes(told: _Told) -> Iterator[list[str]]:
    for name, columns in told.asked.items():
        for asked in columns:
            for code, title in (asked.codes or {}).items():
                yield [name, asked.column.name, code, title[told.lang]]


def _table(told: _Told, name: str, *, codes: list[list[str]]) -> Sheet:
    """A table's sheet: its header, hints of what each column is, and where its codes stand."""
    hints, lists = {}, {}
    sheet = f"'{told.say('template_codes')}'!$C$"
    for place, asked in enumerate(told.asked[name]):
        hints[place] = f"{asked.column.about[told.lang]}. {_shape(asked, told).capitalize()}."
        lines = [i for i, row in enumerate(codes, 2) if row[:2] == [name, asked.column.name]]
        if lines:
            lists[place] = f"{sheet}{lines[0]}:$C${lines[-1]}"
    names = [asked.column.name for asked in told.asked[name]]
    return Sheet(name=name, rows=[names], hints=hints, lists=lists, error=told.say("template_wrong"))
