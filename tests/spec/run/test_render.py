"""A page: in its language, self-contained, with tables and pictures that a screen reader can follow."""

import itertools
import re
from html.parser import HTMLParser

import pytest

from das_analysis.report import Page, render

HEADINGS = ("h1", "h2", "h3")
VOID = {"meta", "link", "br", "img", "hr", "path", "rect", "line", "circle", "polygon"}


class Reader(HTMLParser):
    """The elements of a page, and its text outside style."""

    def __init__(self):
        super().__init__()
        self.tags, self.text, self.open = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


def read(html):
    reader = Reader()
    reader.feed(html)
    assert reader.open == []
    return reader


@pytest.fixture(params=["nl", "en"])
def lang(request):
    return request.param


@pytest.fixture
def html(contents, lang):
    return render(Page(monitor="chain", period="2025", lang=lang, languages=("nl", "en")), contents[lang])


def test_the_page_says_its_language_and_names_the_other(html, lang):
    tags = read(html).tags
    other = "en" if lang == "nl" else "nl"
    assert ("html", {"lang": lang}) in tags
    assert any(
        tag == "a" and a.get("href") == f"chain.{other}.html" and a["lang"] == other for tag, a in tags
    )


def test_nothing_is_asked_of_another_place(html):
    tags = read(html).tags
    assert not {tag for tag, _ in tags} & {"script", "iframe", "img", "object", "embed", "base"}
    addresses = [v for _, a in tags for k, v in a.items() if k in {"href", "src", "action"}]
    assert not [v for v in addresses if re.match(r"[a-z]+:|//", v) and v != "data:,"]
    assert "url(" not in html
    assert "@import" not in html


def test_headings_go_down_one_step_at_a_time(html):
    levels = [HEADINGS.index(tag) for tag, _ in read(html).tags if tag in HEADINGS]
    assert levels.count(0) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_reference_inside_the_page_has_its_place(html):
    tags = read(html).tags
    ids = [a["id"] for _, a in tags if "id" in a]
    assert len(ids) == len(set(ids))
    named = [a["href"][1:] for tag, a in tags if tag == "a" and a.get("href", "").startswith("#")]
    named += [a["aria-labelledby"] for _, a in tags if "aria-labelledby" in a]
    assert set(named) <= set(ids)


def test_tables_have_captions_and_scopes_and_pictures_have_names(html, contents, lang):
    tags = read(html).tags
    assert [t for t, _ in tags].count("caption") == [t for t, _ in tags].count("table") == len(contents[lang])
    assert all(a.get("scope") in {"col", "row"} for tag, a in tags if tag == "th")
    pictures = [a for tag, a in tags if tag == "svg"]
    assert len(pictures) == 2 * len(contents[lang])
    assert all(a["role"] == "img" and a["aria-label"] and a["lang"] == lang for a in pictures)


@pytest.mark.parametrize(
    ("lang", "written"), [("nl", ["1.810", "281,5", "<10"]), ("en", ["1,810", "281.5", "<10"])]
)
def test_figures_are_written_as_the_language_writes_them(contents, lang, written):
    page = Page(monitor="chain", period="2025", lang=lang, languages=(lang,))
    text = read(render(page, contents[lang])).text
    assert set(written) <= set(text)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_made_up_data_say_so_on_top_and_at_each_figure(contents, lang):
    page = Page(monitor="chain", period="2025", lang=lang, languages=("nl", "en"))
    said = {"nl": "Fictieve gegevens", "en": "Made-up data"}[lang]
    assert render(page, contents[lang]).count(said) >= len(contents[lang]) + 4
    real = [{**content, "snapshot": "0003-2025-09"} for content in contents[lang]]
    assert said not in render(page, real)


def test_the_same_contents_give_the_same_bytes(contents, html, lang):
    again = render(Page(monitor="chain", period="2025", lang=lang, languages=("nl", "en")), contents[lang])
    assert again == html


def test_definitions_have_unit_moment_and_owner(html, contents, lang):
    text = "".join(read(html).text)
    for one in (i for content in contents[lang] for i in content["indicators"]):
        assert all(one[part] in text for part in ("definition", "counting_unit", "counting_moment", "owner"))


def test_texts_are_texts(contents):
    hostile = "</title><script>alert(1)</script>\" onload='x"
    content = dict(contents["nl"][2], title=hostile, section=hostile, notes=[hostile])
    content["rows"] = [{**row, "title_code": hostile} for row in content["rows"]]
    html = render(Page(monitor="chain", period="2025", lang="nl", languages=("nl",)), [content])
    assert "<script" not in html
    assert not any("onload" in a for _, a in read(html).tags)


@pytest.mark.parametrize(
    ("period", "title"),
    [
        ("2025", "De strafrechtketen in 2025"),
        ("2025-Q3", "De strafrechtketen in het 3e kwartaal van 2025"),
        ("2025-09", "De strafrechtketen in september 2025"),
        ("2025-09-30", "De strafrechtketen op 30 september 2025"),
    ],
)
def test_the_title_says_when(contents, period, title):
    page = Page(monitor="chain", period=period, lang="nl", languages=("nl",))
    assert f"<h1>{title}</h1>" in render(page, contents["nl"])


def test_a_monitor_without_words_of_its_own_gets_general_ones(contents):
    page = Page(monitor="lead_times", period="2025", lang="en", languages=("en",))
    assert "<h1>Lead times in 2025</h1>" in render(page, contents["en"])


def test_a_snapshot_without_counts_of_linkage_says_so_and_does_not_crash(html, lang):
    said = {"nl": "de kwaliteit van de koppeling niet bepaald", "en": "linkage was not determined"}[lang]
    assert said in html
    assert '<h2 id="linkage">' in html
