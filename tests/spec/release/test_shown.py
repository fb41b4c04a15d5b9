"""How a release and a result show themselves."""

import json
from html.parser import HTMLParser

import pytest

from das_analysis.disclosure import STAMP

ROWS = [
    {"sex": s, "period": p, "value": v}
    for s, p, v in [("M", "2024", 12345), ("M", "2025", 3), ("V", "2024", 20), ("V", "2025", 2000)]
]


class Table(HTMLParser):
    """Heads with their scope, and cells, in the order of the page."""

    def __init__(self, html):
        super().__init__()
        self.found, self.at = [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.at = (tag, dict(attrs).get("scope")) if tag in {"th", "td", "caption"} else self.at

    def handle_endtag(self, tag):
        self.at = None

    def handle_data(self, data):
        if self.at:
            self.found.append((*self.at, data))


def bundle(measured, **wish):
    return (
        measured(ROWS, ("period", "sex"))
        .release(**{"title": "Instroom <b>", "lang": "nl"} | wish)
        ._repr_mimebundle_()
    )


def test_the_table_is_one_that_a_screen_reader_can_follow(measured):
    html = bundle(measured)["text/html"]
    assert '<div lang="nl">' in html
    assert Table(html).found == [
        ("caption", None, "Instroom <b>"),
        ("th", "col", "geslacht"),
        ("th", "col", "2024"),
        ("th", "col", "2025"),
        ("th", "row", "man"),
        ("td", None, "12.350"),
        ("td", None, "<10"),
        ("th", "row", "vrouw"),
        ("td", None, "20"),
        ("td", None, "2.000"),
    ]


def test_english_numbers_in_english(measured):
    shown = bundle(measured, lang="en")
    assert "12,350" in shown["text/html"]
    assert "12,350" in shown["text/plain"]
    assert "does not add up because of rounding" in shown["text/plain"]


def test_figures_of_several_kinds_stand_in_rows_by_period(measured):
    rows = [{"indicator": i, "value": 100} for i in ("om_inflow", "om_stock")]
    html = measured(rows).release(title="t")._repr_mimebundle_()["text/html"]
    assert [text for tag, _, text in Table(html).found if tag == "td"] == ["100", "100"]


def test_the_stamp_holds_content_and_digest(measured):
    made = measured(ROWS, ("period", "sex")).release(title="t")
    stamp = json.loads(json.dumps(made._repr_mimebundle_(include=None, exclude=None)[STAMP]))
    assert stamp == {"content": made.content, "digest": made.digest}


@pytest.mark.parametrize("kind", ["line", "bar"])
def test_a_chart_stands_above_its_table(measured, kind):
    chart = {"kind": kind, "x": "period", "series": "sex", "values": ["om_inflow"]}
    html = bundle(measured, chart=chart)["text/html"]
    assert html.index("<svg") < html.index("<table")


def test_a_result_says_that_it_is_not_released_and_carries_no_stamp(measured):
    found = measured(ROWS, ("period", "sex"))
    assert "niet vrijgegeven" in repr(found)
    assert "not released" in found._repr_html_()
    assert not hasattr(found, "_repr_mimebundle_")


def test_the_frame_of_a_result_is_a_copy(measured):
    found = measured(ROWS, ("period", "sex"))
    mine = found.frame
    mine["value"] = 0
    assert found.frame["value"].sum() == 14368
