"""Templates: filled in, saved as CSV and delivered they are a delivery; drop-downs hold what is allowed."""

import csv
import io
from dataclasses import replace
from zipfile import ZipFile

import openpyxl
import pytest

from das_analysis.cli.keys import make_keys
from das_analysis.intake import deliver
from das_analysis.model import Text, load_model
from das_analysis.semantic.downloads.asked import asked_of
from das_analysis.semantic.downloads.template import header, template
from das_analysis.semantic.downloads.workbook import LAST_ROW
from das_analysis.words import LANGUAGES, t

SUPPLIERS = sorted(s.id for s in load_model().suppliers.values() if s.format == "csv")
EVERY = [(supplier, lang) for supplier in SUPPLIERS for lang in LANGUAGES]
CASE = {"PARKETNR": "05/780109-15", "INSCHRIJFDATUM": "20260703", "PARKET": "MN", "MCLASS": "1.2.1"}
PERSON = {"SKN": "01234567", "ACHTERNAAM": "=1+1", "GEBOORTEDATUM": "19900201", "GESLACHT": "2"}
CHARGE = {
    "PARKETNR": "05/780109-15",
    "FEITNR": "01",
    "MCLASS": "1.2.1",
    "OMSCHRIJVING": 'een "feit"; meer\nregels',
}


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture
def book(request, files):
    supplier, lang = request.param
    return opened(files[f"suppliers/{supplier}/template.{lang}.xlsx"])


def cells(book):
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize(("supplier", "lang"), EVERY)
def test_a_drop_down_holds_exactly_the_codes_that_are_allowed(supplier, lang, files, model):
    book, card = opened(files[f"suppliers/{supplier}/template.{lang}.xlsx"]), model.suppliers[supplier]
    for name, table in card.tables.items():
        checks = book[name].data_validations.dataValidation
        for asked, check in zip(asked_of(table, model), checks, strict=True):
            place = f"{check.sqref}".removesuffix(str(LAST_ROW)).rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ:")
            assert book[name][f"{place[:-1]}1"].value == asked.column.name
            assert check.type == ("list" if asked.codes else "textLength")
            if asked.codes:
                sheet, _, area = check.formula1.replace("$", "").replace("'", "").partition("!")
                assert [row[0].value for row in book[sheet][area]] == list(asked.codes)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_drop_down_has_the_suppliers_own_codes(lang, files, model):
    codes = opened(files[f"suppliers/dji/template.{lang}.xlsx"])[t("template_codes", lang)]
    titles = {row[2]: row[3] for row in codes.iter_rows(values_only=True) if row[1] == "TITEL"}
    assert titles["01"] == model.code_lists["DetentionTitle"].codes["VH"].title[lang]


@pytest.mark.parametrize("book", EVERY, indirect=True)
def test_every_cell_is_text_and_no_formula_lives(book):
    assert {cell.data_type for cell in cells(book)} == {"s"}
    assert {cell.number_format for cell in cells(book)} == {"@"}
    for sheet in book.worksheets[2:-1]:
        formats = [d.number_format for d in sheet.column_dimensions.values()]
        assert set(formats) == {"@"}


def test_a_text_that_looks_like_a_formula_stays_a_text(model):
    card = model.suppliers["om"]
    table = card.tables["zaken"]
    odd = replace(table.columns["PARKETNR"], about=Text("=1+1", "=1+1"))
    card = replace(card, tables={"zaken": replace(table, columns={**table.columns, "PARKETNR": odd})})
    book = opened(template(card, model, lang="nl"))
    assert "=1+1" in [cell.value for cell in cells(book)]
    assert {cell.data_type for cell in cells(book)} == {"s"}


@pytest.mark.parametrize(("supplier", "lang"), EVERY)
def test_a_workbook_is_titled_in_one_language_and_easy_to_walk_through(supplier, lang, files, model):
    book = opened(files[f"suppliers/{supplier}/template.{lang}.xlsx"])
    assert book.properties.title == t("template_title", lang, name=model.suppliers[supplier].title[lang])
    assert book.properties.language[:2] == lang
    about, *tables = book.worksheets
    assert about.title == t("template_about", lang)
    for sheet in tables:
        assert sheet.freeze_panes == "A2"
        assert len(sheet.tables) == 1
    assert all(not sheet.merged_cells.ranges for sheet in book)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_sheets_say_what_becomes_of_an_identity(lang, files, model):
    book = opened(files[f"suppliers/om/template.{lang}.xlsx"])
    told = {row[1]: row[5] for row in book[t("template_columns", lang)].iter_rows(values_only=True)}
    assert told["BSN"] == t("template_seal", lang, kinds=model.kinds["Bsn"].title[lang])
    assert t("template_generalise", lang) in told["GEBOORTEDATUM"]
    assert t("template_identity", lang) in [c.value for c in book.worksheets[0]["A"]]


def test_the_same_model_gives_the_same_bytes(files, model):
    again = template(model.suppliers["om"], model, lang="nl")
    assert again == files["suppliers/om/template.nl.xlsx"]
    with ZipFile(io.BytesIO(again)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {2026}


# ---------------------------------------------------------------- filled in and delivered


def filled(content, rows):
    """The workbook with rows typed into its tables, saved and opened again."""
    book, saved = opened(content), io.BytesIO()
    for name, some in rows.items():
        names = [cell.value for cell in book[name][1]]
        for line, row in enumerate(some, 2):
            for place, column in enumerate(names, 1):
                cell = book[name].cell(row=line, column=place)
                cell.value, cell.data_type = row.get(column, ""), "s"
    book.save(saved)
    return opened(saved.getvalue())


def exported(sheet, path, *, delimiter):
    """A sheet saved as CSV, as a spreadsheet does it: the text of each cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerows([cell or "" for cell in row] for row in sheet.iter_rows(values_only=True))
    return path


def written(rows, names, path):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=";", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("lang", LANGUAGES)
def test_filled_in_and_saved_as_csv_it_is_delivered(lang, files, model, tmp_path):
    card, rows = model.suppliers["om"], {"zaken": [CASE | PERSON], "feiten": [CHARGE]}
    book = filled(files[f"suppliers/om/template.{lang}.xlsx"], rows)
    for folder in ("typed", "direct", "keys"):
        (tmp_path / folder).mkdir()
    typed = [exported(book[n], tmp_path / "typed" / f"{n}.csv", delimiter=card.delimiter) for n in rows]
    direct = [
        written(r, list(card.tables[n].columns), tmp_path / "direct" / f"{n}.csv") for n, r in rows.items()
    ]
    make_keys(tmp_path / "keys")
    told = {"period": "2026", "keys": tmp_path / "keys"}
    packages = [deliver("om", f, target=tmp_path / str(i), **told) for i, f in enumerate((typed, direct))]
    assert packages[0].digest == packages[1].digest
    assert packages[0].rows == 2


@pytest.mark.parametrize("supplier", SUPPLIERS)
def test_a_header_is_a_delivery_without_rows(supplier, files, model, tmp_path):
    from das_analysis.intake.layout import match_header
    from das_analysis.intake.reading import open_sources

    card = model.suppliers[supplier]
    for name in card.tables:
        path = tmp_path / f"{name}.csv"
        path.write_bytes(files[f"suppliers/{supplier}/{name}.csv"])
        (source,) = open_sources(path, card)
        assert match_header(source.header, card, where=path.name).table.name == name
        assert header(card, name) == path.read_bytes()
