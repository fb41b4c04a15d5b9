"""Active titles, key figures and the data beside the page: said out of released figures only."""

import csv
import io
import itertools

import pytest

from das_analysis.report.grid import make_grid
from das_analysis.report.headline import headline, key_figures
from das_analysis.report.publish import to_csv


@pytest.fixture
def trend(contents):
    """A line of one indicator with the two values given, in persons or in per cent."""

    def make(*values, unit="", lang="nl"):
        content = contents[lang][0]
        columns = [content["columns"][0], {**content["columns"][1], "unit": unit}]
        rows = [
            {"period": f"{2026 - len(values) + i}", "om_inflow": v, "om_inflow_status": "" if v else "low"}
            for i, v in enumerate(values)
        ]
        return {
            **content,
            "columns": columns,
            "rows": rows,
            "chart": {**content["chart"], "values": ["om_inflow"]},
        }

    return make


@pytest.mark.parametrize(
    ("values", "unit", "said"),
    [
        ((1730, 1810), "", "Instroom OM: 5% hoger dan in 2024"),
        ((1810, 1730), "", "Instroom OM: 4% lager dan in 2024"),
        ((1810, 1810), "", "Instroom OM: vrijwel hetzelfde als in 2024"),
        ((97.1, 97.5), "%", "Instroom OM: 0,4 procentpunt hoger dan in 2024"),
        ((190, 240), "", "Instroom bij het openbaar ministerie, twee definities"),  # may be rounding
        ((200, 240), "", "Instroom OM: 20% hoger dan in 2024"),
        ((210, 240), "", "Instroom OM: 14% hoger dan in 2024"),
        ((None, 60), "", "Instroom bij het openbaar ministerie, twee definities"),
        ((60, None), "", "Instroom bij het openbaar ministerie, twee definities"),
        ((1810,), "", "Instroom bij het openbaar ministerie, twee definities"),
        ((12, 18), "dagen", "Instroom OM: 50% hoger dan in 2024"),
    ],
)
def test_a_line_says_how_its_last_value_differs(trend, values, unit, said):
    assert headline(trend(*values, unit=unit)) == said


def test_in_english_too(trend):
    assert headline(trend(1730, 1810, lang="en")) == "Inflow prosecution: 5% higher than in 2024"


def test_bars_say_what_is_most_frequent_and_no_share_when_a_part_is_not_told(contents):
    by_title, by_age = contents["nl"][2:4]
    assert headline(by_title) == "Gevangenisstraf komt het meest voor"
    whole = {**by_age, "rows": [row for row in by_age["rows"] if row["dji_stock"]]}
    assert headline(whole) == "25 tot 45 jaar komt het meest voor: 58%"
    assert headline({**whole, "chart": {**whole["chart"], "parts": False}}) == by_age["title"]


def test_key_figures_are_last_values_with_their_period(contents):
    first, second = key_figures(contents["en"])
    assert (first.name, first.written, first.when) == ("Inflow prosecution", "1,810", "2025")
    assert first.unit == "cases"
    assert second.change == "5% higher than in 2024"


def test_a_table_has_series_in_columns_and_no_column_for_a_single_period(contents):
    lead = make_grid(contents["nl"][1])
    assert lead.sides == ("Jaar",)
    assert lead.heads == ("Gemiddelde", "Mediaan", "90e percentiel")
    assert [cell.written for cell in lead.rows[1][1]] == ["115", ".", "270"]
    by_age = contents["nl"][3]
    dated = {**by_age, "rows": [{"period": "2025", **row} for row in by_age["rows"]]}
    dated["columns"] = [contents["nl"][0]["columns"][0], *by_age["columns"]]
    assert make_grid(dated).sides == ("Leeftijd",)


def test_every_figure_is_in_the_data_with_its_status(contents):
    rows = list(csv.DictReader(io.StringIO(to_csv(contents["nl"]))))
    values = [
        (str(row[c["name"]]) if row[c["name"]] is not None else "", row[f"{c['name']}_status"])
        for content in contents["nl"]
        for row in content["rows"]
        for c in content["columns"]
        if c["role"] == "value"
    ]
    assert [(row["value"], row["status"]) for row in rows] == values
    assert {row["status"] for row in rows} == {"", "low", "hidden"}
    assert len(list(itertools.groupby(rows, key=lambda row: row["table"]))) == len(contents["nl"])


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t"])
def test_no_text_is_a_formula(contents, sign):
    content = {**contents["nl"][3], "title": f"{sign}1+1"}
    rows = list(csv.DictReader(io.StringIO(to_csv([content]))))
    assert {row["title"] for row in rows} == {f"'{sign}1+1"}
