"""Reports in a real browser: they open, in their language, ask nothing of the network, fit a telephone."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
LANGUAGES = ["nl", "en"]
MEASURE = Path(__file__).with_name("measure.html")


@pytest.fixture
def measure(browser, pages, tmp_path):
    """Open a page in a frame of a width and return what stands in it."""

    def look(lang, width):
        page = (pages / f"chain.{lang}.html").as_uri()
        text = MEASURE.read_text(encoding="utf-8").replace("PAGE", page).replace("WIDTH", str(width))
        frame = tmp_path / "frame.html"
        frame.write_text(text, encoding="utf-8")
        said = re.search(r'<pre id="said">(.*?)</pre>', browser(frame, "--window-size=1400,900"), re.DOTALL)
        return json.loads(unescape(said[1]))

    return look


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [360, 640, 1200])
def test_a_report_fits_every_width(measure, lang, width):
    said = measure(lang, width)
    assert said["lang"] == lang
    assert said["heading"] in {"De strafrechtketen in 2025", "The criminal-justice chain in 2025"}
    assert said["tables"] == said["pictures"] == 5  # one of the two widths of each picture is seen
    assert said["scroll"] <= said["width"] == width
    assert said["far"] == []
    assert said["letters"] >= 11
    assert said["cut"] == said["crowded"] == []
    assert said["asked"] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_report_asks_nothing_of_the_network(browser, pages, doorman, lang):
    switch, came = doorman
    document = browser(pages / f"chain.{lang}.html", switch)
    assert f'<html lang="{lang}">' in document
    assert came == []


def test_the_doorman_sees_a_page_that_asks(browser, doorman, tmp_path):
    switch, came = doorman
    asking = tmp_path / "asking.html"
    asking.write_text('<img src="http://elsewhere.test/mark.png">', encoding="utf-8")
    browser(asking, switch)
    assert "GET http://elsewhere.test/mark.png HTTP/1.1" in came


def test_the_policy_of_the_page_stops_what_would_slip_in(browser, pages, doorman, tmp_path):
    switch, came = doorman
    page = (pages / "chain.nl.html").read_text(encoding="utf-8")
    slipped = '<img src="http://elsewhere.test/mark.png"><script>document.title = "slipped"</script></main>'
    (tmp_path / "slipped.html").write_text(page.replace("</main>", slipped), encoding="utf-8")
    document = browser(tmp_path / "slipped.html", switch)
    assert came == []
    assert "<title>slipped" not in document
