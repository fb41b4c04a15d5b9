"""Pictures: drawn from released figures only, the same for notebook and report, readable without colour."""

import re
from xml.etree import ElementTree as ET

import pytest

from das_analysis.disclosure.numerals import write_value
from das_analysis.disclosure.picture import draw, read_series

NUMBER = re.compile(r"<?\d[\d.,]*")
TEXT = "{http://www.w3.org/2000/svg}text"


def parse(svg):
    return ET.fromstring(svg)  # noqa: S314 - a picture of our own


def texts(svg):
    return [element.text for element in parse(svg).iter(TEXT)]


def numbers_in(words):
    return {number.rstrip(".,") for text in words for number in NUMBER.findall(text)}


def figures(content):
    """Every released figure of a content as it may be written."""
    names = [c["name"] for c in content["columns"] if c["role"] == "value"]
    return {
        write_value(row[n], lang=content["lang"], status=row[f"{n}_status"])
        for row in content["rows"]
        for n in names
    }


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("which", range(5))
def test_no_figure_is_written_that_was_not_released(contents, lang, narrow, which):
    content = contents[lang][which]
    svg = draw(content, narrow=narrow)
    labels = {str(row[c["name"]]) for row in content["rows"] for c in content["columns"] if c["role"] == "by"}
    ticks = {t for t in texts(svg) if content["chart"]["kind"] == "line" and NUMBER.fullmatch(t)}
    assert numbers_in(texts(svg)) <= figures(content) | numbers_in(labels) | ticks


@pytest.mark.parametrize("which", range(5))
def test_the_same_content_gives_the_same_bytes_and_a_name_for_listeners(contents, which):
    content = contents["nl"][which]
    assert draw(content) == draw(content)
    root = parse(draw(content))
    assert root.get("role") == "img"
    assert [child.text for child in root][:1] == [content["title"]]
    assert root[1].text.endswith(".")


def test_a_low_value_has_a_sign_and_no_length(contents):
    svg = draw(contents["nl"][3])
    assert texts(svg).count("<10") == 2
    bars = list(parse(svg).iter("{http://www.w3.org/2000/svg}rect"))
    assert len(bars) == 3


def test_a_hidden_value_breaks_the_line(contents):
    mean, median, _ = read_series(contents["nl"][1])
    assert len(mean.known()) == 5
    assert len(median.known()) == 4
    assert (
        draw(contents["nl"][1]).count("<path") == 3
    )  # the median has one point before the gap and three after


def test_series_differ_by_more_than_colour(contents):
    svg = draw(contents["nl"][1])
    assert {"circle", "polygon"} <= set(re.findall(r"<(\w+)", svg))
    assert sum(text.startswith(("gemiddelde", "mediaan", "90e")) for text in texts(svg)) == 3


def test_a_name_says_what_its_line_is_and_never_loses_its_value(contents):
    content = contents["en"][1]
    long = "lead time from registration by the prosecution service to final verdict, "
    rows = [{**row, "statistic": long + row["statistic"]} for row in content["rows"]]
    plain, prefixed = draw(content), draw({**content, "rows": rows})
    assert texts(prefixed) == texts(plain)
    apart = [{**row, "statistic": f"{i % 3} {long}"} for i, row in enumerate(content["rows"])]
    words = " ".join(texts(draw({**content, "rows": apart})))
    assert "…" not in words
    assert {one.known()[-1][2] for one in read_series(content)} <= numbers_in(words.split())


def test_a_release_without_a_chart_has_no_picture(contents):
    assert draw({**contents["nl"][0], "chart": {"kind": "none"}}) == ""
    assert draw({**contents["nl"][0], "rows": []}) == ""


def test_more_series_than_colours_are_named_and_faint(contents):
    content = contents["nl"][1]
    rows = [{**row, "statistic": f"maat {i}"} for i in range(6) for row in content["rows"][::3]]
    svg = draw({**content, "rows": rows})
    assert svg.count('stroke="#8A94A0"') == 2
    assert {f"maat {i} 117" for i in range(6)} <= set(texts(svg))


def test_steps_of_the_same_name_stay_apart_in_a_flow():
    links = [
        ("", "start"),
        ("start", "prison"),
        ("start", "fine"),
        ("prison", "orders"),
        ("orders", "prison"),
    ]
    rows = [{"source": s, "target": e, "value": 100, "value_status": ""} for s, e in links]
    columns = [{"name": n, "title": n, "role": "by", "unit": ""} for n in ("source", "target")]
    content = {"title": "t", "lang": "en", "rounding": 10, "rows": rows, "indicators": []}
    content["columns"] = [*columns, {"name": "value", "title": "number", "role": "value", "unit": ""}]
    content["chart"] = {"kind": "flow", "x": "source", "series": "target", "values": ["value"]}
    assert texts(draw(content)).count("prison") == 2
    assert draw(content).count("<rect") == 5


@pytest.mark.parametrize(
    ("value", "status", "nl", "en"),
    [
        (1234.5, "", "1.234,5", "1,234.5"),
        (1234567, "", "1.234.567", "1,234,567"),
        (120.0, "", "120", "120"),
        (0, "", "0", "0"),
        (None, "", "", ""),
        (None, "low", "<10", "<10"),
        (None, "hidden", ".", "."),
    ],
)
def test_how_figures_are_written(value, status, nl, en):
    assert write_value(value, lang="nl", status=status) == nl
    assert write_value(value, lang="en", status=status) == en
