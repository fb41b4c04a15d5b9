"""The site of the model as it is made, and what a page holds."""

from html.parser import HTMLParser

import pytest

VOID = {"meta", "link", "input", "br", "img", "rect", "path"}


class Page(HTMLParser):
    """Tags of a page with their attributes, in order, and what they stand in."""

    def __init__(self, text):
        super().__init__()
        self.tags, self._open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs), tuple(self._open)))

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def all(self, *names):
        return [attrs for tag, attrs, _ in self.tags if tag in names]

    @property
    def ids(self):
        return [attrs["id"] for _, attrs, _ in self.tags if attrs.get("id")]


@pytest.fixture(scope="session")
def site():
    from das_analysis.model import load_model
    from das_analysis.semantic.downloads import downloads
    from das_analysis.semantic.site import make_site

    return make_site(load_model(), downloads=downloads(load_model()))


@pytest.fixture(scope="session")
def parsed(site):
    """Every page of the site, by its path."""
    return {name: Page(text.decode()) for name, text in site.items() if name.endswith(".html")}
