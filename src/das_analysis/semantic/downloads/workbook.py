"""Writes an accessible workbook of nothing but text: titled, in one language, each table a real table.

The same sheets give the same bytes: the moments that the format asks for are fixed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

# they publish no types; this module is loaded when a template is made
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.table import Table, TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

TEXT = "@"  # the number format in which a cell keeps what was typed
LANGUAGES = {"nl": "nl-NL", "en": "en-GB"}
MOMENT = (2026, 1, 1, 0, 0, 0)
LAST_ROW = 1_048_576
WIDTHS = (10, 60)
PROMPT = 250  # characters that a hint may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet with one table: its header and rows. By place of a column: hints, and cells with its codes."""

    name: str
    rows: Sequence[Sequence[str]]
    hints: Mapping[int, str] = field(default_factory=dict)
    lists: Mapping[int, str] = field(default_factory=dict)
    error: str = ""


def written(title: str, sheets: Sequence[Sheet], *, about: tuple[str, list[str]], lang: str) -> bytes:
    """Return a workbook as XLSX: first a sheet about it (its name and its lines), then the tables."""
    book = Workbook()
    book.properties.title, book.properties.language = title, LANGUAGES[lang]
    book.properties.creator, book.properties.created = "DAS", datetime(*MOMENT)  # noqa: DTZ001 - the format has none
    _explain(book.active, title, about=about)
    for sheet in sheets:
        _fill(book.create_sheet(sheet.name), sheet)
    for page in book.worksheets:  # on paper as wide as it is, and as long as it needs
        page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
        page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return _packed(book)


def _packed(book: Workbook) -> bytes:
    """Save with fixed moments: in the archive's entries, and in the property `modified`."""
    saved, packed = io.BytesIO(), io.BytesIO()
    book.save(saved)
    stamp = f"{datetime(*MOMENT):%Y-%m-%dT%H:%M:%SZ}".encode()  # noqa: DTZ001 - Z says it
    with zipfile.ZipFile(saved) as given, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in given.namelist():
            content = given.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp, content)
            target.writestr(zipfile.ZipInfo(name, MOMENT), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _put(sheet: Worksheet, text: str, *, row: int, column: int) -> None:
    """Write a text that stays a text, whatever it begins with."""
    cell = sheet.cell(row=row, column=column)
    cell.value, cell.number_format = text, TEXT
    cell.data_type = "s"


def _explain(sheet: Worksheet, title: str, *, about: tuple[str, list[str]]) -> None:
    sheet.title, lines = about
    sheet.column_dimensions["A"].width = 110
    for row, text in enumerate([title, *lines], 1):
        _put(sheet, text, row=row, column=1)
        sheet.cell(row=row, column=1).alignment = Alignment(wrap_text=True, vertical="top")
    sheet["A1"].font = Font(bold=True, size=14)


def _fill(sheet: Worksheet, content: Sheet) -> None:
    for row, texts in enumerate(content.rows, 1):
        for column, text in enumerate(texts, 1):
            _put(sheet, text, row=row, column=column)
            sheet.cell(row=row, column=column).alignment = Alignment(wrap_text=True, vertical="top")
    for place in range(len(content.rows[0])):
        widest = max(len(row[place]) for row in content.rows) + 4
        dimension = sheet.column_dimensions[get_column_letter(place + 1)]
        dimension.width = min(max(widest, WIDTHS[0]), WIDTHS[1])
        dimension.number_format = TEXT
        sheet.cell(row=1, column=place + 1).font = Font(bold=True)
    sheet.freeze_panes = "A2"
    _as_table(sheet, content)
    _check_cells(sheet, content)


def _as_table(sheet: Worksheet, content: Sheet) -> None:
    last = f"{get_column_letter(len(content.rows[0]))}{max(len(content.rows), 2)}"
    name = "table_" + re.sub(r"\W", "_", content.name)
    table = Table(displayName=name, name=name, ref=f"A1:{last}")
    table.tableStyleInfo = TableStyleInfo(name="TableStyleMedium2", showRowStripes=True)
    sheet.add_table(table)


def _check_cells(sheet: Worksheet, content: Sheet) -> None:
    """Give each column its hint, and its drop-down where it has codes."""
    for place, hint in content.hints.items():
        letter = get_column_letter(place + 1)
        codes = content.lists.get(place)
        check = (
            DataValidation(type="list", formula1=codes, allow_blank=True, showErrorMessage=True)
            if codes
            else DataValidation(
                type="textLength", operator="lessThanOrEqual", formula1="10000", allow_blank=True
            )
        )
        check.promptTitle, check.prompt = str(content.rows[0][place])[:32], hint[:PROMPT]
        check.error, check.showInputMessage = content.error, True
        check.add(f"{letter}2:{letter}{LAST_ROW}")
        sheet.add_data_validation(check)
